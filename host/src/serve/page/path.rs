//! Addresses: names in the query, percent-encoded, and which way back is safe.

use std::fmt;

/// A flow of a tenant, written `TENANT/FLOW`. A tenant's id has no `/`; a flow's name may.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlowKey {
    pub tenant: String,
    pub flow: String,
}

impl FlowKey {
    pub fn new(tenant: &str, flow: &str) -> Self {
        Self {
            tenant: tenant.to_owned(),
            flow: flow.to_owned(),
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let (tenant, flow) = text.split_once('/')?;
        (!tenant.is_empty() && !flow.is_empty()).then(|| Self::new(tenant, flow))
    }
}

impl fmt::Display for FlowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.tenant, self.flow)
    }
}

/// What a filter chose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Scope {
    #[default]
    All,
    Tenant(String),
    Flow(FlowKey),
}

impl Scope {
    /// Nothing, `TENANT/` or `TENANT/FLOW`. Anything else is all, as if nothing was chosen.
    pub fn parse(text: &str) -> Self {
        match (FlowKey::parse(text), text.strip_suffix('/')) {
            (Some(key), _) => Self::Flow(key),
            (None, Some(tenant)) if !tenant.is_empty() => Self::Tenant(tenant.to_owned()),
            (None, _) => Self::All,
        }
    }

    pub fn holds(&self, key: &FlowKey) -> bool {
        match self {
            Self::All => true,
            Self::Tenant(tenant) => *tenant == key.tenant,
            Self::Flow(flow) => flow == key,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => Ok(()),
            Self::Tenant(tenant) => write!(f, "{tenant}/"),
            Self::Flow(key) => write!(f, "{key}"),
        }
    }
}

/// A path with its query; empty values are left out.
pub(super) fn url(path: &str, query: &[(&str, &str)]) -> String {
    let mut url = path.to_owned();
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(name);
        url.push('=');
        for byte in value.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' => {
                    url.push(char::from(byte));
                }
                _ => url.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    url
}

/// A way back that leads to this page and nowhere else: `/` for anything that a browser might take for
/// another host.
pub fn safe_path(back: &str) -> &str {
    let ours = back.starts_with('/') && !back.starts_with("//");
    // Browsers read `\` as `/` and pass over tabs and line ends.
    let plain = back
        .bytes()
        .all(|byte| (0x21..0x7f).contains(&byte) && byte != b'\\');
    if ours && plain { back } else { "/" }
}
