//! What Salesforce calls: an outbound message, which a Flow or a workflow rule sends when somebody presses "Sync to
//! Intacct".
//!
//! A message is a hint: it may be late, come twice, out of order or never, and what it holds of the record is not
//! used. The flows that run by themselves begin at once, and read what they need. It has no signature, so the address
//! holds a secret, and the org must be the one that the connection logs in to.
//!
//! Invariant: what is not ours gets no acknowledgement, and learns nothing. What is ours and could not be passed on gets
//! none either: Salesforce sends it again for a day.

use crate::session;
use crate::settings::Settings;
use liaison_sdk::prelude::*;
use liaison_sdk::xml;

/// The secret at the end of the address.
pub const SECRET: &str = "message_secret";
/// Where messages go; the secret follows.
pub const MESSAGE: &str = "/message/";

const ACK: &str = concat!(
    r#"<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>"#,
    "\n",
    r#"<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>"#,
    "\n",
    "</soapenv:Body></soapenv:Envelope>\n",
);
/// How this visit is called; one is over before the next begins.
const VISIT: &str = "message";

/// Answers a request.
pub fn handle(host: &dyn Host, request: &InboundRequest) -> InboundResponse {
    match (request.method.as_str(), request.path.strip_prefix(MESSAGE)) {
        ("POST", Some(presented)) => message(host, presented, &request.body),
        _ => page(404, "There is nothing here."),
    }
}

fn message(host: &dyn Host, presented: &str, body: &[u8]) -> InboundResponse {
    match host.matches(SECRET, presented.trim_end_matches('/')) {
        Ok(true) => {}
        Ok(false) => return page(403, "The address is not right."),
        Err(words) => {
            host.warn(&words);
            return page(503, "Not set up.");
        }
    }
    let text = String::from_utf8_lossy(body);
    let Some(org) = organization_in(&text) else {
        return page(400, "This is no outbound message.");
    };
    let ours = Settings::of(host).and_then(|settings| session::organization(host, &settings));
    match ours {
        Ok(Some(ours)) if ours == org => {}
        Ok(Some(_)) => {
            host.warn("a message of another org came in: its outbound message names this connection's address");
            return page(403, "This is another org than the connection's.");
        }
        Ok(None) => {
            host.warn(
                "the login does not tell which org it is, so no message can be taken for its own",
            );
            return page(503, "The org is not known.");
        }
        Err(fault) => {
            host.warn(&fault.message.fallback);
            return page(503, "The org is not known.");
        }
    }
    // Opening a visit is how the flows begin that run by themselves.
    if let Err(words) = host.relay().open(VISIT) {
        host.warn(&words);
        return page(503, "Not now.");
    }
    host.relay().close(VISIT);
    answer(200, "text/xml; charset=utf-8", ACK)
}

/// The org that a message says it is of.
fn organization_in(text: &str) -> Option<String> {
    let envelope = xml::parse(text).ok()?;
    let message = envelope.child("Body")?.child("notifications")?;
    message.child("Notification")?;
    crate::id::full(message.text_of("OrganizationId"))
}

fn page(status: u16, words: &str) -> InboundResponse {
    answer(status, "text/plain; charset=utf-8", words)
}

fn answer(status: u16, kind: &str, words: &str) -> InboundResponse {
    InboundResponse {
        status,
        headers: vec![("content-type".to_owned(), kind.to_owned())],
        body: words.as_bytes().to_vec(),
    }
}
