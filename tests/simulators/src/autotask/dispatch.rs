//! From a request to its answer: who calls, whether he may call now, which verb on which route.

use serde_json::{Value, json};

use super::Autotask;
use super::answer::{
    Refusal, empty, iis_not_found, item_id, json_response, not_found, verb_not_allowed,
};
use super::paging::{self, FIRST_PAGE, Origin};
use super::query::{Context, Included, NO_MODEL, PAGE_ROWS_MAX, Query};
use super::routes::{Route, percent_decode, query_parameter};
use super::schema::{EntityId, schema};
use super::users::{User, header};
use super::write::Writer;
use crate::simulator::{NowMs, Request, Response};

/// A GET address longer than this never reaches the vendor's code.
const URL_BYTES_MAX: usize = 2048;

impl Autotask {
    pub(super) fn answer(&mut self, request: &Request, now: NowMs) -> Response {
        let route = Route::parse(&request.path);
        let url_bytes = request.origin.len() + request.path.len() + request.query.len() + 1;
        if request.method == "GET" && url_bytes > URL_BYTES_MAX {
            return iis_not_found();
        }
        match route {
            Route::Zone if request.method == "GET" => return self.zone_information(request),
            Route::Versions if request.method == "GET" => {
                return json_response(200, json!({"apiVersions": ["1.0"]}).to_string());
            }
            Route::Zone | Route::Versions => return verb_not_allowed(&request.method),
            _ => {}
        }
        let user = match self.authenticate(request) {
            Ok(user) => user,
            Err(refusal) => return refusal,
        };
        let delay_ms = match self
            .check_threads(request.in_flight)
            .and_then(|()| self.spend_call(now))
        {
            Ok(delay_ms) => delay_ms,
            Err(refusal) => return refusal,
        };
        let mut response = self
            .dispatch(&route, request, &user, now)
            .unwrap_or_else(|refusal| refusal.response());
        response.delay_ms += delay_ms;
        response
    }

    fn dispatch(
        &mut self,
        route: &Route,
        request: &Request,
        user: &User,
        now: NowMs,
    ) -> Result<Response, Refusal> {
        let verb = request.method.as_str();
        let reads = matches!(
            route,
            Route::Query(_) | Route::NextPage(_) | Route::Count(_)
        ) || verb == "GET";
        let impersonated = header(request, "impersonationresourceid");
        if reads && impersonated.is_some() {
            return Err(permission("query"));
        }
        let impersonated = impersonated.and_then(|id| id.trim().parse().ok());
        let writer = Writer {
            user,
            impersonated,
            now,
        };
        match (*route).clone() {
            Route::Thresholds if verb == "GET" => Ok(self.threshold_information(now)),
            Route::Query(entity) => self.query(entity, request),
            Route::NextPage(entity) => self.next_page(entity, request),
            Route::Count(entity) => self.count(entity, request),
            Route::Row(entity, id) if verb == "GET" => Ok(self.row(entity, id, None)),
            Route::Child {
                child,
                parent_id,
                id,
            } if verb == "GET" => Ok(self.row(child, id, Some(parent_id))),
            Route::Children { child, parent_id } if verb == "GET" => {
                Ok(self.children(child, parent_id))
            }
            Route::Info(entity, info) if verb == "GET" => Ok(self.information(entity, info)),
            Route::Root(entity) if schema().entities[entity].is_written_at_root() => {
                self.write(entity, None, request, &writer)
            }
            Route::Root(entity) => Ok(self.child_verb_at_root(entity, request)),
            Route::Children { child, parent_id } => {
                self.write(child, Some(parent_id), request, &writer)
            }
            Route::Row(entity, id) if verb == "DELETE" => {
                let known = &schema().entities[entity];
                match known.is_written_at_root() && known.allows("DELETE") {
                    true => self.delete(entity, None, id, now).map(item_id),
                    false => Ok(self.child_verb_at_root(entity, request)),
                }
            }
            Route::Child {
                child,
                parent_id,
                id,
            } if verb == "DELETE" && schema().entities[child].allows("DELETE") => {
                self.delete(child, Some(parent_id), id, now).map(item_id)
            }
            Route::Unknown => Ok(not_found(request)),
            _ => Ok(verb_not_allowed(verb)),
        }
    }

    fn write(
        &mut self,
        entity: EntityId,
        parent_id: Option<i64>,
        request: &Request,
        writer: &Writer<'_>,
    ) -> Result<Response, Refusal> {
        let verb = request.method.as_str();
        if !schema().entities[entity].allows(verb) || verb == "DELETE" {
            return Ok(verb_not_allowed(verb));
        }
        let body: Value = serde_json::from_slice(&request.body)
            .map_err(|e| Refusal::rule(format!("The request body is no JSON: {e}")))?;
        let body = body
            .as_object()
            .ok_or_else(|| Refusal::rule("Value cannot be null. Parameter name: entity"))?;
        match verb {
            "POST" => self.create(entity, parent_id, body, writer).map(item_id),
            "PATCH" => self
                .update(entity, parent_id, body, super::write::Omitted::Stay, writer)
                .map(item_id),
            _ => self
                .update(
                    entity,
                    parent_id,
                    body,
                    super::write::Omitted::BecomeNull,
                    writer,
                )
                .map(item_id),
        }
    }

    fn child_verb_at_root(&self, entity: EntityId, request: &Request) -> Response {
        let child = !schema().entities[entity].is_written_at_root() && request.method != "GET";
        if child && self.switches.child_verb_at_root.is("404") {
            not_found(request)
        } else {
            verb_not_allowed(&request.method)
        }
    }

    fn query(&self, entity: EntityId, request: &Request) -> Result<Response, Refusal> {
        let Some(origin) = origin_of(request) else {
            return Ok(verb_not_allowed(&request.method));
        };
        let query = self.parse_query(entity, request, origin)?;
        self.page(entity, &query, request, origin, FIRST_PAGE)
    }

    fn next_page(&self, entity: EntityId, request: &Request) -> Result<Response, Refusal> {
        let searched = query_parameter(&request.query, "search").is_some();
        let Some(origin) =
            origin_of(request).filter(|origin| matches!(origin, Origin::Get(_)) == searched)
        else {
            return Ok(verb_not_allowed(&request.method));
        };
        let mut query = self.parse_query(entity, request, origin)?;
        let (after, size) = paging::read_paging(&request.query)
            .ok_or_else(|| Refusal::rule("The paging parameter is invalid."))?; // text unconfirmed
        query.rows_max = size.clamp(1, PAGE_ROWS_MAX);
        self.page(entity, &query, request, origin, after)
    }

    fn page(
        &self,
        entity: EntityId,
        query: &Query,
        request: &Request,
        origin: Origin<'_>,
        after: i64,
    ) -> Result<Response, Refusal> {
        let page = query.page(&self.tables[entity], after);
        let next = page.rows.last().filter(|_| page.more).map(|last| {
            let url = format!(
                "{}/ATServicesRest/V1.0/{}/query",
                request.origin,
                schema().entities[entity].name
            );
            paging::next_page_url(&url, origin, query.rows_max, after, last.id)
        });
        let without_id =
            matches!(&query.included, Included::Only { fields, .. } if !fields.contains(&0));
        if next.is_some() && without_id {
            return Err(Refusal::rule(
                "IncludeFields must contain id when the result has more than one page.",
            )); // text unconfirmed
        }
        Ok(self.items(
            entity,
            &page.rows,
            &query.included,
            query.rows_max,
            next.as_deref(),
        ))
    }

    fn count(&self, entity: EntityId, request: &Request) -> Result<Response, Refusal> {
        let Some(origin) = origin_of(request) else {
            return Ok(verb_not_allowed(&request.method));
        };
        let count = self
            .parse_query(entity, request, origin)?
            .count(&self.tables[entity]);
        Ok(json_response(200, json!({"queryCount": count}).to_string()))
    }

    fn parse_query(
        &self,
        entity: EntityId,
        request: &Request,
        origin: Origin<'_>,
    ) -> Result<Query, Refusal> {
        let body: Result<Value, _> = match origin {
            Origin::Post => serde_json::from_slice(&request.body),
            Origin::Get(search) => serde_json::from_str(&percent_decode(search)),
        };
        let body = body.map_err(|_| Refusal::rule(NO_MODEL))?;
        let context = Context {
            entity: &schema().entities[entity],
            udf_names: &self.udf_names(entity),
            zone: &jiff::tz::TimeZone::UTC,
        };
        Query::parse(&body, &context).map_err(Refusal::rule)
    }

    fn row(&self, entity: EntityId, id: i64, parent_id: Option<i64>) -> Response {
        let key = schema().entities[entity]
            .parent
            .as_ref()
            .map(|parent| parent.key);
        let row = self.tables[entity]
            .get(id)
            .filter(|row| match (parent_id, key) {
                (Some(parent_id), Some(key)) => row.get(key).as_int() == Some(parent_id),
                _ => true,
            });
        match row {
            Some(row) => self.item(entity, row),
            None if self.switches.missing_id.is("null") => {
                json_response(200, "{\"item\":null}".to_owned())
            }
            None => empty(404),
        }
    }

    fn children(&self, child: EntityId, parent_id: i64) -> Response {
        let key = schema().entities[child]
            .parent
            .as_ref()
            .map_or(0, |parent| parent.key);
        let table = &self.tables[child];
        let ids = table.ids_by(key, parent_id).unwrap_or_default();
        let rows: Vec<_> = ids
            .iter()
            .filter_map(|id| table.get(*id))
            .take(PAGE_ROWS_MAX)
            .collect();
        self.items(child, &rows, &Included::All, PAGE_ROWS_MAX, None)
    }

    fn zone_information(&self, request: &Request) -> Response {
        let user = query_parameter(&request.query, "user").map(percent_decode);
        if user.is_none_or(|user| self.users.find(&user).is_none()) {
            return Refusal::rule("Zone information could not be determined").response();
        }
        let zone = json!({
            "zoneName": "Simulated Zone",
            "url": format!("{}/atservicesrest/", request.origin),
            "webUrl": format!("{}/", request.origin),
            "ci": 123_456,
        });
        json_response(200, zone.to_string())
    }
}

/// How a query came; none for other verbs. A GET without `search` is an empty one.
fn origin_of(request: &Request) -> Option<Origin<'_>> {
    match request.method.as_str() {
        "POST" => Some(Origin::Post),
        "GET" => Some(Origin::Get(
            query_parameter(&request.query, "search").unwrap_or_default(),
        )),
        _ => None,
    }
}

pub(super) fn permission(verb: &str) -> Refusal {
    Refusal::rule(format!(
        "The logged in Resource does not have the adequate permissions to {verb} this entity type."
    ))
}
