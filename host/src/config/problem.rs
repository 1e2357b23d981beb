//! What is wrong in a configuration file, where, and what was probably meant.
//!
//! A reader never stops at the first problem: it collects. What the reader of a file finds, what the
//! check against the connectors' schemas finds and what the tenant file gets wrong are one type, so
//! `check` shows them in one list and `run` refuses what `check` refuses.

use std::fmt;
use std::sync::Arc;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::Serialize;

use super::source::{SourceText, Span};
use crate::model::Text;
pub(crate) use crate::model::text::words;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Error,
    Warning,
}

#[derive(Clone, PartialEq, Serialize)]
pub struct Problem {
    pub severity: Severity,
    /// Stable and kebab-case: `unknown-field`.
    pub code: &'static str,
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// Bytes of the file.
    pub span: Span,
    pub message: Text,
    /// What to do; often the word that was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<Text>,
    #[serde(skip)]
    pub source: Arc<SourceText>,
}

impl Problem {
    pub fn new(source: &Arc<SourceText>, span: &Span, code: &'static str, message: Text) -> Self {
        let (line, column) = source.place(span.start);
        Self {
            severity: Severity::Error,
            code,
            file: source.name.clone(),
            line,
            column,
            span: span.clone(),
            message,
            help: None,
            source: Arc::clone(source),
        }
    }

    pub fn warning(self) -> Self {
        Self {
            severity: Severity::Warning,
            ..self
        }
    }

    pub fn help(self, help: impl Into<Option<Text>>) -> Self {
        Self {
            help: help.into(),
            ..self
        }
    }

    /// All on one line, with its place.
    pub fn text(&self) -> Text {
        let place = format!("{}:{}:{}", self.file, self.line, self.column);
        let message = self.message.clone();
        match &self.help {
            None => words!("problem-line", "{place}: {message}", place = place; message = message),
            Some(help) => words!(
                "problem-line-help",
                "{place}: {message} ({help})",
                place = place;
                message = message,
                help = help.clone()
            ),
        }
    }

    /// Line, caret and help, as plain text or with colour, in English.
    pub fn render(&self, colour: Colour) -> String {
        self.render_in(colour, &|text| text.fallback.clone())
    }

    /// The same in the language of `say`: a catalogue's, which this module must not know.
    pub fn render_in(&self, colour: Colour, say: &dyn Fn(&Text) -> String) -> String {
        let renderer = match colour {
            Colour::Plain => Renderer::plain(),
            Colour::Ansi => Renderer::styled(),
        };
        let level = match self.severity {
            Severity::Error => Level::ERROR.with_name(say(&words!("level-error", "error"))),
            Severity::Warning => Level::WARNING.with_name(say(&words!("level-warning", "warning"))),
        };
        let text = &self.source.text;
        let end = self.span.end.clamp(self.span.start, text.len());
        // A value that spans lines (a whole table) is shown by its first line.
        let line_end = text[self.span.start.min(end)..end]
            .find('\n')
            .map(|n| self.span.start + n);
        let start = self.span.start.min(end);
        // A place between two characters is shown by the one after it.
        let next = text[start..]
            .chars()
            .next()
            .map_or(start, |c| start + c.len_utf8());
        let span = start..line_end.unwrap_or(end).max(next);
        let snippet = Snippet::source(text.as_str())
            .path(self.file.as_str())
            .annotation(AnnotationKind::Primary.span(span));
        let mut group = level
            .primary_title(say(&self.message))
            .id(self.code)
            .element(snippet);
        if let Some(help) = &self.help {
            let name = say(&words!("level-help", "help"));
            group = group.element(Level::HELP.with_name(name).message(say(help)));
        }
        renderer.decor_style(DecorStyle::Ascii).render(&[group])
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    Plain,
    Ansi,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text().fallback)
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {self}", self.code)
    }
}

/// The word that was probably meant, if one is near enough.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace('-', "_");
    let wanted = plain(word);
    let near = |candidate: &str| {
        let candidate = plain(candidate);
        let likeness = strsim::jaro_winkler(&wanted, &candidate);
        let edits = strsim::damerau_levenshtein(&wanted, &candidate);
        let longest = wanted.chars().count().max(candidate.chars().count());
        (likeness >= 0.84 || edits * 3 <= longest).then_some(likeness)
    };
    known
        .into_iter()
        .filter_map(|candidate| near(candidate).map(|likeness| (likeness, candidate)))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// "did you mean", or else the words there are.
pub fn suggest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<Text> {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(meant) = nearest(word, known.iter().copied()) {
        return Some(words!(
            "problem-did-you-mean",
            "did you mean `{meant}`?",
            meant = meant
        ));
    }
    (!known.is_empty()).then(|| one_of(known))
}

/// The words there are.
pub fn one_of<'a>(known: impl IntoIterator<Item = &'a str>) -> Text {
    let list: Vec<String> = known.into_iter().map(|word| format!("`{word}`")).collect();
    words!("problem-one-of", "it can be {list}", list = list.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_shows_line_caret_and_help() {
        let source = SourceText::new("a.toml", "title = 1\nfrm = \"x\"\n");
        let problem = Problem::new(
            &source,
            &(10..13),
            "unknown-key",
            words!("problem-unknown-key", "unknown key `{key}`", key = "frm"),
        )
        .help(suggest("frm", ["from", "expr"]));
        let expected = "\
error[unknown-key]: unknown key `frm`
 --> a.toml:2:1
  |
2 | frm = \"x\"
  | ^^^
  |
  = help: did you mean `from`?";
        assert_eq!(problem.render(Colour::Plain), expected);
        assert_eq!(
            problem.to_string(),
            "a.toml:2:1: unknown key `frm` (did you mean `from`?)"
        );
        assert_eq!(problem.message.args, [("key".to_owned(), "frm".to_owned())]);
    }

    #[test]
    fn a_word_that_is_near_nothing_gets_the_list() {
        assert_eq!(nearest("zebra", ["from", "expr"]), None);
        let list = suggest("zebra", ["from", "expr"]).expect("a list");
        assert_eq!(list.fallback, "it can be `from`, `expr`");
    }
}
