//! Outbound messages: SOAP that Salesforce sends when a record comes to meet a condition.
//!
//! `{"name","object","fields":[…],"when":"Sync_Requested__c = TRUE","url":…}`. A notice is queued when the
//! write is done for good; what it carries is read when it is sent. At most a hundred notices to a message,
//! one acknowledgement for all; without it the gaps grow to two hours, and after a day the notice is dropped.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::declared::Given;
use super::id::{self, Id};
use super::org::Org;
use super::show;
use super::soql;
use super::time::{DAY_S, Stamp};
use super::writes::{Draft, Hand};
use crate::post;
use crate::simulator::Errand;

const PER_MESSAGE: usize = 100;
const GAP_MAX_S: i64 = 7_200;
const GAP_FIRST_S: i64 = 60;
/// The version in the addresses that a message names.
const VERSION: &str = "59.0";

#[derive(Debug, Default)]
pub struct Outbound {
    messages: Vec<Message>,
    /// Noticed by the request in hand, with where the journal stood.
    fresh: Vec<(usize, Notice)>,
    queue: Arc<Mutex<Vec<Notice>>>,
    count: u64,
}

#[derive(Debug, Clone)]
struct Message {
    name: String,
    object: String,
    action: Id,
    fields: Vec<String>,
    when: Option<String>,
    url: Option<String>,
}

#[derive(Debug, Clone)]
struct Notice {
    id: Id,
    message: String,
    record: Id,
    queued: Stamp,
    attempts: u32,
    due: Stamp,
}

impl Outbound {
    pub fn declare(org: &mut Org, given: &Value) -> Result<(), String> {
        let mut given = Given::new("an outbound message", given)?;
        let object = given.text("object")?;
        let declared = org.schema.object(&object);
        let declared = declared
            .ok_or_else(|| format!("no object `{object}`"))?
            .clone();
        let mut fields = vec!["Id".to_owned()];
        for field in given.texts("fields")? {
            let found = declared
                .field(&field)
                .ok_or_else(|| format!("no field `{field}`"))?;
            fields.push(found.name.clone());
        }
        let when = given.text_or_none("when")?;
        if let Some(when) = &when {
            soql::condition(org, &declared.name, when).map_err(|fault| fault.message)?;
        }
        let name = given.text("name")?;
        let url = given.text_or_none("url")?;
        given.finish()?;
        org.outbound.messages.retain(|message| message.name != name);
        let action = id::minted("04k", org.outbound.messages.len() as u64);
        let object = declared.name.clone();
        org.outbound.messages.push(Message {
            name,
            object,
            action,
            fields,
            when,
            url,
        });
        Ok(())
    }

    /// The write that noticed them was undone.
    pub fn forget_since(&mut self, mark: usize) {
        self.fresh.retain(|(at, _)| *at < mark);
    }

    /// The request is over: what it noticed will be sent.
    pub fn settle(&mut self) {
        let fresh = std::mem::take(&mut self.fresh);
        queue(&self.queue).extend(fresh.into_iter().map(|(_, notice)| notice));
    }

    pub fn waiting(&self) -> usize {
        queue(&self.queue).len()
    }
}

fn queue(queue: &Mutex<Vec<Notice>>) -> MutexGuard<'_, Vec<Notice>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes what a saved record means for the messages there are.
pub fn noticed(org: &mut Org, hand: Hand, draft: &Draft, now: Stamp) {
    if hand == Hand::Seed || org.outbound.messages.is_empty() {
        return;
    }
    let holds = |message: &Message, row| match &message.when {
        None => true,
        Some(when) => {
            let condition = soql::condition(org, &message.object, when);
            condition.is_ok_and(|condition| condition.holds(org, row, now))
        }
    };
    let due = org.outbound.messages.iter().filter(|message| {
        let had = draft
            .old
            .as_ref()
            .is_some_and(|old| message.when.is_some() && holds(message, old));
        message.object == draft.object && !had && holds(message, &draft.row)
    });
    let names: Vec<String> = due.map(|message| message.name.clone()).collect();
    let mark = org.mark().saturating_sub(1);
    for message in names {
        org.outbound.count += 1;
        let notice = Notice {
            id: id::minted("04l", org.outbound.count),
            message,
            record: draft.row.id.clone(),
            queued: now,
            attempts: 0,
            due: now,
        };
        org.outbound.fresh.push((mark, notice));
    }
}

/// Messages that are due, each with the ids of its notices.
fn due(org: &Org, origin: &str, now: Stamp) -> Vec<(Message, Vec<Id>, String)> {
    queue(&org.outbound.queue).retain(|notice| now - notice.queued < DAY_S);
    let waiting = queue(&org.outbound.queue).clone();
    let mut all = Vec::new();
    for message in &org.outbound.messages {
        let mine: Vec<Notice> = waiting
            .iter()
            .filter(|notice| notice.message == message.name && notice.due <= now)
            .cloned()
            .collect();
        for part in mine.chunks(PER_MESSAGE) {
            let ids = part.iter().map(|notice| notice.id.clone()).collect();
            all.push((message.clone(), ids, envelope(org, message, part, origin)));
        }
    }
    all
}

/// All that is due, as text, taken as acknowledged.
pub fn take(org: &Org, origin: &str, now: Stamp) -> Value {
    let due = due(org, origin, now);
    let taken: Vec<&Id> = due.iter().flat_map(|(_, ids, _)| ids).collect();
    queue(&org.outbound.queue).retain(|notice| !taken.contains(&&notice.id));
    let shown = due.iter().map(|(message, ids, text)| {
        json!({ "message": message.name, "notifications": ids, "envelope": text })
    });
    shown.collect()
}

/// Sends what is due, one POST a message; `url` stands for those that have none of their own.
pub fn deliver(org: &Org, url: Option<&str>, ca_pem: Option<String>, now: Stamp) -> Errand {
    let due = due(org, "https://instance.example", now);
    let shared = Arc::clone(&org.outbound.queue);
    let twice = org.switches.outbound_twice;
    let url = url.map(str::to_owned);
    Box::new(move || {
        let mut sent = Vec::new();
        for (message, ids, text) in due {
            let Some(url) = message.url.as_ref().or(url.as_ref()) else {
                return Err(format!(
                    "message `{}` has no url, and none is given",
                    message.name
                ));
            };
            let mut outcome = post::soap(url, ca_pem.as_deref(), &text);
            if twice {
                outcome = post::soap(url, ca_pem.as_deref(), &text);
            }
            let acked = outcome.as_ref().is_ok_and(|answer| is_ack(answer));
            let mut queue = queue(&shared);
            if acked {
                queue.retain(|notice| !ids.contains(&notice.id));
            }
            for notice in queue.iter_mut().filter(|notice| ids.contains(&notice.id)) {
                notice.due = now + (GAP_FIRST_S << notice.attempts.min(7)).min(GAP_MAX_S);
                notice.attempts += 1;
            }
            drop(queue);
            let error = outcome.err();
            sent.push(json!({ "message": message.name, "notifications": ids.len(), "acked": acked, "error": error }));
        }
        Ok(sent.into())
    })
}

/// Whether an answer acknowledges, whatever prefix its namespace has.
pub fn is_ack(answer: &str) -> bool {
    let Some((before, after)) = answer.split_once("Ack>") else {
        return false;
    };
    let opens = before.ends_with('<')
        || before
            .rsplit('<')
            .next()
            .is_some_and(|name| name.ends_with(':'));
    opens && after.trim_start().starts_with("true")
}

fn envelope(org: &Org, message: &Message, notices: &[Notice], origin: &str) -> String {
    let mut text = String::from(concat!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
        "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" ",
        "xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n",
        " <soapenv:Body>\n  <notifications xmlns=\"http://soap.sforce.com/2005/09/outbound\">\n",
    ));
    let (org_id, short) = (&org.id, id::short(&org.id));
    let _ = write!(
        text,
        "   <OrganizationId>{org_id}</OrganizationId>\n   <ActionId>{}</ActionId>\n   <SessionId xsi:nil=\"true\"/>\n   \
         <EnterpriseUrl>{origin}/services/Soap/c/{VERSION}/{short}</EnterpriseUrl>\n   \
         <PartnerUrl>{origin}/services/Soap/u/{VERSION}/{short}</PartnerUrl>\n",
        message.action
    );
    for notice in notices {
        let object = &message.object;
        let _ = write!(
            text,
            "   <Notification>\n    <Id>{}</Id>\n    <sObject xsi:type=\"sf:{object}\" \
             xmlns:sf=\"urn:sobject.enterprise.soap.sforce.com\">\n",
            notice.id
        );
        let row = org.live(object, &notice.record);
        let declared = org.schema.object(object);
        for field in message
            .fields
            .iter()
            .filter_map(|name| declared?.field(name))
        {
            let value = row.map_or(Value::Null, |row| show::value(org, row, field));
            let value = match value {
                Value::Null => continue,
                Value::String(text) if field.kind == super::kind::Kind::Datetime => {
                    text.replace("+0000", "Z")
                }
                Value::String(text) => text,
                other => other.to_string(),
            };
            let _ = writeln!(
                text,
                "     <sf:{0}>{1}</sf:{0}>",
                field.name,
                escaped(&value)
            );
        }
        text.push_str("    </sObject>\n   </Notification>\n");
    }
    text.push_str("  </notifications>\n </soapenv:Body>\n</soapenv:Envelope>\n");
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::is_ack;

    #[test]
    fn only_true_is_an_acknowledgement() {
        for (answer, ack) in [
            (
                "<notificationsResponse><Ack>true</Ack></notificationsResponse>",
                true,
            ),
            ("<n:Ack> true </n:Ack>", true),
            ("<Ack>false</Ack>", false),
            ("<NoAck>true</NoAck>", false),
            ("", false),
        ] {
            assert_eq!(is_ack(answer), ack, "{answer}");
        }
    }
}
