//! The tasks of an account, and the keys that creates came with.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::refusal::Refusal;
use super::task::{Task, name};
use crate::simulator::NowMs;

/// How long a create is remembered by its key.
const KEYS_KEPT_MS: NowMs = 24 * 60 * 60 * 1000;

#[derive(Default)]
pub struct Store {
    tasks: BTreeMap<u64, Task>,
    last_id: u64,
    keys: HashMap<String, Kept>,
}

/// What a key was used for.
struct Kept {
    body: Value,
    task: u64,
    since: NowMs,
}

impl Store {
    pub fn all(&self) -> impl Iterator<Item = &Task> {
        self.tasks.values()
    }

    pub fn rows(&self) -> Value {
        self.all().map(Task::show).collect()
    }

    /// The task, if it is there and was not deleted.
    pub fn live(&self, id: &str) -> Result<&Task, Refusal> {
        number_of(id)
            .and_then(|number| self.tasks.get(&number))
            .filter(|task| !task.deleted)
            .ok_or_else(|| Refusal::no_such_task(id))
    }

    /// The task, and whether the key had made it before.
    pub fn create(
        &mut self,
        key: &str,
        given: &Value,
        now: NowMs,
    ) -> Result<(&Task, bool), Refusal> {
        self.keys.retain(|_, kept| now - kept.since < KEYS_KEPT_MS);
        if let Some(kept) = self.keys.get(key) {
            if kept.body != *given {
                return Err(Refusal::other_body());
            }
            return Ok((&self.tasks[&kept.task], true));
        }
        let id = self.add(given, now)?;
        let kept = Kept {
            body: given.clone(),
            task: id,
            since: now,
        };
        self.keys.insert(key.to_owned(), kept);
        Ok((&self.tasks[&id], false))
    }

    /// A task without a key, as from the screen.
    pub fn add(&mut self, given: &Value, now: NowMs) -> Result<u64, Refusal> {
        let id = self.last_id + 1;
        let task = Task::new(id, given, now)?;
        self.check_number(&task)?;
        self.last_id = id;
        self.tasks.insert(id, task);
        Ok(id)
    }

    /// Changes a task that is at this version; `*` is any.
    pub fn update(
        &mut self,
        id: &str,
        at: &str,
        given: &Value,
        now: NowMs,
    ) -> Result<&Task, Refusal> {
        let mut task = self.open(id, at)?.clone();
        task.set(given)?;
        self.check_number(&task)?;
        Ok(self.keep(task, now))
    }

    pub fn delete(&mut self, id: &str, at: &str, now: NowMs) -> Result<&Task, Refusal> {
        let mut task = self.open(id, at)?.clone();
        task.deleted = true;
        Ok(self.keep(task, now))
    }

    pub fn lock(&mut self, id: &str, locked: bool) -> Result<(), Refusal> {
        let id = self.live(id)?.id;
        self.tasks.get_mut(&id).expect("just seen").locked = locked;
        Ok(())
    }

    fn open(&self, id: &str, at: &str) -> Result<&Task, Refusal> {
        let task = self.live(id)?;
        if task.locked {
            return Err(Refusal::locked(id));
        }
        if at != "*" && at != task.version.to_string() {
            return Err(Refusal::changed(task.version));
        }
        Ok(task)
    }

    fn keep(&mut self, mut task: Task, now: NowMs) -> &Task {
        task.version += 1;
        task.modified = now;
        let id = task.id;
        self.tasks.insert(id, task);
        &self.tasks[&id]
    }

    /// A number belongs to one live task.
    fn check_number(&self, task: &Task) -> Result<(), Refusal> {
        let Some(number) = task.text("number") else {
            return Ok(());
        };
        let taken = self.all().find(|other| {
            other.id != task.id && !other.deleted && other.text("number") == Some(number)
        });
        match taken {
            Some(other) => Err(Refusal::number_taken(number, &name(other.id))),
            None => Ok(()),
        }
    }
}

fn number_of(id: &str) -> Option<u64> {
    id.strip_prefix("t-")?.parse().ok()
}
