//! `liaison.toml`: what holds for the whole installation.

use std::sync::Arc;

use super::problem::Problem;
use super::reader::Reader;
use super::source::SourceText;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    English,
    French,
}

impl Language {
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Installation {
    /// Of what people read here, and of what is written into systems (tickets).
    pub language: Language,
}

impl Installation {
    pub fn read(text: &Arc<SourceText>) -> Result<Self, Vec<Problem>> {
        let reader = Reader::new(text);
        let root = reader.root();
        let languages = [("en", Language::English), ("fr", Language::French)];
        let language = root
            .word("language", &languages)
            .map_or_else(Language::default, |at| at.value);
        root.done();
        let problems = reader.into_problems();
        if problems.is_empty() {
            Ok(Self { language })
        } else {
            Err(problems)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_english() {
        let read = Installation::read(&SourceText::new("liaison.toml", "")).expect("valid");
        assert_eq!(read.language.code(), "en");
    }

    #[test]
    fn every_problem_is_told() {
        let text = SourceText::new("liaison.toml", "langage = \"en\"\nlanguage = \"de\"\n");
        let problems = Installation::read(&text).expect_err("two problems");
        let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, ["unknown-value", "unknown-key"]);
    }
}
