//! Checks an expression against the schemas before it ever runs: every path, function and operator.

use rhai::{ASTFlags, ASTNode, Expr, FnCallExpr, Position, Stmt};

use super::expression::{self, FUNCTIONS};
use super::schema::{Field, Kind, Record};
use crate::config::problem::{suggest, words};
use crate::model::{Text, Word};

const THIS: Word = Word::new("word-this", "this");

/// Something wrong in an expression, at one of its characters.
#[derive(Debug, Clone, PartialEq)]
pub struct Flaw {
    pub code: &'static str,
    /// Character from 0, and how many.
    pub at: usize,
    pub length: usize,
    pub message: Text,
    pub help: Option<Text>,
}

/// What an expression reads, and of which kind its value is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// `["lookup", "code", "name"]`
    pub paths: Vec<Vec<String>>,
    /// Keys of `text("key")`.
    pub texts: Vec<String>,
    pub flaws: Vec<Flaw>,
}

/// Reads a parsed expression against the namespaces it may use.
pub fn read(ast: &rhai::AST, namespaces: &Record, texts: &[&str]) -> (Reading, Kind) {
    let mut reader = Checker {
        namespaces,
        texts,
        reading: Reading::default(),
    };
    let mut kind = Kind::Any;
    for statement in ast.statements() {
        kind = match statement {
            Stmt::Expr(expr) => reader.kind(expr),
            Stmt::FnCall(call, at) => reader.call(call, *at),
            _ => {
                reader.flaw(
                    "expression-syntax",
                    Position::NONE,
                    1,
                    only_expressions(),
                    None,
                );
                Kind::Any
            }
        };
    }
    reader.closures(ast);
    (reader.reading, kind)
}

fn only_expressions() -> Text {
    words!("problem-expression-only", "this is no single expression")
}

struct Checker<'a> {
    namespaces: &'a Record,
    texts: &'a [&'a str],
    reading: Reading,
}

impl Checker<'_> {
    fn flaw(
        &mut self,
        code: &'static str,
        at: Position,
        length: usize,
        message: Text,
        help: Option<Text>,
    ) {
        let at = expression::nth(at).unwrap_or(0);
        self.reading.flaws.push(Flaw {
            code,
            at,
            length,
            message,
            help,
        });
    }

    fn refuse(&mut self, at: Position, what: impl Into<Text>, help: Option<Text>) -> Kind {
        let message = words!(
            "problem-not-in-expressions",
            "{what} cannot be used in an expression";
            what = what
        );
        self.flaw("expression-syntax", at, 1, message, help);
        Kind::Any
    }

    fn kind(&mut self, expr: &Expr) -> Kind {
        match expr {
            Expr::DynamicConstant(value, _) => match value.is_decimal() {
                true => Kind::Number,
                false => Kind::Any,
            },
            Expr::BoolConstant(..) => Kind::Bool,
            Expr::IntegerConstant(..) => Kind::Number,
            Expr::StringConstant(..) => Kind::Text,
            Expr::Unit(_) => Kind::Any,
            Expr::Array(items, _) => {
                let kinds: Vec<Kind> = items.iter().map(|item| self.kind(item)).collect();
                let first = kinds.into_iter().next().unwrap_or(Kind::Any);
                Kind::List(Box::new(Field::of_kind(first)))
            }
            Expr::And(parts, _) | Expr::Or(parts, _) => {
                for part in parts.iter() {
                    let found = self.kind(part);
                    self.want_bool(&found, part);
                }
                Kind::Bool
            }
            Expr::Coalesce(parts, _) => {
                let kinds: Vec<Kind> = parts.iter().map(|part| self.kind(part)).collect();
                kinds.into_iter().next_back().unwrap_or(Kind::Any)
            }
            Expr::FnCall(call, at) => self.call(call, *at),
            Expr::Variable(..) | Expr::Dot(..) | Expr::Index(..) => self.path(expr),
            Expr::Custom(custom, at) => {
                let word = custom.tokens.first().map_or("", |token| token.as_str());
                let inputs: Vec<&Expr> = custom.inputs.iter().collect();
                match (word, inputs.as_slice()) {
                    ("text", [Expr::StringConstant(key, at)]) => self.text(key, *at),
                    ("if_else", [condition, yes, no]) => {
                        let found = self.kind(condition);
                        self.want_bool(&found, condition);
                        let (yes, no) = (self.kind(yes), self.kind(no));
                        if yes == no { yes } else { Kind::Any }
                    }
                    _ => self.refuse(*at, THIS, None),
                }
            }
            Expr::CharConstant(_, at) => {
                let help = words!(
                    "problem-double-quotes",
                    "texts in expressions stand in double quotes"
                );
                self.refuse(
                    *at,
                    Word::new("expression-single-quote", "a single quote"),
                    Some(help),
                )
            }
            Expr::InterpolatedString(_, at) => self.refuse(
                *at,
                Word::new("expression-backticks", "a text in backticks"),
                None,
            ),
            Expr::Map(_, at) => self.refuse(*at, "`#{…}`", None),
            Expr::MethodCall(call, at) => {
                let help = words!(
                    "problem-no-methods",
                    "write {name}(…) around the value",
                    name = call.name
                );
                self.refuse(
                    *at,
                    Word::new("expression-dot-call", "a call after a dot"),
                    Some(help),
                )
            }
            other => self.refuse(other.position(), THIS, None),
        }
    }

    fn text(&mut self, key: &str, at: Position) -> Kind {
        if !self.texts.contains(&key) {
            let message = words!(
                "problem-unknown-text",
                "there is no text `{key}` in [texts]",
                key = key
            );
            let help = suggest(key, self.texts.iter().copied());
            self.flaw("unknown-text", at, key.chars().count() + 2, message, help);
        }
        self.reading.texts.push(key.to_owned());
        Kind::Text
    }

    fn want_bool(&mut self, found: &Kind, at: &Expr) {
        if matches!(found, Kind::Any | Kind::Bool) {
            return;
        }
        let message = words!(
            "problem-not-a-condition",
            "a condition is needed, and this is {found}";
            found = found.words()
        );
        let (at, length) = extent(at);
        self.flaw("wrong-type", at, length, message, None);
    }

    fn call(&mut self, call: &FnCallExpr, at: Position) -> Kind {
        let kinds: Vec<Kind> = call.args.iter().map(|arg| self.kind(arg)).collect();
        let name = call.name.as_str();
        if name == "contains" {
            // `x in y`: Rhai gives the list first.
            return self.membership(&kinds, call);
        }
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return self.operator(name, &kinds, call, at);
        }
        let Some((_, arity)) = FUNCTIONS.iter().find(|(known, _)| *known == name) else {
            let message = words!(
                "problem-unknown-function",
                "there is no function `{name}`",
                name = name
            );
            let help = suggest(name, FUNCTIONS.iter().map(|(known, _)| *known));
            self.flaw("unknown-function", at, name.chars().count(), message, help);
            return Kind::Any;
        };
        if *arity != kinds.len() {
            let message = words!(
                "problem-arguments",
                "`{name}` takes {wanted} values, not {found}",
                name = name,
                wanted = arity,
                found = kinds.len()
            );
            self.flaw("wrong-arguments", at, name.chars().count(), message, None);
        }
        self.arguments(name, &kinds, call);
        match name {
            "dec" | "dec_or_zero" | "abs" | "round" | "len" => Kind::Number,
            "is_empty" | "starts_with" => Kind::Bool,
            "date_add_days" => Kind::Date,
            _ => Kind::Text,
        }
    }

    fn arguments(&mut self, name: &str, kinds: &[Kind], call: &FnCallExpr) {
        let textual = |kind: &Kind| {
            !matches!(
                kind,
                Kind::Number | Kind::Bool | Kind::List(_) | Kind::Record(_)
            )
        };
        for (nth, (kind, arg)) in kinds.iter().zip(call.args.iter()).enumerate() {
            let fits = match (name, nth) {
                ("dec" | "dec_or_zero" | "abs", 0) | ("round", 0) => {
                    matches!(kind, Kind::Any | Kind::Number | Kind::Decimal | Kind::Text)
                }
                ("round" | "left" | "date_add_days", 1) => matches!(kind, Kind::Any | Kind::Number),
                (
                    "upper" | "lower" | "trim" | "replace" | "left" | "before_last" | "after_last"
                    | "starts_with" | "date_add_days" | "format_time",
                    _,
                ) => textual(kind),
                ("len", 0) => textual(kind) || matches!(kind, Kind::List(_)),
                _ => true,
            };
            if !fits {
                let message = words!(
                    "problem-argument-kind",
                    "`{name}` cannot take {found} here",
                    name = name;
                    found = kind.words()
                );
                let (at, length) = extent(arg);
                self.flaw("wrong-type", at, length, message, None);
            }
        }
    }

    fn membership(&mut self, kinds: &[Kind], call: &FnCallExpr) -> Kind {
        if let (Some(list), Some(expr)) = (kinds.first(), call.args.first())
            && !matches!(list, Kind::Any | Kind::List(_) | Kind::Text | Kind::Decimal)
        {
            let message = words!(
                "problem-in-list",
                "`in` looks in a list or a text, and this is {found}";
                found = list.words()
            );
            let (at, length) = extent(expr);
            self.flaw("wrong-type", at, length, message, None);
        }
        Kind::Bool
    }

    /// The kinds an operator takes, refusing what would fail or, worse, silently mislead.
    fn operator(&mut self, op: &str, kinds: &[Kind], call: &FnCallExpr, at: Position) -> Kind {
        let args: Vec<&Expr> = call.args.iter().collect();
        if let ([kind], [arg]) = (kinds, args.as_slice()) {
            if op == "!" {
                self.want_bool(kind, arg);
                return Kind::Bool;
            }
            self.want_number(kind, arg);
            return Kind::Number;
        }
        let ([a, b], [left, right]) = (kinds, args.as_slice()) else {
            return self.refuse(at, format!("`{op}`"), None);
        };
        let empty = |expr: &Expr| matches!(expr, Expr::Unit(_));
        match op {
            "==" | "!=" if empty(left) || empty(right) => Kind::Bool,
            "==" | "!=" | "<" | "<=" | ">" | ">=" => {
                self.comparison(op, (a, left), (b, right), at);
                Kind::Bool
            }
            "+" => self.addition((a, left), (b, right)),
            "-" | "*" | "/" | "%" | "**" => {
                self.want_number(a, left);
                self.want_number(b, right);
                Kind::Number
            }
            _ => self.refuse(at, format!("`{op}`"), None),
        }
    }

    fn comparison(&mut self, op: &str, a: (&Kind, &Expr), b: (&Kind, &Expr), at: Position) {
        for (kind, expr) in [a, b] {
            if *kind == Kind::Decimal {
                self.needs_dec(expr);
                return;
            }
        }
        let textual = |kind: &Kind| matches!(kind, Kind::Text | Kind::Date | Kind::Instant);
        let fits = match (a.0, b.0) {
            (Kind::Any, _) | (_, Kind::Any) => true,
            (a, b) if textual(a) && textual(b) => true,
            (Kind::Number, Kind::Number) => true,
            (Kind::Bool, Kind::Bool) => op == "==" || op == "!=",
            _ => false,
        };
        if !fits {
            let message = words!(
                "problem-never-compares",
                "{a} and {b} cannot be compared with `{op}`",
                op = op;
                a = a.0.words(),
                b = b.0.words()
            );
            self.flaw("wrong-type", at, op.len(), message, None);
            return;
        }
        self.listed_word(a, b);
        self.listed_word(b, a);
    }

    /// A literal compared with a field that has a list of words must be one of them.
    fn listed_word(&mut self, path: (&Kind, &Expr), literal: (&Kind, &Expr)) {
        let Expr::StringConstant(word, at) = literal.1 else {
            return;
        };
        let Some(segments) = segments(path.1) else {
            return;
        };
        let Some(field) = find(self.namespaces, &segments) else {
            return;
        };
        if field.words.is_empty() || field.words.iter().any(|known| known == word.as_str()) {
            return;
        }
        let message = words!(
            "problem-unknown-word",
            "`{path}` is never `{word}`",
            path = segments.join("."),
            word = word
        );
        let help = suggest(word, field.words.iter().map(String::as_str));
        self.flaw(
            "unknown-value",
            *at,
            word.chars().count() + 2,
            message,
            help,
        );
    }

    fn addition(&mut self, a: (&Kind, &Expr), b: (&Kind, &Expr)) -> Kind {
        let number = |kind: &Kind| *kind == Kind::Number;
        let decimal = |kind: &Kind| *kind == Kind::Decimal;
        match (a.0, b.0) {
            (a_kind, b_kind) if number(a_kind) && number(b_kind) => Kind::Number,
            (a_kind, b_kind) if decimal(a_kind) && (number(b_kind) || decimal(b_kind)) => {
                self.needs_dec(a.1);
                Kind::Number
            }
            (a_kind, b_kind) if number(a_kind) && decimal(b_kind) => {
                self.needs_dec(b.1);
                Kind::Number
            }
            (Kind::Any, other) | (other, Kind::Any) => match number(other) {
                true => Kind::Number,
                false => Kind::Any,
            },
            (a_kind, b_kind) if number(a_kind) || number(b_kind) => {
                let expr = if number(a_kind) { a.1 } else { b.1 };
                let message = words!(
                    "problem-text-plus-number",
                    "a text and a number cannot be added"
                );
                let help = words!("problem-as-text", "write as_text(…) around the number");
                let (at, length) = extent(expr);
                self.flaw("wrong-type", at, length, message, Some(help));
                Kind::Text
            }
            (a_kind, b_kind) => {
                for (kind, expr) in [(a_kind, a.1), (b_kind, b.1)] {
                    if matches!(kind, Kind::Bool | Kind::List(_) | Kind::Record(_)) {
                        self.want_number(kind, expr);
                    }
                }
                Kind::Text
            }
        }
    }

    fn want_number(&mut self, kind: &Kind, expr: &Expr) {
        match kind {
            Kind::Any | Kind::Number => {}
            Kind::Decimal => self.needs_dec(expr),
            other => {
                let message = words!(
                    "problem-not-a-number",
                    "a number is needed, and this is {found}";
                    found = other.words()
                );
                let (at, length) = extent(expr);
                self.flaw("wrong-type", at, length, message, None);
            }
        }
    }

    fn needs_dec(&mut self, expr: &Expr) {
        let (at, length) = extent(expr);
        let message = words!(
            "problem-decimal-text",
            "this is a decimal text, not yet a number"
        );
        let help = words!("problem-write-dec", "write dec(…) around it");
        self.flaw("decimal-text", at, length, message, Some(help));
    }

    /// A path of fields; its kind is what stands at its end.
    fn path(&mut self, expr: &Expr) -> Kind {
        let mut steps = Vec::new();
        if !self.steps(expr, &mut steps) {
            return Kind::Any;
        }
        let mut here = Kind::Record(self.namespaces.clone());
        let mut walked: Vec<String> = Vec::new();
        for step in &steps {
            let Kind::Record(record) = &here else {
                if here != Kind::Any {
                    let message = words!(
                        "problem-no-fields",
                        "`{path}` has no fields; it is {found}",
                        path = walked.join(".");
                        found = here.words()
                    );
                    self.flaw("unknown-field", step.at, step.length(), message, None);
                }
                here = Kind::Any;
                break;
            };
            let record = record.clone();
            for name in &step.names {
                if record.fields.contains_key(name) || record.open {
                    continue;
                }
                let (message, help) = unknown_field(&walked, name, &record);
                self.flaw("unknown-field", step.at, step.length(), message, help);
            }
            here = match step.names.as_slice() {
                [] => Kind::Any,
                [name] => record
                    .fields
                    .get(name)
                    .map_or(Kind::Any, |field| field.kind.clone()),
                several => {
                    let mut kinds = several.iter().filter_map(|name| record.fields.get(name));
                    let first = kinds.next().map_or(Kind::Any, |field| field.kind.clone());
                    if kinds.all(|field| field.kind == first) {
                        first
                    } else {
                        Kind::Any
                    }
                }
            };
            // A path through a field that is chosen while running is known up to there.
            walked.push(step.names.first().cloned().unwrap_or_default());
        }
        let known = steps.iter().take_while(|step| step.names.len() == 1);
        self.reading
            .paths
            .push(known.map(|step| step.names[0].clone()).collect());
        here
    }

    /// The steps of a chain of dots and brackets; false where it is no path.
    fn steps(&mut self, expr: &Expr, steps: &mut Vec<PathStep>) -> bool {
        match expr {
            Expr::Variable(variable, _, at) => {
                steps.push(PathStep {
                    names: vec![variable.1.to_string()],
                    at: *at,
                });
                true
            }
            Expr::Property(property, at) => {
                steps.push(PathStep {
                    names: vec![property.2.to_string()],
                    at: *at,
                });
                true
            }
            Expr::Dot(pair, ..) => self.steps(&pair.lhs, steps) && self.steps(&pair.rhs, steps),
            Expr::Index(pair, flags, _) => {
                if !self.steps(&pair.lhs, steps) {
                    return false;
                }
                if flags.intersects(ASTFlags::BREAK) {
                    return self.index(&pair.rhs, steps);
                }
                // `a[b].c`: the right side is the index with what follows it.
                match &pair.rhs {
                    Expr::Dot(rest, ..) | Expr::Index(rest, ..) => {
                        self.index(&rest.lhs, steps) && self.steps(&rest.rhs, steps)
                    }
                    other => self.index(other, steps),
                }
            }
            other => {
                self.kind(other);
                false
            }
        }
    }

    /// A field chosen by a value: a literal, or an option whose values are listed.
    fn index(&mut self, expr: &Expr, steps: &mut Vec<PathStep>) -> bool {
        let kind = self.kind(expr);
        let names = match (expr, segments(expr)) {
            (Expr::StringConstant(name, _), _) => vec![name.to_string()],
            (_, Some(path)) => {
                find(self.namespaces, &path).map_or(Vec::new(), |field| field.words.clone())
            }
            _ => Vec::new(),
        };
        if matches!(kind, Kind::Number) {
            let (at, length) = extent(expr);
            let message = words!(
                "problem-index-number",
                "a field is chosen by its name, not by a number"
            );
            self.flaw("wrong-type", at, length, message, None);
        }
        steps.push(PathStep {
            names,
            at: expr.position(),
        });
        true
    }

    /// Anonymous functions live outside the statements.
    fn closures(&mut self, ast: &rhai::AST) {
        let mut found = None;
        ast.walk(&mut |nodes| {
            if let Some(ASTNode::Stmt(statement)) = nodes.last()
                && !matches!(statement, Stmt::Expr(_) | Stmt::FnCall(..) | Stmt::Noop(_))
            {
                found = Some(statement.position());
            }
            true
        });
        if ast.has_functions() {
            found = Some(Position::NONE);
        }
        if let Some(at) = found {
            self.flaw("expression-syntax", at, 1, only_expressions(), None);
        }
    }
}

struct PathStep {
    /// One name; several where a value chooses; none where it cannot be known.
    names: Vec<String>,
    at: Position,
}

impl PathStep {
    fn length(&self) -> usize {
        self.names.first().map_or(1, |name| name.chars().count())
    }
}

/// "there is no …", for a path walked so far.
pub fn unknown_field(walked: &[String], name: &str, record: &Record) -> (Text, Option<Text>) {
    let message = match walked {
        [] => words!(
            "problem-unknown-name",
            "there is no `{name}` here",
            name = name
        ),
        walked => words!(
            "problem-unknown-field",
            "`{record}` has no field `{name}`",
            record = walked.join("."),
            name = name
        ),
    };
    (message, suggest(name, record.names()))
}

/// The field at the end of a path, if there is one.
pub fn find<'a>(namespaces: &'a Record, path: &[String]) -> Option<&'a Field> {
    let (last, before) = path.split_last()?;
    let mut record = namespaces;
    for name in before {
        match &record.fields.get(name)?.kind {
            Kind::Record(inner) => record = inner,
            _ => return None,
        }
    }
    record.fields.get(last)
}

/// The names of a plain path of dots.
fn segments(expr: &Expr) -> Option<Vec<String>> {
    match expr {
        Expr::Variable(variable, ..) => Some(vec![variable.1.to_string()]),
        Expr::Property(property, _) => Some(vec![property.2.to_string()]),
        Expr::Dot(pair, ..) => {
            let mut path = segments(&pair.lhs)?;
            path.extend(segments(&pair.rhs)?);
            Some(path)
        }
        _ => None,
    }
}

/// Where an expression begins, and how long it is where that is known.
fn extent(expr: &Expr) -> (Position, usize) {
    match segments(expr) {
        Some(path) => (start(expr), path.join(".").chars().count()),
        None => match expr {
            Expr::StringConstant(text, at) => (*at, text.chars().count() + 2),
            other => (start(other), 1),
        },
    }
}

fn start(expr: &Expr) -> Position {
    match expr {
        Expr::Dot(pair, ..) | Expr::Index(pair, ..) => start(&pair.lhs),
        other => other.position(),
    }
}
