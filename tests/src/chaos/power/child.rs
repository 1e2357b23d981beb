//! Starting the child process with the recorder in front of its file calls.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use liaison::guard::Guard;

use super::plan::Plan;
use super::recording::Recording;
use super::workload;

/// A child that runs longer has hung.
const CHILD_MAX: Duration = Duration::from_secs(60);

const RECORDER: &str = "libliaison_recorder.so";

/// A folder for the child's files and, beside it, what was recorded of them.
pub struct Recorded {
    folder: tempfile::TempDir,
    guard_off: Option<Guard>,
}

/// How a child ended.
#[derive(Debug)]
pub struct Ended {
    /// None if a signal ended it.
    pub exit: Option<u8>,
    pub hung: bool,
    pub words: String,
}

impl Recorded {
    /// With an empty root.
    pub fn new() -> Self {
        let folder = super::scratch();
        std::fs::create_dir(folder.path().join("root")).expect("an empty folder");
        Self {
            folder,
            guard_off: None,
        }
    }

    /// As `new`; the child does without this guard.
    pub fn without(guard: Guard) -> Self {
        Self {
            guard_off: Some(guard),
            ..Self::new()
        }
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// The root and what was recorded of it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn recording(&self) -> Result<Recording, String> {
        Recording::read(&self.folder.path().join("recording"))
    }

    /// Forgets what was recorded; the files stay.
    pub fn forget(&self) {
        // It is not there before the first child.
        let _ = std::fs::remove_file(self.folder.path().join("recording"));
    }

    /// Runs the workload under this fault; what is recorded is added to what was.
    pub fn commits(&self, plan: Plan, commits: u64, openings: u64, fault: &str) -> Ended {
        let root = self.root();
        let words = [
            workload::WORD.to_owned(),
            root.display().to_string(),
            self.marks().display().to_string(),
            plan.seed.to_string(),
            commits.to_string(),
            openings.to_string(),
        ];
        self.run(&words, fault)
    }

    pub fn run(&self, words: &[String], fault: &str) -> Ended {
        let mut child = Command::new(std::env::current_exe().expect("a program has a file"))
            .args(words)
            .env("LD_PRELOAD", recorder())
            .env("LIAISON_RECORD", self.folder.path().join("recording"))
            .env("LIAISON_RECORD_ROOT", self.root())
            .env("LIAISON_RECORD_MARKS", self.marks())
            .env("LIAISON_RECORD_FAULT", fault)
            .env("LIAISON_GUARD_OFF", self.guard_off.map_or("", Guard::name))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("this program can be started again");
        let mut pipe = child.stderr.take().expect("it was asked for");
        let reading = std::thread::spawn(move || {
            let mut words = Vec::new();
            // What was read before an error is enough.
            let _ = pipe.read_to_end(&mut words);
            String::from_utf8_lossy(&words).into_owned()
        });
        let until = Instant::now() + CHILD_MAX;
        let mut hung = false;
        let status = loop {
            if let Some(status) = child.try_wait().expect("a child can be asked") {
                break status;
            }
            if Instant::now() > until && !hung {
                hung = true;
                child.kill().expect("our own child");
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        Ended {
            exit: status.code().map(|code| code as u8),
            hung,
            words: reading.join().expect("it only reads"),
        }
    }

    fn marks(&self) -> PathBuf {
        self.folder.path().join("marks")
    }
}

/// The recorder lies beside this program. Built on its own (`cargo build -p liaison-tests`) the
/// program has none yet, and asks for it.
pub fn recorder() -> PathBuf {
    let me = std::env::current_exe().expect("a program has a file");
    let file = me.parent().unwrap_or(Path::new(".")).join(RECORDER);
    if !file.exists() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args(["build", "--quiet", "--package", "liaison-recorder"])
            .current_dir(liaison_tests::repository())
            .status();
        assert!(
            built.is_ok_and(|status| status.success()) && file.exists(),
            "{} is missing: run `cargo build -p liaison-recorder`",
            file.display()
        );
    }
    file
}
