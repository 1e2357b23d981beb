//! What loading a connector and connecting it say.

use std::path::Path;

use super::{Blame, ControlError};
use crate::connector::compile::CompileError;
use crate::connector::limits::COMPONENT_BYTES_MAX;
use crate::connector::load::{CONTRACT_VERSION, SYSTEM_NAME};
use crate::connector::{ConnectError, LoadError};
use crate::model::Text;

impl From<LoadError> for ControlError {
    fn from(error: LoadError) -> Self {
        let made = Self::new("connector-refused", Blame::Command, load_text(&error));
        match &error {
            LoadError::Unreadable { cause, .. } => made.cause(Text::plain(cause.to_string())),
            LoadError::NotCompiled { cause, .. } => {
                let made = made.cause(compile_text(cause));
                match cause {
                    CompileError::NotStarted(cause) | CompileError::Io { cause, .. } => {
                        made.cause(Text::plain(cause.to_string()))
                    }
                    _ => made,
                }
            }
            _ => made,
        }
    }
}

impl From<ConnectError> for ControlError {
    fn from(error: ConnectError) -> Self {
        Self::new("connection-refused", Blame::Command, connect_text(&error))
    }
}

/// Reasons that only the connector's author can act on stay as they are.
pub fn load_text(error: &LoadError) -> Text {
    let of = |key: &str, file: &Path, more: Vec<(&str, String)>| {
        let mut args = vec![("file", file.display().to_string())];
        args.extend(more);
        Text::new(key, args, error.to_string())
    };
    match error {
        LoadError::Unreadable { file, .. } => of("error-connector-unreadable", file, vec![]),
        LoadError::TooLarge { file, bytes } => {
            let most = COMPONENT_BYTES_MAX.to_string();
            let more = vec![("bytes", bytes.to_string()), ("most", most)];
            of("error-connector-too-large", file, more)
        }
        LoadError::Precompiled { file } => of("error-connector-precompiled", file, vec![]),
        LoadError::NotWasm { file } => of("error-connector-not-wasm", file, vec![]),
        LoadError::CoreModule { file } => of("error-connector-core-module", file, vec![]),
        LoadError::Damaged { file, reason } => of(
            "error-connector-damaged",
            file,
            vec![("reason", reason.clone())],
        ),
        LoadError::NotAConnector { file } => {
            let more = vec![("interface", SYSTEM_NAME.to_owned())];
            of("error-connector-not-a-connector", file, more)
        }
        LoadError::NewerContract { file, found } => {
            let known = CONTRACT_VERSION.to_owned();
            let more = vec![("found", found.clone()), ("known", known)];
            of("error-connector-newer-contract", file, more)
        }
        LoadError::OlderContract { file, found } => {
            let known = CONTRACT_VERSION.to_owned();
            let more = vec![("found", found.clone()), ("known", known)];
            of("error-connector-older-contract", file, more)
        }
        LoadError::Changed {
            file,
            wanted,
            found,
        } => {
            let more = vec![("wanted", wanted.clone()), ("found", found.clone())];
            of("error-connector-changed", file, more)
        }
        LoadError::ForbiddenImports { file, imports } => {
            let more = vec![("imports", imports.join(", "))];
            of("error-connector-forbidden-imports", file, more)
        }
        LoadError::NotCompiled { file, .. } => of("error-connector-not-compiled", file, vec![]),
        LoadError::NotLinked { file, reason } => of(
            "error-connector-not-linked",
            file,
            vec![("reason", reason.clone())],
        ),
        LoadError::NotDescribed { file, reason } => {
            of("error-connector-not-described", file, vec![]).with("reason", reason.clone())
        }
        LoadError::BadManifest { file, problems } => {
            let more = vec![("problems", problems.join("; "))];
            of("error-connector-bad-manifest", file, more)
        }
        LoadError::Engine { reason } => {
            let args = vec![("reason", reason.clone())];
            Text::new("error-connector-engine", args, error.to_string())
        }
    }
}

fn compile_text(error: &CompileError) -> Text {
    let (key, args) = match error {
        CompileError::Refused { words } => {
            ("error-compile-refused", vec![("words", words.clone())])
        }
        CompileError::TooSlow { after } => (
            "error-compile-too-slow",
            vec![("seconds", after.as_secs().to_string())],
        ),
        CompileError::Died { status } => ("error-compile-died", vec![("status", status.clone())]),
        CompileError::NotStarted(_) => ("error-compile-not-started", vec![]),
        CompileError::Io { path, verb, .. } => {
            let args = vec![("path", path.display().to_string())];
            return Text::new("error-compile-io", args, error.to_string()).with("verb", *verb);
        }
    };
    Text::new(key, args, error.to_string())
}

fn connect_text(error: &ConnectError) -> Text {
    let english = error.to_string();
    match error {
        ConnectError::Settings {
            connection,
            connector,
            problems,
        } => {
            let args = vec![
                ("connection", connection.to_string()),
                ("connector", connector.clone()),
            ];
            let problems = Text::joined(problems.iter().cloned());
            Text::new("error-connection-settings", args, english).with("problems", problems)
        }
        ConnectError::NotGranted {
            connection,
            connector,
            hosts,
            line,
        } => {
            let args = vec![
                ("connection", connection.to_string()),
                ("connector", connector.clone()),
                ("line", line.clone()),
            ];
            let hosts = Text::listed(hosts.iter().map(|host| host.text()));
            Text::new("error-connection-not-granted", args, english).with("hosts", hosts)
        }
        ConnectError::BadGrant {
            connection,
            pattern,
            cause,
        } => {
            let args = vec![
                ("connection", connection.to_string()),
                ("pattern", pattern.clone()),
            ];
            Text::new("error-connection-bad-grant", args, english).with("cause", cause.text())
        }
        ConnectError::SecretsMissing {
            connection,
            names,
            commands,
        } => {
            let args = vec![
                ("connection", connection.to_string()),
                ("names", names.join(", ")),
                ("commands", commands.join("\n")),
            ];
            Text::new("error-connection-secrets-missing", args, english)
        }
        ConnectError::BadCertificates { connection, reason } => {
            let args = vec![
                ("connection", connection.to_string()),
                ("reason", reason.clone()),
            ];
            Text::new("error-connection-bad-certificates", args, english)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use super::*;
    use crate::catalogue::Catalogue;
    use crate::connector::AskedHost;
    use crate::connector::egress::hosts::HostPattern;
    use crate::model::text::words;
    use crate::model::{ConnectionId, Word};

    #[track_caller]
    fn check(message: &Text, display: &str) {
        assert_eq!(Catalogue::new("en").text(message), display);
        assert_ne!(Catalogue::new("fr").text(message), display);
    }

    #[test]
    fn every_error_of_loading_reads_as_it_does_in_english_and_has_french() {
        let file = || PathBuf::from("x.wasm");
        let reason = || "because".to_owned();
        let errors = [
            LoadError::Unreadable {
                file: file(),
                cause: std::io::Error::other("x"),
            },
            LoadError::TooLarge {
                file: file(),
                bytes: 9,
            },
            LoadError::Precompiled { file: file() },
            LoadError::NotWasm { file: file() },
            LoadError::CoreModule { file: file() },
            LoadError::Damaged {
                file: file(),
                reason: reason(),
            },
            LoadError::NotAConnector { file: file() },
            LoadError::NewerContract {
                file: file(),
                found: "0.9.0".to_owned(),
            },
            LoadError::OlderContract {
                file: file(),
                found: "0.0.1".to_owned(),
            },
            LoadError::Changed {
                file: file(),
                wanted: "aa".to_owned(),
                found: "bb".to_owned(),
            },
            LoadError::ForbiddenImports {
                file: file(),
                imports: vec!["a".to_owned(), "b".to_owned()],
            },
            LoadError::NotCompiled {
                file: file(),
                cause: CompileError::Refused { words: reason() },
            },
            LoadError::NotLinked {
                file: file(),
                reason: reason(),
            },
            LoadError::NotDescribed {
                file: file(),
                reason: Text::plain("because"),
            },
            LoadError::BadManifest {
                file: file(),
                problems: vec![reason(), reason()],
            },
            LoadError::Engine { reason: reason() },
        ];
        for error in errors {
            check(&load_text(&error), &error.to_string());
        }
        let errors = [
            CompileError::Refused { words: reason() },
            CompileError::TooSlow {
                after: Duration::from_secs(3),
            },
            CompileError::Died { status: reason() },
            CompileError::NotStarted(std::io::Error::other("x")),
            CompileError::Io {
                path: file(),
                verb: Word::new("done-read", "read"),
                cause: std::io::Error::other("x"),
            },
        ];
        for error in errors {
            check(&compile_text(&error), &error.to_string());
        }
    }

    #[test]
    fn every_error_of_connecting_reads_as_it_does_in_english_and_has_french() {
        let connection = || ConnectionId::parse("acomba").expect("a valid id");
        let asked = |pattern: &str| AskedHost {
            pattern: pattern.to_owned(),
            reason: Text::plain("its server"),
        };
        let missing = || words!("setting-missing", "{setting}: is missing", setting = "url");
        let errors = [
            ConnectError::Settings {
                connection: connection(),
                connector: "acomba".to_owned(),
                problems: vec![missing(), missing()],
            },
            ConnectError::NotGranted {
                connection: connection(),
                connector: "acomba".to_owned(),
                hosts: vec![asked("a.example.com"), asked("b.example.com")],
                line: "hosts = [\"a.example.com\"]".to_owned(),
            },
            ConnectError::BadGrant {
                connection: connection(),
                pattern: "*.com".to_owned(),
                cause: HostPattern::parse("*.com").expect_err("too wide"),
            },
            ConnectError::BadGrant {
                connection: connection(),
                pattern: "a/b".to_owned(),
                cause: HostPattern::parse("a/b").expect_err("no pattern"),
            },
            ConnectError::SecretsMissing {
                connection: connection(),
                names: vec!["key".to_owned(), "password".to_owned()],
                commands: vec!["liaison a".to_owned(), "liaison b".to_owned()],
            },
            ConnectError::BadCertificates {
                connection: connection(),
                reason: "no PEM".to_owned(),
            },
        ];
        for error in errors {
            check(&connect_text(&error), &error.to_string());
        }
    }
}
