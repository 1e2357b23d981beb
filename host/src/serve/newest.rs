//! Now and then the configured source of connectors is asked what it has, so that the page can say what is newer.
//!
//! Invariant: where no source is configured, nobody is asked; and nothing is fetched that is not asked for by name.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use super::desk::{Desk, Unheard};
use crate::control::{Answer, Request};
use crate::model::Text;

const EVERY: Duration = Duration::from_secs(6 * 3600);

/// What the source said last.
#[derive(Debug, Clone, Default)]
pub enum Known {
    #[default]
    Nothing,
    /// Names with their newer versions.
    Found {
        at: Timestamp,
        newer: Vec<(String, String)>,
    },
    Failed(Text),
}

/// The last look, for everybody.
#[derive(Default)]
pub struct Newest(Mutex<Known>);

impl Newest {
    pub fn known(&self) -> Known {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }

    fn learn(&self, known: Known) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = known;
    }
}

/// Looks at once and then every few hours, until the service stops.
pub async fn watch(desk: Arc<Desk>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let known = look(&desk).await;
        desk.newest.learn(known);
        let ended = tokio::time::timeout(EVERY, stop.wait_for(|stop| *stop));
        // Told to stop, or nobody is left who could tell.
        if ended.await.is_ok() {
            return;
        }
    }
}

async fn look(desk: &Desk) -> Known {
    let wish = Request::ConnectorList { newer: true };
    match desk.control.answer(wish, Arc::new(Unheard)).await {
        Ok(Answer::Connectors(rows)) => Known::Found {
            at: Timestamp::now(),
            newer: rows
                .into_iter()
                .filter_map(|row| Some((row.name, row.newer?)))
                .collect(),
        },
        Ok(_) => Known::Nothing,
        Err(error) if error.code == "no-connector-source" => Known::Nothing,
        Err(error) => {
            let why = error.in_short();
            tracing::warn!("newer connectors were not looked for: {}", why.fallback);
            Known::Failed(why)
        }
    }
}
