//! TLS of our own, from two PEM files.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config::installation::Serve;
use crate::control::home::Home;
use crate::control::{Blame, ControlError};
use crate::model::Text;
use crate::model::text::words;

/// None where no files are named.
pub fn acceptor(home: &Home, serve: &Serve) -> Result<Option<TlsAcceptor>, ControlError> {
    let (Some(certificate), Some(key)) = (&serve.certificate, &serve.key) else {
        return Ok(None);
    };
    // Where a path is absolute, it is that.
    let (certificate, key) = (home.root().join(certificate), home.root().join(key));
    let chain = CertificateDer::pem_file_iter(&certificate)
        .and_then(|found| found.collect::<Result<Vec<_>, _>>())
        .map_err(|cause| bad(&certificate, &cause.to_string()))?;
    if chain.is_empty() {
        return Err(bad(&certificate, "no certificate in it"));
    }
    let private =
        PrivateKeyDer::from_pem_file(&key).map_err(|cause| bad(&key, &cause.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|cause| bad(&certificate, &cause.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|cause| bad(&certificate, &cause.to_string()))?;
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
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
