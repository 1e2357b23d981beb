//! Power cuts: a child commits, dies or goes on, and at random moments of what was recorded the disk
//! is what a cut may leave of it.
//!
//! One session begins where a cut of the one before left the disk, so that recoveries are cut short as
//! well. A session is several processes: some are killed in the middle of a call, and the next one
//! opens what is still only in memory of the kernel.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::sync_channel;

use liaison::guard::Guard;

use super::super::figures::{Figures, Form};
use super::check::{HUNG, LOST, TORN, UNOPENED, UNREADABLE, Wrong, check};
use super::child::Recorded;
use super::dice::Dice;
use super::disk::{Disk, Mood, Syncs};
use super::plan::Plan;
use super::recording::{Promised, Record, Recording};
use super::{copy, scratch};

/// States whose syncs of the log count for nothing. Some of them must be found wanting.
const CONTROLS: usize = 12;

/// One sees its losses at once; another, with many commits, sees segments cleaned and used again.
const COMMITS: [u64; 4] = [40, 15, 80, 300];

pub fn run(form: &Form, seed: u64, figures: &mut Figures) {
    for what in [LOST, TORN, UNOPENED, UNREADABLE, HUNG, "blind"] {
        figures.none_of(what);
    }
    let sessions = form.of(6, 40);
    let states = form.of(25, 50);
    let chains = form.of(2, 8);
    unguarded(seed, figures);
    for chain in 0..chains {
        let mut before: Option<(Recorded, Promised)> = None;
        for number in 0..sessions / chains {
            let dice = Dice::mixed(seed, &[chain, number]);
            let session = Session {
                plan: Plan::of(seed.wrapping_add(chain)),
                seed,
                commits: COMMITS[((chain + number) % 4) as usize],
                states,
            };
            let outcome = session.run(before.take(), dice, figures);
            match outcome {
                Ok(next) => before = next,
                Err(words) => {
                    figures.found("blind", format!("{words}{}", again(seed)));
                    break;
                }
            }
        }
    }
}

/// What the store loses when it acknowledges without its own sync.
fn unguarded(seed: u64, figures: &mut Figures) {
    let session = Session {
        plan: Plan::of(seed),
        seed,
        commits: COMMITS[2],
        states: CONTROLS,
    };
    let dice = Dice::mixed(seed, &[u64::MAX, 0]);
    if let Err(words) = session.unguarded(dice, figures) {
        figures.found("blind", format!("{words}{}", again(seed)));
    }
}

fn again(seed: u64) -> String {
    format!(" (--part power --seed {seed})")
}

struct Session {
    plan: Plan,
    seed: u64,
    commits: u64,
    states: usize,
}

/// A state to look at.
struct State {
    root: tempfile::TempDir,
    promised: Promised,
    what: String,
}

impl Session {
    /// The folder that the next session begins with, and what it must hold.
    fn run(
        &self,
        before: Option<(Recorded, Promised)>,
        mut dice: Dice,
        figures: &mut Figures,
    ) -> Result<Option<(Recorded, Promised)>, String> {
        let (child, promised) = before.unwrap_or_else(|| (Recorded::new(), Promised::default()));
        let base = scratch();
        copy(&child.root(), base.path());
        child.forget();
        // Most of them within the commits of a short session, some in its opening.
        for _ in 0..1 + dice.roll(3) {
            let how = if dice.one_in(2) { "kill" } else { "kill-half" };
            let at = 40 + dice.roll(8 * self.commits.min(40) as usize);
            let ended = child.commits(self.plan, self.commits, 1, &format!("{how}:{at}"));
            figures.tried("kills", u64::from(ended.exit.is_none()));
            self.judge(&ended, figures);
        }
        let ended = child.commits(self.plan, self.commits, 1 + dice.roll(2) as u64, "");
        if ended.exit != Some(0) {
            let words = format!("the workload ended with {ended:?}{}", again(self.seed));
            figures.found(UNOPENED, words);
        }
        let recording = child.recording()?;
        let next = self.cuts(
            &recording,
            base.path(),
            &child,
            promised,
            &mut dice,
            figures,
        )?;
        self.control(&recording, base.path(), promised, &mut dice, figures)?;
        Ok(next)
    }

    /// A child that was not reached by its kill ends well; one that did is gone. Nothing else.
    fn judge(&self, ended: &super::child::Ended, figures: &mut Figures) {
        if ended.hung {
            figures.found(HUNG, format!("a workload{}", again(self.seed)));
        } else if !matches!(ended.exit, None | Some(0)) {
            let words = format!("the workload ended with {ended:?}{}", again(self.seed));
            figures.found(UNOPENED, words);
        }
    }

    fn cuts(
        &self,
        recording: &Recording,
        base: &Path,
        child: &Recorded,
        promised: Promised,
        dice: &mut Dice,
        figures: &mut Figures,
    ) -> Result<Option<(Recorded, Promised)>, String> {
        let io = |error: std::io::Error| error.to_string();
        let mut disk = Disk::holding(base, Syncs::Count).map_err(io)?;
        let mut cutting = Cutting::of(recording, self.states, dice);
        let mut promised = promised;
        let mut next = None;
        let found: Mutex<Vec<(Wrong, String)>> = Mutex::default();
        let keep = scratch().keep();
        let (states, waiting) = sync_channel::<State>(2);
        let waiting = Mutex::new(waiting);
        std::thread::scope(|scope| {
            // Its end, when this closure ends, ends those who look.
            let states = states;
            let (waiting, found, keep) = (&waiting, &found, &keep);
            for _ in 0..2 {
                scope.spawn(move || {
                    loop {
                        let state = waiting.lock().expect("nobody panics with it").recv();
                        let Ok(state) = state else { break };
                        if let Err(wrong) = self.look(&state, keep) {
                            let mut found = found.lock().expect("nobody panics with it");
                            found.push((wrong, state.what.clone()));
                        }
                    }
                });
            }
            for (place, record) in recording.records.iter().enumerate() {
                disk.replay(record)?;
                if let Record::Mark(mark) = record {
                    promised.hear(mark);
                }
                for _ in 0..cutting.at(place) {
                    let root = scratch();
                    let mood = Mood::roll(dice);
                    disk.cut(root.path(), mood, dice).map_err(io)?;
                    figures.tried("power-cut states", 1);
                    if cutting.left == 0 {
                        let after = Recorded::new();
                        copy(root.path(), &after.root());
                        next = Some((after, promised));
                    }
                    let what = format!("cut after record {place} ({mood:?})");
                    let state = State {
                        root,
                        promised,
                        what,
                    };
                    states.send(state).map_err(|_| "nobody looks any more")?;
                }
            }
            Ok::<_, String>(())
        })?;
        let found = found.into_inner().expect("nobody panics with it");
        if !found.is_empty() {
            copy(base, &keep.join("base"));
            copy(child.folder(), &keep.join("session"));
        }
        for (wrong, what) in found {
            let words = format!("{}; {what}{}", wrong.words, again(self.seed));
            figures.found(wrong.what, words);
        }
        // Only if nothing was kept in it.
        let _ = std::fs::remove_dir(&keep);
        match disk.differs_from(&child.root()).map_err(io)? {
            Some(what) => Err(format!("the recording makes another {what} than there is")),
            None => Ok(next),
        }
    }

    /// What is wrong with a state; it is then kept to be looked at.
    fn look(&self, state: &State, keep: &Path) -> Result<(), Wrong> {
        let before = scratch();
        copy(state.root.path(), before.path());
        check(state.root.path(), self.plan, state.promised).map_err(|mut wrong| {
            let kept: PathBuf = keep.join(state.what.replace(' ', "-"));
            copy(before.path(), &kept);
            wrong.words = format!("{} (kept in {})", wrong.words, kept.display());
            wrong
        })
    }

    /// Our own sync of the log counts for nothing: if no loss is found then, none ever would be.
    fn control(
        &self,
        recording: &Recording,
        base: &Path,
        promised: Promised,
        dice: &mut Dice,
        figures: &mut Figures,
    ) -> Result<(), String> {
        let syncs = Syncs::CountBut("store/db");
        let bad = self.wanting(recording, base, promised, dice, syncs)?;
        figures.tried("controls without a sync", CONTROLS as u64);
        figures.tried("of them found wanting", bad);
        if bad == 0 {
            let words = format!("{CONTROLS} cuts without a sync of the log show no loss");
            figures.found("blind", format!("{words}{}", again(self.seed)));
        }
        Ok(())
    }

    /// The guard itself switched off in the child: then as well some state must be found wanting.
    fn unguarded(&self, mut dice: Dice, figures: &mut Figures) -> Result<(), String> {
        let child = Recorded::without(Guard::Fsync);
        let base = scratch();
        copy(&child.root(), base.path());
        child.commits(self.plan, self.commits, 1, "");
        let recording = child.recording()?;
        let none = Promised::default();
        let bad = self.wanting(&recording, base.path(), none, &mut dice, Syncs::Count)?;
        figures.tried("guards switched off", 1);
        if bad == 0 {
            let words = "without the guard fsync no cut shows a loss".to_owned();
            figures.found("blind", format!("{words}{}", again(self.seed)));
        }
        Ok(())
    }

    /// How many of some cuts leave a state that breaks a promise.
    fn wanting(
        &self,
        recording: &Recording,
        base: &Path,
        promised: Promised,
        dice: &mut Dice,
        syncs: Syncs,
    ) -> Result<u64, String> {
        let io = |error: std::io::Error| error.to_string();
        let mut disk = Disk::holding(base, syncs).map_err(io)?;
        let mut cutting = Cutting::of(recording, CONTROLS, dice);
        let mut promised = promised;
        let mut bad = 0;
        for (place, record) in recording.records.iter().enumerate() {
            disk.replay(record)?;
            if let Record::Mark(mark) = record {
                promised.hear(mark);
            }
            for _ in 0..cutting.at(place) {
                let root = scratch();
                disk.cut(root.path(), Mood::roll(dice), dice).map_err(io)?;
                bad += u64::from(check(root.path(), self.plan, promised).is_err());
            }
        }
        Ok(bad)
    }
}

/// Where to cut: anywhere, just after a promise, just after an opening has shown what it has, and
/// while one writes its snapshot and tidies up. The last two are short, and the most is at stake there.
struct Cutting {
    places: Vec<usize>,
    left: usize,
}

impl Cutting {
    fn of(recording: &Recording, count: usize, dice: &mut Dice) -> Self {
        let records = &recording.records;
        let (mut promises, mut shown, mut openings) = (Vec::new(), Vec::new(), Vec::new());
        let mut opening = false;
        for (place, record) in records.iter().enumerate() {
            match record {
                Record::Started => opening = false,
                Record::Opened { path, .. } if path.ends_with(".generating") => opening = true,
                Record::Mark(mark) => {
                    opening = false;
                    let seen = mark.starts_with("seen");
                    if seen { &mut shown } else { &mut promises }.push(place);
                }
                _ if opening => openings.push(place),
                _ => {}
            }
        }
        let anywhere: Vec<usize> = (0..records.len()).collect();
        let kinds = [anywhere, promises, shown, openings];
        let mut places: Vec<usize> = (0..count)
            .map(|number| {
                let kind = &kinds[number % kinds.len()];
                let kind = if kind.is_empty() { &kinds[0] } else { kind };
                kind[dice.roll(kind.len())]
            })
            .collect();
        places.sort_unstable_by(|a, b| b.cmp(a));
        Self {
            left: places.len(),
            places,
        }
    }

    /// How many cuts are made after this record.
    fn at(&mut self, place: usize) -> usize {
        let mut count = 0;
        while self.places.last() == Some(&place) {
            self.places.pop();
            count += 1;
        }
        self.left = self.places.len();
        count
    }
}
