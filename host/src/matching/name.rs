//! Names of people and firms, compared the way a person would.

use super::reason::Percent;
use crate::model::fold::fold;

/// Names below this have little or nothing in common.
pub const CONTRADICTION_PERCENT_MAX: Percent = 35;
/// Names from this on are similar: one may be the other with a typing error or a word more.
pub const SIMILAR_PERCENT_MIN: Percent = 80;

/// Words closer than this are the same word with a typing error.
const WORD_LIKENESS_MIN: f64 = 0.88;
/// `J` stands for `Jean`, but also for `Jacques`.
const INITIAL_LIKENESS: f64 = 0.8;
/// Names of which one has all words of the other are at least this alike.
const WITHIN_LIKENESS: f64 = 0.8;
/// `Tech Nova` and `TechNova`: one name to a person.
const GLUED_LIKENESS_MIN: f64 = 0.94;
/// `Store 12` and `Store 13` are two things, however alike they look.
const OTHER_NUMBER_LIKENESS_MAX: f64 = 0.5;
/// More words are a description, and comparing is words times words. The first ones are compared.
const WORDS_MAX: usize = 8;

/// Legal forms, as they stand after folding at the end of a name.
const LEGAL_FORMS: &[&str] = &[
    "ab",
    "ag",
    "aps",
    "as",
    "bv",
    "bvba",
    "cie",
    "co",
    "company",
    "compagnie",
    "corp",
    "corporation",
    "enr",
    "enrg",
    "eurl",
    "gmbh",
    "inc",
    "incorporated",
    "kg",
    "limited",
    "limitee",
    "llc",
    "llp",
    "lp",
    "ltd",
    "ltda",
    "ltee",
    "nv",
    "oy",
    "plc",
    "pty",
    "sa",
    "sarl",
    "sas",
    "sasu",
    "senc",
    "sencrl",
    "sencrlsrl",
    "spa",
    "srl",
];

/// Words that come and go: `Dupont & Fils`, `Dupont et Fils`.
const LINKING_WORDS: &[&str] = &["and", "et", "und", "y"];

/// A name as a list of folded words without its legal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    canonical: String,
    words: Vec<String>,
    glued: String,
}

impl Name {
    /// Nothing where the name has no letter and no digit.
    pub fn parse(raw: &str) -> Option<Self> {
        let folded = fold(raw);
        let mut words: Vec<String> = Vec::new();
        let mut last_is_letters_of_abbreviation = false;
        let pieces = folded.split(|c: char| !c.is_alphanumeric());
        for piece in pieces.filter(|piece| !piece.is_empty()) {
            // `S.E.N.C.` comes apart at its full stops and is put together again.
            let single = piece.chars().count() == 1 && piece.chars().all(char::is_alphabetic);
            match words.last_mut() {
                Some(word) if single && last_is_letters_of_abbreviation => word.push_str(piece),
                _ => words.push(piece.to_owned()),
            }
            last_is_letters_of_abbreviation = single;
        }
        let whole = words.clone();
        words.retain(|word| !LINKING_WORDS.contains(&word.as_str()));
        while words
            .last()
            .is_some_and(|last| LEGAL_FORMS.contains(&last.as_str()))
        {
            words.pop();
        }
        if words.is_empty() {
            words = whole;
        }
        let glued = words.concat();
        let mut ordered = words.clone();
        ordered.sort_unstable();
        words.truncate(WORDS_MAX);
        words.sort_unstable();
        (!words.is_empty()).then(|| Self {
            canonical: ordered.join(" "),
            words,
            glued,
        })
    }

    /// The first words, in alphabetical order.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The same for every name that counts as the same.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// How alike two names are; the same both ways round.
    pub fn similarity(&self, other: &Self) -> Percent {
        if self.canonical == other.canonical {
            return 100;
        }
        // Jaro's measure depends on the order of its arguments in rare cases; the order is fixed here.
        let (a, b) = if (&self.canonical, &self.glued) <= (&other.canonical, &other.glued) {
            (self, other)
        } else {
            (other, self)
        };
        let glued = if lengths_allow(&a.glued, &b.glued) {
            strsim::jaro_winkler(&a.glued, &b.glued)
        } else {
            0.0
        };
        let mut likeness = by_words(&a.words, &b.words);
        if glued >= GLUED_LIKENESS_MIN {
            likeness = likeness.max(glued);
        }
        if numbers(&a.glued).ne(numbers(&b.glued)) {
            likeness = likeness.min(OTHER_NUMBER_LIKENESS_MAX);
        }
        // Only the same words make a hundred. The value is between 0 and 99, so the cast is exact.
        (likeness * 100.0).clamp(0.0, 99.0) as Percent
    }
}

/// The share of letters that stand in words the other name has too.
fn by_words(a: &[String], b: &[String]) -> f64 {
    let mut best_of_a = [0.0_f64; WORDS_MAX];
    let mut best_of_b = [0.0_f64; WORDS_MAX];
    for (i, left) in a.iter().enumerate() {
        for (j, right) in b.iter().enumerate() {
            let likeness = word_likeness(left, right);
            best_of_a[i] = best_of_a[i].max(likeness);
            best_of_b[j] = best_of_b[j].max(likeness);
        }
    }
    let (shared_a, all_a) = shared(a, &best_of_a);
    let (shared_b, all_b) = shared(b, &best_of_b);
    let likeness = (shared_a + shared_b) / (all_a + all_b);
    // One word within many (`Martin`, `Martin Plumbing`) says too little.
    let within = |words: &[String], shared: f64, all: f64| words.len() > 1 && shared >= all * 0.99;
    if within(a, shared_a, all_a) || within(b, shared_b, all_b) {
        return likeness.max(WITHIN_LIKENESS);
    }
    likeness
}

fn shared(words: &[String], best: &[f64]) -> (f64, f64) {
    words
        .iter()
        .zip(best)
        .fold((0.0, 0.0), |(shared, all), (word, best)| {
            let letters = word.len() as f64;
            (shared + best * letters, all + letters)
        })
}

fn word_likeness(a: &str, b: &str) -> f64 {
    if a == b {
        return 1.0;
    }
    if a.len() == 1 || b.len() == 1 {
        let initial = a.starts_with(b) || b.starts_with(a);
        return if initial { INITIAL_LIKENESS } else { 0.0 };
    }
    let first_letters = (a.chars().next(), b.chars().next());
    // A typing error in the first letter is rare, and this spares most of the work.
    if first_letters.0 != first_letters.1 || !lengths_allow(a, b) {
        return 0.0;
    }
    let likeness = strsim::jaro_winkler(a, b);
    if likeness >= WORD_LIKENESS_MIN {
        likeness
    } else {
        0.0
    }
}

/// Whether texts of these lengths can be alike at all.
fn lengths_allow(a: &str, b: &str) -> bool {
    let (short, long) = (a.len().min(b.len()), a.len().max(b.len()));
    long <= short * 2
}

/// The numbers in a name, in their order.
fn numbers(glued: &str) -> impl Iterator<Item = &str> {
    glued
        .split(|c: char| !c.is_ascii_digit())
        .filter(|number| !number.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(raw: &str) -> Name {
        Name::parse(raw).expect("a name")
    }

    #[test]
    fn one_firm_has_one_canonical_name() {
        for (raw, expected) in [
            ("Les Équipements Côté Ltée", "cote equipements les"),
            ("les equipements COTE, inc.", "cote equipements les"),
            ("Dupont & Fils S.E.N.C.", "dupont fils"),
            ("Dupont et Fils enr.", "dupont fils"),
            ("Dupont et Fils S.E.N.C.R.L., s.r.l.", "dupont fils"),
            ("9123-4567 Québec inc.", "4567 9123 quebec"),
            ("Tremblay, Jean", "jean tremblay"),
            ("Co. Ltd.", "co ltd"),
            ("A.B.C. Plomberie", "abc plomberie"),
            ("東京商事", "東京商事"),
        ] {
            assert_eq!(name(raw).canonical(), expected, "{raw}");
        }
        assert_eq!(Name::parse(" -- "), None);
    }

    #[test]
    fn similar_names_are_told_from_contradictions() {
        for (a, b) in [
            ("Plomberie Tremblay", "Plomberie Trembley"),
            ("Plomberie Tremblay", "Plomberie Tremblay et Fils"),
            ("TechNova Solutions", "Tech Nova Solutions"),
            ("Jean Le Roy", "Jean Leroy"),
            ("J. Tremblay", "Jean Tremblay"),
        ] {
            let similarity = name(a).similarity(&name(b));
            assert!(
                (SIMILAR_PERCENT_MIN..100).contains(&similarity),
                "{a} / {b}: {similarity}"
            );
        }
        for (a, b) in [
            ("Plomberie Tremblay", "Électricité Gagnon"),
            ("Acme", "Globex"),
            ("Jean Roy", "Lise Côté"),
        ] {
            let similarity = name(a).similarity(&name(b));
            assert!(
                similarity < CONTRADICTION_PERCENT_MAX,
                "{a} / {b}: {similarity}"
            );
        }
        for (a, b) in [
            ("Dépanneur 12", "Dépanneur 13"),
            ("Jean Tremblay", "Jacques Tremblay"),
            ("Martin", "Martin Plumbing"),
        ] {
            let similarity = name(a).similarity(&name(b));
            let between = CONTRADICTION_PERCENT_MAX..SIMILAR_PERCENT_MIN;
            assert!(between.contains(&similarity), "{a} / {b}: {similarity}");
        }
    }
}
