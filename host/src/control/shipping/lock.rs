//! `connectors.lock`: which files are connectors of this installation, by their digests.
//!
//! ```toml
//! format = 1
//!
//! [[connector]]
//! name = "acomba"
//! version = "1.2.0"
//! contract = "0.1.0"
//! sha256 = "…"
//! file = "acomba-1.2.0-4f0c….wasm"
//! source = "https://connectors.example.com/acomba-1.2.0.wasm"
//! signer = "acceo"
//! installed_at = "2026-11-28T04:00:00Z"
//! state = "current"
//! ```
//!
//! Invariant: what is not here is not loaded, and neither is a file whose bytes are others than these.
//! Invariant: of each name at most one entry is current.

use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::super::error::{Blame, ControlError, Doing};
use super::super::home::Home;
use super::version;
use crate::model::Text;
use crate::model::text::words;
use crate::owner_only;

const FORMAT: u32 = 1;
/// Digits of a digest that are enough to tell two builds apart.
const DIGEST_LETTERS: usize = 12;
/// Whoever changes the lock reads it, changes it and writes it; within a process one after the other, and two
/// processes do not have the store at once.
static CHANGING: Mutex<()> = Mutex::new(());

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    format: u32,
    #[serde(default, rename = "connector", skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Entry>,
}

impl Default for Lock {
    fn default() -> Self {
        Self {
            format: FORMAT,
            entries: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub name: String,
    pub version: String,
    /// Of the contract that it was built for.
    pub contract: String,
    /// Lower-case hex.
    pub sha256: String,
    /// In the folder `connectors`.
    pub file: String,
    pub source: String,
    /// The trusted key that its signature fits; none where the operator took it unsigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    pub installed_at: jiff::Timestamp,
    pub state: State,
    /// The digest of what was current before it, for the way back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<String>,
    /// Why it was withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// What a connection uses that names no version.
    Current,
    /// The same, and it goes back by itself when it does badly.
    OnTrial,
    /// There for connections that name its version, and for going back.
    Kept,
    /// It did badly as the current one.
    Withdrawn,
}

impl State {
    pub fn is_current(self) -> bool {
        matches!(self, Self::Current | Self::OnTrial)
    }
}

impl Entry {
    /// Where its bytes lie.
    pub fn path(&self, home: &Home) -> PathBuf {
        home.connectors().join(&self.file)
    }

    pub fn file_name(name: &str, version: &str, sha256: &str) -> String {
        format!("{name}-{version}-{}.wasm", short(sha256))
    }
}

/// A digest where a person, or a file's name, tells two builds of one version apart.
pub fn short(sha256: &str) -> String {
    sha256.chars().take(DIGEST_LETTERS).collect()
}

impl Lock {
    /// An installation without the file has no connector yet.
    pub fn read(home: &Home) -> Result<Self, ControlError> {
        let path = home.lock();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(cause) => return Err(ControlError::io(Doing::Read, &path, cause)),
        };
        Self::parse(&text).map_err(|reason| broken(&path, reason))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let lock: Self = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        if lock.format != FORMAT {
            return Err(format!("format {}, not {FORMAT}", lock.format));
        }
        for entry in &lock.entries {
            // A name that leads elsewhere would have any file of the disk hashed and named.
            let mut parts = Path::new(&entry.file).components();
            let plain =
                matches!(parts.next(), Some(Component::Normal(_))) && parts.next().is_none();
            if !plain {
                return Err(format!("`{}` is no name of a file", entry.file));
            }
            let of_name = lock.of(&entry.name);
            if of_name.filter(|other| other.state.is_current()).count() > 1 {
                return Err(format!("two current versions of `{}`", entry.name));
            }
        }
        Ok(lock)
    }

    /// Reads, changes and writes it, in one step for everybody who looks.
    pub fn change<T>(
        home: &Home,
        change: impl FnOnce(&mut Self) -> Result<T, ControlError>,
    ) -> Result<T, ControlError> {
        let _alone = CHANGING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lock = Self::read(home)?;
        let before = lock.clone();
        let changed = change(&mut lock)?;
        if lock != before {
            let path = home.lock();
            let text =
                toml::to_string(&lock).map_err(|error| ControlError::bug(error.to_string()))?;
            let text = format!(
                "# Written by `liaison connector`. What is not here is not loaded.\n\n{text}"
            );
            owner_only::replace(&path, text.as_bytes())
                .map_err(|cause| ControlError::io(Doing::Write, &path, cause))?;
        }
        Ok(changed)
    }

    pub fn of(&self, name: &str) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.name == name)
    }

    pub fn current(&self, name: &str) -> Option<&Entry> {
        self.of(name).find(|entry| entry.state.is_current())
    }

    /// The one that a connection means: by its version, else the current one.
    pub fn meant(&self, name: &str, version: Option<&str>) -> Option<&Entry> {
        let Some(version) = version else {
            return self.current(name);
        };
        let fitting = self.of(name).filter(|entry| entry.version == version);
        // Of two builds of one version the current one, else the one that came last.
        fitting.max_by_key(|entry| (entry.state.is_current(), entry.installed_at))
    }

    pub fn by_digest(&self, name: &str, sha256: &str) -> Option<&Entry> {
        self.of(name).find(|entry| entry.sha256 == sha256)
    }

    /// Adds it. The same bytes once more, in the place of a damaged file, say, are what they were before.
    pub fn put(&mut self, mut entry: Entry) {
        let same = |other: &Entry| other.name == entry.name && other.sha256 == entry.sha256;
        if let Some(there) = self.entries.iter().find(|other| same(other)).cloned() {
            entry.state = there.state;
            entry.replaced = there.replaced;
            entry.why = there.why;
        }
        let same = |other: &Entry| other.name == entry.name && other.sha256 == entry.sha256;
        self.entries.retain(|other| !same(other));
        self.entries.push(entry);
        self.entries.sort_by(|one, other| {
            let numbers = |entry: &Entry| version::numbers(&entry.version);
            (&one.name, numbers(one), one.installed_at).cmp(&(
                &other.name,
                numbers(other),
                other.installed_at,
            ))
        });
    }

    /// Makes it the current one; what was current is kept, and known as what it replaced.
    pub fn promote(&mut self, name: &str, sha256: &str, state: State) {
        let before = self.current(name).map(|entry| entry.sha256.clone());
        for entry in self.entries.iter_mut().filter(|entry| entry.name == name) {
            if entry.sha256 == sha256 {
                entry.state = state;
                entry.why = None;
                entry.replaced = before
                    .clone()
                    .filter(|before| before != sha256)
                    .or(entry.replaced.take());
            } else if entry.state.is_current() {
                entry.state = State::Kept;
            }
        }
    }

    /// Where the way back leads: to what the current one replaced, while it is still here.
    pub fn before(&self, name: &str) -> Option<&Entry> {
        let replaced = self.current(name)?.replaced.as_deref()?;
        let before = self.by_digest(name, replaced)?;
        (before.state != State::Withdrawn).then_some(before)
    }

    /// Makes it the current one as a way back: what it came after stays what it came after, so that once more leads
    /// further back and never forward.
    pub fn return_to(&mut self, name: &str, sha256: &str) {
        for entry in self.entries.iter_mut().filter(|entry| entry.name == name) {
            if entry.sha256 == sha256 {
                entry.state = State::Current;
                entry.why = None;
            } else if entry.state.is_current() {
                entry.state = State::Kept;
            }
        }
    }

    /// Goes back from the current one, which is kept or withdrawn for a reason. Answers where it went.
    pub fn go_back(&mut self, name: &str, why: Option<&Text>) -> Option<Entry> {
        let (from, to) = (
            self.current(name)?.sha256.clone(),
            self.before(name)?.sha256.clone(),
        );
        for entry in self.entries.iter_mut().filter(|entry| entry.name == name) {
            if entry.sha256 == to {
                entry.state = State::Current;
            } else if entry.sha256 == from {
                entry.state = match why {
                    Some(_) => State::Withdrawn,
                    None => State::Kept,
                };
                entry.why = why.cloned();
            }
        }
        self.current(name).cloned()
    }

    /// The trial is over, and it stays.
    pub fn passed(&mut self, name: &str, sha256: &str) {
        let on_trial = |entry: &&mut Entry| {
            entry.name == name && entry.sha256 == sha256 && entry.state == State::OnTrial
        };
        if let Some(entry) = self.entries.iter_mut().find(on_trial) {
            entry.state = State::Current;
        }
    }
}

fn broken(path: &Path, reason: String) -> ControlError {
    let file = path.display().to_string();
    let message = words!(
        "error-lock-broken",
        "`{file}` cannot be understood, so no connector is loaded: {reason}",
        file = file,
        reason = reason
    );
    ControlError::new("lock-broken", Blame::Command, message).hint(
        "lock-broken",
        vec![],
        "take the file from a backup, or move it away and install the connectors again",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(version: &str, sha256: &str, state: State) -> Entry {
        Entry {
            name: "erp".to_owned(),
            version: version.to_owned(),
            contract: "0.1.0".to_owned(),
            sha256: sha256.to_owned(),
            file: Entry::file_name("erp", version, sha256),
            source: "somewhere".to_owned(),
            signer: None,
            installed_at: "2026-11-28T04:00:00Z".parse().expect("a time"),
            state,
            replaced: None,
            why: None,
        }
    }

    fn states(lock: &Lock) -> Vec<(String, State)> {
        lock.entries
            .iter()
            .map(|entry| (entry.version.clone(), entry.state))
            .collect()
    }

    fn folder() -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::new(folder.path());
        (folder, home)
    }

    #[test]
    fn what_is_written_is_read_again() {
        let (_folder, home) = folder();
        assert_eq!(Lock::read(&home).expect("none yet"), Lock::default());
        let put = |lock: &mut Lock| {
            lock.put(entry("1.10.0", "bb", State::Current));
            lock.put(entry("1.9.0", "aa", State::Kept));
            Ok(())
        };
        Lock::change(&home, put).expect("written");
        let read = Lock::read(&home).expect("read");
        let expected = [
            ("1.9.0".to_owned(), State::Kept),
            ("1.10.0".to_owned(), State::Current),
        ];
        assert_eq!(states(&read), expected);
    }

    #[test]
    fn why_a_version_was_withdrawn_is_read_again_in_any_language() {
        let (_folder, home) = folder();
        let cause = words!(
            "rehearsal-called",
            "its system cannot be asked, it calls us"
        );
        let why = words!(
            "trial-over",
            "connector {name} {version} was withdrawn; the next run goes on with what is current",
            name = "erp",
            version = "1.0.0"
        )
        .with("cause", cause);
        let withdrawn = Entry {
            why: Some(why),
            ..entry("1.0.0", "aa", State::Withdrawn)
        };
        let put = |lock: &mut Lock| {
            lock.put(withdrawn.clone());
            lock.put(entry("1.1.0", "bb", State::Current));
            Ok(())
        };
        Lock::change(&home, put).expect("written");
        assert_eq!(Lock::read(&home).expect("read").entries[0], withdrawn);
    }

    #[test]
    fn a_refused_change_leaves_the_file_as_it_was() {
        let (_folder, home) = folder();
        let refused = Lock::change(&home, |lock| {
            lock.put(entry("1.0.0", "aa", State::Current));
            Err::<(), _>(ControlError::bug("no"))
        });
        assert!(refused.is_err() && !home.lock().exists());
    }

    #[test]
    fn nonsense_is_refused_with_its_reason() {
        let good = toml::to_string(&Lock {
            entries: vec![entry("1.0.0", "aa", State::Current)],
            ..Lock::default()
        })
        .expect("it can be written");
        let twice = format!(
            "{good}\n{}",
            good.replace("format = 1", "").replace("\"aa\"", "\"bb\"")
        );
        for (text, reason) in [
            (good.replace("format = 1", "format = 2"), "format 2, not 1"),
            (
                good.replace("file = \"erp", "file = \"../erp"),
                "is no name of a file",
            ),
            (
                good.replace("file = \"erp", "file = \"/erp"),
                "is no name of a file",
            ),
            (twice, "two current versions of `erp`"),
            (good.replace("sha256", "sha512"), "sha512"),
        ] {
            let told = Lock::parse(&text).expect_err(reason);
            assert!(told.contains(reason), "{told}");
        }
        Lock::parse(&good).expect("the good one");
    }

    #[test]
    fn the_way_up_and_the_way_back() {
        let mut lock = Lock::default();
        lock.put(entry("1.0.0", "aa", State::Kept));
        lock.promote("erp", "aa", State::Current);
        assert!(
            lock.before("erp").is_none(),
            "there is nothing before the first"
        );
        assert!(lock.clone().go_back("erp", None).is_none());
        lock.put(entry("1.1.0", "bb", State::Kept));
        lock.promote("erp", "bb", State::OnTrial);
        assert_eq!(
            lock.before("erp").map(|entry| entry.version.as_str()),
            Some("1.0.0")
        );
        let mut passed = lock.clone();
        passed.passed("erp", "bb");
        assert_eq!(
            passed.current("erp").map(|entry| entry.state),
            Some(State::Current)
        );
        let back = lock
            .go_back("erp", Some(&Text::plain("it trapped")))
            .expect("there is a way");
        assert_eq!(back.version, "1.0.0");
        let expected = [
            ("1.0.0".to_owned(), State::Current),
            ("1.1.0".to_owned(), State::Withdrawn),
        ];
        assert_eq!(states(&lock), expected);
        assert_eq!(lock.entries[1].why, Some(Text::plain("it trapped")));
    }

    #[test]
    fn a_way_back_leads_never_forward() {
        let mut lock = Lock::default();
        for (version, digest) in [("1.0.0", "aa"), ("1.1.0", "bb"), ("1.2.0", "cc")] {
            lock.put(entry(version, digest, State::Kept));
            lock.promote("erp", digest, State::Current);
        }
        let mut went = Vec::new();
        while let Some(before) = lock.before("erp").cloned() {
            lock.return_to("erp", &before.sha256);
            went.push(before.version);
        }
        assert_eq!(went, ["1.1.0", "1.0.0"]);
    }

    #[test]
    fn the_same_bytes_once_more_are_what_they_were() {
        let mut lock = Lock::default();
        lock.put(entry("1.0.0", "aa", State::Kept));
        lock.put(entry("1.1.0", "bb", State::Kept));
        lock.promote("erp", "bb", State::Current);
        let before = lock.clone();
        lock.put(entry("1.1.0", "bb", State::Kept));
        assert_eq!(lock, before);
    }

    #[test]
    fn a_connection_names_a_version_or_takes_the_current_one() {
        let mut lock = Lock::default();
        for (version, digest, state) in [
            ("1.0.0", "aa", State::Kept),
            ("1.1.0", "bb", State::Current),
            ("1.1.0", "cc", State::Kept),
        ] {
            lock.put(entry(version, digest, state));
        }
        for (wanted, expected) in [
            (None, Some("bb")),
            (Some("1.0.0"), Some("aa")),
            (Some("1.1.0"), Some("bb")),
            (Some("1.1"), None),
        ] {
            let meant = lock.meant("erp", wanted).map(|entry| entry.sha256.as_str());
            assert_eq!(meant, expected, "{wanted:?}");
        }
    }
}
