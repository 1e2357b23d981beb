//! The page's routes: forms in, views out.
//!
//! A form of somebody else's page is refused by `Origin` (in `api.rs`) and by a token that only our own pages
//! know.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::desk::Desk;
use super::entry::{Entry, same};
use super::page::{self, Done, Trouble};
use super::view::{JournalWish, SEND_MAX, Views, flow_ref, read_key, record_id};
use crate::control::{Answer, Blame, ControlError, Request};
use crate::model::Side;
use crate::schedule::{Asked, Ending};

type Fields = BTreeMap<String, String>;

pub fn router() -> Router<Arc<Desk>> {
    Router::new()
        .route("/", get(overview))
        .route("/journal", get(journal))
        .route("/quarantine", get(quarantine))
        .route("/quarantine/record", get(parked))
        .route("/quarantine/drop", get(ask_drop).post(drop_record))
        .route("/quarantine/retry", post(retry))
        .route("/conflicts", get(conflicts))
        .route("/conflicts/choose", post(choose))
        .route("/links", get(links))
        .route("/links/one", get(link))
        .route("/send", get(send_form).post(send))
        .route("/connectors", get(connectors))
        .route("/login", get(login_form).post(login))
        .route("/logout", post(logout))
        .route("/flows/run", post(run))
        .route("/flows/pause", post(pause))
        .route("/flows/resume", post(resume))
        .route(
            "/style.css",
            get(|| text("text/css; charset=utf-8", page::STYLE)),
        )
        .route("/icon.svg", get(|| text("image/svg+xml", page::ICON)))
        .fallback(nowhere)
        .method_not_allowed_fallback(nowhere)
}

/// There is no such page, or it takes no such request.
async fn nowhere((State(desk), headers, uri, Query(query)): Get) -> Response {
    let visit = Visit::new(&desk, &headers, &uri, &query);
    let view = page::ErrorPage {
        trouble: Trouble::NotFound,
        message: None,
        causes: Vec::new(),
        hint: None,
    };
    visit.trouble(&view).await
}

async fn text(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "max-age=3600"),
    ];
    (headers, text).into_response()
}

/// Somebody's wish to see a page, and what it takes to show it.
struct Visit<'a> {
    views: Views<'a>,
    lang: &'static str,
    here: String,
    session: page::Session,
    done: Option<Done>,
}

impl<'a> Visit<'a> {
    fn new(desk: &'a Desk, headers: &HeaderMap, uri: &Uri, query: &Fields) -> Self {
        let lang = lang(headers, query);
        Self {
            views: Views::new(desk, lang),
            lang,
            here: here(uri),
            session: desk.entry.session(headers),
            done: query.get("done").and_then(|name| Done::parse(name)),
        }
    }

    /// A page, or the error page that says why there is none.
    async fn show<V>(
        &self,
        view: Result<V, ControlError>,
        render: fn(&page::Context, &V) -> String,
    ) -> Response {
        match view {
            Ok(view) => {
                self.page(StatusCode::OK, |context| render(context, &view))
                    .await
            }
            Err(error) => self.error(&error).await,
        }
    }

    async fn error(&self, error: &ControlError) -> Response {
        let trouble = match (error.code, error.blame) {
            ("no-record" | "no-flow" | "not-parked" | "no-link", _) => Trouble::NotFound,
            (_, Blame::Command) => Trouble::Refused,
            (_, Blame::Surroundings) => Trouble::Unavailable,
            (_, Blame::Liaison) => Trouble::Broken,
        };
        let words = &self.views.words;
        let view = page::ErrorPage {
            trouble,
            message: Some(words.text(&error.message)),
            causes: error.causes.iter().map(|cause| words.text(cause)).collect(),
            hint: error.hint.as_ref().map(|hint| words.text(hint)),
        };
        self.trouble(&view).await
    }

    async fn trouble(&self, view: &page::ErrorPage) -> Response {
        let status = StatusCode::from_u16(view.trouble.status()).unwrap_or_default();
        self.page(status, |context| page::error(context, view))
            .await
    }

    async fn page(
        &self,
        status: StatusCode,
        render: impl FnOnce(&page::Context) -> String,
    ) -> Response {
        // Before signing in nothing is told.
        let outside = self.session == page::Session::SignedOut;
        let (tenants, aside) = match outside {
            true => Default::default(),
            false => self.views.tenants().await,
        };
        let trouble = match self.done.is_some() || outside {
            true => None,
            false => self.views.trouble().await,
        };
        let words = &self.views.words;
        let say = |key: &str, args: &[(&str, &str)]| words.say(key, args);
        let root = self.views.control.home().root();
        let home = match outside {
            true => String::new(),
            false => root.display().to_string(),
        };
        let mut context = page::Context {
            lang: self.lang,
            say: &say,
            csrf: &self.views.desk.form_token,
            here: &self.here,
            home: &home,
            version: env!("CARGO_PKG_VERSION"),
            now: Timestamp::now(),
            zone: TimeZone::system(),
            tenants: &tenants,
            aside,
            session: self.session,
            notice: trouble,
        };
        if let Some(done) = self.done {
            context.notice = Some(done.notice(&context));
        }
        let html = render(&context);
        let keep = format!("lang={}; Path=/; Max-Age=31536000; SameSite=Lax", self.lang);
        (status, page::HEADERS, [(header::SET_COOKIE, keep)], html).into_response()
    }
}

/// The language asked for, else the one kept, else the browser's.
fn lang(headers: &HeaderMap, query: &Fields) -> &'static str {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let kept = header(header::COOKIE).and_then(|cookies| {
        let mut cookies = cookies.split(';').map(str::trim);
        cookies.find_map(|cookie| cookie.strip_prefix("lang="))
    });
    let wanted = query.get("lang").map(String::as_str).or(kept);
    let wanted = wanted.or_else(|| header(header::ACCEPT_LANGUAGE));
    match wanted.is_some_and(|lang| lang.starts_with("fr")) {
        true => "fr",
        false => "en",
    }
}

/// Path and query without what is not part of the address.
fn here(uri: &Uri) -> String {
    let query = uri.query().unwrap_or_default().split('&');
    let kept: Vec<&str> = query
        .filter(|part| !part.is_empty() && !part.starts_with("lang=") && !part.starts_with("done="))
        .collect();
    match kept.is_empty() {
        true => uri.path().to_owned(),
        false => format!("{}?{}", uri.path(), kept.join("&")),
    }
}

fn field(fields: &Fields, name: &str) -> String {
    fields.get(name).cloned().unwrap_or_default()
}

fn given(fields: &Fields, name: &str) -> Option<String> {
    fields.get(name).filter(|value| !value.is_empty()).cloned()
}

fn scope(query: &Fields) -> page::Scope {
    page::Scope::parse(&field(query, "flow"))
}

type Get = (State<Arc<Desk>>, HeaderMap, Uri, Query<Fields>);

async fn overview((State(desk), headers, uri, Query(query)): Get) -> Response {
    let visit = Visit::new(&desk, &headers, &uri, &query);
    let view = visit.views.overview(scope(&query)).await;
    visit.show(view, page::overview).await
}

async fn journal((State(desk), headers, uri, Query(query)): Get) -> Response {
    let visit = Visit::new(&desk, &headers, &uri, &query);
    let wish = JournalWish {
        scope: scope(&query),
        q: field(&query, "q"),
        run: given(&query, "run"),
        record: given(&query, "record"),
        before: query.get("before").and_then(|moment| moment.parse().ok()),
    };
    let view = visit.views.journal(wish).await;
    visit.show(view, page::journal).await
}

async fn quarantine((State(desk), headers, uri, Query(query)): Get) -> Response {
    let visit = Visit::new(&desk, &headers, &uri, &query);
    let after = query.get("after").and_then(|after| after.parse().ok());
    let (scope, q) = (scope(&query), field(&query, "q"));
    let view = visit.views.quarantine(scope, q, after.unwrap_or(0)).await;
    visit.show(view, page::quarantine).await
}

async fn connectors((State(desk), headers, uri, Query(query)): Get) -> Response {
    let visit = Visit::new(&desk, &headers, &uri, &query);
    let view = visit.views.connectors().await;
    visit.show(view, page::connectors).await
}

async fn one_parked(visit: &Visit<'_>, query: &Fields) -> Result<page::ParkedPage, ControlError> {
    let key = read_key(&field(query, "flow"))?;
    visit.views.parked(&key, &field(query, "record")).await
}

async fn parked((State(desk), headers, uri, Query(query)): Get) -> Response {
    let visit = Visit::new(&desk, &headers, &uri, &query);
    let view = one_parked(&visit, &query).await;
    visit.show(view, page::parked).await
}

async fn ask_drop((State(desk), headers, uri, Query(query)): Get) -> Response {
    let visit = Visit::new(&desk, &headers, &uri, &query);
    let view = one_parked(&visit, &query).await;
    let view = view.map(|parked| page::DropParked { row: parked.row });
    visit.show(view, page::drop_parked).await
}

async fn conflicts((State(desk), headers, uri, Query(query)): Get) -> Response {
    let visit = Visit::new(&desk, &headers, &uri, &query);
    let view = visit.views.conflicts(scope(&query)).await;
    visit.show(view, page::conflicts).await
}

async fn links((State(desk), headers, uri, Query(query)): Get) -> Response {
    let visit = Visit::new(&desk, &headers, &uri, &query);
    let (id, after) = (
        field(&query, "id").trim().to_owned(),
        given(&query, "after"),
    );
    let view = visit.views.links(scope(&query), id, after).await;
    visit.show(view, page::links).await
}

async fn link((State(desk), headers, uri, Query(query)): Get) -> Response {
    let visit = Visit::new(&desk, &headers, &uri, &query);
    let view = match read_key(&field(&query, "flow")) {
        Ok(key) => visit.views.link(&key, &field(&query, "id")).await,
        Err(error) => Err(error),
    };
    visit.show(view, page::link).await
}

async fn send_form((State(desk), headers, uri, Query(query)): Get) -> Response {
    let visit = Visit::new(&desk, &headers, &uri, &query);
    let form = page::SendRecords {
        flow: page::FlowKey::parse(&field(&query, "flow")),
        ids: field(&query, "ids"),
        ids_max: SEND_MAX as u64,
        problem: None,
        sent: None,
    };
    visit.show(Ok(form), page::send).await
}

type Post = (State<Arc<Desk>>, HeaderMap, Uri, String);

/// The fields of a form that one of our own pages sent.
async fn form<'a>(
    desk: &'a Desk,
    headers: &HeaderMap,
    uri: &Uri,
    body: &str,
) -> Result<(Visit<'a>, Fields), Response> {
    let fields: Fields = serde_urlencoded::from_str(body).unwrap_or_default();
    let mut visit = Visit::new(desk, headers, uri, &Fields::new());
    // A form's own address shows nothing when it is followed as a link.
    visit.here = page::safe_path(&field(&fields, "back")).to_owned();
    if same(&field(&fields, "csrf"), &desk.form_token) {
        return Ok((visit, fields));
    }
    let view = page::ErrorPage {
        trouble: Trouble::StaleForm,
        message: None,
        causes: Vec::new(),
        hint: None,
    };
    Err(visit.trouble(&view).await)
}

fn back(fields: &Fields, done: Done) -> Response {
    let to = done.at(&field(fields, "back"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

/// Does what a form asks for, and goes back to where it stood.
async fn act(
    (State(desk), headers, uri, body): Post,
    done: Done,
    request: impl FnOnce(&Fields) -> Result<Request, ControlError>,
) -> Response {
    let (visit, fields) = match form(&desk, &headers, &uri, &body).await {
        Ok(form) => form,
        Err(refused) => return refused,
    };
    let acted = match request(&fields) {
        Ok(request) => visit.views.ask(request).await,
        Err(error) => Err(error),
    };
    match acted {
        Ok(_) => {
            desk.wake.notify_one();
            back(&fields, done)
        }
        Err(error) => visit.error(&error).await,
    }
}

async fn retry(post: Post) -> Response {
    act(post, Done::Retry, |fields| {
        Ok(Request::QuarantineRetry {
            flow: flow_ref(&read_key(&field(fields, "flow"))?),
            record: given(fields, "record")
                .as_deref()
                .map(record_id)
                .transpose()?,
        })
    })
    .await
}

async fn drop_record(post: Post) -> Response {
    act(post, Done::Dropped, |fields| {
        Ok(Request::QuarantineDrop {
            flow: flow_ref(&read_key(&field(fields, "flow"))?),
            record: record_id(&field(fields, "record"))?,
        })
    })
    .await
}

async fn choose(post: Post) -> Response {
    act(post, Done::Chosen, |fields| {
        let take = match field(fields, "take").as_str() {
            "left" => Side::Left,
            "right" => Side::Right,
            other => {
                let english = format!("`{other}` is no side");
                let args = vec![("side", other.to_owned())];
                return Err(ControlError::command("page-side", args, english));
            }
        };
        Ok(Request::ConflictResolve {
            flow: flow_ref(&read_key(&field(fields, "flow"))?),
            record: record_id(&field(fields, "record"))?,
            take,
        })
    })
    .await
}

async fn pause(post: Post) -> Response {
    act(post, Done::Paused, |fields| {
        let flow = flow_ref(&read_key(&field(fields, "flow"))?);
        Ok(Request::Pause { flow })
    })
    .await
}

async fn resume(post: Post) -> Response {
    act(post, Done::Resumed, |fields| {
        let flow = flow_ref(&read_key(&field(fields, "flow"))?);
        Ok(Request::Resume { flow })
    })
    .await
}

/// As soon as its turn comes: the scheduler runs it.
async fn run((State(desk), headers, uri, body): Post) -> Response {
    let (visit, fields) = match form(&desk, &headers, &uri, &body).await {
        Ok(form) => form,
        Err(refused) => return refused,
    };
    let key = match read_key(&field(&fields, "flow")) {
        Ok(key) => key,
        Err(error) => return visit.error(&error).await,
    };
    match desk.request(&key) {
        Asked::Queued => back(&fields, Done::Run),
        Asked::AlreadyQueued => back(&fields, Done::Running),
        Asked::Unknown => {
            let english = format!("no flow `{key}` is in force");
            let args = vec![("flow", key.to_string())];
            let error = ControlError::command("page-no-flow", args, english);
            visit.error(&error).await
        }
    }
}

/// Sends the records while the browser waits, and shows what became of them.
async fn send((State(desk), headers, uri, body): Post) -> Response {
    let (visit, fields) = match form(&desk, &headers, &uri, &body).await {
        Ok(form) => form,
        Err(refused) => return refused,
    };
    let ids = field(&fields, "ids");
    let mut view = page::SendRecords {
        flow: page::FlowKey::parse(&field(&fields, "flow")),
        ids_max: SEND_MAX as u64,
        problem: None,
        sent: None,
        ids,
    };
    let wanted = page::read_ids(&view.ids);
    let records: Result<Vec<_>, _> = wanted.iter().map(|id| record_id(id)).collect();
    let key = read_key(&field(&fields, "flow"));
    let words = &visit.views.words;
    match (key, records) {
        (Err(error), _) | (_, Err(error)) => view.problem = Some(words.text(&error.message)),
        (Ok(_), Ok(records)) if records.is_empty() || records.len() > SEND_MAX => {
            let most = SEND_MAX.to_string();
            view.problem = Some(words.say("page-send-how-many", &[("max", &most)]));
        }
        (Ok(key), Ok(records)) => {
            let request = Request::Run {
                flow: flow_ref(&key),
                records,
                since: None,
                plan: None,
            };
            let claimed = desk.agenda().claim(&key);
            let answer = visit.views.ask(request).await;
            if claimed {
                desk.ended(&key, Ending::Done, None);
            }
            match answer {
                Ok(Answer::Run(summary)) => view.sent = Some(visit.views.sent(&summary)),
                Ok(_) => {}
                Err(error) => view.problem = Some(words.text(&error.message)),
            }
        }
    }
    visit.show(Ok(view), page::send).await
}

async fn login_form((State(desk), headers, uri, Query(query)): Get) -> Response {
    let visit = Visit::new(&desk, &headers, &uri, &query);
    let view = page::Login {
        next: field(&query, "next"),
        problem: None,
    };
    visit.show(Ok(view), page::login).await
}

async fn login((State(desk), headers, uri, body): Post) -> Response {
    let (visit, fields) = match form(&desk, &headers, &uri, &body).await {
        Ok(form) => form,
        Err(refused) => return refused,
    };
    let next = field(&fields, "next");
    match desk.entry.sign_in(&field(&fields, "token")) {
        Ok(cookie) => {
            let to = page::safe_path(&next).to_owned();
            let headers = [(header::LOCATION, to), (header::SET_COOKIE, cookie)];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        Err(problem) => {
            let problem = Some(problem);
            visit
                .show(Ok(page::Login { next, problem }), page::login)
                .await
        }
    }
}

async fn logout((State(desk), headers, uri, body): Post) -> Response {
    if let Err(refused) = form(&desk, &headers, &uri, &body).await {
        return refused;
    }
    let to = Done::SignedOut.at("/login");
    let headers = [
        (header::LOCATION, to),
        (header::SET_COOKIE, Entry::sign_out()),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// For a request that came to a name that is not ours, or from somebody else's page.
pub async fn foreign(desk: &Desk, headers: &HeaderMap, uri: &Uri) -> Response {
    let mut visit = Visit::new(desk, headers, uri, &Fields::new());
    visit.session = page::Session::SignedOut;
    let view = page::ErrorPage {
        trouble: Trouble::Foreign,
        message: None,
        causes: Vec::new(),
        hint: None,
    };
    visit.trouble(&view).await
}

/// Where somebody is sent who has not signed in.
pub fn to_login(uri: &Uri) -> Response {
    let next = serde_urlencoded::to_string([("next", here(uri))]).unwrap_or_default();
    let to = [(header::LOCATION, format!("/login?{next}"))];
    (StatusCode::SEE_OTHER, to).into_response()
}
