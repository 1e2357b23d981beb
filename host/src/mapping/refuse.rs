//! Refuses a record: which rule, which line, in whose words.

use super::LANGUAGES;
use super::evaluate::{Evaluation, Frame, Stop};
use super::path::field_name;
use super::rejection::{Rejection, Say};
use super::rule::{Expression, Origin, Refusal, Rule};
use super::template::Message;
use crate::catalogue::Catalogue;
use crate::config::source::char_in_string;
use crate::model::Text;

impl<'a> Evaluation<'a> {
    pub(super) fn failed(
        &self,
        frame: &Frame<'a>,
        expression: &Expression,
        what: Text,
        nth: Option<usize>,
    ) -> Stop {
        let text = &self.flow.text;
        let byte = char_in_string(&text.text, &expression.span, nth.unwrap_or(0));
        let (line, column) = text.place(byte);
        let say = Say::ExpressionFailed {
            rule: expression.id.clone(),
            what,
            place: format!("{}:{line}:{column}", text.name),
        };
        self.refuse(frame, say.code(), None, None, Some(say))
    }

    pub(super) fn missing(&self, frame: &Frame<'a>, rule: &'a Rule) -> Stop {
        let from = match &rule.origin {
            Origin::Path(path)
            | Origin::Map { from: path, .. }
            | Origin::Ref { from: path, .. } => {
                let root = path.root.name();
                Some(format!("{root}.{}", path.fields.join(".")))
            }
            _ => None,
        };
        self.refuse_rule(frame, rule, Say::MissingValue { from })
    }

    /// Refuses in the rule's own words, or in ours.
    pub(super) fn refuse_rule(&self, frame: &Frame<'a>, rule: &'a Rule, say: Say) -> Stop {
        self.note_rule(frame, rule, say, Waits::No)
    }

    /// The same, or has the record wait.
    pub(super) fn note_rule(
        &self,
        frame: &Frame<'a>,
        rule: &'a Rule,
        say: Say,
        waits: Waits,
    ) -> Stop {
        let Refusal { code, message } = &rule.refusal;
        if code.is_some() || message.is_some() {
            self.touch_part(rule, "refusal");
        }
        let code = code.as_deref().unwrap_or_else(|| say.code());
        self.note(
            frame,
            code,
            Some(field_name(&rule.id)),
            message.as_ref(),
            Some(say),
            waits,
        )
    }

    pub(super) fn refuse(
        &self,
        frame: &Frame<'a>,
        code: &str,
        field: Option<&str>,
        message: Option<&Message>,
        say: Option<Say>,
    ) -> Stop {
        self.note(frame, code, field, message, say, Waits::No)
    }

    pub(super) fn note(
        &self,
        frame: &Frame<'a>,
        code: &str,
        field: Option<&str>,
        message: Option<&Message>,
        say: Option<Say>,
        waits: Waits,
    ) -> Stop {
        let field = field.map(str::to_owned);
        let mut words = Vec::with_capacity(LANGUAGES.len());
        for lang in LANGUAGES {
            let own = match message {
                Some(message) => match self.fill(frame, message.in_language(lang), lang) {
                    Ok(own) => Some(own),
                    Err(stop) => return stop,
                },
                None => None,
            };
            let ours = || {
                let line = self.line_title(frame, lang);
                let say = say
                    .as_ref()
                    .map(|say| say.words(field.as_deref().unwrap_or(""), lang));
                format!("{line}{}", say.unwrap_or_default())
            };
            words.push(own.unwrap_or_else(ours));
        }
        let place = match (&frame.child, field) {
            (Some((child, nth)), Some(field)) => Some(format!("{}[{}].{field}", child.id, nth + 1)),
            (Some((child, nth)), None) => Some(format!("{}[{}]", child.id, nth + 1)),
            (None, field) => field,
        };
        let words: [String; LANGUAGES.len()] = words.try_into().expect("one for each of LANGUAGES");
        let rejection = Rejection {
            waiting: waits == Waits::Yes,
            ..Rejection::new(code, place, words)
        };
        let mut collected = self.collected.borrow_mut();
        if !collected.rejections.contains(&rejection) {
            collected.rejections.push(rejection);
        }
        Stop::Refused
    }

    /// `Line “Hosting”: `, where the list has a title for its lines.
    pub(super) fn line_title(&self, frame: &Frame<'a>, lang: &str) -> String {
        let Some((child, nth)) = frame.child else {
            return String::new();
        };
        let title = child.title.as_ref().map(|title| title.in_language(lang));
        let title = title
            .and_then(|title| self.fill(frame, title, lang).ok())
            .unwrap_or_default();
        let line = (nth + 1).to_string();
        let args = [
            ("list", child.name.as_str()),
            ("line", &line),
            ("title", &title),
        ];
        let key = if title.is_empty() {
            "mapping-line"
        } else {
            "mapping-line-titled"
        };
        // A catalogue keeps no space at an end.
        format!("{} ", Catalogue::new(lang).say(key, &args))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waits {
    Yes,
    No,
}
