//! The .qwc file: which endpoint to poll, as whom, how often.
//!
//! Strict, in the Web Connector's own error numbers.

use super::SessionError;
use crate::quickbooks_desktop::notation::Leaf;
use crate::quickbooks_desktop::value;
use crate::quickbooks_desktop::xml;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qwc {
    pub app_name: String,
    pub url: String,
    pub username: String,
    pub owner_id: String,
    pub file_id: String,
    /// From the scheduler; none without one.
    pub every_seconds: Option<u64>,
    pub read_only: bool,
    pub style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Document,
    DocWrapped,
    Rpc,
}

impl Style {
    pub fn named(word: &str) -> Result<Self, String> {
        match word {
            "Document" => Ok(Self::Document),
            "DocWrapped" => Ok(Self::DocWrapped),
            "RPC" => Ok(Self::Rpc),
            _ => Err(format!("style `{word}` is not Document, DocWrapped or RPC")),
        }
    }
}

const REQUIRED: [&str; 9] = [
    "AppName",
    "AppID",
    "AppURL",
    "AppDescription",
    "AppSupport",
    "UserName",
    "OwnerID",
    "FileID",
    "QBType",
];
const OPTIONAL: [&str; 11] = [
    "Scheduler",
    "IsReadOnly",
    "UnattendedModePref",
    "PersonalDataPref",
    "AuthFlags",
    "Notify",
    "AppDisplayName",
    "AppUniqueName",
    "Style",
    "CertURL",
    "AppUniqueName",
];

pub fn read(text: &str) -> Result<Qwc, SessionError> {
    let wrong = |cause: String| SessionError::new(1039, cause);
    let document = xml::parse(text).map_err(wrong)?;
    let is_first = |(name, _): &(String, Vec<_>)| name == "xml";
    if !document.instructions.first().is_some_and(is_first) {
        return Err(wrong("no <?xml?> line".to_owned()));
    }
    let root = document.root;
    if root.name != "QBWCXML" {
        return Err(wrong(format!("root is {}, not QBWCXML", root.name)));
    }
    for child in &root.children {
        let name = child.name.as_str();
        if !REQUIRED.contains(&name) && !OPTIONAL.contains(&name) {
            return Err(wrong(format!("unknown element {name}")));
        }
        if root.all(name).count() > 1 {
            return Err(wrong(format!("{name} twice")));
        }
    }
    let text = |name: &str| match root.get(name).map(str::trim) {
        None => Err(wrong(format!("{name} is missing"))),
        Some("") if name != "AppID" => Err(wrong(format!("{name} is empty"))),
        Some(text) => Ok(text.to_owned()),
    };
    for name in REQUIRED {
        text(name)?;
    }
    let guid = |name: &str| {
        let guid = text(name)?;
        let ok = guid != "0" && value::has_form(&Leaf::Guid, &guid);
        if ok {
            Ok(guid)
        } else {
            Err(wrong(format!("{name} is no {{GUID}}")))
        }
    };
    let (url, support) = (text("AppURL")?, text("AppSupport")?);
    check_urls(&url, &support)?;
    if !["QBFS", "QBPOS"].contains(&text("QBType")?.as_str()) {
        return Err(wrong("QBType is QBFS or QBPOS".to_owned()));
    }
    for (name, known) in [
        ("IsReadOnly", &["true", "false"][..]),
        ("UnattendedModePref", &["umpRequired", "umpOptional"]),
        (
            "PersonalDataPref",
            &["pdpNotNeeded", "pdpOptional", "pdpRequired"],
        ),
        ("Notify", &["true", "false"]),
    ] {
        if let Some(word) = root.get(name).filter(|word| !known.contains(word)) {
            return Err(wrong(format!("{name} cannot be {word}")));
        }
    }
    let every_seconds = match root.child("Scheduler") {
        None => None,
        // The first one found wins.
        Some(scheduler) => match scheduler.children.first() {
            Some(first) => Some(every(&first.name, &first.text).map_err(wrong)?),
            None => return Err(wrong("Scheduler is empty".to_owned())),
        },
    };
    Ok(Qwc {
        app_name: text("AppName")?,
        url,
        username: text("UserName")?,
        owner_id: guid("OwnerID")?,
        file_id: guid("FileID")?,
        every_seconds,
        read_only: root.is_true("IsReadOnly"),
        style: Style::named(root.get("Style").unwrap_or("Document")).map_err(wrong)?,
    })
}

fn every(name: &str, text: &str) -> Result<u64, String> {
    let number: u64 = text
        .trim()
        .parse()
        .map_err(|_| format!("{name} is no number"))?;
    match name {
        "RunEveryNMinutes" => Ok(number * 60),
        "RunEveryNSeconds" => Ok(number),
        _ => Err(format!("Scheduler has no {name}")),
    }
}

/// https, or http to this machine alone; no IP address but loopback; help on the same host.
fn check_urls(url: &str, support: &str) -> Result<(), SessionError> {
    let parts = |url: &str| {
        let (scheme, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let host = authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host);
        (!host.is_empty()).then(|| (scheme.to_lowercase(), host.to_lowercase()))
    };
    let (Some((scheme, host)), Some((_, support_host))) = (parts(url), parts(support)) else {
        return Err(SessionError::new(
            1000,
            "AppURL or AppSupport is no address",
        ));
    };
    let is_loopback = host == "localhost" || host == "127.0.0.1" || host == "[::1]";
    let is_address = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
    match scheme.as_str() {
        "https" if is_address && !is_loopback => {
            Err(SessionError::new(1001, "AppURL holds an IP address"))
        }
        "http" if !is_loopback => Err(SessionError::new(1010, "AppURL is http to another machine")),
        "http" | "https" if host != support_host => Err(SessionError::new(
            1000,
            "AppURL and AppSupport are not of one domain",
        )),
        "http" | "https" => Ok(()),
        _ => Err(SessionError::new(1010, "AppURL is neither https nor http")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Style, read};

    const GOOD: &str = r#"<?xml version="1.0"?><QBWCXML><AppName>Liaison</AppName><AppID></AppID>
<AppURL>http://localhost:8080/qbwc/acme</AppURL><AppDescription>Sync</AppDescription>
<AppSupport>http://localhost:8080/help</AppSupport><UserName>acme</UserName>
<OwnerID>{57F3B9B6-86F1-4FCC-B1EE-566DE1813D20}</OwnerID><FileID>{90A44FB5-33D9-4815-AC85-BC87A7E7D1EB}</FileID>
<QBType>QBFS</QBType><Scheduler><RunEveryNSeconds>90</RunEveryNSeconds></Scheduler></QBWCXML>"#;

    #[test]
    fn reads_a_good_file() {
        let qwc = read(GOOD).unwrap();
        assert_eq!(
            (qwc.username.as_str(), qwc.every_seconds, qwc.style),
            ("acme", Some(90), Style::Document)
        );
        read(&GOOD.replace("http://localhost:8080", "https://sync.example")).unwrap();
        read(&GOOD.replace("localhost", "127.0.0.1")).unwrap();
    }

    #[test]
    fn refuses_what_the_web_connector_refuses() {
        for (from, to, code) in [
            ("<QBType>QBFS</QBType>", "", 1039),
            ("<UserName>acme</UserName>", "<UserName/>", 1039),
            ("QBFS", "QBX", 1039),
            ("{57F3B9B6", "{57F3", 1039),
            ("<?xml version=\"1.0\"?>", "", 1039),
            ("<AppID></AppID>", "<AppID/><AppId/>", 1039),
            ("RunEveryNSeconds", "RunEveryNHours", 1039),
            (
                "http://localhost:8080/qbwc",
                "http://sync.example/qbwc",
                1010,
            ),
            ("http://localhost:8080/qbwc", "https://10.0.0.7/qbwc", 1001),
            (
                "http://localhost:8080/help",
                "http://help.example/help",
                1000,
            ),
            ("http://localhost:8080/qbwc", "ftp://localhost/qbwc", 1010),
        ] {
            let text = GOOD.replace(from, to);
            assert_ne!(text, GOOD);
            assert_eq!(read(&text).unwrap_err().code, Some(code), "{from} -> {to}");
        }
    }
}
