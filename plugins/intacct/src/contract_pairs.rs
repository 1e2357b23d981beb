//! Which line of a contract stands for which line of a body.
//!
//! Our id on a line says that it is ours, and which number it was made under. The number alone does not pair it: when a line
//! is taken out of the source, every later one has another place there. The item does, since it never changes; so the
//! same number and item comes first, then the same item, then the number. A line that Intacct has ended (cancelled or
//! closed) is nobody's to change, and the line of a body that it was made from is not made again.

use crate::api::Api;
use crate::assumed::ENDED;
use crate::contract_lines::Line;
use crate::question::RECORD_NUMBER;
use crate::reply::{text_of, Row};
use crate::table::EXTERNAL_ID;
use crate::tables::CONTRACT_LINE;
use liaison_sdk::prelude::*;

/// A line that a contract has.
#[derive(Clone, Debug, Default)]
pub struct There {
    /// Its place in the list it was read from.
    pub at: usize,
    pub record_no: String,
    pub state: String,
    item: String,
    /// Our number of it: by its mark, or by its place where lines are not marked.
    number: Option<usize>,
    /// Whether the flow has to have a line for it.
    is_ours: bool,
}

impl There {
    pub fn is_ended(&self) -> bool {
        ENDED.contains(&self.state.as_str())
    }

    fn record(&self) -> u64 {
        self.record_no.parse().unwrap_or(u64::MAX)
    }
}

/// Whether a line without our id may be one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmarked {
    /// Where none has it, all are; and the first ones where only later ones have it.
    MayBeOurs,
    /// We made the contract, and lines can carry it.
    AreNot,
}

/// The lines of a contract as the gateway tells them.
pub fn of_rows(api: &Api, rows: &[Row], mark: Option<&str>, unmarked: Unmarked) -> Vec<There> {
    let wire = CONTRACT_LINE.marker(api);
    let lines = rows.iter().map(|row| {
        let there = There {
            record_no: text_of(row, RECORD_NUMBER).to_owned(),
            state: text_of(row, "STATE").to_owned(),
            item: text_of(row, "ITEMID").to_owned(),
            ..There::default()
        };
        (there, text_of(row, &wire).to_owned())
    });
    ours(lines.collect(), mark, unmarked)
}

/// The lines of a contract as a record shows them.
pub fn of_record(record: &Map<String, Value>, mark: Option<&str>) -> Vec<There> {
    let lines = record.get("lines").and_then(Value::as_array);
    let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let lines = lines.into_iter().flatten().map(|line| {
        let there = There {
            record_no: text(line, "record_no"),
            state: text(line, "state"),
            item: text(line, "item_id"),
            ..There::default()
        };
        (there, text(line, EXTERNAL_ID))
    });
    ours(lines.collect(), mark, Unmarked::MayBeOurs)
}

/// Those that are the flow's, in the order of their numbers.
fn ours(lines: Vec<(There, String)>, mark: Option<&str>, unmarked: Unmarked) -> Vec<There> {
    let number = |text: &str| -> Option<usize> {
        let (of, number) = text.rsplit_once('-')?;
        (Some(of) == mark).then(|| number.parse().ok())?
    };
    let lines = lines
        .into_iter()
        .enumerate()
        .map(|(at, (there, text))| There {
            at,
            number: number(&text),
            ..there
        });
    let mut lines: Vec<There> = lines.collect();
    lines.sort_by_key(There::record);
    if unmarked == Unmarked::AreNot {
        lines.retain(|line| line.number.is_some());
    }
    let first = lines.iter().filter_map(|line| line.number).min();
    match first {
        None => {
            for (at, line) in lines.iter_mut().enumerate() {
                line.number = Some(at + 1);
                line.is_ours = true;
            }
        }
        Some(first) => {
            // Where the first ones have none, they may be from before the company had the field: they are older.
            let marked = lines.iter().filter(|line| line.number.is_some());
            let oldest = marked.map(There::record).min().unwrap_or_default();
            let mut before = 0;
            for line in &mut lines {
                line.is_ours = line.number.is_some();
                if line.number.is_none() && line.record() < oldest && before + 1 < first {
                    before += 1;
                    line.number = Some(before);
                }
            }
            lines.retain(|line| line.number.is_some());
            lines.sort_by_key(|line| line.number);
        }
    }
    lines
}

/// Lines of a body with those of the contract.
#[derive(Debug, Default)]
pub struct Pairs {
    /// For each line of the body its place among those there.
    found: Vec<Option<usize>>,
    /// The highest number, and which lines of the body keep their place as their number.
    numbers: Vec<usize>,
    /// The flow's lines that go on and that no line of the body stands for.
    pub left_over: usize,
}

/// Pairs the lines of a body with those of the contract.
pub fn pair(lines: &[Line], there: &[There]) -> Pairs {
    let mut found: Vec<Option<usize>> = vec![None; lines.len()];
    let mut taken = vec![false; there.len()];
    type Fits = fn(&Line, &There) -> bool;
    let goes_on: [Fits; 3] = [
        |line, there| {
            !there.is_ended() && there.is_ours && same_place(line, there) && same_item(line, there)
        },
        |line, there| !there.is_ended() && there.is_ours && same_item(line, there),
        |line, there| !there.is_ended() && same_place(line, there) && same_item(line, there),
    ];
    let rest: [Fits; 4] = [
        |line, there| there.is_ended() && same_place(line, there) && same_item(line, there),
        |line, there| there.is_ended() && same_item(line, there),
        |line, there| !there.is_ended() && same_item(line, there),
        // Another item under the number of ours: that this cannot be is the update's to say.
        |line, there| !there.is_ended() && there.is_ours && same_place(line, there),
    ];
    for fits in goes_on.into_iter().chain(rest) {
        for (line, found) in lines
            .iter()
            .zip(&mut found)
            .filter(|(_, found)| found.is_none())
        {
            let fitting = |(at, there): &(usize, &There)| !taken[*at] && fits(line, there);
            let at = there.iter().enumerate().find(fitting).map(|(at, _)| at);
            if let Some(at) = at {
                taken[at] = true;
                *found = Some(at);
            }
        }
    }
    let left_over = there
        .iter()
        .zip(&taken)
        .filter(|(there, taken)| there.is_ours && !there.is_ended() && !**taken);
    Pairs {
        left_over: left_over.count(),
        numbers: there.iter().filter_map(|line| line.number).collect(),
        found,
    }
}

fn same_place(line: &Line, there: &There) -> bool {
    there.number == Some(line.at + 1)
}

fn same_item(line: &Line, there: &There) -> bool {
    line.item() == there.item
}

impl Pairs {
    /// The lines of the body that are there and go on, each with its own.
    pub fn going_on<'a>(
        &'a self,
        lines: &'a [Line],
        there: &'a [There],
    ) -> impl Iterator<Item = (&'a Line, &'a There)> {
        let pairs = lines.iter().zip(&self.found);
        let pairs = pairs.filter_map(|(line, found)| Some((line, &there[(*found)?])));
        pairs.filter(|(_, there)| !there.is_ended())
    }

    /// The lines of the body that are to be made, under numbers that no line has.
    pub fn missing(&self, lines: &[Line]) -> Vec<Line> {
        let mut numbers = self.numbers.clone();
        let new = lines
            .iter()
            .zip(&self.found)
            .filter(|(_, found)| found.is_none());
        let numbered = new.map(|(line, _)| {
            let number = match numbers.contains(&(line.at + 1)) {
                false => line.at + 1,
                true => {
                    numbers
                        .iter()
                        .max()
                        .copied()
                        .unwrap_or_default()
                        .max(lines.len())
                        + 1
                }
            };
            numbers.push(number);
            line.numbered(number)
        });
        numbered.collect()
    }
}
