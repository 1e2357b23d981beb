//! What `link match` found and what `reset` does to links, as text.

use std::fmt::Write;

use crate::catalogue::Catalogue;
use crate::control::matches::{DuplicateRow, MatchReport, PairRow, Shown};
use crate::control::reset::ResetReport;
use crate::model::Side;

pub fn matched(report: &MatchReport, words: &Catalogue) -> String {
    let mut text = String::new();
    let number = |count: u64| count.to_string();
    let line = |text: &mut String, key: &str, counts: [(&str, u64); 2]| {
        let counts = counts.map(|(name, count)| (name, number(count)));
        let args = [
            (counts[0].0, counts[0].1.as_str()),
            (counts[1].0, counts[1].1.as_str()),
        ];
        let _ = writeln!(text, "{}", words.say(key, &args));
    };
    let records = report.records;
    let looked = [("source", records.source), ("target", records.target)];
    line(&mut text, "match-records", looked);
    if report.linked.source + report.filtered > 0 {
        let aside = [
            ("linked", report.linked.source),
            ("filtered", report.filtered),
        ];
        line(&mut text, "match-aside", aside);
    }
    if report.duplicates.count > 0 {
        heading(
            &mut text,
            "match-duplicates",
            report.duplicates.count,
            words,
        );
        for row in &report.duplicates.first {
            let _ = writeln!(text, "  {}", duplicate(row, words));
        }
        rest(&mut text, &report.duplicates, words);
    }
    for crowd in &report.crowds.first {
        let (source, target) = (number(crowd.source), number(crowd.target));
        let args = [
            ("value", crowd.value.as_str()),
            ("source", source.as_str()),
            ("target", target.as_str()),
        ];
        let _ = writeln!(text, "{}", words.say("match-crowd", &args));
    }
    rest(&mut text, &report.crowds, words);
    for (key, pairs) in [
        ("match-certain", &report.certain),
        ("match-likely", &report.likely),
        ("match-ambiguous", &report.ambiguous),
    ] {
        heading(&mut text, key, pairs.count, words);
        for row in &pairs.first {
            let _ = writeln!(text, "  {}", pair(row, words));
        }
        rest(&mut text, pairs, words);
    }
    let alone = report.unmatched;
    let alone = [("source", alone.source), ("target", alone.target)];
    line(&mut text, "match-alone", alone);
    let file = [("file", report.file.as_str())];
    let _ = writeln!(text, "{}", words.say("match-written", &file));
    text
}

fn heading(text: &mut String, key: &str, count: u64, words: &Catalogue) {
    let count = count.to_string();
    let _ = writeln!(text, "{}", words.say(key, &[("count", count.as_str())]));
}

fn rest<T>(text: &mut String, shown: &Shown<T>, words: &Catalogue) {
    let more = shown.count - shown.first.len() as u64;
    if more > 0 {
        let more = more.to_string();
        let _ = writeln!(
            text,
            "  {}",
            words.say("match-more", &[("count", more.as_str())])
        );
    }
}

fn duplicate(row: &DuplicateRow, words: &Catalogue) -> String {
    let side = match row.side {
        Side::Left => words.say("word-source", &[]),
        Side::Right => words.say("word-target", &[]),
    };
    let records = row
        .records
        .iter()
        .map(|(title, id)| format!("{title} ({id})"));
    let records = records.collect::<Vec<_>>().join(", ");
    let args = [
        ("side", side.as_str()),
        ("key", row.key.as_str()),
        ("records", records.as_str()),
    ];
    words.say("match-duplicate", &args)
}

fn pair(row: &PairRow, words: &Catalogue) -> String {
    format!(
        "{} ({}) = {} ({}): {}",
        row.source_title,
        row.source,
        row.target_title,
        row.target,
        words.text(&row.why)
    )
}

pub fn reset(report: &ResetReport, words: &Catalogue) -> String {
    let mut text = String::new();
    if let Some(rebuilt) = &report.rebuilt {
        let (confirmed, kept) = (rebuilt.confirmed.to_string(), rebuilt.kept.to_string());
        let (moved, new) = (
            rebuilt.moved_count.to_string(),
            rebuilt.new_count.to_string(),
        );
        let args = [
            ("confirmed", confirmed.as_str()),
            ("kept", kept.as_str()),
            ("moved", moved.as_str()),
            ("new", new.as_str()),
        ];
        let _ = writeln!(text, "{}", words.say("reset-links", &args));
        if rebuilt.contested > 0 {
            let contested = rebuilt.contested.to_string();
            let args = [("count", contested.as_str())];
            let _ = writeln!(text, "{}", words.say("reset-contested", &args));
        }
        for (source, from, to) in &rebuilt.moved {
            let args = [
                ("source", source.as_str()),
                ("from", from.as_str()),
                ("to", to.as_str()),
            ];
            let _ = writeln!(text, "  {}", words.say("reset-moved", &args));
        }
        for (source, target) in &rebuilt.new {
            let args = [("source", source.as_str()), ("target", target.as_str())];
            let _ = writeln!(text, "  {}", words.say("reset-new", &args));
        }
    }
    let links = report.links.to_string();
    let args = [("flow", report.flow.as_str()), ("links", links.as_str())];
    let key = match report.applied {
        true => "reset-done",
        false => "reset-not-done",
    };
    let _ = writeln!(text, "{}", words.say(key, &args));
    text
}
