//! The door at which systems call: who guesses is slowed, who sends too much is sent away, who mixes up the order
//! of a visit hears no, and TLS is spoken for real.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use liaison_tests::service::until;
use serde_json::json;

use super::Desk;
use super::pad::{Power, parse, request, request_whole};

const BODY_BYTES_MAX: usize = 10 << 20;

#[test]
fn wrong_passwords_are_slowed_and_a_guesser_is_sent_away() {
    let desk = Desk::new("manual");
    let _service = desk.serve(&[]);
    let wrong = json!({ "password": "guess" }).to_string();
    let mut took = Vec::new();
    let busy = loop {
        let begun = Instant::now();
        let answer = request_whole(&desk.inbound, "POST", "/in/demo/pad/open", &wrong);
        let (status, head, _) = answer.expect("an answer");
        if status == 429 {
            break head;
        }
        assert_eq!(status, 401);
        took.push(begun.elapsed());
        assert!(took.len() < 20, "{took:?}");
    };
    assert!(busy.contains("retry-after: "), "{busy}");
    let slowest = took.iter().max().expect("one at least");
    assert!(*slowest >= Duration::from_secs(8), "{took:?}");
    let whole: Duration = took.iter().sum();
    println!(
        "{} guesses took {} s, then 429",
        took.len(),
        whole.as_secs()
    );
}

#[test]
fn what_leads_nowhere_is_not_found_and_what_is_too_large_or_too_slow_is_cut() {
    let desk = Desk::new("manual");
    let _service = desk.serve(&[]);
    let host = desk.inbound.as_str();
    for path in [
        "/",
        "/in/demo",
        "/in/nobody/pad/open",
        "/in/demo/acomba/open",
        "/in/demo/nothing/open",
        "/in/../demo/pad",
        "/api/v1/requests",
        "/healthz",
    ] {
        assert_eq!(
            request(host, "POST", path, "{}").expect("an answer").0,
            404,
            "{path}"
        );
    }
    let echo = request(host, "PUT", "/in/demo/pad/echo?a=%20b", "12345").expect("an answer");
    assert_eq!(
        echo,
        (
            200,
            r#"{"bytes":5,"method":"PUT","query":"a=%20b"}"#.to_owned()
        )
    );
    let largest = "x".repeat(BODY_BYTES_MAX);
    let echo = request(host, "POST", "/in/demo/pad/echo", &largest).expect("an answer");
    assert_eq!(echo.0, 200, "{}", echo.1);
    assert!(echo.1.contains("10485760"), "{}", echo.1);
    let larger = request(host, "POST", "/in/demo/pad/echo", &(largest + "x")).expect("an answer");
    assert_eq!(larger.0, 413);
    // Without a length, piece by piece.
    let mut endless = TcpStream::connect(host).expect("it listens");
    let head = format!(
        "POST /in/demo/pad/echo HTTP/1.1\r\nhost: {host}\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    endless.write_all(head.as_bytes()).expect("it is read");
    let piece = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let sent = (0..1_000).take_while(|_| endless.write_all(piece.as_bytes()).is_ok());
    let sent = sent.count();
    assert!(sent < 1_000, "65 MB were taken");
    // A connector that panics takes nothing with it.
    assert_eq!(
        request(host, "POST", "/in/demo/pad/panic", "")
            .expect("an answer")
            .0,
        503
    );
    let slow = std::thread::scope(|scope| {
        let body = scope.spawn(|| {
            cut_after(
                host,
                "POST /in/demo/pad/echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nabc",
            )
        });
        let head =
            scope.spawn(|| cut_after(host, "POST /in/demo/pad/echo HTTP/1.1\r\nhost: x\r\n"));
        [body, head].map(|slow| slow.join().expect("no panic"))
    });
    assert!(slow[0].1.contains(" 408 "), "{slow:?}");
    assert!(
        slow.iter()
            .all(|(after, _)| *after < Duration::from_secs(45)),
        "{slow:?}"
    );
    assert_eq!(
        request(host, "GET", "/in/demo/pad/echo", "")
            .expect("an answer")
            .0,
        200
    );
    println!(
        "a slow body is cut after {} s, slow headers after {} s, an endless body after {} MB",
        slow[0].0.as_secs(),
        slow[1].0.as_secs(),
        sent / 16
    );
}

/// Says the beginning of something, and waits until the other side has had enough.
fn cut_after(host: &str, beginning: &str) -> (Duration, String) {
    let begun = Instant::now();
    let mut stream = TcpStream::connect(host).expect("it listens");
    stream.write_all(beginning.as_bytes()).expect("it is read");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    (
        begun.elapsed(),
        String::from_utf8_lossy(&answer).into_owned(),
    )
}

#[test]
fn a_flood_is_sent_away_and_the_commands_go_on() {
    let desk = Desk::new("manual");
    let _service = desk.serve(&[]);
    let session = desk.pad().open().expect("it opens");
    // Somebody is at work, so that each of these waits.
    let run = desk.begin("run notes");
    until("the run waits", || {
        (desk.last_run("notes")["status"] == json!("waiting")).then_some(())
    });
    let large = "x".repeat(5 << 20);
    let (busy, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..40 {
            scope.spawn(|| {
                for _ in 0..5 {
                    match request(&desk.inbound, "POST", "/in/demo/pad/echo", &large) {
                        Ok((429, _)) => busy.fetch_add(1, Ordering::Relaxed),
                        _ => taken.fetch_add(1, Ordering::Relaxed),
                    };
                }
            });
        }
        desk.lab.liaison("status").exits(0);
    });
    let (busy, taken) = (busy.into_inner(), taken.into_inner());
    assert!(busy > 0, "{taken} of a flood were taken");
    println!("of 200 requests of 5 MB {busy} were sent away");
    let closed = desk.pad().call("/close", &json!({ "session": session }));
    assert_eq!(closed.expect("an answer").0, 200);
    let mut pad = desk.pad();
    pad.visit(Power::Lasts).expect("a visit");
    run.said().exits(0);
}

#[test]
fn a_visit_out_of_order_hears_no_and_costs_nothing() {
    let desk = Desk::new("manual");
    let _service = desk.serve(&[]);
    let mut pad = desk.pad();
    let run = desk.begin("run notes");
    until("the run waits", || {
        (desk.last_run("notes")["status"] == json!("waiting")).then_some(())
    });
    let call = |path: &str, body: serde_json::Value| pad.call(path, &body).expect("an answer");
    let no = |told: (u16, serde_json::Value), why: &str| {
        assert_eq!(told.0, 409, "{told:?}");
        assert!(told.1.to_string().contains(why), "{told:?}");
    };
    // Nobody has opened anything.
    no(
        call("/take", json!({ "session": "made-up" })),
        "not the open one",
    );
    no(
        call(
            "/open",
            json!({ "password": super::PASSWORD, "session": "é" }),
        ),
        "ASCII",
    );
    let first = pad.open().expect("it opens");
    no(
        call(
            "/answer",
            json!({ "session": first, "key": "x", "bytes": "{}" }),
        ),
        "not out",
    );
    let taken = call("/take", json!({ "session": first })).1;
    let (key, bytes) = (taken["key"].clone(), taken["bytes"].clone());
    assert!(key.is_string(), "{taken}");
    no(call("/take", json!({ "session": first })), "out already");
    no(
        call(
            "/answer",
            json!({ "session": first, "key": "x", "bytes": "{}" }),
        ),
        "not out",
    );
    no(
        call(
            "/seal",
            json!({ "session": first, "key": "x", "bytes": "{}" }),
        ),
        "not out",
    );
    // A new visit ends the one before, and the parcel goes out again as it was sealed.
    let second = pad.open().expect("it opens again");
    for path in ["/pending", "/take", "/answer", "/put-back"] {
        let stale = json!({ "session": first, "key": key, "bytes": "{}" });
        no(call(path, stale), "not the open one");
    }
    let again = call("/take", json!({ "session": second })).1;
    assert_eq!((&again["key"], &again["bytes"]), (&key, &bytes), "{again}");
    assert_eq!(again["again"], json!(true));
    // A replayed answer is none.
    let answer = json!({ "session": second, "key": key, "bytes": r#"{"notes":[]}"# });
    assert_eq!(call("/answer", answer.clone()).0, 200);
    no(call("/answer", answer), "not out");
    // Closing what is not open closes nothing.
    assert_eq!(call("/close", json!({ "session": first })).0, 200);
    assert_eq!(
        call("/pending", json!({ "session": second, "wait_ms": 0 })).0,
        200
    );
    assert_eq!(call("/close", json!({ "session": second })).0, 200);
    no(
        call("/pending", json!({ "session": second })),
        "not the open one",
    );
    pad.visit(Power::Lasts).expect("a visit");
    run.said().exits(0);
    assert_eq!(pad.texts(), desk.customers());
}

#[test]
fn tls_is_spoken_with_our_own_certificate() {
    let desk = Desk::with_settings("manual", "certificate = \"tls.pem\"\nkey = \"tls.key\"\n");
    let (first, certificate, key) = certificates();
    // Half of it is told before anybody calls.
    desk.lab.write("tls.pem", "nothing");
    desk.lab.write("tls.key", &key);
    desk.lab
        .liaison("serve --listen 127.0.0.1:0")
        .exits(2)
        .says("tls.pem");
    desk.lab.write("tls.pem", &certificate);
    let _service = desk.serve(&[]);
    let opened = tls_request(&desk, first.clone()).expect("it speaks TLS");
    assert_eq!(opened.0, 200);
    assert!(opened.1.contains("session"), "{}", opened.1);
    // Without TLS nobody answers.
    assert!(request(&desk.inbound, "POST", "/in/demo/pad/open", "{}").is_err());
    // Renewed by another authority; while the key is still the old one, the old pair goes on.
    let (other, certificate, key) = certificates();
    desk.lab.write("tls.pem", &certificate);
    tls_request(&desk, first).expect("what was good goes on");
    desk.lab.write("tls.key", &key);
    until("the new certificate", || {
        tls_request(&desk, other.clone()).ok()
    });
}

/// A system that trusts only this authority opens a session.
fn tls_request(
    desk: &Desk,
    authority: rustls::pki_types::CertificateDer<'static>,
) -> std::io::Result<(u16, String)> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(authority).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "127.0.0.1".try_into().expect("a name");
    let client = rustls::ClientConnection::new(Arc::new(config), name).expect("a client");
    let mut stream = rustls::StreamOwned::new(client, TcpStream::connect(&desk.inbound)?);
    let body = json!({ "password": super::PASSWORD }).to_string();
    let head = format!(
        "POST /in/demo/pad/open HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let (status, _, body) = parse(&String::from_utf8_lossy(&answer)).expect("an answer");
    Ok((status, body))
}

/// An authority of our own, and what it signed for 127.0.0.1: chain and key as PEM.
fn certificates() -> (rustls::pki_types::CertificateDer<'static>, String, String) {
    let mut authority = rcgen::CertificateParams::new(Vec::new()).expect("no names");
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_key = rcgen::KeyPair::generate().expect("a key");
    let signed = authority
        .self_signed(&authority_key)
        .expect("a certificate");
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let names = vec!["127.0.0.1".to_owned()];
    let server = rcgen::CertificateParams::new(names).expect("a name");
    let key = rcgen::KeyPair::generate().expect("a key");
    let certificate = server.signed_by(&key, &issuer).expect("a certificate");
    (signed.der().clone(), certificate.pem(), key.serialize_pem())
}
