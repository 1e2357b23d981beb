//! One POST to this machine: a connection of its own, TLS when the address says https.
//!
//! Invariant: only addresses of this machine are called, as every simulator stays on loopback. It runs in an
//! errand, apart from the simulator.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};

/// No vendor waits longer for an acknowledgement.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// The body of an answer with status 200 to a SOAP message.
pub fn soap(url: &str, ca_pem: Option<&str>, envelope: &str) -> Result<String, String> {
    let headers = [
        ("Content-Type", "text/xml; charset=utf-8"),
        ("SOAPAction", "\"\""),
    ];
    match send(url, ca_pem, &headers, envelope)? {
        (200, body) => Ok(body),
        (status, _) => Err(format!("status {status}")),
    }
}

/// Status and body of an answer.
pub fn send(
    url: &str,
    ca_pem: Option<&str>,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<(u16, String), String> {
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
    let mut request = format!("POST {path} HTTP/1.1\r\nHost: {authority}\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    let length = body.len();
    request.push_str(&format!(
        "Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    ));
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
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Ok((status.ok_or("the answer has no status")?, body.to_owned()))
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
