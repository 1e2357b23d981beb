//! Who calls as a Web Connector and is none, a computer with another company's file open, and the flows of other
//! systems in the same service.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use liaison_tests::service::until;
use liaison_tests::workshop::{TENANT, Workshop};
use liaison_tests::{CRM_TENANT, Lab, control};
use serde_json::json;

/// Of one answer, refusals included.
const ANSWER_MAX: Duration = Duration::from_secs(20);
/// What hostile callers may cost the service, bytes.
const GROWTH_MAX: u64 = 64 << 20;
const ELSEWHERE: &str = "C:\\Comptabilite\\autre.qbw";
const OURS: &str = "C:\\Comptabilite\\boreal.qbw";

/// A second company's connection beside the first.
const SECOND: &str =
    "\n[connections.second]\nconnector = \"qbd\"\n\n[flows.sales_orders]\ntarget = \"quickbooks\"";

/// Somebody at the door of a connection: what it hears, as status and body.
fn post(shop: &Workshop, connection: &str, body: &str) -> (u16, String) {
    let begun = Instant::now();
    let mut stream = TcpStream::connect(&shop.inbound).expect("the service listens");
    stream
        .set_read_timeout(Some(ANSWER_MAX))
        .expect("a timeout");
    let head = format!(
        "POST /in/demo/{connection}/qbwc HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: text/xml; charset=utf-8\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    // Who is too long is cut off before it has said everything.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body.as_bytes());
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard);
    assert!(begun.elapsed() < ANSWER_MAX, "{:?}", begun.elapsed());
    let heard = String::from_utf8_lossy(&heard).into_owned();
    let (head, body) = heard.split_once("\r\n\r\n").unwrap_or((&heard, ""));
    let status = head
        .split_whitespace()
        .nth(1)
        .and_then(|word| word.parse().ok());
    (status.unwrap_or(0), body.to_owned())
}

/// A call of the Web Connector's service.
fn call(
    shop: &Workshop,
    connection: &str,
    name: &str,
    parameters: &[(&str, &str)],
) -> (u16, String) {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let parameters: String = parameters
        .iter()
        .map(|(name, value)| format!("<{name}>{}</{name}>", escaped(value)))
        .collect();
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><{name} xmlns=\"http://developer.intuit.com/\">{parameters}</{name}></soap:Body></soap:Envelope>"
    );
    post(shop, connection, &body)
}

/// What stands in the element of an answer that holds its result.
fn result(answer: &(u16, String), name: &str) -> String {
    let (status, body) = answer;
    assert_eq!(*status, 200, "{body}");
    let (_, rest) = body
        .split_once(&format!("<{name}Result"))
        .unwrap_or_else(|| panic!("{body}"));
    let (_, rest) = rest.split_once('>').expect("an element");
    rest.split_once('<')
        .map(|(text, _)| text.to_owned())
        .unwrap_or_default()
}

/// The ticket and the word of a login.
fn login(shop: &Workshop, password: &str) -> (String, String) {
    let parameters = [("strUserName", "liaison"), ("strPassword", password)];
    let (status, body) = call(shop, "quickbooks", "authenticate", &parameters);
    assert_eq!(status, 200, "{body}");
    let texts: Vec<&str> = body.split("<string").skip(1).collect();
    let text = |nth: usize| -> String {
        let rest = texts.get(nth).and_then(|rest| rest.split_once('>'));
        let rest = rest.map_or("", |(_, rest)| rest);
        rest.split_once('<').map_or("", |(text, _)| text).to_owned()
    };
    (text(0), text(1))
}

fn peak_bytes(shop: &Workshop) -> Option<u64> {
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", shop.service.process())).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? << 10)
}

#[test]
fn a_hostile_poller_gets_the_protocol_s_refusal_and_costs_nothing() {
    let shop = Workshop::with(&TENANT.replace("\n[flows.sales_orders]", SECOND));
    let out = shop.lab.home().join("out2");
    let setup = format!("connection setup demo second --out {}", out.display());
    shop.lab.liaison(&setup).exits(0);
    let run = shop.lab.begin("--json run sales_orders");
    let mut ticket = String::new();
    until("work for the Web Connector", || {
        let (new, word) = login(&shop, &shop.password);
        ticket = new;
        (word != "none").then_some(())
    });
    let books = shop.counts();
    let before = peak_bytes(&shop);
    let none = "00000000-0000-0000-0000-000000000000";
    // A ticket that nobody gave, and one of another connection.
    for (connection, ticket) in [
        ("quickbooks", none),
        ("quickbooks", ""),
        ("second", ticket.as_str()),
    ] {
        let of = |name: &str, parameters: &[(&str, &str)]| {
            let mut all = vec![("ticket", ticket)];
            all.extend(parameters);
            result(&call(&shop, connection, name, &all), name)
        };
        assert_eq!(
            of("sendRequestXML", &[("strHCPResponse", "")]),
            "",
            "{connection} {ticket}"
        );
        let answer = [("response", "<QBXML/>"), ("hresult", ""), ("message", "")];
        assert_eq!(of("receiveResponseXML", &answer), "-1");
        assert!(!of("getLastError", &[]).is_empty());
        assert_eq!(
            of(
                "connectionError",
                &[("hresult", "0x80040408"), ("message", "x")]
            ),
            "done"
        );
        assert_eq!(of("closeConnection", &[]), "OK");
    }
    // Wrong passwords, and what is no honest message.
    assert_eq!(login(&shop, "guess").1, "nvu");
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"xxxxxxxxxx\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;\">]><a>&c;</a>";
    let giant = format!("<a>{}</a>", "x".repeat(11 << 20));
    let deep = "<a>".repeat(200_000);
    for (body, refused) in [
        (bomb, 500),
        (giant.as_str(), 413),
        ("", 500),
        ("<a/>", 500),
        ("\u{0}", 500),
        (deep.as_str(), 500),
    ] {
        let (status, _) = post(&shop, "quickbooks", body);
        assert_eq!(status, refused, "{}", &body[..body.len().min(60)]);
    }
    // An answer before any question, in the visit that is open; after that it is over, and its ticket worth nothing.
    let answer = [
        ("ticket", ticket.as_str()),
        ("response", "<QBXML/>"),
        ("hresult", ""),
        ("message", ""),
    ];
    assert_eq!(
        result(
            &call(&shop, "quickbooks", "receiveResponseXML", &answer),
            "receiveResponseXML"
        ),
        "-1"
    );
    let of_ticket = [("ticket", ticket.as_str())];
    result(
        &call(&shop, "quickbooks", "closeConnection", &of_ticket),
        "closeConnection",
    );
    let again = [("ticket", ticket.as_str()), ("strHCPResponse", "")];
    assert_eq!(
        result(
            &call(&shop, "quickbooks", "sendRequestXML", &again),
            "sendRequestXML"
        ),
        ""
    );
    assert_eq!(shop.counts(), books, "nothing was written");
    if let (Some(before), Some(after)) = (before, peak_bytes(&shop)) {
        println!(
            "memory at its peak: {} MiB before, {} MiB after",
            before >> 20,
            after >> 20
        );
        assert!(after < before + GROWTH_MAX, "{before} {after}");
    }
    // The real one goes on as if nothing had been.
    until("the run's end", || {
        shop.session();
        run.has_ended().then_some(())
    });
    let run = run.said().exits(0).json();
    assert_eq!(
        run["answer"]["counts"]["sales_orders"]["created"],
        json!(7),
        "{run}"
    );
}

#[test]
fn another_company_s_file_receives_nothing_and_everybody_is_told() {
    let shop = Workshop::new();
    shop.session();
    let open = |path: &str| {
        control(
            &shop.quickbooks,
            &json!({"do": "open", "path": path, "name": "Autre inc."}),
        )
    };
    open(ELSEWHERE);
    // What it wants to know it cannot, and says why; so does the doctor, and the person at QuickBooks.
    let run = shop.with_sessions("run sales_orders");
    assert_ne!(run.exit, 0, "{}", run.out);
    run.says("The company file of Autre inc. is not the one this connection belongs to");
    let check = shop.with_sessions("check").exits(4);
    check
        .says("QuickBooks has another company file open")
        .says("Open the company file of this connection");
    let told = shop.session();
    assert!(told["detail"].to_string().contains("Autre inc."), "{told}");
    for (kind, count) in shop.counts().as_object().into_iter().flatten() {
        assert_eq!(count, &json!(0), "{kind}");
    }
    open(OURS);
    assert_eq!(shop.run("sales_orders"), 7);
}

#[test]
fn flows_of_other_systems_go_on_in_the_same_service() {
    let lab = Lab::over(&[
        "fusion-operations",
        "qbd",
        "autotask",
        "acomba",
        "centrixone",
    ]);
    lab.write_tenant("desk", liaison_tests::TENANT);
    lab.set_secrets("desk");
    lab.write_tenant("crm", CRM_TENANT);
    lab.secret("crm", "acomba api_key", "acme-key-0001");
    lab.secret("crm", "centrixone api_key", "centrix-key-0001");
    let shop = Workshop::in_lab(lab, TENANT);
    // QuickBooks is away: what needs it waits, and nobody else does.
    let waiting = shop.lab.begin("--json run sales_orders --tenant demo");
    let created = |tenant: &str, flow: &str| {
        let run = shop
            .lab
            .liaison(&format!("--json run {flow} --tenant {tenant}"));
        assert!([0, 4].contains(&run.exit), "{}{}", run.out, run.err);
        let counts = run.json()["answer"]["counts"][flow].clone();
        let number = |what: &str| counts[what].as_u64().unwrap_or(0);
        number("created") + number("adopted") + number("updated")
    };
    let others = [
        ("desk", "customers"),
        ("desk", "invoices"),
        ("crm", "users"),
        ("crm", "customers"),
    ];
    let written: Vec<u64> = others
        .iter()
        .map(|(tenant, flow)| created(tenant, flow))
        .collect();
    assert!(written.iter().sum::<u64>() > 0, "{written:?}");
    assert!(!waiting.has_ended());
    until("the run's end", || {
        shop.session();
        waiting.has_ended().then_some(())
    });
    let run = waiting.said().exits(0).json();
    assert_eq!(
        run["answer"]["counts"]["sales_orders"]["created"],
        json!(7),
        "{run}"
    );
    for (tenant, flow) in others {
        assert_eq!(
            created(tenant, flow),
            0,
            "{flow} of {tenant}, a second time"
        );
    }
    println!("beside QuickBooks: {written:?} written, then nothing");
    shop.lab.liaison("store verify").exits(0);
}
