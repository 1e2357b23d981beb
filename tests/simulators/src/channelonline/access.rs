//! Who is let in: one company, its users, the agents that the vendor registered.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::refusal::Refusal;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct User {
    pub email: String,
    pub password: String,
    pub active: bool,
    /// Whether the user may do more than read.
    pub may_write: bool,
}

impl Default for User {
    fn default() -> Self {
        Self {
            email: String::new(),
            password: String::new(),
            active: true,
            may_write: true,
        }
    }
}

#[derive(Debug, Default)]
pub struct Access {
    pub shortcut: String,
    pub agents: Vec<String>,
    pub users: Vec<User>,
}

impl Access {
    pub fn is_registered(&self, agent: &str) -> bool {
        self.agents.iter().any(|known| known == agent.trim())
    }

    /// The user's e-mail as the company has it.
    pub fn enter(&self, shortcut: &str, email: &str, password: &str) -> Result<String, Refusal> {
        let mut users = self.users.iter();
        let user = users.find(|user| {
            user.active && user.email.eq_ignore_ascii_case(email) && user.password == password
        });
        user.filter(|_| shortcut == self.shortcut && !password.is_empty())
            .map(|user| user.email.clone())
            .ok_or_else(Refusal::credentials)
    }

    pub fn may_write(&self, email: &str) -> Result<(), Refusal> {
        let mut users = self.users.iter();
        match users.any(|user| user.email == email && user.may_write) {
            true => Ok(()),
            false => Err(Refusal::permission("The user has read-only rights")),
        }
    }

    pub fn user_mut(&mut self, email: &str) -> Result<&mut User, String> {
        let mut users = self.users.iter_mut();
        let found = users.find(|user| user.email == email);
        found.ok_or_else(|| format!("no user `{email}`"))
    }

    /// Without passwords.
    pub fn show(&self) -> Value {
        let users = self.users.iter();
        users
            .map(|user| json!({"email": user.email, "active": user.active, "mayWrite": user.may_write}))
            .collect()
    }
}
