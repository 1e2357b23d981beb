//! TLS of our own, from two PEM files.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config::installation::Serve;
use crate::control::home::Home;
use crate::control::{Blame, ControlError};
use crate::model::Text;
use crate::model::text::words;
use crate::serve::Told;

/// Certificate and key, read again when their files change: certificates are renewed every few weeks, and a
/// service runs for months.
pub struct Certificates {
    certificate: PathBuf,
    key: PathBuf,
    told: Arc<dyn Told>,
    last: Mutex<Last>,
}

/// What was read last that was good, and the state of the files that was looked at last.
struct Last {
    config: Arc<ServerConfig>,
    seen: Stamps,
}

type Stamps = [Option<(SystemTime, u64)>; 2];

impl Certificates {
    /// None where no files are named.
    pub fn of(
        home: &Home,
        serve: &Serve,
        told: Arc<dyn Told>,
    ) -> Result<Option<Self>, ControlError> {
        let (Some(certificate), Some(key)) = (&serve.certificate, &serve.key) else {
            return Ok(None);
        };
        // Where a path is absolute, it is that.
        let (certificate, key) = (home.root().join(certificate), home.root().join(key));
        let seen = stamps(&certificate, &key);
        let config = read(&certificate, &key)?;
        Ok(Some(Self {
            certificate,
            key,
            told,
            last: Mutex::new(Last { config, seen }),
        }))
    }

    /// For the next caller. Files that are no good, or half replaced, are told once, and what was good before
    /// goes on.
    pub fn acceptor(&self) -> TlsAcceptor {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = stamps(&self.certificate, &self.key);
        if seen != last.seen {
            last.seen = seen;
            match read(&self.certificate, &self.key) {
                Ok(config) => {
                    last.config = config;
                    self.told.say(&words!(
                        "service-certificate",
                        "the certificate was read again: {path}",
                        path = self.certificate.display()
                    ));
                }
                Err(error) => self.told.say(&error.in_short()),
            }
        }
        TlsAcceptor::from(Arc::clone(&last.config))
    }
}

fn stamps(certificate: &Path, key: &Path) -> Stamps {
    [certificate, key].map(|file| {
        let known = std::fs::metadata(file).ok()?;
        Some((known.modified().ok()?, known.len()))
    })
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, ControlError> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(|found| found.collect::<Result<Vec<_>, _>>())
        .map_err(|cause| bad(certificate, &cause.to_string()))?;
    if chain.is_empty() {
        return Err(bad(certificate, "no certificate in it"));
    }
    let private =
        PrivateKeyDer::from_pem_file(key).map_err(|cause| bad(key, &cause.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|cause| bad(certificate, &cause.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|cause| bad(certificate, &cause.to_string()))?;
    Ok(Arc::new(config))
}

fn bad(file: &Path, why: &str) -> ControlError {
    let message = words!(
        "error-certificate",
        "`{path}` cannot be used for TLS",
        path = file.display()
    );
    ControlError::new("certificate", Blame::Command, message)
        .cause(Text::plain(why))
        .hint(
            "certificate",
            vec![],
            "liaison.toml names a certificate chain and its private key, both PEM, under [serve]",
        )
}
