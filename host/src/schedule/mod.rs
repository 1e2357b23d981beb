//! When a flow runs: the pure core of `liaison serve`'s scheduler.
//!
//! Text of a file becomes a [`Schedule`] and a [`Gate`]; an [`Agenda`] of flows answers at any moment
//! which of them start now and when to ask again. A person reads the rules in this order:
//!
//! 1. A **schedule** gives occurrences: `manual`, `every 15 minutes`, `cron 0 6 * * 1-5`.
//! 2. An occurrence makes the flow **due**. All occurrences up to the start of a run are served by that
//!    run, so whatever was missed, while the process was off or the gate closed, is made up for once.
//! 3. A due flow starts when its **gate** (a window, less the blackouts) is open, after a **jitter** of at
//!    most a tenth of its interval and a minute.
//! 4. It never runs beside itself, waits for the flows it **depends on** that are due with it, and for
//!    room on its **connections**; who has waited longest goes first.
//! 5. A run that could not reach a system is tried again on a **back-off** instead of the schedule.
//! 6. A person's request needs no schedule and no gate, and is queued once.
//!
//! Invariant: no clock, no chance, no sleep and no I/O in here (time zone rules apart, which `jiff` looks
//! up by name). Every moment comes in as `now`, chance as a seed. The wall clock may jump: a moment that
//! lies ahead of `now` though it was seen before is cut back, so a wrong clock stops nothing for long.
//!
//! Nothing of the rest of the crate is used here.

mod agenda;
mod backoff;
mod cron;
mod flow;
mod gate;
mod jitter;
mod next;
mod order;
mod parse;
mod turn;
mod wall;
mod window;

pub use agenda::Agenda;
pub use backoff::{BACKOFF_S_FIRST, BACKOFF_S_MAX, Ending};
pub use cron::{Cron, CronError, CronField};
pub use flow::{Cause, Ended, FlowPlan, Past, Switch};
pub use gate::Gate;
pub use jitter::JITTER_S_MAX;
pub use order::in_cycles;
pub use parse::{EVERY_S_MAX, EVERY_S_MIN, Schedule, ScheduleError};
pub use turn::{Asked, Limits, Outlook, Start, Turn, WAKE_S_MAX};
pub use window::{Window, WindowError, parse_zone};

#[cfg(test)]
mod agenda_tests;
#[cfg(test)]
mod cron_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod window_tests;
