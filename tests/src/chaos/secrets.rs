//! Part `secrets`: canaries are used everywhere a secret is used, and found nowhere.
//!
//! First the probe in its sandbox uses each canary in every place and every encoder against an echo
//! that gives it back in every encoding we know. Then the real program runs its commands, with the real
//! connectors and simulators that accept their canaries or refuse them, and with probes that tell
//! everything they can get hold of to everybody who listens. At last everything that was said or
//! written is searched.
//!
//! So is a run of contracts between Salesforce and Intacct, whose private key signs and never leaves: there the memory
//! of the connectors themselves is searched too, while they run (`contracts.rs`).
//!
//! The scrubber promises some encodings and not others (`connector/scrub.rs`): what is not promised is
//! tried too, and its figures say what came back.

mod contracts;
mod memory;
mod private_key;
mod searcher;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use liaison::model::{Action, Operation, Token};
use liaison::secret::SecretValue;
use liaison_tests::{Lab, Said};
use serde_json::{Value, json};

use self::contracts::Offices;
use self::searcher::{
    Canary, Letters, Searcher, base64, gzip, hex, json_escaped, percent, xml_escaped,
};
use super::figures::{Figures, Form};
use super::loopback::{Dice, Reply, Sandbox, Seen, Server, probe, said, spec};

const SEED: u64 = 0x5ec3e7;
const LEAKED: &str = "leaked";
/// The search or a road is blind, so that its zero says nothing.
const BLIND: &str = "blind";
/// The tenant of the end-to-end tests.
const TENANT: &str = include_str!("../../tenant.toml");

/// The encodings that the scrubber promises to find.
const PROMISED: &[&str] = &[
    "plain",
    "base64",
    "base64url",
    "base64inside",
    "percent",
    "percentlower",
    "percentlenient",
    "form",
    "json",
    "jsonascii",
    "jsonslash",
    "xml",
    "xmlnumbers",
    "hex",
    "hexcapitals",
    "gzip",
    "all",
    "header",
    "headername",
    "location",
    "coding",
    "cut",
];
/// Those it does not: the value is not there any more, only something it can be made of again.
const NOT_PROMISED: &[&str] = &["reversed", "base64twice", "spaced"];

pub fn run(form: &Form) -> Figures {
    let mut figures = Figures::default();
    figures.none_of(LEAKED);
    figures.none_of(BLIND);
    let mut dice = Dice::new(form.seed.unwrap_or(SEED));
    let probed: Vec<Canary> = (0..form.of(20, 200))
        .map(|number| Canary::hatch(format!("probe {number}"), Letters::All, &mut dice))
        .collect();
    let real = Real::hatch(&mut dice);
    let offices = Offices::hatch(&mut dice);
    let all = probed.iter().chain(real.all()).chain(offices.all());
    let all: Vec<Canary> = all.cloned().collect();
    let mut part = Part {
        searcher: Searcher::new(&all),
        figures,
    };
    part.the_search_itself(&all);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("threads");
    runtime.block_on(part.in_the_sandbox(&probed));
    part.in_the_real_program(&real);
    part.between_the_offices(&offices);
    part.figures.tried("secrets", all.len() as u64);
    part.figures.tried("places searched", part.searcher.places);
    part.figures.tried("bytes searched", part.searcher.bytes);
    part.figures
}

struct Part {
    searcher: Searcher,
    figures: Figures,
}

impl Part {
    fn search(&mut self, place: &str, bytes: &[u8]) {
        for what in self.searcher.search(bytes) {
            self.figures.found(LEAKED, format!("{what}: in {place}"));
        }
    }

    /// A search that finds nothing where something lies is worth nothing.
    fn the_search_itself(&mut self, canaries: &[Canary]) {
        let mut planted = 0;
        let (places, bytes) = (self.searcher.places, self.searcher.bytes);
        for canary in canaries {
            for encoding in PROMISED.iter().chain(NOT_PROMISED) {
                // What cannot be searched in is looked at unpacked, as the host does.
                if matches!(
                    *encoding,
                    "gzip" | "spaced" | "base64twice" | "headername" | "coding" | "cut"
                ) {
                    continue;
                }
                let reply = echo(encoding, &canary.value, b"");
                let mut text = b"before ".to_vec();
                reply
                    .headers
                    .iter()
                    .for_each(|(_, value)| text.extend(value));
                text.extend(reply.body);
                planted += 1;
                if self.searcher.search(&text).is_empty() {
                    let words = format!("{} as {encoding} is not found by the search", canary.name);
                    self.figures.found(BLIND, words);
                }
            }
        }
        (self.searcher.places, self.searcher.bytes) = (places, bytes);
        self.figures
            .tried("planted for the search to find", planted);
    }

    /// Every canary, place, encoder and encoding, at the guest's own ears.
    async fn in_the_sandbox(&mut self, canaries: &[Canary]) {
        let values: Vec<String> = canaries.iter().map(|canary| canary.value.clone()).collect();
        let server = Server::start(move |seen| echo_of(seen, &values));
        let cache = tempfile::tempdir().expect("a temporary folder");
        let sandbox = Sandbox::with_probe(cache.path()).await;
        let mut answers = 0;
        let mut not_promised: BTreeMap<&str, u64> = BTreeMap::new();
        for (number, canary) in canaries.iter().enumerate() {
            let mut wished = spec(&server.url(""), server.address);
            wished.secrets = BTreeMap::from([
                (
                    "password".to_owned(),
                    SecretValue::new(canary.value.clone()),
                ),
                ("token".to_owned(), SecretValue::new(canary.value.clone())),
            ]);
            let connector = sandbox.connect(wished).await.expect("the probe connects");
            let before = server.requests();
            for encoding in PROMISED.iter().chain(NOT_PROMISED) {
                let requests = requests(&server, encoding, number);
                let heard = said(&connector, "send", &requests).await;
                let heard = heard.unwrap_or_else(|fault| vec![json!(fault)]);
                let place = format!("what the guest got of an echo in `{encoding}`");
                let bytes = json!(heard).to_string();
                answers += requests.len() as u64;
                if NOT_PROMISED.contains(encoding) {
                    let found = self.searcher.search(bytes.as_bytes());
                    let reply = echo(encoding, &canary.value, b"").body;
                    let packed = bytes.contains(&*String::from_utf8_lossy(&reply[..PACKED_BYTES]));
                    *not_promised.entry(encoding).or_default() +=
                        u64::from(packed || !found.is_empty());
                } else {
                    self.search(&place, bytes.as_bytes());
                }
            }
            // Did the value arrive, or was there nothing to give back?
            let arrived = server.seen()[usize::try_from(before).expect("a count")..]
                .iter()
                .filter(|seen| holds(seen, &canary.value))
                .count();
            if arrived < PROMISED.len() * PLACES {
                let words = format!("{}: arrived {arrived} times", canary.name);
                self.figures.found(BLIND, words);
            }
            self.last_words(&server, &connector, canary, number).await;
        }
        let kept = sandbox.shelf.all.lock().expect("never poisoned").clone();
        for memory in kept {
            self.search("a guest's durable memory", &memory);
        }
        self.figures.tried("echoes heard", answers);
        let words: Vec<String> = not_promised
            .iter()
            .map(|(encoding, times)| format!("{encoding} {times} of {}", canaries.len()))
            .collect();
        self.figures
            .measured("not promised, and came back", words.join(", "), true);
    }

    /// What is said of a guest that panics with a placeholder and an answer in its hands.
    async fn last_words(
        &mut self,
        server: &Server,
        connector: &Arc<dyn liaison::connector::Connector>,
        canary: &Canary,
        number: usize,
    ) {
        let body = json!({"method": "GET", "url": server.url(&format!("/echo/all/{number}")),
                          "headers": [["x-password", "<<password:plain>>"]]});
        for mode in ["send-then-panic", "send-then-refuse"] {
            let operation = Operation {
                token: Token::parse("0123456789ABCDEFGHIJKLMNOP").expect("a token"),
                action: Action::Create,
                id: None,
                version: None,
                body: body.to_string(),
                resume: None,
            };
            let outcomes = connector.write(mode, &[operation]).await;
            let words = format!("{outcomes:?}");
            self.search(
                &format!("the fault of `{mode}`, {}", canary.name),
                words.as_bytes(),
            );
        }
    }

    fn in_the_real_program(&mut self, real: &Real) {
        let lab = Lab::new();
        let values: Vec<String> = real
            .probes
            .iter()
            .map(|canary| canary.value.clone())
            .collect();
        let echo = Server::start(move |seen| echo_of(seen, &values));
        let credentials = tempfile::tempdir().expect("a temporary folder");
        real.set_up(&lab, &echo, credentials.path());
        let folder = credentials.path().display().to_string();
        let environment = [
            ("CREDENTIALS_DIRECTORY", folder.as_str()),
            (
                "LIAISON_SECRET_SPY_P1_PASSWORD",
                real.probes[1].value.as_str(),
            ),
        ];
        let mut outputs: Vec<(String, Said)> = Vec::new();
        let mut say = |line: &str, more: &[(&str, &str)]| {
            let environment: Vec<(&str, &str)> = environment.iter().chain(more).copied().collect();
            let said = lab.liaison_with(line, &environment);
            outputs.push((line.to_owned(), said.clone()));
            said
        };

        // Answers that give the canary away, at the moments in which connectors quote the system.
        leaky(&lab, real);
        for line in COMMANDS {
            say(line, &[("LIAISON_LOG", "trace")]);
        }
        no_leaks(&lab);
        for line in COMMANDS {
            say(&format!("--json {line}"), &[]);
        }
        for line in COMMANDS.iter().take(6) {
            say(
                &format!("--lang fr --json {line}"),
                &[("LIAISON_LOG", "liaison=debug")],
            );
        }
        let summary = say("--json run invoices --tenant demo", &[]);
        let created = lab.acomba_cards("Transaction").len();
        if summary.exit != 0 && summary.exit != 4 || created == 0 {
            let words = format!(
                "the accepted canaries moved nothing: {}{}",
                summary.out, summary.err
            );
            self.figures.found(BLIND, words);
        }
        let refused = say("--json check --tenant refused", &[]);
        if refused.exit != 4 || !refused.out.contains("integration-code-invalid") {
            let words = format!("the refused canaries were not refused: {}", refused.out);
            self.figures.found(BLIND, words);
        }
        for canary in &real.probes {
            if !echo.seen().iter().any(|seen| holds(seen, &canary.value)) {
                let words = format!("{} never arrived", canary.name);
                self.figures.found(BLIND, words);
            }
        }
        let heard = outputs
            .iter()
            .any(|(_, said)| said.out.contains("[secret password]"));
        if !heard {
            self.figures.found(BLIND, "no spy told what it heard");
        }

        let panicked = outputs
            .iter()
            .any(|(_, said)| said.out.contains("panic: panicked"));
        if !panicked {
            self.figures.found(BLIND, "no spy panicked aloud");
        }

        self.figures.tried("commands", outputs.len() as u64);
        for (line, said) in &outputs {
            self.search(&format!("stdout of `{line}`"), said.out.as_bytes());
            self.search(&format!("stderr of `{line}`"), said.err.as_bytes());
        }
        let mut files = 0;
        self.folder(lab.home(), &mut files);
        self.figures.tried("files of the installation", files);
        let tickets = lab.in_autotask(json!({"do": "rows", "entity": "Tickets"}));
        let ours = tickets.to_string().matches("liaison-").count();
        if ours == 0 {
            self.figures.found(BLIND, "no ticket was written");
        }
        self.figures.tried("tickets", ours as u64);
        let state = lab.autotask.with(|simulator| simulator.state());
        self.search("the records in Autotask", state.to_string().as_bytes());
        let state = lab.acomba.with(|simulator| simulator.state());
        self.search("the records in Acomba", state.to_string().as_bytes());
    }

    /// Every file below: the store, the sealed secrets, the compiled connectors, exports and backups.
    fn folder(&mut self, folder: &Path, files: &mut u64) {
        let listing = std::fs::read_dir(folder).expect("a folder of the installation");
        for entry in listing.flatten() {
            let path = entry.path();
            if path.is_dir() {
                self.folder(&path, files);
            } else {
                *files += 1;
                let bytes = std::fs::read(&path).expect("a file of the installation");
                self.search(&path.display().to_string(), &bytes);
            }
        }
    }
}

/// Run in this order; the first ones are the ones that say most.
const COMMANDS: &[&str] = &[
    "check --tenant spy",
    "check --tenant demo",
    "check --tenant refused",
    "run invoices --tenant demo",
    "run invoices --tenant refused",
    "quarantine list --tenant demo",
    "run customers --tenant demo",
    "run products --tenant demo",
    "plan invoices --tenant demo",
    "plan invoices --tenant refused",
    "verify invoices --tenant demo",
    "flow check --tenant demo",
    "flow list",
    "quarantine show invoices 162 --tenant demo",
    "status",
    "log --tenant demo --limit 500",
    "log --tenant refused --limit 500",
    "link list invoices --tenant demo",
    "link export invoices --tenant demo",
    "secret list",
    "connector list",
    "connector inspect probe",
    "connector inspect autotask",
    "store verify",
    "store backup",
    "secret remove spy nothing --tenant spy",
];

/// The canaries of the real program.
struct Real {
    /// Autotask's user name, integration code and secret, and Acomba's key.
    accepted: [Canary; 4],
    refused: [Canary; 4],
    /// The password of each of the spies; the last two panic.
    probes: Vec<Canary>,
}

const SECRETS: [&str; 4] = [
    "autotask user_name",
    "autotask integration_code",
    "autotask secret",
    "acomba api_key",
];
const PROBES: usize = 6;
const PANICKING: usize = 2;

impl Real {
    fn hatch(dice: &mut Dice) -> Self {
        let mut four = |which: &str| {
            SECRETS.map(|name| Canary::hatch(format!("{which} {name}"), Letters::Ascii, dice))
        };
        Self {
            accepted: four("accepted"),
            refused: four("refused"),
            probes: (0..PROBES)
                .map(|number| Canary::hatch(format!("spy {number}"), Letters::All, dice))
                .collect(),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Canary> {
        self.accepted
            .iter()
            .chain(&self.refused)
            .chain(&self.probes)
    }

    /// Three tenants: one whose canaries the systems know, one whose they do not, one of spies.
    fn set_up(&self, lab: &Lab, echo: &Server, credentials: &Path) {
        let [user, code, secret, key] = self.accepted.each_ref().map(|canary| &canary.value);
        let now = lab.autotask.now();
        let users = json!({"apiUsers": [{"integrationCode": code, "userName": user,
            "secret": secret, "resourceID": 29_682_900}]});
        let planted = lab.autotask.with(|simulator| simulator.seed(&users, now));
        planted.expect("Autotask takes another user");
        let keys = json!({"companies": {"acme": {"api_keys": [key]}}});
        let planted = lab.acomba.with(|simulator| simulator.seed(&keys, now));
        planted.expect("the bridge takes another key");

        lab.write_tenant("refused", TENANT);
        let mut spies = String::new();
        for number in 0..PROBES {
            let check = if number < PROBES - PANICKING {
                "spy"
            } else {
                "panic"
            };
            spies.push_str(&format!(
                "[connections.p{number}]\nconnector = \"probe\"\nhosts = [\"{{url}}\"]\n\
                 insecure = true\nallow_private = [\"{}\"]\n\
                 settings = {{ url = \"{}\", check = \"{check}\" }}\n",
                echo.address,
                echo.url("")
            ));
        }
        lab.write("tenants/spy.toml", &spies);
        lab.install(&probe());
        for (name, canary) in SECRETS.iter().zip(&self.accepted) {
            lab.secret("demo", name, &canary.value);
        }
        for (name, canary) in SECRETS.iter().zip(&self.refused) {
            lab.secret("refused", name, &canary.value);
        }
        for (number, canary) in self.probes.iter().enumerate() {
            // One by the environment, one by systemd, the others sealed.
            match number {
                1 => {}
                2 => std::fs::write(credentials.join("spy.p2.password"), &canary.value)
                    .expect("the folder can be written"),
                _ => lab.secret("spy", &format!("p{number} password"), &canary.value),
            }
            lab.secret("spy", &format!("p{number} token"), &canary.value);
        }
    }
}

/// The systems quote what they were sent, in the shapes in which they refuse.
fn leaky(lab: &Lab, real: &Real) {
    let [user, code, secret, key] = real.accepted.each_ref().map(|canary| &canary.value);
    let acomba = json!([
        {"method": "POST", "path": "Transaction", "times": 2, "action": {"status": {"status": 422,
            "body": {"error": {"code": "sdk_rejected", "retryable": false,
                "message": format!("key {key} has no right"), "aco_message": format!("clé {} sans droit",
                    base64(key.as_bytes())), "interface": "Transaction", "operation": "AddCard"}}}}},
        {"method": "GET", "path": "Customer", "times": 1, "action": {"status": {"status": 500,
            "headers": {"x-key": key}, "body": format!("<p>{}</p>", xml_escaped(key, false))}}},
    ]);
    lab.acomba.set_faults(&acomba).expect("valid faults");
    let autotask = json!([
        {"path": "Companies", "times": 1, "action": {"status": {"status": 500,
            "body": {"errors": [format!("user {user} with {secret} for {code}"), hex(secret.as_bytes()),
                percent(secret, "-._~"), json_escaped(code, true)]}}}},
        {"path": "Tickets$", "times": 1, "skip": 1, "action": {"status": {"status": 400,
            "body": {"errors": [format!("{secret} may not")]}}}},
    ]);
    lab.autotask.set_faults(&autotask).expect("valid faults");
}

fn no_leaks(lab: &Lab) {
    for simulator in [&lab.autotask, &lab.acomba] {
        simulator.set_faults(&json!([])).expect("no faults");
    }
}

/// So much of an encoding that is not promised is only letters, digits and blanks, however it is quoted.
const PACKED_BYTES: usize = 12;
/// Places in which [`requests`] puts a secret, in one request each.
const PLACES: usize = 10;

/// One request for each place and encoder, all to the same echo.
fn requests(server: &Server, encoding: &str, number: usize) -> Vec<Value> {
    let url = server.url(&format!("/echo/{encoding}/{number}"));
    let header =
        |name: &str, value: &str| json!({"method": "GET", "url": url, "headers": [[name, value]]});
    let body = |text: &str| json!({"method": "POST", "url": url, "body": text});
    let requests = vec![
        header("x-password", "<<password:plain>>"),
        header("authorization", "Basic <<password:basic>>"),
        header("x-token", "<<token:plain>>"),
        json!({"method": "GET", "url": format!("{url}?a=1&key=<<password:url>>")}),
        json!({"method": "GET", "url": format!("{url}/<<password:plain>>/x")}),
        body("{\"p\": \"<<password:json>>\"}"),
        body("<p>a<<password:xml>></p>"),
        body("p=<<password:url>>&q=1"),
        body("ab<<password:plain>>"),
        body("xyz <<password:basic>>"),
    ];
    assert_eq!(requests.len(), PLACES);
    requests
}

/// Whether the request holds the value, in any way a vendor reads it.
fn holds(seen: &Seen, value: &str) -> bool {
    let all = [&seen.head[..], &seen.body[..]].concat();
    let ways = [
        value.to_owned(),
        base64(value.as_bytes()),
        percent(value, "-._~"),
        xml_escaped(value, false),
        json_escaped(value, false),
    ];
    ways.iter().any(|way| {
        all.windows(way.len())
            .any(|window| window == way.as_bytes())
    })
}

/// `/echo/ENCODING/NUMBER`: the secret of that number as the encoding says, and the whole request.
/// Nothing for a request that does not hold it.
fn echo_of(seen: &Seen, values: &[String]) -> Reply {
    let target = String::from_utf8_lossy(seen.target()).into_owned();
    let mut parts = target.split(['/', '?']).skip(2);
    let encoding = parts.next().unwrap_or("plain").to_owned();
    let number: Option<usize> = parts.next().and_then(|number| number.parse().ok());
    let value = match number {
        Some(number) => values.get(number),
        None => values.iter().find(|value| holds(seen, value)),
    };
    let request = [&seen.head[..], b"\r\n\r\n", &seen.body[..]].concat();
    match value.filter(|value| holds(seen, value)) {
        Some(value) => echo(&encoding, value, &request),
        None => Reply {
            status: 200,
            headers: Vec::new(),
            body: request,
        },
    }
}

fn echo(encoding: &str, value: &str, request: &[u8]) -> Reply {
    let header = |name: &str, value: &str| vec![(name.to_owned(), value.as_bytes().to_vec())];
    let mut headers = Vec::new();
    let mut status = 200;
    let said = match encoding {
        "base64" => base64(value.as_bytes()),
        "base64url" => base64(value.as_bytes()).replace('+', "-").replace('/', "_"),
        "base64inside" => ["", "u", "u:"]
            .map(|before| base64(format!("{before}{value}:tail").as_bytes()))
            .join(" "),
        "percent" => percent(value, "-._~"),
        "percentlower" => lower_percent(&percent(value, "-._~")),
        "percentlenient" => percent(value, "-._~/:@!$'()*,;"),
        "form" => percent(value, "-._*").replace("%20", "+"),
        "json" => json_escaped(value, false),
        "jsonascii" => json_escaped(value, true),
        "jsonslash" => json_escaped(value, false).replace('/', "\\/"),
        "xml" => xml_escaped(value, false),
        "xmlnumbers" => xml_escaped(value, true),
        "hex" => hex(value.as_bytes()),
        "hexcapitals" => hex(value.as_bytes()).to_uppercase(),
        "all" => {
            let all = [
                "base64",
                "percent",
                "json",
                "xml",
                "hex",
                "form",
                "jsonascii",
                "xmlnumbers",
            ];
            let all = all.map(|one| String::from_utf8(echo(one, value, b"").body).expect("text"));
            format!("{value}{}{value}", all.join("\n"))
        }
        "header" => {
            headers = header("x-echo", value);
            headers.extend(header("x-echo", &percent(value, "")));
            headers.extend(header(
                "set-cookie",
                &format!("s={}", base64(value.as_bytes())),
            ));
            String::new()
        }
        // Only what a name may hold: letters, digits and the percent sign.
        "headername" => {
            headers = header(&hex(value.as_bytes()), "1");
            headers.extend(header(&format!("x-{}", percent(value, "-._~")), "1"));
            String::new()
        }
        "location" => {
            status = 302;
            headers = header("location", &format!("/?key={}", percent(value, "-._~")));
            String::new()
        }
        "coding" => {
            headers = header("content-encoding", &percent(value, "-._~"));
            String::new()
        }
        // A length that is never reached.
        "cut" => {
            headers = header("transfer-encoding", value);
            value.to_owned()
        }
        "reversed" => value.chars().rev().collect(),
        "base64twice" => base64(base64(value.as_bytes()).as_bytes()),
        "spaced" => value.chars().map(|c| format!("{c} ")).collect(),
        _ => value.to_owned(),
    };
    // What is not promised must not come with what is, or the search could not tell.
    let alone = NOT_PROMISED.contains(&encoding) || request.is_empty();
    let mut body = said.into_bytes();
    if !alone {
        body.extend_from_slice(b"\n");
        body.extend_from_slice(request);
    }
    if encoding == "gzip" {
        headers = header("content-encoding", "gzip");
        body = gzip(&body);
    }
    Reply {
        status,
        headers,
        body,
    }
}

fn lower_percent(text: &str) -> String {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push('%');
        out.push_str(&part[..2].to_ascii_lowercase());
        out.push_str(&part[2..]);
    }
    out
}
