//! The service: flows run when they are due, other commands come in by a door on loopback.
//!
//! ```text
//! desk.rs       what all of it shares: the agenda, the timetable, who runs
//! scheduler.rs  the loop
//! door.rs       how a running service is found, and by whom it is asked
//! entry.rs      who may enter
//! api.rs        the door's inside: requests, health
//! newest.rs     what the source of connectors has, asked now and then
//! metrics.rs    figures for Prometheus
//! inbound/      where systems call us; callers.rs what we do then
//! web.rs        the page's routes; view.rs what its pages show; page/ how they look
//! client.rs     the door's outside: how a command asks a running service
//! ```
//!
//! Invariant: one process has the installation's store open, so there is one service an installation.

mod api;
mod callers;
pub mod client;
mod desk;
mod door;
mod entry;
mod inbound;
mod metrics;
mod newest;
mod page;
mod scheduler;
mod view;
mod web;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::control::{Blame, Control, ControlError, Doing};
use crate::model::Text;
use crate::model::text::words;
use desk::Desk;
use door::Door;
use entry::Entry;

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
    let entry = match address.ip().is_loopback() {
        true => Entry::open()?,
        false => {
            let file = control.home().page_token();
            told.say(&words!(
                "service-guarded",
                "others can reach {address}: its page asks for the token in {file}. It is not encrypted; put a proxy with TLS before it",
                address = address,
                file = file.display()
            ));
            Entry::guarded(&file)?
        }
    };
    let door = Door::open(control.home(), address)?;
    let settings = control.installation()?.serve;
    let desk = Arc::new(Desk::new(control, door.token().to_owned(), entry)?);
    desk.control
        .relay
        .serve(Arc::new(callers::AtDesk(Arc::downgrade(&desk))));
    crate::service_manager::ready()
        .map_err(|cause| ControlError::bug(format!("the service manager is deaf: {cause}")))?;
    told.say(&words!(
        "service-listens",
        "serving on http://{address}; stop with Ctrl-C",
        address = address
    ));
    // Who calls at once is known already.
    if let Err(error) = desk.refresh().await {
        told.say(&error.in_short());
    }
    let inbound = inbound::listen(&desk, &settings, stop.clone(), &told).await?;
    let mut ended = stop.clone();
    let web =
        axum::serve(listener, api::router(Arc::clone(&desk))).with_graceful_shutdown(async move {
            // A sender that is gone wants an end as well.
            let _ = ended.wait_for(|stop| *stop).await;
        });
    let mut web = tokio::spawn(web.into_future());
    let newest = tokio::spawn(newest::watch(Arc::clone(&desk), stop.clone()));
    scheduler::run(&desk, stop, &*told).await;
    newest.abort();
    drop(door);
    // It ends with its last answer, so that a run that a person asked for is finished as well.
    if tokio::time::timeout(scheduler::GRACE, &mut web)
        .await
        .is_err()
    {
        web.abort();
    }
    if let Some(inbound) = inbound {
        // It has an end of its own.
        let _ = inbound.await;
    }
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

/// 32 bytes of chance, as letters and digits.
fn random() -> Result<String, ControlError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|cause| ControlError::bug(cause.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What went wrong with a file of ours.
fn at(doing: Doing, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> ControlError {
    move |cause| ControlError::io(doing, path, cause)
}
