//! systemd as far as we see it: a script that notes what it is asked and plays states.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::systemd::{Setup, Systemd};
use super::*;

const ROOT: u32 = 0;
const BOB: u32 = 1000;

const STOPPED: &str =
    "ActiveState=inactive\nSubState=dead\nResult=success\nMainPID=0\nUnitFileState=enabled\n";
const RUNNING: &str =
    "ActiveState=active\nSubState=running\nResult=success\nMainPID=412\nUnitFileState=enabled\n";
const TRYING: &str = "ActiveState=activating\nSubState=auto-restart\nResult=exit-code\nMainPID=0\n\
    ExecMainCode=1\nExecMainStatus=3\nInvocationID=7f3a\nUnitFileState=enabled\n";

/// A machine of its own, in a folder.
struct Machine {
    folder: tempfile::TempDir,
    setup: Setup,
}

impl Machine {
    /// With a systemd that is running, and no service of ours.
    fn of(caller: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for program in ["systemctl", "journalctl", "loginctl"] {
            executable(&at(program));
        }
        for name in ["booted", "etc", "home"] {
            fs::create_dir(at(name)).unwrap();
        }
        fs::write(at("liaison"), "").unwrap();
        let setup = Setup {
            systemctl: at("systemctl"),
            journalctl: at("journalctl"),
            loginctl: at("loginctl"),
            booted: at("booted"),
            system_units: at("etc"),
            user_units: at("config/systemd/user"),
            caller,
        };
        let machine = Self { folder, setup };
        machine.put("systemctl-show.answer", STOPPED);
        machine.put("start.state", RUNNING);
        machine.put("stop.state", STOPPED);
        machine
    }

    /// With the service installed, and the calls of it forgotten.
    fn with_service(caller: u32) -> Self {
        let machine = Self::of(caller);
        machine
            .systemd()
            .install(&machine.spec(), Existing::Keep)
            .unwrap();
        machine.forget_calls();
        machine
    }

    fn systemd(&self) -> Systemd {
        Systemd::new(self.setup.clone())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.at(name), text).unwrap();
    }

    /// What it was asked, without the options that every call has.
    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.at("calls")).unwrap_or_default();
        let short = calls.lines().map(|call| {
            let words = call.split(' ');
            let own = |word: &&str| !matches!(*word, "--no-pager" | "--no-ask-password");
            let words: Vec<&str> = words.filter(own).collect();
            match words.iter().position(|word| *word == "show") {
                Some(show) => words[..=show].join(" "),
                None => words.join(" "),
            }
        });
        short.collect()
    }

    fn forget_calls(&self) {
        drop(fs::remove_file(self.at("calls")));
    }

    fn spec(&self) -> ServiceSpec {
        ServiceSpec {
            name: name(),
            description: "liaison".to_owned(),
            program: self.at("liaison"),
            arguments: vec!["serve".into()],
            home: self.at("home"),
            user: None,
        }
    }

    fn system_unit(&self) -> PathBuf {
        self.at("etc/liaison.service")
    }

    fn user_unit(&self) -> PathBuf {
        self.at("config/systemd/user/liaison.service")
    }
}

fn name() -> ServiceName {
    ServiceName::parse("liaison").unwrap()
}

/// A shell writes the script, because a file that this process has open for writing may be inherited by
/// another test's child, and then cannot be executed.
fn executable(path: &std::path::Path) {
    let mut shell = Command::new("sh")
        .args(["-c", r#"cat >"$0" && chmod 755 "$0""#])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut script = shell.stdin.take().unwrap();
    script
        .write_all(include_bytes!("fake_systemctl.sh"))
        .unwrap();
    drop(script);
    assert!(shell.wait().unwrap().success());
}

#[test]
fn root_installs_for_the_machine() {
    let machine = Machine::of(ROOT);
    let installed = machine
        .systemd()
        .install(&machine.spec(), Existing::Keep)
        .unwrap();
    let expected = Installed {
        change: Change::Created,
        place: machine.system_unit().display().to_string(),
        starts: Starts::AtBoot,
        runs_as_before: false,
    };
    assert_eq!(installed, expected);
    assert_eq!(
        machine.calls(),
        [
            "systemctl daemon-reload",
            "systemctl enable liaison.service",
            "systemctl show"
        ]
    );
    let unit = fs::read_to_string(machine.system_unit()).unwrap();
    assert!(unit.contains("WantedBy=multi-user.target"), "{unit}");
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(machine.system_unit()).unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o644);
    let left: Vec<_> = fs::read_dir(machine.at("etc")).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn the_machines_service_runs_as_who_owns_the_home() {
    use std::os::unix::fs::MetadataExt;
    let machine = Machine::with_service(ROOT);
    let owner = fs::metadata(machine.at("home")).unwrap().uid();
    let unit = fs::read_to_string(machine.system_unit()).unwrap();
    let user = unit.lines().find_map(|line| line.strip_prefix("User="));
    let expected = (owner != 0).then(|| owner.to_string());
    assert_eq!(user, expected.as_deref());

    let mut spec = machine.spec();
    spec.user = Some("sync".to_owned());
    machine.systemd().install(&spec, Existing::Replace).unwrap();
    let unit = fs::read_to_string(machine.system_unit()).unwrap();
    assert!(unit.contains("\nUser=sync\n"), "{unit}");
}

#[test]
fn a_person_installs_for_himself_and_it_starts_at_boot_when_he_may_linger() {
    for (answer, starts) in [
        ("Linger=yes\n", Starts::AtBoot),
        ("Linger=no\n", Starts::AtLogIn),
    ] {
        let machine = Machine::of(BOB);
        machine.put("loginctl-show-user.answer", answer);
        machine.put("loginctl-enable-linger.refusal", "Access denied\n");
        let installed = machine
            .systemd()
            .install(&machine.spec(), Existing::Keep)
            .unwrap();
        assert_eq!(installed.starts, starts);
        assert_eq!(installed.place, machine.user_unit().display().to_string());
        assert!(machine.user_unit().exists() && !machine.system_unit().exists());
        assert_eq!(
            machine.calls(),
            [
                "systemctl --user daemon-reload",
                "systemctl --user enable liaison.service",
                "loginctl enable-linger 1000",
                "systemctl --user show",
                "loginctl show-user 1000 --property=Linger"
            ]
        );
    }
}

#[test]
fn installing_again_changes_nothing() {
    let machine = Machine::with_service(ROOT);
    let again = machine
        .systemd()
        .install(&machine.spec(), Existing::Keep)
        .unwrap();
    assert_eq!(again.change, Change::Unchanged);
}

#[test]
fn a_unit_modified_by_hand_stays_and_the_lines_are_told() {
    let machine = Machine::with_service(ROOT);
    let ours = fs::read_to_string(machine.system_unit()).unwrap();
    let by_hand = ours.replace("RestartSec=10\n", "RestartSec=5\nNice=5\n");
    fs::write(machine.system_unit(), &by_hand).unwrap();
    let refused = machine.systemd().install(&machine.spec(), Existing::Keep);
    let Err(ServiceError::Differs { place, differences }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(place, machine.system_unit().display().to_string());
    let line = |installed: Option<&str>, wanted: Option<&str>| Difference {
        installed: installed.map(str::to_owned),
        wanted: wanted.map(str::to_owned),
    };
    assert_eq!(
        differences,
        [
            line(Some("RestartSec=5"), None),
            line(Some("Nice=5"), None),
            line(None, Some("RestartSec=10"))
        ]
    );
    let kept = fs::read_to_string(machine.system_unit()).unwrap();
    assert_eq!(kept, by_hand);
    assert_eq!(machine.calls(), [""; 0]);
}

#[test]
fn a_replaced_unit_says_when_the_former_one_still_runs() {
    for (state, runs_as_before) in [(RUNNING, true), (STOPPED, false), (TRYING, false)] {
        let machine = Machine::with_service(ROOT);
        machine.put("systemctl-show.answer", state);
        let mut spec = machine.spec();
        spec.arguments.push("--json".into());
        let installed = machine.systemd().install(&spec, Existing::Replace).unwrap();
        assert_eq!(installed.change, Change::Replaced);
        assert_eq!(installed.runs_as_before, runs_as_before, "{state}");
        let unit = fs::read_to_string(machine.system_unit()).unwrap();
        assert!(unit.contains(" serve --json\n"), "{unit}");
    }
}

#[test]
fn anothers_unit_of_that_name_is_left_alone_by_every_command() {
    let machine = Machine::of(ROOT);
    fs::write(machine.system_unit(), "[Service]\nExecStart=/bin/true\n").unwrap();
    let systemd = machine.systemd();
    let answers = [
        systemd
            .install(&machine.spec(), Existing::Replace)
            .map(|_| ()),
        systemd.uninstall(&name()).map(|_| ()),
        systemd.start(&name()).map(|_| ()),
        systemd.stop(&name()).map(|_| ()),
        systemd.status(&name()).map(|_| ()),
    ];
    for answer in answers {
        assert!(
            matches!(answer, Err(ServiceError::NotOurs { .. })),
            "{answer:?}"
        );
    }
    assert_eq!(machine.calls(), [""; 0]);
    assert!(machine.system_unit().exists());
}

#[test]
fn what_systemd_refuses_leaves_no_unit_behind() {
    let refusal = "Failed to enable unit: Unit file /etc/systemd/system/liaison.service is masked.";
    let machine = Machine::of(ROOT);
    machine.put("systemctl-enable.refusal", refusal);
    let refused = machine.systemd().install(&machine.spec(), Existing::Keep);
    let Err(ServiceError::Refused {
        doing: Doing::Install,
        command,
        said,
    }) = refused
    else {
        panic!("{refused:?}");
    };
    assert!(command.ends_with(" enable liaison.service"), "{command}");
    assert_eq!(said, refusal);
    assert!(!machine.system_unit().exists());
}

#[test]
fn what_systemd_refuses_brings_the_former_unit_back() {
    let machine = Machine::with_service(ROOT);
    let before = fs::read_to_string(machine.system_unit()).unwrap();
    machine.put("systemctl-enable.refusal", "no");
    let mut spec = machine.spec();
    spec.arguments.push("--json".into());
    let refused = machine.systemd().install(&spec, Existing::Replace);
    assert!(
        matches!(refused, Err(ServiceError::Refused { .. })),
        "{refused:?}"
    );
    let after = fs::read_to_string(machine.system_unit()).unwrap();
    assert_eq!(after, before);
    assert_eq!(machine.calls().last().unwrap(), "systemctl daemon-reload");
}

#[test]
fn what_is_not_there_is_refused_before_anything_is_written() {
    let machine = Machine::of(ROOT);
    let mut no_program = machine.spec();
    no_program.program = machine.at("lost");
    let mut no_home = machine.spec();
    no_home.home = machine.at("lost");
    for (spec, field) in [(no_program, Field::Program), (no_home, Field::Home)] {
        match machine.systemd().install(&spec, Existing::Keep) {
            Err(ServiceError::Missing { field: at, path }) => {
                assert_eq!((at, path), (field, machine.at("lost")));
            }
            other => panic!("{field:?}: {other:?}"),
        }
    }
    assert!(!machine.system_unit().exists());
    assert_eq!(machine.calls(), [""; 0]);
}

#[test]
fn a_machine_without_systemd_is_told_apart_from_one_where_it_does_not_run() {
    let mut machine = Machine::of(ROOT);
    machine.setup.systemctl = machine.at("nowhere");
    match machine.systemd().install(&machine.spec(), Existing::Keep) {
        Err(ServiceError::ManagerMissing { program }) => {
            assert_eq!(program, machine.at("nowhere"));
        }
        other => panic!("{other:?}"),
    }
    assert!(!machine.system_unit().exists());

    let machine = Machine::with_service(ROOT);
    fs::remove_dir(machine.at("booted")).unwrap();
    match machine.systemd().start(&name()) {
        Err(ServiceError::ManagerNotRunning { evidence }) => {
            assert_eq!(evidence, machine.at("booted").display().to_string());
        }
        other => panic!("{other:?}"),
    }

    let machine = Machine::with_service(BOB);
    let said = "Failed to connect to bus: No medium found";
    machine.put("systemctl-show.refusal", said);
    match machine.systemd().status(&name()) {
        Err(ServiceError::ManagerNotRunning { evidence }) => assert_eq!(evidence, said),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_person_looks_at_the_machines_service_and_needs_root_for_more() {
    let mut machine = Machine::with_service(ROOT);
    machine.setup.caller = BOB;
    let systemd = machine.systemd();
    let status = systemd.status(&name()).unwrap();
    assert_eq!(status.state, State::Stopped);
    assert_eq!(machine.calls(), ["systemctl show"]);
    machine.forget_calls();
    let answers = [
        systemd.start(&name()).map(|_| ()),
        systemd.stop(&name()).map(|_| ()),
        systemd.uninstall(&name()).map(|_| ()),
        systemd
            .install(&machine.spec(), Existing::Replace)
            .map(|_| ()),
    ];
    let doings = [Doing::Start, Doing::Stop, Doing::Uninstall, Doing::Install];
    for (answer, expected) in answers.into_iter().zip(doings) {
        match answer {
            Err(ServiceError::NeedsAdministrator { doing, .. }) => assert_eq!(doing, expected),
            other => panic!("{expected:?}: {other:?}"),
        }
    }
    assert_eq!(machine.calls(), [""; 0]);
}

#[test]
fn only_root_may_have_it_run_as_another() {
    let machine = Machine::of(BOB);
    let mut spec = machine.spec();
    spec.user = Some("alice".to_owned());
    let refused = machine.systemd().install(&spec, Existing::Keep);
    assert!(
        matches!(refused, Err(ServiceError::NeedsAdministrator { .. })),
        "{refused:?}"
    );
}

#[test]
fn systemds_own_no_to_a_person_is_no_mystery() {
    for said in [
        "Failed to start liaison.service: Interactive authentication required.",
        "Failed to start liaison.service: Access denied",
    ] {
        let machine = Machine::with_service(ROOT);
        machine.put("systemctl-start.refusal", said);
        match machine.systemd().start(&name()) {
            Err(ServiceError::NeedsAdministrator {
                doing: Doing::Start,
                said: heard,
            }) => assert_eq!(heard, said),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn nothing_starts_or_stops_that_is_not_installed() {
    let machine = Machine::of(ROOT);
    let systemd = machine.systemd();
    for answer in [systemd.start(&name()), systemd.stop(&name())] {
        assert!(
            matches!(&answer, Err(ServiceError::NotInstalled { name: of }) if *of == name()),
            "{answer:?}"
        );
    }
    assert_eq!(systemd.uninstall(&name()).unwrap(), Done::Already);
    assert_eq!(machine.calls(), [""; 0]);
}

#[test]
fn it_starts_and_stops_once() {
    let machine = Machine::with_service(ROOT);
    let systemd = machine.systemd();
    assert_eq!(systemd.start(&name()).unwrap(), Done::Now);
    assert_eq!(systemd.start(&name()).unwrap(), Done::Already);
    assert_eq!(systemd.stop(&name()).unwrap(), Done::Now);
    assert_eq!(systemd.stop(&name()).unwrap(), Done::Already);
    assert_eq!(
        machine.calls(),
        [
            "systemctl show",
            "systemctl start liaison.service",
            "systemctl show",
            "systemctl show",
            "systemctl stop liaison.service",
            "systemctl show"
        ]
    );
}

#[test]
fn a_service_that_systemd_tries_again_and_again_can_be_stopped() {
    let machine = Machine::with_service(ROOT);
    machine.put("systemctl-show.answer", TRYING);
    assert_eq!(machine.systemd().stop(&name()).unwrap(), Done::Now);
}

#[test]
fn a_failed_start_carries_what_the_service_last_said() {
    let machine = Machine::with_service(ROOT);
    machine.put("start.state", TRYING);
    machine.put("systemctl-start.refusal", "Job for liaison.service failed");
    machine.put(
        "journalctl-_SYSTEMD_INVOCATION_ID=7f3a.answer",
        "serving\nerror: cannot listen\n",
    );
    match machine.systemd().start(&name()) {
        Err(ServiceError::StartFailed {
            name: of,
            failure,
            journal,
        }) => {
            assert_eq!(of, name());
            assert_eq!(failure.result, "exit-code");
            assert_eq!(failure.exit, Some(3));
            assert_eq!(journal, ["serving", "error: cannot listen"]);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(
        machine.calls().last().unwrap(),
        "journalctl --quiet --output=cat --lines=20 _SYSTEMD_INVOCATION_ID=7f3a \
         + INVOCATION_ID=7f3a + USER_INVOCATION_ID=7f3a"
    );
}

#[test]
fn a_failed_start_without_a_journal_is_still_told() {
    let mut machine = Machine::with_service(BOB);
    machine.put("start.state", &TRYING.replace("InvocationID=7f3a\n", ""));
    machine.put("systemctl-start.refusal", "Job for liaison.service failed");
    let refused = machine.systemd().start(&name());
    assert!(
        matches!(&refused, Err(ServiceError::StartFailed { journal, .. }) if journal.is_empty()),
        "{refused:?}"
    );
    assert_eq!(
        machine.calls().last().unwrap(),
        "journalctl --quiet --output=cat --lines=20 --user-unit=liaison.service"
    );
    machine.setup.journalctl = machine.at("nowhere");
    machine.put("systemctl-show.answer", STOPPED);
    let refused = machine.systemd().start(&name());
    assert!(
        matches!(&refused, Err(ServiceError::StartFailed { journal, .. }) if journal.is_empty()),
        "{refused:?}"
    );
}

#[test]
fn a_start_that_never_came_to_a_process_says_what_systemd_said() {
    let machine = Machine::with_service(ROOT);
    let said = "Failed to start liaison.service: Unit liaison.service has a bad unit file setting.";
    machine.put("start.state", STOPPED);
    machine.put("systemctl-start.refusal", said);
    match machine.systemd().start(&name()) {
        Err(ServiceError::Refused { said: heard, .. }) => assert_eq!(heard, said),
        other => panic!("{other:?}"),
    }
}

#[test]
fn uninstalling_stops_disables_and_forgets() {
    let machine = Machine::with_service(ROOT);
    machine.put(
        "systemctl-reset-failed.refusal",
        "Unit liaison.service not loaded.",
    );
    assert_eq!(machine.systemd().uninstall(&name()).unwrap(), Done::Now);
    assert_eq!(
        machine.calls(),
        [
            "systemctl disable --now liaison.service",
            "systemctl daemon-reload",
            "systemctl reset-failed liaison.service"
        ]
    );
    assert!(!machine.system_unit().exists());
    assert!(machine.at("home").is_dir());
    let status = machine.systemd().status(&name()).unwrap();
    assert_eq!(status.state, State::NotInstalled);
    assert_eq!(status.place, None);
}

#[test]
fn a_service_that_does_not_stop_is_not_forgotten() {
    let machine = Machine::with_service(ROOT);
    machine.put(
        "systemctl-disable.refusal",
        "Job for liaison.service canceled.",
    );
    let refused = machine.systemd().uninstall(&name());
    assert!(
        matches!(refused, Err(ServiceError::Refused { .. })),
        "{refused:?}"
    );
    assert!(machine.system_unit().exists());
}

#[test]
fn every_state_of_systemd_is_one_of_ours() {
    let failed = |result: &str, exit: Option<i32>| {
        State::Failed(Failure {
            result: result.to_owned(),
            exit,
        })
    };
    let killed =
        "ActiveState=failed\nSubState=failed\nResult=signal\nExecMainCode=2\nExecMainStatus=9\n";
    let late =
        "ActiveState=failed\nSubState=failed\nResult=timeout\nExecMainCode=0\nExecMainStatus=0\n";
    for (shown, state, process) in [
        (STOPPED, State::Stopped, None),
        (RUNNING, State::Running, Some(412)),
        (
            "ActiveState=activating\nSubState=start\nMainPID=7\n",
            State::Starting,
            Some(7),
        ),
        (
            "ActiveState=deactivating\nSubState=stop-sigterm\nMainPID=7\n",
            State::Stopping,
            Some(7),
        ),
        (
            "ActiveState=reloading\nSubState=reload\nMainPID=7\n",
            State::Running,
            Some(7),
        ),
        (TRYING, failed("exit-code", Some(3)), None),
        (killed, failed("signal", None), None),
        (late, failed("timeout", None), None),
    ] {
        let machine = Machine::with_service(ROOT);
        machine.put("systemctl-show.answer", shown);
        let status = machine.systemd().status(&name()).unwrap();
        assert_eq!((status.state, status.process), (state, process), "{shown}");
    }
}

#[test]
fn a_disabled_service_is_started_by_hand() {
    let machine = Machine::with_service(ROOT);
    machine.put(
        "systemctl-show.answer",
        &STOPPED.replace("=enabled", "=disabled"),
    );
    let status = machine.systemd().status(&name()).unwrap();
    assert_eq!(status.starts, Starts::ByHand);
}
