//! The pattern of LIKE: `%` for any text, `_` for one character, no difference of capitals.

use super::token::ESCAPE;

#[derive(Debug, Clone)]
pub struct Pattern(Vec<Part>);

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Any,
    One,
    Letter(char),
}

impl Pattern {
    pub fn new(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut guarded = false;
        for letter in text.to_lowercase().chars() {
            match letter {
                ESCAPE => {
                    guarded = true;
                    continue;
                }
                '%' if !guarded => parts.push(Part::Any),
                '_' if !guarded => parts.push(Part::One),
                letter => parts.push(Part::Letter(letter)),
            }
            guarded = false;
        }
        Self(parts)
    }

    pub fn fits(&self, text: &str) -> bool {
        let letters: Vec<char> = text.to_lowercase().chars().collect();
        // Which prefixes of the pattern fit what was read so far.
        let mut fits = vec![false; self.0.len() + 1];
        fits[0] = true;
        self.spread(&mut fits);
        for letter in letters {
            let mut next = vec![false; fits.len()];
            for (at, part) in self.0.iter().enumerate() {
                match part {
                    Part::Any => next[at] |= fits[at],
                    Part::One => next[at + 1] |= fits[at],
                    Part::Letter(wanted) => next[at + 1] |= fits[at] && *wanted == letter,
                }
            }
            self.spread(&mut next);
            fits = next;
        }
        fits.last() == Some(&true)
    }

    /// A `%` may stand for nothing.
    fn spread(&self, fits: &mut [bool]) {
        for (at, part) in self.0.iter().enumerate() {
            if *part == Part::Any && fits[at] {
                fits[at + 1] = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, fits) in [
            ("aca%", "Acad\u{e9}mie", true),
            ("%inc.", "Bor\u{e9}ale inc.", true),
            ("%r_al%", "Bor\u{e9}ale", true),
            ("bor", "Bor\u{e9}ale", false),
            ("%%", "", true),
            ("_", "", false),
            ("10\u{1}%", "10%", true),
            ("10\u{1}%", "100", false),
        ] {
            assert_eq!(Pattern::new(pattern).fits(text), fits, "{pattern} {text}");
        }
    }
}
