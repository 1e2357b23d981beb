//! Expressions: Rhai, reduced to what is pure, exact and checkable.
//!
//! Every number is a decimal, whole ones too. A missing field is an error with its place, never a
//! silent null; a text and a number never meet without `dec()` or `as_text()`, for the silent answer
//! ("10" > 9 is false, "10" + 1 is "101") is the wrong one in money.
//!
//! Invariant: no statement, loop, clock, randomness or I/O can be written in an expression.

use std::sync::LazyLock;

use rhai::{
    AST, Dynamic, Engine, EvalAltResult, ImmutableString, Map, NativeCallContext,
    OptimizationLevel, Position, Scope, Token,
};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use super::decimal;
use crate::model::text::words;
use crate::model::{Text, kind};

/// Steps of one expression; the flows that ship need under a hundred.
const OPERATIONS_MAX: u64 = 10_000;
/// Parentheses and calls inside each other.
const DEPTH_MAX: usize = 48;
/// 64 KiB: a description with room to spare.
const TEXT_BYTES_MAX: usize = 64 << 10;
/// A record's longest list, as in the contract.
const LIST_ITEMS_MAX: usize = 10_000;

/// The functions, the number of their arguments and whether they are spelt out in the reference.
pub const FUNCTIONS: [(&str, usize); 19] = [
    ("abs", 1),
    ("after_last", 2),
    ("as_text", 1),
    ("before_last", 2),
    ("date_add_days", 2),
    ("dec", 1),
    ("dec_or_zero", 1),
    ("format_time", 3),
    ("if_else", 3),
    ("is_empty", 1),
    ("left", 2),
    ("len", 1),
    ("lower", 1),
    ("replace", 3),
    ("round", 2),
    ("starts_with", 2),
    ("text", 1),
    ("trim", 1),
    ("upper", 1),
];

/// Scope variable that holds the flow's texts in the language at hand.
pub const TEXTS: &str = "text";

static ENGINE: LazyLock<Engine> = LazyLock::new(engine);

pub type Failure = Box<EvalAltResult>;

/// Parses an expression; the error's position counts from 1 within it.
pub fn parse(source: &str) -> Result<AST, rhai::ParseError> {
    ENGINE.compile_expression(double_quoted(source))
}

/// Texts may stand in single quotes, as is handy within a TOML string; Rhai wants double ones. Every
/// character keeps its place.
fn double_quoted(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut open = None;
    let mut escaped = false;
    for c in source.chars() {
        match (open, c) {
            (None, '\'' | '"') => {
                open = Some(c);
                out.push('"');
                continue;
            }
            (Some(quote), _) if c == quote && !escaped => {
                open = None;
                out.push('"');
                continue;
            }
            // A double quote within single ones would end the text; Rhai shall say so.
            _ => out.push(c),
        }
        escaped = open.is_some() && c == '\\' && !escaped;
    }
    out
}

pub fn evaluate(ast: &AST, scope: &mut Scope<'_>) -> Result<Dynamic, Failure> {
    ENGINE.eval_ast_with_scope(scope, ast)
}

/// A JSON value as expressions see it: numbers are decimals, decimal texts stay texts.
pub fn to_dynamic(value: &Value) -> Dynamic {
    match value {
        Value::Null => Dynamic::UNIT,
        Value::Bool(yes) => (*yes).into(),
        Value::Number(number) => decimal::of_json(value).map_or_else(
            // A fraction as a JSON number is outside the contract; it stays the text it is.
            || number.to_string().into(),
            Dynamic::from_decimal,
        ),
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(to_dynamic).collect::<Vec<_>>().into(),
        Value::Object(fields) => {
            let map: Map = fields
                .iter()
                .map(|(name, value)| (name.as_str().into(), to_dynamic(value)))
                .collect();
            map.into()
        }
    }
}

/// The JSON of what an expression gave; a decimal becomes a decimal text.
pub fn to_json(value: &Dynamic) -> Option<Value> {
    if value.is_unit() {
        return Some(Value::Null);
    }
    if let Ok(number) = value.as_decimal() {
        return Some(Value::String(decimal::plain(number).to_string()));
    }
    if let Ok(yes) = value.as_bool() {
        return Some(Value::Bool(yes));
    }
    if let Ok(text) = value.as_immutable_string_ref() {
        return Some(Value::String(text.to_string()));
    }
    if let Ok(items) = value.as_array_ref() {
        return items.iter().map(to_json).collect();
    }
    None
}

fn engine() -> Engine {
    let mut engine = Engine::new_raw();
    engine
        .set_optimization_level(OptimizationLevel::None)
        .set_fail_on_invalid_map_property(true)
        // Otherwise Rhai's own operators answer before ours are asked.
        .set_fast_operators(false)
        .set_max_operations(OPERATIONS_MAX)
        .set_max_expr_depths(DEPTH_MAX, 0)
        .set_max_string_size(TEXT_BYTES_MAX)
        .set_max_array_size(LIST_ITEMS_MAX)
        .set_max_map_size(LIST_ITEMS_MAX)
        .set_max_call_levels(0)
        .set_max_functions(0)
        .set_max_variables(16);
    for word in [
        "eval", "Fn", "call", "curry", "this", "switch", "if", "print", "debug",
    ] {
        engine.disable_symbol(word);
    }
    #[expect(
        deprecated,
        reason = "marked so because it may change; the version is pinned by Cargo.lock"
    )]
    engine.on_parse_token(|token, _, _| match token {
        Token::IntegerConstant(whole) => {
            Token::DecimalConstant(Box::new((Decimal::from(whole), whole.to_string().into())))
        }
        other => other,
    });
    syntax(&mut engine);
    numbers(&mut engine);
    texts(&mut engine);
    mixtures(&mut engine);
    engine
}

/// What must not evaluate all its arguments, or must know the language.
fn syntax(engine: &mut Engine) {
    let if_else = ["if_else", "(", "$expr$", ",", "$expr$", ",", "$expr$", ")"];
    engine
        .register_custom_syntax(if_else, false, |context, inputs| {
            let holds = context
                .eval_expression_tree(&inputs[0])?
                .as_bool()
                .map_err(|found| {
                    let wanted = kind::TRUE_OR_FALSE.english.to_owned();
                    let at = inputs[0].position();
                    Box::new(EvalAltResult::ErrorMismatchDataType(
                        wanted,
                        found.to_owned(),
                        at,
                    ))
                })?;
            context.eval_expression_tree(&inputs[if holds { 1 } else { 2 }])
        })
        .expect("the syntax is valid");
    engine
        .register_custom_syntax(["text", "(", "$string$", ")"], false, |context, inputs| {
            let key = inputs[0].get_string_value().unwrap_or_default().to_owned();
            let texts = context
                .scope()
                .get(TEXTS)
                .and_then(|texts| texts.as_map_ref().ok());
            texts
                .and_then(|texts| texts.get(key.as_str()).cloned())
                .ok_or_else(|| {
                    let words = words!(
                        "expression-no-text",
                        "there is no text `{key}` here",
                        key = key
                    );
                    Box::new(EvalAltResult::ErrorRuntime(
                        Dynamic::from(words),
                        inputs[0].position(),
                    ))
                })
        })
        .expect("the syntax is valid");
}

fn numbers(engine: &mut Engine) {
    engine.register_fn("dec", |context: NativeCallContext<'_>, value: Dynamic| {
        number(&context, &value)
    });
    engine.register_fn(
        "dec_or_zero",
        |context: NativeCallContext<'_>, value: Dynamic| {
            if is_empty(&value) {
                Ok(Decimal::ZERO)
            } else {
                number(&context, &value)
            }
        },
    );
    engine.register_fn("abs", |context: NativeCallContext<'_>, value: Dynamic| {
        number(&context, &value).map(|number| number.abs())
    });
    engine.register_fn(
        "round",
        |context: NativeCallContext<'_>, value: Dynamic, places: Decimal| {
            let number = number(&context, &value)?;
            let places = whole(&context, places, 12)?;
            Ok::<_, Failure>(decimal::round(number, places))
        },
    );
    engine.register_fn("-", |number: Decimal| -number);
    engine.register_fn("!", |yes: bool| !yes);
}

fn texts(engine: &mut Engine) {
    engine.register_fn("is_empty", |value: Dynamic| is_empty(&value));
    engine.register_fn("upper", |text: ImmutableString| text.to_uppercase());
    engine.register_fn("lower", |text: ImmutableString| text.to_lowercase());
    engine.register_fn("trim", |text: ImmutableString| text.trim().to_owned());
    engine.register_fn("len", |text: ImmutableString| {
        Decimal::from(text.chars().count())
    });
    engine.register_fn("len", |list: rhai::Array| Decimal::from(list.len()));
    engine.register_fn(
        "starts_with",
        |text: ImmutableString, part: ImmutableString| text.starts_with(part.as_str()),
    );
    engine.register_fn(
        "replace",
        |text: ImmutableString, from: ImmutableString, to: ImmutableString| {
            text.replace(from.as_str(), to.as_str())
        },
    );
    engine.register_fn(
        "before_last",
        |text: ImmutableString, part: ImmutableString| {
            let split = text.rsplit_once(part.as_str());
            split.map_or("", |(before, _)| before).to_owned()
        },
    );
    engine.register_fn(
        "after_last",
        |text: ImmutableString, part: ImmutableString| {
            let split = text.rsplit_once(part.as_str());
            split.map_or(text.as_str(), |(_, after)| after).to_owned()
        },
    );
    engine.register_fn(
        "left",
        |context: NativeCallContext<'_>, text: ImmutableString, length: Decimal| {
            let length = whole(&context, length, 65_536)? as usize;
            Ok::<_, Failure>(text.chars().take(length).collect::<String>())
        },
    );
    engine.register_fn(
        "as_text",
        |context: NativeCallContext<'_>, value: Dynamic| {
            plain(&value).ok_or_else(|| {
                let words =
                    words!("expression-textless", "{value} has no text"; value = describe(&value));
                refuse(&context, words)
            })
        },
    );
    engine.register_fn(
        "format_time",
        |context: NativeCallContext<'_>,
         instant: ImmutableString,
         pattern: ImmutableString,
         zone: ImmutableString| {
            let parsed: jiff::Timestamp = instant.parse().map_err(|_| {
                let words = words!(
                    "expression-no-instant",
                    "`{instant}` is no instant",
                    instant = instant
                );
                refuse(&context, words)
            })?;
            let there = jiff::tz::TimeZone::get(&zone).map_err(|_| {
                let words = words!(
                    "expression-no-zone",
                    "`{zone}` is no time zone, such as America/Montreal",
                    zone = zone
                );
                refuse(&context, words)
            })?;
            let written =
                jiff::fmt::strtime::format(pattern.as_str(), &parsed.to_zoned_datetime(there));
            written.map_err(|cause| {
                let words = words!(
                    "expression-no-pattern",
                    "`{pattern}` is no pattern of a time: {cause}",
                    pattern = pattern,
                    cause = cause
                );
                refuse(&context, words)
            })
        },
    );
    engine.register_fn(
        "date_add_days",
        |context: NativeCallContext<'_>, date: ImmutableString, days: Decimal| {
            let parsed: jiff::civil::Date = date.parse().map_err(|_| {
                let words = words!("expression-no-date", "`{date}` is no date", date = date);
                refuse(&context, words)
            })?;
            let days = days
                .is_integer()
                .then(|| days.to_i64())
                .flatten()
                .ok_or_else(|| {
                    let words = words!(
                        "expression-days",
                        "{days} is no whole number of days",
                        days = days
                    );
                    refuse(&context, words)
                })?;
            let moved = jiff::Span::new()
                .try_days(days)
                .and_then(|span| parsed.checked_add(span));
            let moved = moved.map_err(|_| {
                let words = words!(
                    "expression-too-many-days",
                    "{days} days are too many",
                    days = days
                );
                refuse(&context, words)
            })?;
            Ok::<_, Failure>(moved.to_string())
        },
    );
    // `x in list` and `part in text`.
    engine.register_fn("contains", |list: rhai::Array, wanted: Dynamic| {
        list.iter().any(|item| same(item, &wanted))
    });
    engine.register_fn(
        "contains",
        |text: ImmutableString, part: ImmutableString| text.contains(part.as_str()),
    );
    engine.register_fn("contains", |_: ImmutableString, _: ()| false);
}

/// Operators between a number and something else are errors, where Rhai would answer silently.
fn mixtures(engine: &mut Engine) {
    for op in ["==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%"] {
        let words = || {
            words!(
                "expression-mixed",
                "a text and a number: write dec(…) around the text, or as_text(…) around the number"
            )
        };
        engine.register_fn(
            op,
            move |context: NativeCallContext<'_>, _: ImmutableString, _: Decimal| {
                Err::<Dynamic, Failure>(refuse(&context, words()))
            },
        );
        engine.register_fn(
            op,
            move |context: NativeCallContext<'_>, _: Decimal, _: ImmutableString| {
                Err::<Dynamic, Failure>(refuse(&context, words()))
            },
        );
        if matches!(op, "==" | "!=") {
            continue;
        }
        let words = || {
            words!(
                "expression-empty-side",
                "one side is empty: write dec_or_zero(…), or ask is_empty(…) first"
            )
        };
        engine.register_fn(
            op,
            move |context: NativeCallContext<'_>, (): (), _: Decimal| {
                Err::<Dynamic, Failure>(refuse(&context, words()))
            },
        );
        engine.register_fn(
            op,
            move |context: NativeCallContext<'_>, _: Decimal, (): ()| {
                Err::<Dynamic, Failure>(refuse(&context, words()))
            },
        );
        if op == "+" {
            continue;
        }
        engine.register_fn(
            op,
            move |context: NativeCallContext<'_>, (): (), _: ImmutableString| {
                Err::<Dynamic, Failure>(refuse(&context, words()))
            },
        );
        engine.register_fn(
            op,
            move |context: NativeCallContext<'_>, _: ImmutableString, (): ()| {
                Err::<Dynamic, Failure>(refuse(&context, words()))
            },
        );
    }
}

/// A decimal text or a number.
fn number(context: &NativeCallContext<'_>, value: &Dynamic) -> Result<Decimal, Failure> {
    if let Ok(number) = value.as_decimal() {
        return Ok(number);
    }
    let text = value.as_immutable_string_ref().ok();
    text.and_then(|text| decimal::parse(&text)).ok_or_else(|| {
        let words = words!("expression-no-number", "{value} is no number"; value = describe(value));
        refuse(context, words)
    })
}

fn whole(context: &NativeCallContext<'_>, number: Decimal, max: u32) -> Result<u32, Failure> {
    let whole = number.is_integer().then(|| number.to_u32()).flatten();
    whole.filter(|whole| *whole <= max).ok_or_else(|| {
        refuse(
            context,
            words!(
                "expression-whole",
                "{number} is no whole number from 0 to {max}",
                number = number,
                max = max
            ),
        )
    })
}

/// The text travels inside Rhai's error; [`explain`] takes it out.
fn refuse(context: &NativeCallContext<'_>, words: Text) -> Failure {
    Box::new(EvalAltResult::ErrorRuntime(
        Dynamic::from(words),
        context.call_position(),
    ))
}

/// Null, an empty text, list or record, and a record of which nothing was found.
pub fn is_empty(value: &Dynamic) -> bool {
    if let Ok(text) = value.as_immutable_string_ref() {
        return text.is_empty();
    }
    if let Ok(list) = value.as_array_ref() {
        return list.is_empty();
    }
    if let Ok(map) = value.as_map_ref() {
        return map.values().all(Dynamic::is_unit);
    }
    value.is_unit()
}

/// As people read it; none for what has no plain form.
pub fn plain(value: &Dynamic) -> Option<String> {
    if let Ok(number) = value.as_decimal() {
        return Some(number.to_string());
    }
    if let Ok(items) = value.as_array_ref() {
        let items: Option<Vec<String>> = items.iter().map(plain).collect();
        return items.map(|items| items.join(", "));
    }
    match to_json(value)? {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}

fn describe(value: &Dynamic) -> Text {
    match value.as_immutable_string_ref() {
        Ok(text) => words!("quoted", "“{value}”", value = *text),
        Err(_) if value.is_unit() => kind::EMPTY.into(),
        Err(_) if value.is_map() => kind::RECORD.into(),
        Err(_) => Text::plain(format!("`{value}`")),
    }
}

fn same(a: &Dynamic, b: &Dynamic) -> bool {
    if let (Ok(a), Ok(b)) = (a.as_immutable_string_ref(), b.as_immutable_string_ref()) {
        return *a == *b;
    }
    if let (Ok(a), Ok(b)) = (a.as_decimal(), b.as_decimal()) {
        return a == b;
    }
    if let (Ok(a), Ok(b)) = (a.as_bool(), b.as_bool()) {
        return a == b;
    }
    a.is_unit() && b.is_unit()
}

/// What went wrong, in a technician's words, and where in the expression.
pub fn explain(failure: &EvalAltResult) -> (Text, Option<usize>) {
    let mut inner = failure;
    while let EvalAltResult::ErrorInFunctionCall(_, _, cause, _) = inner {
        inner = cause;
    }
    let words = match inner {
        EvalAltResult::ErrorPropertyNotFound(name, _) => {
            words!(
                "expression-no-field",
                "the field `{name}` is not there",
                name = name
            )
        }
        EvalAltResult::ErrorRuntime(words, _) => words
            .clone()
            .try_cast::<Text>()
            .unwrap_or_else(|| Text::plain(words.to_string())),
        EvalAltResult::ErrorFunctionNotFound(signature, _) => words!(
            "expression-misfit",
            "this does not fit together: {signature}",
            signature = signature.replace("()", kind::EMPTY.english)
        ),
        EvalAltResult::ErrorMismatchDataType(wanted, found, _) => needs(wanted, found),
        // The rest is Rhai's own.
        other => {
            let mut plain = other.to_string();
            if let Some(at) = plain.rfind(" (line ") {
                plain.truncate(at);
            }
            Text::plain(plain)
        }
    };
    (words, nth(inner.position()))
}

/// What is needed and what is there, each by Rhai's name for it.
pub fn needs(wanted: &str, found: &str) -> Text {
    words!(
        "expression-needs",
        "{wanted} is needed, and this is {found}";
        wanted = rhai_kind(wanted),
        found = rhai_kind(found)
    )
}

/// A kind by Rhai's name for it, or by ours.
fn rhai_kind(name: &str) -> Text {
    match name {
        "()" => kind::EMPTY.into(),
        "bool" | "true or false" => kind::TRUE_OR_FALSE.into(),
        other => Text::plain(other),
    }
}

/// Why an expression is none, and what to write instead where that is known.
pub fn explain_syntax(error: &rhai::ParseError) -> (Text, Option<Text>) {
    let what = error.err_type().to_string();
    if what.contains("functions defined") {
        let words = words!(
            "expression-function",
            "a function cannot be defined in an expression"
        );
        return (words, None);
    }
    let help = what.contains("'if'").then(|| {
        words!(
            "expression-if",
            "write if_else(condition, value, other value)"
        )
    });
    (Text::plain(what), help)
}

/// Which character, from 0. Expressions of several lines are pointed at by their first.
pub fn nth(position: Position) -> Option<usize> {
    match position.line() {
        Some(1) => position.position().map(|at| at.saturating_sub(1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn eval(source: &str) -> Result<Dynamic, String> {
        let ast = parse(source).map_err(|error| format!("parse: {error}"))?;
        let mut scope = Scope::new();
        let record = json!({
            "id": "7", "total": "10.00", "none": null, "yes": true, "count": 3,
            "tags": ["a", "b"], "code": {"name": null}, "date": "2026-02-27", "blank": "",
        });
        scope.push_constant("source", to_dynamic(&record));
        scope.push_constant(TEXTS, to_dynamic(&json!({"hello": "Bonjour"})));
        evaluate(&ast, &mut scope).map_err(|failure| explain(&failure).0.fallback)
    }

    #[track_caller]
    fn gives(source: &str, expected: &str) {
        let got = eval(source).unwrap_or_else(|error| panic!("{source}: {error}"));
        let got = to_json(&got).map(|json| json.to_string());
        assert_eq!(got.as_deref(), Some(expected), "{source}");
    }

    #[track_caller]
    fn fails(source: &str, words: &str) {
        let error = eval(source).expect_err(source);
        assert!(error.contains(words), "{source}: {error}");
    }

    #[test]
    fn every_number_is_a_decimal() {
        gives("5 / 2", r#""2.5""#);
        gives("1 / 4 * 4 == 1", "true");
        gives("0.1 + 0.2 == 0.3", "true");
        gives("round(448.35 * 9.975 / 100, 2)", r#""44.72""#);
        gives("round(2.345, 2)", r#""2.35""#);
        gives("round(-2.345, 2)", r#""-2.35""#);
        gives("round(source.total, 0)", r#""10""#);
        gives("dec(source.total) + source.count", r#""13""#);
        gives("-dec(source.total)", r#""-10""#);
        gives("abs(-3)", r#""3""#);
        gives(
            "dec_or_zero(source.none) + dec_or_zero(source.blank)",
            r#""0""#,
        );
        fails("1 / 0", "Division by zero");
        fails("round(1, 99)", "99 is no whole number from 0 to 12");
    }

    #[test]
    fn a_text_never_becomes_a_number_by_itself() {
        for op in ["==", "!=", "<", ">", "+", "-", "*", "/"] {
            fails(&format!("source.total {op} 3"), "a text and a number");
            fails(&format!("3 {op} source.total"), "a text and a number");
        }
        fails("dec(source.none)", "an empty field is no number");
        fails("dec(\"12,50\")", "“12,50” is no number");
        fails("source.none > 3", "one side is empty");
        gives("\"No. \" + as_text(12.50)", r#""No. 12.50""#);
    }

    #[test]
    fn a_missing_field_is_an_error_and_an_empty_one_is_not() {
        fails("source.zip", "the field `zip` is not there");
        fails("source[source.id]", "the field `7` is not there");
        gives("is_empty(source.none)", "true");
        gives("source.none == ()", "true");
        gives("source.code.name in source.tags", "false");
        gives(
            "is_empty(source.code) && is_empty(\"\") && !is_empty(source.tags)",
            "true",
        );
        gives("\"AT-\" + source.id + source.none", r#""AT-7""#);
    }

    #[test]
    fn only_the_branch_that_is_taken_is_computed() {
        gives("if_else(source.yes, 1, 1 / 0)", r#""1""#);
        gives("source.yes || source.zip", "true");
        fails("if_else(source.id, 1, 2)", "true or false is needed");
    }

    #[test]
    fn texts_and_dates() {
        gives("text(\"hello\")", r#""Bonjour""#);
        gives(
            "upper(\"été\") + lower(\"ÉTÉ\") + trim(\" a \")",
            r#""ÉTÉétéa""#,
        );
        gives("left(\"été 2026\", 3)", r#""été""#);
        gives("replace(\"a-b-c\", \"-\", \"\")", r#""abc""#);
        gives(
            "starts_with(source.id, \"7\") && len(source.tags) == 2",
            "true",
        );
        gives("\"b\" in source.tags && !(\"z\" in source.tags)", "true");
        gives("date_add_days(source.date, 2)", r#""2026-03-01""#);
        gives(
            r#"format_time("2026-10-19T14:57:25.325Z", "%Y%m%d%H%M%S%3f", "America/Montreal")"#,
            r#""20261019105725325""#,
        );
        gives(
            r#"format_time("2026-12-19T14:57:25Z", "%Y-%m-%d %H:%M", "America/Montreal")"#,
            r#""2026-12-19 09:57""#,
        );
        fails(
            r#"format_time("soon", "%Y", "America/Montreal")"#,
            "`soon` is no instant",
        );
        fails(
            r#"format_time("2026-12-19T14:57:25Z", "%Y", "Montreal")"#,
            "`Montreal` is no time zone, such as America/Montreal",
        );
        fails("date_add_days(source.id, 2)", "`7` is no date");
    }

    #[test]
    fn nothing_but_expressions_can_be_written() {
        for source in [
            "let x = 1; x",
            "source.id = \"8\"",
            "while true {}",
            "eval(\"1\")",
            "if true { 1 } else { 2 }",
            "switch 1 { 1 => 2 }",
            "fn f() { 1 }",
            "1; 2",
            "print(1)",
            "this.x",
            "Fn(\"dec\")",
            "import \"x\" as y",
        ] {
            assert!(eval(source).is_err(), "{source}");
        }
    }

    #[test]
    fn limits_hold() {
        let deep = format!("{}1{}", "(".repeat(200), ")".repeat(200));
        assert!(eval(&deep).is_err());
        let long = format!("\"{}\"", "x".repeat(TEXT_BYTES_MAX + 1));
        assert!(eval(&long).is_err());
    }
}
