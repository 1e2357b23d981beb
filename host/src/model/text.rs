//! Words for a person: a key of a message catalogue with its arguments, and the same in English.

use serde::{Deserialize, Serialize};

/// Builds a [`Text`] whose arguments are also in its English words. Arguments that are texts or words
/// themselves follow a semicolon.
///
/// `words!("problem-unknown-key", "{section} has no key `{key}`", key = name; section = section)`
macro_rules! words {
    ($key:literal, $english:literal
        $(, $name:ident = $value:expr)*
        $(; $($inner:ident = $text:expr),+)? $(,)?) => {
        match ($(($value).to_string(),)* $($(Into::<$crate::model::Text>::into($text),)+)?) {
            ($($name,)* $($($inner,)+)?) => {
                let english = format!($english $(, $name = $name)* $($(, $inner = $inner.fallback)+)?);
                $crate::model::Text {
                    key: $key.to_owned(),
                    args: vec![$((stringify!($name).to_owned(), $name)),*],
                    texts: vec![$($((stringify!($inner).to_owned(), $inner)),+)?],
                    fallback: english,
                }
            }
        }
    };
}
pub(crate) use words;

/// The key of a text that carries its languages itself: the arguments are the words by language.
pub const FLOW_TEXT: &str = "flow-text";

/// A sentence that a catalogue knows in each language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Text {
    pub key: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<(String, String)>,
    /// Arguments that are sentences or words themselves, and translated like the text they stand in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<(String, Text)>,
    pub fallback: String,
}

impl Text {
    pub fn new(key: &str, args: Vec<(&str, String)>, fallback: impl Into<String>) -> Self {
        let args = args
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Self {
            key: key.to_owned(),
            args,
            texts: Vec::new(),
            fallback: fallback.into(),
        }
    }

    /// What is nobody's sentence: a vendor's words, an error of the system, a path.
    pub fn plain(words: impl Into<String>) -> Self {
        Self {
            fallback: words.into(),
            ..Self::default()
        }
    }

    /// A text that a flow file gives in several languages.
    pub fn in_languages(words: impl IntoIterator<Item = (String, String)>) -> Self {
        let args: Vec<(String, String)> = words.into_iter().collect();
        let english = args.iter().find(|(lang, _)| lang == "en").or(args.first());
        let fallback = english.map(|(_, words)| words.clone()).unwrap_or_default();
        Self {
            key: FLOW_TEXT.to_owned(),
            args,
            texts: Vec::new(),
            fallback,
        }
    }

    /// The words in a language as far as the text itself knows it; catalogues know more.
    pub fn in_language(&self, lang: &str) -> &str {
        let own = self
            .args
            .iter()
            .find(|(name, _)| self.key == FLOW_TEXT && name == lang);
        own.map_or(self.fallback.as_str(), |(_, words)| words.as_str())
    }

    /// One argument more, which is a text itself. The English words must hold it already.
    pub fn with(mut self, name: &str, text: impl Into<Text>) -> Self {
        self.texts.push((name.to_owned(), text.into()));
        self
    }

    /// Several sentences as one argument, on one line: `a; b`.
    pub fn joined(texts: impl IntoIterator<Item = Text>) -> Self {
        texts
            .into_iter()
            .reduce(|before, after| {
                words!(
                    "list-and",
                    "{before}; {after}";
                    before = before,
                    after = after
                )
            })
            .unwrap_or_default()
    }

    /// Several as one argument: `a, b`.
    pub fn listed(texts: impl IntoIterator<Item = Text>) -> Self {
        texts
            .into_iter()
            .reduce(|before, after| {
                words!(
                    "list-comma",
                    "{before}, {after}";
                    before = before,
                    after = after
                )
            })
            .unwrap_or_default()
    }
}

/// A word or a few that stand inside a sentence, such as `a text` or `read`. One that is used in
/// several sentences is translated once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    pub key: &'static str,
    pub english: &'static str,
}

impl Word {
    pub const fn new(key: &'static str, english: &'static str) -> Self {
        Self { key, english }
    }
}

impl std::fmt::Display for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.english)
    }
}

/// Somebody else's words.
impl From<String> for Text {
    fn from(words: String) -> Self {
        Self::plain(words)
    }
}

impl From<&str> for Text {
    fn from(words: &str) -> Self {
        Self::plain(words)
    }
}

impl From<Word> for Text {
    fn from(word: Word) -> Self {
        Self::new(word.key, Vec::new(), word.english)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: Word = Word::new("kind-text", "a text");

    #[test]
    fn words_stand_inside_words_and_english_is_whole() {
        let name = "from";
        let text =
            words!("problem-wrong-type", "`{key}` must be {wanted}", key = name; wanted = KIND);
        assert_eq!(text.fallback, "`from` must be a text");
        assert_eq!(text.args, [("key".to_owned(), "from".to_owned())]);
        assert_eq!(text.texts, [("wanted".to_owned(), KIND.into())]);
    }

    #[test]
    fn a_text_comes_back_from_json_also_without_inner_texts() {
        let old = r#"{"key":"k","fallback":"f"}"#;
        let text: Text = serde_json::from_str(old).expect("as it was written before");
        assert_eq!(serde_json::to_string(&text).expect("JSON"), old);
    }
}
