//! Records as answers show them, and as tests see them.

use serde_json::{Map, Value};

use super::company::{Company, Row};
use super::path::{self, Path};
use super::schema::Object;
use super::value;
use super::wire::Element;

/// One record under the given element name; empty fields are there, empty.
pub fn record(company: &Company, name: &str, paths: &[Path], row: &Row, offset: i64) -> Element {
    let children = paths.iter().map(|path| {
        let kept = path.value(company, row);
        Element::leaf(path.name.as_str(), value::show(&path.field, &kept, offset))
    });
    Element::with(name, children.collect())
}

/// Every field that holds something, in the form of the wire, UTC.
pub fn as_json(company: &Company, object: &'static Object, row: &Row) -> Value {
    let docparid = Some(row.get("DOCPARID")).filter(|id| !id.is_empty());
    let shown = path::all(company, object, docparid)
        .into_iter()
        .filter(|path| path.field.name != "RECORD_URL");
    let shown = shown.filter_map(|path| {
        let kept = path.value(company, row);
        let text = value::show(&path.field, &kept, 0);
        (!text.is_empty()).then(|| (path.name.clone(), Value::String(text)))
    });
    Value::Object(shown.collect::<Map<_, _>>())
}

/// Rows without the envelope, as `returnformat` asks: JSON or CSV.
pub fn bare(rows: &[Element], format: &str) -> (&'static str, String) {
    if format == "json" {
        let rows = rows.iter().map(|row| {
            let fields = row.children.iter();
            let fields = fields.map(|one| (one.name.clone(), Value::String(one.text.clone())));
            Value::Object(fields.collect::<Map<_, _>>())
        });
        return ("application/json", Value::Array(rows.collect()).to_string());
    }
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut out = String::new();
    if let Some(first) = rows.first() {
        let names: Vec<_> = first.children.iter().map(|one| quoted(&one.name)).collect();
        out.push_str(&names.join(","));
        out.push('\n');
    }
    for row in rows {
        let values: Vec<_> = row.children.iter().map(|one| quoted(&one.text)).collect();
        out.push_str(&values.join(","));
        out.push('\n');
    }
    ("text/csv", out)
}
