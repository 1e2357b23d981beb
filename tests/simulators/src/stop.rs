//! The wish to stop: SIGTERM or Ctrl-C on Unix, Ctrl-C on Windows.
//!
//! Made before the address is printed, so that whoever has read it can already stop us cleanly.

#[cfg(unix)]
pub use unix::Stop;
#[cfg(windows)]
pub use windows::Stop;

#[cfg(unix)]
mod unix {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    pub struct Stop {
        terminate: Signal,
        interrupt: Signal,
    }

    impl Stop {
        /// Needs a runtime to be entered. Errors are the system's.
        pub fn listen() -> std::io::Result<Self> {
            Ok(Self {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
            })
        }

        pub async fn wished(&mut self) {
            tokio::select! {
                _ = self.interrupt.recv() => {}
                _ = self.terminate.recv() => {}
            }
        }
    }
}

#[cfg(windows)]
mod windows {
    use tokio::signal::windows::{CtrlC, ctrl_c};

    pub struct Stop {
        interrupt: CtrlC,
    }

    impl Stop {
        /// Needs a runtime to be entered. Errors are the system's.
        pub fn listen() -> std::io::Result<Self> {
            Ok(Self {
                interrupt: ctrl_c()?,
            })
        }

        pub async fn wished(&mut self) {
            self.interrupt.recv().await;
        }
    }
}
