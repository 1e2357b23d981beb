//! Cells of a CSV file: quoting, and no formulas.
//!
//! A spreadsheet runs a cell that starts with `=`, `+`, `-` or `@`, in some languages also with their
//! wide forms, and a name in a business system can
//! be typed by anyone. Such a cell gets an apostrophe in front, which is taken off again on reading.

use super::csv_read::CsvProblem;

/// One line of a file, which may be several lines of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvLine {
    /// Where it starts, counted from one.
    pub line: usize,
    pub cells: Vec<String>,
}

/// Appends a cell, safe from being run and quoted where it must be.
pub fn push_cell(out: &mut String, text: &str) {
    let apostrophe = if runs_in_a_spreadsheet(text) { "'" } else { "" };
    // Separators of every spreadsheet are quoted, so that a file survives being saved with another one.
    let quoted = text.contains(['"', ',', ';', '\t', '\n', '\r'])
        || text.starts_with(char::is_whitespace)
        || text.ends_with(char::is_whitespace);
    if !quoted {
        out.push_str(apostrophe);
        out.push_str(text);
        return;
    }
    out.push('"');
    out.push_str(apostrophe);
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}

/// What was written, without the apostrophe of [`push_cell`].
fn unescaped(cell: String) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if runs_in_a_spreadsheet(rest) => rest.to_owned(),
        _ => cell,
    }
}

/// Also true behind apostrophes, so that a text that starts with one comes back as it was.
fn runs_in_a_spreadsheet(text: &str) -> bool {
    let text = text.trim_start_matches('\'');
    text.starts_with(['\t', '\r', '\n'])
        || (text.trim_start()).starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

/// The separator of a file: whichever comes first in its first line.
pub fn separator(text: &str) -> char {
    let heading = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    heading
        .chars()
        .find(|c| matches!(c, ',' | ';' | '\t'))
        .unwrap_or(',')
}

/// All lines that are not empty. A line whose quotes are wrong becomes a problem with its number, and
/// reading goes on where the next line may start.
pub fn lines(text: &str, separator: char) -> Vec<Result<CsvLine, (usize, CsvProblem)>> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while !rest.is_empty() {
        let (cells, used) = match one_line(rest, separator) {
            Ok((cells, used)) => (Ok(cells), used),
            Err(problem) => (Err(problem), line_end(rest)),
        };
        match cells {
            Ok(cells) if cells.iter().all(|cell| cell.trim().is_empty()) => {}
            Ok(cells) => found.push(Ok(CsvLine { line, cells })),
            Err(problem) => found.push(Err((line, problem))),
        }
        line += line_ends(&rest[..used]);
        rest = &rest[used..];
    }
    found
}

/// How many bytes the first line takes with its end: `\n`, `\r\n` or `\r`.
fn line_end(text: &str) -> usize {
    let Some(end) = text.find(['\n', '\r']) else {
        return text.len();
    };
    if text[end..].starts_with("\r\n") {
        end + 2
    } else {
        end + 1
    }
}

fn line_ends(mut text: &str) -> usize {
    let mut ends = 0;
    while text.contains(['\n', '\r']) {
        text = &text[line_end(text)..];
        ends += 1;
    }
    ends
}

/// The cells of the first line and how many bytes it takes with its end.
fn one_line(text: &str, separator: char) -> Result<(Vec<String>, usize), CsvProblem> {
    let mut cells = Vec::new();
    let mut at = 0;
    loop {
        let (cell, used) = one_cell(&text[at..], separator)?;
        cells.push(unescaped(cell));
        at += used;
        let mut after = text[at..].chars();
        match after.next() {
            Some(c) if c == separator => at += c.len_utf8(),
            Some(_) => return Ok((cells, at + line_end(&text[at..]))),
            None => return Ok((cells, at)),
        }
    }
}

/// One cell and how many bytes it takes; what follows is a separator, the end of the line or nothing.
fn one_cell(text: &str, separator: char) -> Result<(String, usize), CsvProblem> {
    let ends_cell = |c: char| c == separator || c == '\n' || c == '\r';
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(ends_cell).unwrap_or(text.len());
        return Ok((text[..end].to_owned(), end));
    };
    let mut cell = String::new();
    let mut at = 0;
    loop {
        let end = quoted[at..].find('"').ok_or(CsvProblem::QuoteNotClosed)?;
        cell.push_str(&quoted[at..at + end]);
        at += end + 1;
        match quoted[at..].chars().next() {
            Some('"') => {
                cell.push('"');
                at += 1;
            }
            None => break,
            Some(c) if ends_cell(c) => break,
            Some(_) => return Err(CsvProblem::TextAfterQuote),
        }
    }
    Ok((cell, at + 1))
}
