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
    let next = AtomicUsize::new(0);
    let [reached, killed, again, duplicates] = std::thread::scope(|scope| {
        let worker = || {
            let mut sums = [0_usize; 4];
            while let Some(point) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                let both = [Flow::LooksUp, Flow::RecognisesNothing].map(|flow| one(point, flow));
                let of_pads =
                    |count: fn(&Pad) -> usize| both.iter().map(|(_, pad)| count(pad)).sum();
                let deaths = both.iter().filter(|(died, _)| *died).count();
                let again = of_pads(|pad| pad.again);
                let duplicates = of_pads(Pad::duplicates);
                let counts = [usize::from(deaths > 0), deaths, again, duplicates];
                for (sum, count) in sums.iter_mut().zip(counts) {
                    *sum += count;
                }
            }
            sums
        };
        let workers = [scope.spawn(worker), scope.spawn(worker)];
        let sums = workers.map(|worker| worker.join().expect("each place came out well"));
        [0, 1, 2, 3].map(|nth| sums[0][nth] + sums[1][nth])
    });
    println!(
        "{} places, {killed} kills, {again} messages that came again, {duplicates} duplicates",
        points.len()
    );
    assert_eq!(reached, points.len(), "a place that is never reached");
    assert_eq!(duplicates, 0);
}

/// What keeps a note from being made twice.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// The relay, and a look-up by the note's text.
    LooksUp,
    /// The relay alone.
    RecognisesNothing,
}

/// Dies once at this place, is started again, and goes on at the next visit.
fn one(point: &str, flow: Flow) -> (bool, Pad) {
    let desk = Desk::new("every 10 s");
    if flow == Flow::RecognisesNothing {
        desk.recognise_nothing();
    }
    let mut pad = desk.pad();
    let mut service = desk.serve(&[("LIAISON_CRASH_AT", point)]);
    // It breaks off in the middle; a kill at the end of a run may come after it.
    let _ = pad.visit(Power::Lasts);
    until_dead_or_idle(&desk, &mut service);
    let died = service.has_died();
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
    (died, pad)
}

fn until_dead_or_idle(desk: &Desk, service: &mut Service) {
    until("its death or the end of the run", || {
        let ended = !service.has_died() && {
            // Asked of one that dies meanwhile, it is no answer.
            let said = desk.lab.liaison("--json status");
            said.exit == 0 && said.out.contains("\"status\": \"completed\"")
        };
        (service.has_died() || ended).then_some(())
    });
}

#[test]
fn the_pad_loses_its_power_and_each_note_is_there_once() {
    let (mut cuts, mut again, mut duplicates) = (0, 0, 0);
    for power in [Power::FailsBeforeWork, Power::FailsAfterWork] {
        let desk = Desk::new("every 10 s");
        desk.recognise_nothing();
        let _service = desk.serve(&[]);
        let mut pad = desk.pad();
        for _ in 0..3 {
            pad.visit(power).expect_err("it loses its power");
            cuts += 1;
        }
        until("all notes", || {
            pad.visit(Power::Lasts).expect("a visit");
            (pad.texts() == desk.customers()).then_some(())
        });
        pad.visit(Power::Lasts).expect("another visit");
        assert_eq!(pad.texts(), desk.customers(), "{power:?}");
        again += pad.again;
        duplicates += pad.duplicates();
    }
    println!("{cuts} power cuts, {again} messages that came again, {duplicates} duplicates");
    assert!(again > 0, "no message came a second time");
    assert_eq!(duplicates, 0);
}

#[test]
fn a_run_by_hand_that_the_service_died_over_goes_on_at_the_next_call() {
    let desk = Desk::new("manual");
    let mut pad = desk.pad();
    let service = desk.serve(&[]);
    let run = desk.begin("run notes");
    until("the run waits", || {
        (desk.last_run("notes")["status"] == json!("waiting")).then_some(())
    });
    drop(service);
    run.said().exits(3).says("ended before it answered");
    let _service = desk.serve(&[]);
    assert!(pad.notes.is_empty());
    pad.visit(Power::Lasts).expect("a visit");
    assert_eq!(pad.texts(), desk.customers());
    // That was all that it wanted: it does not begin again.
    let run = desk.last_run("notes")["id"].clone();
    pad.visit(Power::Lasts).expect("another visit");
    assert_eq!(desk.last_run("notes")["id"], run);
}
