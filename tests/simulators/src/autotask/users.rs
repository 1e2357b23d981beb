//! API users: three headers on every call, no session.
//!
//! A simulator that was given no users has one: integration code `LIAISON-SIM`, user name
//! `api@liaison.test`, secret `simulated-secret`, resource 29682900.

use serde_json::{Map, Value, json};

use super::Autotask;
use super::answer::{Refusal, empty};
use super::query::property;
use crate::simulator::{Request, Response};

#[derive(Debug, Clone)]
pub struct User {
    pub integration_code: String,
    pub user_name: String,
    pub secret: String,
    pub resource_id: i64,
}

#[derive(Debug)]
pub struct Users {
    pub all: Vec<User>,
}

impl Default for Users {
    fn default() -> Self {
        let user = User {
            integration_code: "LIAISON-SIM".to_owned(),
            user_name: "api@liaison.test".to_owned(),
            secret: "simulated-secret".to_owned(),
            resource_id: 29_682_900,
        };
        Self { all: vec![user] }
    }
}

impl Users {
    pub fn find(&self, user_name: &str) -> Option<&User> {
        self.all
            .iter()
            .find(|user| user.user_name.eq_ignore_ascii_case(user_name))
    }

    /// Replaces the users by those given in a seed.
    pub fn plant(&mut self, given: &Value) -> Result<(), String> {
        let list = given.as_array().ok_or("apiUsers is a list")?;
        let users = list.iter().map(|user| {
            let user = user.as_object().ok_or("an API user is an object")?;
            let text = |name: &str| {
                let value = property(user, name).and_then(Value::as_str);
                value
                    .map(str::to_owned)
                    .ok_or_else(|| format!("an API user has no `{name}`"))
            };
            Ok::<_, String>(User {
                integration_code: text("integrationCode")?,
                user_name: text("userName")?,
                secret: text("secret")?,
                resource_id: property(user, "resourceID")
                    .and_then(Value::as_i64)
                    .ok_or("an API user has a resourceID")?,
            })
        });
        self.all = users.collect::<Result<_, _>>()?;
        Ok(())
    }

    /// `{"userName"?, "secret"?, "integrationCode"?}`: what an administrator changes; the first user when none is named.
    pub fn change(&mut self, wish: &Map<String, Value>) -> Result<Value, String> {
        let name = wish.get("userName").and_then(Value::as_str);
        let user = self
            .all
            .iter_mut()
            .find(|user| name.is_none_or(|name| user.user_name.eq_ignore_ascii_case(name)));
        let user = user.ok_or("no such API user")?;
        if let Some(secret) = wish.get("secret").and_then(Value::as_str) {
            secret.clone_into(&mut user.secret);
        }
        if let Some(code) = wish.get("integrationCode").and_then(Value::as_str) {
            code.clone_into(&mut user.integration_code);
        }
        Ok(json!({"userName": user.user_name}))
    }
}

impl Autotask {
    /// The user of a request, or the refusal.
    pub(super) fn authenticate(&self, request: &Request) -> Result<User, Response> {
        let [code, name, secret] =
            ["apiintegrationcode", "username", "secret"].map(|known| header(request, known));
        let (Some(code), Some(name), Some(secret)) = (code, name, secret) else {
            return Err(empty(401));
        };
        if !self
            .users
            .all
            .iter()
            .any(|user| user.integration_code == code)
        {
            return Err(Refusal::rule("IntegrationCode is invalid.").response());
        }
        let Some(user) = self.users.find(name) else {
            let refusal = if self.switches.unknown_user.is("500") {
                Refusal::rule("Zone information could not be determined").response()
            } else {
                empty(401)
            };
            return Err(refusal);
        };
        if user.secret == secret && user.integration_code == code {
            Ok(user.clone())
        } else {
            Err(empty(401))
        }
    }
}

/// A header by its lower-case name.
pub fn header<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    let found = request
        .headers
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}
