//! Registers the service with systemd: with the machine's for root, with a person's own otherwise.
//!
//! `systemctl` is asked, never the bus: what we do, a technician can do by hand, and read about.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::unit::{self, Scope};
use super::{
    Change, Doing, Done, Existing, Failure, Field, Installed, ServiceError, ServiceManager,
    ServiceName, ServiceSpec, Starts, State, Status,
};

/// As many of the service's last lines as one reads in an error.
const JOURNAL_LINES: usize = 20;

pub struct Systemd {
    setup: Setup,
}

/// Where things are on this machine, and who asks.
#[derive(Debug, Clone)]
pub struct Setup {
    pub systemctl: PathBuf,
    pub journalctl: PathBuf,
    pub loginctl: PathBuf,
    /// There when systemd runs.
    pub booted: PathBuf,
    pub system_units: PathBuf,
    pub user_units: PathBuf,
    /// The user id of who asks; 0 is root.
    pub caller: u32,
}

impl Setup {
    /// Errors when the caller has no home folder to keep units in; root needs none.
    pub fn of_this_machine() -> Result<Self, ServiceError> {
        let configuration = std::env::var_os("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .filter(|folder| folder.is_absolute())
            .or_else(|| Some(std::env::home_dir()?.join(".config")));
        let caller = rustix::process::geteuid().as_raw();
        let user_units = match configuration {
            Some(folder) => folder.join("systemd/user"),
            None if caller == 0 => PathBuf::new(),
            None => {
                return Err(ServiceError::ManagerNotRunning {
                    evidence: "HOME".to_owned(),
                });
            }
        };
        Ok(Self {
            systemctl: "systemctl".into(),
            journalctl: "journalctl".into(),
            loginctl: "loginctl".into(),
            booted: "/run/systemd/system".into(),
            system_units: "/etc/systemd/system".into(),
            user_units,
            caller,
        })
    }
}

impl ServiceManager for Systemd {
    fn install(&self, spec: &ServiceSpec, existing: Existing) -> Result<Installed, ServiceError> {
        let doing = Doing::Install;
        let scope = self.own_scope();
        let user = self.user_of(spec, scope)?;
        let wanted = unit::render(spec, scope, user.as_deref())?;
        there(Field::Program, &spec.program, spec.program.is_file())?;
        there(Field::Home, &spec.home, spec.home.is_dir())?;
        self.is_booted()?;
        if let Some(unit) = self.find(&spec.name, doing)? {
            self.may_change(&unit, doing)?;
        }
        let unit = self.unit(&spec.name, scope);
        let before = read(&unit.file, doing)?;
        let change = match &before {
            None => Change::Created,
            Some(text) if *text == wanted => Change::Unchanged,
            Some(_) if existing == Existing::Replace => Change::Replaced,
            Some(text) => {
                return Err(ServiceError::Differs {
                    place: unit.place(),
                    differences: unit::differences(text, &wanted),
                });
            }
        };
        if change != Change::Unchanged {
            write(&unit.file, &wanted, doing)?;
        }
        // Also for an unchanged file: the one who wrote it may not have come this far.
        if let Err(error) = self.take_over(&unit) {
            self.undo(&unit, before.as_deref());
            return Err(error);
        }
        if scope == Scope::User {
            // So that it starts without its person. Some machines let only root say so; `starts` tells.
            drop(self.loginctl(&["enable-linger", &self.setup.caller.to_string()]));
        }
        let status = self.look(&unit, doing)?;
        Ok(Installed {
            change,
            place: unit.place(),
            starts: status.starts,
            runs_as_before: change == Change::Replaced
                && matches!(status.state, State::Running | State::Starting),
        })
    }

    fn uninstall(&self, name: &ServiceName) -> Result<Done, ServiceError> {
        let doing = Doing::Uninstall;
        let Some(unit) = self.find(name, doing)? else {
            return Ok(Done::Already);
        };
        self.may_change(&unit, doing)?;
        self.is_booted()?;
        self.systemctl(&unit, doing, &["disable", "--now", &unit.id()])?;
        fs::remove_file(&unit.file).map_err(at(&unit.file, doing))?;
        self.systemctl(&unit, doing, &["daemon-reload"])?;
        // Refused when systemd remembers no failure, which is what we want.
        drop(self.systemctl(&unit, doing, &["reset-failed", &unit.id()]));
        Ok(Done::Now)
    }

    fn start(&self, name: &ServiceName) -> Result<Done, ServiceError> {
        let doing = Doing::Start;
        let unit = self.installed(name, doing)?;
        self.may_change(&unit, doing)?;
        if self.look(&unit, doing)?.state == State::Running {
            return Ok(Done::Already);
        }
        match self.systemctl(&unit, doing, &["start", &unit.id()]) {
            Ok(_) => Ok(Done::Now),
            Err(refused @ ServiceError::Refused { .. }) => Err(self.why_not(&unit, refused)),
            Err(error) => Err(error),
        }
    }

    fn stop(&self, name: &ServiceName) -> Result<Done, ServiceError> {
        let doing = Doing::Stop;
        let unit = self.installed(name, doing)?;
        self.may_change(&unit, doing)?;
        let shown = self.show(&unit, doing)?;
        if matches!(shown.active.as_str(), "inactive" | "failed") {
            return Ok(Done::Already);
        }
        self.systemctl(&unit, doing, &["stop", &unit.id()])?;
        Ok(Done::Now)
    }

    fn status(&self, name: &ServiceName) -> Result<Status, ServiceError> {
        let doing = Doing::Status;
        let Some(unit) = self.find(name, doing)? else {
            return Ok(Status {
                state: State::NotInstalled,
                starts: Starts::ByHand,
                process: None,
                place: None,
            });
        };
        self.is_booted()?;
        self.look(&unit, doing)
    }
}

/// A unit's file, and whose systemd has it.
struct Unit {
    name: ServiceName,
    scope: Scope,
    file: PathBuf,
}

impl Unit {
    fn id(&self) -> String {
        format!("{}.service", self.name)
    }

    fn place(&self) -> String {
        self.file.display().to_string()
    }
}

impl Systemd {
    pub fn of_this_machine() -> Result<Self, ServiceError> {
        Setup::of_this_machine().map(Self::new)
    }

    pub fn new(setup: Setup) -> Self {
        Self { setup }
    }

    fn own_scope(&self) -> Scope {
        match self.setup.caller {
            0 => Scope::System,
            _ => Scope::User,
        }
    }

    fn unit(&self, name: &ServiceName, scope: Scope) -> Unit {
        let folder = match scope {
            Scope::System => &self.setup.system_units,
            Scope::User => &self.setup.user_units,
        };
        Unit {
            file: folder.join(format!("{name}.service")),
            name: name.clone(),
            scope,
        }
    }

    /// The unit that `install` made: the caller's own, else the machine's.
    ///
    /// Errors with `NotOurs` when the name is another's.
    fn find(&self, name: &ServiceName, doing: Doing) -> Result<Option<Unit>, ServiceError> {
        let scopes: &[Scope] = match self.own_scope() {
            Scope::System => &[Scope::System],
            Scope::User => &[Scope::User, Scope::System],
        };
        for scope in scopes {
            let unit = self.unit(name, *scope);
            match read(&unit.file, doing)? {
                None => {}
                Some(text) if unit::is_ours(&text) => return Ok(Some(unit)),
                Some(_) => {
                    return Err(ServiceError::NotOurs {
                        place: unit.place(),
                    });
                }
            }
        }
        Ok(None)
    }

    fn installed(&self, name: &ServiceName, doing: Doing) -> Result<Unit, ServiceError> {
        let unit = self.find(name, doing)?;
        let unit = unit.ok_or_else(|| ServiceError::NotInstalled { name: name.clone() })?;
        self.is_booted()?;
        Ok(unit)
    }

    fn may_change(&self, unit: &Unit, doing: Doing) -> Result<(), ServiceError> {
        match unit.scope == self.own_scope() {
            true => Ok(()),
            false => Err(ServiceError::NeedsAdministrator {
                doing,
                said: String::new(),
            }),
        }
    }

    fn is_booted(&self) -> Result<(), ServiceError> {
        match self.setup.booted.exists() {
            true => Ok(()),
            false => Err(ServiceError::ManagerNotRunning {
                evidence: self.setup.booted.display().to_string(),
            }),
        }
    }

    /// As whom the service runs; none for whoever runs that systemd.
    fn user_of(&self, spec: &ServiceSpec, scope: Scope) -> Result<Option<String>, ServiceError> {
        match (scope, &spec.user) {
            (Scope::User, None) => Ok(None),
            (Scope::User, Some(_)) => Err(ServiceError::NeedsAdministrator {
                doing: Doing::Install,
                said: String::new(),
            }),
            (Scope::System, Some(user)) => Ok(Some(user.clone())),
            (Scope::System, None) => match fs::metadata(&spec.home) {
                // Keys and store are their owner's alone.
                Ok(home) => Ok((home.uid() != 0).then(|| home.uid().to_string())),
                Err(cause) if cause.kind() == ErrorKind::NotFound => Err(ServiceError::Missing {
                    field: Field::Home,
                    path: spec.home.clone(),
                }),
                Err(cause) => Err(at(&spec.home, Doing::Install)(cause)),
            },
        }
    }

    /// Has systemd read the unit, and start it by itself from now on.
    fn take_over(&self, unit: &Unit) -> Result<(), ServiceError> {
        self.systemctl(unit, Doing::Install, &["daemon-reload"])?;
        self.systemctl(unit, Doing::Install, &["enable", &unit.id()])?;
        Ok(())
    }

    /// Puts the file back as it was. The error that brought us here is the one to hear of.
    fn undo(&self, unit: &Unit, before: Option<&str>) {
        match before {
            Some(text) => drop(write(&unit.file, text, Doing::Install)),
            None => drop(fs::remove_file(&unit.file)),
        }
        drop(self.systemctl(unit, Doing::Install, &["daemon-reload"]));
    }

    fn look(&self, unit: &Unit, doing: Doing) -> Result<Status, ServiceError> {
        let shown = self.show(unit, doing)?;
        let starts = match (shown.file_state.as_str(), unit.scope) {
            ("enabled", Scope::System) => Starts::AtBoot,
            ("enabled", Scope::User) if self.lingers() => Starts::AtBoot,
            ("enabled", Scope::User) => Starts::AtLogIn,
            _ => Starts::ByHand,
        };
        Ok(Status {
            state: shown.state(),
            starts,
            process: shown.process,
            place: Some(unit.place()),
        })
    }

    fn lingers(&self) -> bool {
        let caller = self.setup.caller.to_string();
        let asked = ["show-user", caller.as_str(), "--property=Linger"];
        self.loginctl(&asked)
            .is_ok_and(|answer| answer.trim() == "Linger=yes")
    }

    fn show(&self, unit: &Unit, doing: Doing) -> Result<Shown, ServiceError> {
        let asked = "--property=ActiveState,SubState,Result,ExecMainStatus,ExecMainCode,MainPID,UnitFileState,InvocationID";
        let answer = self.systemctl(unit, doing, &["show", &unit.id(), asked])?;
        Ok(Shown::parse(&answer))
    }

    /// What became of a start that systemd gave up.
    fn why_not(&self, unit: &Unit, refused: ServiceError) -> ServiceError {
        match self.show(unit, Doing::Start) {
            // It never came to a process: the unit itself is refused.
            Ok(shown) if shown.result == "success" => refused,
            Ok(shown) => ServiceError::StartFailed {
                name: unit.name.clone(),
                failure: shown.failure(),
                journal: self.journal(unit, &shown.invocation),
            },
            Err(_) => refused,
        }
    }

    /// The last lines of one attempt to run, the service's and systemd's own about it, oldest first; none
    /// where they may not be read.
    fn journal(&self, unit: &Unit, invocation: &str) -> Vec<String> {
        // What was said last may not be written yet. Only root may ask for it; others read what is there.
        drop(Command::new(&self.setup.journalctl).arg("--sync").output());
        let mut command = Command::new(&self.setup.journalctl);
        command.args(["--no-pager", "--quiet", "--output=cat"]);
        command.arg(format!("--lines={JOURNAL_LINES}"));
        match (invocation, unit.scope) {
            ("", Scope::System) => command.arg(format!("--unit={}", unit.id())),
            ("", Scope::User) => command.arg(format!("--user-unit={}", unit.id())),
            // Who logs it decides under which name the attempt is kept; `+` means or.
            (one, _) => command.args([
                &format!("_SYSTEMD_INVOCATION_ID={one}"),
                "+",
                &format!("INVOCATION_ID={one}"),
                "+",
                &format!("USER_INVOCATION_ID={one}"),
            ]),
        };
        match command.output() {
            Ok(output) => String::from_utf8_lossy(&output.stdout)
                .lines()
                .map(str::to_owned)
                .collect(),
            Err(_) => Vec::new(),
        }
    }

    fn systemctl(
        &self,
        unit: &Unit,
        doing: Doing,
        arguments: &[&str],
    ) -> Result<String, ServiceError> {
        let mut command = Command::new(&self.setup.systemctl);
        command.args(["--no-pager", "--no-ask-password"]);
        if unit.scope == Scope::User {
            command.arg("--user");
        }
        command.args(arguments);
        ask(command, doing)
    }

    fn loginctl(&self, arguments: &[&str]) -> Result<String, ServiceError> {
        let mut command = Command::new(&self.setup.loginctl);
        command.args(["--no-pager", "--no-ask-password"]);
        command.args(arguments);
        ask(command, Doing::Install)
    }
}

/// What `systemctl show` says.
#[derive(Debug, Default)]
struct Shown {
    active: String,
    sub: String,
    result: String,
    file_state: String,
    process: Option<u32>,
    /// systemd's number of the last attempt to run.
    invocation: String,
    /// Of the last process, where it ended by itself.
    exit: Option<i32>,
}

impl Shown {
    fn parse(answer: &str) -> Self {
        let mut shown = Self::default();
        let (mut status, mut code) = (None, None);
        for (key, value) in answer.lines().filter_map(|line| line.split_once('=')) {
            match key {
                "ActiveState" => shown.active = value.to_owned(),
                "SubState" => shown.sub = value.to_owned(),
                "Result" => shown.result = value.to_owned(),
                "UnitFileState" => shown.file_state = value.to_owned(),
                "MainPID" => shown.process = value.parse().ok().filter(|process| *process != 0),
                "InvocationID" => shown.invocation = value.to_owned(),
                "ExecMainStatus" => status = value.parse().ok(),
                "ExecMainCode" => code = value.parse().ok(),
                _ => {}
            }
        }
        // CLD_EXITED of waitid(2); with another code the status is a signal's number.
        shown.exit = status.filter(|_| code == Some(1));
        shown
    }

    fn state(&self) -> State {
        match self.active.as_str() {
            "active" | "reloading" | "refreshing" => State::Running,
            "inactive" => State::Stopped,
            "deactivating" => State::Stopping,
            // Waiting for its next attempt after the last one failed.
            "activating" if self.sub.starts_with("auto-restart") => State::Failed(self.failure()),
            "activating" => State::Starting,
            _ => State::Failed(self.failure()),
        }
    }

    fn failure(&self) -> Failure {
        Failure {
            result: self.result.clone(),
            exit: self.exit,
        }
    }
}

/// Runs a command of systemd's and returns what it says.
fn ask(mut command: Command, doing: Doing) -> Result<String, ServiceError> {
    let program = PathBuf::from(command.get_program());
    let output = command
        .env("LC_ALL", "C")
        .output()
        .map_err(|cause| match cause.kind() {
            ErrorKind::NotFound => ServiceError::ManagerMissing {
                program: program.clone(),
            },
            _ => at(&program, doing)(cause),
        })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| said.contains(phrase));
    if says(&["Failed to connect to", "not been booted with systemd"]) {
        return Err(ServiceError::ManagerNotRunning { evidence: said });
    }
    if says(&[
        "Access denied",
        "authentication required",
        "Permission denied",
    ]) {
        return Err(ServiceError::NeedsAdministrator { doing, said });
    }
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    Err(ServiceError::Refused {
        doing,
        command: words.join(" "),
        said,
    })
}

fn there(field: Field, path: &Path, is_there: bool) -> Result<(), ServiceError> {
    match is_there {
        true => Ok(()),
        false => Err(ServiceError::Missing {
            field,
            path: path.to_owned(),
        }),
    }
}

/// None when there is no such file. One that is no text is nothing that we wrote.
fn read(path: &Path, doing: Doing) -> Result<Option<String>, ServiceError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(at(path, doing)(cause)),
    }
}

/// Writes it beside its place and moves it over, so that systemd sees the old or the new one.
fn write(path: &Path, text: &str, doing: Doing) -> Result<(), ServiceError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(at(folder, doing))?;
    }
    // An ending that systemd reads nothing from.
    let beside = path.with_extension(format!("service.{}", std::process::id()));
    let moved = fs::write(&beside, text).and_then(|()| {
        // Readable by all, whatever our umask: there is no secret in it, and `status` reads it.
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&beside, fs::Permissions::from_mode(0o644))?;
        fs::File::open(&beside)?.sync_all()?;
        fs::rename(&beside, path)
    });
    if moved.is_err() {
        drop(fs::remove_file(&beside)); // what is left of the attempt
    }
    moved.map_err(at(path, doing))
}

fn at(path: &Path, doing: Doing) -> impl FnOnce(io::Error) -> ServiceError {
    move |cause| match cause.kind() {
        ErrorKind::PermissionDenied => ServiceError::NeedsAdministrator {
            doing,
            said: path.display().to_string(),
        },
        _ => ServiceError::File {
            doing,
            path: path.to_owned(),
            cause,
        },
    }
}
