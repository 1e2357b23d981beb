//! `/_sim/…`: how a test looks into a simulator and steers it. Served before the vendor, never
//! counted, never subject to faults.
//!
//! Invariant: nothing here knows a vendor; `seed` and `control` go to it as they came.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, body::Bytes};
use serde_json::{Value, json};

use crate::fault::Faults;
use crate::shell::{Counts, State, lock};

/// The control plane's routes; the caller adds the vendor as fallback.
pub(crate) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/_sim/health", get(health))
        .route(
            "/_sim/state",
            get(|Shared(state): Shared<Arc<State>>| async move {
                answer(Ok(state.simulator().state()))
            }),
        )
        .route("/_sim/seed", post(seed))
        .route("/_sim/control", post(control))
        .route("/_sim/requests", get(requests).delete(reset_requests))
        .route("/_sim/faults", get(faults).post(set_faults))
        .route("/_sim/clock", get(clock).post(set_clock))
        .route("/_sim/{*rest}", axum::routing::any(unknown))
        .with_state(state)
}

async fn health(Shared(state): Shared<Arc<State>>) -> Response {
    answer(Ok(
        json!({"vendor": state.simulator().name(), "now": time_text(state.now())}),
    ))
}

async fn seed(Shared(state): Shared<Arc<State>>, body: Bytes) -> Response {
    answer(parse(&body).and_then(|seed| {
        let now = state.now();
        state.simulator().seed(&seed, now)
    }))
}

async fn control(Shared(state): Shared<Arc<State>>, body: Bytes) -> Response {
    let action = match parse(&body) {
        Ok(action) => action,
        Err(error) => return answer(Err(error)),
    };
    let now = state.now();
    let errand = state.simulator().errand(&action, now);
    answer(match errand {
        Some(errand) => match tokio::task::spawn_blocking(errand).await {
            Ok(done) => done,
            Err(panic) => Err(panic.to_string()),
        },
        None => state.simulator().control(&action, now),
    })
}

async fn requests(Shared(state): Shared<Arc<State>>) -> Response {
    answer(Ok(state.requests()))
}

async fn reset_requests(Shared(state): Shared<Arc<State>>) -> Response {
    *lock(&state.counts) = Counts::default();
    answer(Ok(json!({})))
}

async fn faults(Shared(state): Shared<Arc<State>>) -> Response {
    answer(Ok(lock(&state.faults).report()))
}

async fn set_faults(Shared(state): Shared<Arc<State>>, body: Bytes) -> Response {
    answer(parse(&body).and_then(|rules| {
        let faults = Faults::parse(&rules)?;
        let report = faults.report();
        *lock(&state.faults) = faults;
        Ok(report)
    }))
}

async fn clock(Shared(state): Shared<Arc<State>>) -> Response {
    answer(Ok(json!({"now": time_text(state.now())})))
}

async fn set_clock(Shared(state): Shared<Arc<State>>, body: Bytes) -> Response {
    answer(parse(&body).and_then(|wish| {
        match (wish["advance_ms"].as_i64(), wish["now"].as_str()) {
            (Some(ms), None) => state.advance_ms(ms),
            (None, Some(now)) => {
                let now: jiff::Timestamp = now.parse().map_err(|e| format!("`now`: {e}"))?;
                state.set_now(now.as_millisecond());
            }
            _ => return Err("the clock takes `advance_ms` or `now`".to_owned()),
        }
        Ok(json!({"now": time_text(state.now())}))
    }))
}

async fn unknown() -> Response {
    (
        StatusCode::NOT_FOUND,
        "no such control; see state, seed, control, requests, faults, clock, health\n",
    )
        .into_response()
}

fn parse(body: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(body).map_err(|e| format!("body is not JSON: {e}"))
}

fn answer(result: Result<Value, String>) -> Response {
    let (status, value) = match result {
        Ok(value) => (StatusCode::OK, value),
        Err(error) => (StatusCode::BAD_REQUEST, json!({"error": error})),
    };
    (
        status,
        [(header::CONTENT_TYPE, "application/json")],
        value.to_string(),
    )
        .into_response()
}

fn time_text(now: i64) -> String {
    jiff::Timestamp::from_millisecond(now).map_or_else(|_| now.to_string(), |t| t.to_string())
}
