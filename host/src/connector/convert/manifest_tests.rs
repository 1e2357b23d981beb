//! Manifests that do not hold together, and the sentence for each.

use super::*;

fn text(words: &str) -> wit::Text {
    wit::Text {
        key: "k".into(),
        args: vec![],
        fallback: words.into(),
    }
}

fn good() -> wit::Manifest {
    wit::Manifest {
        name: "probe".into(),
        version: "1.2.3".into(),
        title: text("Probe"),
        vendor: "liaison".into(),
        settings: r#"{"type": "object", "properties": {"url": {"type": "string"}}}"#.into(),
        secrets: vec![wit::SecretUse {
            name: "key".into(),
            title: text("Key"),
            required: true,
            hosts: vec!["api.example.com".into()],
            places: vec![wit::Place::Header("authorization".into())],
        }],
        hosts: vec![
            wit::HostUse {
                pattern: "*.example.com".into(),
                reason: text("the API"),
            },
            wit::HostUse {
                pattern: "{url}".into(),
                reason: text("the server"),
            },
        ],
        limits: wit::Limits {
            rates: vec![wit::RateLimit {
                requests: 10,
                window_s: 1,
            }],
            concurrency: 4,
            ext: vec![],
        },
        entities: vec![wit::Entity {
            name: "thing".into(),
            title: text("Thing"),
            schema: r#"{"type": "object", "properties": {"name": {"type": "string"}}}"#.into(),
            operations: wit::Operations::CHANGES | wit::Operations::CREATE,
            idempotency: vec![wit::Idempotency::Upsert],
            changes: wit::ChangeSource::Stamp(60),
            filters: vec![wit::FieldFilter {
                field: "name".into(),
                ops: vec![wit::Comparison::Eq, wit::Comparison::Other],
            }],
            keys: vec!["name".into()],
            read_batch: 100,
            write_batch: 10,
            ext: vec![],
        }],
        ext: vec![],
    }
}

#[test]
fn a_good_manifest_comes_through() {
    let manifest = manifest(good()).unwrap();
    let thing = manifest.entity("thing").unwrap();
    assert_eq!(
        thing.filters,
        [("name".to_owned(), vec![crate::model::Comparison::Eq])]
    );
    assert_eq!(
        manifest.secrets[0].places,
        [Place::Header("authorization".to_owned())]
    );
}

#[track_caller]
fn check(change: impl FnOnce(&mut wit::Manifest), expected: &str) {
    let mut raw = good();
    change(&mut raw);
    let problems = manifest(raw).unwrap_err();
    assert_eq!(problems, [expected]);
}

#[test]
fn a_secret_that_never_leaves_needs_neither_host_nor_place() {
    let mut raw = good();
    raw.secrets[0].hosts.clear();
    raw.secrets[0].places.clear();
    assert!(manifest(raw).is_ok());
}

#[test]
fn each_contradiction_has_its_sentence() {
    check(
        |m| m.name = "Probe".into(),
        "name `Probe` is not kebab-case",
    );
    check(
        |m| m.version = "1.2".into(),
        "version `1.2` is not MAJOR.MINOR.PATCH",
    );
    check(
        |m| m.settings = "[]".into(),
        "the schema of the settings is not that of an object",
    );
    check(|m| m.entities.clear(), "no entities");
    check(
        |m| m.entities.push(m.entities[0].clone()),
        "entity `thing` stands twice",
    );
    check(
        |m| m.secrets.push(m.secrets[0].clone()),
        "secret `key` stands twice",
    );
    check(|m| m.limits.concurrency = 0, "limits: concurrency 0");
    check(
        |m| m.limits.rates[0].requests = 0,
        "limits: 0 requests in 1 s lets nothing through",
    );
    check(
        |m| m.secrets[0].places.clear(),
        "secret `key` may stand nowhere",
    );
    check(
        |m| m.secrets[0].hosts.clear(),
        "secret `key` is bound to no host",
    );
    check(
        |m| m.secrets[0].places[0] = wit::Place::Header("a b".into()),
        "secret `key`: `a b` is no header",
    );
    check(
        |m| m.secrets[0].hosts[0] = "evil.net".into(),
        "secret `key` is bound to `evil.net`, which `hosts` does not ask for",
    );
    check(
        |m| {
            m.hosts.push(wit::HostUse {
                pattern: "*.com".into(),
                reason: text("all"),
            })
        },
        "hosts: `*.com` would match hosts of too many owners; name at least two labels after `*.`",
    );
    check(
        |m| {
            m.hosts.push(wit::HostUse {
                pattern: "{nope}".into(),
                reason: text("?"),
            })
        },
        "hosts: `{nope}` names no setting",
    );
    check(
        |m| m.entities[0].changes = wit::ChangeSource::Unavailable,
        "entity `thing` offers `changes` and says that they are unavailable",
    );
    check(
        |m| m.entities[0].keys[0] = "nope".into(),
        "entity `thing`: key `nope` is not in its schema",
    );
    check(
        |m| m.entities[0].write_batch = 0,
        "entity `thing`: write-batch 0",
    );
    check(
        |m| m.entities[0].name = "A thing".into(),
        "entity `A thing`: the name is not a-z, 0-9, `-`, `_`",
    );
}

#[test]
fn all_problems_come_at_once() {
    let mut raw = good();
    raw.name = String::new();
    raw.limits.concurrency = 0;
    raw.entities[0].schema = "{".into();
    assert!(manifest(raw).unwrap_err().len() >= 3);
}

#[test]
fn what_is_too_long_is_not_looked_at() {
    let of = |change: &dyn Fn(&mut wit::Manifest)| {
        let mut raw = good();
        change(&mut raw);
        manifest(raw).map(drop).unwrap_err()
    };
    // Checked against each other, these would take hours.
    let hosts = of(&|raw| {
        let host = |number| wit::HostUse {
            pattern: format!("{number}.example.com"),
            reason: text("many"),
        };
        raw.hosts = (0..100_000).map(host).collect();
    });
    assert_eq!(hosts, ["more than 100 hosts"]);
    let entities = of(&|raw| raw.entities = vec![raw.entities[0].clone(); 501]);
    assert_eq!(entities, ["more than 500 entities"]);
    let keys = of(&|raw| raw.entities[0].keys = vec!["name".into(); 1_001]);
    assert_eq!(keys, ["more than 1000 items in one list"]);
    let schema = of(&|raw| raw.settings = format!("[{}]", ["0"; 300_000].join(",")));
    assert!(schema[0].contains("JSON values"), "{schema:?}");
    let many_faults = of(&|raw| raw.entities = vec![raw.entities[0].clone(); 300]);
    assert_eq!(many_faults.len(), 101, "and how many more");
}
