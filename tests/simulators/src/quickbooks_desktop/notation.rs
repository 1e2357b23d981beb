//! The qbXML table: what each request and answer holds, in which order.
//!
//! Read at start from `qbxml/*.txt`, in the notation of the vendor reference: `!` required, `*` `+`
//! repeats, `≤n` longest text, `⟨n⟩` a reference, `^n` since version n, `( a | b )` a choice, `{X}` a macro,
//! `{ … }` content, `{=}` the content of the element of that name before (or of the one just before).
//!
//! Invariant: the table says what is well formed, never what it means.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The table that ships.
pub static TABLE: LazyLock<Table> = LazyLock::new(|| {
    Table::read(
        include_str!("qbxml/macros.txt"),
        include_str!("qbxml/requests.txt"),
        include_str!("qbxml/answers.txt"),
    )
    .expect("the table that ships is in order")
});

pub struct Table {
    rows: HashMap<String, Row>,
    /// In the order of the files.
    pub names: Vec<String>,
}

/// One request (`CustomerAddRq`) or answer (`CustomerRet`).
pub struct Row {
    pub name: String,
    pub since: Version,
    pub metadata: bool,
    pub iterator: bool,
    pub parts: Vec<Part>,
}

/// qbXML version times ten: 2.1 is 21.
pub type Version = u16;

#[derive(Debug, Clone)]
pub enum Part {
    Element(Rule),
    Choice {
        options: Vec<Vec<Part>>,
        required: bool,
        repeats: bool,
    },
}

#[derive(Debug, Clone)]
pub struct Rule {
    pub name: String,
    pub required: bool,
    pub repeats: bool,
    pub since: Version,
    pub def_macro: bool,
    pub use_macro: bool,
    pub content: Content,
}

#[derive(Debug, Clone)]
pub enum Content {
    Leaf { kind: Leaf, longest: Option<usize> },
    Group(Vec<Part>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaf {
    Text,
    Id,
    Amount,
    Number,
    Date,
    DateTime,
    Duration,
    Int,
    Bool,
    Guid,
    Float,
    Enum(Vec<String>),
}

impl Table {
    pub fn row(&self, name: &str) -> Option<&Row> {
        self.rows.get(name)
    }

    fn read(macros: &str, requests: &str, answers: &str) -> Result<Self, String> {
        let mut known = Macros::default();
        for line in lines(macros) {
            let (name, text) = line.split_once(" = ").ok_or(format!("macro `{line}`"))?;
            match name.strip_prefix(':') {
                Some(kind) => known.enums.insert(kind.to_owned(), enumeration(text)),
                None => {
                    known.texts.insert(name.to_owned(), text.to_owned());
                    None
                }
            };
        }
        let mut table = Self {
            rows: HashMap::new(),
            names: Vec::new(),
        };
        for line in lines(requests).chain(lines(answers)) {
            let row = row(line, &known).map_err(|e| format!("{line:.40}: {e}"))?;
            table.names.push(row.name.clone());
            table.rows.insert(row.name.clone(), row);
        }
        Ok(table)
    }
}

impl Part {
    /// The elements that may come first here.
    pub fn begins_with(&self, name: &str) -> bool {
        match self {
            Self::Element(rule) => rule.name == name,
            Self::Choice { options, .. } => options.iter().any(|option| begins_with(option, name)),
        }
    }

    fn may_be_absent(&self) -> bool {
        match self {
            Self::Element(rule) => !rule.required,
            Self::Choice {
                required, options, ..
            } => !required || options.iter().any(|option| may_be_empty(option)),
        }
    }

    /// The rules of this part, those of a choice included.
    pub fn rules(&self) -> Vec<&Rule> {
        match self {
            Self::Element(rule) => vec![rule],
            Self::Choice { options, .. } => {
                options.iter().flatten().flat_map(Self::rules).collect()
            }
        }
    }

    /// A choice that repeats brings its elements in any order.
    pub fn mixes(&self) -> bool {
        matches!(self, Self::Choice { repeats: true, .. })
    }
}

/// Whether an option of a choice asks for nothing. One that is a lone element asks for that element.
pub fn may_be_empty(option: &[Part]) -> bool {
    !matches!(option, [Part::Element(_)]) && option.iter().all(Part::may_be_absent)
}

pub fn begins_with(parts: &[Part], name: &str) -> bool {
    for part in parts {
        if part.begins_with(name) {
            return true;
        }
        if !part.may_be_absent() {
            return false;
        }
    }
    false
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn enumeration(text: &str) -> Leaf {
    Leaf::Enum(
        text.split('/')
            .map(|value| value.trim().to_owned())
            .collect(),
    )
}

#[derive(Default)]
struct Macros {
    texts: HashMap<String, String>,
    enums: HashMap<String, Leaf>,
}

fn row(line: &str, macros: &Macros) -> Result<Row, String> {
    let (head, body) = line.split_once('→').ok_or("no arrow")?;
    let mut words = head.split_whitespace();
    let mut row = Row {
        name: words.next().ok_or("no name")?.to_owned(),
        since: 0,
        metadata: false,
        iterator: false,
        parts: Vec::new(),
    };
    for word in words {
        match word {
            "@req" => {}
            "@meta" => row.metadata = true,
            "@iter" => row.iterator = true,
            _ => {
                let since = word.strip_prefix("(≥").and_then(|w| w.strip_suffix(')'));
                row.since = version(since.ok_or(format!("mark `{word}`"))?)?;
            }
        }
    }
    let mut scanner = Scanner {
        rest: body.to_owned(),
        macros,
        known: HashMap::new(),
    };
    row.parts = scanner.sequence()?;
    if scanner.rest.trim().is_empty() {
        Ok(row)
    } else {
        Err(format!("`{:.20}` left over", scanner.rest))
    }
}

pub fn version(text: &str) -> Result<Version, String> {
    let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
    match (major.parse::<Version>(), minor.parse::<Version>()) {
        (Ok(major), Ok(minor)) if minor < 10 && major < 100 => Ok(major * 10 + minor),
        _ => Err(format!("`{text}` is no version")),
    }
}

struct Scanner<'a> {
    rest: String,
    macros: &'a Macros,
    /// Contents met so far, by element, for `{=}`.
    known: HashMap<String, Content>,
}

impl Scanner<'_> {
    fn white(&mut self) {
        self.rest = self.rest.trim_start().to_owned();
    }

    fn take(&mut self, token: &str) -> bool {
        let kept = self.rest.strip_prefix(token).map(str::to_owned);
        let found = kept.is_some();
        if let Some(kept) = kept {
            self.rest = kept;
        }
        found
    }

    fn word(&mut self, is_part: impl Fn(char) -> bool) -> String {
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let word = self.rest[..end].to_owned();
        self.rest.drain(..end);
        word
    }

    /// Everything up to the matching `}`; the `{` is behind us.
    fn braces(&mut self) -> Result<String, String> {
        let mut depth = 1;
        for (at, c) in self.rest.char_indices() {
            depth += match c {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            if depth == 0 {
                let inside = self.rest[..at].trim().to_owned();
                self.rest.drain(..=at);
                return Ok(inside);
            }
        }
        Err("no `}`".to_owned())
    }

    fn sequence(&mut self) -> Result<Vec<Part>, String> {
        let mut parts: Vec<Part> = Vec::new();
        loop {
            self.white();
            if self.rest.is_empty() || self.rest.starts_with(')') || self.rest.starts_with('|') {
                return Ok(parts);
            }
            if self.take("(") {
                parts.push(self.choice()?);
            } else if self.take("{") {
                let name = self.braces()?;
                // The text of a macro may hold bare options (`{TXNKEYS} | …`): it goes back into the line.
                let text = self
                    .macros
                    .texts
                    .get(&name)
                    .ok_or(format!("no macro `{name}`"))?;
                self.rest = if text.starts_with('(') && text.ends_with([')', '!']) {
                    format!("{text}{}", self.rest)
                } else {
                    format!("{text} {}", self.rest)
                };
            } else {
                let before = match parts.last() {
                    Some(Part::Element(rule)) => Some(rule.content.clone()),
                    _ => None,
                };
                parts.push(Part::Element(self.element(before)?));
            }
        }
    }

    fn choice(&mut self) -> Result<Part, String> {
        let mut options = Vec::new();
        loop {
            options.push(self.sequence()?);
            if self.take(")") {
                break;
            }
            if !self.take("|") {
                return Err("no `)`".to_owned());
            }
        }
        let marks = self.word(|c| "!*+".contains(c));
        let since = self.since()?;
        if since > 0 {
            options.iter_mut().flatten().for_each(|part| {
                if let Part::Element(rule) = part {
                    rule.since = rule.since.max(since);
                }
            });
        }
        Ok(Part::Choice {
            options,
            required: marks.contains(['!', '+']),
            repeats: marks.contains(['*', '+']),
        })
    }

    fn since(&mut self) -> Result<Version, String> {
        if !self.take("^") {
            return Ok(0);
        }
        version(&self.word(|c| c.is_ascii_digit() || c == '.'))
    }

    fn element(&mut self, before: Option<Content>) -> Result<Rule, String> {
        let mut name = self.word(|c| c.is_ascii_alphanumeric());
        if name.is_empty() {
            return Err(format!("`{:.20}` is no element", self.rest));
        }
        let mut kind = match name.as_str() {
            "TxnID" | "ListID" | "TxnLineID" | "CreditTxnID" | "LinkToTxnID" => Leaf::Id,
            "ListIDWithChildren" => Leaf::Id,
            _ => Leaf::Text,
        };
        let (mut longest, mut group) = (None, None);
        if name == "IRE" {
            name = "IncludeRetElement".to_owned();
            longest = Some(50);
        }
        let mut rule = Rule {
            required: false,
            repeats: false,
            since: 0,
            def_macro: false,
            use_macro: false,
            content: Content::Group(Vec::new()),
            name,
        };
        loop {
            if self.take("!") {
                rule.required = true;
            } else if self.take("*") {
                rule.repeats = true;
            } else if self.take("+") {
                (rule.required, rule.repeats) = (true, true);
            } else if self.take("≤") {
                longest = self.word(|c| c.is_ascii_digit()).parse().ok();
            } else if self.rest.starts_with('^') {
                rule.since = self.since()?;
            } else if self.take("⟨") {
                let longest = self.word(|c| c.is_ascii_digit()).parse().ok();
                self.take("⟩");
                group = Some(Content::Group(vec![
                    leaf("ListID", Leaf::Id, None),
                    leaf("FullName", Leaf::Text, longest),
                ]));
            } else if self.take(":enum(") {
                let values = self.word(|c| c != ')');
                self.take(")");
                kind = enumeration(&values);
            } else if self.take(":") {
                let word = self.word(|c| c.is_ascii_lowercase());
                kind = self.kind(&word)?;
            } else if self.take(" @defMacro") {
                rule.def_macro = true;
            } else if self.take(" @useMacro") {
                rule.use_macro = true;
            } else if self.take("{") {
                group = Some(self.content(&rule.name, before.clone())?);
            } else {
                break;
            }
        }
        rule.content = group.unwrap_or(Content::Leaf { kind, longest });
        self.known.insert(rule.name.clone(), rule.content.clone());
        Ok(rule)
    }

    fn content(&mut self, name: &str, before: Option<Content>) -> Result<Content, String> {
        let inside = self.braces()?;
        if inside == "=" {
            let known = self.known.get(name).cloned().or(before);
            return known.ok_or_else(|| format!("nothing before `{name}`"));
        }
        let text = self.macros.texts.get(&inside).cloned().unwrap_or(inside);
        let outside = std::mem::replace(&mut self.rest, text);
        let parts = self.sequence()?;
        if !self.rest.is_empty() {
            return Err(format!("`{:.20}` left over in `{name}`", self.rest));
        }
        self.rest = outside;
        Ok(Content::Group(parts))
    }

    fn kind(&self, word: &str) -> Result<Leaf, String> {
        Ok(match word {
            "amt" => Leaf::Amount,
            "qty" | "price" | "pct" => Leaf::Number,
            "date" => Leaf::Date,
            "dt" => Leaf::DateTime,
            "dur" => Leaf::Duration,
            "int" => Leaf::Int,
            "bool" => Leaf::Bool,
            "guid" => Leaf::Guid,
            "float" => Leaf::Float,
            _ => {
                let known = self.macros.enums.get(word);
                known.cloned().ok_or_else(|| format!("no type `{word}`"))?
            }
        })
    }
}

fn leaf(name: &str, kind: Leaf, longest: Option<usize>) -> Part {
    Part::Element(Rule {
        name: name.to_owned(),
        required: false,
        repeats: false,
        since: 0,
        def_macro: false,
        use_macro: false,
        content: Content::Leaf { kind, longest },
    })
}
