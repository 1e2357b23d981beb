//! One session: the order of calls, what each answer leads to, and the numbered steps at which the machine
//! can lose power.
//!
//! Invariants: QuickBooks is locked only while it works, never across a call; a session that lost power
//! makes no further call and releases nothing.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::SessionError;
use super::fault::{self, Place, What};
use super::poll::Poll;
use super::soap::{self, Answer};
use super::transcript::{Ending, Set, Step, Transcript};
use crate::quickbooks_desktop::Site;
use crate::quickbooks_desktop::data_ext::{self, Extension};
use crate::quickbooks_desktop::quickbooks::QuickBooks;
use crate::quickbooks_desktop::session::Session;
use crate::quickbooks_desktop::status::Refusal;
use crate::shell::lock;

const CLIENT_VERSION: &str = "2.3.0.215";
const MACHINE: &str = "OFFICE-PC";
/// The Web Connector asks `connectionError` this often before it gives up.
const CONNECT_ATTEMPTS: u32 = 2;
const NOTE_LENGTH_MAX: usize = 200;
/// How soon a session notices that the simulator ends.
const STOP_TICK: Duration = Duration::from_millis(20);

/// Runs one session of a poll and gives back what happened.
pub async fn run(site: &Site, poll: &Poll) -> Transcript {
    let faults = fault::take(&mut lock(&site.connector).faults);
    let mut walk = Walk {
        site,
        poll,
        faults,
        begun: Instant::now(),
        books: None,
        log: Transcript {
            app_name: poll.app_name.clone(),
            url: poll.url.clone(),
            ..Transcript::default()
        },
    };
    let ending = match walk.through().await {
        Ok(ending) => ending,
        Err(Break::Power(step)) => Ending::PowerLost(step),
        Err(Break::Stopped) => Ending::Stopped,
        Err(Break::Failed(error)) => {
            walk.release();
            Ending::Error(error)
        }
    };
    walk.log.ended = Some(ending);
    walk.log.lasted = walk.begun.elapsed();
    walk.log
}

/// Why a session stops where it stands.
enum Break {
    Power(String),
    /// The simulator itself ends.
    Stopped,
    Failed(SessionError),
}

struct Walk<'a> {
    site: &'a Site,
    poll: &'a Poll,
    faults: Vec<What>,
    begun: Instant,
    /// The session with QuickBooks, while there is one.
    books: Option<Session>,
    log: Transcript,
}

impl Walk<'_> {
    /// One step; power may be lost at it.
    fn step(&mut self, name: String, note: &str) -> Result<(), Break> {
        let number = self.log.steps.len() as u64 + 1;
        let dies = self.faults.iter().any(|fault| match fault {
            What::DieAt(Place::Step(step)) => *step == number,
            What::DieAt(Place::Named(place)) => *place == name,
            _ => false,
        });
        self.log.steps.push(Step {
            name: name.clone(),
            note: note.chars().take(NOTE_LENGTH_MAX).collect(),
        });
        if dies {
            Err(Break::Power(name))
        } else {
            Ok(())
        }
    }

    /// Waits for something, but no longer than the simulator lives.
    async fn unless_stopped<T>(&self, wait: impl Future<Output = T>) -> Result<T, Break> {
        let stopped = async {
            while !self.site.is_stopping.load(Ordering::Relaxed) {
                tokio::time::sleep(STOP_TICK).await;
            }
        };
        tokio::select! {
            done = wait => Ok(done),
            () = stopped => Err(Break::Stopped),
        }
    }

    async fn call(
        &mut self,
        operation: &str,
        label: &str,
        parameters: &[(&str, &str)],
        failure: u16,
    ) -> Result<Answer, Break> {
        self.step(format!("before {label}"), "")?;
        let body = soap::request(operation, parameters, self.poll.style);
        let action = format!("{}{operation}", soap::NAMESPACE);
        let answered = self
            .unless_stopped(self.poll.target.post(&action, body))
            .await?;
        let failed = |text| Break::Failed(SessionError::new(failure, text));
        let answer = answered.map_err(failed)?;
        let answer = soap::answer(&answer, operation, self.poll.style).map_err(failed)?;
        self.log.round_trips += 1;
        let note = match &answer {
            Answer::Text(text) => text.clone().unwrap_or_default(),
            Answer::Array(values) => format!("{values:?}"),
        };
        self.step(format!("{label} answered"), &note)?;
        Ok(answer)
    }

    async fn text(
        &mut self,
        operation: &str,
        label: &str,
        parameters: &[(&str, &str)],
        failure: u16,
    ) -> Result<String, Break> {
        match self.call(operation, label, parameters, failure).await? {
            Answer::Text(text) => Ok(text.unwrap_or_default()),
            Answer::Array(_) => {
                let text = format!("{operation} answered an array");
                Err(Break::Failed(SessionError::new(failure, text)))
            }
        }
    }

    async fn through(&mut self) -> Result<Ending, Break> {
        self.text("serverVersion", "serverVersion", &[], 1038)
            .await?;
        let version = [("strVersion", CLIENT_VERSION)];
        let verdict = self
            .text("clientVersion", "clientVersion", &version, 1036)
            .await?;
        // A warning is clicked away, another version wished for is only told.
        if let Some(text) = verdict.strip_prefix("E:") {
            return Ok(Ending::Refused(text.to_owned()));
        }
        let poll = self.poll;
        let login = [
            ("strUserName", poll.username.as_str()),
            ("strPassword", poll.password.as_str()),
        ];
        let answer = self
            .call("authenticate", "authenticate", &login, 1012)
            .await?;
        let Answer::Array(values) = answer else {
            return Err(null_reference());
        };
        let (Some(Some(ticket)), Some(Some(word))) = (values.first(), values.get(1)) else {
            return Err(null_reference());
        };
        self.log.ticket.clone_from(ticket);
        let seconds = |at: usize| {
            values
                .get(at)
                .cloned()
                .flatten()
                .and_then(|text| text.parse().ok())
        };
        if poll.every_ms.is_some() {
            self.log.postpone = seconds(2).filter(|seconds: &u64| *seconds > 0);
            self.log.least = seconds(3);
        }
        // The Guide writes these words in both cases.
        let verdict = word.to_lowercase();
        let end = match (verdict.as_str(), self.log.postpone) {
            ("none" | "nvu" | "busy", _) => Some(Ending::Refused(verdict)),
            (_, Some(seconds)) => Some(Ending::Postponed(seconds)),
            _ => None,
        };
        if let Some(end) = end {
            self.close().await?;
            return Ok(end);
        }
        if let Some(text) = self.open(word.clone()).await? {
            self.close().await?;
            return Ok(Ending::NoQuickBooks(text));
        }
        let told = self.exchange().await?;
        self.release();
        let text = self.close().await?;
        Ok(match told {
            Some(ending) => ending,
            None => Ending::Closed(text),
        })
    }

    /// Connects to QuickBooks; a text when that failed for good.
    async fn open(&mut self, mut path: String) -> Result<Option<String>, Break> {
        let mut attempts = 0;
        loop {
            let begun = {
                let mut books = lock(&self.site.books);
                let begun = books.begin(&self.poll.app_name, &path, self.poll.read_only);
                begun.inspect(|session| {
                    self.site
                        .set_app_lock(&mut books, &session.path, self.poll, true)
                })
            };
            let refusal = match begun {
                Ok(session) => {
                    let note = session.path.clone();
                    self.books = Some(session);
                    self.step("company opened".to_owned(), &note)?;
                    return Ok(None);
                }
                Err(refusal) => refusal,
            };
            attempts += 1;
            let ticket = self.log.ticket.clone();
            let parameters = [
                ("ticket", ticket.as_str()),
                ("hresult", refusal.hresult.as_str()),
                ("message", refusal.message.as_str()),
            ];
            let label = format!("connectionError {attempts}");
            let word = self
                .text("connectionError", &label, &parameters, 1045)
                .await?;
            if word.eq_ignore_ascii_case("done") || attempts == CONNECT_ATTEMPTS {
                return Ok(Some(format!("{}: {}", refusal.hresult, refusal.message)));
            }
            path = word;
        }
    }

    /// The loop of sends and receives; an ending when the endpoint ended it with a word to its user.
    async fn exchange(&mut self) -> Result<Option<Ending>, Break> {
        let ticket = self.log.ticket.clone();
        let (first_empty_crashes, country, version) = {
            let books = lock(&self.site.books);
            let switches = &books.switches;
            (
                switches.first_empty_crashes,
                switches.country.clone(),
                switches.dialect.newest,
            )
        };
        let (major, minor) = ((version / 10).to_string(), (version % 10).to_string());
        let mut hcp = self.host_company_preferences()?;
        let path = self
            .books
            .as_ref()
            .map(|session| session.path.clone())
            .unwrap_or_default();
        let (mut sends, mut receives) = (0, 0);
        loop {
            if self.begun.elapsed() > Duration::from_millis(self.poll.session_ms_max) {
                return Ok(Some(Ending::Stopped));
            }
            sends += 1;
            let parameters = [
                ("ticket", ticket.as_str()),
                ("strHCPResponse", hcp.as_str()),
                ("strCompanyFileName", path.as_str()),
                ("qbXMLCountry", country.as_str()),
                ("qbXMLMajorVers", major.as_str()),
                ("qbXMLMinorVers", minor.as_str()),
            ];
            let label = format!("sendRequestXML {sends}");
            let set = self
                .text("sendRequestXML", &label, &parameters, 1041)
                .await?;
            hcp.clear();
            if set.is_empty() || set == "NoOp" {
                if sends == 1 && first_empty_crashes {
                    let text = "Object reference not set to an instance of an object.";
                    return Err(Break::Failed(SessionError::new(1041, text)));
                }
                let label = format!("getLastError {sends}");
                let word = self
                    .text("getLastError", &label, &[("ticket", &ticket)], 1043)
                    .await?;
                match word.as_str() {
                    "NoOp" => {
                        self.log.noops += 1;
                        let pause = Duration::from_millis(self.poll.noop_ms);
                        self.unless_stopped(tokio::time::sleep(pause)).await?;
                    }
                    _ => return Ok(Some(Ending::Told(word))),
                }
                continue;
            }
            receives += 1;
            let (answer, refusal) = self.quickbooks(&set, receives).await;
            self.step(
                format!("run {receives} done"),
                refusal.as_ref().map_or("", |r| &r.hresult),
            )?;
            let refusal = refusal.unwrap_or_else(|| Refusal::new("", ""));
            let parameters = [
                ("ticket", ticket.as_str()),
                ("response", answer.as_str()),
                ("hresult", refusal.hresult.as_str()),
                ("message", refusal.message.as_str()),
            ];
            let label = format!("receiveResponseXML {receives}");
            let percent = self
                .text("receiveResponseXML", &label, &parameters, 1042)
                .await?;
            let percent: i64 = percent.trim().parse().map_err(|_| {
                let text = format!("receiveResponseXMLResult `{percent}` is no whole number");
                Break::Failed(SessionError::new(1042, text))
            })?;
            if percent < 0 {
                let label = format!("getLastError after {receives}");
                let word = self
                    .text("getLastError", &label, &[("ticket", &ticket)], 1043)
                    .await?;
                return Ok(Some(Ending::Told(word)));
            }
            if percent >= 100 {
                return Ok(None);
            }
        }
    }

    /// The answer to the three queries the Web Connector makes by itself.
    fn host_company_preferences(&mut self) -> Result<String, Break> {
        let set = format!(
            "<?xml version=\"1.0\" ?><?qbxml version=\"2.0\"?><QBXML><QBXMLMsgsRq onError=\"continueOnError\">\
             <HostQueryRq requestID=\"0\" /><CompanyQueryRq requestID=\"1\"><OwnerID>{}</OwnerID></CompanyQueryRq>\
             <PreferencesQueryRq requestID=\"2\" /></QBXMLMsgsRq></QBXML>",
            self.poll.owner_id
        );
        let session = self.books.as_mut().expect("connected before");
        let ran = lock(&self.site.books).run(&set, self.site.now(), session);
        ran.map(|ran| ran.answer)
            .map_err(|refusal| Break::Failed(SessionError::new(1014, refusal.message)))
    }

    /// Takes one set to QuickBooks: the answer, or an empty one with an HRESULT.
    async fn quickbooks(&mut self, set: &str, number: u64) -> (String, Option<Refusal>) {
        let begun = Instant::now();
        let mut kept = Set {
            request: set.to_owned(),
            ..Set::default()
        };
        let mut crash_after = None;
        let mut answer_is_lost = None;
        let mut refused_before = None;
        let mut wait_ms = lock(&self.site.books).switches.quickbooks_ms;
        for fault in &self.faults {
            match fault {
                What::CrashIn { set, after } if *set == number => crash_after = Some(*after),
                What::Refuse {
                    set,
                    ran: true,
                    refusal,
                } if *set == number => {
                    answer_is_lost = Some(refusal.clone());
                }
                What::Refuse {
                    set,
                    ran: false,
                    refusal,
                } if *set == number => {
                    refused_before = Some(refusal.clone());
                }
                What::Slow { set, ms } if *set == number || *set == 0 => wait_ms = *ms,
                _ => {}
            }
        }
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        let ran = match (refused_before, self.books.as_mut()) {
            (Some(refusal), _) => Err(refusal),
            (None, None) => Err(Refusal::new(
                "0x8004040D",
                "The ticket parameter is invalid.",
            )),
            (None, Some(session)) => {
                let mut books = lock(&self.site.books);
                books.run_until(set, self.site.now(), session, crash_after)
            }
        };
        self.log.in_quickbooks += begun.elapsed();
        let (answer, refusal) = match ran {
            Ok(ran) => {
                kept.requests = ran.requests;
                kept.is_replay = ran.is_replay;
                match answer_is_lost {
                    None => (ran.answer, None),
                    Some(refusal) => (String::new(), Some(refusal)),
                }
            }
            Err(refusal) => (String::new(), Some(refusal)),
        };
        kept.answer.clone_from(&answer);
        kept.hresult = refusal
            .as_ref()
            .map(|refusal| refusal.hresult.clone())
            .unwrap_or_default();
        self.log.sets.push(kept);
        (answer, refusal)
    }

    async fn close(&mut self) -> Result<String, Break> {
        let ticket = self.log.ticket.clone();
        self.text(
            "closeConnection",
            "closeConnection",
            &[("ticket", &ticket)],
            1044,
        )
        .await
    }

    /// Ends the session with QuickBooks and lets go of the lock in the company file.
    fn release(&mut self) {
        if let Some(session) = self.books.take() {
            let mut books = lock(&self.site.books);
            self.site
                .set_app_lock(&mut books, &session.path, self.poll, false);
        }
    }
}

fn null_reference() -> Break {
    let text = "Object reference not set to an instance of an object.";
    Break::Failed(SessionError::new(1012, text))
}

impl Site {
    /// Notes in the company file, as the application's private data, who works with it.
    fn set_app_lock(&self, books: &mut QuickBooks, path: &str, poll: &Poll, is_locked: bool) {
        let ticks = self.now() * 10_000 + 621_355_968_000_000_000;
        let word = if is_locked { "LOCKED" } else { "UNLOCKED" };
        let text = format!("{word}:{MACHINE}:{ticks}");
        if let Some(company) = books.files.get_mut(path) {
            data_ext::set(&mut company.extensions, private(poll, "AppLock", text));
        }
    }

    /// The user adds the .qwc file with the company open: its FileID goes into the company file.
    pub fn register(&self, poll: &Poll) {
        let mut books = lock(&self.books);
        let value = private(poll, "FileID", poll.file_id.clone());
        data_ext::set(&mut books.company_mut().extensions, value);
    }
}

fn private(poll: &Poll, name: &str, value: String) -> Extension {
    Extension {
        owner: poll.owner_id.clone(),
        name: name.to_owned(),
        kind: "STR255TYPE".to_owned(),
        value,
    }
}
