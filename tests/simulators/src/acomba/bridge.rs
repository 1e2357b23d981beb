//! The bridge on the customer's server: keys, company aliases, one queue, one SDK session at a time.
//!
//! It opens a company in the order the SDK wants (start, company exists, open, log in) and each step has
//! its own refusal. An alias points at a folder; the company file lives in the folder and may be moved,
//! replaced or restored without the bridge being told.

use std::collections::{BTreeMap, BTreeSet};

use super::company::{BRIDGE_USER, Company};
use super::error::{Code, Language, Refusal};
use super::kept_result::{Asked, KeptResults};
use super::time;
use super::wire::{self, Query, Route};
use super::{reads, writes};
use crate::simulator::{NowMs, Request, Response};

/// Calls that may wait for the one STA thread before the bridge turns new ones away.
pub const QUEUE_MAX: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    Always,
    Closed {
        retry_after_s: u64,
    },
    /// Open between two seconds of the office's day; over midnight when it opens after it closes.
    Daily {
        opens: i64,
        closes: i64,
    },
}

impl Window {
    fn check(self, now: NowMs) -> Result<(), Refusal> {
        let closed_for_s = match self {
            Self::Always => return Ok(()),
            Self::Closed { retry_after_s } => retry_after_s,
            Self::Daily { opens, closes } => {
                let second = time::second_of_day(now);
                let open = if opens <= closes {
                    (opens..closes).contains(&second)
                } else {
                    !(closes..opens).contains(&second)
                };
                if open {
                    return Ok(());
                }
                (opens - second).rem_euclid(24 * 3600).unsigned_abs()
            }
        };
        let mut refusal = Refusal::new(
            Code::ClosedWindow,
            format!("the bridge opens again in {closed_for_s} s"),
        );
        refusal.retry_after_s = Some(closed_for_s);
        Err(refusal)
    }
}

/// What the bridge's configuration says about one company.
#[derive(Debug, Clone)]
pub struct Alias {
    pub folder: String,
    pub password: String,
    pub window: Window,
    pub sdk_started: bool,
    pub licence_limit: bool,
    pub version_mismatch: bool,
    pub sdk_version: i64,
    pub acomba_version: String,
}

impl Alias {
    pub fn new(folder: &str, password: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            password: password.to_owned(),
            window: Window::Always,
            sdk_started: true,
            licence_limit: false,
            version_mismatch: false,
            sdk_version: 127,
            acomba_version: "12.7".to_owned(),
        }
    }
}

#[derive(Default)]
pub struct Bridge {
    /// API key → aliases it may open.
    pub keys: BTreeMap<String, BTreeSet<String>>,
    pub aliases: BTreeMap<String, Alias>,
    /// Folder → the company file in it.
    pub folders: BTreeMap<String, Company>,
    /// (company file, name of the backup) → what it held.
    pub backups: BTreeMap<(String, String), Company>,
    pub kept: KeptResults,
    pub queue_full: bool,
    /// How long the SDK takes for one call.
    pub slow_ms: u64,
    requests: u64,
}

impl Bridge {
    pub fn handle(&mut self, request: &Request, now: NowMs) -> Response {
        self.requests += 1;
        let request_id = format!("req-{:06}", self.requests);
        let mut response = match self.answer(request, now) {
            Ok(response) => response,
            Err(refusal) => wire::refuse(&refusal, self.language(request), &request_id),
        };
        // One thread serves all: a call waits for those in front of it.
        let is_health = request.path == "/v1/health";
        response.delay_ms = if is_health {
            0
        } else {
            self.slow_ms * request.in_flight.max(1) as u64
        };
        response
    }

    fn answer(&mut self, request: &Request, now: NowMs) -> Result<Response, Refusal> {
        let route = match self.check_key(request) {
            // Health is answered without key, company or SDK.
            Err(_) if matches!(Route::of(&request.path), Ok(Route::Health)) => Route::Health,
            checked => checked.and_then(|()| Route::of(&request.path))?,
        };
        let alias = match (&route, request.method.as_str()) {
            (Route::Health, "GET") => {
                return Ok(wire::answer(
                    200,
                    &reads::health(self.queue_full, QUEUE_MAX),
                ));
            }
            (
                Route::Info { alias } | Route::List { alias, .. } | Route::Changes { alias, .. },
                "GET",
            ) => alias,
            (Route::Card { alias, .. } | Route::Key { alias, .. }, "GET") => alias,
            (Route::List { alias, interface }, "POST") if writes::may_create(interface) => alias,
            (
                Route::Card {
                    alias, interface, ..
                },
                "PATCH",
            ) if writes::may_patch(interface) => alias,
            (route, method) => {
                let mut refusal = Refusal::new(
                    Code::NotAllowed,
                    format!("{method} is not allowed on {}", route.word()),
                );
                if let Route::Card {
                    interface,
                    card_pos,
                    ..
                } = route
                {
                    refusal = refusal.card(*card_pos);
                    refusal.interface = Some(interface.name);
                }
                return Err(refusal);
            }
        };
        if self.queue_full || request.in_flight > QUEUE_MAX {
            return Err(Refusal::new(
                Code::QueueFull,
                format!("{QUEUE_MAX} requests are waiting already"),
            ));
        }
        if request.method != "POST" {
            let company = self.open(alias, now)?;
            return match &route {
                Route::Card {
                    interface,
                    card_pos,
                    ..
                } if request.method == "PATCH" => {
                    writes::patch(company, interface, *card_pos, request, now)
                }
                Route::Info { .. } => Ok(wire::answer(
                    200,
                    &reads::info(
                        &self.aliases[alias],
                        alias,
                        &self.folders[&self.aliases[alias].folder],
                    ),
                )),
                Route::List { interface, .. } => {
                    reads::list(company, interface, Query::of(request)?)
                }
                Route::Changes { interface, .. } => {
                    reads::changes(company, interface, Query::of(request)?)
                }
                Route::Card {
                    interface,
                    card_pos,
                    ..
                } => reads::card(company, interface, *card_pos),
                Route::Key {
                    interface, index, ..
                } => reads::by_key(company, interface, index, Query::of(request)?),
                Route::Health => unreachable!("answered above"),
            };
        }
        let ticket = match self.kept.ask(alias, request, now)? {
            Asked::Again(response) => return Ok(response),
            Asked::New(ticket) => ticket,
        };
        let Route::List { interface, .. } = &route else {
            unreachable!("POST goes to an interface")
        };
        let response = writes::create(self.open(alias, now)?, interface, request, now)?;
        self.kept.keep(ticket, response.clone(), now);
        Ok(response)
    }

    fn check_key(&self, request: &Request) -> Result<(), Refusal> {
        let key = wire::header(request, "x-api-key").unwrap_or_default();
        let allowed = self.keys.get(key).ok_or_else(|| {
            Refusal::new(Code::Unauthorized, "header X-Api-Key is missing or unknown")
        })?;
        let alias = wire::alias(&request.path).unwrap_or_default();
        if !allowed.contains(&alias) && alias != "health" {
            return Err(Refusal::new(
                Code::Forbidden,
                format!("this key does not open company `{alias}`"),
            ));
        }
        Ok(())
    }

    /// Start, CompanyExists, OpenCompany, LogCurrentUser.
    fn open(&mut self, name: &str, now: NowMs) -> Result<&mut Company, Refusal> {
        let step = |code, operation, message: &str| {
            let mut refusal = Refusal::new(code, message);
            refusal.operation = Some(operation);
            refusal
        };
        let alias = self.aliases.get(name).ok_or_else(|| {
            step(
                Code::CompanyNotFound,
                "CompanyExists",
                "the bridge has no such company",
            )
        })?;
        alias.window.check(now)?;
        if !alias.sdk_started {
            return Err(step(
                Code::SdkNotStarted,
                "Start",
                "the COM library does not answer",
            ));
        }
        if alias.version_mismatch {
            return Err(step(
                Code::VersionMismatch,
                "Start",
                "Acomba was updated and the SDK was not",
            ));
        }
        let company = self.folders.get_mut(&alias.folder);
        let company = company.ok_or_else(|| {
            step(
                Code::CompanyNotFound,
                "CompanyExists",
                "there is no company in the configured folder",
            )
        })?;
        if company.switches.exclusive {
            return Err(step(
                Code::CompanyLocked,
                "OpenCompany",
                "an exclusive operation is running",
            ));
        }
        if alias.licence_limit {
            return Err(step(
                Code::LicenceLimit,
                "OpenCompany",
                "all user licences are taken",
            ));
        }
        if company.password != alias.password {
            return Err(step(
                Code::LoginFailed,
                "LogCurrentUser",
                &format!("user `{BRIDGE_USER}` could not log in"),
            ));
        }
        Ok(company)
    }

    pub fn company_of(&self, alias: &str) -> Option<&Company> {
        self.folders.get(&self.aliases.get(alias)?.folder)
    }

    /// French unless the company that was asked for is English.
    fn language(&self, request: &Request) -> Language {
        let company = wire::alias(&request.path).and_then(|alias| {
            self.company_of(&alias)
                .map(|company| company.switches.language)
        });
        company.unwrap_or(Language::French)
    }
}
