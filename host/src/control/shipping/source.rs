//! Where a connector comes from: a file, an address, a registry.
//!
//! Invariant: over a network only TLS, or this machine itself where the operator says so.
//! Invariant: nothing larger than a component may be is taken in.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::{StatusCode, Url};

use super::super::error::{Blame, ControlError, Doing};
use super::oci;
use crate::connector::limits::COMPONENT_BYTES_MAX;
use crate::model::Text;
use crate::model::text::words;

/// Behind the component's own name or address.
pub const SIGNATURE_ENDING: &str = ".minisig";
/// Four lines.
pub const SIGNATURE_BYTES_MAX: usize = 8 << 10;
const CONNECT_MAX: Duration = Duration::from_secs(15);
const WHOLE_MAX: Duration = Duration::from_secs(300);
const REDIRECTS_MAX: usize = 5;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    File(PathBuf),
    Address(Url),
    /// A registry's reference, without `oci://`.
    Registry(String),
}

/// Whether a network without TLS is allowed, on this machine only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    Refused,
    OnThisMachine,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    pub bytes: Vec<u8>,
    pub signature: Option<String>,
}

impl Source {
    /// As a person writes it.
    pub fn parse(given: &str) -> Result<Self, ControlError> {
        if let Some(reference) = given.strip_prefix("oci://") {
            return Ok(Self::Registry(reference.to_owned()));
        }
        match given.split_once("://") {
            Some(("http" | "https", _)) => match Url::parse(given) {
                Ok(url) if url.host_str().is_some() => Ok(Self::Address(url)),
                _ => Err(no_source(given)),
            },
            Some(_) => Err(no_source(given)),
            None => Ok(Self::File(PathBuf::from(given))),
        }
    }

    pub async fn fetch(&self, plain: Plain) -> Result<Fetched, ControlError> {
        match self {
            Self::File(file) => {
                let bytes = read_at_most(file, COMPONENT_BYTES_MAX)?;
                let mut beside = file.clone().into_os_string();
                beside.push(SIGNATURE_ENDING);
                let beside = PathBuf::from(beside);
                let signature = match beside.exists() {
                    true => Some(as_signature(&read_at_most(&beside, SIGNATURE_BYTES_MAX)?)),
                    false => None,
                };
                Ok(Fetched { bytes, signature })
            }
            Self::Address(url) => {
                let bytes = download(url, plain, COMPONENT_BYTES_MAX).await?;
                let mut beside = url.clone();
                beside.set_path(&format!("{}{SIGNATURE_ENDING}", url.path()));
                let signature = match download(&beside, plain, SIGNATURE_BYTES_MAX).await {
                    Ok(bytes) => Some(as_signature(&bytes)),
                    Err(error) if error.code == "download-missing" => None,
                    Err(error) => return Err(error),
                };
                Ok(Fetched { bytes, signature })
            }
            Self::Registry(reference) => oci::pull(reference, plain).await,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Address(url) => f.write_str(&shown(url)),
            Self::Registry(reference) => write!(f, "oci://{reference}"),
        }
    }
}

/// Without what is nobody's business later: a password, or a key behind the question mark.
fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    let _ = shown.set_password(None);
    shown.set_query(None);
    shown.to_string()
}

/// What is no text is no signature, and says so when it is read.
pub fn as_signature(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn read_at_most(file: &std::path::Path, most: usize) -> Result<Vec<u8>, ControlError> {
    use std::io::Read;
    let failed = |cause| ControlError::io(Doing::Read, file, cause);
    let opened = std::fs::File::open(file).map_err(failed)?;
    let mut bytes = Vec::new();
    opened
        .take(most as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    match bytes.len() > most {
        true => Err(too_large(&file.display().to_string(), most)),
        false => Ok(bytes),
    }
}

/// A document of an address. That there is none has a code of its own: `download-missing`.
pub async fn download(url: &Url, plain: Plain, most: usize) -> Result<Vec<u8>, ControlError> {
    let is_plain = may_leave(
        url.scheme() == "https",
        url.host_str().unwrap_or_default(),
        plain,
    )?;
    let redirects = match is_plain {
        // It would lead away from this machine.
        true => reqwest::redirect::Policy::none(),
        false => reqwest::redirect::Policy::limited(REDIRECTS_MAX),
    };
    let client = reqwest::Client::builder()
        .https_only(!is_plain)
        .redirect(redirects)
        .connect_timeout(CONNECT_MAX)
        .timeout(WHOLE_MAX)
        .build()
        .map_err(|cause| ControlError::bug(cause.to_string()))?;
    let mut answer = client
        .get(url.clone())
        .send()
        .await
        .map_err(|cause| failed(url, &cause))?;
    if !answer.status().is_success() {
        return Err(answered(url, answer.status()));
    }
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|cause| failed(url, &cause))? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > most {
            return Err(too_large(&shown(url), most));
        }
    }
    Ok(bytes)
}

/// Whether the way is plain. Errors when that is not allowed.
pub fn may_leave(is_tls: bool, host: &str, plain: Plain) -> Result<bool, ControlError> {
    match (is_tls, is_here(host), plain) {
        (true, ..) => Ok(false),
        (false, true, Plain::OnThisMachine) => Ok(true),
        (false, true, Plain::Refused) => Err(allow_plain(not_encrypted(host))),
        (false, false, _) => Err(not_encrypted(host).hint(
            "plain-elsewhere",
            vec![],
            "use https; without it nobody knows who sent the connector",
        )),
    }
}

/// Whether a host's name means this machine itself.
pub fn is_here(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let ip = bare.parse::<std::net::IpAddr>();
    bare == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}

/// With the next step of somebody who asks this machine itself without TLS.
pub fn allow_plain(error: ControlError) -> ControlError {
    error.hint(
        "plain-here",
        vec![],
        "on this machine itself `--plain-http` allows it, and `plain_http = true` in [connectors] of liaison.toml",
    )
}

fn not_encrypted(host: &str) -> ControlError {
    let english = format!("`{host}` is to be asked without TLS");
    ControlError::command("source-plain", vec![("host", host.to_owned())], english)
}

fn no_source(given: &str) -> ControlError {
    let english = format!("`{given}` is no source of a connector");
    ControlError::command("source", vec![("given", given.to_owned())], english).hint(
        "source",
        vec![],
        "name a file, an address that begins with https://, or a registry's reference: oci://HOST/NAME:TAG",
    )
}

fn too_large(source: &str, most: usize) -> ControlError {
    let (source, most) = (source.to_owned(), most.to_string());
    let english = format!("`{source}` has more than {most} bytes, which is more than it can be");
    ControlError::command(
        "source-large",
        vec![("source", source), ("most", most)],
        english,
    )
    .hint(
        "source-large",
        vec![],
        "see that it is the component itself (a .wasm file), built without debug information",
    )
}

fn failed(url: &Url, cause: &reqwest::Error) -> ControlError {
    unreachable_source(&shown(url)).cause(Text::plain(with_sources(cause)))
}

pub fn unreachable_source(source: &str) -> ControlError {
    let message = words!(
        "error-download",
        "`{source}` could not be fetched",
        source = source
    );
    ControlError::new("download", Blame::Surroundings, message)
}

/// The innermost cause is the one that helps.
pub fn with_sources(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        words = format!("{words}: {cause}");
        next = cause.source();
    }
    words
}

fn answered(url: &Url, status: StatusCode) -> ControlError {
    let code = match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => "download-missing",
        _ => "download",
    };
    let message = words!(
        "error-download-status",
        "`{source}` could not be fetched: the answer is {status}",
        source = shown(url),
        status = status
    );
    ControlError::new(code, Blame::Surroundings, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_a_file_an_address_or_a_reference() {
        for (given, expected) in [
            ("erp.wasm", "erp.wasm"),
            (
                "https://me:secret@example.com/erp.wasm",
                "https://me@example.com/erp.wasm",
            ),
            (
                "https://example.com/erp.wasm?key=secret",
                "https://example.com/erp.wasm",
            ),
            (
                "oci://registry.example.com/erp:1.0",
                "oci://registry.example.com/erp:1.0",
            ),
        ] {
            assert_eq!(Source::parse(given).expect(given).to_string(), expected);
        }
        for given in ["ftp://example.com/erp.wasm", "https://", "file:///erp.wasm"] {
            assert_eq!(
                Source::parse(given).expect_err(given).code,
                "source",
                "{given}"
            );
        }
    }

    #[test]
    fn without_tls_only_this_machine_and_only_when_told() {
        use Plain::{OnThisMachine, Refused};
        for (tls, host, plain, expected) in [
            (true, "example.com", Refused, Some(false)),
            (true, "127.0.0.1", OnThisMachine, Some(false)),
            (false, "127.0.0.1", OnThisMachine, Some(true)),
            (false, "[::1]", OnThisMachine, Some(true)),
            (false, "localhost", OnThisMachine, Some(true)),
            (false, "127.0.0.1", Refused, None),
            (false, "example.com", OnThisMachine, None),
            (false, "localhost.example.com", OnThisMachine, None),
            (false, "10.0.0.1", OnThisMachine, None),
        ] {
            assert_eq!(
                may_leave(tls, host, plain).ok(),
                expected,
                "{tls} {host} {plain:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_file_brings_the_signature_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("erp.wasm");
        std::fs::write(&file, b"bytes").expect("written");
        let source = Source::File(file.clone());
        let fetched = source.fetch(Plain::Refused).await.expect("it is there");
        assert_eq!(
            (fetched.bytes.as_slice(), fetched.signature),
            (&b"bytes"[..], None)
        );
        std::fs::write(folder.path().join("erp.wasm.minisig"), "a signature").expect("written");
        let fetched = source.fetch(Plain::Refused).await.expect("it is there");
        assert_eq!(fetched.signature.as_deref(), Some("a signature"));
        std::fs::write(&file, vec![0; COMPONENT_BYTES_MAX + 1]).expect("written");
        assert_eq!(
            source
                .fetch(Plain::Refused)
                .await
                .expect_err("too large")
                .code,
            "source-large"
        );
    }
}
