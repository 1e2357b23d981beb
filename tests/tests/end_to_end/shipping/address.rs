//! Connectors that come from an address.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use liaison_tests::Lab;
use liaison_tests::variant::Variant;

use super::{Publisher, pairs, versions};

/// Serves the files of a folder; `/moved` leads to another address.
fn shelf(folder: &Path) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let folder = folder.to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.expect("a caller"), &folder);
        }
    });
    url
}

fn answer(mut stream: TcpStream, folder: &Path) {
    let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
    let first = lines.next().and_then(Result::ok).unwrap_or_default();
    // Who closes before all was read resets the connection.
    for line in lines.map_while(Result::ok) {
        if line.is_empty() {
            break;
        }
    }
    let path = first.split(' ').nth(1).unwrap_or_default();
    let name: PathBuf = path.trim_start_matches('/').into();
    let (status, body) = match (path, std::fs::read(folder.join(name))) {
        ("/moved", _) => ("302 Found\r\nlocation: /acomba.wasm", Vec::new()),
        (_, Ok(body)) => ("200 OK", body),
        (_, Err(_)) => ("404 Not Found", Vec::new()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // Who asked may have gone.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(&body);
}

#[test]
fn an_address_gives_a_connector_with_its_signature() {
    let lab = Lab::over(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = Variant::of("acomba").write(folder.path());
    let url = shelf(folder.path());
    let install =
        |what: &str, more: &str| lab.liaison(&format!("connector install {what} --yes {more}"));
    let ours = format!("{url}/acomba.wasm");
    install(&ours, "--allow-unsigned")
        .exits(2)
        .says("without TLS")
        .says("`--plain-http` allows it");
    install("http://connectors.example.com/acomba.wasm", "--plain-http")
        .exits(2)
        .says("use https");
    install("ftp://connectors.example.com/acomba.wasm", "")
        .exits(2)
        .says("is no source of a connector");
    install(&ours, "--plain-http")
        .exits(2)
        .says("is not signed");
    for (path, words) in [("missing.wasm", "404"), ("moved", "302")] {
        let said = install(&format!("{url}/{path}"), "--plain-http --allow-unsigned");
        assert_ne!(said.exit, 0, "{path}");
        said.says(words);
    }
    // Nobody knows the folder into which it was fetched.
    std::fs::write(folder.path().join("notes.wasm"), "no component").expect("written");
    let notes = format!("{url}/notes.wasm");
    install(&notes, "--plain-http --allow-unsigned")
        .exits(2)
        .says(&format!("`{notes}` is no WebAssembly"));
    let publisher = Publisher::new();
    publisher.sign(&file);
    install(&ours, "--plain-http")
        .exits(2)
        .says("a key that is not trusted");
    let key = folder.path().join("acceo.pub");
    std::fs::write(&key, publisher.key()).expect("written");
    lab.liaison(&format!("connector trust add acceo {}", key.display()))
        .exits(0);
    install(&ours, "--plain-http")
        .exits(0)
        .says("signed by `acceo`");
    assert_eq!(versions(&lab, "acomba"), pairs(&[("0.1.0", "current")]));
}
