//! Where two ways of the vendor are thinkable, and what a company's set-up decides: `{"do": "set", …}`.
//!
//! A default is the reference's form, or the stricter one; a connector must bear every value.

use serde_json::{Map, Value, json};

#[derive(Debug, Clone)]
pub struct Switches {
    /// The reply to a function that was done before under the same id: `error`, or `replay` of the first.
    pub duplicate_reply: String,
    /// The number of that error. Sage's own is not known: a connector must not key on it.
    pub duplicate_errorno: String,
    /// A sign-in with a wrong password: `XL03000006`, or `XMLGW_JPP0002` with HTTP 401.
    pub bad_login: String,
    /// A sign-in to an unknown company: `GW-0011`, or the older `invalidRequest`.
    pub bad_company: String,
    /// Whether a session works at its own endpoint only. The stricter way: a client that is in use
    /// (`sageintacctsdk`, Python) sends its sessions to the first endpoint.
    pub endpoint_pinned: bool,
    /// The endpoint that a session is told, where it is not the usual one.
    pub endpoint: String,
    /// How long a session lives after its last use.
    pub session_minutes: i64,
    /// The offset in the times of the authentication block.
    pub session_offset_minutes: i64,
    /// Whether `sessiontimestamp` is the moment of the reply, or of the sign-in.
    pub session_time_is_now: bool,
    /// How far the zone of `WHENMODIFIED` and its like is from UTC.
    pub modified_offset_minutes: i64,
    /// Calls in hand together before HTTP 429.
    pub concurrent_calls_max: i64,
    /// How long the gateway takes for a request.
    pub work_ms: i64,
    /// Whether an unknown field in a create or update is refused, or ignored.
    pub unknown_fields_refused: bool,
    /// Whether a read-only field in a create or update is refused, or ignored.
    pub read_only_fields_refused: bool,
    /// More than one entity: contracts and their lines must name a location.
    pub multi_entity: bool,
    /// More than one currency: contracts must name theirs.
    pub multi_currency: bool,
    /// Whether an update of a contract must repeat begin, term and location, as the tables of the
    /// documentation say and its example does not.
    pub contract_update_repeats: bool,
    /// Whether a line in progress may be made in a draft contract.
    pub draft_takes_live_lines: bool,
    /// Whether a change of a line stamps its contract.
    pub lines_touch_header: bool,
    /// Whether a payment stamps the order entry document.
    pub payment_touches_document: bool,
    /// Whether an offline invoice run is done at once, or by the action `finish_runs`.
    pub offline_runs_at_once: bool,
    /// Whether a `read` of a key that is not there is an empty success, or a failure.
    pub missing_key_is_success: bool,
    /// Whether the vendor is closed for maintenance.
    pub off_line: bool,
    /// Whether the company is no longer usable.
    pub company_expired: bool,
    /// What the user may not: `create CONTRACT`, `query`, `AUDITHISTORY`.
    pub forbidden: Vec<String>,
    /// Modules that the company has not subscribed to: `contracts`, `orderentry`.
    pub not_subscribed: Vec<String>,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            duplicate_reply: "error".to_owned(),
            duplicate_errorno: "XL03000008".to_owned(),
            bad_login: "XL03000006".to_owned(),
            bad_company: "GW-0011".to_owned(),
            endpoint_pinned: true,
            endpoint: String::new(),
            session_minutes: 120,
            session_offset_minutes: -480,
            session_time_is_now: true,
            modified_offset_minutes: 0,
            concurrent_calls_max: 6,
            work_ms: 0,
            unknown_fields_refused: true,
            read_only_fields_refused: true,
            multi_entity: true,
            multi_currency: false,
            contract_update_repeats: false,
            draft_takes_live_lines: false,
            lines_touch_header: false,
            payment_touches_document: false,
            offline_runs_at_once: true,
            missing_key_is_success: true,
            off_line: false,
            company_expired: false,
            forbidden: Vec::new(),
            not_subscribed: Vec::new(),
        }
    }
}

enum Switch<'a> {
    Flag(&'a mut bool),
    Number(&'a mut i64),
    Text(&'a mut String),
    Word(&'a mut String, [&'static str; 2]),
    Words(&'a mut Vec<String>),
}

impl Switches {
    pub fn set(&mut self, name: &str, value: &Value) -> Result<(), String> {
        let mut all = self.all();
        let switch = all.iter_mut().find(|(known, _)| *known == name);
        let (_, switch) = switch.ok_or_else(|| format!("no switch `{name}`"))?;
        match switch {
            Switch::Flag(flag) => {
                **flag = value
                    .as_bool()
                    .ok_or_else(|| format!("switch `{name}` is true or false"))?;
            }
            Switch::Number(number) => {
                **number = value
                    .as_i64()
                    .ok_or_else(|| format!("switch `{name}` is a whole number"))?;
            }
            Switch::Text(text) => {
                let given = value.as_str();
                **text = given
                    .ok_or_else(|| format!("switch `{name}` is a text"))?
                    .to_owned();
            }
            Switch::Word(text, words) => {
                let given = value.as_str().filter(|given| words.contains(given));
                **text = given
                    .ok_or_else(|| format!("switch `{name}` is one of {words:?}"))?
                    .to_owned();
            }
            Switch::Words(list) => {
                let wrong = || format!("switch `{name}` is a list of texts");
                let given = value.as_array().ok_or_else(wrong)?.iter();
                **list = given
                    .map(|word| word.as_str().map(str::to_owned).ok_or_else(wrong))
                    .collect::<Result<_, _>>()?;
            }
        }
        Ok(())
    }

    pub fn show(&self) -> Value {
        let mut copy = self.clone();
        let shown = copy.all().into_iter().map(|(name, switch)| {
            let value = match switch {
                Switch::Flag(flag) => json!(*flag),
                Switch::Number(number) => json!(*number),
                Switch::Text(text) | Switch::Word(text, _) => json!(*text),
                Switch::Words(list) => json!(*list),
            };
            (name.to_owned(), value)
        });
        Value::Object(shown.collect::<Map<_, _>>())
    }

    /// Whether the user may not do `verb` to `object`.
    pub fn forbids(&self, verb: &str, object: &str) -> bool {
        let both = format!("{verb} {object}");
        let said = |word: &String| {
            [verb, object, &both]
                .iter()
                .any(|one| one.eq_ignore_ascii_case(word))
        };
        self.forbidden.iter().any(said)
    }

    fn all(&mut self) -> Vec<(&'static str, Switch<'_>)> {
        use Switch::{Flag, Number, Text, Word, Words};
        let replies = ["error", "replay"];
        let logins = ["XL03000006", "XMLGW_JPP0002"];
        let companies = ["GW-0011", "invalidRequest"];
        vec![
            ("duplicate_reply", Word(&mut self.duplicate_reply, replies)),
            ("duplicate_errorno", Text(&mut self.duplicate_errorno)),
            ("bad_login", Word(&mut self.bad_login, logins)),
            ("bad_company", Word(&mut self.bad_company, companies)),
            ("endpoint_pinned", Flag(&mut self.endpoint_pinned)),
            ("endpoint", Text(&mut self.endpoint)),
            ("session_minutes", Number(&mut self.session_minutes)),
            (
                "session_offset_minutes",
                Number(&mut self.session_offset_minutes),
            ),
            ("session_time_is_now", Flag(&mut self.session_time_is_now)),
            (
                "modified_offset_minutes",
                Number(&mut self.modified_offset_minutes),
            ),
            (
                "concurrent_calls_max",
                Number(&mut self.concurrent_calls_max),
            ),
            ("work_ms", Number(&mut self.work_ms)),
            (
                "unknown_fields_refused",
                Flag(&mut self.unknown_fields_refused),
            ),
            (
                "read_only_fields_refused",
                Flag(&mut self.read_only_fields_refused),
            ),
            ("multi_entity", Flag(&mut self.multi_entity)),
            ("multi_currency", Flag(&mut self.multi_currency)),
            (
                "contract_update_repeats",
                Flag(&mut self.contract_update_repeats),
            ),
            (
                "draft_takes_live_lines",
                Flag(&mut self.draft_takes_live_lines),
            ),
            ("lines_touch_header", Flag(&mut self.lines_touch_header)),
            (
                "payment_touches_document",
                Flag(&mut self.payment_touches_document),
            ),
            ("offline_runs_at_once", Flag(&mut self.offline_runs_at_once)),
            (
                "missing_key_is_success",
                Flag(&mut self.missing_key_is_success),
            ),
            ("off_line", Flag(&mut self.off_line)),
            ("company_expired", Flag(&mut self.company_expired)),
            ("forbidden", Words(&mut self.forbidden)),
            ("not_subscribed", Words(&mut self.not_subscribed)),
        ]
    }
}
