//! One POST to the endpoint: a connection of its own, HTTP/1.1, TLS when the address says https.
//!
//! Invariant: only addresses of this machine are called, as every simulator stays on loopback.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;

/// Where to, and whom to trust there.
#[derive(Debug, Clone)]
pub struct Target {
    host: String,
    port: u16,
    path: String,
    trust: Option<Arc<rustls::ClientConfig>>,
    pub answer_within: Duration,
}

impl Target {
    /// `ca_pem` is the authority to trust under https.
    pub fn new(url: &str, ca_pem: Option<&str>) -> Result<Self, String> {
        let (scheme, rest) = url.split_once("://").ok_or("the address has no scheme")?;
        let is_tls = match scheme {
            "https" => true,
            "http" => false,
            _ => return Err(format!("`{scheme}` is neither https nor http")),
        };
        let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, port.parse().map_err(|_| format!("port `{port}`"))?)
            }
            _ => (authority, if is_tls { 443 } else { 80 }),
        };
        if !["localhost", "127.0.0.1", "[::1]"].contains(&host) {
            return Err(format!("{host} is not this machine"));
        }
        Ok(Self {
            host: host.to_owned(),
            port,
            path: path.to_owned(),
            trust: if is_tls { Some(trust(ca_pem)?) } else { None },
            answer_within: Duration::from_secs(60),
        })
    }

    /// The body of the answer, if it came with 200 and as XML.
    pub async fn post(&self, action: &str, body: String) -> Result<Bytes, String> {
        let answered = tokio::time::timeout(self.answer_within, self.exchange(action, body));
        answered.await.map_err(|_| "no answer in time".to_owned())?
    }

    async fn exchange(&self, action: &str, body: String) -> Result<Bytes, String> {
        let address = (self.host.trim_matches(['[', ']']), self.port);
        let socket = TcpStream::connect(address)
            .await
            .map_err(|e| format!("cannot connect: {e}"))?;
        let _ = socket.set_nodelay(true);
        match &self.trust {
            None => self.send(TokioIo::new(socket), action, body).await,
            Some(trust) => {
                let name = self.host.trim_matches(['[', ']']).to_owned();
                let name = ServerName::try_from(name).map_err(|e| e.to_string())?;
                let connector = tokio_rustls::TlsConnector::from(Arc::clone(trust));
                let socket = connector.connect(name, socket).await;
                let socket = socket.map_err(|e| format!("no secure connection: {e}"))?;
                self.send(TokioIo::new(socket), action, body).await
            }
        }
    }

    async fn send<T>(&self, io: T, action: &str, body: String) -> Result<Bytes, String>
    where
        T: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
    {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io)
            .await
            .map_err(|e| e.to_string())?;
        let driven = tokio::spawn(connection);
        let request = hyper::Request::post(&self.path)
            .header("Host", format!("{}:{}", self.host, self.port))
            .header(
                "User-Agent",
                "Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol)",
            )
            .header("Content-Type", "text/xml; charset=utf-8")
            .header("SOAPAction", format!("\"{action}\""))
            .header("Connection", "close")
            .body(Full::new(Bytes::from(body)))
            .map_err(|e| e.to_string())?;
        let answer = sender
            .send_request(request)
            .await
            .map_err(|e| e.to_string())?;
        let (parts, body) = answer.into_parts();
        let body = body
            .collect()
            .await
            .map_err(|e| format!("the answer broke off: {e}"))?
            .to_bytes();
        driven.abort();
        let kind = parts
            .headers
            .get("content-type")
            .and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().to_lowercase();
        if parts.status != 200 && !(parts.status == 500 && kind.starts_with("text/xml")) {
            return Err(format!(
                "The request failed with HTTP status {}.",
                parts.status.as_u16()
            ));
        }
        if !kind.starts_with("text/xml") {
            return Err(format!(
                "Client found response content type of '{kind}', but expected 'text/xml'."
            ));
        }
        Ok(body)
    }
}

fn trust(ca_pem: Option<&str>) -> Result<Arc<rustls::ClientConfig>, String> {
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
        .map_err(|e| e.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
