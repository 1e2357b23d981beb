//! The fault layer: what goes wrong between a client and any vendor, decided before the vendor sees
//! the request.
//!
//! Rules are JSON, given by a test. The first rule that matches and still has budget wins. Decisions
//! depend only on the rules, their seeds and the order of requests, so a failing run can be repeated.
//!
//! Invariant: no I/O, no clock, no global dice. `shell.rs` carries out what is decided here.

use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// What happens to one request instead of the ordinary answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// The connection closes; the vendor never saw the request.
    DropBefore,
    /// The vendor did the work; the connection closes without an answer.
    DropAfter,
    /// Another status; `when` says whether the vendor did the work first.
    Status {
        status: u16,
        headers: Vec<(String, String)>,
        body: String,
        when: When,
    },
    /// 200 with an HTML maintenance page; the vendor never saw the request.
    Html,
    /// The vendor did the work at once; the answer comes this much later.
    Delay { ms: u64 },
    /// Never answers, until the client goes; `when` as for `status`.
    Hang { when: When },
    /// Half the body under the content-length of the whole, then the connection closes.
    Truncate,
    /// The vendor handles the request twice; the client sees the second answer.
    Duplicate,
    /// 200 with bytes that are no JSON and no text; the vendor never saw the request.
    Rubbish,
}

/// Whether the vendor did the work before things went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Before,
    After,
}

/// A request as rules see it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    pub method: &'a str,
    pub route: &'a str,
    /// Path with the query, as sent.
    pub path: &'a str,
    pub body: &'a [u8],
}

/// The rules in force, with what they have spent.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    /// As given, for `GET /_sim/faults`.
    given: Value,
    method: Option<String>,
    path: Option<Regex>,
    body: Option<Regex>,
    skip: u64,
    times: Option<u64>,
    probability: Option<f64>,
    dice: u64,
    action: Action,
    matched: u64,
    fired: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenRule {
    method: Option<String>,
    path: Option<String>,
    body: Option<String>,
    #[serde(default)]
    skip: u64,
    times: Option<u64>,
    probability: Option<f64>,
    #[serde(default)]
    seed: u64,
    action: Value,
}

impl Faults {
    /// Reads a list of rules; an unknown key or a bad pattern is an error, or a test would pass for
    /// want of its fault.
    pub fn parse(rules: &Value) -> Result<Self, String> {
        let list = rules.as_array().ok_or("fault rules are a list")?;
        let rules = list.iter().enumerate().map(|(at, given)| {
            Rule::parse(given).map_err(|cause| format!("fault rule {at}: {cause}"))
        });
        Ok(Self {
            rules: rules.collect::<Result<_, _>>()?,
        })
    }

    /// The action for this request, if a rule fires. Spends the rule's budget.
    pub fn decide(&mut self, seen: Seen<'_>) -> Option<Action> {
        self.rules.iter_mut().find_map(|rule| rule.decide(seen))
    }

    /// The rules with how often each one matched and fired.
    pub fn report(&self) -> Value {
        let rules = self
            .rules
            .iter()
            .map(|rule| json!({"rule": rule.given, "matched": rule.matched, "fired": rule.fired}));
        rules.collect()
    }
}

impl Rule {
    fn parse(given: &Value) -> Result<Self, String> {
        let rule: GivenRule = serde_json::from_value(given.clone()).map_err(|e| e.to_string())?;
        if rule.probability.is_some_and(|p| !(0.0..=1.0).contains(&p)) {
            return Err("probability is between 0 and 1".to_owned());
        }
        Ok(Self {
            given: given.clone(),
            method: rule.method,
            path: rule.path.as_deref().map(pattern).transpose()?,
            body: rule.body.as_deref().map(pattern).transpose()?,
            skip: rule.skip,
            times: rule.times,
            probability: rule.probability,
            dice: rule.seed,
            action: parse_action(&rule.action)?,
            matched: 0,
            fired: 0,
        })
    }

    fn decide(&mut self, seen: Seen<'_>) -> Option<Action> {
        if self.times.is_some_and(|times| self.fired >= times) || !self.matches(seen) {
            return None;
        }
        self.matched += 1;
        if self.matched <= self.skip {
            return None;
        }
        if let Some(probability) = self.probability {
            let rolled = next_unit(&mut self.dice);
            if rolled >= probability {
                return None;
            }
        }
        self.fired += 1;
        Some(self.action.clone())
    }

    fn matches(&self, seen: Seen<'_>) -> bool {
        let method = self
            .method
            .as_ref()
            .is_none_or(|m| m.eq_ignore_ascii_case(seen.method));
        let path = self
            .path
            .as_ref()
            .is_none_or(|p| p.is_match(seen.route) || p.is_match(seen.path));
        let body = || {
            self.body
                .as_ref()
                .is_none_or(|b| b.is_match(&String::from_utf8_lossy(seen.body)))
        };
        method && path && body()
    }
}

/// `"drop_after"`, `{"drop_after": {}}`, `{"delay": {"ms": 5}}` and `{"kind": "delay", "ms": 5}` are
/// the same language: the word first, or the word as `kind`.
fn parse_action(given: &Value) -> Result<Action, String> {
    let (kind, details) = match given {
        Value::String(kind) => (kind.clone(), Map::new()),
        Value::Object(map) if map.contains_key("kind") => {
            let mut details = map.clone();
            let kind = details.remove("kind").expect("just seen");
            (kind.as_str().unwrap_or_default().to_owned(), details)
        }
        Value::Object(map) if map.len() == 1 => {
            let (kind, details) = map.iter().next().expect("just counted one");
            (
                kind.clone(),
                details.as_object().cloned().unwrap_or_default(),
            )
        }
        _ => {
            return Err(format!(
                "action {given} is neither a word nor an object with one"
            ));
        }
    };
    let (action, keys): (Action, &[&str]) = match kind.as_str() {
        "drop_before" => (Action::DropBefore, &[]),
        "drop_after" => (Action::DropAfter, &[]),
        "html" => (Action::Html, &[]),
        "truncate" => (Action::Truncate, &[]),
        "duplicate" => (Action::Duplicate, &[]),
        "rubbish" => (Action::Rubbish, &[]),
        "hang" => (
            Action::Hang {
                when: when(&details)?,
            },
            &["when"],
        ),
        "delay" => (
            Action::Delay {
                ms: number(&details, "ms")?,
            },
            &["ms"],
        ),
        "status" => {
            let status = u16::try_from(number(&details, "status")?).map_err(|e| e.to_string())?;
            let (headers, body) = (headers(&details), body(&details));
            let action = Action::Status {
                status,
                headers,
                body,
                when: when(&details)?,
            };
            (action, &["status", "headers", "body", "when"])
        }
        other => return Err(format!("unknown action `{other}`")),
    };
    match details.keys().find(|key| !keys.contains(&key.as_str())) {
        Some(key) => Err(format!("action `{kind}` has no `{key}`")),
        None => Ok(action),
    }
}

fn number(details: &Map<String, Value>, key: &str) -> Result<u64, String> {
    details
        .get(key)
        .and_then(Value::as_u64)
        .ok_or_else(|| format!("wants a number `{key}`"))
}

fn when(details: &Map<String, Value>) -> Result<When, String> {
    match details
        .get("when")
        .map(|when| when.as_str().unwrap_or_default())
    {
        None | Some("before") => Ok(When::Before),
        Some("after") => Ok(When::After),
        Some(_) => Err("`when` is before or after".to_owned()),
    }
}

/// Headers are an object, or a list of pairs when one comes twice.
fn headers(details: &Map<String, Value>) -> Vec<(String, String)> {
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    match details.get("headers") {
        Some(Value::Object(map)) => map
            .iter()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect(),
        Some(Value::Array(pairs)) => pairs
            .iter()
            .map(|pair| (text(&pair[0]), text(&pair[1])))
            .collect(),
        _ => Vec::new(),
    }
}

/// A body is text, or JSON that is sent as text.
fn body(details: &Map<String, Value>) -> String {
    match details.get("body") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(json) => json.to_string(),
    }
}

fn pattern(text: &str) -> Result<Regex, String> {
    RegexBuilder::new(text)
        .case_insensitive(true)
        .build()
        .map_err(|e| e.to_string())
}

/// SplitMix64, as a number in 0..1. Enough dice for choosing requests, and the same on every machine.
fn next_unit(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    (z >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen<'a>(method: &'a str, route: &'a str, body: &'a str) -> Seen<'a> {
        Seen {
            method,
            route,
            path: "/V1.0/Invoices",
            body: body.as_bytes(),
        }
    }

    /// Which of `n` equal requests the rules hit.
    fn hits(rules: Value, n: usize) -> Vec<usize> {
        let mut faults = Faults::parse(&rules).unwrap();
        (0..n)
            .filter(|_| {
                faults
                    .decide(seen("PATCH", "PATCH Invoices", "{\"id\":4}"))
                    .is_some()
            })
            .collect()
    }

    #[test]
    fn every_action_is_read() {
        let table = [
            (json!("drop_before"), Action::DropBefore),
            (json!({"drop_after": {}}), Action::DropAfter),
            (json!({"kind": "html"}), Action::Html),
            (json!({"delay": {"ms": 5}}), Action::Delay { ms: 5 }),
            (json!({"kind": "delay", "ms": 5}), Action::Delay { ms: 5 }),
            (
                json!({"hang": {"when": "after"}}),
                Action::Hang { when: When::After },
            ),
            (json!("truncate"), Action::Truncate),
            (json!("duplicate"), Action::Duplicate),
            (json!("rubbish"), Action::Rubbish),
            (
                json!({"status": {"status": 429, "headers": {"retry-after": "2"}, "body": {"errors": []}, "when": "after"}}),
                Action::Status {
                    status: 429,
                    headers: vec![("retry-after".into(), "2".into())],
                    body: "{\"errors\":[]}".into(),
                    when: When::After,
                },
            ),
        ];
        for (given, expected) in table {
            assert_eq!(parse_action(&given), Ok(expected), "{given}");
        }
    }

    #[test]
    fn a_rule_with_a_wrong_key_is_refused() {
        for wrong in [
            json!([{"action": "explode"}]),
            json!([{"tiems": 1, "action": "html"}]),
            json!([{"action": {"delay": {"ms": 1, "s": 2}}}]),
            json!([{"path": "(", "action": "html"}]),
            json!([{"probability": 2, "action": "html"}]),
        ] {
            assert!(Faults::parse(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn skip_then_times_then_nothing() {
        assert_eq!(
            hits(json!([{"skip": 2, "times": 2, "action": "html"}]), 6),
            [2, 3]
        );
    }

    #[test]
    fn probability_is_the_same_for_the_same_seed() {
        let rule = json!([{"probability": 0.3, "seed": 7, "action": "html"}]);
        let first = hits(rule.clone(), 200);
        assert_eq!(first, hits(rule, 200));
        assert!((40..80).contains(&first.len()), "{}", first.len());
    }

    #[test]
    fn first_matching_rule_with_budget_wins() {
        let rules = json!([
            {"method": "post", "action": "rubbish"},
            {"path": "^PATCH invoices$", "body": "\"id\":4", "times": 1, "action": "drop_after"},
            {"path": "/V1.0/", "action": "html"},
        ]);
        let mut faults = Faults::parse(&rules).unwrap();
        let mut next = || faults.decide(seen("PATCH", "PATCH Invoices", "{\"id\":4}"));
        assert_eq!(
            (next(), next()),
            (Some(Action::DropAfter), Some(Action::Html))
        );
        assert_eq!(faults.report()[1]["fired"], json!(1));
    }
}
