//! A connector that means harm. The setting `behaviour` says which; `tests/src/chaos/guests` runs each.
//!
//! It poses as the source of a flow: one entity, records, a cursor. Whatever it does it does in `changes`,
//! or in `write` where an answer to operations is the point.
//!
//! What Rust cannot say (tables, wrong pointers, its own start function) is written by hand as text and
//! stands with the tests.

mod answers;
mod floods;
mod hoards;
mod reach;

use liaison_sdk::prelude::*;

#[derive(Default)]
struct Hostile;

liaison_sdk::export_connector!(Hostile);

impl Connector for Hostile {
    fn describe(&self) -> Manifest {
        Manifest {
            name: "hostile".to_owned(),
            version: "0.1.0".to_owned(),
            title: text!("hostile", "A connector that means harm"),
            vendor: "liaison".to_owned(),
            settings: schema::settings(
                &[schema::string("url"), schema::string("behaviour")],
                &["url", "behaviour"],
            ),
            secrets: vec![],
            hosts: vec![HostUse {
                pattern: "{url}".to_owned(),
                reason: text!("host", "an accomplice"),
            }],
            limits: Limits {
                rates: vec![],
                // As many at once as the host lets it have.
                concurrency: 10_000,
                ext: vec![],
            },
            entities: vec![EntitySpec::new("customer", text!("customer", "A customer"))
                .fields(&[schema::id("id"), schema::string("name")])
                .operations(
                    Operations::CHANGES
                        | Operations::READ
                        | Operations::CREATE
                        | Operations::UPDATE,
                )
                .changes(ChangeSource::Scan)
                .batches(100, 100)
                .build()],
            ext: vec![],
        }
    }

    fn check(&self, _host: &dyn Host) -> Result<Vec<Finding>, Fault> {
        Ok(vec![])
    }

    fn changes(
        &self,
        host: &dyn Host,
        _entity: &str,
        since: Option<Cursor>,
        _filter: &[Condition],
        limit: u32,
    ) -> Result<Page, Fault> {
        let wish = Wish::of(host);
        match wish.behaviour.as_str() {
            "good" => Ok(answers::page(vec![answers::entry("1")])),
            // ---- computing ----
            "loop" => spin(),
            "memory" => hoards::memory(),
            "recursion" => answers::depth(recurse_in_memory(1)),
            "recursion-on-the-stack" => answers::depth(recurse_on_the_stack(1)),
            "panic" => panic!("the hostile one panics"),
            "panic-with-a-long-message" => panic!("{}", "x".repeat(8 << 20)),
            // ---- waiting ----
            "sleep" => loop {
                host.sleep_ms(30_000);
            },
            "sleep-0" => loop {
                host.sleep_ms(0);
            },
            "poll" => hoards::wait_for_ever(&wish),
            "poll-flood" => hoards::poll_many(&wish),
            // ---- calls of the host ----
            "clock-flood" => loop {
                host.now_ms();
            },
            "random-flood" => loop {
                host.random(4_096);
            },
            "settings-flood" => loop {
                host.settings_json();
            },
            "memory-flood" => floods::memory(host),
            "log-flood" => floods::log_lines(host),
            "log-flood-of-long-lines" => floods::long_log_lines(host),
            // ---- the network ----
            "fetch" => floods::fetch(host, &wish),
            "header-flood" => floods::headers(host, &wish),
            // ---- what is not its own ----
            "recall" => reach::recall(host),
            "forge" => reach::forge(host),
            other if other.starts_with("aim ") => reach::aim(host, &other["aim ".len()..]),
            other if other.starts_with("keep ") => reach::keep(host, &other["keep ".len()..]),
            // ---- what the host must keep ----
            "handles" => hoards::handles(),
            "fields" => hoards::fields(),
            "long-methods" => hoards::methods(),
            "long-parts" => hoards::long_parts(),
            "long-paths" => hoards::paths(),
            "unsent-bodies" => hoards::unsent_bodies(),
            "requests-at-once" => hoards::requests(&wish),
            "answers-at-once" => hoards::answers(&wish),
            // ---- answers that lie ----
            other => answers::changes(other, since, limit),
        }
    }

    fn read(
        &self,
        host: &dyn Host,
        _entity: &str,
        ids: &[String],
    ) -> Result<Vec<Option<Entry>>, Fault> {
        Ok(answers::read(&Wish::of(host).behaviour, ids))
    }

    fn write(&self, host: &dyn Host, _entity: &str, operations: &[Operation]) -> Vec<Outcome> {
        let wish = Wish::of(host);
        match wish.behaviour.as_str() {
            "loop" => spin(),
            "fetch-then-loop" => {
                floods::fetch(host, &wish).ok();
                spin()
            }
            "note-flood" => floods::notes(host, operations),
            other => answers::write(other, operations),
        }
    }
}

/// The settings.
pub struct Wish {
    behaviour: String,
    /// `http://host:port/path`.
    url: String,
}

impl Wish {
    fn of(host: &dyn Host) -> Self {
        let settings: Value = liaison_sdk::serde_json::from_str(&host.settings_json())
            .expect("the host gives an object");
        let text = |name: &str| settings[name].as_str().unwrap_or_default().to_owned();
        Self {
            behaviour: text("behaviour"),
            url: text("url"),
        }
    }
}

fn spin() -> ! {
    let mut counter = 0_u64;
    loop {
        counter = std::hint::black_box(counter.wrapping_add(1));
    }
}

/// Each frame has room in linear memory, where Rust's own stack ends first.
fn recurse_in_memory(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 64]);
    if std::hint::black_box(depth) == 0 {
        return 0;
    }
    recurse_in_memory(depth + 1) + frame[7]
}

static STOP: u64 = 0;

/// No frame in linear memory, so that it is wasmtime's stack that ends.
#[inline(never)]
fn recurse_on_the_stack(depth: u64) -> u64 {
    // SAFETY: a static can be read. Volatile, so that the compiler cannot know it never changes.
    let stop = || unsafe { std::ptr::read_volatile(&raw const STOP) };
    if stop() == depth {
        return 0;
    }
    recurse_on_the_stack(depth + 1) ^ stop()
}
