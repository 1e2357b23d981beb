//! `link match`: what is there on both sides is paired before the first run, and a person decides.

use std::sync::Arc;

use serde::Serialize;

use crate::engine::Observer;
use crate::engine::survey::{Among, Survey};
use crate::matching::{
    self, Candidate, CsvProblem, Decision, Reason, Report, Row, RowError, Sides,
};
use crate::model::link::Cause;
use crate::model::text::words;
use crate::model::{Fault, NativeId, Side, Text};

use super::links::{PairLine, makes_pairs};
use super::request::{Answer, FlowRef};
use super::{Control, ControlError};

/// Records asked for at once when a file is applied.
const ASKED_AT_ONCE: usize = 500;
/// Of each kind so many are shown; all pairs are in the file.
pub const SHOWN_MAX: usize = 20;

/// What `link match` found. The lists hold the first of each kind; the counts say how many there are.
#[derive(Debug, Clone, Serialize)]
pub struct MatchReport {
    pub file: String,
    /// What goes into that file. It travels beside the answer, not in it.
    #[serde(skip)]
    pub csv: String,
    pub records: Both,
    pub linked: Both,
    /// Source records that the flow's filter leaves out.
    pub filtered: u64,
    pub duplicates: Shown<DuplicateRow>,
    pub crowds: Shown<CrowdRow>,
    pub certain: Shown<PairRow>,
    pub likely: Shown<PairRow>,
    /// Every candidate pair of records between which nothing decides.
    pub ambiguous: Shown<PairRow>,
    pub unmatched: Both,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Both {
    pub source: u64,
    pub target: u64,
}

#[derive(Debug, Clone, Serialize)]
pub struct Shown<T> {
    pub count: u64,
    pub first: Vec<T>,
}

impl<T> Shown<T> {
    fn of(all: impl ExactSizeIterator<Item = T>) -> Self {
        Self {
            count: all.len() as u64,
            first: all.take(SHOWN_MAX).collect(),
        }
    }
}

/// Records of one side with one key: to be cleaned up before the first run.
#[derive(Debug, Clone, Serialize)]
pub struct DuplicateRow {
    pub side: Side,
    pub key: String,
    /// Title and id of each.
    pub records: Vec<(String, String)>,
}

/// What so many records share that it tells none of them apart.
#[derive(Debug, Clone, Serialize)]
pub struct CrowdRow {
    pub value: String,
    pub source: u64,
    pub target: u64,
}

#[derive(Debug, Clone, Serialize)]
pub struct PairRow {
    pub source: String,
    pub source_title: String,
    pub target: String,
    pub target_title: String,
    /// Stable words: `same-key:1`, `postal-code:92`.
    pub reasons: Vec<String>,
    pub why: Text,
}

impl Control {
    pub(super) async fn link_match(
        &self,
        flow: FlowRef,
        file: String,
        observer: Arc<dyn Observer>,
    ) -> Result<Answer, ControlError> {
        // Those of a flow that has another's links are matched by that one.
        self.set(&flow)?;
        let engine = self.whole_engine(&flow, "match", observer).await?;
        makes_pairs(&engine, &flow)?;
        let survey = engine.survey(&flow.flow, Among::Unlinked).await?;
        let (report, survey) = paired(survey).await?;
        let lang = self.words();
        let csv = matching::write_csv(&report, |reasons| lang.text(&because(reasons)));
        let summary = summary(file, csv, &report, &survey);
        Ok(Answer::Matched(Box::new(summary)))
    }

    pub(super) async fn link_match_apply(
        &self,
        flow: FlowRef,
        file: &str,
        csv: &str,
        observer: Arc<dyn Observer>,
    ) -> Result<Answer, ControlError> {
        let rows = matching::read_csv(csv.as_bytes()).map_err(|wrong| bad_file(file, &wrong))?;
        let undecided = rows.iter().filter(|row| row.decision == Decision::Review);
        let undecided = undecided.count() as u64;
        let rows: Vec<Row> = (rows.into_iter())
            .filter(|row| row.decision == Decision::Link)
            .collect();
        let engine = self.whole_engine(&flow, "match", observer).await?;
        let mut refused: Vec<(usize, Text)> = Vec::new();
        for side in matching::Side::BOTH {
            for chunk in rows.chunks(ASKED_AT_ONCE) {
                let ids: Vec<NativeId> = (chunk.iter())
                    .filter_map(|row| NativeId::parse(&row.ids[side]).ok())
                    .collect();
                let end = match side {
                    matching::Side::Source => Side::Left,
                    matching::Side::Target => Side::Right,
                };
                let missing = engine.missing(&flow.flow, end, &ids).await?;
                for row in chunk {
                    let of_row = |(id, _): &&(NativeId, _)| id.as_str() == row.ids[side];
                    if let Some((_, said)) = missing.iter().find(of_row) {
                        refused.push((row.line, not_there(row, side, said.as_ref())));
                    }
                }
            }
        }
        refused.sort_by_key(|(line, _)| *line);
        let refused = refused.into_iter().map(|(_, words)| words).collect();
        let pairs = rows.into_iter().map(|row| PairLine {
            line: row.line,
            source: row.ids.source,
            target: row.ids.target,
        });
        let linked = self
            .link_pairs(&flow, Cause::Person, pairs.collect(), refused, true)
            .await?;
        Ok(match linked {
            Answer::LinksImported {
                applied,
                new,
                same,
                refused,
                ..
            } => Answer::LinksImported {
                applied,
                new,
                same,
                refused,
                undecided,
            },
            other => other,
        })
    }
}

/// Fifty thousand by fifty thousand take seconds of work, off the threads that wait for systems.
pub(super) async fn paired(survey: Survey) -> Result<(Report, Survey), ControlError> {
    let work = tokio::task::spawn_blocking(move || {
        let sides: Sides<&[Candidate]> = Sides {
            source: &survey.candidates.source,
            target: &survey.candidates.target,
        };
        (matching::pair(sides), survey)
    });
    work.await
        .map_err(|cause| ControlError::bug(cause.to_string()))
}

fn summary(file: String, csv: String, report: &Report, survey: &Survey) -> MatchReport {
    let both = |count: fn(&Survey) -> (u64, u64)| {
        let (source, target) = count(survey);
        Both { source, target }
    };
    let duplicates: Vec<DuplicateRow> = (matching::Side::BOTH.into_iter())
        .flat_map(|side| {
            report.duplicates[side]
                .iter()
                .map(move |found| (side, found))
        })
        .map(|(side, found)| DuplicateRow {
            side: match side {
                matching::Side::Source => Side::Left,
                matching::Side::Target => Side::Right,
            },
            key: (found.holders.first()).map_or_else(String::new, |holder| shown_key(&holder.key)),
            records: (found.holders.iter())
                .map(|holder| (holder.record.title.clone(), holder.record.id.clone()))
                .collect(),
        })
        .collect();
    let ambiguous: Vec<PairRow> = (report.ambiguous.iter())
        .flat_map(|group| &group.candidates)
        .map(pair_row)
        .collect();
    MatchReport {
        file,
        csv,
        records: both(|survey| {
            let candidates = &survey.candidates;
            (
                candidates.source.len() as u64,
                candidates.target.len() as u64,
            )
        }),
        linked: both(|survey| (survey.linked.source, survey.linked.target)),
        filtered: survey.filtered,
        duplicates: Shown::of(duplicates.into_iter()),
        crowds: Shown::of(report.crowds.iter().map(|crowd| CrowdRow {
            value: shown_key(&crowd.value),
            source: crowd.holders.source as u64,
            target: crowd.holders.target as u64,
        })),
        certain: Shown::of(report.certain.iter().map(pair_row)),
        likely: Shown::of(report.likely.iter().map(pair_row)),
        ambiguous: Shown::of(ambiguous.into_iter()),
        unmatched: Both {
            source: report.unmatched.source.len() as u64,
            target: report.unmatched.target.len() as u64,
        },
    }
}

/// A compound key as people write it.
fn shown_key(key: &str) -> String {
    key.replace('\u{1f}', " + ")
}

fn pair_row(pair: &matching::Pair) -> PairRow {
    PairRow {
        source: pair.source.id.clone(),
        source_title: pair.source.title.clone(),
        target: pair.target.id.clone(),
        target_title: pair.target.title.clone(),
        reasons: pair.reasons.iter().map(|reason| reason.code()).collect(),
        why: because(&pair.reasons),
    }
}

fn because(reasons: &[Reason]) -> Text {
    Text::listed(reasons.iter().map(|reason| match reason {
        Reason::SameKey { identity } => {
            words!("match-same-key", "same key {nth}", nth = identity + 1)
        }
        Reason::AlikeKey { identity } => words!(
            "match-alike-key",
            "key {nth} the same but for its spelling",
            nth = identity + 1
        ),
        Reason::Email => words!("match-email", "same e-mail address"),
        Reason::SameName => words!("match-name", "same name"),
        Reason::Phone => words!("match-phone", "same telephone number"),
        Reason::PostalCode { similarity } => words!(
            "match-postal-code",
            "same postal code, names {similarity} % alike",
            similarity = similarity
        ),
        Reason::OtherKey { identity } => words!(
            "match-other-key",
            "but another key {nth}",
            nth = identity + 1
        ),
        Reason::OtherName { similarity } => words!(
            "match-other-name",
            "but the names are {similarity} % alike",
            similarity = similarity
        ),
    }))
}

/// A record of a line that does not exist, or of which its system will not hear.
fn not_there(row: &Row, side: matching::Side, said: Option<&Fault>) -> Text {
    match said {
        None => in_words(&RowError {
            line: row.line,
            problem: CsvProblem::UnknownRecord {
                side,
                id: row.ids[side].clone(),
                meant: None,
            },
        }),
        Some(fault) => words!(
            "match-refused",
            "line {line}: the system refuses the {column} `{id}`: {said}",
            line = row.line,
            column = column(side),
            id = row.ids[side];
            said = fault.message.clone()
        ),
    }
}

fn column(side: matching::Side) -> &'static str {
    match side {
        matching::Side::Source => "source_id",
        matching::Side::Target => "target_id",
    }
}

fn bad_file(file: &str, wrong: &[RowError]) -> ControlError {
    let args = vec![("file", file.to_owned())];
    let english = format!("{file} cannot be read as what `link match` writes");
    let error = ControlError::command("match-csv", args, english).hint(
        "match-csv",
        vec![],
        "nothing was linked; put these lines right",
    );
    let shown = wrong.iter().take(SHOWN_MAX);
    shown.fold(error, |error, wrong| error.cause(in_words(wrong)))
}

pub(super) fn in_words(wrong: &RowError) -> Text {
    let line = wrong.line;
    match &wrong.problem {
        CsvProblem::NotUtf8 => words!(
            "match-not-utf8",
            "line {line}: the text is not UTF-8; save it as `CSV UTF-8`",
            line = line
        ),
        CsvProblem::Empty => words!("match-empty", "the file is empty"),
        CsvProblem::ColumnMissing { column } => words!(
            "match-column-missing",
            "the heading has no column `{column}`",
            column = column
        ),
        CsvProblem::ColumnTwice { column } => words!(
            "match-column-twice",
            "the heading has the column `{column}` twice",
            column = column
        ),
        CsvProblem::QuoteNotClosed => words!(
            "match-quote-open",
            "line {line}: a quote is opened and never closed",
            line = line
        ),
        CsvProblem::TextAfterQuote => words!(
            "match-after-quote",
            "line {line}: text stands between a closing quote and the next cell",
            line = line
        ),
        CsvProblem::CellCount { expected, found } => words!(
            "match-cells",
            "line {line}: {found} cells, and the heading has {expected}",
            line = line,
            found = found,
            expected = expected
        ),
        CsvProblem::Decision { found } => words!(
            "match-decision",
            "line {line}: the decision is `{found}`, not link, review or skip",
            line = line,
            found = found
        ),
        CsvProblem::IdMissing { side } => words!(
            "match-no-id",
            "line {line}: the {column} is empty",
            line = line,
            column = column(*side)
        ),
        CsvProblem::LinkedTwice { side, id, first } => words!(
            "match-twice",
            "line {line}: {column} `{id}` is linked in line {first} already",
            line = line,
            column = column(*side),
            id = id,
            first = first
        ),
        CsvProblem::UnknownRecord { side, id, .. } => words!(
            "match-unknown",
            "line {line}: no record has the {column} `{id}`; spreadsheets cut zeros off",
            line = line,
            column = column(*side),
            id = id
        ),
    }
}
