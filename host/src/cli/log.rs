//! Where the log goes: to stderr, and where nobody reads that (a Windows service), into files.
//!
//! `LIAISON_LOG` takes tracing's filter language.

use std::path::Path;

use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use super::arguments::{Arguments, Command};
use crate::catalogue::Catalogue;
use crate::control::ControlError;
use crate::render;

/// Of a service's log: one file a day.
const DAYS_KEPT: usize = 14;

/// What only a technician wants.
const AT_A_TERMINAL: &str = "error,sled=off";
/// What somebody wants who looks afterwards.
const IN_FILES: &str = "info,sled=off";

/// Whether nobody reads stderr: Windows keeps none of a service.
pub fn is_in_files(arguments: &Arguments) -> bool {
    let as_service = matches!(
        &arguments.command,
        Command::Serve {
            as_service: Some(_),
            ..
        }
    );
    as_service && cfg!(windows)
}

pub fn begin(arguments: &Arguments) {
    let files = match is_in_files(arguments) {
        true => files(&arguments.home).ok(),
        false => None,
    };
    let usual = if files.is_some() {
        IN_FILES
    } else {
        AT_A_TERMINAL
    };
    let filter = EnvFilter::try_from_env("LIAISON_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let writer = match files {
        Some(files) => BoxMakeWriter::new(files),
        None => BoxMakeWriter::new(std::io::stderr),
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer);
    // A second subscriber in one process (tests) is not worth an error.
    let _ = if arguments.json {
        builder.json().try_init()
    } else {
        builder.with_ansi(false).try_init()
    };
}

/// Why a service ended, for who looks afterwards: its manager hears a number at most.
pub fn keep(error: &ControlError, words: &Catalogue) {
    tracing::error!("{}", render::error(error, words).trim_end());
}

fn files(home: &Path) -> Result<RollingFileAppender, tracing_appender::rolling::InitError> {
    RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("liaison")
        .filename_suffix("log")
        .max_log_files(DAYS_KEPT)
        .build(home.join("data").join("log"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn the_files_of_a_service_lie_in_its_installation() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let mut log = files(home.path()).expect("a log file");
        writeln!(log, "one line").expect("it can be written");
        let folder = std::fs::read_dir(home.path().join("data/log")).expect("its folder");
        let names: Vec<_> = folder.flatten().map(|file| file.file_name()).collect();
        let [name] = names.as_slice() else {
            panic!("one file: {names:?}");
        };
        let name = name.to_string_lossy();
        assert!(
            name.starts_with("liaison.") && name.ends_with(".log"),
            "{name}"
        );
    }
}
