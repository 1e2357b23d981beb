//! A connector that reaches for what is not its own. Each attempt is a row, and gets nothing.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use liaison_tests::Lab;

use super::{TENANT, lab};

/// Interfaces by which a program has files, an environment, sockets, a name service, another program.
const POWERS: &[&str] = &[
    "wasi:filesystem/preopens@0.2.0",
    "wasi:filesystem/types@0.2.3",
    "wasi:cli/environment@0.2.0",
    "wasi:cli/stdout@0.2.0",
    "wasi:sockets/tcp@0.2.0",
    "wasi:sockets/udp-create-socket@0.2.3",
    "wasi:sockets/ip-name-lookup@0.2.0",
    "wasi:http/incoming-handler@0.2.0",
    "wasi:keyvalue/store@0.2.0",
];

#[test]
fn who_imports_more_than_the_contract_is_not_installed() {
    let lab = Lab::over(&[]);
    let whole = component("");
    std::fs::write(lab.home().join("whole.wasm"), whole).expect("a file");
    let install = |file: &str| {
        let file = lab.home().join(file);
        let line = format!("connector install {} --yes", file.display());
        lab.liaison(&format!("{line} --allow-unsigned"))
    };
    // The same without the import gets past that check.
    let said = install("whole.wasm").exits(2);
    assert!(!said.err.contains("no connector gets"), "{}", said.err);
    for power in POWERS {
        let import = format!("(import \"{power}\" (instance))");
        std::fs::write(lab.home().join("more.wasm"), component(&import)).expect("a file");
        install("more.wasm")
            .exits(2)
            .says("asks for what no connector gets")
            .says(power);
    }
    assert!(!lab.home().join("connectors.lock").exists());
}

fn component(import: &str) -> Vec<u8> {
    let text = format!(
        "(component {import} (instance $system)
            (export \"liaison:connector/system@0.1.0\" (instance $system)))"
    );
    wat::parse_str(text).expect("a component")
}

/// A listener that counts who comes, and sends each elsewhere.
struct Listener {
    address: SocketAddr,
    calls: Arc<AtomicUsize>,
}

impl Listener {
    fn sending_to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let calls = Arc::new(AtomicUsize::new(0));
        let (counted, target) = (Arc::clone(&calls), target.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                counted.fetch_add(1, Ordering::SeqCst);
                let mut stream = stream.expect("a caller");
                let lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
                let _ = lines.map_while(Result::ok).find(String::is_empty);
                let answer = format!(
                    "HTTP/1.1 302 Found\r\nlocation: {target}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { address, calls }
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

fn tenant(address: &str, allowed: &str, behaviour: &str) -> String {
    let ours = TENANT
        .replace(
            "allow_private = [\"{acomba}\"]",
            &format!("allow_private = {allowed}"),
        )
        .replace("{acomba}", address)
        .replace("BEHAVIOUR", behaviour);
    format!("{}{ours}", liaison_tests::TENANT)
}

/// The name of the one record that it shows.
fn outcome(lab: &Lab) -> String {
    lab.liaison("--json plan from-hostile").exits(0).out
}

#[test]
fn no_request_reaches_another_host() {
    let trap = Listener::sending_to("http://127.0.0.1:1/");
    let port = trap.address.port();
    let accomplice = Listener::sending_to(&format!("http://{}/", trap.address));
    let granted = accomplice.address.to_string();
    let lab = lab("good");
    let aims = [
        ("another port", format!("http://127.0.0.1:{port}/")),
        ("its name", format!("http://localhost:{port}/")),
        ("a number", format!("http://2130706433:{port}/")),
        ("in hexadecimal", format!("http://0x7f.1:{port}/")),
        ("as IPv6", format!("http://[::ffff:127.0.0.1]:{port}/")),
        (
            "behind a user's name",
            format!("http://{granted}@127.0.0.1:{port}/"),
        ),
        (
            "a longer name",
            format!("http://127.0.0.1.evil.example:{port}/"),
        ),
        (
            "the cloud's metadata",
            "http://169.254.169.254/latest/".to_owned(),
        ),
        ("a file", "file:///etc/passwd".to_owned()),
    ];
    let allowed = format!("[\"{granted}\"]");
    for (case, url) in &aims {
        let behaviour = format!("aim {url}");
        lab.write_tenant("demo", &tenant(&granted, &allowed, &behaviour));
        let said = outcome(&lab);
        assert!(said.contains("not sent"), "{case}: {said}");
    }
    assert_eq!((trap.calls(), accomplice.calls()), (0, 0));
    // The accomplice itself is granted; where it leads to is not followed.
    let behaviour = format!("aim http://{granted}/");
    lab.write_tenant("demo", &tenant(&granted, &allowed, &behaviour));
    let said = outcome(&lab);
    assert!(said.contains("answered 302"), "{said}");
    assert_eq!((trap.calls(), accomplice.calls()), (0, 1));
    // A name that the operator granted leads to this machine, which they did not.
    let name = format!("localhost:{port}");
    lab.write_tenant("demo", &tenant(&name, "[]", &format!("aim http://{name}/")));
    let said = outcome(&lab);
    assert!(!said.contains("answered"), "{said}");
    assert_eq!(trap.calls(), 0);
    println!("{} aims, none reached", aims.len() + 2);
}

#[test]
fn another_tenants_memory_stays_its_own() {
    let lab = lab("good");
    std::fs::create_dir_all(lab.home().join("flows/other")).expect("a folder");
    for file in ["from-hostile.toml", "to-hostile.toml"] {
        let from = lab.home().join("flows/demo").join(file);
        std::fs::copy(from, lab.home().join("flows/other").join(file)).expect("copied");
    }
    let set = |id: &str, behaviour: &str| {
        let acomba = lab.acomba.url().trim_start_matches("http://").to_owned();
        let allowed = format!("[\"{acomba}\"]");
        lab.write_tenant(id, &tenant(&acomba, &allowed, behaviour));
    };
    let run = |id: &str| lab.liaison(&format!("--json plan from-hostile --tenant {id}"));
    set("demo", "keep walrus");
    set("other", "recall");
    lab.set_secrets("other");
    run("demo").exits(0).says("kept");
    let other = run("other").exits(0).says("recalls");
    assert!(!other.out.contains("walrus"), "{}", other.out);
    set("demo", "recall");
    run("demo").exits(0).says("recalls walrus");
}

#[test]
fn no_line_of_the_log_is_forged() {
    let lab = lab("forge");
    let said = lab.liaison_with("run from-hostile", &[("LIAISON_LOG", "debug")]);
    assert!(said.err.contains("harmless"), "{}", said.err);
    let all = format!("{}{}", said.out, said.err);
    for line in all.lines() {
        assert!(!line.starts_with("2026-11-28T00:00:00Z"), "{line}");
        assert!(!line.starts_with("forged"), "{line}");
    }
    for letter in ['\u{1b}', '\u{202e}', '\r'] {
        assert!(!all.contains(letter), "{letter:?} in {all}");
    }
}
