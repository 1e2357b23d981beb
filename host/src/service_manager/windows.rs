//! Registers the service with Windows' service control manager.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use windows_service::Error as WindowsError;
use windows_service::service::{
    Service, ServiceAccess, ServiceAction, ServiceActionType, ServiceConfig, ServiceErrorControl,
    ServiceExitCode, ServiceFailureActions, ServiceFailureResetPeriod, ServiceInfo,
    ServiceStartType, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_manager::{ServiceManager as Manager, ServiceManagerAccess};

use super::command_line::{is_ours, joined};
use super::{
    Change, Difference, Doing, Done, EXIT_WRONG_COMMAND, Existing, Failure, Field, Flaw, Installed,
    START_SECONDS_MAX, STOP_SECONDS_MAX, ServiceError, ServiceManager, ServiceName, ServiceSpec,
    Starts, State, Status,
};

/// What Windows answers, by winerror.h.
mod winerror {
    pub const ACCESS_DENIED: i32 = 5;
    pub const SERVICE_ALREADY_RUNNING: i32 = 1056;
    pub const SERVICE_DOES_NOT_EXIST: i32 = 1060;
    pub const SERVICE_NOT_ACTIVE: i32 = 1062;
    pub const SERVICE_MARKED_FOR_DELETE: i32 = 1072;
    pub const SERVICE_NEVER_STARTED: u32 = 1077;
}

/// Waits between attempts; the last one goes on.
const RESTART_SECONDS: [u64; 3] = [10, 30, 60];

/// After a day without a failure the waits begin anew.
const FAILURES_FORGOTTEN: Duration = Duration::from_secs(24 * 60 * 60);

/// Windows can be asked only, it does not call when a service has started.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// What a service runs as when nobody is named, by the names that Windows gives it.
const LOCAL_SYSTEM: &str = "LocalSystem";

/// The service control manager of this machine.
pub struct Scm;

impl Scm {
    pub fn of_this_machine() -> Result<Self, ServiceError> {
        Ok(Self)
    }
}

impl ServiceManager for Scm {
    fn install(&self, spec: &ServiceSpec, existing: Existing) -> Result<Installed, ServiceError> {
        let doing = Doing::Install;
        check(spec)?;
        let account = spec.user.as_deref().unwrap_or(LOCAL_SYSTEM);
        let wanted = Registered {
            command: command_line(spec),
            account: account.to_owned(),
            start: ServiceStartType::AutoStart,
        };
        let all = ServiceAccess::ALL_ACCESS;
        let (service, change) = match open(&spec.name, all, doing)? {
            None => (create(spec)?, Change::Created),
            Some(service) => {
                let differences = registered(&service, &spec.name, doing)?.differences(&wanted);
                let change = match (differences.is_empty(), existing) {
                    (true, _) => Change::Unchanged,
                    (false, Existing::Replace) => Change::Replaced,
                    (false, Existing::Keep) => {
                        return Err(ServiceError::Differs {
                            place: place(&spec.name),
                            differences,
                        });
                    }
                };
                if change == Change::Replaced {
                    service
                        .change_config(&info(spec))
                        .map_err(refused(doing, "ChangeServiceConfig"))?;
                }
                (service, change)
            }
        };
        // Also for an unchanged service: the one who made it may not have come this far.
        if let Err(error) = complete(&service, spec, account) {
            if change == Change::Created {
                // The error that brought us here is the one to hear of.
                drop(service.delete());
            }
            return Err(error);
        }
        let status = service.query_status();
        let status = status.map_err(refused(doing, "QueryServiceStatus"))?;
        Ok(Installed {
            change,
            place: place(&spec.name),
            starts: Starts::AtBoot,
            runs_as_before: change == Change::Replaced
                && status.current_state != ServiceState::Stopped,
        })
    }

    fn uninstall(&self, name: &ServiceName) -> Result<Done, ServiceError> {
        let doing = Doing::Uninstall;
        let access = ServiceAccess::QUERY_CONFIG
            | ServiceAccess::QUERY_STATUS
            | ServiceAccess::STOP
            | ServiceAccess::DELETE;
        let Some(service) = open(name, access, doing)? else {
            return Ok(Done::Already);
        };
        registered(&service, name, doing)?;
        end(&service, name, doing)?;
        match service.delete() {
            Ok(()) => Ok(Done::Now),
            // It goes when the last window that shows it is closed.
            Err(error) if code(&error) == Some(winerror::SERVICE_MARKED_FOR_DELETE) => {
                Ok(Done::Already)
            }
            Err(error) => Err(of_windows(doing, "DeleteService", &error)),
        }
    }

    fn start(&self, name: &ServiceName) -> Result<Done, ServiceError> {
        let doing = Doing::Start;
        let access =
            ServiceAccess::QUERY_CONFIG | ServiceAccess::QUERY_STATUS | ServiceAccess::START;
        let service = installed(name, access, doing)?;
        match service.start::<&OsStr>(&[]) {
            Ok(()) => {}
            Err(error) if code(&error) == Some(winerror::SERVICE_ALREADY_RUNNING) => {
                let status = service.query_status();
                let status = status.map_err(refused(doing, "QueryServiceStatus"))?;
                if status.current_state == ServiceState::Running {
                    return Ok(Done::Already);
                }
            }
            Err(error) => return Err(of_windows(doing, "StartService", &error)),
        }
        let pending = [ServiceState::StartPending];
        let status = settled(&service, name, doing, &pending, START_SECONDS_MAX)?;
        match status.current_state {
            ServiceState::Running => Ok(Done::Now),
            _ => Err(ServiceError::StartFailed {
                name: name.clone(),
                failure: failure_of_start(&status.exit_code),
                journal: Vec::new(),
            }),
        }
    }

    fn stop(&self, name: &ServiceName) -> Result<Done, ServiceError> {
        let doing = Doing::Stop;
        let access =
            ServiceAccess::QUERY_CONFIG | ServiceAccess::QUERY_STATUS | ServiceAccess::STOP;
        let service = installed(name, access, doing)?;
        end(&service, name, doing)
    }

    fn status(&self, name: &ServiceName) -> Result<Status, ServiceError> {
        let doing = Doing::Status;
        let access = ServiceAccess::QUERY_CONFIG | ServiceAccess::QUERY_STATUS;
        let Some(service) = open(name, access, doing)? else {
            return Ok(Status {
                state: State::NotInstalled,
                starts: Starts::ByHand,
                process: None,
                place: None,
            });
        };
        let registered = registered(&service, name, doing)?;
        let status = service.query_status();
        let status = status.map_err(refused(doing, "QueryServiceStatus"))?;
        Ok(Status {
            state: state(&status),
            starts: match registered.start {
                ServiceStartType::AutoStart => Starts::AtBoot,
                _ => Starts::ByHand,
            },
            process: status.process_id.filter(|process| *process != 0),
            place: Some(place(name)),
        })
    }
}

/// What the manager keeps of a service, as far as `install` decides it.
struct Registered {
    command: String,
    account: String,
    start: ServiceStartType,
}

impl Registered {
    fn differences(&self, wanted: &Self) -> Vec<Difference> {
        let start = |of: &Self| format!("{:?}", of.start);
        let settings = [
            (
                "BINARY_PATH_NAME",
                self.command.clone(),
                wanted.command.clone(),
            ),
            ("START_TYPE", start(self), start(wanted)),
        ];
        let mut differences: Vec<Difference> = settings
            .into_iter()
            .filter(|(_, installed, wanted)| installed != wanted)
            .map(|(key, installed, wanted)| difference(key, &installed, &wanted))
            .collect();
        // Windows writes an account in its own capitals.
        if !self.account.eq_ignore_ascii_case(&wanted.account) {
            let key = "SERVICE_START_NAME";
            differences.push(difference(key, &self.account, &wanted.account));
        }
        differences
    }
}

fn difference(key: &str, installed: &str, wanted: &str) -> Difference {
    Difference {
        installed: Some(format!("{key}={installed}")),
        wanted: Some(format!("{key}={wanted}")),
    }
}

/// Reads it back, and errors with `NotOurs` when `install` did not make it.
fn registered(
    service: &Service,
    name: &ServiceName,
    doing: Doing,
) -> Result<Registered, ServiceError> {
    let config = service.query_config();
    let config: ServiceConfig = config.map_err(refused(doing, "QueryServiceConfig"))?;
    let command = config.executable_path.to_string_lossy().into_owned();
    let us = std::env::current_exe().unwrap_or_default();
    let us = us.file_name().unwrap_or_default().to_string_lossy();
    if !is_ours(&command, &us, name.as_str()) {
        return Err(ServiceError::NotOurs { place: place(name) });
    }
    let account = config.account_name.unwrap_or_default();
    Ok(Registered {
        command,
        account: account.to_string_lossy().into_owned(),
        start: config.start_type,
    })
}

fn check(spec: &ServiceSpec) -> Result<(), ServiceError> {
    let flawed = |field, value: &OsStr, flaw| ServiceError::InvalidValue {
        field,
        value: value.to_string_lossy().into_owned(),
        flaw,
    };
    let texts = [
        (Field::Description, OsStr::new(&spec.description)),
        (Field::Program, spec.program.as_os_str()),
        (Field::Home, spec.home.as_os_str()),
    ];
    let arguments = spec.arguments.iter();
    let arguments = arguments.map(|argument| (Field::Argument, argument.as_os_str()));
    for (field, value) in texts.into_iter().chain(arguments) {
        match value.to_str() {
            None => return Err(flawed(field, value, Flaw::NotUnicode)),
            Some(text) if text.chars().any(char::is_control) => {
                return Err(flawed(field, value, Flaw::ControlCharacter));
            }
            Some(_) => {}
        }
    }
    if spec.description.trim().is_empty() {
        let value = OsStr::new(&spec.description);
        return Err(flawed(Field::Description, value, Flaw::Empty));
    }
    let paths = [
        (Field::Program, &spec.program, spec.program.is_file()),
        (Field::Home, &spec.home, spec.home.is_dir()),
    ];
    for (field, path, is_there) in paths {
        if !path.is_absolute() {
            return Err(flawed(field, path.as_os_str(), Flaw::RelativePath));
        }
        if !is_there {
            let path = path.clone();
            return Err(ServiceError::Missing { field, path });
        }
    }
    match &spec.user {
        Some(user) if !needs_no_password(user) => {
            let user = user.clone();
            Err(ServiceError::AccountNeedsPassword { user })
        }
        _ => Ok(()),
    }
}

/// The accounts that Windows keeps itself, and those whose password a domain keeps (`name$`).
fn needs_no_password(user: &str) -> bool {
    let lower = user.to_lowercase();
    lower == LOCAL_SYSTEM.to_lowercase()
        || lower.starts_with(r"nt authority\")
        || lower.starts_with(r"nt service\")
        || lower.ends_with('$')
}

fn create(spec: &ServiceSpec) -> Result<Service, ServiceError> {
    let doing = Doing::Install;
    let access = ServiceManagerAccess::CONNECT | ServiceManagerAccess::CREATE_SERVICE;
    let manager = Manager::local_computer(None::<&OsStr>, access);
    let manager = manager.map_err(refused(doing, "OpenSCManager"))?;
    manager
        .create_service(&info(spec), ServiceAccess::ALL_ACCESS)
        .map_err(refused(doing, "CreateService"))
}

fn info(spec: &ServiceSpec) -> ServiceInfo {
    ServiceInfo {
        name: OsString::from(spec.name.as_str()),
        // Windows has each display name once, and there may be two installations.
        display_name: OsString::from(spec.name.as_str()),
        service_type: ServiceType::OWN_PROCESS,
        start_type: ServiceStartType::AutoStart,
        error_control: ServiceErrorControl::Normal,
        executable_path: spec.program.clone(),
        launch_arguments: spec.arguments.clone(),
        dependencies: Vec::new(),
        // Named in any case: left out, a change of settings would leave the former one.
        account_name: Some(spec.user.as_deref().unwrap_or(LOCAL_SYSTEM).into()),
        account_password: None,
    }
}

/// What `CreateService` has no room for, and the account's right to the home.
fn complete(service: &Service, spec: &ServiceSpec, account: &str) -> Result<(), ServiceError> {
    let doing = Doing::Install;
    let set = |name: &'static str| refused(doing, name);
    service
        .set_description(&spec.description)
        .map_err(set("ChangeServiceConfig2 description"))?;
    // After the services that the network needs.
    service
        .set_delayed_auto_start(true)
        .map_err(set("ChangeServiceConfig2 delayed start"))?;
    let restarts = RESTART_SECONDS.map(|seconds| ServiceAction {
        action_type: ServiceActionType::Restart,
        delay: Duration::from_secs(seconds),
    });
    service
        .update_failure_actions(ServiceFailureActions {
            reset_period: ServiceFailureResetPeriod::After(FAILURES_FORGOTTEN),
            reboot_msg: None,
            command: None,
            actions: Some(restarts.to_vec()),
        })
        .map_err(set("ChangeServiceConfig2 failure actions"))?;
    // An exit code other than 0 is a failure as well; a wrong configuration is not reported as one.
    service
        .set_failure_actions_on_non_crash_failures(true)
        .map_err(set("ChangeServiceConfig2 failure actions flag"))?;
    service
        .set_preshutdown_timeout(Duration::from_secs(STOP_SECONDS_MAX))
        .map_err(set("ChangeServiceConfig2 preshutdown"))?;
    grant(&spec.home, account)
}

/// Lets the account into the home, whose files are otherwise their owner's alone.
fn grant(home: &Path, account: &str) -> Result<(), ServiceError> {
    // By number where the name depends on the language of Windows.
    let trustee = match account.to_lowercase().as_str() {
        "localsystem" | r"nt authority\system" => "*S-1-5-18",
        r"nt authority\localservice" => "*S-1-5-19",
        r"nt authority\networkservice" => "*S-1-5-20",
        _ => account,
    };
    let rights = format!("{trustee}:(OI)(CI)F");
    let mut command = Command::new("icacls");
    command.arg(home).args(["/grant", &rights, "/T", "/Q"]);
    let refused = |said: String| ServiceError::Refused {
        doing: Doing::Install,
        command: format!("icacls {} /grant {rights} /T /Q", home.display()),
        said,
    };
    let output = command.output();
    let output = output.map_err(|cause| refused(cause.to_string()))?;
    match output.status.success() {
        true => Ok(()),
        // It complains on either.
        false => Err(refused(
            [output.stderr, output.stdout]
                .map(|said| String::from_utf8_lossy(&said).trim().to_owned())
                .join(" ")
                .trim()
                .to_owned(),
        )),
    }
}

/// None when there is no such service.
fn open(
    name: &ServiceName,
    access: ServiceAccess,
    doing: Doing,
) -> Result<Option<Service>, ServiceError> {
    let manager = Manager::local_computer(None::<&OsStr>, ServiceManagerAccess::CONNECT);
    let manager = manager.map_err(refused(doing, "OpenSCManager"))?;
    match manager.open_service(name.as_str(), access) {
        Ok(service) => Ok(Some(service)),
        Err(error) if code(&error) == Some(winerror::SERVICE_DOES_NOT_EXIST) => Ok(None),
        Err(error) => Err(of_windows(doing, "OpenService", &error)),
    }
}

/// A service of ours.
fn installed(
    name: &ServiceName,
    access: ServiceAccess,
    doing: Doing,
) -> Result<Service, ServiceError> {
    let service = open(name, access, doing)?;
    let service = service.ok_or_else(|| ServiceError::NotInstalled { name: name.clone() })?;
    registered(&service, name, doing)?;
    Ok(service)
}

fn end(service: &Service, name: &ServiceName, doing: Doing) -> Result<Done, ServiceError> {
    match service.stop() {
        Ok(_) => {}
        Err(error) if code(&error) == Some(winerror::SERVICE_NOT_ACTIVE) => {
            return Ok(Done::Already);
        }
        Err(error) => {
            // One that is on its way out takes no further word, and needs none.
            let status = service.query_status();
            let status = status.map_err(refused(doing, "QueryServiceStatus"))?;
            if !matches!(
                status.current_state,
                ServiceState::StopPending | ServiceState::Stopped
            ) {
                return Err(of_windows(doing, "ControlService", &error));
            }
        }
    }
    let pending = [ServiceState::Running, ServiceState::StopPending];
    settled(service, name, doing, &pending, STOP_SECONDS_MAX)?;
    Ok(Done::Now)
}

/// Waits until the service is in none of the pending states.
fn settled(
    service: &Service,
    name: &ServiceName,
    doing: Doing,
    pending: &[ServiceState],
    seconds: u64,
) -> Result<ServiceStatus, ServiceError> {
    let until = Instant::now() + Duration::from_secs(seconds);
    loop {
        let status = service.query_status();
        let status = status.map_err(refused(doing, "QueryServiceStatus"))?;
        if !pending.contains(&status.current_state) {
            return Ok(status);
        }
        if Instant::now() > until {
            return Err(ServiceError::TookTooLong {
                doing,
                name: name.clone(),
                seconds,
            });
        }
        sleep(LOOK_AGAIN);
    }
}

fn state(status: &ServiceStatus) -> State {
    match status.current_state {
        ServiceState::StartPending | ServiceState::ContinuePending => State::Starting,
        ServiceState::Running | ServiceState::PausePending | ServiceState::Paused => State::Running,
        ServiceState::StopPending => State::Stopping,
        ServiceState::Stopped => match &status.exit_code {
            ServiceExitCode::Win32(0 | winerror::SERVICE_NEVER_STARTED) => State::Stopped,
            code => State::Failed(failure(code)),
        },
    }
}

/// In systemd's words where both mean the same.
fn failure(code: &ServiceExitCode) -> Failure {
    match code {
        ServiceExitCode::ServiceSpecific(code) => Failure {
            result: "exit-code".to_owned(),
            exit: i32::try_from(*code).ok(),
        },
        ServiceExitCode::Win32(code) => Failure {
            result: format!("win32-{code}"),
            exit: None,
        },
    }
}

/// One that ended cleanly before it served found its configuration wrong, and was reported so to keep it
/// from being started again.
fn failure_of_start(code: &ServiceExitCode) -> Failure {
    match code {
        ServiceExitCode::Win32(0) => Failure {
            result: "exit-code".to_owned(),
            exit: Some(i32::from(EXIT_WRONG_COMMAND)),
        },
        code => failure(code),
    }
}

fn place(name: &ServiceName) -> String {
    format!(r"HKLM\SYSTEM\CurrentControlSet\Services\{name}")
}

/// The command line as `CreateService` gets it, to compare with the one that is there.
fn command_line(spec: &ServiceSpec) -> String {
    let words = std::iter::once(spec.program.as_os_str());
    let words = words.chain(spec.arguments.iter().map(OsString::as_os_str));
    let words: Vec<String> = words
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    joined(words.iter().map(String::as_str))
}

/// The error code of Windows.
pub(super) fn code(error: &WindowsError) -> Option<i32> {
    match error {
        WindowsError::Winapi(cause) => cause.raw_os_error(),
        _ => None,
    }
}

fn refused(doing: Doing, function: &'static str) -> impl FnOnce(WindowsError) -> ServiceError {
    move |error| of_windows(doing, function, &error)
}

/// What a function of Windows refused.
pub(super) fn of_windows(doing: Doing, function: &str, error: &WindowsError) -> ServiceError {
    let said = match error {
        WindowsError::Winapi(cause) => cause.to_string(),
        other => other.to_string(),
    };
    match code(error) {
        Some(winerror::ACCESS_DENIED) => ServiceError::NeedsAdministrator { doing, said },
        _ => ServiceError::Refused {
            doing,
            command: function.to_owned(),
            said,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_accounts_without_a_password_are_taken() {
        for user in [
            "LocalSystem",
            r"NT AUTHORITY\LocalService",
            r"nt service\liaison",
            r"ACME\sync$",
        ] {
            assert!(needs_no_password(user), "{user}");
        }
        for user in ["bob", r".\bob", r"ACME\bob", ""] {
            assert!(!needs_no_password(user), "{user}");
        }
    }

    #[test]
    fn an_exit_code_of_ours_is_told_from_one_of_windows() {
        let exit = failure(&ServiceExitCode::ServiceSpecific(3));
        assert_eq!((exit.result.as_str(), exit.exit), ("exit-code", Some(3)));
        let clean = failure_of_start(&ServiceExitCode::NO_ERROR);
        assert_eq!((clean.result.as_str(), clean.exit), ("exit-code", Some(2)));
        let log_on = failure(&ServiceExitCode::Win32(1069));
        assert_eq!((log_on.result.as_str(), log_on.exit), ("win32-1069", None));
    }

    #[test]
    fn what_windows_denies_needs_an_administrator() {
        let denied = WindowsError::Winapi(std::io::Error::from_raw_os_error(5));
        let error = of_windows(Doing::Stop, "OpenService", &denied);
        assert!(matches!(
            error,
            ServiceError::NeedsAdministrator {
                doing: Doing::Stop,
                ..
            }
        ));
        let other = WindowsError::Winapi(std::io::Error::from_raw_os_error(1072));
        let error = of_windows(Doing::Install, "CreateService", &other);
        assert!(
            matches!(error, ServiceError::Refused { command, .. } if command == "CreateService")
        );
    }
}
