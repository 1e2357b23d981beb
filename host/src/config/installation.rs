//! `liaison.toml`: what holds for the whole installation.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::problem::{Problem, words};
use super::reader::{Reader, Section};
use super::source::SourceText;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    English,
    French,
}

impl Language {
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Installation {
    /// Of what people read here, and of what is written into systems (tickets).
    pub language: Language,
    pub serve: Serve,
    pub connectors: Connectors,
}

/// `[connectors]`: where newer ones are looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Connectors {
    /// An index of what there is: a file, or an address.
    pub source: Option<String>,
    /// Without TLS, on this machine.
    pub plain_http: bool,
}

fn connectors(section: &Section<'_>) -> Connectors {
    let source = section.text("source").map(|at| at.value);
    let plain_http = section.flag("plain_http").unwrap_or(false);
    section.done();
    Connectors { source, plain_http }
}

/// `[serve]`: how systems that call us reach the service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Serve {
    /// Where it listens for them. Without it nothing can call.
    pub inbound: Option<SocketAddr>,
    /// PEM files, within the installation unless the path says otherwise. Both or none: without them it is
    /// plain HTTP, for a proxy that speaks TLS.
    pub certificate: Option<String>,
    pub key: Option<String>,
    /// The URL under which they reach us, without a slash at its end.
    pub address: Option<String>,
    /// Proxies before us: of what comes from one, the caller is who its `X-Forwarded-For` names.
    pub proxies: Vec<IpAddr>,
}

fn serve(section: &Section<'_>) -> Serve {
    let text = |key| section.text(key);
    let inbound = text("inbound").and_then(|at| match at.value.parse::<SocketAddr>() {
        Ok(address) => Some(address),
        Err(_) => {
            let message = words!(
                "problem-inbound-address",
                "`{value}` is no address and port, such as 127.0.0.1:4181",
                value = at.value
            );
            section
                .reader
                .problem(&at.span, "bad-address", message, None);
            None
        }
    });
    let (certificate, key) = (text("certificate"), text("key"));
    if let (Some(only), None) | (None, Some(only)) = (&certificate, &key) {
        let message = words!(
            "problem-half-certificate",
            "`certificate` and `key` belong together: give both, or none"
        );
        section
            .reader
            .problem(&only.span, "half-certificate", message, None);
    }
    let address = text("address").and_then(|at| {
        let is_url = at.value.starts_with("https://") || at.value.starts_with("http://");
        if is_url && !at.value.contains(char::is_whitespace) {
            return Some(at.value.trim_end_matches('/').to_owned());
        }
        let message = words!(
            "problem-serve-url",
            "`{value}` is no URL, such as https://sync.example.com",
            value = at.value
        );
        section.reader.problem(&at.span, "bad-url", message, None);
        None
    });
    let proxies = section.texts("proxies").into_iter().flatten();
    let proxies = proxies.filter_map(|at| match at.value.parse::<IpAddr>() {
        Ok(proxy) => Some(proxy.to_canonical()),
        Err(_) => {
            let message = words!(
                "problem-proxy-address",
                "`{value}` is no address, such as 127.0.0.1",
                value = at.value
            );
            let reader = section.reader;
            reader.problem(&at.span, "bad-address", message, None);
            None
        }
    });
    let proxies = proxies.collect();
    section.done();
    Serve {
        inbound,
        certificate: certificate.map(|at| at.value),
        key: key.map(|at| at.value),
        address,
        proxies,
    }
}

impl Installation {
    pub fn read(text: &Arc<SourceText>) -> Result<Self, Vec<Problem>> {
        let reader = Reader::new(text);
        let root = reader.root();
        let languages = [("en", Language::English), ("fr", Language::French)];
        let language = root
            .word("language", &languages)
            .map_or_else(Language::default, |at| at.value);
        let serve = root.table("serve").map(|section| serve(&section));
        let connectors = root.table("connectors").map(|section| connectors(&section));
        root.done();
        let problems = reader.into_problems();
        if problems.is_empty() {
            Ok(Self {
                language,
                serve: serve.unwrap_or_default(),
                connectors: connectors.unwrap_or_default(),
            })
        } else {
            Err(problems)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_english() {
        let read = Installation::read(&SourceText::new("liaison.toml", "")).expect("valid");
        assert_eq!(read.language.code(), "en");
    }

    #[test]
    fn how_systems_reach_us_is_read_and_checked() {
        let good = "[serve]\ninbound = \"127.0.0.1:4181\"\naddress = \"https://sync.example/\"\n";
        let read = Installation::read(&SourceText::new("liaison.toml", good)).expect("valid");
        assert_eq!(read.serve.address.as_deref(), Some("https://sync.example"));
        assert_eq!(read.serve.inbound.map(|address| address.port()), Some(4181));
        let good = "[serve]\nproxies = [\"127.0.0.1\", \"::ffff:10.0.0.2\"]\n";
        let read = Installation::read(&SourceText::new("liaison.toml", good)).expect("valid");
        let proxies: Vec<String> = read.serve.proxies.iter().map(IpAddr::to_string).collect();
        assert_eq!(proxies, ["127.0.0.1", "10.0.0.2"]);
        let bad = "[serve]\nproxies = [\"proxy\"]\n";
        let problems = Installation::read(&SourceText::new("liaison.toml", bad));
        assert_eq!(problems.expect_err("no address")[0].code, "bad-address");
        let bad = "[serve]\ninbound = \"here\"\nkey = \"k.pem\"\naddress = \"sync\"\nport = 1\n";
        let problems = Installation::read(&SourceText::new("liaison.toml", bad));
        let problems = problems.expect_err("four problems");
        let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
        for code in ["bad-address", "half-certificate", "bad-url", "unknown-key"] {
            assert!(codes.contains(&code), "{code}: {codes:?}");
        }
    }

    #[test]
    fn every_problem_is_told() {
        let text = SourceText::new("liaison.toml", "langage = \"en\"\nlanguage = \"de\"\n");
        let problems = Installation::read(&text).expect_err("two problems");
        let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, ["unknown-value", "unknown-key"]);
    }
}
