//! The bridge as a client sees it, over the seed that ships.

mod cards;
mod control;
mod documents;
mod reading;
#[rustfmt::skip] // One case a line.
mod refusals;
mod screen;

use serde_json::{Value, json};

use crate::simulator::{NowMs, Request, Response, Simulator};

/// 2026-03-05 14:00 in Québec.
const START: NowMs = 1_772_737_200_000;
const ATELIER: i32 = 2;

struct Lab {
    acomba: super::Acomba,
    now: NowMs,
    key: &'static str,
}

impl Lab {
    fn new() -> Self {
        let seed = serde_json::from_str(include_str!("../../../seeds/acomba.json")).unwrap();
        let mut acomba = super::new();
        acomba.seed(&seed, START).unwrap();
        Self {
            acomba,
            now: START + 60_000,
            key: "acme-key-0001",
        }
    }

    fn request(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Request {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut all = vec![("x-api-key".to_owned(), self.key.to_owned())];
        if !body.is_empty() {
            all.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        all.extend(
            headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: all,
            body: body.as_bytes().to_vec(),
            origin: "http://bridge".to_owned(),
            in_flight: 1,
        }
    }

    fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        let request = self.request(method, target, headers, body);
        self.acomba.handle(&request, self.now)
    }

    fn get(&mut self, target: &str) -> (u16, Value) {
        parts(&self.send("GET", target, &[], ""))
    }

    fn post(&mut self, target: &str, key: &str, body: &Value) -> (u16, Value) {
        parts(&self.send(
            "POST",
            target,
            &[("idempotency-key", key)],
            &body.to_string(),
        ))
    }

    fn patch(&mut self, target: &str, if_match: &str, body: &Value) -> (u16, Value) {
        let quoted = format!("\"{if_match}\"");
        let headers: &[(&str, &str)] = if if_match.is_empty() {
            &[]
        } else {
            &[("if-match", &quoted)]
        };
        parts(&self.send("PATCH", target, headers, &body.to_string()))
    }

    #[track_caller]
    fn control(&mut self, action: &Value) -> Value {
        let mut action = action.clone();
        action
            .as_object_mut()
            .unwrap()
            .entry("company")
            .or_insert(json!("acme"));
        self.acomba.control(&action, self.now).unwrap()
    }

    fn later(&mut self, seconds: i64) {
        self.now += seconds * 1000;
    }
}

fn parts(response: &Response) -> (u16, Value) {
    (
        response.status,
        serde_json::from_slice(&response.body).unwrap(),
    )
}

/// The invoice of the reference, for the atelier.
fn invoice() -> Value {
    serde_json::from_str(
        r#"{ "InInvoiceType":"ITp_Invoice","InCustomerSupplierCP":2,"InReference":"AT-1205",
          "InDescription":"Autotask 1205","InDate":"2026-03-05",
          "Lines":[
           {"ILType":"IL_Invoice","ILLineNumber":1,"ILProductNumber":"INSTALL","ILDescription":"Installation",
            "ILInvoicedQty":2,"ILOrderedQty":2,"ILSellingPrice":125.0,"ILTotalAmount":250.0},
           {"ILType":"IL_Invoice","ILLineNumber":2,"ILProductNumber":"","ILProductGroupNumber":600,
            "ILDescription":"Main-d'œuvre hors catalogue","ILInvoicedQty":1,"ILOrderedQty":1,
            "ILSellingPrice":80.0,"ILTotalAmount":80.0},
           {"ILType":"IL_Freight","ILLineNumber":991,"ILTotalAmount":15.0},
           {"ILType":"IL_Tax","ILLineNumber":992,"ILProductNumber":"TPS","ILTotalAmount":17.25},
           {"ILType":"IL_Tax","ILLineNumber":993,"ILProductNumber":"TVQ","ILTotalAmount":34.41} ],
          "InInvoiceSubTotal":345.0,"InInvoiceTotal":396.66 }"#,
    )
    .unwrap()
}

#[test]
fn the_seed_holds_what_the_checklist_asks_for() {
    let mut lab = Lab::new();
    let state = lab.acomba.state();
    let acme = &state["companies"]["acme"];
    for (interface, least) in [
        ("CustomerTerm", 3),
        ("Customer", 10),
        ("Product", 10),
        ("Supplier", 2),
        ("Salesperson", 5),
        ("Territory", 4),
        ("ProductGroup", 5),
        ("Transaction", 17),
    ] {
        assert!(
            acme[interface].as_array().unwrap().len() >= least,
            "{interface}"
        );
    }
    assert_eq!(acme["reserved"].as_array().unwrap().len(), 1);
    let (_, info) = lab.get("/v1/acme/info");
    assert_eq!(
        (&info["Language"], &info["CompanyName"]),
        (&json!("fr"), &json!("Informatique Boréale inc."))
    );
    let (_, atelier) = lab.get("/v1/acme/Customer/2");
    assert_eq!(atelier["ModifiedAt"], "2026-03-05T14:00:00-05:00");
    assert_eq!(
        atelier["CuEMail"],
        json!({ "EMail_One": "info@atelier.example", "EMail_Two": "", "EMail_Three": "" })
    );
    assert_eq!(
        (&atelier["CuTermCP"], &atelier["CuInvoicedToCP"]),
        (&json!(2), &json!(2))
    );
}
