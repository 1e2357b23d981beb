//! A small HTTP server on loopback for tests: it says what it was asked, or misbehaves by path.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub struct TestServer {
    pub address: SocketAddr,
    /// Request lines and headers and bodies, as they came.
    seen: Arc<Mutex<Vec<String>>>,
}

impl TestServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let log = Arc::clone(&log);
                std::thread::spawn(move || drop(serve(stream, &log)));
            }
        });
        Self { address, seen }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<String>>) -> std::io::Result<()> {
    loop {
        let Some(request) = read_request(&mut stream)? else {
            return Ok(());
        };
        let path = request.split(' ').nth(1).unwrap_or("").to_owned();
        log.lock().unwrap().push(request.clone());
        let respond = |stream: &mut TcpStream, head: &str, body: &[u8]| {
            write!(
                stream,
                "HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n",
                body.len()
            )?;
            stream.write_all(body)
        };
        match path.split('?').next().unwrap_or("") {
            "/slow" => std::thread::sleep(Duration::from_secs(20)),
            "/close" => return Ok(()),
            "/cut" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")?;
                return Ok(());
            }
            "/redirect" => respond(&mut stream, "302 Found\r\nlocation: /echo", b"")?,
            "/big" => respond(&mut stream, "200 OK", &vec![b'x'; 11 << 20])?,
            "/brotli" => respond(&mut stream, "200 OK\r\ncontent-encoding: br", b"????")?,
            "/bomb" => respond(
                &mut stream,
                "200 OK\r\ncontent-encoding: gzip",
                &gzip_of_zeros(12 << 20),
            )?,
            "/headers" => {
                let many = format!("200 OK\r\nx-many: {}", "y".repeat(70 << 10));
                respond(&mut stream, &many, b"")?;
            }
            "/leak" => {
                // What an echo endpoint does with a secret.
                let value = header(&request, "x-password");
                let head = format!("200 OK\r\nx-echo: {value}");
                respond(&mut stream, &head, format!("plain {value}").as_bytes())?;
            }
            _ => respond(&mut stream, "200 OK\r\nx-server: test", request.as_bytes())?,
        }
    }
}

pub fn header(request: &str, name: &str) -> String {
    let line = request
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")));
    line.and_then(|line| line.split_once(':'))
        .map(|(_, value)| value.trim().to_owned())
        .unwrap_or_default()
}

fn read_request(stream: &mut TcpStream) -> std::io::Result<Option<String>> {
    let mut raw = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&raw);
        if let Some(end) = text.find("\r\n\r\n") {
            let length = header(&text, "content-length").parse().unwrap_or(0);
            if raw.len() >= end + 4 + length {
                return Ok(Some(text.into_owned()));
            }
        }
        match stream.read(&mut chunk)? {
            0 => return Ok(None),
            count => raw.extend_from_slice(&chunk[..count]),
        }
    }
}

/// Zeros in gzip, made of stored blocks repeated through a match: 12 MiB in 12 KiB.
fn gzip_of_zeros(bytes: usize) -> Vec<u8> {
    // One fixed-Huffman block: a literal 0, then matches of 258 at distance 1.
    let mut bits = BitWriter::default();
    bits.push(0b1, 1); // last block
    bits.push(0b01, 2); // fixed codes
    bits.push_code(0x30, 8); // literal 0
    let matches = (bytes - 1) / 258;
    for _ in 0..matches {
        bits.push_code(0b1100_0101, 8); // length 258 (code 285)
        bits.push_code(0, 5); // distance 1
    }
    bits.push_code(0, 7); // end of block
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    out.extend(bits.finish());
    out.extend([0; 4]); // a wrong checksum: the limit must be met before the end is
    out.extend(u32::try_from(1 + matches * 258).unwrap().to_le_bytes());
    out
}

#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    bit: u32,
}

impl BitWriter {
    fn push(&mut self, value: u32, count: u32) {
        for index in 0..count {
            if self.bit == 0 {
                self.bytes.push(0);
            }
            let set = (value >> index & 1) as u8;
            *self.bytes.last_mut().unwrap() |= set << self.bit;
            self.bit = (self.bit + 1) % 8;
        }
    }

    /// Huffman codes go most significant bit first.
    fn push_code(&mut self, code: u32, count: u32) {
        (0..count)
            .rev()
            .for_each(|index| self.push(code >> index & 1, 1));
    }

    fn finish(self) -> Vec<u8> {
        self.bytes
    }
}
