//! What a person at QuickBooks' or the Web Connector's screen does, and what a test orders.
//!
//! Every action is `{"do": "…", …}`; an unknown word or key is an error. `key` is an object's id, its full
//! name or its number; records carry the names of the vendor's `…Add` (see `seed.rs`).
//!
//! - Web Connector: `poll` (see `poll.rs`) · `polls` · `unpoll` poll · `session` poll (runs one, answers with
//!   its transcript) · `sessions` · `transcript` session (counted from 0; the last when left out) ·
//!   `fault` (see `fault.rs`) · `faults` · `clear_faults`
//! - objects: `add` kind, record · `edit` kind, key, set · `rename` kind, key, name · `delete` kind, key ·
//!   `void` kind, key · `pay` kind, key · `bulk` kind, count, prefix
//! - orders and stock: `invoice` order · `receive` order, bill · `set_stock` item, quantity
//! - custom fields: `define_field` name, objects, type, owner · `forget_field` name, owner
//! - the program: `open` path, name · `close_quickbooks` · `dialog` on · `lock`, `unlock` kind, key ·
//!   `set` switch, value · `inject` request, code, message, times · `run` qbxml (as another application)
//! - looks: `object` kind, key · `rows` kind · `counts`

use serde_json::{Map, Value, json};

use super::Site;
use super::as_json;
use super::company::{Company, Object, Serial};
use super::kind::{self, Kind};
use super::quickbooks::{Injection, QuickBooks};
use super::seed::{self, Shown, said};
use super::status::Status;
use super::web_connector::fault::Fault;
use super::web_connector::poll::Poll;
use super::web_connector::timer;
use super::xml::Element;
use crate::shell::lock;
use crate::simulator::NowMs;

/// The arguments of one action; each is taken once, and one that nobody took is an error.
struct Action(Map<String, Value>);

impl Action {
    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.shift_remove(name)
    }

    fn text_or_none(&mut self, name: &str) -> Result<Option<String>, String> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(format!("`{name}` must be a text")),
        }
    }

    fn text(&mut self, name: &str) -> Result<String, String> {
        self.text_or_none(name)?
            .ok_or_else(|| format!("`{name}` is missing"))
    }

    fn number_or(&mut self, name: &str, otherwise: u64) -> Result<u64, String> {
        match self.take(name) {
            None => Ok(otherwise),
            Some(value) => value
                .as_u64()
                .ok_or_else(|| format!("`{name}` must be a whole number")),
        }
    }

    fn flag_or(&mut self, name: &str, otherwise: bool) -> Result<bool, String> {
        match self.take(name) {
            None => Ok(otherwise),
            Some(value) => value
                .as_bool()
                .ok_or_else(|| format!("`{name}` must be true or false")),
        }
    }

    fn kind(&mut self) -> Result<&'static Kind, String> {
        let name = self.text("kind")?;
        kind::named(&name).ok_or_else(|| format!("no kind `{name}`"))
    }

    fn rest(&mut self) -> Map<String, Value> {
        std::mem::take(&mut self.0)
    }
}

/// Whether an action takes its time: it makes calls, so nobody must wait for it holding a lock.
pub fn takes_time(action: &Value) -> bool {
    action["do"] == "session"
}

pub fn control(site: &std::sync::Arc<Site>, action: &Value, now: NowMs) -> Result<Value, String> {
    let action = action.as_object().ok_or("an action is an object")?;
    let mut action = Action(action.clone());
    let word = action.text("do")?;
    if let Some(answer) = web_connector(site, &word, &mut action)? {
        return Ok(answer);
    }
    let mut books = lock(&site.books);
    let wanted = Wanted::read(&word, &mut action)?;
    if let Some(name) = action.0.keys().next() {
        return Err(format!("action `{word}` has no `{name}`"));
    }
    wanted.carry_out(&mut books, now)
}

fn web_connector(
    site: &std::sync::Arc<Site>,
    word: &str,
    action: &mut Action,
) -> Result<Option<Value>, String> {
    let answer = match word {
        "poll" => {
            let poll = Poll::read(&action.rest(), site.now())?;
            site.register(&poll);
            let shown = poll.show();
            let mut connector = lock(&site.connector);
            connector.polls.push(poll);
            let number = connector.polls.len() - 1;
            drop(connector);
            site.keep_time()?;
            json!({"poll": number, "settings": shown})
        }
        "polls" => lock(&site.connector).polls.iter().map(Poll::show).collect(),
        "unpoll" => {
            let number =
                usize::try_from(action.number_or("poll", 0)?).map_err(|e| e.to_string())?;
            let mut connector = lock(&site.connector);
            if number >= connector.polls.len() {
                return Err(format!("no poll {number}"));
            }
            connector.polls.remove(number);
            json!({"done": true})
        }
        "session" => {
            let number =
                usize::try_from(action.number_or("poll", 0)?).map_err(|e| e.to_string())?;
            timer::run_now(site, number)?.show()
        }
        "sessions" => {
            let connector = lock(&site.connector);
            let sessions: Vec<_> = connector
                .sessions
                .iter()
                .map(|session| session.summary())
                .collect();
            json!({"count": connector.session_count, "sessions": sessions})
        }
        "transcript" => {
            let connector = lock(&site.connector);
            let last = connector.sessions.len().saturating_sub(1) as u64;
            let number =
                usize::try_from(action.number_or("session", last)?).map_err(|e| e.to_string())?;
            connector
                .sessions
                .get(number)
                .ok_or("no such session")?
                .show()
        }
        "fault" => {
            let fault = Fault::read(&action.rest())?;
            lock(&site.connector).faults.push(fault);
            json!({"done": true})
        }
        "faults" => lock(&site.connector)
            .faults
            .iter()
            .map(Fault::show)
            .collect(),
        "clear_faults" => {
            lock(&site.connector).faults.clear();
            json!({"done": true})
        }
        _ => return Ok(None),
    };
    match action.0.keys().next() {
        Some(name) => Err(format!("action `{word}` has no `{name}`")),
        None => Ok(Some(answer)),
    }
}

/// An action with its arguments read, so that a wrong one leaves no trace.
enum Wanted {
    Add(&'static Kind, Value),
    Edit(&'static Kind, String, Map<String, Value>),
    Delete(&'static Kind, String),
    Void(&'static Kind, String),
    Bulk(&'static Kind, u64, String),
    Follow {
        maker: &'static str,
        orders: &'static str,
        order: String,
    },
    SetStock {
        item: String,
        quantity: String,
    },
    DefineField(Value),
    ForgetField {
        owner: String,
        name: String,
    },
    Open {
        path: String,
        name: Option<String>,
    },
    CloseQuickBooks,
    Dialog(bool),
    Lock(&'static Kind, String, bool),
    Set(String, Value),
    Inject(Injection),
    Run(String),
    Object(&'static Kind, String),
    Rows(&'static Kind),
    Counts,
}

impl Wanted {
    fn read(word: &str, action: &mut Action) -> Result<Self, String> {
        let edit = |action: &mut Action, set: Value| -> Result<Self, String> {
            let set = set.as_object().cloned().ok_or("`set` must be an object")?;
            Ok(Self::Edit(action.kind()?, action.text("key")?, set))
        };
        Ok(match word {
            "add" => Self::Add(
                action.kind()?,
                action.take("record").ok_or("`record` is missing")?,
            ),
            "edit" => {
                let set = action.take("set").ok_or("`set` is missing")?;
                edit(action, set)?
            }
            "rename" => {
                let name = action.text("name")?;
                edit(action, json!({"Name": name}))?
            }
            "pay" => edit(action, json!({"IsPaid": "true"}))?,
            "delete" => Self::Delete(action.kind()?, action.text("key")?),
            "void" => Self::Void(action.kind()?, action.text("key")?),
            "bulk" => {
                let prefix = action.text_or_none("prefix")?;
                Self::Bulk(
                    action.kind()?,
                    action.number_or("count", 0)?,
                    prefix.unwrap_or("B".to_owned()),
                )
            }
            "invoice" => Self::Follow {
                maker: "Invoice",
                orders: "SalesOrder",
                order: action.text("order")?,
            },
            "receive" => Self::Follow {
                maker: if action.flag_or("bill", false)? {
                    "Bill"
                } else {
                    "ItemReceipt"
                },
                orders: "PurchaseOrder",
                order: action.text("order")?,
            },
            "set_stock" => Self::SetStock {
                item: action.text("item")?,
                quantity: action.text("quantity")?,
            },
            "define_field" => Self::DefineField(Value::Object(action.rest())),
            "forget_field" => Self::ForgetField {
                owner: action.text_or_none("owner")?.unwrap_or("0".to_owned()),
                name: action.text("name")?,
            },
            "open" => Self::Open {
                path: action.text("path")?,
                name: action.text_or_none("name")?,
            },
            "close_quickbooks" => Self::CloseQuickBooks,
            "dialog" => Self::Dialog(action.flag_or("on", true)?),
            "lock" | "unlock" => Self::Lock(action.kind()?, action.text("key")?, word == "lock"),
            "set" => Self::Set(
                action.text("switch")?,
                action.take("value").ok_or("`value` is missing")?,
            ),
            "inject" => {
                let code =
                    u16::try_from(action.number_or("code", 0)?).map_err(|e| e.to_string())?;
                let message = action.text_or_none("message")?;
                Self::Inject(Injection {
                    request: action.text_or_none("request")?.unwrap_or_default(),
                    status: Status::new(
                        code,
                        message.unwrap_or("An error was ordered.".to_owned()),
                    ),
                    times: u32::try_from(action.number_or("times", 1)?)
                        .map_err(|e| e.to_string())?,
                })
            }
            "run" => Self::Run(action.text("qbxml")?),
            "object" => Self::Object(action.kind()?, action.text("key")?),
            "rows" => Self::Rows(action.kind()?),
            "counts" => Self::Counts,
            _ => return Err(format!("no action `{word}`")),
        })
    }

    fn carry_out(self, books: &mut QuickBooks, now: NowMs) -> Result<Value, String> {
        let now_s = now.div_euclid(1000);
        let path = books.company().path.clone();
        match self {
            Self::Add(kind, record) => {
                let serial = seed::add(books, kind, &record, now)?;
                return shown(books, serial);
            }
            Self::Edit(kind, key, set) => {
                let object = found(books.company(), kind, &key)?;
                let (serial, id) = (object.serial, object.id.clone());
                let mut children = as_json::to_children(&set)?;
                children.insert(
                    0,
                    Element::leaf(if kind.is_list { "ListID" } else { "TxnID" }, id),
                );
                let request = Element::with(format!("{}Mod", kind.name), children);
                let mut editor = books.editor(&path, now_s).ok_or("no company")?;
                editor.modify(kind, &request, false).map_err(said)?;
                seed::keep_by_hand(books.company_mut(), serial, &request)?;
                return shown(books, serial);
            }
            Self::Delete(kind, key) => {
                let id = found(books.company(), kind, &key)?.id.clone();
                let mut editor = books.editor(&path, now_s).ok_or("no company")?;
                editor.delete(kind.name, &id).map_err(said)?;
                return Ok(json!({"deleted": id}));
            }
            Self::Void(kind, key) => {
                let serial = found(books.company(), kind, &key)?.serial;
                books.editor(&path, now_s).ok_or("no company")?.void(serial);
                return shown(books, serial);
            }
            Self::Bulk(kind, count, prefix) => {
                for n in 1..=count {
                    seed::add(
                        books,
                        kind,
                        &json!({"Name": format!("{prefix}{n:06}")}),
                        now,
                    )?;
                }
                return Ok(json!({"added": count}));
            }
            Self::Follow {
                maker,
                orders,
                order,
            } => {
                let maker = kind::named(maker).ok_or("no such kind")?;
                let orders = kind::named(orders).ok_or("no such kind")?;
                let order = found(books.company(), orders, &order)?;
                let party = if maker.name == "Invoice" {
                    "CustomerRef"
                } else {
                    "VendorRef"
                };
                let record = json!({
                    party: {"ListID": order.reference(party)},
                    "LinkToTxnID": order.id,
                });
                let serial = seed::add(books, maker, &record, now)?;
                return shown(books, serial);
            }
            Self::SetStock { item, quantity } => {
                let company = books.company();
                let stocked = kind::KINDS.iter().filter(|kind| kind.has_stock());
                let item = stocked
                    .filter_map(|kind| company.find(kind.name, &item))
                    .next();
                let item = item.ok_or("no such item with stock")?;
                let account = item
                    .reference("COGSAccountRef")
                    .ok_or("the item has no account")?;
                let record = json!({
                    "AccountRef": {"ListID": account},
                    "InventoryAdjustmentLineAdd": [{
                        "ItemRef": {"ListID": item.id},
                        "QuantityAdjustment": {"NewQuantity": quantity},
                    }],
                });
                let kind = kind::named("InventoryAdjustment").ok_or("no such kind")?;
                let serial = seed::add(books, kind, &record, now)?;
                return shown(books, serial);
            }
            Self::DefineField(field) => return seed::define(books.company_mut(), &field),
            Self::ForgetField { owner, name } => {
                books.company_mut().forget_definition(&owner, &name)
            }
            Self::Open { path, name } => {
                let make = || Company::new(&path, name.as_deref().unwrap_or("Another Company"));
                books.files.entry(path.clone()).or_insert_with(make);
                books.open = Some(path);
            }
            Self::CloseQuickBooks => books.open = None,
            Self::Dialog(on) => books.has_dialog = on,
            Self::Lock(kind, key, locks) => {
                let serial = found(books.company(), kind, &key)?.serial;
                let locked = &mut books.company_mut().locked;
                locked.retain(|known| *known != serial);
                if locks {
                    locked.push(serial);
                }
            }
            Self::Set(switch, value) => {
                books.switches.set(&switch, &value)?;
                return Ok(books.switches.show());
            }
            Self::Inject(injection) => books.injections.push(injection),
            Self::Run(text) => {
                let mut session = match books.begin("another application", "", false) {
                    Ok(session) => session,
                    Err(refusal) => {
                        return Ok(json!({"hresult": refusal.hresult, "message": refusal.message}));
                    }
                };
                return Ok(match books.run(&text, now, &mut session) {
                    Ok(ran) => json!({"answer": ran.answer}),
                    Err(refusal) => json!({"hresult": refusal.hresult, "message": refusal.message}),
                });
            }
            Self::Object(kind, key) => {
                let serial = found(books.company(), kind, &key)?.serial;
                return shown(books, serial);
            }
            Self::Rows(kind) => {
                let company = books.company();
                let shown = Shown::new(company, &books.switches);
                return Ok(company
                    .of(kind.name)
                    .map(|object| shown.one(object))
                    .collect());
            }
            Self::Counts => return Ok(json!(books.company().counts())),
        }
        Ok(json!({"done": true}))
    }
}

fn found<'a>(company: &'a Company, kind: &'static Kind, key: &str) -> Result<&'a Object, String> {
    company
        .find(kind.name, key)
        .ok_or_else(|| format!("no {} `{key}`", kind.name))
}

fn shown(books: &QuickBooks, serial: Serial) -> Result<Value, String> {
    let company = books.company();
    let object = company.object(serial).ok_or("it is gone")?;
    Ok(Shown::new(company, &books.switches).one(object))
}
