//! Host patterns of manifests and grants, and the one parsed form of a request's address.
//!
//! ```text
//! api.example.com        that host, at the default port of its scheme
//! *.example.com          any host below it
//! erp.example.com:8443   that port
//! {url}                  the host and port of the URL in the connection's setting `url`
//! ```
//!
//! Invariant: a URL is parsed once; what is checked is what is connected to.

use std::fmt;

use reqwest::Url;
use serde_json::Value;

use crate::model::Text;
use crate::model::text::words;

/// Scheme, host and port of a request, as the URL parser understood them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub https: bool,
    /// Lower case, punycode; an IPv6 address in brackets.
    pub host: String,
    pub port: u16,
}

impl Origin {
    /// Takes the URL's origin, or says in words why such a URL is never sent.
    pub fn of(url: &Url, insecure: bool) -> Result<Self, Text> {
        let https = match url.scheme() {
            "https" => true,
            "http" if insecure => false,
            "http" => {
                return Err(words!(
                    "denied-http",
                    "plain http needs `insecure = true` in the connection"
                ));
            }
            other => {
                return Err(words!(
                    "denied-scheme",
                    "the scheme `{scheme}` is not supported",
                    scheme = other
                ));
            }
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(no_user());
        }
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or_else(|| words!("denied-no-host", "the URL has no host"))?;
        // `127.0.0.1..` is a name to one reader and an address to another, so it is nobody's.
        let rooted = host.strip_suffix('.').unwrap_or(host);
        if rooted.split('.').any(str::is_empty) {
            return Err(words!(
                "denied-empty-part",
                "the host `{host}` has an empty part",
                host = host
            ));
        }
        let port = url.port_or_known_default();
        let port = port.ok_or_else(|| words!("denied-no-port", "the URL has no port"))?;
        Ok(Self {
            https,
            host: host.to_owned(),
            port,
        })
    }

    /// The address, when the host is one and no name.
    pub fn ip(&self) -> Option<std::net::IpAddr> {
        self.host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse()
            .ok()
    }

    fn default_port(&self) -> u16 {
        if self.https { 443 } else { 80 }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)?;
        if self.port == self.default_port() {
            Ok(())
        } else {
            write!(f, ":{}", self.port)
        }
    }
}

/// Why a URL with credentials of its own is never sent.
pub fn no_user() -> Text {
    words!("denied-user", "a URL must not hold a user or a password")
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    Exact(String),
    /// Everything below this suffix, not the suffix itself.
    Below(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern {
    name: Name,
    /// None: the default port of the scheme.
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error(
        "`{raw}` is not a host pattern: write `host`, `*.suffix`, `host:port` or `{{setting}}`"
    )]
    Malformed { raw: String },
    #[error("`{raw}` would match hosts of too many owners; name at least two labels after `*.`")]
    TooWide { raw: String },
    #[error("the setting `{setting}` holds no URL with a host")]
    NoUrl { setting: String },
}

impl PatternError {
    pub fn text(&self) -> Text {
        match self {
            Self::Malformed { raw } => words!(
                "pattern-malformed",
                "`{raw}` is not a host pattern: write `host`, `*.suffix`, `host:port` or `{{setting}}`",
                raw = raw
            ),
            Self::TooWide { raw } => words!(
                "pattern-too-wide",
                "`{raw}` would match hosts of too many owners; name at least two labels after `*.`",
                raw = raw
            ),
            Self::NoUrl { setting } => words!(
                "pattern-no-url",
                "the setting `{setting}` holds no URL with a host",
                setting = setting
            ),
        }
    }
}

impl HostPattern {
    pub fn parse(raw: &str) -> Result<Self, PatternError> {
        let malformed = || PatternError::Malformed {
            raw: raw.chars().take(120).collect(),
        };
        let (wild, rest) = match raw.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, raw),
        };
        if rest.is_empty() || rest.contains(['/', '@', '?', '#', '{', '}', '*', '%', '\\', ' ']) {
            return Err(malformed());
        }
        // The URL parser is the only judge of what a host is, here as for requests.
        let url = Url::parse(&format!("https://{rest}/")).map_err(|_| malformed())?;
        let host = url.host_str().ok_or_else(malformed)?.to_owned();
        if wild && (!host.contains('.') || Origin::of(&url, false).is_ok_and(|o| o.ip().is_some()))
        {
            return Err(PatternError::TooWide {
                raw: raw.to_owned(),
            });
        }
        let has_port = rest
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok())
            && !rest.ends_with(']');
        let port = has_port.then(|| url.port_or_known_default()).flatten();
        let name = if wild {
            Name::Below(format!(".{host}"))
        } else {
            Name::Exact(host)
        };
        Ok(Self { name, port })
    }

    /// The setting that a `{setting}` pattern names.
    pub fn setting(raw: &str) -> Option<&str> {
        raw.strip_prefix('{')?
            .strip_suffix('}')
            .filter(|name| !name.is_empty())
    }

    /// The pattern with `{setting}` looked up. None when that setting is not set.
    pub fn resolve(raw: &str, settings: &Value) -> Result<Option<Self>, PatternError> {
        let Some(setting) = Self::setting(raw) else {
            return Self::parse(raw).map(Some);
        };
        let no_url = || PatternError::NoUrl {
            setting: setting.to_owned(),
        };
        let text = match settings.get(setting) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) => text.as_str(),
            Some(_) => return Err(no_url()),
        };
        let full = if text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let url = Url::parse(&full).map_err(|_| no_url())?;
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or_else(no_url)?;
        Ok(Some(Self {
            name: Name::Exact(host.to_owned()),
            port: url.port_or_known_default(),
        }))
    }

    pub fn matches(&self, origin: &Origin) -> bool {
        let name = match &self.name {
            Name::Exact(host) => *host == origin.host,
            Name::Below(suffix) => {
                origin.host.len() > suffix.len() && origin.host.ends_with(suffix.as_str())
            }
        };
        name && origin.port == self.port.unwrap_or_else(|| origin.default_port())
    }

    /// Whether everything the other pattern matches is matched by this one too.
    pub fn covers(&self, other: &Self) -> bool {
        let name = match (&self.name, &other.name) {
            (Name::Exact(mine), Name::Exact(theirs)) => mine == theirs,
            (Name::Below(mine), Name::Exact(theirs)) => {
                theirs.len() > mine.len() && theirs.ends_with(mine.as_str())
            }
            (Name::Below(mine), Name::Below(theirs)) => theirs.ends_with(mine.as_str()),
            (Name::Exact(_), Name::Below(_)) => false,
        };
        let is_default = |port: Option<u16>| matches!(port, None | Some(443 | 80));
        let port = self.port == other.port || (self.port.is_none() && is_default(other.port));
        name && port
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Name::Exact(host) => f.write_str(host)?,
            Name::Below(suffix) => write!(f, "*{suffix}")?,
        }
        match self.port {
            None | Some(443) => Ok(()),
            Some(port) => write!(f, ":{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> Origin {
        Origin::of(&Url::parse(url).unwrap(), true).unwrap()
    }

    #[track_caller]
    fn check(pattern: &str, url: &str, expected: bool) {
        let matches = HostPattern::parse(pattern).unwrap().matches(&origin(url));
        assert_eq!(matches, expected, "{pattern} on {url}");
    }

    #[test]
    fn patterns_match_what_they_say() {
        check("api.example.com", "https://api.example.com/x", true);
        check("api.example.com", "https://API.Example.COM/x", true);
        check("api.example.com", "http://api.example.com/x", true);
        check("api.example.com", "https://api.example.com:8443/x", false);
        check("api.example.com", "https://example.com/x", false);
        check(
            "api.example.com",
            "https://api.example.com.evil.net/x",
            false,
        );
        check("api.example.com", "https://evilapi.example.com/x", false);
        check("api.example.com", "https://api.example.com./x", false);
        check("*.example.com", "https://a.example.com/", true);
        check("*.example.com", "https://a.b.example.com/", true);
        check("*.example.com", "https://example.com/", false);
        check("*.example.com", "https://notexample.com/", false);
        check("*.example.com", "https://a.example.com:444/", false);
        check("*.example.com:444", "https://a.example.com:444/", true);
        check("127.0.0.1:4010", "http://127.0.0.1:4010/", true);
        check("127.0.0.1:4010", "http://127.1:4010/", true);
        check("127.0.0.1:4010", "http://127.0.0.1:4011/", false);
        check("[::1]:4010", "http://[::1]:4010/", true);
        check("api.example.com:443", "https://api.example.com/", true);
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for raw in [
            "",
            "*",
            "*.",
            "*.com",
            "a*.example.com",
            "https://x.com",
            "x.com/path",
            "u@x.com",
            "{url",
            "a b",
            "*.127.0.0.1",
        ] {
            assert!(HostPattern::parse(raw).is_err(), "{raw:?}");
        }
    }

    #[test]
    fn a_setting_gives_host_and_port() {
        let settings = serde_json::json!({"url": "https://erp.local:8443/base", "bare": "erp.local", "bad": 7});
        let resolve =
            |raw: &str| HostPattern::resolve(raw, &settings).map(|p| p.map(|p| p.to_string()));
        assert_eq!(resolve("{url}"), Ok(Some("erp.local:8443".to_owned())));
        assert_eq!(resolve("{bare}"), Ok(Some("erp.local".to_owned())));
        assert_eq!(resolve("{absent}"), Ok(None));
        assert!(resolve("{bad}").is_err());
    }

    #[test]
    fn a_grant_covers_what_it_is_at_least_as_wide_as() {
        let covers = |grant: &str, asked: &str| {
            HostPattern::parse(grant)
                .unwrap()
                .covers(&HostPattern::parse(asked).unwrap())
        };
        assert!(covers("a.example.com", "a.example.com"));
        assert!(covers("a.example.com", "a.example.com:443"));
        assert!(covers("*.example.com", "a.example.com"));
        assert!(covers("*.example.com", "*.a.example.com"));
        assert!(!covers("a.example.com", "*.example.com"));
        assert!(!covers("*.a.example.com", "*.example.com"));
        assert!(!covers("a.example.com", "a.example.com:8443"));
    }

    #[test]
    fn odd_urls_are_never_sent() {
        let refused = |url: &str| {
            let url = Url::parse(url).unwrap();
            Origin::of(&url, false).unwrap_err().fallback
        };
        assert!(refused("http://x.com/").contains("insecure"));
        assert!(refused("https://u:p@x.com/").contains("user"));
        assert!(refused("https://u@x.com/").contains("user"));
        assert!(refused("ftp://x.com/").contains("scheme"));
        assert!(refused("file:///etc/passwd").contains("scheme"));
        assert!(refused("https://127.0.0.1../").contains("empty part"));
        assert!(refused("https://api..example.com/").contains("empty part"));
        assert!(refused("https://.example.com/").contains("empty part"));
    }
}
