//! Connectors in JavaScript and Python, as a vendor would ship them, beside the ones in Rust.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use liaison::connector::tape::Taping;
use liaison::connector::{Compiler, ConnectionSpec, LimitOverrides, Runtime, Shelf};
use liaison::model::{ConnectionId, TenantId, Token};
use liaison::secret::SecretValue;
use liaison_simulators::shell::Running;
use liaison_tests::{Lab, control, count, program, repository, simulator};
use serde_json::{Value, json};

const TENANT: &str = include_str!("../../vendor/tenant.toml");
const FLOWS: [(&str, &str); 3] = [
    ("visits", include_str!("../../vendor/visits.toml")),
    ("tasks", include_str!("../../vendor/tasks.toml")),
    ("tickets", include_str!("../../vendor/tickets.toml")),
];
const CONNECTORS: [&str; 2] = ["js-tasks", "python-tasks"];

/// A task list of the workshop behind JavaScript, one of the office behind Python, and Autotask.
struct Bench {
    lab: Lab,
    workshop: Running,
    office: Running,
}

impl Bench {
    fn new() -> Self {
        let lab = installed();
        let (workshop, office) = (simulator("example"), empty());
        let tenant = TENANT
            .replace("{workshop}", address(&workshop))
            .replace("{office}", address(&office));
        lab.write_tenant("demo", &tenant);
        std::fs::create_dir_all(lab.home().join("flows/demo")).expect("a folder");
        for (flow, text) in FLOWS {
            lab.write(&format!("flows/demo/{flow}.toml"), text);
        }
        for name in ["user_name", "integration_code", "secret"] {
            let value = match name {
                "user_name" => "api@liaison.test",
                "integration_code" => "LIAISON-SIM",
                _ => "simulated-secret",
            };
            lab.secret("demo", &format!("autotask {name}"), value);
        }
        for connection in ["workshop", "office"] {
            lab.secret("demo", &format!("{connection} api_key"), "example-key-0001");
        }
        Self {
            lab,
            workshop,
            office,
        }
    }
}

/// An installation with the connectors.
fn installed() -> Lab {
    let lab = Lab::over(&["autotask"]);
    for name in ["js-tasks", "python-tasks"] {
        lab.install(&component(name));
    }
    lab
}

fn address(simulator: &Running) -> &str {
    simulator.url().trim_start_matches("http://")
}

/// A task list without tasks.
fn empty() -> Running {
    let office = simulator("example");
    for task in rows(&office) {
        control(&office, &json!({"do": "delete", "id": task["id"]}));
    }
    office
}

/// The live tasks.
fn rows(simulator: &Running) -> Vec<Value> {
    let rows = control(simulator, &json!({"do": "rows"}));
    let rows = rows.as_array().cloned().unwrap_or_default();
    rows.into_iter()
        .filter(|task| task["deleted"] == json!(false))
        .collect()
}

#[track_caller]
fn numbered(simulator: &Running, number: &str) -> Value {
    let mut found: Vec<Value> = rows(simulator)
        .into_iter()
        .filter(|task| task["number"] == json!(number))
        .collect();
    assert_eq!(found.len(), 1, "tasks with number {number}: {found:?}");
    found.remove(0)
}

fn writes(simulator: &Running) -> u64 {
    let routes = simulator.requests()["by_route"].clone();
    let routes = routes.as_object().into_iter().flatten();
    routes
        .filter(|(route, _)| !route.starts_with("GET "))
        .map(|(_, count)| count.as_u64().unwrap_or(0))
        .sum()
}

#[test]
fn real_flows_run_between_rust_javascript_and_python() {
    let bench = Bench::new();
    let lab = &bench.lab;
    lab.liaison("flow check").exits(0);
    let own = rows(&bench.workshop).len() as u64;

    let visits = lab.run_flow("visits", 0);
    let made = count(&visits, "visits", "created");
    assert!(made >= 3, "{visits}");
    assert_eq!(rows(&bench.workshop).len() as u64, own + made);

    let tasks = lab.run_flow("tasks", 0);
    assert_eq!(count(&tasks, "tasks", "created"), own + made, "{tasks}");
    let table = numbered(&bench.office, "workshop-t-4");
    assert_eq!(
        (&table["title"], &table["price"], &table["status"]),
        (&json!("Livrer la table"), &json!("1150.00"), &json!("done"))
    );

    let tickets = lab.run_flow("tickets", 0);
    // One of the workshop's own tasks is done.
    assert_eq!(
        count(&tickets, "tickets", "created"),
        own + made - 1,
        "{tickets}"
    );

    for simulator in [&bench.workshop, &bench.office] {
        simulator.reset_requests();
    }
    for flow in ["visits", "tasks", "tickets"] {
        lab.run_flow(flow, 0);
    }
    assert_eq!((writes(&bench.workshop), writes(&bench.office)), (0, 0));
}

#[test]
fn an_edit_is_followed_and_what_is_deleted_is_cancelled() {
    let bench = Bench::new();
    bench.lab.run_flow("tasks", 0);
    control(
        &bench.workshop,
        &json!({"do": "edit", "id": "t-1", "set": {"price": "260.5", "due_on": null}}),
    );
    control(&bench.workshop, &json!({"do": "delete", "id": "t-3"}));
    let run = bench.lab.run_flow("tasks", 0);
    // The edit, and the one that is cancelled.
    assert_eq!(count(&run, "tasks", "updated"), 2, "{run}");
    let shelves = numbered(&bench.office, "workshop-t-1");
    assert_eq!(
        (&shelves["price"], &shelves["due_on"]),
        (&json!("260.50"), &Value::Null)
    );
    let hinges = numbered(&bench.office, "workshop-t-3");
    assert_eq!(hinges["status"], json!("cancelled"));
}

#[test]
fn more_tasks_than_one_page_come_once_each() {
    let bench = Bench::new();
    for n in 0..230 {
        let task = json!({"title": format!("Pièce {n}"), "customer": "Ferme Tremblay"});
        control(&bench.workshop, &json!({"do": "create", "task": task}));
    }
    let there = rows(&bench.workshop).len();
    let run = bench.lab.run_flow("tasks", 0);
    assert_eq!(count(&run, "tasks", "created"), there as u64, "{run}");
    assert_eq!(rows(&bench.office).len(), there);
}

#[test]
fn what_goes_wrong_at_the_system_is_told_as_what_it_is_and_makes_nothing_twice() {
    let status = |status: u16, when: &str| json!({"status": {"status": status, "headers": {"retry-after": "1"}, "body": "", "when": when}});
    let once = |action: Value| json!({"times": 1, "action": action});
    let created = |action: Value| json!({"method": "POST", "times": 1, "action": action});
    let table = [
        ("the answer is lost", created(json!("drop_after"))),
        ("nothing arrived", created(json!("drop_before"))),
        ("half an answer", created(json!("truncate"))),
        ("500 after the work", created(status(500, "after"))),
        ("too many requests", created(status(429, "before"))),
        ("busy", created(status(503, "before"))),
        ("bytes that are no text", once(json!("rubbish"))),
        ("a page of a proxy", once(json!("html"))),
    ];
    let bench = Bench::new();
    bench.lab.run_flow("tasks", 0);
    for (what, fault) in table {
        let task = json!({"title": what, "number": what});
        control(&bench.workshop, &json!({"do": "create", "task": task}));
        bench.office.set_faults(&json!([fault])).expect("a fault");
        bench.lab.liaison("run tasks");
        let fired = bench.office.faults()[0]["fired"].clone();
        assert_eq!(fired, json!(1), "{what}");
        bench.office.set_faults(&json!([])).expect("no faults");
        // What the first run left open the next one finishes.
        bench.lab.liaison("run tasks");
        bench.lab.run_flow("tasks", 0);
        let there = rows(&bench.office);
        let same = there.iter().filter(|task| task["title"] == json!(what));
        assert_eq!(same.count(), 1, "{what}: {there:#?}");
    }
}

#[test]
fn a_refused_task_stands_aside_with_the_words_of_the_system() {
    let bench = Bench::new();
    // Only the API knows that a price has two decimals.
    let flow = FLOWS[1].1.replace(
        "price = { from = \"price\" }",
        "price = { const = \"12.345\" }",
    );
    bench.lab.write("flows/demo/tasks.toml", &flow);
    bench
        .lab
        .liaison("--lang fr run tasks")
        .exits(4)
        .says("L'API refuse la tâche telle quelle");
    assert_eq!(rows(&bench.office).len(), 0);
    bench
        .lab
        .liaison("quarantine show tasks t-1")
        .exits(0)
        .says("price is an amount such as 12.50")
        .says("The API refuses the task as it is");
}

#[test]
fn the_doctor_says_what_a_person_must_set() {
    let bench = Bench::new();
    bench.lab.liaison("check").says("Atelier Boréal");
    let read_only = json!({"do": "set", "switch": "read_only", "value": true});
    for simulator in [&bench.workshop, &bench.office] {
        control(simulator, &read_only);
    }
    let said = bench.lab.liaison("check").exits(4);
    let plan = said.out.matches("Account › Plan").count();
    assert_eq!(plan, 2, "{}", said.out);
    for connection in ["workshop", "office"] {
        bench
            .lab
            .secret("demo", &format!("{connection} api_key"), "another-key-0002");
    }
    let said = bench.lab.liaison("--lang fr check").exits(4);
    let refused = said.out.matches("L'API refuse la clé").count();
    assert_eq!(refused, 2, "{}", said.out);
    for key in ["example-key-0001", "another-key-0002"] {
        assert!(!said.out.contains(key) && !said.err.contains(key));
    }
}

/// What a fresh instance costs, of each language.
#[test]
fn instances_start_in_milliseconds_and_fit_their_memory() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("threads");
    let cache = tempfile::tempdir().expect("a temporary folder");
    let example = simulator("example");
    for (name, start_max, memory_mib_max) in [("js-tasks", 100, 64), ("python-tasks", 200, 128)] {
        let file = component(name);
        let size = std::fs::metadata(&file).expect("it is built").len();
        let host = host(cache.path());
        let began = Instant::now();
        let loaded = runtime.block_on(host.load(&file)).expect("it loads");
        let compiled = began.elapsed();
        let connected = |memory: Option<usize>| {
            let connecting = host.connect(&loaded, spec(&example, memory));
            runtime.block_on(connecting).expect("it connects")
        };
        let connector = connected(None);
        let empty = median(|| {
            let words = runtime.block_on(connector.catalogue("zz"));
            assert_eq!(words.expect("it answers"), None);
        });
        let page = median(|| {
            let page = runtime.block_on(connector.changes("task", None, &[], 100));
            assert_eq!(page.expect("a page").entries.len(), 5);
        });
        // The least with which a page can be read, found by halving.
        let (mut fails, mut works) = (0, memory_mib_max + 1);
        while works - fails > 1 {
            let half = (fails + works) / 2;
            let connector = connected(Some(half << 20));
            let page = runtime.block_on(connector.changes("task", None, &[], 100));
            match page {
                Ok(_) => works = half,
                Err(_) => fails = half,
            }
        }
        println!(
            "{name}: component {} KiB, compiled once in {} ms, fresh instance and empty call {} us, \
             a page over HTTP {} us, memory for it {works} MiB",
            size.div_ceil(1 << 10),
            compiled.as_millis(),
            empty.as_micros(),
            page.as_micros(),
        );
        assert!(
            empty < Duration::from_millis(start_max),
            "{name}: {empty:?}"
        );
        assert!(
            works <= memory_mib_max,
            "{name} wants more than {memory_mib_max} MiB"
        );
    }
}

/// The middle of eleven.
fn median(mut act: impl FnMut()) -> Duration {
    let mut took: Vec<Duration> = (0..11)
        .map(|_| {
            let began = Instant::now();
            act();
            began.elapsed()
        })
        .collect();
    took.sort();
    took[took.len() / 2]
}

fn component(name: &str) -> PathBuf {
    let file = repository().join(format!("target/connectors/{name}.wasm"));
    assert!(
        file.exists(),
        "{} is missing: run `cargo xtask examples`",
        file.display()
    );
    file
}

fn host(cache: &Path) -> Runtime {
    let compiler = Compiler::Child { program: program() };
    Runtime::new(cache, Arc::new(NoShelf), compiler).expect("an engine")
}

fn spec(example: &Running, memory_bytes_max: Option<usize>) -> ConnectionSpec {
    ConnectionSpec {
        tenant: TenantId::parse("demo").expect("a name"),
        connection: ConnectionId::parse("example").expect("a name"),
        settings: json!({"base_url": example.url()}),
        named: Value::Null,
        granted_hosts: vec!["{base_url}".to_owned()],
        insecure: true,
        offline: false,
        allow_private: vec![address(example).parse().expect("an address")],
        extra_roots_pem: None,
        limits: LimitOverrides {
            memory_bytes_max,
            ..LimitOverrides::default()
        },
        secrets: BTreeMap::from([(
            "api_key".to_owned(),
            SecretValue::new("example-key-0001".to_owned()),
        )]),
        taping: Taping::default(),
    }
}

/// Neither of them keeps anything.
struct NoShelf;

#[async_trait]
impl Shelf for NoShelf {
    async fn memory_get(
        &self,
        _: &TenantId,
        _: &ConnectionId,
        key: &str,
    ) -> Result<Option<Vec<u8>>, String> {
        panic!("it looked for {key}")
    }

    async fn memory_set(
        &self,
        _: &TenantId,
        _: &ConnectionId,
        key: &str,
        _: Option<Vec<u8>>,
    ) -> Result<(), String> {
        panic!("it kept {key}")
    }

    async fn note_progress(&self, _: &TenantId, _: &Token, _: Vec<u8>) -> Result<(), String> {
        panic!("it noted something")
    }
}

#[test]
fn a_component_says_name_version_licence_and_contract_in_the_standard_sections() {
    for name in CONNECTORS {
        let bytes = std::fs::read(component(name)).expect("it is built");
        let mut sections = BTreeMap::new();
        let mut depth = 0;
        for payload in wasmparser::Parser::new(0).parse_all(&bytes) {
            match payload.expect("a whole component") {
                wasmparser::Payload::Version { .. } => depth += 1,
                wasmparser::Payload::End(_) => depth -= 1,
                wasmparser::Payload::CustomSection(section) if depth == 1 => {
                    let text = String::from_utf8_lossy(section.data()).into_owned();
                    sections.insert(section.name().to_owned(), text);
                }
                _ => {}
            }
        }
        assert_eq!(sections["version"], "0.1.0", "{name}");
        assert_eq!(sections["licenses"], "Apache-2.0", "{name}");
        assert!(sections["component-name"].contains(name), "{name}");
        let producers = &sections["producers"];
        assert!(
            producers.contains("liaison:connector"),
            "{name}: {producers}"
        );
    }
}

/// `liaison connector`, which wants no installation.
fn vendor(words: &[&str], path: Option<&Path>) -> (i32, String) {
    let mut liaison = Command::new(program());
    liaison
        .arg("connector")
        .args(words)
        .env_remove("LIAISON_LANG");
    if let Some(path) = path {
        liaison.env("PATH", path);
    }
    let output = liaison.output().expect("target/debug/liaison is built");
    let said = [output.stdout, output.stderr].concat();
    let code = output.status.code().unwrap_or(-1);
    (code, String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn who_has_no_tools_is_told_what_to_install() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path().to_string_lossy().into_owned();
    let nothing = folder.path().join("nothing");
    for (lang, install) in [
        ("rust", "rustup"),
        ("js", "Node.js"),
        ("python", "pip install -r requirements.txt"),
    ] {
        let name = format!("my-{lang}");
        let (code, said) = vendor(&["new", &name, "--lang", lang, "--dir", &at], None);
        assert_eq!(code, 0, "{said}");
        let project = folder.path().join(&name);
        let (code, said) = vendor(&["build", &project.to_string_lossy()], Some(&nothing));
        assert_eq!(code, 2, "{lang}: {said}");
        assert!(said.contains(install), "{lang}: {said}");
        let left = std::fs::read_dir(&project).expect("the project").flatten();
        let made = left.filter(|file| file.path().extension().is_some_and(|e| e == "wasm"));
        assert_eq!(made.count(), 0, "{lang}");
    }
    let (code, said) = vendor(&["build", &at], None);
    assert!(code == 2 && said.contains("connector new"), "{said}");
}

#[test]
fn a_mistake_in_a_project_is_told_in_its_tools_words() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path().to_string_lossy().into_owned();
    let tools = repository().join("target/script-tools");
    for (lang, file, tools) in [
        ("js", "src/connector.js", tools.clone()),
        ("python", "src/connector.py", tools.join("venv")),
    ] {
        let name = format!("my-{lang}");
        vendor(&["new", &name, "--lang", lang, "--dir", &at], None);
        let project = folder.path().join(&name);
        let source = project.join(file);
        let text = std::fs::read_to_string(&source).expect("the source");
        std::fs::write(&source, format!("{text}\nno_such_name()\n")).expect("a change");
        let (project, tools) = (project.to_string_lossy(), tools.to_string_lossy());
        let (code, said) = vendor(&["build", &project, "--tools", &tools], None);
        assert_eq!(code, 2, "{lang}: {said}");
        assert!(said.contains("no_such_name"), "{lang}: {said}");
    }
}
