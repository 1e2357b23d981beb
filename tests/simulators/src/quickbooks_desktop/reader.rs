//! QuickBooks' parser: one thing wrong anywhere, and the whole message set is refused.
//!
//! It knows order, required marks, choices, types, versions and lengths from the table (`notation.rs`).
//! A text that is only too long is no parse error: its request is answered with 3070 (a switch makes it
//! one, as the XSD has it).
//!
//! Invariant: what passes here fits the table; nothing after it checks form again.

use super::notation::{self, Content, Leaf, Part, Row, Rule, TABLE, Version};
use super::status::Status;
use super::value;
use super::xml::{self, Element};

/// What this installation's QuickBooks takes.
#[derive(Debug, Clone)]
pub struct Dialect {
    /// Newest qbXML it knows.
    pub newest: Version,
    /// Whether bytes beyond ASCII may stand in a message as they are, not as `&#233;`.
    pub raw_non_ascii: bool,
    /// Whether a too long text fails the whole set.
    pub length_is_form: bool,
}

pub struct MessageSet {
    pub stop_on_error: bool,
    pub status_only: bool,
    pub new_id: Option<String>,
    pub old_id: Option<String>,
    pub requests: Vec<Message>,
}

/// One request, well formed.
pub struct Message {
    pub element: Element,
    pub row: &'static Row,
    /// The first text that is too long.
    pub too_long: Option<Status>,
}

pub fn read(text: &str, dialect: &Dialect) -> Result<MessageSet, String> {
    if !dialect.raw_non_ascii && !text.is_ascii() {
        return Err("a raw character beyond ASCII".to_owned());
    }
    let document = xml::parse(text)?;
    let mut instructions = document.instructions.iter();
    if instructions.next().is_none_or(|(name, _)| name != "xml") {
        return Err("no <?xml?> line".to_owned());
    }
    let version = match (instructions.next(), instructions.next()) {
        (Some((name, attributes)), None) if name == "qbxml" => match attributes.as_slice() {
            [(name, value)] if name == "version" => notation::version(value)?,
            _ => return Err("<?qbxml?> holds its version alone".to_owned()),
        },
        _ => return Err("no <?qbxml?> line after <?xml?>".to_owned()),
    };
    if version < 10 || version > dialect.newest {
        return Err(format!("qbXML {version} (tenths) is not known here"));
    }
    let root = document.root;
    let [set] = root.children.as_slice() else {
        return Err("QBXML holds one QBXMLMsgsRq".to_owned());
    };
    if root.name != "QBXML" || !root.attributes.is_empty() || set.name != "QBXMLMsgsRq" {
        return Err("QBXML holds one QBXMLMsgsRq".to_owned());
    }
    let stop_on_error = match set.attribute("onError") {
        Some("stopOnError") => true,
        Some("continueOnError") => false,
        _ => return Err("onError is stopOnError or continueOnError".to_owned()),
    };
    let status_only = match set.attribute("responseData") {
        None | Some("includeAll") => false,
        Some("includeNone") => true,
        Some(_) => return Err("responseData is includeAll or includeNone".to_owned()),
    };
    let known = [
        "onError",
        "responseData",
        "newMessageSetID",
        "oldMessageSetID",
    ];
    only(set, &known)?;
    if !set.text.trim().is_empty() {
        return Err("text in QBXMLMsgsRq".to_owned());
    }
    let requests = set.children.iter();
    Ok(MessageSet {
        stop_on_error,
        status_only,
        new_id: set.attribute("newMessageSetID").map(str::to_owned),
        old_id: set.attribute("oldMessageSetID").map(str::to_owned),
        requests: requests
            .map(|request| message(request, version, dialect))
            .collect::<Result<_, _>>()?,
    })
}

fn message(request: &Element, version: Version, dialect: &Dialect) -> Result<Message, String> {
    let row = TABLE
        .row(&request.name)
        .filter(|row| row.name.ends_with("Rq"));
    let row = row.ok_or_else(|| format!("no request {}", request.name))?;
    if row.since > version {
        return Err(format!("{} is newer than this version", row.name));
    }
    let mut known = vec!["requestID"];
    if row.metadata {
        known.push("metaData");
        let word = request.attribute("metaData").unwrap_or("NoMetaData");
        if !["NoMetaData", "MetaDataOnly", "MetaDataAndResponseData"].contains(&word) {
            return Err(format!("metaData is never {word}"));
        }
    }
    if row.iterator {
        known.extend(["iterator", "iteratorID"]);
        let word = request.attribute("iterator").unwrap_or("Start");
        if !["Start", "Continue", "Stop"].contains(&word) {
            return Err(format!("iterator is never {word}"));
        }
    }
    only(request, &known)?;
    let mut check = Check {
        version,
        too_long: None,
    };
    check.all(&request.children, &row.parts, &request.name)?;
    if !request.text.trim().is_empty() {
        return Err(format!("text in {}", request.name));
    }
    if let (true, Some(status)) = (dialect.length_is_form, &check.too_long) {
        return Err(status.message.clone());
    }
    let mut element = request.clone();
    keep_storable(&mut element);
    Ok(Message {
        element,
        row,
        too_long: check.too_long,
    })
}

/// Whether an answer element fits its row of the table; for tests of what we send.
#[cfg(test)]
pub fn check_answer(answer: &Element) -> Result<(), String> {
    let row = TABLE
        .row(&answer.name)
        .ok_or_else(|| format!("no answer {}", answer.name))?;
    let mut check = Check {
        version: 130,
        too_long: None,
    };
    check.all(&answer.children, &row.parts, &answer.name)?;
    check.too_long.map_or(Ok(()), |status| Err(status.message))
}

fn only(element: &Element, known: &[&str]) -> Result<(), String> {
    match element
        .attributes
        .iter()
        .find(|(name, _)| !known.contains(&name.as_str()))
    {
        Some((name, _)) => Err(format!("{} has no attribute {name}", element.name)),
        None => Ok(()),
    }
}

fn keep_storable(element: &mut Element) {
    element.text = value::stored_text(&element.text);
    element.children.iter_mut().for_each(keep_storable);
}

struct Check {
    version: Version,
    too_long: Option<Status>,
}

impl Check {
    fn all(&mut self, children: &[Element], parts: &[Part], parent: &str) -> Result<(), String> {
        let rest = self.sequence(children, parts, parent)?;
        match rest.first() {
            None => Ok(()),
            Some(child) => Err(format!("{} is not expected there in {parent}", child.name)),
        }
    }

    /// Takes what fits from the front; gives back what is left.
    fn sequence<'a>(
        &mut self,
        mut children: &'a [Element],
        parts: &[Part],
        parent: &str,
    ) -> Result<&'a [Element], String> {
        for part in parts {
            children = match part {
                Part::Element(rule) => self.element(children, rule, parent)?,
                Part::Choice {
                    options,
                    required,
                    repeats,
                } => self.choice(children, options, *required, *repeats, parent)?,
            };
        }
        Ok(children)
    }

    fn element<'a>(
        &mut self,
        children: &'a [Element],
        rule: &Rule,
        parent: &str,
    ) -> Result<&'a [Element], String> {
        let run = children
            .iter()
            .take_while(|child| child.name == rule.name)
            .count();
        let taken = if rule.repeats { run } else { run.min(1) };
        if taken == 0 && rule.required {
            return Err(format!("{} is missing in {parent}", rule.name));
        }
        if taken > 0 && rule.since > self.version {
            return Err(format!("{} is newer than this version", rule.name));
        }
        for child in &children[..taken] {
            self.one(child, rule)?;
        }
        Ok(&children[taken..])
    }

    fn choice<'a>(
        &mut self,
        mut children: &'a [Element],
        options: &[Vec<Part>],
        required: bool,
        repeats: bool,
        parent: &str,
    ) -> Result<&'a [Element], String> {
        let mut taken = false;
        while let Some(first) = children.first() {
            let Some(option) = options
                .iter()
                .find(|o| notation::begins_with(o, &first.name))
            else {
                break;
            };
            children = self.sequence(children, option, parent)?;
            taken = true;
            if !repeats {
                break;
            }
        }
        let may_be_empty = options.iter().any(|option| notation::may_be_empty(option));
        if !taken && required && !may_be_empty {
            return Err(format!("one of a choice is missing in {parent}"));
        }
        Ok(children)
    }

    fn one(&mut self, child: &Element, rule: &Rule) -> Result<(), String> {
        let known: &[&str] = match (rule.def_macro, rule.use_macro) {
            (true, _) => &["defMacro"],
            (_, true) => &["useMacro"],
            _ => &[],
        };
        only(child, known)?;
        match &rule.content {
            Content::Group(parts) => {
                if !child.text.trim().is_empty() {
                    return Err(format!("text in {}", child.name));
                }
                self.all(&child.children, parts, &child.name)
            }
            Content::Leaf { kind, longest } => {
                if !child.children.is_empty() {
                    return Err(format!("{} holds text only", child.name));
                }
                let longest = longest.unwrap_or(usize::MAX);
                let ok = value::has_form(kind, &child.text)
                    // In the XSD these two are no longer than 36, as a matter of form.
                    && (*kind != Leaf::Id || child.text.len() <= 36);
                if !ok {
                    return Err(format!("{} cannot be `{}`", child.name, child.text));
                }
                if child.text.chars().count() > longest {
                    let status = Status::too_long(&child.name, &child.text, longest);
                    self.too_long.get_or_insert(status);
                }
                Ok(())
            }
        }
    }
}
