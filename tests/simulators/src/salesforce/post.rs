//! One SOAP POST to this machine: a connection of its own, TLS when the address says https.
//!
//! Invariant: only addresses of this machine are called, as every simulator stays on loopback. It runs in an
//! errand, apart from the simulator.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};

/// Salesforce waits no longer for an acknowledgement.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// The body of an answer with status 200.
pub fn soap(url: &str, ca_pem: Option<&str>, envelope: &str) -> Result<String, String> {
    let (scheme, rest) = url.split_once("://").ok_or("the address has no scheme")?;
    let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let (host, port) = authority
        .rsplit_once(':')
        .ok_or("the address has no port")?;
    if !["localhost", "127.0.0.1", "[::1]"].contains(&host) {
        return Err(format!("{host} is not this machine"));
    }
    let host = host.trim_matches(['[', ']']);
    let port: u16 = port.parse().map_err(|_| format!("port `{port}`"))?;
    let mut socket =
        TcpStream::connect((host, port)).map_err(|e| format!("cannot connect: {e}"))?;
    socket
        .set_read_timeout(Some(ANSWER_WITHIN))
        .map_err(|e| e.to_string())?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {authority}\r\nContent-Type: text/xml; charset=utf-8\r\n\
         SOAPAction: \"\"\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        envelope.len()
    );
    let request = format!("{head}{envelope}");
    let answer = match scheme {
        "http" => exchange(&mut socket, &request)?,
        "https" => {
            let name = ServerName::try_from(host.to_owned()).map_err(|e| e.to_string())?;
            let config = Arc::new(trust(ca_pem)?);
            let client = rustls::ClientConnection::new(config, name).map_err(|e| e.to_string())?;
            exchange(&mut rustls::StreamOwned::new(client, socket), &request)?
        }
        _ => return Err(format!("`{scheme}` is neither https nor http")),
    };
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or("the answer broke off")?;
    match head.split(' ').nth(1) {
        Some("200") => Ok(body.to_owned()),
        status => Err(format!("status {}", status.unwrap_or("unknown"))),
    }
}

fn exchange(stream: &mut (impl Read + Write), request: &str) -> Result<String, String> {
    stream
        .write_all(request.as_bytes())
        .map_err(|e| e.to_string())?;
    stream.flush().map_err(|e| e.to_string())?;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        // A peer that closes without saying so has still answered.
        Err(e) if answer.is_empty() => Err(format!("no answer: {e}")),
        _ => Ok(String::from_utf8_lossy(&answer).into_owned()),
    }
}

fn trust(ca_pem: Option<&str>) -> Result<rustls::ClientConfig, String> {
    let mut roots = rustls::RootCertStore::empty();
    let pem = ca_pem.ok_or("https needs `ca_pem`, the authority to trust")?;
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|e| format!("`ca_pem`: {e}"))?;
        roots
            .add(certificate)
            .map_err(|e| format!("`ca_pem`: {e}"))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
