//! What an org says of its objects: the list, the short form, the whole of one.

use serde_json::{Map, Value, json};

use super::api::Api;
use super::call::{Call, Reply};
use super::conditional::{self, Verdict};
use super::field::{Access, Field};
use super::kind::Kind;
use super::org::Org;
use super::refusal::Refusal;
use super::schema::Object;
use super::show;
use super::time;
use super::writes::writable;

/// The record type that every object has, and no row stands for.
const MASTER: &str = "012000000000000AAA";

/// `GET …/sobjects`
pub fn global(api: &Api<'_>, call: &Call) -> Result<Reply, Refusal> {
    let changed = api
        .org
        .schema
        .objects()
        .map(|object| object.changed)
        .max()
        .unwrap_or(0);
    if conditional::since(call, changed) == Verdict::NotModified {
        return Ok(Reply::empty(304));
    }
    let visible = api.org.schema.objects().filter(|object| !object.hidden);
    let objects: Vec<Value> = visible.map(|object| short(api, object).into()).collect();
    let body = json!({ "encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects });
    Ok(Reply::ok(body).with("last-modified", time::http_date(changed)))
}

/// `GET …/sobjects/X`
pub fn basic(api: &Api<'_>, name: &str) -> Result<Reply, Refusal> {
    let object = api.object(name)?;
    let version = api.who.version_text();
    let mut rows: Vec<_> = api.org.table(&object.name).live().collect();
    rows.sort_by(|a, b| b.text("LastModifiedDate").cmp(a.text("LastModifiedDate")));
    let recent: Vec<Value> = rows
        .iter()
        .take(5)
        .map(|row| {
            let name = object.name_field().map(|field| show::raw(row, field));
            json!({
                "attributes": show::attributes(&object.name, &row.id, &version),
                "Id": row.id,
                "Name": name,
            })
        })
        .collect();
    Ok(Reply::ok(
        json!({ "objectDescribe": short(api, &object), "recentItems": recent }),
    ))
}

/// `GET …/sobjects/X/describe`
pub fn whole(api: &Api<'_>, name: &str, call: &Call) -> Result<Reply, Refusal> {
    let object = api.object(name)?;
    if conditional::since(call, object.changed) == Verdict::NotModified {
        return Ok(Reply::empty(304));
    }
    let mut body = short(api, &object);
    let there = object
        .fields()
        .filter(|field| !field.is_hidden() && show::is_there(api.org, &object, field));
    let fields: Vec<Value> = there
        .map(|field| described(api.org, &object, field))
        .collect();
    body.insert("fields".to_owned(), fields.into());
    let children = api.org.schema.pointing_to(&object.name).into_iter();
    let children: Vec<Value> = children
        .filter(|(child, field)| !child.hidden && !field.is_hidden())
        .map(|(child, field)| {
            json!({
                "cascadeDelete": field.cascade,
                "childSObject": child.name,
                "deprecatedAndHidden": false,
                "field": field.name,
                "junctionIdListNames": [],
                "junctionReferenceTo": [],
                "relationshipName": field.children,
                "restrictedDelete": false,
            })
        })
        .collect();
    body.insert("childRelationships".to_owned(), children.into());
    body.insert("recordTypeInfos".to_owned(), record_types(api, &object));
    Ok(Reply::ok(Value::Object(body)).with("last-modified", time::http_date(object.changed)))
}

fn short(api: &Api<'_>, object: &Object) -> Map<String, Value> {
    let url = format!(
        "/services/data/v{}/sobjects/{}",
        api.who.version_text(),
        object.name
    );
    let writable = !object.read_only;
    let shown = json!({
        "activateable": false,
        "createable": writable,
        "custom": object.custom,
        "customSetting": false,
        "deletable": writable && object.deletable && !object.event,
        "deprecatedAndHidden": false,
        "feedEnabled": false,
        "hasSubtypes": false,
        "isSubtype": false,
        "keyPrefix": object.prefix,
        "label": object.label,
        "labelPlural": object.plural,
        "layoutable": !object.event,
        "mergeable": matches!(object.name.as_str(), "Account" | "Contact"),
        "mruEnabled": !object.event,
        "name": object.name,
        "queryable": !object.event,
        "replicateable": is_replicateable(object),
        "retrieveable": !object.event,
        "searchable": !object.event,
        "triggerable": true,
        "undeletable": writable && object.deletable && !object.event,
        "updateable": writable && !object.event,
        "urls": {
            "sobject": url,
            "describe": format!("{url}/describe"),
            "rowTemplate": format!("{url}/{{ID}}"),
        },
    });
    match shown {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Whether its changes can be asked for.
pub fn is_replicateable(object: &Object) -> bool {
    !object.event && !object.read_only
}

fn described(org: &Org, object: &Object, field: &Field) -> Value {
    let may = |is_new| {
        field.access == Access::Write && !object.read_only && writable(org, object, field, is_new)
    };
    let is_text = field.kind.is_text() || matches!(field.kind, Kind::Id | Kind::Reference);
    let length = if is_text { field.length } else { 0 };
    let is_default = |value: &String| field.default.as_ref().and_then(Value::as_str) == Some(value);
    let values: Vec<Value> = field
        .values
        .iter()
        .map(|value| {
            json!({ "active": true, "defaultValue": is_default(value), "label": value, "validFor": null, "value": value })
        })
        .collect();
    let digits = if field.kind == Kind::Int {
        field.precision
    } else {
        0
    };
    let precision = if field.kind == Kind::Int {
        0
    } else {
        field.precision
    };
    json!({
        "aggregatable": field.filterable,
        "autoNumber": field.auto.is_some(),
        "byteLength": length * 3,
        "calculated": field.calculated,
        "calculatedFormula": null,
        "cascadeDelete": field.cascade,
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": compound(object, field),
        "controllerName": null,
        "createable": may(true),
        "custom": field.is_custom(),
        "defaultValue": if field.kind == Kind::Boolean { field.default.clone().unwrap_or(false.into()) } else { field.default.clone().unwrap_or_default() },
        "defaultedOnCreate": field.defaulted,
        "dependentPicklist": false,
        "deprecatedAndHidden": false,
        "digits": digits,
        "encrypted": false,
        "externalId": field.external_id,
        "filterable": field.filterable,
        "groupable": field.filterable && !matches!(field.kind, Kind::Currency | Kind::Double | Kind::Percent | Kind::Datetime),
        "htmlFormatted": false,
        "idLookup": field.kind == Kind::Id || field.external_id,
        "inlineHelpText": null,
        "label": field.label,
        "length": length,
        "name": field.name,
        "nameField": field.name_field,
        "nillable": field.is_nillable(),
        "permissionable": !field.required && !field.name_field && field.kind != Kind::Id,
        "picklistValues": values,
        "precision": precision,
        "referenceTo": field.to,
        "relationshipName": field.relationship,
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "soapType": field.kind.soap(),
        "sortable": field.filterable,
        "type": field.kind.word(),
        "unique": field.unique,
        "updateable": may(false),
    })
}

/// The address that a part belongs to.
fn compound(object: &Object, field: &Field) -> Option<String> {
    let parts = [
        "Street",
        "City",
        "State",
        "PostalCode",
        "Country",
        "Latitude",
        "Longitude",
        "GeocodeAccuracy",
    ];
    let way = parts
        .iter()
        .find_map(|part| field.name.strip_suffix(part))?;
    let whole = format!("{way}Address");
    object.field(&whole).map(|_| whole)
}

fn record_types(api: &Api<'_>, object: &Object) -> Value {
    let url = |id: &str| json!({ "layout": format!("/services/data/v{}/sobjects/{}/describe/layouts/{id}", api.who.version_text(), object.name) });
    let mine = api.org.table("RecordType").live();
    let mine = mine.filter(|kind| kind.text("SobjectType").eq_ignore_ascii_case(&object.name));
    let mut shown: Vec<Value> = mine
        .map(|kind| {
            json!({
                "active": kind.flag("IsActive"),
                "available": kind.flag("IsActive"),
                "defaultRecordTypeMapping": false,
                "developerName": kind.text("DeveloperName"),
                "master": false,
                "name": kind.text("Name"),
                "recordTypeId": kind.id,
                "urls": url(&kind.id),
            })
        })
        .collect();
    shown.push(json!({
        "active": true,
        "available": true,
        "defaultRecordTypeMapping": true,
        "developerName": "Master",
        "master": true,
        "name": "Master",
        "recordTypeId": MASTER,
        "urls": url(MASTER),
    }));
    shown.into()
}
