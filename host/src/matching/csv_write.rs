//! The report as a file that a person goes through in a spreadsheet.

use super::csv_cell::push_cell;
use super::csv_read::{COLUMNS, Decision};
use super::reason::Reason;
use super::report::{Confidence, Report};

/// One row for every pair: certain pairs are decided as `link`, all others wait for a `review`.
/// `reason` puts a pair's reasons into the words of its reader; [`Reason::code`] will do.
pub fn write_csv(report: &Report, mut reason: impl FnMut(&[Reason]) -> String) -> String {
    let mut csv = COLUMNS.join(",");
    csv.push('\n');
    for (confidence, pair) in report.pairs() {
        let decision = match confidence {
            Confidence::Certain => Decision::Link,
            Confidence::Likely | Confidence::Ambiguous => Decision::Review,
        };
        let reasons = reason(&pair.reasons);
        let cells = [
            decision.code(),
            confidence.code(),
            &reasons,
            &pair.source.id,
            &pair.source.title,
            &pair.target.id,
            &pair.target.title,
        ];
        for (column, cell) in cells.into_iter().enumerate() {
            if column > 0 {
                csv.push(',');
            }
            push_cell(&mut csv, cell);
        }
        csv.push('\n');
    }
    csv
}
