//! The half that the Web Connector calls.
//!
//! The order of steps is the promise: the company file is known before anything leaves; the bytes of a write are
//! sealed before they leave, and the same bytes go out until there is an answer; an answer is durable before
//! QuickBooks is told to forget the set it belongs to.

use crate::assumed::{PAUSES_MAX, UNSURE_MAX, WAIT_MS};
use crate::digest::{guid, of_bytes};
use crate::identity::{self, Company};
use crate::message::{self, OnError, SetIds, VERSION};
use crate::parcel::{Ask, Given};
use crate::session::{self, Out, Phase, Session};
use crate::settings::{Settings, PASSWORD, USER};
use crate::soap::{self, Call, Reply};
use crate::status::{fate, set_fault, Fate};
use crate::xml::{self, Element};
use liaison_sdk::prelude::*;
use liaison_sdk::relay::Taken;

/// Where the service stands.
pub const PATH: &str = "/qbwc";
/// Nothing but a visit has anything long to say.
const STRANGER_BYTES_MAX: usize = 64 << 10;
const NO_OP: &str = "NoOp";
/// What `receiveResponseXML` says to end the visit, and to have `getLastError` asked.
const DONE: i32 = 100;
const FAILED: i32 = -1;
/// What the Web Connector says where another company file is open.
const OTHER_FILE: &str = "0x8004040A";

/// Answers a request.
pub fn handle(host: &dyn Host, request: &InboundRequest) -> InboundResponse {
    match request.method.as_str() {
        "GET" | "HEAD" => {
            let asked = request.query.as_deref().unwrap_or_default();
            match asked.eq_ignore_ascii_case("wsdl") {
                true => soap::wsdl(&address_of(request)),
                false => soap::page(200, "The QuickBooks Web Connector calls here."),
            }
        }
        "POST" => {
            if request.body.len() > STRANGER_BYTES_MAX && !Session::is_any(host) {
                return soap::page(413, "Too long for somebody who has not logged in.");
            }
            match soap::call(&request.body) {
                Ok(call) => soap::answer(call.name, &answer(host, &call)),
                Err(why) => soap::refusal(why),
            }
        }
        _ => soap::page(405, "Only GET and POST."),
    }
}

fn address_of(request: &InboundRequest) -> String {
    let host = request.headers.iter().find(|(name, _)| name == "host");
    let host = host.map_or("localhost", |(_, value)| value.as_str());
    format!("https://{host}{}", request.path)
}

fn answer(host: &dyn Host, call: &Call) -> Reply {
    let text = |text: &str| Reply::Text(text.to_owned());
    match call.name {
        "serverVersion" => text(&format!("liaison {}", env!("CARGO_PKG_VERSION"))),
        "clientVersion" => text(""),
        "authenticate" => Reply::Texts(authenticate(host, call)),
        name => {
            let session = Session::of(host, call.get("ticket"));
            match (name, session) {
                ("sendRequestXML", Some(session)) => Reply::Text(send(host, session, call)),
                ("receiveResponseXML", Some(session)) => {
                    Reply::Number(receive(host, session, call))
                }
                ("connectionError", Some(session)) => {
                    Reply::Text(connection_error(host, session, call))
                }
                ("getLastError", Some(session)) => Reply::Text(session.words),
                ("closeConnection", Some(session)) => Reply::Text(close(host, &session)),
                ("receiveResponseXML", None) => Reply::Number(FAILED),
                ("sendRequestXML", None) => text(""),
                ("connectionError", None) => text("done"),
                ("getLastError", None) => {
                    text("This ticket is not known, or has run out; the next visit begins anew.")
                }
                _ => text("OK"),
            }
        }
    }
}

fn authenticate(host: &dyn Host, call: &Call) -> Vec<String> {
    let ticket = guid(of_bytes(&host.random(16)));
    let refused = |word: &str| vec![ticket.clone(), word.to_owned()];
    // The password is compared whatever the name is, so that neither tells about the other.
    let right = host.matches(PASSWORD, call.get("strPassword"));
    match right {
        Ok(true) if call.get("strUserName") == USER => {}
        Ok(_) => {
            // Once: whoever guesses shall not wear out the store.
            if identity::trouble(host).is_none_or(|trouble| trouble.kind != "password") {
                identity::remember_trouble(host, "password", "", "");
            }
            return refused("nvu");
        }
        Err(words) => {
            host.warn(&words);
            return refused("nvu");
        }
    }
    match greet(host, &ticket) {
        Ok(word) => vec![ticket, word],
        Err(words) => {
            host.warn(&words);
            refused("busy")
        }
    }
}

/// Opens the visit; which company file is wanted, or that nothing is.
fn greet(host: &dyn Host, ticket: &str) -> Result<String, String> {
    let settings = Settings::of(host).map_err(|fault| fault.message.fallback)?;
    identity::remember_seen(host, "")?;
    if identity::trouble(host).is_some_and(|trouble| trouble.kind == "password") {
        identity::forget_trouble(host);
    }
    let relay = host.relay();
    relay.open(ticket)?;
    let waiting = relay.pending(ticket, WAIT_MS)?;
    if waiting.parcels == 0 && !waiting.more && !identity::is_probe_asked(host) {
        relay.close(ticket);
        if Session::is_any(host) {
            Session::forget(host);
        }
        return Ok("none".to_owned());
    }
    let remembered = identity::company(host).filter(|_| settings.unattended());
    let path = match settings.company_file() {
        Some(path) => path.to_owned(),
        None => remembered.map_or(String::new(), |company| company.path),
    };
    let mut session = Session {
        ticket: ticket.to_owned(),
        path: path.clone(),
        ..Session::default()
    };
    session.save(host)?;
    Ok(path)
}

/// Ends the visit with words for the person before the screen.
fn end(host: &dyn Host, mut session: Session, words: &str) {
    session.phase = Phase::Closing;
    session.out = None;
    words.clone_into(&mut session.words);
    if let Err(words) = session.save(host) {
        host.warn(&words);
    }
}

fn send(host: &dyn Host, mut session: Session, call: &Call) -> String {
    match session.phase {
        Phase::Greeted | Phase::Ready => {}
        Phase::Closing => return String::new(),
        Phase::Sent => {
            // What was sent may have been done. The next visit gives the same bytes out again.
            end(
                host,
                session,
                "An answer was lost on its way. It will be cleared up with the next update.",
            );
            return String::new();
        }
    }
    if session.phase == Phase::Greeted {
        let told = call.get("strHCPResponse");
        if let Err(words) = enough(call) {
            identity::remember_trouble(host, "version", "", &words);
            return refuse(host, session, &words);
        }
        match known(host, told, call) {
            Ok(true) => session.known = true,
            // Nothing was told about the company: it is asked for before anything else leaves.
            Ok(false) => return ask_who(host, session),
            Err(words) => {
                wrong_company(host, &session, &words);
                return refuse(host, session, &words);
            }
        }
    }
    match next(host, session.clone()) {
        Ok(text) => text,
        Err(words) => {
            host.warn(&words);
            end(
                host,
                session,
                "liaison cannot go on with this update; the next one begins anew.",
            );
            String::new()
        }
    }
}

/// Ends a visit at its first question. An empty answer to that crashes the Web Connector, so it gets one that asks for
/// nothing; the person reads the words after it.
fn refuse(host: &dyn Host, mut session: Session, words: &str) -> String {
    words.clone_into(&mut session.words);
    let nothing = message::request("HostQuery", 1, "", "");
    ask(host, session, Out::Refused, &nothing).unwrap_or_else(|words| {
        host.warn(&words);
        String::new()
    })
}

/// Another company file is open. Whoever waits to read something is told at once; what is to be written waits for the
/// right file.
fn wrong_company(host: &dyn Host, session: &Session, words: &str) {
    identity::remember_trouble(host, "company", "", words);
    let told = Given {
        visit: session.ticket.clone(),
        hresult: Some(OTHER_FILE.to_owned()),
        words: Some(words.to_owned()),
        ..Given::default()
    };
    let relay = host.relay();
    let tell_all = || -> Result<(), String> {
        while let Some(taken) = relay.take(&session.ticket)? {
            let reads = Ask::unpacked(&taken.payload).is_some_and(|ask| !ask.writes);
            if !reads {
                return relay.put_back(&session.ticket, &taken.key);
            }
            relay.answer(&session.ticket, &taken.key, &told.packed())?;
        }
        Ok(())
    };
    if let Err(words) = tell_all() {
        host.warn(&words);
    }
}

/// Whether this QuickBooks understands what we send.
fn enough(call: &Call) -> Result<(), String> {
    let (major, minor) = (call.number("qbXMLMajorVers"), call.number("qbXMLMinorVers"));
    let wanted: Vec<i32> = VERSION
        .split('.')
        .filter_map(|part| part.parse().ok())
        .collect();
    match [major, minor].as_slice() >= wanted.as_slice() {
        true => Ok(()),
        false => Err(format!(
            "This QuickBooks speaks qbXML {major}.{minor}; {VERSION} is needed, which QuickBooks 2014 and later speak."
        )),
    }
}

/// Whether the right company file is open: by our mark in it. An error is a word for the person.
fn known(host: &dyn Host, told: &str, call: &Call) -> Result<bool, String> {
    let Some(identity) = identity::identity(host) else {
        return Err("This connection was not set up yet: run `liaison connection setup` and add the file it writes.".to_owned());
    };
    if told.trim().is_empty() {
        return Ok(false);
    }
    let root = xml::parse(told)
        .map_err(|_| "What QuickBooks told about the company cannot be read.".to_owned())?;
    let Some(company) = root.find("CompanyRet") else {
        return Ok(false);
    };
    let mark = |ext: &&Element<'_>| {
        ext.text_of("DataExtName") == "FileID"
            && ext.text_of("OwnerID").eq_ignore_ascii_case(&identity.owner)
    };
    let mark = company
        .all("DataExtRet")
        .find(mark)
        .map(|ext| ext.text_of("DataExtValue"));
    let name = company.text_of("CompanyName");
    if !mark.is_some_and(|mark| mark.eq_ignore_ascii_case(&identity.file)) {
        return Err(format!(
            "The company file of {name} is not the one this connection belongs to. Open the right file, or add the .qwc file of this connection while it is open."
        ));
    }
    let about = root.find("HostRet");
    let of = |name: &str| about.map_or("", |about| about.text_of(name)).to_owned();
    let before = identity::company(host).unwrap_or_default();
    let path = match call.get("strCompanyFileName").trim() {
        "" => before.path,
        path => path.to_owned(),
    };
    let country = match call.get("qbXMLCountry").trim() {
        "" => of("Country"),
        country => country.to_owned(),
    };
    identity::remember_company(
        host,
        &Company {
            path,
            name: name.to_owned(),
            product: of("ProductName"),
            country,
            version: format!("{}.{}", of("MajorVersion"), of("MinorVersion")),
        },
    )?;
    identity::forget_trouble(host);
    Ok(true)
}

/// Sends a question that is no parcel.
fn ask(host: &dyn Host, mut session: Session, out: Out, requests: &str) -> Result<String, String> {
    session.phase = Phase::Sent;
    session.out = Some(out);
    session.save(host)?;
    Ok(message::document(requests, OnError::Continue, None))
}

fn ask_who(host: &dyn Host, session: Session) -> String {
    let owner = identity::identity(host).map_or(String::new(), |identity| identity.owner);
    let requests = format!(
        "{}{}",
        message::request("HostQuery", 1, "", ""),
        message::request(
            "CompanyQuery",
            2,
            "",
            &format!("<OwnerID>{owner}</OwnerID>")
        )
    );
    ask(host, session, Out::Identity, &requests).unwrap_or_else(|words| {
        host.warn(&words);
        String::new()
    })
}

/// The next message; a pause where flows may bring more; else a question that leads to the end.
fn next(host: &dyn Host, mut session: Session) -> Result<String, String> {
    let relay = host.relay();
    let ticket = session.ticket.clone();
    loop {
        if let Some(taken) = relay.take(&ticket)? {
            match parcel(host, &mut session, taken)? {
                Some(document) => return Ok(document),
                None => continue,
            }
        }
        let waiting = relay.pending(&ticket, WAIT_MS)?;
        if waiting.parcels > 0 {
            continue;
        }
        let first = session.phase == Phase::Greeted;
        if waiting.more && !first && session.pauses < PAUSES_MAX {
            session.phase = Phase::Ready;
            session.pauses += 1;
            NO_OP.clone_into(&mut session.words);
            session.save(host)?;
            return Ok(NO_OP.to_owned());
        }
        // An empty first answer crashes the Web Connector, and a later one looks like an error to a person.
        let nothing = message::request("HostQuery", 1, "", "");
        return ask(host, session, Out::Nothing, &nothing);
    }
}

/// A parcel as it leaves; none where it was answered here.
fn parcel(host: &dyn Host, session: &mut Session, taken: Taken) -> Result<Option<String>, String> {
    let relay = host.relay();
    let ask = Ask::unpacked(&taken.payload).ok_or("a parcel that this connector did not make")?;
    if ask
        .visit
        .as_deref()
        .is_some_and(|visit| visit != session.ticket)
    {
        let given = Given {
            visit: session.ticket.clone(),
            over: true,
            ..Given::default()
        };
        relay.answer(&session.ticket, &taken.key, &given.packed())?;
        return Ok(None);
    }
    let document = match (ask.writes, taken.sealed) {
        (true, Some(sealed)) => {
            let sealed = String::from_utf8(sealed).map_err(|_| "sealed bytes that are no text")?;
            match message::set_id_of(&sealed) {
                // It may have died between doing it and remembering that: the same bytes would be done again.
                Some(id) if session::is_unsure(host, &taken.key) => message::check(id),
                _ => sealed,
            }
        }
        (true, None) => {
            let new = session::set_id(host, &taken.key);
            let old = session::answered(host).filter(|old| *old != new);
            let document =
                message::document(&ask.requests, OnError::Stop, Some(&SetIds { new, old }));
            relay.seal(&session.ticket, &taken.key, document.as_bytes())?;
            document
        }
        (false, _) => message::document(&ask.requests, OnError::Continue, None),
    };
    session.phase = Phase::Sent;
    session.pauses = 0;
    session.words.clear();
    let set = message::set_id_of(&document)
        .filter(|_| ask.writes)
        .map(str::to_owned);
    session.out = Some(Out::Parcel {
        key: taken.key,
        set,
    });
    session.save(host)?;
    Ok(Some(document))
}

fn receive(host: &dyn Host, session: Session, call: &Call) -> i32 {
    let (Phase::Sent, Some(out)) = (session.phase, session.out.clone()) else {
        end(host, session, "An answer came that nothing was asked for.");
        return FAILED;
    };
    let went = match &out {
        Out::Nothing => Ok(Went::On),
        Out::Refused => Ok(Went::Out(session.words.clone())),
        Out::Identity => who(host, &session, call),
        Out::Parcel { key, set } => arrived(host, &session, key, set.as_deref(), call),
    };
    match went.and_then(|went| go_on(host, session.clone(), &out, went)) {
        Ok(number) => number,
        Err(words) => {
            host.warn(&words);
            end(
                host,
                session,
                "liaison cannot go on with this update; the next one begins anew.",
            );
            FAILED
        }
    }
}

/// What follows an answer.
enum Went {
    On,
    /// The visit ends, with words for the person.
    Out(String),
}

fn who(host: &dyn Host, session: &Session, call: &Call) -> Result<Went, String> {
    Ok(match known(host, call.get("response"), call) {
        Ok(true) => Went::On,
        Ok(false) => {
            let words = "QuickBooks does not tell which company file is open.".to_owned();
            identity::remember_trouble(host, "company", call.get("hresult"), &words);
            Went::Out(words)
        }
        Err(words) => {
            wrong_company(host, session, &words);
            Went::Out(words)
        }
    })
}

/// Brings the answer of a parcel in.
fn arrived(
    host: &dyn Host,
    session: &Session,
    key: &str,
    set: Option<&str>,
    call: &Call,
) -> Result<Went, String> {
    let writes = set.is_some();
    let relay = host.relay();
    let ticket = &session.ticket;
    let (response, hresult) = (call.get("response"), call.get("hresult").trim());
    let given = Given {
        visit: ticket.clone(),
        xml: response.to_owned(),
        ..Given::default()
    };
    let broken = Given {
        xml: String::new(),
        hresult: Some(hresult.to_owned()),
        words: Some(call.get("message").to_owned()),
        ..given.clone()
    };
    if hresult.is_empty() && !response.trim().is_empty() {
        return match told(response, writes) {
            Told::Answer { failed } => {
                session::forget_unsure(host, key)?;
                if let Some(id) = set {
                    if failed {
                        session::remember_spent(host, id)?;
                    }
                    relay.answer(ticket, key, &given.packed())?;
                    // Now, and not before, QuickBooks may forget it.
                    session::remember_answered(host, id)?;
                } else {
                    relay.answer(ticket, key, &given.packed())?;
                }
                identity::forget_trouble(host);
                Ok(Went::On)
            }
            Told::Set => {
                session::forget_unsure(host, key)?;
                relay.answer(ticket, key, &given.packed())?;
                Ok(Went::On)
            }
            Told::Rubbish => unsure(host, session, key, writes, &given),
        };
    }
    let words = format!(
        "QuickBooks did not take the message: {} {}",
        hresult,
        call.get("message")
    );
    identity::remember_trouble(host, "hresult", hresult, call.get("message"));
    match fate(hresult) {
        Fate::OurBug => {
            if let Some(id) = set {
                session::remember_spent(host, id)?;
            }
            relay.answer(ticket, key, &broken.packed())?;
            Ok(Went::On)
        }
        Fate::Stop => {
            relay.answer(ticket, key, &broken.packed())?;
            Ok(Went::Out(words))
        }
        Fate::Later => {
            relay.put_back(ticket, key)?;
            Ok(Went::Out(words))
        }
        Fate::Unknown if writes => {
            unsure(host, session, key, writes, &broken).map(|went| match went {
                Went::Out(_) => Went::Out(words),
                on => on,
            })
        }
        Fate::Unknown => {
            relay.put_back(ticket, key)?;
            Ok(Went::Out(words))
        }
    }
}

/// What an answer is worth.
enum Told {
    Answer {
        failed: bool,
    },
    /// The set as a whole went wrong, and no request was answered.
    Set,
    Rubbish,
}

fn told(response: &str, writes: bool) -> Told {
    if !writes {
        // Reads are judged by who asked; a page need not be read twice.
        return Told::Answer { failed: false };
    }
    match message::answered(response) {
        Err(_) => Told::Rubbish,
        Ok(answered) if answered.outcomes.is_empty() => {
            match answered.set_status.and_then(set_fault) {
                Some(_) => Told::Set,
                None => Told::Rubbish,
            }
        }
        Ok(answered) => Told::Answer {
            failed: answered.outcomes[0].failed(),
        },
    }
}

/// Nobody knows what became of it: the parcel stays out, and in the next visit QuickBooks is asked whether it
/// remembers it. Then it gives its answer once more; else whoever wrote looks by the record's own names whether it
/// is there. After some visits without either, a person is asked.
fn unsure(
    host: &dyn Host,
    session: &Session,
    key: &str,
    writes: bool,
    given: &Given,
) -> Result<Went, String> {
    if session::count_unsure(host, key)? < UNSURE_MAX {
        return Ok(Went::Out(
            "An answer was lost on its way. It will be cleared up with the next update.".to_owned(),
        ));
    }
    let mut given = given.clone();
    if given.hresult.is_none() && writes {
        given.hresult = Some("0x80040402".to_owned());
        given.words = Some("the answer cannot be read".to_owned());
    }
    session::forget_unsure(host, key)?;
    host.relay().answer(&session.ticket, key, &given.packed())?;
    Ok(Went::On)
}

/// How far along the visit is, or that it is over.
fn go_on(host: &dyn Host, mut session: Session, out: &Out, went: Went) -> Result<i32, String> {
    if let Went::Out(words) = went {
        end(host, session, &words);
        return Ok(FAILED);
    }
    session.out = None;
    session.phase = Phase::Ready;
    match out {
        Out::Parcel { .. } => session.answered += 1,
        Out::Identity => session.known = true,
        Out::Nothing | Out::Refused => {}
    }
    let waiting = host.relay().pending(&session.ticket, WAIT_MS)?;
    let over = waiting.parcels == 0 && (!waiting.more || session.pauses >= PAUSES_MAX);
    if over {
        session.phase = Phase::Closing;
        session.words.clear();
    }
    let (done, left) = (session.answered, waiting.parcels.max(1));
    session.save(host)?;
    Ok(match over {
        true => DONE,
        false => i32::try_from((done * 100 / (done + left)).clamp(1, 99)).unwrap_or(99),
    })
}

fn connection_error(host: &dyn Host, mut session: Session, call: &Call) -> String {
    let (hresult, words) = (call.get("hresult"), call.get("message"));
    identity::remember_trouble(host, "hresult", hresult, words);
    let remembered = Settings::of(host).is_ok_and(|settings| settings.company_file().is_none());
    if !session.retried && remembered && !session.path.is_empty() {
        // The path we remember may be an old one: whichever file is open will say by its mark whether it is right.
        session.retried = true;
        session.path.clear();
        if session.save(host).is_ok() {
            return String::new();
        }
    }
    end(
        host,
        session,
        &format!("QuickBooks cannot be reached: {hresult} {words}"),
    );
    "done".to_owned()
}

fn close(host: &dyn Host, session: &Session) -> String {
    host.relay().close(&session.ticket);
    Session::forget(host);
    match session.words.as_str() {
        "" | NO_OP => "OK".to_owned(),
        words => words.to_owned(),
    }
}
