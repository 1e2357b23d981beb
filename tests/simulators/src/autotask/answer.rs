//! The forms of an answer: items, pages, errors with status 500, the framework's 404 and 405.

use serde_json::{Value, json};

use super::Autotask;
use super::cell::write_text;
use super::query::Included;
use super::schema::{EntityId, schema};
use super::table::Row;
use crate::simulator::{Request, Response};

/// Why a call was refused, in the vendor's words.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    pub status: u16,
    pub errors: Vec<String>,
}

impl Refusal {
    /// Validation and business rules: always 500.
    pub fn rule(text: impl Into<String>) -> Self {
        Self {
            status: 500,
            errors: vec![text.into()],
        }
    }

    pub fn response(&self) -> Response {
        json_response(self.status, json!({"errors": self.errors}).to_string())
    }
}

pub fn json_response(status: u16, body: String) -> Response {
    let headers = vec![(
        "content-type".to_owned(),
        "application/json; charset=utf-8".to_owned(),
    )];
    Response {
        status,
        headers,
        body: body.into_bytes(),
        delay_ms: 0,
    }
}

pub fn empty(status: u16) -> Response {
    Response {
        status,
        headers: Vec::new(),
        body: Vec::new(),
        delay_ms: 0,
    }
}

pub fn not_found(request: &Request) -> Response {
    let text = format!(
        "No HTTP resource was found that matches the request URI '{}{}'.",
        request.origin, request.path
    );
    json_response(404, json!({"Message": text}).to_string())
}

/// IIS refuses an over-long address before the vendor's code sees it.
pub fn iis_not_found() -> Response {
    let page = "<!DOCTYPE html><html><head><title>404 - File or directory not found.</title></head>\
        <body><h2>404 - File or directory not found.</h2></body></html>";
    let headers = vec![("content-type".to_owned(), "text/html".to_owned())];
    Response {
        status: 404,
        headers,
        body: page.as_bytes().to_vec(),
        delay_ms: 0,
    }
}

pub fn verb_not_allowed(method: &str) -> Response {
    let text = format!("The requested resource does not support http method '{method}'.");
    json_response(405, json!({"Message": text}).to_string())
}

pub fn item_id(id: i64) -> Response {
    json_response(200, format!("{{\"itemId\":{id}}}"))
}

impl Autotask {
    pub(super) fn item(&self, entity: EntityId, row: &Row) -> Response {
        let mut body = "{\"item\":".to_owned();
        self.write_row(entity, row, &Included::All, &mut body);
        body.push('}');
        json_response(200, body)
    }

    pub(super) fn items(
        &self,
        entity: EntityId,
        rows: &[&Row],
        included: &Included,
        rows_max: usize,
        next: Option<&str>,
    ) -> Response {
        let mut body = String::with_capacity(64 + rows.len() * 1024);
        body.push_str("{\"items\":[");
        for (at, row) in rows.iter().enumerate() {
            if at > 0 {
                body.push(',');
            }
            self.write_row(entity, row, included, &mut body);
        }
        let next = next.map_or(Value::Null, |next| json!(next));
        let details = json!({"count": rows.len(), "requestCount": rows_max, "prevPageUrl": null, "nextPageUrl": next});
        body.push_str(&format!("],\"pageDetails\":{details}}}"));
        json_response(200, body)
    }

    /// Appends a row: every field of the entity, null when empty, then the user-defined ones.
    pub(super) fn write_row(
        &self,
        entity: EntityId,
        row: &Row,
        included: &Included,
        out: &mut String,
    ) {
        let fields = &schema().entities[entity].fields;
        let millis = self.switches.millis();
        out.push('{');
        let mut first = true;
        let mut write_field = |at: usize, out: &mut String| {
            if !std::mem::take(&mut first) {
                out.push(',');
            }
            out.push('"');
            out.push_str(fields[at].name);
            out.push_str("\":");
            row.get(at).write(millis, out);
        };
        match included {
            Included::All => (0..fields.len()).for_each(|at| write_field(at, out)),
            Included::Only { fields, .. } => fields.iter().for_each(|at| write_field(*at, out)),
        }
        if schema().entities[entity].udf.is_some() {
            let wanted = matches!(included, Included::All | Included::Only { udfs: true, .. });
            self.write_udfs(entity, row, wanted, out);
        }
        out.push('}');
    }

    fn write_udfs(&self, entity: EntityId, row: &Row, wanted: bool, out: &mut String) {
        let comma = if out.ends_with('{') { "" } else { "," };
        if !wanted || row.udfs.is_empty() {
            if self.switches.empty_udf.is("absent") {
                return;
            }
            let empty = if self.switches.empty_udf.is("null") {
                "null"
            } else {
                "[]"
            };
            out.push_str(&format!("{comma}\"userDefinedFields\":{empty}"));
            return;
        }
        out.push_str(comma);
        out.push_str("\"userDefinedFields\":[");
        for (at, name) in self.udf_names(entity).iter().enumerate() {
            out.push_str(if at > 0 { ",{\"name\":" } else { "{\"name\":" });
            write_text(name, out);
            out.push_str(",\"value\":");
            match row.udf(name) {
                Some(value) => write_text(value, out),
                None => out.push_str("null"),
            }
            out.push('}');
        }
        out.push(']');
    }
}
