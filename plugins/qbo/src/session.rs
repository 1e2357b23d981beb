//! Tokens: an access token for an hour, and a refresh token that changes under way.
//!
//! The newest refresh token is durable before it is used, and the one before it is kept with it. A crash between the answer
//! and its saving, or a lost answer, costs nothing where Intuit still takes the older one; where it does not, a person must
//! give a new one, and nothing else is lost. A person's new secret comes first of all.
//!
//! One renews at a time, whoever of this connection: the one who has the word (`Word`).
//!
//! Invariant: no token stands in an address, a message or a log.

use crate::assumed::{ACCESS_LIFE_S, RENEWAL_WAIT_MS, RENEW_BEFORE_S};
use crate::manifest::{CLIENT, REFRESH};
use crate::settings::Settings;
use liaison_sdk::host::Encoder;
use liaison_sdk::http::{encode, placeholder, Body};
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// Where the tokens are remembered.
pub const MEMORY: &str = "tokens";
/// Where it is remembered that somebody renews them.
const RENEWING: &str = "renewing";
/// What is signed to see whether the secret is another one than before.
const PROBE: &[u8] = b"liaison qbo refresh token";
/// What the host puts where a secret's value comes back: within a day Intuit gives the refresh token that it was asked with.
const SECRET_BACK: &str = "[secret refresh_token]";
const PAUSE_MS: u32 = 250;
/// By then what others write at this moment is there.
const SETTLED_MS: u32 = 50;
const ATTEMPTS: u32 = 2;

/// What the token endpoint gave.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tokens {
    pub access: String,
    pub access_until_ms: u64,
    /// Empty while it is still the secret.
    pub refresh: String,
    /// When the refresh token ends, where it was told.
    pub refresh_until_ms: Option<u64>,
    /// The refresh token before it.
    pub before: Option<String>,
    /// Which company they are for.
    pub company: String,
    /// Which secret they came from; none for a person's visit to Intuit's page.
    pub seed: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Renewing {
    at_ms: u64,
    by: String,
}

/// The tokens that this connection remembers, if they are of this company.
pub fn remembered(host: &dyn Host, settings: &Settings) -> Option<Tokens> {
    let tokens: Tokens = serde_json::from_slice(&host.memory_get(MEMORY)?).ok()?;
    (tokens.company == settings.company()).then_some(tokens)
}

/// An access token: the remembered one, or a new one where it ends or was `refused`.
pub fn access(
    host: &dyn Host,
    settings: &Settings,
    refused: Option<&str>,
) -> Result<String, Fault> {
    if let Some(good) = good(host, settings, refused) {
        return Ok(good);
    }
    let word = Word::of(host);
    let renewed = match word.awaited(settings, refused) {
        Some(good) => Ok(good),
        None => renew(host, settings, &word).map(|tokens| tokens.access),
    };
    word.take_back();
    renewed
}

fn good(host: &dyn Host, settings: &Settings, refused: Option<&str>) -> Option<String> {
    let tokens = remembered(host, settings)?;
    let fits = host.now_ms() < tokens.access_until_ms && refused != Some(tokens.access.as_str());
    let same_seed = seed(host).is_none_or(|seed| known_seed(&tokens, &seed));
    (fits && same_seed).then_some(tokens.access)
}

/// The word of one who renews. Others wait while it is fresh; it is said anew before each request.
struct Word<'a> {
    host: &'a dyn Host,
    by: String,
}

impl<'a> Word<'a> {
    fn of(host: &'a dyn Host) -> Self {
        let by = host.random(8).iter().map(|b| format!("{b:02x}")).collect();
        Self { host, by }
    }

    fn held(&self) -> Option<Renewing> {
        serde_json::from_slice(&self.host.memory_get(RENEWING)?).ok()
    }

    /// Whether somebody else renews just now.
    fn is_anothers(&self) -> bool {
        self.held().is_some_and(|held| {
            let age_ms = self.host.now_ms().saturating_sub(held.at_ms);
            held.by != self.by && age_ms < u64::from(RENEWAL_WAIT_MS)
        })
    }

    fn say(&self) {
        let mine = Renewing {
            at_ms: self.host.now_ms(),
            by: self.by.clone(),
        };
        let _ = self.host.memory_set(RENEWING, &cursor::encode(&mine));
    }

    /// The word of another stays.
    fn take_back(&self) {
        if self.held().is_some_and(|held| held.by == self.by) {
            self.host.memory_delete(RENEWING);
        }
    }

    /// Takes the word; while another has it, what that one gets.
    fn awaited(&self, settings: &Settings, refused: Option<&str>) -> Option<String> {
        let host = self.host;
        let began_ms = host.monotonic_ms();
        loop {
            let waited_ms = host.monotonic_ms().saturating_sub(began_ms);
            let is_over = waited_ms > u64::from(RENEWAL_WAIT_MS);
            if is_over || !self.is_anothers() {
                self.say();
                // Two may have seen it free: the last one to write has it.
                host.sleep_ms(SETTLED_MS);
                if is_over || !self.is_anothers() {
                    return good(host, settings, refused);
                }
            }
            host.sleep_ms(PAUSE_MS);
            if let Some(good) = good(host, settings, refused) {
                return Some(good);
            }
        }
    }

    /// Tokens newer than those from before that somebody else got, or gets while he has the word.
    fn others(&self, settings: &Settings, before: Option<&Tokens>) -> Option<Tokens> {
        let host = self.host;
        let began_ms = host.monotonic_ms();
        loop {
            let newer = remembered(host, settings).filter(|now| {
                before.is_none_or(|before| now.access != before.access)
                    && host.now_ms() < now.access_until_ms
            });
            let waited_ms = host.monotonic_ms().saturating_sub(began_ms);
            let is_over = waited_ms > u64::from(RENEWAL_WAIT_MS);
            if newer.is_some() || is_over || !self.is_anothers() {
                return newer;
            }
            host.sleep_ms(PAUSE_MS);
        }
    }
}

/// The mark of the secret, by which a new one is told from the old; none where it is not set.
fn seed(host: &dyn Host) -> Option<String> {
    let signature = host.sign(REFRESH, Algorithm::Hs256, PROBE).ok()?;
    Some(
        signature
            .iter()
            .take(32)
            .map(|b| format!("{b:02x}"))
            .collect(),
    )
}

/// Tokens from a person's visit stay good beside a secret that was there before it.
fn known_seed(tokens: &Tokens, seed: &str) -> bool {
    tokens.seed.as_deref().is_none_or(|known| known == seed)
}

/// The refresh tokens to try, likeliest first.
fn candidates(
    host: &dyn Host,
    settings: &Settings,
    seed: Option<&str>,
) -> Result<Vec<String>, Fault> {
    let tokens = remembered(host, settings);
    let mut list: Vec<String> = Vec::new();
    let secret = match seed {
        Some(_) => Some(placeholder(host, REFRESH, Encoder::Url)?),
        None => None,
    };
    let changed = match (&tokens, seed) {
        (Some(tokens), Some(seed)) => !known_seed(tokens, seed),
        _ => false,
    };
    let kept = tokens
        .into_iter()
        .flat_map(|tokens| [Some(tokens.refresh), tokens.before])
        .flatten()
        .map(|token| encode(&token));
    match changed {
        true => {
            list.extend(secret);
            list.extend(kept);
        }
        false => {
            list.extend(kept);
            list.extend(secret);
        }
    }
    list.retain(|token| !token.is_empty());
    Ok(list)
}

/// New tokens, remembered before anybody uses them.
fn renew(host: &dyn Host, settings: &Settings, word: &Word) -> Result<Tokens, Fault> {
    let seed = seed(host);
    let candidates = candidates(host, settings, seed.as_deref())?;
    let before = remembered(host, settings);
    let mut refused = None;
    for candidate in candidates {
        let form = format!("grant_type=refresh_token&refresh_token={candidate}");
        match ask(host, settings, &form, Some(word))? {
            Ok(told) => return keep(host, settings, &told, seed, before.as_ref()),
            Err(fault) => {
                // Somebody else may have renewed meanwhile, or be about to.
                if let Some(tokens) = word.others(settings, before.as_ref()) {
                    return Ok(tokens);
                }
                refused = Some(fault);
            }
        }
    }
    Err(refused.unwrap_or_else(not_connected))
}

/// Tokens for the code that a person's browser brought.
pub fn redeem(
    host: &dyn Host,
    settings: &Settings,
    code: &str,
    redirect: &str,
) -> Result<Tokens, Fault> {
    let form = format!(
        "grant_type=authorization_code&code={}&redirect_uri={}",
        encode(code),
        encode(redirect)
    );
    let told = ask(host, settings, &form, None)??;
    keep(host, settings, &told, seed(host), None)
}

fn keep(
    host: &dyn Host,
    settings: &Settings,
    told: &Value,
    seed: Option<String>,
    before: Option<&Tokens>,
) -> Result<Tokens, Fault> {
    let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
    let now_ms = host.now_ms();
    let until = |name: &str| {
        let seconds = told[name].as_u64()?;
        Some(now_ms.saturating_add(seconds.saturating_mul(1_000)))
    };
    let life_s = told["expires_in"].as_u64().unwrap_or(ACCESS_LIFE_S);
    let old = before.map(|tokens| tokens.refresh.clone());
    let refresh = match text("refresh_token") {
        none if none.is_empty() => old.clone().unwrap_or_default(),
        secret if secret == SECRET_BACK => String::new(),
        new => new,
    };
    let tokens = Tokens {
        access: text("access_token"),
        access_until_ms: now_ms + life_s.saturating_sub(RENEW_BEFORE_S.min(life_s / 2)) * 1_000,
        before: match old {
            Some(old) if old != refresh => Some(old),
            _ => before.and_then(|tokens| tokens.before.clone()),
        },
        refresh,
        refresh_until_ms: [
            until("x_refresh_token_expires_in"),
            until("x_refresh_token_hard_expires_in"),
        ]
        .into_iter()
        .flatten()
        .min(),
        company: settings.company().to_owned(),
        seed,
    };
    host.memory_set(MEMORY, &cursor::encode(&tokens))
        .map_err(|reason| {
            fault::unavailable(text!(
                "qbo-tokens-not-kept",
                "The new tokens cannot be kept, so they are not used: {reason}",
                reason = reason
            ))
        })?;
    Ok(tokens)
}

/// Asks the token endpoint. The outer fault is that it cannot be asked, the inner one that it refuses.
///
/// Where Intuit takes one refresh token twice, it gives tokens twice: a lost answer is asked for again.
fn ask(
    host: &dyn Host,
    settings: &Settings,
    form: &str,
    word: Option<&Word>,
) -> Result<Result<Value, Fault>, Fault> {
    let client_secret = placeholder(host, CLIENT, Encoder::Basic)?;
    let client = Client::new(host, settings.token_url())
        .header("Accept", "application/json")
        .header("Authorization", &format!("Basic {client_secret}"));
    let mut last = None;
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            host.sleep_ms(PAUSE_MS);
            if let Some(word) = word.filter(|word| !word.is_anothers()) {
                word.say();
            }
        }
        let body = Body {
            content_type: "application/x-www-form-urlencoded",
            bytes: form.as_bytes().to_vec(),
        };
        match client.send(Method::Post, settings.token_url(), Some(body)) {
            Ok(answer) if answer.status() >= 500 => last = Some(answer.busy(host.now_ms())),
            Ok(answer) => return told(&answer, host.now_ms()),
            Err(error @ HttpError::NotSent { .. }) => return Err(fault::unread(&error)),
            Err(error) => last = Some(fault::unread(&error)),
        }
    }
    Err(last.expect("an attempt was made"))
}

fn told(answer: &Answer, now_ms: u64) -> Result<Result<Value, Fault>, Fault> {
    let body = answer.json().unwrap_or_default();
    if answer.is_success() && body["access_token"].is_string() {
        return Ok(Ok(body));
    }
    let (code, words) = (
        body["error"].as_str().unwrap_or_default(),
        body["error_description"].as_str().unwrap_or_default(),
    );
    match (answer.status(), code) {
        (429, _) => Err(answer.busy(now_ms)),
        (_, "invalid_grant") => Ok(Err(fault::unauthorized(text!(
            "qbo-connect-again",
            "Intuit no longer takes the refresh token; connect the company again with `liaison connection setup`, or give a new refresh token with `liaison secret set CONNECTION refresh_token`"
        ))
        .vendor_code(code)
        .vendor_text(words))),
        (_, "invalid_client" | "unauthorized_client") | (401 | 403, _) => {
            Err(fault::unauthorized(text!(
                "qbo-client-refused",
                "Intuit refuses the app's client id or secret; compare the secret `client` with the app's keys at developer.intuit.com"
            ))
            .vendor_code(code)
            .vendor_text(words))
        }
        (400, code) if !code.is_empty() => Err(fault::misconfigured(text!(
            "qbo-token-refused",
            "Intuit does not give a token; compare the redirect address and the keys with the app at developer.intuit.com"
        ))
        .vendor_code(code)
        .vendor_text(words)),
        _ => Err(answer.rubbish()),
    }
}

fn not_connected() -> Fault {
    fault::unauthorized(text!(
        "qbo-not-connected",
        "Nobody has connected the company yet; run `liaison connection setup` and open the page it names, or give a refresh token with `liaison secret set CONNECTION refresh_token`"
    ))
}
