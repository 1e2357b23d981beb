//! Words with `{placeholders}`: messages, titles and texts. A placeholder is a path, printed plainly.

use super::LANGUAGES;
use crate::config::flow::Words;
use crate::config::source::{At, SourceText, Span, char_in_string};

/// The same words in every language.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub words: [Template; LANGUAGES.len()],
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Template {
    pub parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    Words(String),
    /// `["lookup", "code", "name"]`, and where it stands in the file.
    Path(Vec<String>, Span),
}

impl Message {
    pub fn of(words: &Words, source: &SourceText) -> Self {
        Self {
            words: [
                Template::of(&words.en, source),
                Template::of(&words.fr, source),
            ],
        }
    }

    pub fn in_language(&self, lang: &str) -> &Template {
        let nth = LANGUAGES
            .iter()
            .position(|known| *known == lang)
            .unwrap_or(0);
        &self.words[nth]
    }

    pub fn paths(&self) -> impl Iterator<Item = (&[String], &Span)> {
        self.words
            .iter()
            .flat_map(|template| &template.parts)
            .filter_map(|part| match part {
                Part::Path(path, span) => Some((path.as_slice(), span)),
                Part::Words(_) => None,
            })
    }
}

impl Template {
    /// `{{` and `}}` stand for braces. A brace that closes nothing stands for itself.
    pub fn of(text: &At<String>, source: &SourceText) -> Self {
        let chars: Vec<char> = text.value.chars().collect();
        let mut parts = Vec::new();
        let mut words = String::new();
        let mut at = 0;
        while at < chars.len() {
            let next = chars.get(at + 1);
            match chars[at] {
                brace @ ('{' | '}') if next == Some(&brace) => {
                    words.push(brace);
                    at += 2;
                }
                '{' => {
                    let length = chars[at..].iter().position(|c| *c == '}');
                    let Some(length) = length else {
                        words.push('{');
                        at += 1;
                        continue;
                    };
                    let inner: String = chars[at + 1..at + length].iter().collect();
                    let start = char_in_string(&source.text, &text.span, at + 1);
                    let path = inner.trim().split('.').map(str::to_owned).collect();
                    if !words.is_empty() {
                        parts.push(Part::Words(std::mem::take(&mut words)));
                    }
                    parts.push(Part::Path(path, start..start + inner.len()));
                    at += length + 1;
                }
                other => {
                    words.push(other);
                    at += 1;
                }
            }
        }
        if !words.is_empty() {
            parts.push(Part::Words(words));
        }
        Self { parts }
    }

    /// The words, each path printed by `print`.
    pub fn fill(&self, mut print: impl FnMut(&[String]) -> String) -> String {
        let parts = self.parts.iter();
        parts
            .map(|part| match part {
                Part::Words(words) => words.clone(),
                Part::Path(path, _) => print(path),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_paths_with_their_place() {
        let source = SourceText::new("x", "m = \"é {a.b} {{c}} }\"");
        let text = At::new("é {a.b} {{c}} }".to_owned(), 4..source.text.len());
        let template = Template::of(&text, &source);
        let Part::Path(path, span) = &template.parts[1] else {
            panic!("{template:?}")
        };
        assert_eq!(path, &["a", "b"]);
        assert_eq!(&source.text[span.clone()], "a.b");
        assert_eq!(template.fill(|path| path.join("/")), "é a/b {c} }");
    }
}
