//! `liaison connection setup`: the page where a person connects the company, and where webhooks go.

use crate::assumed::PLAYGROUND;
use crate::inbound::{Visit, CALLBACK, MEMORY, WEBHOOK};
use crate::settings::{Settings, AUTHORIZE};
use liaison_sdk::http::encode;
use liaison_sdk::prelude::*;

const SCOPE: &str = "com.intuit.quickbooks.accounting";

/// What to do, for a connection that is reached under `address`.
pub fn prepare(host: &dyn Host, address: &str) -> Result<Preparation, Fault> {
    let settings = Settings::of(host)?;
    if address.is_empty() {
        return Ok(by_playground());
    }
    let Some(client_id) = settings.client_id() else {
        return Err(fault::misconfigured(text!(
            "qbo-no-client-id",
            "Set `client_id` to the client id of the app at developer.intuit.com (the app > Keys and credentials)"
        ))
        .field("client_id"));
    };
    let redirect = format!("{}{CALLBACK}", address.trim_end_matches('/'));
    let before: Option<Visit> = host
        .memory_get(MEMORY)
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let state = match before {
        Some(visit) if visit.redirect == redirect => visit.state,
        _ => host.random(16).iter().map(|b| format!("{b:02x}")).collect(),
    };
    let visit = Visit {
        state: state.clone(),
        redirect: redirect.clone(),
    };
    host.memory_set(MEMORY, &cursor::encode(&visit))
        .map_err(|reason| {
            fault::unavailable(text!(
                "qbo-visit-not-kept",
                "The mark of the visit cannot be kept: {reason}",
                reason = reason
            ))
        })?;
    let page = format!(
        "{AUTHORIZE}?client_id={}&response_type=code&scope={SCOPE}&redirect_uri={}&state={state}",
        encode(client_id),
        encode(&redirect)
    );
    Ok(Preparation {
        files: Vec::new(),
        generate: Vec::new(),
        steps: vec![
            text!(
                "qbo-step-redirect",
                "At developer.intuit.com, in the app under Settings > Redirect URIs, add {address}",
                address = redirect
            ),
            text!(
                "qbo-step-connect",
                "Open this page in a browser, sign in as an administrator of the company, choose it and press Connect: {page}",
                page = page
            ),
            text!(
                "qbo-step-webhook",
                "To be told of changes at once: in the app under Webhooks set the address {address}, and store its verifier token with `liaison secret set`, as `webhook_verifier`",
                address = format!("{}{WEBHOOK}", address.trim_end_matches('/'))
            ),
            text!("qbo-step-check", "Then run `liaison check`"),
        ],
        ext: Vec::new(),
    })
}

/// Nobody reaches us from outside: a person gets the first refresh token at Intuit's own page.
fn by_playground() -> Preparation {
    Preparation {
        files: Vec::new(),
        generate: Vec::new(),
        steps: vec![
            text!(
                "qbo-step-playground",
                "Open {page}, choose the app and the scope {scope}, sign in as an administrator of the company and press Connect",
                page = PLAYGROUND,
                scope = SCOPE
            ),
            text!(
                "qbo-step-tokens",
                "Have the page get tokens, and store the refresh token with `liaison secret set`, as `refresh_token`; do not use it anywhere else"
            ),
            text!(
                "qbo-step-company",
                "Set `company_id` to the realm id that the page shows"
            ),
            text!("qbo-step-check", "Then run `liaison check`"),
        ],
        ext: Vec::new(),
    }
}
