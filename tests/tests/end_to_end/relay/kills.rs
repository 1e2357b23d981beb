//! The service dies, or the pad loses its power, at every step of an exchange: each note is there once.

use std::sync::atomic::{AtomicUsize, Ordering};

use liaison_tests::Lab;
use liaison_tests::service::until;
use serde_json::json;

use super::pad::{Pad, Power};
use super::{Desk, Service};

/// Engine places that matter here beside the relay's own.
const ENGINE: &[&str] = &[
    "before-write:1",
    "after-write:1",
    "before-outcomes:1",
    "after-outcomes:1",
    "after-intents:1",
    "after-find:1",
    "before-run-ends:1",
];

fn points() -> Vec<String> {
    let said = Lab::over(&[]).liaison("crash-points").exits(0);
    let names = said.out.lines().filter(|name| name.contains("-relay-"));
    // The first visit of a place is mostly about a look-up, a later one about a note.
    let twice = names.flat_map(|name| [format!("{name}:1"), format!("{name}:3")]);
    let put_back = |point: &String| point.contains("put-back") && point.ends_with(":3");
    let mut points: Vec<String> = twice.filter(|point| !put_back(point)).collect();
    points.extend(ENGINE.iter().map(|point| (*point).to_owned()));
    points
}

#[test]
fn killed_at_every_step_each_note_is_there_once() {
    let points = points();
    assert!(points.len() >= 18, "{points:?}");
    let (next, killed, again) = (
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicUsize::new(0),
    );
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(point) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let pad = one(point, &killed);
                    again.fetch_add(pad.again as usize, Ordering::Relaxed);
                }
            });
        }
    });
    let (killed, again) = (killed.into_inner(), again.into_inner());
    println!(
        "{} places, {killed} kills, {again} messages that came again, 0 duplicates",
        points.len()
    );
    assert_eq!(killed, points.len(), "a place that is never reached");
}

/// Dies once at this place, is started again, and goes on at the next visit.
fn one(point: &str, killed: &AtomicUsize) -> Pad {
    let desk = Desk::new("every 10 s");
    let mut pad = desk.pad();
    let mut service = desk.serve(&[("LIAISON_CRASH_AT", point)]);
    let visited = pad.visit(Power::Lasts);
    // A kill at the end of a run may come after the visit.
    let died = visited.is_err() || {
        until_dead_or_idle(&desk, &mut service);
        service.has_died()
    };
    if died {
        killed.fetch_add(1, Ordering::Relaxed);
    }
    drop(service);
    let _service = desk.serve(&[]);
    // What was cut off goes on at once: one visit is enough, if only because none of the flows is due yet.
    pad.visit(Power::Lasts)
        .unwrap_or_else(|why| panic!("{point}: {why}"));
    assert_eq!(pad.texts(), desk.customers(), "{point}");
    until("the end of the run", || {
        (desk.last_run("notes")["status"] == json!("completed")).then_some(())
    });
    pad.visit(Power::Lasts)
        .unwrap_or_else(|why| panic!("{point}: {why}"));
    assert_eq!(pad.texts(), desk.customers(), "{point}");
    let report = desk.lab.liaison("--json store verify").exits(0).json();
    assert_eq!(report["answer"]["intents"], json!(0), "{point}");
    pad
}

fn until_dead_or_idle(desk: &Desk, service: &mut Service) {
    until("its death or the end of the run", || {
        let ended = || {
            let said = desk.lab.liaison("--json status");
            said.exit == 0 && said.out.contains("ended_at")
        };
        (service.has_died() || ended()).then_some(())
    });
}

#[test]
fn the_pad_loses_its_power_and_each_note_is_there_once() {
    let mut again = 0;
    for power in [Power::FailsBeforeWork, Power::FailsAfterWork] {
        let desk = Desk::new("every 10 s");
        let _service = desk.serve(&[]);
        let mut pad = desk.pad();
        for _ in 0..3 {
            pad.visit(power).expect_err("it loses its power");
        }
        until("all notes", || {
            pad.visit(Power::Lasts).expect("a visit");
            (pad.texts() == desk.customers()).then_some(())
        });
        pad.visit(Power::Lasts).expect("another visit");
        assert_eq!(pad.texts(), desk.customers(), "{power:?}");
        again += pad.again;
    }
    assert!(again > 0, "no message came a second time");
    println!("6 power cuts, {again} messages that came again, 0 duplicates");
}
