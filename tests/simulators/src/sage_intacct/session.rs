//! Who calls: the sender, the user by a sign-in or a session, and the entity they work in.
//!
//! Invariant: no password and no session id appears in a state or a route.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::envelope::Authentication;
use super::refusal::{Refusal, SIGN_IN};
use super::switches::Switches;
use crate::simulator::NowMs;

#[derive(Debug, Clone)]
pub struct Sender {
    pub id: String,
    pub password: String,
    /// Whether the company lets it in.
    pub authorised: bool,
}

#[derive(Debug, Clone)]
pub struct User {
    pub id: String,
    pub password: String,
}

#[derive(Debug, Clone)]
pub struct Session {
    pub user: String,
    pub entity: String,
    pub began: NowMs,
    used: NowMs,
}

/// What stands in the reply's authentication block.
#[derive(Debug, Clone)]
pub struct Caller {
    pub user: String,
    pub entity: String,
    /// The session it came by; none for a sign-in.
    pub session: Option<String>,
    pub began: NowMs,
}

#[derive(Debug, Default)]
pub struct Access {
    pub senders: Vec<Sender>,
    pub users: Vec<User>,
    sessions: BTreeMap<String, Session>,
    made: u64,
}

/// Why a caller is not let in, and at which level the vendor says it.
#[derive(Debug)]
pub enum Denied {
    /// In the authentication block; the user and the company as far as they are known.
    Here(Refusal),
    /// Before any XML is handled: HTTP status and errorno.
    Gateway(u16, &'static str),
}

impl Access {
    pub fn sender(&self, id: &str, password: &str) -> Option<&Sender> {
        let mut all = self.senders.iter();
        all.find(|sender| sender.id == id && sender.password == password)
    }

    pub fn enter(
        &mut self,
        authentication: &Authentication,
        company: &str,
        is_entity: impl Fn(&str) -> bool,
        switches: &Switches,
        now: NowMs,
    ) -> Result<Caller, Denied> {
        match authentication {
            Authentication::Login {
                user,
                company: wanted,
                password,
                location,
            } => {
                if wanted != company {
                    return Err(Denied::Gateway(
                        400,
                        match switches.bad_company.as_str() {
                            "invalidRequest" => "invalidRequest",
                            _ => "GW-0011",
                        },
                    ));
                }
                let known = self
                    .users
                    .iter()
                    .any(|one| one.id == *user && one.password == *password);
                let wrong = || Refusal::new(SIGN_IN, "Sign-in information is incorrect");
                if !known {
                    return Err(match switches.bad_login.as_str() {
                        "XMLGW_JPP0002" => Denied::Gateway(401, "XMLGW_JPP0002"),
                        _ => Denied::Here(wrong()),
                    });
                }
                if !location.is_empty() && !is_entity(location) {
                    let text = format!("Invalid location '{location}' for the sign-in");
                    return Err(Denied::Here(Refusal::new(SIGN_IN, text)));
                }
                Ok(Caller {
                    user: user.clone(),
                    entity: location.clone(),
                    session: None,
                    began: now,
                })
            }
            Authentication::Session(id) => {
                let life = switches.session_minutes * 60_000;
                let invalid = || {
                    let text = "Invalid session. The session has expired or does not exist.";
                    Denied::Here(Refusal::new(SIGN_IN, text))
                };
                let session = self.sessions.get_mut(id).ok_or_else(invalid)?;
                if now - session.used >= life {
                    return Err(invalid());
                }
                session.used = now;
                Ok(Caller {
                    user: session.user.clone(),
                    entity: session.entity.clone(),
                    session: Some(id.clone()),
                    began: session.began,
                })
            }
        }
    }

    /// A new session, under an id that nobody guesses and every run repeats.
    pub fn open(&mut self, user: &str, entity: &str, now: NowMs) -> String {
        self.made += 1;
        let digest = Sha256::digest(format!("session {} {user} {entity}", self.made));
        let id: String = digest.iter().map(|byte| letter(*byte)).collect();
        let id = format!("{id}.");
        let session = Session {
            user: user.to_owned(),
            entity: entity.to_owned(),
            began: now,
            used: now,
        };
        self.sessions.insert(id.clone(), session);
        id
    }

    pub fn end_all(&mut self) {
        self.sessions.clear();
    }

    pub fn count(&self) -> usize {
        self.sessions.len()
    }
}

fn letter(byte: u8) -> char {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char::from(LETTERS[usize::from(byte % 64)])
}
