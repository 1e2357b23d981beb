//! What every request has: a root that names it, a schema version, and in its body who asks.

use super::access::Access;
use super::refusal::Refusal;
use super::switches::Switches;
use super::wire::{self, Element};

/// The one request of the real service; the others are assumed.
pub const DOCUMENTS: &str = "export_documents";

/// 4.0 is the older sample's: no `userAgent` and no `documentType`.
const VERSIONS: [&str; 2] = ["7.0", "4.0"];

pub struct Envelope {
    /// `export_documents` …
    pub verb: String,
    /// As it was asked, and as it is answered.
    pub version: &'static str,
    /// The e-mail of who asks.
    pub user: String,
    pub root: Element,
}

/// A refusal and how much of the request was understood for its answer.
pub struct Refused {
    pub verb: String,
    pub version: &'static str,
    pub refusal: Refusal,
}

/// The verb of a body, without reading it all: for counting.
pub fn verb(body: &[u8]) -> Option<&str> {
    let head = std::str::from_utf8(&body[..body.len().min(400)])
        .unwrap_or_else(|e| std::str::from_utf8(&body[..e.valid_up_to()]).unwrap_or_default());
    let mut tags = head.split('<').skip(1);
    let tag = tags.find(|tag| !tag.starts_with(['?', '!']))?;
    let mut parts = tag.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    parts.next()?.strip_suffix("_request")
}

pub fn read(
    body: &[u8],
    verbs: &[&str],
    access: &Access,
    switches: &Switches,
) -> Result<Envelope, Refused> {
    let refused = |verb: &str, version, refusal| Refused {
        verb: verb.to_owned(),
        version,
        refusal,
    };
    let [newest, older] = VERSIONS;
    let text = std::str::from_utf8(body).map_err(|e| e.to_string());
    let document = text.and_then(wire::parse).map_err(|cause| {
        refused(
            DOCUMENTS,
            newest,
            Refusal::xml(format!("Invalid XML: {cause}")),
        )
    })?;
    let root = document.root;
    let verb = root.name.strip_suffix("_request");
    let Some(verb) = verb.filter(|verb| verbs.contains(verb)) else {
        let refusal = Refusal::xml(format!("Unknown request {}", root.name));
        return Err(refused(DOCUMENTS, newest, refusal));
    };
    let version = match root.attribute("schemaVersion") {
        Some(version) if version == newest => newest,
        Some(version) if version == older && verb == DOCUMENTS => older,
        _ => {
            let refusal = Refusal::xml("Unsupported schemaVersion");
            return Err(refused(verb, newest, refusal));
        }
    };
    let user = who(&root, version == older, access, switches)
        .map_err(|refusal| refused(verb, version, refusal))?;
    Ok(Envelope {
        verb: verb.to_owned(),
        version,
        user,
        root,
    })
}

fn who(
    root: &Element,
    is_old: bool,
    access: &Access,
    switches: &Switches,
) -> Result<String, Refusal> {
    let authentication = root
        .child("authentication")
        .ok_or_else(|| Refusal::xml("Missing element authentication"))?;
    let known: &[&str] = if is_old {
        &["shortcut", "email", "password"]
    } else {
        &["shortcut", "email", "password", "userAgent"]
    };
    only(authentication, known)?;
    if !is_old {
        let agent = authentication.child("userAgent");
        if !agent.is_some_and(|agent| access.is_registered(&agent.text)) {
            return Err(Refusal::user_agent());
        }
    }
    let text = |name: &str| authentication.get(name).unwrap_or_default();
    let user = access.enter(text("shortcut"), text("email"), text("password"))?;
    if !switches.enabled {
        return Err(Refusal::permission(
            "The integration is not enabled for this company",
        ));
    }
    if switches.busy {
        return Err(Refusal::busy());
    }
    Ok(user)
}

/// Children are known and stand once each.
pub fn only(element: &Element, known: &[&str]) -> Result<(), Refusal> {
    for (at, child) in element.children.iter().enumerate() {
        if !known.contains(&child.name.as_str()) {
            return Err(Refusal::xml(format!(
                "Unexpected element {} in {}",
                child.name, element.name
            )));
        }
        let mut before = element.children.iter().take(at);
        if before.any(|other| other.name == child.name) {
            return Err(Refusal::xml(format!(
                "Element {} stands twice in {}",
                child.name, element.name
            )));
        }
    }
    Ok(())
}

/// `true` or `false`; `otherwise` where it is absent.
pub fn flag(element: &Element, name: &str, otherwise: bool) -> Result<bool, Refusal> {
    match element.get(name).map(str::trim) {
        None => Ok(otherwise),
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(other) => Err(Refusal::invalid(format!(
            "{name} must be true or false, not {other}"
        ))),
    }
}
