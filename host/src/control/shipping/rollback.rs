//! The way back to what was current before, and the way out.

use super::super::Control;
use super::super::connectors::{none_at_all, row};
use super::super::error::{Blame, ControlError, Doing};
use super::super::request::Answer;
use super::lock::{Entry, Lock, State};
use crate::model::Text;
use crate::model::text::words;

impl Control {
    /// To what the current version replaced, or to another one that is installed.
    pub(in super::super) async fn connector_rollback(
        &self,
        name: &str,
        to: Option<&str>,
    ) -> Result<Answer, ControlError> {
        let lock = Lock::read(&self.home)?;
        let from = lock
            .current(name)
            .cloned()
            .ok_or_else(|| none_current(&lock, name))?;
        let target = match to {
            Some(version) => lock
                .of(name)
                .filter(|entry| entry.version == version && entry.sha256 != from.sha256)
                .last(),
            None => lock.before(name),
        };
        let target = target.cloned().ok_or_else(|| no_way_back(&lock, &from))?;
        // Not from one that works to one that cannot be loaded.
        let loaded = self.load_entry(&target).await?;
        let now = Lock::change(&self.home, |lock| {
            lock.return_to(name, &target.sha256);
            lock.current(name)
                .cloned()
                .ok_or_else(|| ControlError::bug("no version is current"))
        })?;
        let text = words!(
            "journal-rolled-back",
            "connector {name} is {version} again, before {from}; runs in hand end on {from}",
            name = name,
            version = now.version,
            from = from.version
        );
        self.tell_users(name, "connector-rolled-back", text).await;
        Ok(Answer::RolledBack {
            from: from.version,
            now: Box::new(row(&now, Some(&loaded))),
        })
    }

    /// One version, or all of them. Refused while an enabled flow needs it.
    pub(in super::super) async fn connector_remove(
        &self,
        name: &str,
        version: Option<&str>,
    ) -> Result<Answer, ControlError> {
        // Whoever has the store changes the lock, and nobody else.
        self.store().await?;
        let lock = Lock::read(&self.home)?;
        let leaving: Vec<Entry> = lock
            .of(name)
            .filter(|entry| version.is_none_or(|version| entry.version == version))
            .cloned()
            .collect();
        if leaving.is_empty() {
            return Err(none_of(&lock, name, version));
        }
        let on_trial = lock
            .current(name)
            .filter(|current| current.state == State::OnTrial);
        if let (Some(current), Some(before)) = (on_trial, lock.before(name))
            && leaving.contains(before)
            && !leaving.contains(current)
        {
            return Err(is_the_way_back(before, current));
        }
        let mut users = Vec::new();
        if leaving.iter().any(|entry| entry.state.is_current()) {
            users.extend(self.users(name, None)?);
        }
        for entry in &leaving {
            users.extend(self.users(name, Some(&entry.version))?);
        }
        let needing = self.flows_over(&users)?;
        if !needing.is_empty() {
            let flows: Vec<String> = needing
                .iter()
                .map(|needing| format!("{} ({})", needing.flow, needing.tenant))
                .collect();
            return Err(needed(name, flows.join(", ")));
        }
        // One that became another meanwhile stays.
        let leaving = Lock::change(&self.home, |lock| {
            let (leaving, left) = std::mem::take(&mut lock.entries)
                .into_iter()
                .partition::<Vec<Entry>, _>(|entry| leaving.contains(entry));
            lock.entries = left;
            Ok(leaving)
        })?;
        for entry in &leaving {
            let path = entry.path(&self.home);
            match std::fs::remove_file(&path) {
                Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                    return Err(ControlError::io(Doing::Write, &path, cause));
                }
                _ => {}
            }
        }
        let versions: Vec<String> = leaving.into_iter().map(|entry| entry.version).collect();
        let text = words!(
            "journal-removed",
            "connector {name} {versions} was removed",
            name = name,
            versions = versions.join(", ")
        );
        self.tell_users(name, "connector-removed", text).await;
        Ok(Answer::Removed {
            name: name.to_owned(),
            versions,
        })
    }
}

fn is_the_way_back(before: &Entry, current: &Entry) -> ControlError {
    let (name, version) = (before.name.clone(), before.version.clone());
    let on_trial = current.version.clone();
    let english = format!("{name} {on_trial} is on trial, and {version} is what it goes back to");
    let args = vec![("name", name), ("version", version), ("on_trial", on_trial)];
    ControlError::command("way-back", args, english).hint(
        "way-back",
        vec![],
        "remove it when the trial is over: `liaison connector list` says so",
    )
}

fn none_current(lock: &Lock, name: &str) -> ControlError {
    none_of(lock, name, None)
}

fn none_of(lock: &Lock, name: &str, version: Option<&str>) -> ControlError {
    if lock.entries.is_empty() {
        return none_at_all(name);
    }
    let known: Vec<String> = lock
        .entries
        .iter()
        .map(|entry| format!("{} {}", entry.name, entry.version))
        .collect();
    let known = known.join(", ");
    let wanted = match version {
        Some(version) => format!("{name} {version}"),
        None => name.to_owned(),
    };
    let english = format!("connector `{wanted}` is not installed; installed: {known}");
    let args = vec![("name", wanted), ("known", known)];
    ControlError::command("no-connector", args, english).hint(
        "no-such-connector",
        vec![],
        "`liaison connector list` shows each with its versions",
    )
}

fn no_way_back(lock: &Lock, from: &Entry) -> ControlError {
    let name = from.name.as_str();
    if lock.of(name).all(|entry| entry.sha256 == from.sha256) {
        return only_one(from);
    }
    let known: Vec<&str> = lock.of(name).map(|entry| entry.version.as_str()).collect();
    let known = known.join(", ");
    let english =
        format!("there is no other version of `{name}` to go back to; installed: {known}");
    let args = vec![("name", name.to_owned()), ("known", known)];
    ControlError::command("no-way-back", args, english).hint(
        "no-way-back",
        vec![],
        "name an installed version with --to, or put an older one in its place with `liaison connector upgrade --allow-older`",
    )
}

fn only_one(entry: &Entry) -> ControlError {
    let name = &entry.name;
    let message = words!(
        "error-no-way-back-alone",
        "{version} is the only version of `{name}` that is installed, so there is nothing to go back to",
        version = entry.version,
        name = name
    );
    ControlError::new("no-way-back", Blame::Command, message).hint(
        "no-way-back-alone",
        vec![("name", name.clone())],
        format!(
            "`liaison connector upgrade {name} SOURCE --allow-older` puts an older one in its place"
        ),
    )
}

fn needed(name: &str, flows: String) -> ControlError {
    let args: Vec<(&str, String)> = vec![("name", name.to_owned()), ("flows", flows.clone())];
    let english = format!("connector `{name}` is needed by: {flows}");
    let message = Text::new("error-connector-needed", args, english);
    ControlError::new("connector-needed", Blame::Command, message).hint(
        "connector-needed",
        vec![],
        "set `enabled = false` in these flows, or give their connections another version",
    )
}
