//! The way in: login, versions, and data calls with their session, their limits and their headers.

use serde_json::{Value, json};

use super::Salesforce;
use super::access::is_instance;
use super::api::Api;
use super::call::{Call, Reply, Who, header};
use super::id::Id;
use super::number::as_java;
use super::refusal::{Fault, Refusal};
use super::time::{http_date, stamp};
use super::versions;
use crate::simulator::{NowMs, Request, Response};

/// Of the browser that nobody uses here.
const COOKIE: &str = "BrowserId=simulated; domain=.salesforce.com; path=/; Max-Age=31536000";

/// The address and the headers together are no longer than this.
const HEAD_MAX: usize = 16 * 1024;

pub fn answer(site: &mut Salesforce, request: &Request, now: NowMs) -> Response {
    let mut response = routed(site, request, now);
    // The clock by which a client says since when it saw a record.
    let date = http_date(stamp(now));
    response.headers.push(("date".to_owned(), date));
    response
}

fn routed(site: &mut Salesforce, request: &Request, now: NowMs) -> Response {
    if request.method == "HEAD" {
        let get = Request {
            method: "GET".to_owned(),
            ..request.clone()
        };
        let mut response = routed(site, &get, now);
        response.body.clear();
        return response;
    }
    let path = request.path.trim_end_matches('/');
    let method = request.method.as_str();
    match (method, path) {
        ("POST", "/services/oauth2/token") => site.access.token(&site.org, request, now),
        ("POST", "/services/oauth2/revoke") => site.access.revoke(request),
        ("GET", "/services/data") => response(Reply::ok(versions::list()), None),
        ("GET", "/services/oauth2/userinfo") => identity(site, request, None, now),
        (_, path) if path.starts_with("/services/data/") => data(site, request, path, now),
        ("GET", path) => match path
            .strip_prefix("/id/")
            .and_then(|rest| rest.split_once('/'))
        {
            Some((_, user)) => identity(site, request, Some(user), now),
            None => response(Refusal::not_found().into(), None),
        },
        _ => response(Refusal::not_found().into(), None),
    }
}

/// The place of a path, without ids: what requests are counted under.
pub fn word(path: &str) -> String {
    if let Some(rest) = path.strip_prefix("/services/oauth2/") {
        return format!("oauth2/{}", rest.trim_end_matches('/'));
    }
    if path.starts_with("/id/") {
        return "id".to_owned();
    }
    let Some(rest) = path.strip_prefix("/services/data") else {
        return "other".to_owned();
    };
    let mut parts = rest.split('/').filter(|part| !part.is_empty());
    if parts.next().is_none() {
        return "versions".to_owned();
    }
    let parts: Vec<&str> = parts.collect();
    match parts.as_slice() {
        [] => "resources".to_owned(),
        [way @ ("query" | "queryAll"), _] => format!("{way}/locator"),
        [
            "sobjects",
            object,
            last @ ("describe" | "updated" | "deleted" | "Id"),
        ] => format!("sobjects/{object}/{last}"),
        ["sobjects", object, _] => format!("sobjects/{object}/id"),
        ["sobjects", object, field, _] => format!("sobjects/{object}/{field}"),
        parts => parts.join("/"),
    }
}

fn data(site: &mut Salesforce, request: &Request, path: &str, now: NowMs) -> Response {
    match admitted(site, request, now) {
        Err(refusal) => {
            let is_session = refusal.status == 401;
            let mut reply = Reply::from(refusal);
            if is_session {
                reply = reply.with("www-authenticate", "Token");
            }
            let info = (!is_session).then(|| site.usage.info(&site.org));
            response(reply, info)
        }
        Ok(user) => {
            let mark = site.org.mark();
            let reply = made(site, request, path, user, now).unwrap_or_else(|refusal| {
                site.org.undo_to(mark);
                refusal.into()
            });
            site.org.settle();
            response(reply, Some(site.usage.info(&site.org)))
        }
    }
}

/// The user of a call that may be made; the call is counted.
fn admitted(site: &mut Salesforce, request: &Request, now: NowMs) -> Result<Id, Refusal> {
    let headers: usize = request
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if request.path.len() + request.query.len() + headers > HEAD_MAX {
        return Err(Fault::new("URI_TOO_LONG", "The address and the headers are too long").into());
    }
    let switches = &site.org.switches;
    let session = |text: &str| Refusal::from(Fault::new("INVALID_SESSION_ID", text));
    let idle = switches.session_idle_s;
    let user = site.access.user(request, idle, now);
    let user = user.filter(|_| is_instance(&site.org, &request.origin));
    let user = user.ok_or_else(|| session("Session expired or invalid"))?;
    if switches.session_not_for_rest {
        return Err(session(
            "This session is not valid for use with the REST API",
        ));
    }
    if switches.api_disabled {
        let text = "The REST API is not enabled for this Organization.";
        return Err(Fault::new("API_DISABLED_FOR_ORG", text).into());
    }
    let limit = |text: &str| Refusal::from(Fault::new("REQUEST_LIMIT_EXCEEDED", text));
    let most = switches.concurrent_requests;
    if most > 0 && request.in_flight as u64 > most {
        return Err(limit(
            "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
        ));
    }
    // What has left the window makes room first.
    site.usage.count(0, stamp(now));
    if !site.usage.has_room(&site.org) {
        return Err(limit("TotalRequests Limit exceeded."));
    }
    site.usage.count(1, stamp(now));
    Ok(user)
}

fn made(
    site: &mut Salesforce,
    request: &Request,
    path: &str,
    user: Id,
    now: NowMs,
) -> Result<Reply, Refusal> {
    let rest = path.strip_prefix("/services/data/").unwrap_or_default();
    let (version, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let version = versions::read(version).ok_or_else(Refusal::not_found)?;
    if version < versions::OLDEST {
        let message = format!("The requested API version v{version}.0 is not supported");
        return Err(Fault::new("UNSUPPORTED_API_VERSION", message).into());
    }
    if version > versions::NEWEST {
        return Err(Refusal::not_found());
    }
    let call = Call::new(&request.method, rest, &request.query);
    let mut call = call.ok_or_else(Refusal::not_found)?;
    call.headers = request.headers.clone();
    call.body = body(request)?;
    let mut api = Api {
        org: &mut site.org,
        locators: &mut site.locators,
        usage: &mut site.usage,
        who: Who {
            user,
            version,
            now: stamp(now),
        },
    };
    api.answer(&call)
}

/// The body as JSON, where there is one.
fn body(request: &Request) -> Result<Option<Value>, Fault> {
    if request.body.is_empty() {
        return Ok(None);
    }
    let kind = header(&request.headers, "content-type").unwrap_or_default();
    if !kind.to_ascii_lowercase().starts_with("application/json") {
        let message = format!("Content type '{kind}' is not supported by this resource");
        return Err(Fault::new("UNSUPPORTED_MEDIA_TYPE", message));
    }
    match serde_json::from_slice(&request.body) {
        Ok(body) => Ok(Some(body)),
        Err(cause) => Err(Fault::unreadable(format!(
            "Unexpected character at [line:{}, column:{}]",
            cause.line(),
            cause.column()
        ))),
    }
}

/// Who the token's user is.
fn identity(site: &mut Salesforce, request: &Request, user: Option<&str>, now: NowMs) -> Response {
    let idle = site.org.switches.session_idle_s;
    let session = site.access.user(request, idle, now);
    let session = session.filter(|mine| user.is_none_or(|user| user == mine));
    let Some(id) = session else {
        let fault = Fault::new("FORBIDDEN", "Bad_OAuth_Token");
        return response(Refusal::from(fault).into(), None);
    };
    let text = |name: &str| {
        site.org
            .live("User", &id)
            .map(|row| row.get(name).clone())
            .unwrap_or_default()
    };
    let base = format!("{}/services/data/v{{version}}/", request.origin);
    let body = json!({
        "id": format!("{}/id/{}/{id}", request.origin, site.org.id),
        "user_id": id,
        "organization_id": site.org.id,
        "username": text("Username"),
        "display_name": text("Name"),
        "email": text("Email"),
        "active": text("IsActive"),
        "user_type": "STANDARD",
        "urls": {
            "rest": base,
            "sobjects": format!("{base}sobjects/"),
            "query": format!("{base}query/"),
        },
    });
    response(Reply::ok(body), None)
}

fn response(reply: Reply, limit_info: Option<String>) -> Response {
    let mut headers = reply.headers;
    let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
    if reply.body.is_some() {
        add("content-type", "application/json;charset=UTF-8");
    }
    add("vary", "Accept-Encoding");
    add(
        "cache-control",
        "no-cache,must-revalidate,max-age=0,no-store,private",
    );
    add("set-cookie", COOKIE);
    if let Some(info) = &limit_info {
        add("sforce-limit-info", info);
    }
    Response {
        status: reply.status,
        headers,
        body: reply
            .body
            .map(|body| as_java(&body.to_string()).into_bytes())
            .unwrap_or_default(),
        delay_ms: 0,
    }
}
