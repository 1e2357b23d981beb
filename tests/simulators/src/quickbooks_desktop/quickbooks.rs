//! QuickBooks on one computer: its company files, what is open, and who may do what to which request.
//!
//! Invariant: no socket, no clock: `run` gets a text and a moment and gives a text.

use std::collections::BTreeMap;

use super::answer::{Wanted, Writer};
use super::company::{Company, Serial};
use super::data_ext::{self, Deed};
use super::edit::{Edited, Editor};
use super::host;
use super::kind::{self, Kind};
use super::message_set::{self, Ran};
use super::query::{self, Outcome, Query};
use super::reader::Message;
use super::session::Session;
use super::status::{Refusal, Status};
use super::switches::Switches;
use super::xml::Element;
use crate::simulator::NowMs;

pub const DEFAULT_PATH: &str = "C:\\Users\\Public\\Documents\\Intuit\\QuickBooks\\liaison.qbw";

pub struct QuickBooks {
    pub switches: Switches,
    pub files: BTreeMap<String, Company>,
    /// The file a person has open; none when QuickBooks is closed.
    pub open: Option<String>,
    /// A window waits for a person, and nothing else goes on.
    pub has_dialog: bool,
    /// Statuses to answer with instead of running a request.
    pub injections: Vec<Injection>,
    sessions: u64,
}

#[derive(Debug, Clone)]
pub struct Injection {
    /// `SalesOrderAdd`, without `Rq`; empty for any.
    pub request: String,
    pub status: Status,
    pub times: u32,
}

impl Default for QuickBooks {
    fn default() -> Self {
        let company = Company::new(DEFAULT_PATH, "Liaison Test Company");
        Self {
            switches: Switches::default(),
            files: BTreeMap::from([(DEFAULT_PATH.to_owned(), company)]),
            open: Some(DEFAULT_PATH.to_owned()),
            has_dialog: false,
            injections: Vec::new(),
            sessions: 0,
        }
    }
}

impl QuickBooks {
    /// The company a person would see; the first file when QuickBooks is closed.
    pub fn company(&self) -> &Company {
        let open = self.open.as_ref().and_then(|path| self.files.get(path));
        let first = || self.files.values().next().expect("there is always a file");
        open.unwrap_or_else(first)
    }

    pub fn company_mut(&mut self) -> &mut Company {
        let path = self.company().path.clone();
        self.files.get_mut(&path).expect("just seen")
    }

    /// An application connects: to the named file, or to whichever is open.
    pub fn begin(
        &mut self,
        application: &str,
        path: &str,
        read_only: bool,
    ) -> Result<Session, Refusal> {
        if self.has_dialog {
            return Err(Refusal::new(
                "0x80040414",
                "A modal dialog box is showing in the QuickBooks user interface.",
            ));
        }
        let path = match (&self.open, path) {
            (Some(open), "") => open.clone(),
            (Some(open), path) if open.eq_ignore_ascii_case(path) => open.clone(),
            (Some(_), _) => {
                let text = "A QuickBooks company data file is already open and it is different from the one requested.";
                return Err(Refusal::new("0x8004040A", text));
            }
            (None, "") => {
                let text = "If QuickBooks is not running, a call to the \"BeginSession\" method must include the name of the data file.";
                return Err(Refusal::new("0x80040416", text));
            }
            (None, path) => {
                if !self.switches.unattended {
                    return Err(Refusal::new("0x80040408", "Could not start QuickBooks."));
                }
                let mut paths = self.files.keys();
                let found = paths
                    .find(|known| known.eq_ignore_ascii_case(path))
                    .cloned();
                found.ok_or_else(|| {
                    Refusal::new("0x80040417", "The company file could not be opened.")
                })?
            }
        };
        self.sessions += 1;
        let read_only = read_only || self.switches.read_only;
        Ok(Session::new(application, &path, self.sessions, read_only))
    }

    /// Runs one message set in a session.
    pub fn run(&mut self, text: &str, now: NowMs, session: &mut Session) -> Result<Ran, Refusal> {
        self.run_until(text, now, session, None)
    }

    /// As [`QuickBooks::run`], but QuickBooks dies after so many requests.
    pub fn run_until(
        &mut self,
        text: &str,
        now: NowMs,
        session: &mut Session,
        crash_after: Option<usize>,
    ) -> Result<Ran, Refusal> {
        if self.has_dialog {
            return Err(Refusal::new(
                "0x80040414",
                "A modal dialog box is showing in the QuickBooks user interface.",
            ));
        }
        if !self.files.contains_key(&session.path) {
            return Err(Refusal::new(
                "0x8004040D",
                "The ticket parameter is invalid.",
            ));
        }
        message_set::run(self, text, now, session, crash_after)
    }

    /// Answers one well-formed request.
    pub fn answer(
        &mut self,
        message: &Message,
        now: NowMs,
        session: &mut Session,
    ) -> Result<Outcome, Status> {
        let word = message.row.name.trim_end_matches("Rq");
        if let Some(status) = self.injected(word) {
            return Err(status);
        }
        self.permit(word, session)?;
        let now_s = now.div_euclid(1000);
        let company = self
            .files
            .get_mut(&session.path)
            .ok_or_else(Status::no_permission)?;
        let clock = &self.switches.clock;
        let request = &message.element;
        let content = request.children.first();
        match word {
            "HostQuery" => return Ok(Outcome::found(vec![host::host(&self.switches, request)])),
            "CompanyQuery" => return Ok(Outcome::found(vec![host::company(company, request)])),
            "PreferencesQuery" => {
                let preferences = host::preferences(company, &self.switches, request);
                return Ok(Outcome::found(vec![preferences]));
            }
            "DataExtDefQuery" => {
                return Ok(Outcome::found(data_ext::definitions(company, request)));
            }
            "TxnDeletedQuery" | "ListDeletedQuery" => {
                return Ok(query::deleted(company, clock, request));
            }
            _ => {}
        }
        if !query::kinds(&message.row.name).is_empty() {
            let today = clock.today(now_s);
            let query = Query {
                company,
                clock,
                today,
            };
            return query.run(message, session);
        }
        let content = content.ok_or_else(|| Status::missing(word));
        match word {
            "DataExtAdd" | "DataExtMod" | "DataExtDel" => {
                let deed = match word {
                    "DataExtAdd" => Deed::Add,
                    "DataExtMod" => Deed::Mod,
                    _ => Deed::Del,
                };
                let content = content?;
                let mut made = data_ext::change(company, content, deed, now_s)?;
                if deed == Deed::Del {
                    let time = Element::leaf("TimeDeleted", clock.text(now_s));
                    let mut children = content.children.clone();
                    children
                        .iter_mut()
                        .for_each(|child| child.attributes.clear());
                    children.push(time);
                    made = Element::with("DataExtDelRet", children);
                }
                return Ok(Outcome::found(vec![made]));
            }
            "DataExtDefAdd" => {
                return Ok(Outcome::found(vec![data_ext::define(company, content?)?]));
            }
            "TxnDel" | "ListDel" | "TxnVoid" => return self.remove(word, request, now_s, session),
            _ => {}
        }
        let (verb, name) = match (word.strip_suffix("Add"), word.strip_suffix("Mod")) {
            (Some(name), _) => ("Add", name),
            (_, Some(name)) => ("Mod", name),
            _ => return Err(Status::not_here()),
        };
        let kind = kind::named(name).ok_or_else(Status::not_here)?;
        let content = content?;
        if verb == "Mod" {
            self.unlocked(content, kind, session)?;
        }
        let mut editor = self
            .editor(&session.path, now_s)
            .ok_or_else(Status::no_permission)?;
        let edited = match verb {
            "Add" => editor.add(kind, content)?,
            _ => editor.modify(kind, content, true)?,
        };
        Ok(self.written(&session.path, &edited, request))
    }

    pub fn editor(&mut self, path: &str, now_s: i64) -> Option<Editor<'_>> {
        Some(Editor {
            company: self.files.get_mut(path)?,
            now_s,
            today: self.switches.clock.today(now_s),
            closed_link: self.switches.closed_link,
        })
    }

    fn written(&self, path: &str, edited: &Edited, request: &Element) -> Outcome {
        let company = &self.files[path];
        let mut wanted = Wanted::after_write();
        wanted.elements = request
            .all("IncludeRetElement")
            .map(|name| name.text.clone())
            .collect();
        let writer = Writer::new(company, &self.switches.clock);
        let object = company.object(edited.serial);
        Outcome {
            status: edited.warning.clone(),
            attributes: Vec::new(),
            children: object
                .map(|object| writer.write(object, &wanted))
                .into_iter()
                .collect(),
        }
    }

    fn remove(
        &mut self,
        word: &str,
        request: &Element,
        now_s: i64,
        session: &Session,
    ) -> Result<Outcome, Status> {
        let type_name = format!("{}Type", word);
        let kind_name = request.get(&type_name).unwrap_or_default().to_owned();
        let id_name = if word == "ListDel" { "ListID" } else { "TxnID" };
        let id = request.get(id_name).unwrap_or_default().to_owned();
        if let Some(kind) = kind::named(&kind_name) {
            self.unlocked(request, kind, session)?;
        }
        let clock = self.switches.clock.clone();
        let mut editor = self
            .editor(&session.path, now_s)
            .ok_or_else(Status::no_permission)?;
        let mut answer = vec![
            Element::leaf(&type_name, &kind_name),
            Element::leaf(id_name, &id),
        ];
        if word == "TxnVoid" {
            super::references::check_id(&id, id_name)?;
            let found = editor
                .company
                .by_id(&id)
                .filter(|object| object.kind.name == kind_name);
            let serial = found.ok_or_else(|| Status::not_found(&id))?.serial;
            editor.void(serial);
            let object = editor
                .company
                .object(serial)
                .ok_or_else(|| Status::not_found(&id))?;
            answer.push(Element::leaf("TimeCreated", clock.text(object.created)));
            answer.push(Element::leaf("TimeModified", clock.text(object.modified)));
            answer.extend(
                object
                    .get("RefNumber")
                    .map(|number| Element::leaf("RefNumber", number)),
            );
        } else {
            let deleted = editor.delete(&kind_name, &id)?;
            answer.push(Element::leaf("TimeDeleted", clock.text(deleted.deleted)));
            let label = if word == "ListDel" {
                "FullName"
            } else {
                "RefNumber"
            };
            answer.extend(deleted.name.map(|name| Element::leaf(label, name)));
        }
        Ok(Outcome::found(answer))
    }

    fn injected(&mut self, word: &str) -> Option<Status> {
        let fits =
            |injection: &Injection| injection.request.is_empty() || injection.request == word;
        let at = self.injections.iter().position(fits)?;
        let injection = &mut self.injections[at];
        let status = injection.status.clone();
        injection.times = injection.times.saturating_sub(1);
        if injection.times == 0 {
            self.injections.remove(at);
        }
        Some(status)
    }

    /// Edition, permissions, access rights.
    fn permit(&self, word: &str, session: &Session) -> Result<(), Status> {
        let switches = &self.switches;
        let is_off = word.starts_with("SalesOrder") && !switches.has_sales_orders()
            || word.starts_with("Payroll") && !switches.payroll
            || word == "ItemSitesQuery";
        if is_off {
            return Err(Status::not_here());
        }
        if session.read_only && !word.ends_with("Query") {
            return Err(Status::read_only());
        }
        if switches.forbidden.iter().any(|forbidden| forbidden == word) {
            return Err(Status::no_permission());
        }
        Ok(())
    }

    /// In multi-user mode another user may have the object open.
    fn unlocked(&self, content: &Element, kind: &Kind, session: &Session) -> Result<(), Status> {
        let company = &self.files[&session.path];
        let id = content
            .get("ListID")
            .or(content.get("TxnID"))
            .unwrap_or_default();
        let serial: Option<Serial> = company.by_id(id).map(|object| object.serial);
        match serial {
            Some(serial) if company.locked.contains(&serial) => Err(match kind.is_list {
                true => Status::list_locked(id),
                false => Status::txn_locked(id),
            }),
            _ => Ok(()),
        }
    }
}
