//! The table that is printed at the end.

use std::fmt;
use std::time::Duration;

use super::process::Used;

/// Sections of rows: what, how much, of what unit, and what it is to be compared with.
#[derive(Debug, Default)]
pub struct Table {
    sections: Vec<(String, Vec<[String; 4]>)>,
}

impl Table {
    pub fn section(&mut self, title: impl Into<String>) {
        self.sections.push((title.into(), Vec::new()));
    }

    pub fn row(
        &mut self,
        what: impl Into<String>,
        value: impl Into<String>,
        unit: &str,
        note: impl Into<String>,
    ) {
        let row = [what.into(), value.into(), unit.to_owned(), note.into()];
        match self.sections.last_mut() {
            Some((_, rows)) => rows.push(row),
            None => self.sections.push((String::new(), vec![row])),
        }
    }

    /// A figure that has a target; one that misses it says so.
    /// What a process used: time, processor time, memory at its peak.
    pub fn used(&mut self, used: &Used) {
        self.row("time", seconds(used.wall), "s", "");
        if let Some(processor) = used.processor {
            self.row("processor time", seconds(processor), "s", "");
        }
        if let Some(peak) = used.peak_bytes {
            let mebibytes = format!("{:.1}", peak as f64 / f64::from(1 << 20));
            self.row("peak memory", mebibytes, "MiB", "");
        }
    }

    pub fn row_with_target(&mut self, what: &str, value: f64, unit: &str, at_most: f64) {
        let verdict = if value <= at_most { "met" } else { "MISSED" };
        let note = format!("target: at most {at_most}: {verdict}");
        self.row(what, format!("{value:.3}"), unit, note);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let profile = if cfg!(debug_assertions) {
            "development profile: compare nothing with it"
        } else {
            "release profile"
        };
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
        writeln!(
            f,
            "liaison-bench, {profile}, {system} {machine}, {cores} cores, simulators on the same machine"
        )?;
        let rows = || self.sections.iter().flat_map(|(_, rows)| rows);
        let width = |column: usize| rows().map(|row| row[column].chars().count()).max();
        let [what, value, unit] = [0, 1, 2].map(|column| width(column).unwrap_or(0));
        for (title, rows) in &self.sections {
            writeln!(f, "\n{title}")?;
            for [name, figure, of, note] in rows {
                let line = format!("  {name:<what$}  {figure:>value$} {of:<unit$}  {note}");
                writeln!(f, "{}", line.trim_end())?;
            }
        }
        Ok(())
    }
}

pub fn micros(duration: Duration) -> String {
    format!("{:.1}", duration.as_secs_f64() * 1e6)
}

pub fn millis(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1e3)
}

pub fn seconds(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64())
}

/// A whole number with its thousands apart.
pub fn whole(number: f64) -> String {
    let digits = format!("{:.0}", number.max(0.0));
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The middle one of several measurements.
pub fn median(mut measured: Vec<Duration>) -> Duration {
    measured.sort();
    measured[measured.len() / 2]
}
