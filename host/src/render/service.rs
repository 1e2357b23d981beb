//! The machine's service as text.

use crate::catalogue::Catalogue;
use crate::control::service::{ServiceOutcome, ServiceReport};
use crate::service_manager::{Change, Done, Installed, Starts, State, Status};

pub fn service(report: &ServiceReport, words: &Catalogue) -> String {
    let name = report.name.as_str();
    let lines = match &report.outcome {
        ServiceOutcome::Installed(installed) => registered(name, installed, words),
        ServiceOutcome::Status(status) => state(name, status, words),
        ServiceOutcome::Started(done) => {
            let key = match done {
                Done::Now => "manager-started",
                Done::Already => "manager-started-before",
            };
            vec![words.say(key, &[("name", name)])]
        }
        ServiceOutcome::Stopped(done) => {
            let key = match done {
                Done::Now => "manager-stopped",
                Done::Already => "manager-stopped-before",
            };
            vec![words.say(key, &[("name", name)])]
        }
        ServiceOutcome::Uninstalled(done) => {
            let key = match done {
                Done::Now => "manager-uninstalled",
                Done::Already => "manager-uninstalled-before",
            };
            vec![words.say(key, &[("name", name)])]
        }
    };
    lines.into_iter().map(|line| line + "\n").collect()
}

fn registered(name: &str, installed: &Installed, words: &Catalogue) -> Vec<String> {
    let key = match installed.change {
        Change::Created => "manager-installed",
        Change::Replaced => "manager-replaced",
        Change::Unchanged => "manager-unchanged",
    };
    let place = installed.place.as_str();
    let mut lines = vec![words.say(key, &[("name", name), ("place", place)])];
    lines.push(starts(installed.starts, words));
    if installed.runs_as_before {
        lines.push(words.say("manager-runs-as-before", &[]));
    }
    lines
}

fn starts(starts: Starts, words: &Catalogue) -> String {
    let key = match starts {
        Starts::AtBoot => "manager-starts-boot",
        Starts::AtLogIn => "manager-starts-login",
        Starts::ByHand => "manager-starts-hand",
    };
    words.say(key, &[])
}

fn state(name: &str, status: &Status, words: &Catalogue) -> Vec<String> {
    let named = [("name", name)];
    let first = match &status.state {
        State::NotInstalled => return vec![words.say("manager-state-none", &named)],
        State::Stopped => words.say("manager-state-stopped", &named),
        State::Starting => words.say("manager-state-starting", &named),
        State::Running => {
            let process = status.process.map_or("?".to_owned(), |id| id.to_string());
            words.say(
                "manager-state-running",
                &[("name", name), ("process", &process)],
            )
        }
        State::Stopping => words.say("manager-state-stopping", &named),
        State::Failed(failure) => {
            let code = failure
                .exit
                .map_or(String::new(), |code| format!(" {code}"));
            let how = format!("{}{code}", failure.result);
            words.say("manager-state-failed", &[("name", name), ("how", &how)])
        }
    };
    vec![first, starts(status.starts, words)]
}
