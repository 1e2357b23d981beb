//! Our process as a Windows service: the service control manager's stop becomes a call of ours.
//!
//! It starts us by the command line that `install` registered, calls `service_main` on a thread of its
//! own, and `control` on the first one.

use std::ffi::OsString;
use std::io;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use windows_service::service::{
    ServiceControl, ServiceControlAccept, ServiceExitCode, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_control_handler::{
    self, ServiceControlHandlerResult, ServiceStatusHandle,
};
use windows_service::{define_windows_service, service_dispatcher};

use super::windows::{code, of_windows};
use super::{Doing, START_SECONDS_MAX, STOP_SECONDS_MAX, ServiceError, reported};

/// ERROR_FAILED_SERVICE_CONTROLLER_CONNECT: nobody waits for this process to be a service.
const NOT_A_SERVICE: i32 = 1063;

/// The one service of this process. Windows calls a bare function, which finds its things here.
static HOSTED: OnceLock<Hosted> = OnceLock::new();

struct Hosted {
    name: String,
    stop: Box<dyn Fn() + Send + Sync>,
    main: Mutex<Option<Main>>,
    /// None until Windows has called us.
    manager: OnceLock<ServiceStatusHandle>,
    phase: Mutex<Phase>,
    ended: Mutex<Option<Result<u8, ServiceError>>>,
}

type Main = Box<dyn FnOnce() -> u8 + Send>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Starting,
    Running,
    Stopping,
    Ended,
}

/// Runs `main` as the Windows service `name` and returns its exit code.
///
/// `main` calls `ready` when it serves, and ends soon after `stop` was called, which is once or not at
/// all, and must return at once. An exit code has Windows start the service again, but for 0 and for a wrong
/// configuration, which a person must mend first.
///
/// Errors with `NotStartedByManager` when a person typed the command. Once in a process.
pub fn run_as_service(
    name: &str,
    stop: impl Fn() + Send + Sync + 'static,
    main: impl FnOnce() -> u8 + Send + 'static,
) -> Result<u8, ServiceError> {
    let hosted = Hosted {
        name: name.to_owned(),
        stop: Box::new(stop),
        main: Mutex::new(Some(Box::new(main))),
        manager: OnceLock::new(),
        phase: Mutex::new(Phase::Starting),
        ended: Mutex::new(None),
    };
    assert!(
        HOSTED.set(hosted).is_ok(),
        "a process is one service, and once"
    );
    match service_dispatcher::start(name, called_by_windows) {
        Ok(()) => {}
        Err(error) if code(&error) == Some(NOT_A_SERVICE) => {
            return Err(ServiceError::NotStartedByManager);
        }
        Err(error) => {
            return Err(of_windows(
                Doing::Serve,
                "StartServiceCtrlDispatcher",
                &error,
            ));
        }
    }
    let ended = HOSTED.get().and_then(|hosted| locked(&hosted.ended).take());
    // The dispatcher returns after the service has ended, or never came to its main.
    ended.unwrap_or(Err(ServiceError::NotStartedByManager))
}

/// Says that we serve; until then a start waits. Says nothing where no service manager started us.
pub fn ready() -> io::Result<()> {
    match HOSTED.get() {
        Some(hosted) => hosted.ready(),
        None => Ok(()),
    }
}

define_windows_service!(called_by_windows, service_main);

fn service_main(_arguments: Vec<OsString>) {
    if let Some(hosted) = HOSTED.get() {
        let ended = hosted.run();
        *locked(&hosted.ended) = Some(ended);
        // Last of all: after this word Windows may end the process.
        hosted.report_end();
    }
}

/// Holds nothing of its own: windows-service 0.8 frees what the handler holds at the first stop, and
/// Windows may still ask it something afterwards.
fn control(control: ServiceControl) -> ServiceControlHandlerResult {
    match (control, HOSTED.get()) {
        (ServiceControl::Stop | ServiceControl::Preshutdown, Some(hosted)) => {
            hosted.stop();
            ServiceControlHandlerResult::NoError
        }
        (ServiceControl::Interrogate, _) => ServiceControlHandlerResult::NoError,
        _ => ServiceControlHandlerResult::NotImplemented,
    }
}

impl Hosted {
    fn run(&self) -> Result<u8, ServiceError> {
        let registered = service_control_handler::register(&self.name, control);
        let manager = registered
            .map_err(|error| of_windows(Doing::Serve, "RegisterServiceCtrlHandlerEx", &error))?;
        let manager = self.manager.get_or_init(|| manager);
        manager
            .set_service_status(status(Phase::Starting, 0))
            .map_err(|error| of_windows(Doing::Serve, "SetServiceStatus", &error))?;
        let main = locked(&self.main).take();
        let main = main.expect("Windows calls a service's main once a process");
        Ok(main())
    }

    fn ready(&self) -> io::Result<()> {
        let mut phase = locked(&self.phase);
        if *phase != Phase::Starting {
            return Ok(());
        }
        *phase = Phase::Running;
        self.report(Phase::Running, 0)
    }

    fn stop(&self) {
        let mut phase = locked(&self.phase);
        if matches!(*phase, Phase::Stopping | Phase::Ended) {
            return;
        }
        *phase = Phase::Stopping;
        // Reported before the handler returns, so that Windows sends no further control.
        drop(self.report(Phase::Stopping, 0));
        drop(phase);
        (self.stop)();
    }

    fn report_end(&self) {
        let code = match &*locked(&self.ended) {
            Some(Ok(code)) => u32::from(reported(*code)),
            _ => 1,
        };
        *locked(&self.phase) = Phase::Ended;
        // Nobody is left to hear that it could not be said.
        drop(self.report(Phase::Ended, code));
    }

    fn report(&self, phase: Phase, code: u32) -> io::Result<()> {
        match self.manager.get() {
            Some(manager) => manager
                .set_service_status(status(phase, code))
                .map_err(io::Error::other),
            None => Ok(()),
        }
    }
}

fn status(phase: Phase, code: u32) -> ServiceStatus {
    let (current_state, seconds) = match phase {
        Phase::Starting => (ServiceState::StartPending, START_SECONDS_MAX),
        Phase::Running => (ServiceState::Running, 0),
        Phase::Stopping => (ServiceState::StopPending, STOP_SECONDS_MAX),
        Phase::Ended => (ServiceState::Stopped, 0),
    };
    ServiceStatus {
        service_type: ServiceType::OWN_PROCESS,
        current_state,
        controls_accepted: match phase {
            // Preshutdown instead of shutdown: it gives us the time that `install` asked for.
            Phase::Running => ServiceControlAccept::STOP | ServiceControlAccept::PRESHUTDOWN,
            _ => ServiceControlAccept::empty(),
        },
        exit_code: match code {
            0 => ServiceExitCode::NO_ERROR,
            code => ServiceExitCode::ServiceSpecific(code),
        },
        checkpoint: 0,
        wait_hint: Duration::from_secs(seconds),
        process_id: None,
    }
}

/// What a panic left is as whole as before: each lock is held for one assignment.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
