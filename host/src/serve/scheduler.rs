//! The loop: what is due starts, what has ended is told to the agenda, and in between it sleeps.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Told;
use super::desk::{Desk, Unheard};
use crate::control::timetable::FlowKey;
use crate::control::{Answer, ControlError};
use crate::model::text::words;
use crate::schedule::Ending;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// What is in hand gets so long to be finished. A run that is cut off loses nothing.
pub const GRACE: Duration = Duration::from_secs(60);

pub async fn run(desk: &Arc<Desk>, mut stop: watch::Receiver<bool>, told: &dyn Told) {
    let mut runs = JoinSet::new();
    while !*stop.borrow() {
        if let Err(error) = desk.refresh().await {
            told.say(&error.in_short());
        }
        let now = Timestamp::now();
        let turn = desk.agenda().turn(now);
        for start in turn.start {
            runs.spawn(one(Arc::clone(desk), start.flow, start.until));
        }
        let wake = Duration::try_from(turn.wake.duration_since(now)).unwrap_or_default();
        tokio::select! {
            () = tokio::time::sleep(wake.min(LOOK)) => {}
            () = desk.wake.notified() => {}
            Some(_) = runs.join_next() => {}
            // Nobody who could ask us to stop is left: then we stop.
            changed = stop.changed() => if changed.is_err() { break },
        }
    }
    told.say(&words!(
        "service-stops",
        "stopping: what is in hand is finished"
    ));
    desk.control.stop();
    let all = async { while runs.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, all).await.is_err() {
        told.say(&words!(
            "service-cut-off",
            "runs that did not end in time are cut off; the next ones go on there"
        ));
    }
}

/// One run that the agenda has started.
async fn one(desk: Arc<Desk>, key: FlowKey, until: Option<Timestamp>) {
    let runner = desk.timetable.lock().await.runner(&key);
    let of = key.clone();
    let run =
        tokio::spawn(async move { runner.run_scheduled(&of, until, Arc::new(Unheard)).await });
    let (answer, ending) = match run.await {
        Ok(ended) => ended,
        Err(cause) => (Err(ControlError::bug(cause.to_string())), Ending::Refused),
    };
    let why = match answer {
        Ok(Answer::Run(summary)) => {
            tracing::info!(flow = %key, status = ?summary.status, "run ended");
            None
        }
        Ok(_) => None,
        Err(error) => {
            tracing::error!(flow = %key, code = error.code, "{}", error.message.fallback);
            Some(error.in_short())
        }
    };
    desk.ended(&key, ending, why);
}
