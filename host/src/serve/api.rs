//! The door's inside.
//!
//! ```text
//! POST /api/v1/requests   {"request", "lang", "json"}; lines of {"progress"} and {"said"}, at last {"exit", "out"|"answer", "err", "csv"}
//! GET  /healthz           200 while the process answers
//! GET  /readyz            200 when it serves, 503 while a tenant's files are wrong
//! GET  /metrics           figures for Prometheus
//! ```
//!
//! A request goes on when its caller hangs up: a run in hand is finished.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::desk::Desk;
use super::entry::{bearer, is_ours, same};
use super::page::Session;
use super::{metrics, web};
use crate::catalogue::Catalogue;
use crate::control::timetable::FlowKey;
use crate::control::{Control, ControlError, Request};
use crate::engine::{Notice, Observer};
use crate::model::Text;
use crate::render;
use crate::schedule::Ending;
use crate::serve::client::needs_store;

/// A CSV of a million links, or of a million pairs of `link match`.
const BODY_BYTES_MAX: usize = 256 << 20;

pub fn router(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/api/v1/requests", post(requests))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(figures))
        .merge(web::router())
        .layer(middleware::from_fn_with_state(Arc::clone(&desk), only_ours))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(desk)
}

/// A name that leads to us, and a page that sends forms to us, may be somebody else's; and beyond loopback
/// most of it is only for who has signed in.
async fn only_ours(
    State(desk): State<Arc<Desk>>,
    request: axum::extract::Request,
    next: Next,
) -> Response {
    let entry = &desk.entry;
    if !is_ours(request.headers(), entry.is_guarded()) {
        return web::foreign(&desk, request.headers(), request.uri()).await;
    }
    let path = request.uri().path();
    // The requests of commands show a token of their own.
    let open = [
        "/healthz",
        "/login",
        "/style.css",
        "/icon.svg",
        "/api/v1/requests",
    ];
    let signed_out = entry.session(request.headers()) == Session::SignedOut;
    if signed_out && !open.contains(&path) {
        return web::to_login(request.uri());
    }
    next.run(request).await
}

#[derive(Debug, Deserialize)]
struct Asked {
    request: Request,
    #[serde(default = "english")]
    lang: String,
    #[serde(default)]
    json: bool,
}

fn english() -> String {
    "en".to_owned()
}

async fn healthz() -> Response {
    let process = [("x-liaison-process", std::process::id().to_string())];
    (process, "ok\n").into_response()
}

async fn readyz(State(desk): State<Arc<Desk>>) -> Response {
    let problems = desk.timetable.lock().await.problems();
    if problems.is_empty() {
        return "ready\n".into_response();
    }
    let told = problems
        .iter()
        .map(|(tenant, error)| format!("{tenant}: {}\n", error.message.fallback));
    (StatusCode::SERVICE_UNAVAILABLE, told.collect::<String>()).into_response()
}

async fn figures(State(desk): State<Arc<Desk>>) -> Response {
    match metrics::text(&desk).await {
        Ok(text) => {
            let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
            (kind, text).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.message.fallback).into_response(),
    }
}

async fn requests(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> Response {
    if !bearer(&headers).is_some_and(|shown| same(shown, &desk.token)) {
        let words = "the token of data/service.json is missing or wrong\n";
        return (StatusCode::UNAUTHORIZED, words).into_response();
    }
    let asked: Asked = match serde_json::from_slice(&body) {
        Ok(asked) => asked,
        Err(cause) => return (StatusCode::BAD_REQUEST, format!("{cause}\n")).into_response(),
    };
    if !needs_store(&asked.request) {
        let words = "that is done without the service\n";
        return (StatusCode::BAD_REQUEST, words).into_response();
    }
    let (lines, said) = mpsc::unbounded_channel();
    let watcher = Arc::new(Watcher {
        lines: lines.clone(),
        words: desk.control.words_in(&asked.lang),
    });
    tokio::spawn(async move {
        let control = desk.control.speaking(&asked.lang);
        let answer = answer(&desk, &control, asked.request, watcher).await;
        // The caller may have hung up.
        let _ = lines.send(last_line(&control, answer, asked.json));
    });
    let lines = UnboundedReceiverStream::new(said)
        .map(|line| Ok::<_, Infallible>(Bytes::from(format!("{line}\n"))));
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    (kind, Body::from_stream(lines)).into_response()
}

/// A run by a person takes its flow's place on the agenda, so that no schedule starts beside it.
async fn answer(
    desk: &Desk,
    control: &Control,
    request: Request,
    observer: Arc<Watcher>,
) -> Result<crate::control::Answer, ControlError> {
    let key = match &request {
        Request::Run { flow, .. } => control.which(flow).ok(),
        _ => None,
    };
    let key = key.map(|(tenant, flow)| FlowKey { tenant, flow });
    if let Some(key) = &key
        && desk.is_running(key)
    {
        return Err(control.is_busy(&key.flow));
    }
    let claimed = key.filter(|key| desk.agenda().claim(key));
    let answer = control.answer(request, observer).await;
    match claimed {
        Some(key) => desk.ended(&key, Ending::Done, None),
        None => desk.wake.notify_one(),
    }
    answer
}

fn last_line(
    control: &Control,
    answer: Result<crate::control::Answer, ControlError>,
    json: bool,
) -> Value {
    let words = control.words();
    match answer {
        Ok(answer) => {
            let exit = render::exit_code(&answer);
            let csv = render::csv(&answer);
            let agree = render::agree(&answer);
            match json {
                true => json!({ "exit": exit, "answer": answer, "csv": csv, "agree": agree }),
                false => {
                    json!({ "exit": exit, "out": render::text(&answer, &words), "csv": csv, "agree": agree })
                }
            }
        }
        Err(error) => {
            let exit = error.exit_code();
            match json {
                true => json!({ "exit": exit, "answer": { "error": error, "exit": exit } }),
                false => json!({ "exit": exit, "err": render::error(&error, &words) }),
            }
        }
    }
}

/// Tells the caller how far it is.
struct Watcher {
    lines: mpsc::UnboundedSender<Value>,
    words: Catalogue,
}

impl Watcher {
    fn tell(&self, words: String) {
        let _ = self.lines.send(json!({ "progress": words }));
    }
}

impl Observer for Watcher {
    fn notice(&self, notice: &Notice) {
        self.tell(render::notice(notice, &self.words));
    }

    fn said(&self, words: &Text) {
        let _ = self.lines.send(json!({ "said": self.words.text(words) }));
    }

    fn is_heard(&self) -> bool {
        !self.lines.is_closed()
    }
}
