//! The service: flows run when they are due, other commands come in by a door on loopback.
//!
//! ```text
//! desk.rs       what all of it shares: the agenda, the timetable, who runs
//! scheduler.rs  the loop
//! door.rs       how a running service is found, and by whom it is asked
//! api.rs        the door's inside: requests, health
//! metrics.rs    figures for Prometheus
//! client.rs     the door's outside: how a command asks a running service
//! ```
//!
//! Invariant: one process has the installation's store open, so there is one service an installation.

mod api;
pub mod client;
mod desk;
mod door;
mod metrics;
mod scheduler;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::control::{Blame, Control, ControlError, Doing};
use crate::model::Text;
use crate::model::text::words;
use desk::Desk;
use door::Door;

/// Hears how the service fares.
pub trait Told: Send + Sync {
    fn say(&self, words: &Text);
}

/// Serves until `stop` says so; then what is in hand is finished.
///
/// Errors when another process has the installation, or the address is taken.
pub async fn serve(
    control: Control,
    listen: SocketAddr,
    stop: watch::Receiver<bool>,
    told: Arc<dyn Told>,
) -> Result<(), ControlError> {
    if !listen.ip().is_loopback() {
        let english =
            format!("{listen} is not on loopback: everybody in the network could reach it");
        let args = vec![("address", listen.to_string())];
        return Err(
            ControlError::command("serve-not-loopback", args, english).hint(
                "serve-not-loopback",
                vec![],
                "listen on 127.0.0.1, and put a proxy with a login before it",
            ),
        );
    }
    if let Some(other) = client::Client::find(control.home()).await {
        return Err(runs_already(&other));
    }
    control.open_store().await?;
    let listener = TcpListener::bind(listen).await.map_err(|cause| {
        let args = vec![("address", listen.to_string())];
        let english = format!("cannot listen on {listen}");
        ControlError::command("serve-address", args, english)
            .cause(Text::plain(cause.to_string()))
            .hint(
                "serve-address",
                vec![],
                "name another address with --listen",
            )
    })?;
    let address = listener
        .local_addr()
        .map_err(|cause| ControlError::bug(cause.to_string()))?;
    let door = Door::open(control.home(), address)?;
    let desk = Arc::new(Desk::new(control, door.token().to_owned()));
    told.say(&words!(
        "service-listens",
        "serving on http://{address}; stop with Ctrl-C",
        address = address
    ));
    let mut ended = stop.clone();
    let web =
        axum::serve(listener, api::router(Arc::clone(&desk))).with_graceful_shutdown(async move {
            // A sender that is gone wants an end as well.
            let _ = ended.wait_for(|stop| *stop).await;
        });
    let web = tokio::spawn(web.into_future());
    scheduler::run(&desk, stop, &*told).await;
    drop(door);
    // A request that is still being answered has had the runs' time to end.
    web.abort();
    Ok(())
}

fn runs_already(other: &client::Client) -> ControlError {
    let (address, process) = (other.address().to_string(), other.process().to_string());
    let message = words!(
        "error-serve-twice",
        "a service of this installation runs already: http://{address}, process {process}",
        address = address,
        process = process
    );
    ControlError::new("serve-twice", Blame::Surroundings, message).hint(
        "serve-twice",
        vec![],
        "stop that one first; one service runs all flows of all tenants",
    )
}

/// What went wrong with a file of ours.
fn at(doing: Doing, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> ControlError {
    move |cause| ControlError::io(doing, path, cause)
}
