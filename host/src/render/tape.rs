//! Tapes, and what a replay found.

use std::fmt::Write;

use crate::catalogue::Catalogue;
use crate::connector::tape::difference::{Difference, shortened};
use crate::connector::tape::player::{Asked, Departure};
use crate::connector::tape::replay::Verdict;
use crate::control::tapes::{ReplayReport, TapeRow};

use super::table;

pub fn listed(rows: &[TapeRow], words: &Catalogue) -> String {
    if rows.is_empty() {
        return format!("{}\n", words.say("tapes-none", &[]));
    }
    let rows = rows.iter().map(|row| {
        vec![
            row.name.clone(),
            row.recorded_at.clone(),
            row.call.clone(),
            row.bytes.to_string(),
        ]
    });
    table(words, &["tape", "recorded", "call", "bytes"], rows)
}

pub fn exported(file: &str, masked: bool, words: &Catalogue) -> String {
    let key = if masked {
        "tape-masked"
    } else {
        "tape-unmasked"
    };
    format!("{}\n", words.say(key, &[("file", file)]))
}

/// Step by step, then what came of it.
pub fn replayed(report: &ReplayReport, words: &Catalogue) -> String {
    let mut text = String::new();
    let mut line = |words: String| {
        let _ = writeln!(text, "{words}");
    };
    let recorded = &report.recorded;
    line(words.say(
        "replay-of",
        &[
            ("call", &report.call),
            ("name", &recorded.name),
            ("version", &recorded.version),
            ("at", &report.recorded_at),
        ],
    ));
    if report.component.sha256 != recorded.sha256 {
        let component = &report.component;
        line(words.say(
            "replay-other-component",
            &[("name", &component.name), ("version", &component.version)],
        ));
    }
    if report.masked {
        line(words.say("replay-masked", &[]));
    }
    let replayed = &report.replayed;
    for (nth, step) in replayed.steps.iter().enumerate() {
        let mark = if step.seen { " " } else { "·" };
        let answered = match &step.answered {
            Some(answered) => shortened(answered),
            None => words.say("replay-no-answer", &[]),
        };
        line(format!(
            "{mark}{:>4}  {} {}",
            nth + 1,
            step.import,
            shortened(&step.asked)
        ));
        line(format!("       → {answered}"));
    }
    if let Some(log) = &replayed.log {
        line(words.say("replay-log-differs", &[]));
        line(departed(log, words));
    }
    line(match replayed.verdict {
        Verdict::Same => words.say("replay-same", &[]),
        Verdict::SameSoFar => words.say("replay-same-so-far", &[]),
        Verdict::Departed => {
            let place = replayed.departure.as_ref();
            place
                .map(|place| departed(place, words))
                .unwrap_or_default()
        }
        Verdict::ReturnedOtherwise => {
            let said = words.say("replay-returned-otherwise", &[]);
            let shown = replayed.difference.as_ref();
            format!(
                "{said}{}",
                shown.map(|it| parted(it, words)).unwrap_or_default()
            )
        }
    });
    text
}

fn departed(departure: &Departure, words: &Catalogue) -> String {
    let asked = |asked: &Asked| format!("{} {}", asked.import, shortened(&asked.asked));
    let step = departure.step.to_string();
    let (then, now) = (&departure.then, &departure.now);
    match (then, now, &departure.difference) {
        (Some(then), Some(_), Some(difference)) => {
            let args = [("step", step.as_str()), ("import", then.import.as_str())];
            format!(
                "{}{}",
                words.say("replay-asked-otherwise", &args),
                parted(difference, words)
            )
        }
        (Some(then), Some(now), None) => words.say(
            "replay-asked-another",
            &[
                ("step", &step),
                ("then", &asked(then)),
                ("now", &asked(now)),
            ],
        ),
        (Some(then), None, _) => words.say(
            "replay-not-asked",
            &[("step", &step), ("then", &asked(then))],
        ),
        (None, Some(now), _) => words.say("replay-asked-more", &[("now", &asked(now))]),
        (None, None, _) => String::new(),
    }
}

fn parted(difference: &Difference, words: &Catalogue) -> String {
    let place = match difference.place.is_empty() {
        true => words.say("replay-whole", &[]),
        false => difference.place.clone(),
    };
    let told = words.say(
        "replay-difference",
        &[
            ("place", &place),
            ("then", &difference.then),
            ("now", &difference.now),
        ],
    );
    let lines: Vec<String> = told.lines().map(|line| format!("\n    {line}")).collect();
    lines.concat()
}
