//! Where two ways of the vendor are thinkable, and what a company's plan sets: `{"do": "set", …}`.
//!
//! A default is the reference's form, or the stricter one; a connector must bear every value.

use serde_json::{Map, Value};

#[derive(Debug, Clone)]
pub struct Switches {
    /// Whether the old paths, without `v1`, still answer.
    pub old_api: bool,
    /// Whether a POST changes a record under `v1` too, as it does under the old paths.
    pub post_changes: bool,
    /// Whether a path must have its slash, or must not, as published.
    pub exact_slash: bool,
    /// Whether a token is taken from `Authorization: Bearer` as well.
    pub bearer: bool,
    /// Whether a token is refused where its scopes do not reach.
    pub scopes_checked: bool,
    /// Whether the answer with a token says when it ends.
    pub token_expires_shown: bool,
    /// Whether a new token ends the ones before it.
    pub one_token: bool,
    pub token_life_s: u64,
    /// Calls in a minute, for all integrations of the company together.
    pub calls_per_minute: u64,
    /// Whether `page`, `per-page` and `updated-since` do anything. Off: the whole list, always.
    pub list_controls: bool,
    /// Whether an unknown parameter is refused, or does nothing.
    pub parameters_checked: bool,
    /// Whether an unknown key is refused, or ignored.
    pub keys_checked: bool,
    /// Whether a custom field must have been defined at the screen.
    pub custom_fields_checked: bool,
    /// Whether a PUT is the whole record: what it leaves out is emptied.
    pub put_replaces: bool,
    /// Whether an empty field is shown as `null`, or left out.
    pub nulls_shown: bool,
    /// Whether an order has a list of shipments (each with an id), or one.
    pub many_shipments: bool,
    /// Whether a made quantity is in stock at once.
    pub production_moves_stock: bool,
    /// Whether a POST that makes something answers 201, or 200.
    pub created_201: bool,
    /// Whether a deletion answers 204 with nothing, or 200 with the record.
    pub deleted_204: bool,
    /// Whether each webhook is delivered twice.
    pub webhooks_twice: bool,
    /// Whether webhooks arrive newest first.
    pub webhooks_reversed: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            old_api: true,
            post_changes: false,
            exact_slash: true,
            bearer: true,
            scopes_checked: false,
            token_expires_shown: true,
            one_token: false,
            token_life_s: 7_200,
            calls_per_minute: 120,
            list_controls: true,
            parameters_checked: false,
            keys_checked: true,
            custom_fields_checked: true,
            put_replaces: false,
            nulls_shown: false,
            many_shipments: false,
            production_moves_stock: true,
            created_201: true,
            deleted_204: true,
            webhooks_twice: false,
            webhooks_reversed: false,
        }
    }
}

enum Switch<'a> {
    Flag(&'a mut bool),
    Count(&'a mut u64),
}

impl Switches {
    pub fn set(&mut self, name: &str, value: &Value) -> Result<(), String> {
        let mut all = self.all();
        let switch = all.iter_mut().find(|(known, _)| *known == name);
        match switch.map(|(_, switch)| switch) {
            None => return Err(format!("no switch `{name}`")),
            Some(Switch::Flag(flag)) => {
                **flag = value
                    .as_bool()
                    .ok_or_else(|| format!("switch `{name}` is true or false"))?;
            }
            Some(Switch::Count(count)) => {
                **count = value
                    .as_u64()
                    .ok_or_else(|| format!("switch `{name}` is a whole number"))?;
            }
        }
        Ok(())
    }

    pub fn show(&self) -> Value {
        let mut copy = self.clone();
        let all = copy.all();
        let shown = all.into_iter().map(|(name, switch)| {
            let value = match switch {
                Switch::Flag(flag) => (*flag).into(),
                Switch::Count(count) => (*count).into(),
            };
            (name.to_owned(), value)
        });
        Value::Object(shown.collect::<Map<_, _>>())
    }

    fn all(&mut self) -> [(&'static str, Switch<'_>); 21] {
        use Switch::{Count, Flag};
        [
            ("old_api", Flag(&mut self.old_api)),
            ("post_changes", Flag(&mut self.post_changes)),
            ("exact_slash", Flag(&mut self.exact_slash)),
            ("bearer", Flag(&mut self.bearer)),
            ("scopes_checked", Flag(&mut self.scopes_checked)),
            ("token_expires_shown", Flag(&mut self.token_expires_shown)),
            ("one_token", Flag(&mut self.one_token)),
            ("token_life_s", Count(&mut self.token_life_s)),
            ("calls_per_minute", Count(&mut self.calls_per_minute)),
            ("list_controls", Flag(&mut self.list_controls)),
            ("parameters_checked", Flag(&mut self.parameters_checked)),
            ("keys_checked", Flag(&mut self.keys_checked)),
            (
                "custom_fields_checked",
                Flag(&mut self.custom_fields_checked),
            ),
            ("put_replaces", Flag(&mut self.put_replaces)),
            ("nulls_shown", Flag(&mut self.nulls_shown)),
            ("many_shipments", Flag(&mut self.many_shipments)),
            (
                "production_moves_stock",
                Flag(&mut self.production_moves_stock),
            ),
            ("created_201", Flag(&mut self.created_201)),
            ("deleted_204", Flag(&mut self.deleted_204)),
            ("webhooks_twice", Flag(&mut self.webhooks_twice)),
            ("webhooks_reversed", Flag(&mut self.webhooks_reversed)),
        ]
    }
}
