//! One endpoint the Web Connector polls, as a .qwc file or a test says.

use serde_json::{Map, Value, json};

use super::qwc::{self, Style};
use super::transport::Target;
use crate::quickbooks_desktop::data_ext::owner_key;

#[derive(Debug, Clone)]
pub struct Poll {
    /// What QuickBooks knows the application by.
    pub app_name: String,
    pub url: String,
    pub target: Target,
    pub username: String,
    pub password: String,
    pub owner_id: String,
    pub file_id: String,
    pub style: Style,
    pub read_only: bool,
    /// Auto-Run; none polls only when told to.
    pub every_ms: Option<u64>,
    /// How long a `NoOp` pauses; 5 s in reality.
    pub noop_ms: u64,
    /// How long a second of the endpoint's own wishes (postpone, least interval) lasts.
    pub second_ms: u64,
    /// A person loses patience with a session.
    pub session_ms_max: u64,
    /// The least interval the endpoint asked for.
    pub least_ms: u64,
    /// When the next session is due, on the machine's clock.
    pub due_at: i64,
}

const DEFAULT_OWNER: &str = "{57F3B9B6-86F1-4FCC-B1EE-566DE1813D20}";
const DEFAULT_FILE: &str = "{90A44FB5-33D9-4815-AC85-BC87A7E7D1EB}";

impl Poll {
    /// `{"qwc": text, "password"}` or `{"url", "username", "password"}`, besides `every_ms`, `noop_ms`,
    /// `second_ms`, `style`, `ca_pem`, `app_name`, `owner_id`, `file_id`, `read_only`, `session_ms_max`.
    pub fn read(given: &Map<String, Value>, now: i64) -> Result<Self, String> {
        let known = [
            "qwc",
            "url",
            "username",
            "password",
            "every_ms",
            "noop_ms",
            "second_ms",
            "style",
            "ca_pem",
            "app_name",
            "owner_id",
            "file_id",
            "read_only",
            "session_ms_max",
        ];
        if let Some(name) = given.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(format!("a poll has no `{name}`"));
        }
        let text = |name: &str| given.get(name).and_then(Value::as_str).map(str::to_owned);
        let number = |name: &str| match given.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                let number = value.as_u64();
                number
                    .map(Some)
                    .ok_or_else(|| format!("`{name}` is a whole number"))
            }
        };
        let file = text("qwc")
            .map(|text| qwc::read(&text).map_err(|e| e.to_string()))
            .transpose()?;
        let file = file.as_ref();
        let url = file
            .map(|file| file.url.clone())
            .or(text("url"))
            .ok_or("a poll needs `qwc` or `url`")?;
        let second_ms = number("second_ms")?.unwrap_or(1000);
        let every_ms = number("every_ms")?.or(file
            .and_then(|file| file.every_seconds)
            .map(|seconds| seconds * second_ms));
        let style = match text("style") {
            Some(word) => Style::named(&word)?,
            None => file.map_or(Style::Document, |file| file.style),
        };
        let pick = |from_file: Option<&String>, name: &str, otherwise: &str| {
            from_file
                .cloned()
                .or(text(name))
                .unwrap_or_else(|| otherwise.to_owned())
        };
        let mut target = Target::new(&url, text("ca_pem").as_deref())?;
        let session_ms_max = number("session_ms_max")?.unwrap_or(600_000);
        target.answer_within = std::time::Duration::from_millis(session_ms_max.min(60_000));
        Ok(Self {
            app_name: pick(file.map(|file| &file.app_name), "app_name", "liaison"),
            target,
            url,
            username: pick(file.map(|file| &file.username), "username", ""),
            // QBWC1030: the user types it once, it is never in the file.
            password: text("password").ok_or("QBWC1030: a poll needs `password`")?,
            owner_id: owner_key(&pick(
                file.map(|file| &file.owner_id),
                "owner_id",
                DEFAULT_OWNER,
            )),
            file_id: owner_key(&pick(
                file.map(|file| &file.file_id),
                "file_id",
                DEFAULT_FILE,
            )),
            style,
            read_only: match given.get("read_only") {
                Some(value) => value.as_bool().ok_or("`read_only` is true or false")?,
                None => file.is_some_and(|file| file.read_only),
            },
            every_ms,
            noop_ms: number("noop_ms")?.unwrap_or(5 * second_ms),
            second_ms,
            session_ms_max,
            least_ms: 0,
            due_at: now + i64::try_from(every_ms.unwrap_or_default()).unwrap_or(i64::MAX / 2),
        })
    }

    pub fn show(&self) -> Value {
        json!({
            "app_name": self.app_name, "url": self.url, "username": self.username,
            "owner_id": self.owner_id, "file_id": self.file_id, "every_ms": self.every_ms,
            "least_ms": self.least_ms, "noop_ms": self.noop_ms, "style": format!("{:?}", self.style),
            "read_only": self.read_only,
        })
    }

    /// From the end of one session to the next.
    pub fn interval_ms(&self) -> Option<u64> {
        self.every_ms.map(|every| every.max(self.least_ms))
    }
}
