//! The system behind a hostile connector: a server on loopback that plays along, by path.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// What an answer may have, less a little.
const LARGE_BYTES: usize = (10 << 20) - PIECE.len();
static PIECE: [u8; 0x10000] = [b'x'; 0x10000];
/// Between two bytes of a drip: far below every time-out, so that none of them ends it.
const DRIP: Duration = Duration::from_millis(20);

pub struct Accomplice {
    pub address: SocketAddr,
}

impl Accomplice {
    /// Serves until the process ends; each connection has a thread, which ends with it.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
        let address = listener.local_addr().expect("it is bound");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // The host hangs up in the middle of everything here; that is no error of ours.
                std::thread::spawn(move || drop(serve(stream)));
            }
        });
        Self { address }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    while let Some(path) = read_head(&mut stream)? {
        match path.as_str() {
            "/silent" => return swallow(&mut stream),
            "/endless-body" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
                loop {
                    stream.write_all(b"10000\r\n")?;
                    stream.write_all(&PIECE)?;
                    stream.write_all(b"\r\n")?;
                }
            }
            "/drip" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
                drip(&mut stream, b"1\r\nx\r\n")?;
            }
            "/drip-head" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
                drip(&mut stream, b"x-drip: 1\r\n")?;
            }
            "/endless-head" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
                let header = format!("x-flood: {}\r\n", "y".repeat(1_000));
                loop {
                    stream.write_all(header.as_bytes())?;
                }
            }
            "/many-headers" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n")?;
                for number in 0..90 {
                    let header = format!("x-{number}: {}\r\n", "y".repeat(2_000));
                    stream.write_all(header.as_bytes())?;
                }
                stream.write_all(b"\r\n")?;
            }
            "/large" => {
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {LARGE_BYTES}\r\n\r\n");
                stream.write_all(head.as_bytes())?;
                // In pieces: this process is the one whose memory is watched.
                for _ in 0..LARGE_BYTES / PIECE.len() {
                    stream.write_all(&PIECE)?;
                }
            }
            _ => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")?,
        }
    }
    Ok(())
}

fn drip(stream: &mut TcpStream, drop: &[u8]) -> std::io::Result<()> {
    loop {
        stream.write_all(drop)?;
        std::thread::sleep(DRIP);
    }
}

/// Takes whatever comes and never answers.
fn swallow(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut chunk = [0; 4096];
    while stream.read(&mut chunk)? > 0 {}
    Ok(())
}

/// The path of the next request; its body, if it has one, is left unread.
fn read_head(stream: &mut TcpStream) -> std::io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte)? == 0 {
            return Ok(None);
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head);
    Ok(head.split(' ').nth(1).map(str::to_owned))
}
