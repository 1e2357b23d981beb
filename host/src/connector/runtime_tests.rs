//! The probe (`tests/guests/probe`) under the real runtime: what it gets, and how it is stopped.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde_json::json;

use super::*;
use crate::connector::test_server::{TestServer, header};
use crate::model::{
    Action as Verb, Comparison, Condition, Fault, FaultKind, Operation, Outcome, Token,
};

const PASSWORD: &str = "s3cret/with spaces";

#[derive(Default)]
struct TestShelf {
    memory: Mutex<HashMap<String, Vec<u8>>>,
    notes: Mutex<Vec<(String, Vec<u8>)>>,
}

#[async_trait]
impl Shelf for TestShelf {
    async fn memory_get(
        &self,
        t: &TenantId,
        c: &ConnectionId,
        key: &str,
    ) -> Result<Option<Vec<u8>>, String> {
        Ok(self
            .memory
            .lock()
            .unwrap()
            .get(&format!("{t}/{c}/{key}"))
            .cloned())
    }

    async fn memory_set(
        &self,
        t: &TenantId,
        c: &ConnectionId,
        key: &str,
        value: Option<Vec<u8>>,
    ) -> Result<(), String> {
        let mut memory = self.memory.lock().unwrap();
        let key = format!("{t}/{c}/{key}");
        match value {
            Some(value) => drop(memory.insert(key, value)),
            None => drop(memory.remove(&key)),
        }
        Ok(())
    }

    async fn note_progress(
        &self,
        _t: &TenantId,
        token: &Token,
        note: Vec<u8>,
    ) -> Result<(), String> {
        self.notes.lock().unwrap().push((token.to_string(), note));
        Ok(())
    }
}

fn probe_file() -> PathBuf {
    guest_file("probe")
}

fn guest_file(name: &str) -> PathBuf {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/guests"));
    let file = folder.join(format!("{name}.wasm"));
    assert!(
        file.exists(),
        "{} is missing: run `cargo xtask guests`",
        file.display()
    );
    file
}

struct Lab {
    folder: tempfile::TempDir,
    runtime: Runtime,
    shelf: Arc<TestShelf>,
    server: TestServer,
}

impl Lab {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // One cache for all tests: the probe is compiled once.
        let cache = PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../target/guests/cache"
        ));
        let shelf = Arc::new(TestShelf::default());
        let runtime = Runtime::new(
            &cache,
            Arc::clone(&shelf) as Arc<dyn Shelf>,
            Compiler::InProcess,
        )
        .unwrap();
        Self {
            folder,
            runtime,
            shelf,
            server: TestServer::start(),
        }
    }

    fn spec(&self) -> ConnectionSpec {
        ConnectionSpec {
            tenant: TenantId::parse("acme").unwrap(),
            connection: ConnectionId::parse("erp").unwrap(),
            settings: json!({"url": self.server.url("")}),
            named: Value::Null,
            granted_hosts: vec!["{url}".to_owned(), "{other}".to_owned()],
            insecure: true,
            offline: false,
            allow_private: vec![self.server.address],
            extra_roots_pem: None,
            limits: LimitOverrides {
                wall_max: Some(Duration::from_secs(20)),
                ..LimitOverrides::default()
            },
            secrets: BTreeMap::from([(
                "password".to_owned(),
                SecretValue::new(PASSWORD.to_owned()),
            )]),
            taping: Taping::default(),
        }
    }

    async fn connect_with(&self, change: impl FnOnce(&mut ConnectionSpec)) -> Arc<dyn Connector> {
        let loaded = self.runtime.load(&probe_file()).await.unwrap();
        let mut spec = self.spec();
        change(&mut spec);
        self.runtime.connect(&loaded, spec).await.unwrap()
    }

    async fn connect(&self) -> Arc<dyn Connector> {
        self.connect_with(|_| {}).await
    }

    /// The one that means harm, in this way.
    async fn hostile(&self, behaviour: &str) -> Arc<dyn Connector> {
        let loaded = self.runtime.load(&guest_file("hostile")).await.unwrap();
        let mut spec = self.spec();
        spec.settings = json!({"url": self.server.url("/"), "behaviour": behaviour});
        spec.granted_hosts = vec!["{url}".to_owned()];
        self.runtime.connect(&loaded, spec).await.unwrap()
    }

    /// What the probe said of these requests.
    async fn send(&self, connector: &Arc<dyn Connector>, requests: &[Value]) -> Vec<Value> {
        let filter = Condition {
            field: "request".to_owned(),
            op: Comparison::IsIn,
            values: requests.to_vec(),
        };
        let page = connector
            .changes("send", None, &[filter], 10)
            .await
            .unwrap();
        page.entries[0].body["said"].as_array().unwrap().clone()
    }

    /// A probe whose `describe` does something else.
    fn probe_that_describes(&self, how: &str) -> PathBuf {
        let mut bytes = std::fs::read(probe_file()).unwrap();
        let at = memchr::memmem::find(&bytes, b"probe-describe=good     ")
            .expect("the probe has its mark");
        let text = format!("probe-describe={how:<9}");
        bytes[at..at + text.len()].copy_from_slice(text.as_bytes());
        let file = self.folder.path().join(format!("{how}.wasm"));
        std::fs::write(&file, bytes).unwrap();
        file
    }
}

async fn said(connector: &Arc<dyn Connector>, mode: &str) -> Result<Value, Fault> {
    let page = connector.changes(mode, None, &[], 10).await?;
    Ok(page.entries[0].body["said"].clone())
}

fn create(body: &str) -> Operation {
    Operation {
        token: Token::parse("0123456789ABCDEFGHIJKLMNOP").unwrap(),
        action: Verb::Create,
        id: None,
        version: None,
        body: body.to_owned(),
        resume: None,
    }
}

fn kind(outcome: &Outcome) -> FaultKind {
    outcome.as_ref().unwrap_err().kind
}

fn get(url: &str) -> Value {
    json!({"method": "GET", "url": url})
}

// ---- what a guest gets ------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread")]
async fn a_component_loads_and_describes_itself() {
    let lab = Lab::new();
    let loaded = lab.runtime.load(&probe_file()).await.unwrap();
    assert_eq!(
        (loaded.manifest.name.as_str(), loaded.sha256.len()),
        ("probe", 64)
    );
    assert_eq!(loaded.manifest.entities[0].name, "thing");
    assert!(loaded.manifest.entities[0].operations.create);
    let connector = lab.connect().await;
    assert_eq!(connector.check().await.unwrap(), []);
    assert!(connector.catalogue("en").await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_clock_random_and_secrets_are_there() {
    let lab = Lab::new();
    let world = said(&lab.connect().await, "world").await.unwrap();
    assert!(world["settings"].as_str().unwrap().contains("127.0.0.1"));
    assert!(world["year"].as_u64().unwrap() >= 2026);
    assert_eq!(world["random"], 16);
    assert_eq!(
        world["unknown_secret"],
        json!({"Err": "the manifest declares no secret `nope`"})
    );
    assert_eq!(
        world["unset_secret"],
        json!({"Err": "the secret `token` is not set"})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_kept_outside_the_instance() {
    let lab = Lab::new();
    let connector = lab.connect().await;
    let said = said(&connector, "memory").await.unwrap();
    assert_eq!(
        (&said["before"], &said["after"], &said["deleted"]),
        (&json!(null), &json!(4), &json!(true))
    );
    assert!(
        said["too_large"]["Err"].as_str().unwrap().contains("65536"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_noted_for_own_operations_only() {
    let lab = Lab::new();
    let outcomes = lab.connect().await.write("note", &[create("{}")]).await;
    let said = outcomes[0].as_ref().unwrap().body.clone().unwrap();
    assert_eq!(said["own"], json!({"Ok": null}));
    assert!(
        said["foreign"]["Err"]
            .as_str()
            .unwrap()
            .contains("no operation of this call")
    );
    let notes = lab.shelf.notes.lock().unwrap().clone();
    assert_eq!(
        notes,
        [(
            "0123456789ABCDEFGHIJKLMNOP".to_owned(),
            b"half-way".to_vec()
        )]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_leave_and_answers_come_back() {
    let lab = Lab::new();
    let connector = lab.connect().await;
    let post = json!({"method": "POST", "url": lab.server.url("/echo?a=1&b=%20"),
                      "headers": [["x-one", "1"], ["content-type", "text/plain"]], "body": "héllo"});
    let said = lab
        .send(&connector, &[post, get(&lab.server.url("/redirect"))])
        .await;
    assert_eq!(said[0]["status"], 200, "{}", said[0]);
    let seen = lab.server.seen();
    assert!(
        seen[0].starts_with("POST /echo?a=1&b=%20 HTTP/1.1"),
        "{}",
        seen[0]
    );
    assert!(seen[0].ends_with("héllo"));
    assert_eq!(
        (
            header(&seen[0], "x-one"),
            header(&seen[0], "content-length")
        ),
        ("1".into(), "6".into())
    );
    assert_eq!(header(&seen[0], "host"), lab.server.address.to_string());
    assert_eq!(
        said[1]["status"], 302,
        "redirects are the guest's business: {}",
        said[1]
    );
    assert_eq!(seen.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_put_in_as_it_leaves_and_taken_out_of_the_answer() {
    let lab = Lab::new();
    let connector = lab.connect().await;
    let request = json!({
        "method": "POST", "url": lab.server.url("/leak/<<password:url>>?key=<<password:url>>&x=1"),
        "headers": [["x-password", "<<password:plain>>"], ["authorization", "Basic <<password:basic>>"]],
        "body": "{\"p\": \"<<password:json>>\"}",
    });
    let leak = json!({"method": "GET", "url": lab.server.url("/leak"), "headers": [["x-password", "<<password:plain>>"]]});
    let said = lab.send(&connector, &[request, leak]).await;
    let seen = &lab.server.seen()[0];
    assert!(
        seen.starts_with("POST /leak/s3cret%2Fwith%20spaces?key=s3cret%2Fwith%20spaces&x=1 "),
        "{seen}"
    );
    assert_eq!(header(seen, "x-password"), PASSWORD);
    assert_eq!(
        header(seen, "authorization"),
        "Basic czNjcmV0L3dpdGggc3BhY2Vz"
    );
    assert!(seen.ends_with(r#"{"p": "s3cret/with spaces"}"#), "{seen}");
    assert!(!said[0].to_string().contains("s3cret"), "{}", said[0]);
    assert_eq!(said[1]["body"], "plain [secret password]");
    assert!(
        said[1]["headers"]
            .to_string()
            .contains(r#"["x-echo","[secret password]"]"#),
        "{}",
        said[1]
    );
}

// ---- what a guest is refused ------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_allowed_never_leaves() {
    let lab = Lab::new();
    let connector = lab
        .connect_with(|spec| spec.settings["other"] = json!("https://10.0.0.7:8443"))
        .await;
    let port = lab.server.address.port();
    let with_secret = |name: &str, value: &str| json!({"method": "GET", "url": lab.server.url("/echo"), "headers": [[name, value]]});
    let cases = [
        (get("https://example.com/"), "HttpRequestDenied"),
        (
            get(&format!("http://localhost:{port}/")),
            "HttpRequestDenied",
        ),
        (
            get(&format!("http://127.0.0.1:{}/", port ^ 1)),
            "HttpRequestDenied",
        ),
        (
            get(&format!("http://user@127.0.0.1:{port}/")),
            "HttpRequestDenied",
        ),
        (get("https://10.0.0.7:8443/"), "DestinationIpProhibited"),
        (
            with_secret("x-other", "<<password:plain>>"),
            "HttpRequestDenied",
        ),
        (
            json!({"method": "GET", "url": lab.server.url("/?other=<<password:url>>")}),
            "HttpRequestDenied",
        ),
        (
            json!({"method": "POST", "url": lab.server.url("/"), "body_bytes": 11_000_000}),
            "HttpRequestBodySize",
        ),
        (with_secret("x-large", &"y".repeat(70_000)), "trap"),
    ];
    for (request, expected) in &cases[..cases.len() - 1] {
        let said = &lab.send(&connector, std::slice::from_ref(request)).await[0];
        let detail = said["detail"]
            .as_str()
            .unwrap_or_else(|| panic!("{request} was answered: {said}"));
        assert!(detail.contains(expected), "{request}: {said}");
    }
    assert_eq!(lab.server.seen(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_address_needs_its_exact_port() {
    let lab = Lab::new();
    let refused = lab.connect_with(|spec| spec.allow_private.clear()).await;
    let said = lab.send(&refused, &[get(&lab.server.url("/"))]).await;
    assert!(
        said[0]["detail"]
            .as_str()
            .unwrap()
            .contains("DestinationIpProhibited"),
        "{}",
        said[0]
    );

    // The same through a name: the resolver checks what it resolves to.
    let url = format!("http://localhost:{}", lab.server.address.port());
    let by_name = |allow: Vec<SocketAddr>| {
        let url = url.clone();
        async {
            lab.connect_with(move |spec| {
                spec.settings = json!({"url": url});
                spec.allow_private = allow;
            })
            .await
        }
    };
    let said = lab.send(&by_name(vec![]).await, &[get(&url)]).await;
    assert!(
        said[0]["detail"]
            .as_str()
            .unwrap()
            .contains("DestinationIpProhibited"),
        "{}",
        said[0]
    );
    let said = lab
        .send(&by_name(vec![lab.server.address]).await, &[get(&url)])
        .await;
    assert_eq!(said[0]["status"], 200, "{}", said[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_needs_insecure() {
    let lab = Lab::new();
    let connector = lab.connect_with(|spec| spec.insecure = false).await;
    let operations = [create(&get(&lab.server.url("/")).to_string())];
    let outcomes = connector.write("send-then-refuse", &operations).await;
    let fault = outcomes[0].as_ref().unwrap_err();
    let denied = fault
        .ext
        .iter()
        .find(|(name, _)| name == "denied")
        .map(|(_, words)| words.as_str());
    assert_eq!(
        denied,
        Some("plain http needs `insecure = true` in the connection")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sent_and_not_sent_can_be_told_apart() {
    let lab = Lab::new();
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let connector = lab
        .connect_with(|spec| {
            spec.settings["other"] = json!(format!("http://{closed}"));
            spec.allow_private.push(closed);
            spec.limits.request_timeout = Some(Duration::from_millis(500));
        })
        .await;
    let cases = [
        (format!("http://{closed}/"), "not_sent"),
        (lab.server.url("/close"), "no_answer"),
        (lab.server.url("/cut"), "no_answer"),
        (lab.server.url("/slow"), "no_answer"),
        (lab.server.url("/big"), "no_answer"),
        (lab.server.url("/bomb"), "no_answer"),
        (lab.server.url("/brotli"), "no_answer"),
        (lab.server.url("/headers"), "no_answer"),
    ];
    for (url, expected) in cases {
        let said = &lab.send(&connector, &[get(&url)]).await[0];
        assert!(said.get(expected).is_some(), "{url}: {said}");
    }
}

// ---- how a guest is stopped ---------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_loop_ends_with_its_processor_time() {
    let lab = Lab::new();
    let connector = lab
        .connect_with(|spec| spec.limits.cpu_max = Some(Duration::from_millis(200)))
        .await;
    let started = Instant::now();
    let fault = said(&connector, "loop").await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Internal);
    assert!(
        fault.to_string().contains("200 ms of processor time"),
        "{fault}"
    );
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_waits_ends_with_the_wall_time_and_uses_no_processor() {
    let lab = Lab::new();
    let connector = lab
        .connect_with(|spec| {
            spec.limits.wall_max = Some(Duration::from_millis(600));
            spec.limits.cpu_max = Some(Duration::from_millis(300));
        })
        .await;
    let fault = said(&connector, "wait").await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unavailable);
    assert!(fault.to_string().contains("longer than 600 ms"), "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_cannot_make_the_host_copy_without_end() {
    let lab = Lab::new();
    // Room enough to build the text, so that it is the copying that is refused.
    let connector = lab
        .connect_with(|spec| spec.limits.memory_bytes_max = Some(256 << 20))
        .await;
    let fault = said(&connector, "large").await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Internal);
    assert!(fault.to_string().contains("fuel"), "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_in_a_guest_is_a_fault_with_its_reason() {
    let lab = Lab::new();
    let connector = lab.connect().await;
    for (mode, expected) in [
        ("grow", "asked for more memory than it gets"),
        ("recurse", "out of bounds memory access"), // Rust keeps its stack in linear memory
        ("panic", "the probe panics"),
        ("dice", "at most 4096"),
        ("handles", "no free keys"),
        ("no-json", "does not parse"),
    ] {
        let fault = said(&connector, mode).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Internal, "{mode}: {fault}");
        assert!(fault.to_string().contains(expected), "{mode}: {fault}");
    }
    // The connection goes on: each call has an instance of its own.
    assert!(said(&connector, "world").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_log_lines_is_cut() {
    let lab = Lab::new();
    assert!(said(&lab.connect().await, "flood").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parts_of_a_request_are_short() {
    let lab = Lab::new();
    let page = lab
        .hostile("long-parts")
        .await
        .changes("customer", None, &[], 10)
        .await;
    let taken = page.unwrap().entries[0].body["taken"].clone();
    assert_eq!(taken, "[true, true, true, false, false, false]");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_durable_is_counted() {
    let lab = Lab::new();
    let page = lab
        .hostile("memory-flood")
        .await
        .changes("customer", None, &[], 10)
        .await;
    assert_eq!(page.unwrap().entries[0].body["kept"], "256");
    let outcomes = lab
        .hostile("note-flood")
        .await
        .write("customer", &[create("{}")])
        .await;
    let said = outcomes[0].as_ref().unwrap().body.clone().unwrap();
    assert_eq!(said["kept"], "64");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_small_enough_to_be_parsed() {
    let lab = Lab::new();
    for behaviour in ["wide-json", "deep-json"] {
        let page = lab
            .hostile(behaviour)
            .await
            .changes("customer", None, &[], 10)
            .await;
        let words = page.unwrap_err().to_string();
        assert!(words.contains("more than 250000 JSON values"), "{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_ends_early_says_whether_something_may_have_left() {
    let lab = Lab::new();
    let connector = lab
        .connect_with(|spec| spec.limits.cpu_max = Some(Duration::from_millis(200)))
        .await;
    let operation = create(&json!({"method": "POST", "url": lab.server.url("/echo")}).to_string());
    let denied = create(&get("https://example.com/").to_string());
    for (mode, operation, expected) in [
        ("loop", &operation, FaultKind::Internal),
        ("send-then-loop", &operation, FaultKind::OutcomeUnknown),
        ("send-then-panic", &operation, FaultKind::OutcomeUnknown),
        ("send-then-loop", &denied, FaultKind::Internal),
        ("short", &operation, FaultKind::OutcomeUnknown),
    ] {
        let outcomes = connector
            .write(mode, &[operation.clone(), operation.clone()])
            .await;
        assert_eq!(outcomes.len(), 2, "{mode}");
        assert_eq!(
            (kind(&outcomes[0]), kind(&outcomes[1])),
            (expected, expected),
            "{mode}: {:?}",
            outcomes[0]
        );
    }
    let contradictory = connector
        .write("thing", &[operation.clone(), operation])
        .await;
    assert_eq!(kind(&contradictory[1]), FaultKind::OutcomeUnknown);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_cut_off_in_the_middle_of_a_request_is_unknown() {
    let lab = Lab::new();
    let connector = lab
        .connect_with(|spec| spec.limits.wall_max = Some(Duration::from_millis(700)))
        .await;
    let slow = create(&json!({"method": "POST", "url": lab.server.url("/slow")}).to_string());
    let outcomes = connector.write("send-then-refuse", &[slow]).await;
    // Our request time-out is the wall time, so either of the two may fire first; both are doubt.
    let fault = outcomes[0].as_ref().unwrap_err();
    let doubt = fault.kind == FaultKind::OutcomeUnknown || fault.to_string().contains("no_answer");
    assert!(doubt, "{fault}");
}

// ---- loading and connecting -------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread")]
async fn describe_may_only_log() {
    let lab = Lab::new();
    for (how, expected) in [
        (
            "clock",
            "`describe` may only log, and it called clock.now-ms",
        ),
        ("panic", "describe panics"),
        ("loop", "processor time"),
        ("nonsense", "name `Not Kebab` is not kebab-case"),
    ] {
        let error = lab
            .runtime
            .load(&lab.probe_that_describes(how))
            .await
            .unwrap_err();
        assert!(error.to_string().contains(expected), "{how}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_says_all_that_is_missing() {
    let lab = Lab::new();
    let loaded = lab.runtime.load(&probe_file()).await.unwrap();
    let refused = async |change: &dyn Fn(&mut ConnectionSpec)| {
        let mut spec = lab.spec();
        change(&mut spec);
        match lab.runtime.connect(&loaded, spec).await {
            Ok(_) => panic!("it connected"),
            Err(error) => error.to_string(),
        }
    };
    let words = refused(&|spec| spec.settings = json!({"ulr": 1})).await;
    assert!(
        words.contains("url: is missing") && words.contains("did you mean `url`?"),
        "{words}"
    );

    let words = refused(&|spec| {
        spec.settings = json!({"url": "https://erp.example.com:8443/x"});
        spec.granted_hosts = vec!["other.example.com".to_owned()];
    })
    .await;
    assert!(
        words.contains("does not grant `{url}` (the server)"),
        "{words}"
    );
    assert!(
        words.ends_with(r#"hosts = ["other.example.com", "erp.example.com:8443"]"#),
        "{words}"
    );

    let words = refused(&|spec| spec.secrets.clear()).await;
    assert!(words.contains("liaison secret set erp password"), "{words}");

    let words = refused(&|spec| spec.granted_hosts.push("*.com".to_owned())).await;
    assert!(words.contains("too many owners"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn how_long_a_call_takes() {
    let lab = Lab::new();
    let started = Instant::now();
    let loaded = lab.runtime.load(&probe_file()).await.unwrap();
    println!("load (cached): {:?}", started.elapsed());
    let connector = lab.runtime.connect(&loaded, lab.spec()).await.unwrap();
    said(&connector, "world").await.unwrap();
    let started = Instant::now();
    let calls = 1_000;
    for _ in 0..calls {
        connector.check().await.unwrap();
    }
    println!(
        "one `check` in a fresh instance: {:?}",
        started.elapsed() / calls
    );
}
