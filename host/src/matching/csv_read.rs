//! The file as it comes back from a person: decisions, or every problem with its line.

use std::collections::{HashMap, HashSet};

use super::csv_cell::{CsvLine, lines, separator};
use super::side::{Side, Sides};

/// The columns as they are written. They may come back in any order and among others.
pub const COLUMNS: [&str; 7] = [
    "decision",
    "confidence",
    "reason",
    "source_id",
    "source_title",
    "target_id",
    "target_title",
];

/// The columns without which a row means nothing: decision, source id, target id.
const NEEDED: [&str; 3] = [COLUMNS[0], COLUMNS[3], COLUMNS[5]];

/// What a person wants done with a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    Link,
    /// Not looked at yet; nothing is done.
    Review,
    /// Looked at, and not the same thing; nothing is done.
    Skip,
}

impl Decision {
    pub const ALL: [Decision; 3] = [Self::Link, Self::Review, Self::Skip];

    pub fn code(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Review => "review",
            Self::Skip => "skip",
        }
    }

    fn parse(raw: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|decision| raw.trim().eq_ignore_ascii_case(decision.code()))
    }
}

/// One decided pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it stands in the file, counted from one.
    pub line: usize,
    pub decision: Decision,
    /// The ids of both records.
    pub ids: Sides<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct RowError {
    pub line: usize,
    pub problem: CsvProblem,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsvProblem {
    /// A spreadsheet can save in UTF-8 when it is asked to.
    #[error("the text is not UTF-8")]
    NotUtf8,
    #[error("the file is empty")]
    Empty,
    #[error("the heading has no column `{column}`")]
    ColumnMissing { column: &'static str },
    #[error("the heading has the column `{column}` twice")]
    ColumnTwice { column: &'static str },
    #[error("a quote is opened and never closed")]
    QuoteNotClosed,
    #[error("text stands between a closing quote and the next cell")]
    TextAfterQuote,
    #[error("{found} cells, and the heading has {expected}")]
    CellCount { expected: usize, found: usize },
    #[error("the decision is `{found}`, not link, review or skip")]
    Decision { found: String },
    #[error("the {} is empty", id_column(*side))]
    IdMissing { side: Side },
    #[error("{} `{id}` is linked in line {first} already", id_column(*side))]
    LinkedTwice {
        side: Side,
        id: String,
        first: usize,
    },
    /// `meant` is the record whose id a spreadsheet would have turned into this one.
    #[error("no unlinked record has the {} `{id}`", id_column(*side))]
    UnknownRecord {
        side: Side,
        id: String,
        meant: Option<String>,
    },
}

fn id_column(side: Side) -> &'static str {
    match side {
        Side::Source => NEEDED[1],
        Side::Target => NEEDED[2],
    }
}

/// Reads what [`write_csv`](super::write_csv) wrote and a person changed. All rows, or all problems.
///
/// Accepted: a byte order mark; `;` or a tab as separator; any end of line; columns in any order and
/// columns of the person's own; empty lines.
pub fn read_csv(bytes: &[u8]) -> Result<Vec<Row>, Vec<RowError>> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        vec![RowError {
            line,
            problem: CsvProblem::NotUtf8,
        }]
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = lines(text, separator(text)).into_iter();
    let mut problems = Vec::new();
    let heading = match lines.next() {
        None => {
            return Err(vec![RowError {
                line: 1,
                problem: CsvProblem::Empty,
            }]);
        }
        Some(Err((line, problem))) => return Err(vec![RowError { line, problem }]),
        Some(Ok(line)) => Heading::parse(&line)?,
    };
    let mut rows = Vec::new();
    for line in lines {
        match line {
            Ok(line) => match heading.row(&line) {
                Ok(row) => rows.push(row),
                Err(problem) => problems.push(RowError {
                    line: line.line,
                    problem,
                }),
            },
            Err((line, problem)) => problems.push(RowError { line, problem }),
        }
    }
    problems.extend(linked_twice(&rows));
    problems.sort_by_key(|problem| problem.line);
    if problems.is_empty() {
        Ok(rows)
    } else {
        Err(problems)
    }
}

/// The `link` rows whose ids the caller does not know. `known` are the records without a link.
pub fn unknown_records(rows: &[Row], known: &Sides<HashSet<&str>>) -> Vec<RowError> {
    let eaten = Sides::by(|side| {
        let mut ids: Vec<&str> = known[side].iter().copied().collect();
        ids.sort_unstable();
        ids.into_iter()
            .map(|id| (id.trim_start_matches('0'), id))
            .collect::<HashMap<_, _>>()
    });
    let linked = rows.iter().filter(|row| row.decision == Decision::Link);
    let both = linked.flat_map(|row| Side::BOTH.map(|side| (row, side)));
    both.filter(|(row, side)| !known[*side].contains(row.ids[*side].as_str()))
        .map(|(row, side)| RowError {
            line: row.line,
            problem: CsvProblem::UnknownRecord {
                side,
                id: row.ids[side].clone(),
                meant: (eaten[side])
                    .get(row.ids[side].trim().trim_start_matches('0'))
                    .map(|id| (*id).to_owned()),
            },
        })
        .collect()
}

/// A record that two rows link, once for each row after the first.
fn linked_twice(rows: &[Row]) -> Vec<RowError> {
    let mut problems = Vec::new();
    for side in Side::BOTH {
        let mut first_line: HashMap<&str, usize> = HashMap::new();
        for row in rows.iter().filter(|row| row.decision == Decision::Link) {
            let id = row.ids[side].as_str();
            let first = *first_line.entry(id).or_insert(row.line);
            if first != row.line {
                let problem = CsvProblem::LinkedTwice {
                    side,
                    id: id.to_owned(),
                    first,
                };
                problems.push(RowError {
                    line: row.line,
                    problem,
                });
            }
        }
    }
    problems
}

/// Where the needed columns stand.
struct Heading {
    cells: usize,
    decision: usize,
    ids: Sides<usize>,
}

impl Heading {
    fn parse(line: &CsvLine) -> Result<Self, Vec<RowError>> {
        let mut problems = Vec::new();
        let mut places = [0; NEEDED.len()];
        for (place, column) in places.iter_mut().zip(NEEDED) {
            let is_it = |cell: &String| cell.trim().eq_ignore_ascii_case(column);
            let mut found = line
                .cells
                .iter()
                .enumerate()
                .filter(|(_, cell)| is_it(cell));
            let problem = match (found.next(), found.next()) {
                (None, _) => CsvProblem::ColumnMissing { column },
                (Some(_), Some(_)) => CsvProblem::ColumnTwice { column },
                (Some((at, _)), None) => {
                    *place = at;
                    continue;
                }
            };
            problems.push(RowError {
                line: line.line,
                problem,
            });
        }
        let [decision, source, target] = places;
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            cells: line.cells.len(),
            decision,
            ids: Sides { source, target },
        })
    }

    fn row(&self, line: &CsvLine) -> Result<Row, CsvProblem> {
        // A spreadsheet adds empty cells at the end of some rows; any other count means that a
        // separator stands where none should, and the ids are somebody else's.
        let surplus = line.cells.get(self.cells..);
        if surplus.is_none_or(|cells| cells.iter().any(|cell| !cell.trim().is_empty())) {
            return Err(CsvProblem::CellCount {
                expected: self.cells,
                found: line.cells.len(),
            });
        }
        let found = &line.cells[self.decision];
        let decision = Decision::parse(found).ok_or_else(|| CsvProblem::Decision {
            found: found.clone(),
        })?;
        for side in Side::BOTH {
            if line.cells[self.ids[side]].trim().is_empty() {
                return Err(CsvProblem::IdMissing { side });
            }
        }
        Ok(Row {
            line: line.line,
            decision,
            ids: Sides::by(|side| line.cells[self.ids[side]].clone()),
        })
    }
}
