//! Links as a file: one line for each, `source,target`.

use super::csv_cell::{lines, push_cell, separator};
use super::csv_read::{CsvProblem, RowError};
use super::side::Sides;

/// The heading.
const COLUMNS: [&str; 2] = ["source", "target"];

/// Two ids as a line names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairRow {
    /// Where it stands in the file, counted from one.
    pub line: usize,
    pub ids: Sides<String>,
}

/// Writes the pairs below their heading.
pub fn write_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut csv = COLUMNS.join(",");
    csv.push('\n');
    for (source, target) in pairs {
        push_cell(&mut csv, source);
        csv.push(',');
        push_cell(&mut csv, target);
        csv.push('\n');
    }
    csv
}

/// Every line below the heading: a pair, or what is wrong with it. None where the heading is not
/// `source,target`.
///
/// Accepted: a byte order mark; `;` or a tab as separator; any end of line; empty lines.
pub fn read_pairs(text: &str) -> Option<Vec<Result<PairRow, RowError>>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = lines(text, separator(text)).into_iter();
    let heading = pair_of(lines.next()?.ok()?.cells).ok()?;
    let is = |found: &str, column: &str| found.trim().eq_ignore_ascii_case(column);
    if !is(&heading.source, COLUMNS[0]) || !is(&heading.target, COLUMNS[1]) {
        return None;
    }
    let rows = lines.map(|line| match line {
        Ok(found) => {
            let line = found.line;
            match pair_of(found.cells) {
                Ok(ids) => Ok(PairRow { line, ids }),
                Err(problem) => Err(RowError { line, problem }),
            }
        }
        Err((line, problem)) => Err(RowError { line, problem }),
    });
    Some(rows.collect())
}

/// A spreadsheet may add empty cells at the end.
fn pair_of(mut cells: Vec<String>) -> Result<Sides<String>, CsvProblem> {
    while cells.len() > COLUMNS.len() && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
        cells.pop();
    }
    let found = cells.len();
    match <[String; 2]>::try_from(cells) {
        Ok([source, target]) => Ok(Sides { source, target }),
        Err(_) => Err(CsvProblem::CellCount {
            expected: COLUMNS.len(),
            found,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `line source target`, or the problem.
    fn shown(text: &str) -> Option<Vec<String>> {
        let rows = read_pairs(text)?.into_iter().map(|row| match row {
            Ok(row) => format!("{} {} {}", row.line, row.ids.source, row.ids.target),
            Err(wrong) => wrong.to_string(),
        });
        Some(rows.collect())
    }

    #[test]
    fn ids_come_back_as_they_went_and_none_is_run_by_a_spreadsheet() {
        let ids = [
            "57",
            "a,b",
            "a;b",
            "say \"x\"",
            "type_number_customer",
            "=cmd|' /C calc'!A0",
            "-5",
            "+1",
            "@x",
            "'=x",
            " padded ",
        ];
        let csv = write_pairs(ids.iter().map(|id| (*id, "1")));
        for line in csv.lines() {
            let cell = line.trim_start_matches('"');
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{line}");
        }
        let back: Vec<String> = (read_pairs(&csv).expect("its heading").into_iter())
            .map(|row| row.expect("a pair").ids.source)
            .collect();
        assert_eq!(back, ids);
    }

    #[test]
    fn what_a_spreadsheet_saves_is_read() {
        let two = Some(vec!["2 1 A".to_owned(), "4 2 B".to_owned()]);
        for text in [
            "source,target\n1,A\n\n2,B\n",
            "\u{feff}source;target\r\n1;A\r\n;\r\n2;B\r\n",
            "source\ttarget\n1\tA\n\n2\tB",
            "\"source\",\"target\",,\n1,A,,\n,,,\n2,B,,\n",
            "Source, Target\n1,A\n\n\"2\",\"B\"",
        ] {
            assert_eq!(shown(text), two, "{text:?}");
        }
    }

    #[test]
    fn a_wrong_line_is_told_and_the_others_are_read() {
        let csv = "source,target\nonly one\n1,2,3\n4,\"5\n6,7\n";
        assert_eq!(
            shown(csv),
            Some(vec![
                "line 2: 1 cells, and the heading has 2".to_owned(),
                "line 3: 3 cells, and the heading has 2".to_owned(),
                "line 4: a quote is opened and never closed".to_owned(),
                "5 6 7".to_owned(),
            ])
        );
        for text in [
            "",
            "1,2\n",
            "target,source\n1,2\n",
            "source\n",
            "\"source\n",
        ] {
            assert_eq!(shown(text), None, "{text:?}");
        }
    }
}
