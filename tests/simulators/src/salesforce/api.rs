//! Which resource a call means. Composite resources come back here with the calls they hold.

use super::batch;
use super::call::{Call, Reply, Who};
use super::collections;
use super::composite;
use super::describe;
use super::graph;
use super::limits::Usage;
use super::org::Org;
use super::query::{self, Locators};
use super::records;
use super::refusal::{Fault, Refusal};
use super::replication;
use super::schema::Object;
use super::soql::Scope;
use super::tooling;
use super::versions;
use super::writes::{Hand, Writer};

pub struct Api<'a> {
    pub org: &'a mut Org,
    pub locators: &'a mut Locators,
    pub usage: &'a mut Usage,
    pub who: Who,
}

impl Api<'_> {
    pub fn answer(&mut self, call: &Call) -> Result<Reply, Refusal> {
        let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
        let method = call.method.as_str();
        match segments.as_slice() {
            [] => only(method, &["GET"]).map(|()| versions::resources(&self.who)),
            ["limits"] => only(method, &["GET"]).map(|()| Reply::ok(self.usage.limits(self.org))),
            [way @ ("query" | "queryAll")] => {
                only(method, &["GET"])?;
                let scope = if *way == "queryAll" {
                    Scope::All
                } else {
                    Scope::Live
                };
                query::first(self, call, way, scope)
            }
            [way @ ("query" | "queryAll"), locator] => {
                only(method, &["GET"])?;
                query::next(self, way, locator)
            }
            ["sobjects"] => only(method, &["GET"]).and_then(|()| describe::global(self, call)),
            ["sobjects", object] => match method {
                "GET" => describe::basic(self, object),
                "POST" => records::create(self, object, call),
                _ => Err(Refusal::method()),
            },
            ["sobjects", object, "describe"] => {
                only(method, &["GET"]).and_then(|()| describe::whole(self, object, call))
            }
            ["sobjects", object, "updated"] => {
                only(method, &["GET"]).and_then(|()| replication::updated(self, object, call))
            }
            ["sobjects", object, "deleted"] => {
                only(method, &["GET"]).and_then(|()| replication::deleted(self, object, call))
            }
            ["sobjects", object, "Id"] => only(method, &["POST"])
                .and_then(|()| records::create_by_null_id(self, object, call)),
            ["sobjects", object, id] => records::by_id(self, object, id, call),
            ["sobjects", object, field, value] => {
                records::by_external_id(self, object, field, value, call)
            }
            ["composite"] => only(method, &["POST"]).and_then(|()| composite::answer(self, call)),
            ["composite", "batch"] => {
                only(method, &["POST"]).and_then(|()| batch::answer(self, call))
            }
            ["composite", "graph"] if self.who.version >= 50 => {
                only(method, &["POST"]).and_then(|()| graph::answer(self, call))
            }
            ["composite", "sobjects", rest @ ..] => collections::answer(self, rest, call),
            ["tooling", rest @ ..] => tooling::answer(self, rest, call),
            _ => Err(Refusal::not_found()),
        }
    }

    /// An object that the user sees.
    pub fn object(&self, name: &str) -> Result<Object, Refusal> {
        let object = self.org.schema.visible(name);
        object.cloned().ok_or_else(Refusal::not_found)
    }

    pub fn writer(&mut self, call: &Call) -> Writer<'_> {
        Writer {
            hand: Hand::Api,
            user: self.who.user.clone(),
            now: self.who.now,
            allow_save: call.allows_duplicates(),
            org: self.org,
        }
    }
}

pub fn only(method: &str, allowed: &[&str]) -> Result<(), Refusal> {
    match allowed.contains(&method) {
        true => Ok(()),
        false => {
            let message = format!(
                "HTTP Method '{method}' not allowed. Allowed are {}",
                allowed.join(",")
            );
            Err(Fault::new("METHOD_NOT_ALLOWED", message).into())
        }
    }
}
