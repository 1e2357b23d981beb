//! Contracts between Salesforce and Intacct, with the real program, both connectors and both vendors in miniature: the
//! key that signs for Salesforce and the passwords of Intacct are looked for in everything that is said or written,
//! and in the memory of the connectors while their calls are in hand.
//!
//! What a vendor hands out for a while (the access token, the session id) is the connector's own and kept in the
//! connection's memory; it is looked for in what people read, and in the other connector.

use liaison_simulators::shell::Running;
use liaison_tests::Said;
use liaison_tests::desks::{Desks, secret_of};
use serde_json::{Value, json};

use super::searcher::{Canary, Letters, base64, hex, percent, xml_escaped};
use super::{BLIND, LEAKED, Part, memory, private_key};
use crate::chaos::loopback::Dice;

/// In the settings of each connection, and so in the memory of its connector.
const OF_SALESFORCE: &str = "3MVG9.liaison.simulated.consumer.key";
const OF_INTACCT: &str = "liaison-partner";
/// How each vendor's session begins, and how long it is.
const TOKEN_BEGINS: &str = "!AQ4AQ";
const TOKEN_BYTES: usize = 40;

pub struct Offices {
    sender: Canary,
    user: Canary,
}

impl Offices {
    pub fn hatch(dice: &mut Dice) -> Self {
        let mut canary = |name: &str| Canary::hatch(name, Letters::Ascii, dice);
        Self {
            sender: canary("Intacct's sender password"),
            user: canary("Intacct's user password"),
        }
    }

    pub fn all(&self) -> impl Iterator<Item = &Canary> {
        [&self.sender, &self.user].into_iter()
    }

    fn desks(&self) -> Desks {
        let desks = Desks::new();
        let (sender, user) = (&self.sender.value, &self.user.value);
        let known = json!({"senders": [{"id": "liaison-partner", "password": sender}],
            "users": [{"id": "svc_liaison", "password": user}]});
        let now = desks.intacct.now();
        let planted = desks.intacct.with(|simulator| simulator.seed(&known, now));
        planted.expect("Intacct takes another sender and user");
        for (name, canary) in [
            ("sender_password", &self.sender),
            ("user_password", &self.user),
        ] {
            desks
                .lab
                .secret("demo", &format!("intacct {name}"), &canary.value);
        }
        desks
    }
}

const COMMANDS: &[&str] = &[
    "check --tenant demo",
    "run contracts",
    "run mirrored_contracts",
    "run accounts",
    "plan contracts",
    "verify contracts",
    "status",
    "log --limit 500",
    "quarantine list",
    "link list contracts",
    "link export contracts",
    "secret list",
    "connector inspect salesforce",
    "connector inspect intacct",
    "store verify",
    "store backup",
];

/// A call in hand while the memory of who makes it is looked at.
struct Moment<'a> {
    name: &'static str,
    vendor: &'a Running,
    call: Value,
    /// What the connector cannot but have in its memory.
    has: &'static str,
    /// Whether a session is opened anew for it.
    signs_in: bool,
}

impl Part {
    pub fn between_the_offices(&mut self, offices: &Offices) {
        let key = secret_of("salesforce", "private_key");
        self.searcher
            .also("Salesforce's private key", private_key::forms(&key));
        if self.searcher.search(key.as_bytes()).is_empty() {
            self.figures
                .found(BLIND, "the private key is not found by the search");
        }
        let desks = offices.desks();
        let mut outputs = Vec::new();
        leaky(&desks, offices);
        for line in COMMANDS {
            let said = desks.lab.liaison_with(line, &[("LIAISON_LOG", "trace")]);
            outputs.push(((*line).to_owned(), said));
        }
        no_leaks(&desks);
        let signed = desks.signs("Signed while nobody listens", &json!({}));
        for line in COMMANDS {
            let line = format!("--json {line}");
            let said = desks.lab.liaison(&line);
            outputs.push((line, said));
        }
        if desks.contract(&signed)["ia_crm__Intacct_Sync_Status__c"] != json!("Synced") {
            let words = format!("nothing was posted: {:?}", outputs.last());
            self.figures.found(BLIND, words);
        }
        self.in_the_guests(&desks);
        self.said_and_written(&desks, &outputs);
    }

    /// The connectors' own memory, at the moments at which they have most in their hands.
    fn in_the_guests(&mut self, desks: &Desks) {
        if !cfg!(target_os = "linux") {
            return;
        }
        let (salesforce, intacct) = (&desks.salesforce, &desks.intacct);
        let moment = |name, vendor, call: Value, has, signs_in| Moment {
            name,
            vendor,
            call,
            has,
            signs_in,
        };
        let moments = [
            moment(
                "the signed assertion leaves",
                salesforce,
                json!({"path": "oauth2/token"}),
                OF_SALESFORCE,
                true,
            ),
            moment(
                "a contract is written back",
                salesforce,
                json!({"path": "composite"}),
                OF_SALESFORCE,
                false,
            ),
            moment(
                "a session is opened",
                intacct,
                json!({"body": "getAPISession"}),
                OF_INTACCT,
                true,
            ),
            moment(
                "a contract is made",
                intacct,
                json!({"body": "<create>"}),
                OF_INTACCT,
                false,
            ),
        ];
        let (mut tokens, mut looked) = (0, 0);
        for moment in moments {
            desks.signs(moment.name, &json!({}));
            if moment.signs_in {
                desks.sells(json!({"do": "end_sessions"}));
                liaison_tests::control(intacct, &json!({"do": "end_sessions"}));
            }
            let mut fault = moment.call;
            fault["times"] = json!(1);
            fault["action"] = json!({"hang": {"when": "before"}});
            let mut guests = Vec::new();
            let reached = desks
                .lab
                .look_during(moment.vendor, fault, "run contracts", |process| {
                    guests = memory::of_guests(process);
                });
            let has = |bytes: &[u8]| holds(bytes, moment.has.as_bytes());
            if !reached || !guests.iter().any(|guest| has(guest)) {
                let words = format!(
                    "{}: reached {reached}, {} guests",
                    moment.name,
                    guests.len()
                );
                self.figures.found(BLIND, words);
            }
            for guest in &guests {
                looked += 1;
                self.search(&format!("a guest's memory while {}", moment.name), guest);
                if !holds(guest, TOKEN_BEGINS.as_bytes()) {
                    continue;
                }
                tokens += 1;
                if holds(guest, OF_INTACCT.as_bytes()) {
                    self.figures.found(
                        LEAKED,
                        "Salesforce's token: in the memory of Intacct's connector",
                    );
                }
            }
        }
        self.figures.tried("guests looked into", looked);
        let words = format!("the vendor's own token in {tokens} of {looked} guests, as designed");
        self.figures.measured("sessions", words, true);
    }

    fn said_and_written(&mut self, desks: &Desks, outputs: &[(String, Said)]) {
        self.figures
            .tried("commands between offices", outputs.len() as u64);
        for (line, said) in outputs {
            for (stream, text) in [("stdout", &said.out), ("stderr", &said.err)] {
                self.search(&format!("{stream} of `{line}`"), text.as_bytes());
                if token(text.as_bytes()).is_some() {
                    self.figures
                        .found(LEAKED, format!("an access token: in {stream} of `{line}`"));
                }
            }
        }
        let mut files = 0;
        self.folder(desks.lab.home(), &mut files);
        self.figures.tried("files between offices", files);
        for (name, simulator) in [
            ("Salesforce", &desks.salesforce),
            ("Intacct", &desks.intacct),
        ] {
            let state = simulator.with(|simulator| simulator.state());
            self.search(
                &format!("the records in {name}"),
                state.to_string().as_bytes(),
            );
        }
    }
}

/// An access token that can be used, not only the beginning of one.
fn token(bytes: &[u8]) -> Option<&[u8]> {
    let begins = TOKEN_BEGINS.as_bytes();
    let at = bytes
        .windows(begins.len())
        .position(|part| part == begins)?;
    let rest = bytes.get(at..at + TOKEN_BYTES)?;
    let is_whole = rest[1..]
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
    is_whole.then_some(rest)
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Intacct quotes what it was sent, in the shapes in which it refuses, and so does what stands before it.
fn leaky(desks: &Desks, offices: &Offices) {
    let (sender, user) = (&offices.sender.value, &offices.user.value);
    let refusal = format!(
        "<response><control><status>failure</status></control><errormessage><error><errorno>XL03000006</errorno>\
         <description>{}</description><description2>{}</description2></error></errormessage></response>",
        xml_escaped(sender, false),
        xml_escaped(user, true)
    );
    let faults = json!([
        {"times": 1, "action": {"status": {"status": 400, "body": refusal}}},
        {"times": 1, "skip": 2, "action": {"status": {"status": 500, "headers": {"x-debug": base64(user.as_bytes())},
            "body": format!("<html>{} {}</html>", hex(sender.as_bytes()), percent(user, "-._~"))}}},
    ]);
    desks.intacct.set_faults(&faults).expect("valid faults");
}

fn no_leaks(desks: &Desks) {
    desks.intacct.set_faults(&json!([])).expect("no faults");
}
