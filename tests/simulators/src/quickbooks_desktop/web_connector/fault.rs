//! What goes wrong in a coming session, as a test ordered it.

use serde_json::{Map, Value, json};

use crate::quickbooks_desktop::status::Refusal;

#[derive(Debug, Clone)]
pub struct Fault {
    pub what: What,
    /// How many more sessions it strikes in.
    pub sessions: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The machine loses power at the numbered or named step. The company file stays as it is.
    DieAt(Place),
    /// QuickBooks gives no answer to one message set but an HRESULT; whether it `ran` is another matter.
    Refuse {
        set: u64,
        ran: bool,
        refusal: Refusal,
    },
    /// QuickBooks dies inside one message set, after so many of its requests; nothing is stored.
    CrashIn { set: u64, after: usize },
    /// QuickBooks takes its time with one message set (0: with each).
    Slow { set: u64, ms: u64 },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Step(u64),
    Named(String),
}

impl Fault {
    /// `{"die_at": 7}` or `{"die_at": "run 1 done"}` · `{"hresult", "message", "at_set", "ran"}` ·
    /// `{"crash_after": 1, "at_set"}` · `{"slow_ms", "at_set"}`; each with `sessions` (1 when left out).
    pub fn read(given: &Map<String, Value>) -> Result<Self, String> {
        let number = |name: &str, otherwise: u64| match given.get(name) {
            None => Ok(otherwise),
            Some(value) => value
                .as_u64()
                .ok_or_else(|| format!("`{name}` is a whole number")),
        };
        let only = |known: &[&str]| match given.keys().find(|name| {
            !known.contains(&name.as_str()) && !["at_set", "sessions"].contains(&name.as_str())
        }) {
            Some(name) => Err(format!("this fault has no `{name}`")),
            None => Ok(()),
        };
        let set = number("at_set", 1)?;
        let what = if let Some(place) = given.get("die_at") {
            only(&["die_at"])?;
            What::DieAt(match (place.as_u64(), place.as_str()) {
                (Some(step), _) => Place::Step(step),
                (_, Some(name)) => Place::Named(name.to_owned()),
                _ => return Err("`die_at` is a step's number or name".to_owned()),
            })
        } else if let Some(code) = given.get("hresult") {
            only(&["hresult", "message", "ran"])?;
            let code = code.as_str().ok_or("`hresult` is a text like 0x80040402")?;
            let message = given
                .get("message")
                .and_then(Value::as_str)
                .unwrap_or_default();
            What::Refuse {
                set,
                ran: given.get("ran").and_then(Value::as_bool).unwrap_or(false),
                refusal: Refusal::new(code, message),
            }
        } else if given.contains_key("crash_after") {
            only(&["crash_after"])?;
            let after = usize::try_from(number("crash_after", 0)?).map_err(|e| e.to_string())?;
            What::CrashIn { set, after }
        } else if given.contains_key("slow_ms") {
            only(&["slow_ms"])?;
            What::Slow {
                set: number("at_set", 0)?,
                ms: number("slow_ms", 0)?,
            }
        } else {
            return Err("a fault is die_at, hresult, crash_after or slow_ms".to_owned());
        };
        Ok(Self {
            what,
            sessions: number("sessions", 1)?,
        })
    }

    pub fn show(&self) -> Value {
        json!({"what": format!("{:?}", self.what), "sessions": self.sessions})
    }
}

/// The faults of one session; each has one session less to strike in from now on.
pub fn take(faults: &mut Vec<Fault>) -> Vec<What> {
    let struck = faults.iter().map(|fault| fault.what.clone()).collect();
    faults
        .iter_mut()
        .for_each(|fault| fault.sessions = fault.sessions.saturating_sub(1));
    faults.retain(|fault| fault.sessions > 0);
    struck
}
