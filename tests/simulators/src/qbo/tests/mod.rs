//! QuickBooks Online as a client sees it, over the seed that ships.

mod access;
mod again;
mod queries;
mod served;
mod writes;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::simulator::{NowMs, Request, Response, Simulator};

/// 2026-03-05 14:00 in Québec.
const START: NowMs = 1_772_737_200_000;
const REALM: &str = "9130347000000001";
const CLIENT: &str = "ABliaisonSimulatedClient0001";
const SECRET: &str = "simulated-client-secret";
const REFRESH: &str = "AB11liaison-simulated-refresh-token-0001";
const REDIRECT: &str = "https://liaison.example/oauth/callback";

struct Lab {
    site: super::QuickBooksOnline,
    now: NowMs,
    token: String,
    in_flight: usize,
}

fn seed() -> Value {
    serde_json::from_str(include_str!("../../../seeds/qbo.json")).unwrap()
}

fn json_of(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

impl Lab {
    fn new() -> Self {
        let mut site = super::new();
        site.seed(&seed(), START).unwrap();
        let mut lab = Self {
            site,
            now: START + 60_000,
            token: String::new(),
            in_flight: 1,
        };
        let answer = lab.refresh(REFRESH);
        assert_eq!(answer["refresh_token"], REFRESH);
        lab
    }

    fn with(switch: &str, value: impl Into<Value>) -> Self {
        let mut lab = Self::new();
        lab.set(switch, value);
        lab
    }

    fn set(&mut self, switch: &str, value: impl Into<Value>) {
        let value: Value = value.into();
        self.act(json!({ "do": "set", "switch": switch, "value": value }));
    }

    #[track_caller]
    fn act(&mut self, action: Value) -> Value {
        self.site.control(&action, self.now).unwrap()
    }

    fn raw(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = headers.iter();
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: body.as_bytes().to_vec(),
            origin: "http://127.0.0.1:8443".to_owned(),
            in_flight: self.in_flight,
        };
        self.site.handle(&request, self.now)
    }

    fn token_response(&mut self, form: &str) -> Response {
        let basic = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{SECRET}")));
        let headers = [
            ("authorization", basic.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.raw("POST", "/oauth2/v1/tokens/bearer", &headers, form)
    }

    /// The token's answer; the lab goes on with its access token.
    #[track_caller]
    fn refresh(&mut self, value: &str) -> Value {
        let form = format!("grant_type=refresh_token&refresh_token={value}");
        let response = self.token_response(&form);
        let answer = json_of(&response);
        assert_eq!(response.status, 200, "{answer}");
        answer["access_token"]
            .as_str()
            .unwrap()
            .clone_into(&mut self.token);
        answer
    }

    /// A call of the company, after its realm.
    fn send(&mut self, method: &str, target: &str, body: &str) -> Response {
        let bearer = format!("Bearer {}", self.token);
        let kind = match target.starts_with("query") {
            true => "application/text",
            false => "application/json",
        };
        let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
        self.raw(
            method,
            &format!("/v3/company/{REALM}/{target}"),
            &headers,
            body,
        )
    }

    #[track_caller]
    fn get(&mut self, target: &str) -> Value {
        let response = self.send("GET", target, "");
        let answer = json_of(&response);
        assert_eq!(response.status, 200, "{answer}");
        answer
    }

    #[track_caller]
    fn post(&mut self, target: &str, body: &Value) -> Value {
        let response = self.send("POST", target, &body.to_string());
        let answer = json_of(&response);
        assert_eq!(response.status, 200, "{answer}");
        answer
    }

    /// The code of a fault.
    #[track_caller]
    fn refused(&mut self, target: &str, body: &Value) -> String {
        let response = self.send("POST", target, &body.to_string());
        let answer = json_of(&response);
        assert_eq!(response.status, 400, "{answer}");
        code(&answer)
    }

    /// The `QueryResponse`.
    #[track_caller]
    fn query(&mut self, text: &str) -> Value {
        let response = self.send("POST", "query", text);
        let answer = json_of(&response);
        assert_eq!(response.status, 200, "{answer}");
        answer["QueryResponse"].clone()
    }

    /// The id of a record by its name.
    #[track_caller]
    fn id(&self, entity: &str, name: &str) -> String {
        let kind = super::schema::entity(entity).unwrap();
        let row = super::seed::find(&self.site.company, kind, name);
        row.unwrap_or_else(|| panic!("no {name}"))
            .id
            .as_str()
            .to_owned()
    }

    fn invoice(&self, number: &str) -> Value {
        let (customer, item) = (self.id("Customer", "BOREALE"), self.id("Item", "LIVRAISON"));
        json!({
            "DocNumber": number, "CustomerRef": { "value": customer },
            "Line": [{
                "DetailType": "SalesItemLineDetail", "Amount": 170,
                "SalesItemLineDetail": { "ItemRef": { "value": item }, "Qty": 2, "UnitPrice": 85 },
            }],
        })
    }
}

#[track_caller]
fn code(answer: &Value) -> String {
    let code = answer["Fault"]["Error"][0]["code"].as_str();
    code.unwrap_or_else(|| panic!("no fault: {answer}"))
        .to_owned()
}

#[test]
fn an_invoice_is_made_changed_and_deleted() {
    let mut lab = Lab::new();
    let body = lab.invoice("2001");
    let made = lab.post("invoice?minorversion=75", &body)["Invoice"].clone();
    assert_eq!(
        (
            &made["TotalAmt"],
            &made["Balance"],
            &made["SyncToken"],
            &made["DueDate"]
        ),
        (&json!(170), &json!(170), &json!("0"), &json!("2026-04-04"))
    );
    assert_eq!(
        made["Line"][0]["SalesItemLineDetail"]["ItemRef"]["name"],
        "LIVRAISON"
    );
    assert_eq!(made["Line"][1]["DetailType"], "SubTotalLineDetail");
    let id = made["Id"].as_str().unwrap();
    let note = json!({ "Id": id, "SyncToken": "0", "sparse": true, "PrivateNote": "n" });
    let changed = lab.post("invoice", &note)["Invoice"].clone();
    assert_eq!(
        (
            &changed["SyncToken"],
            &changed["PrivateNote"],
            &changed["TotalAmt"]
        ),
        (&json!("1"), &json!("n"), &json!(170))
    );
    assert_eq!(lab.refused("invoice", &note), "5010");
    let key = json!({ "Id": id, "SyncToken": "1" });
    let gone = lab.post("invoice?operation=delete", &key)["Invoice"].clone();
    assert_eq!(gone["status"], "Deleted");
    let response = lab.send("GET", &format!("invoice/{id}"), "");
    assert_eq!(
        (response.status, code(&json_of(&response))),
        (400, "610".to_owned())
    );
}
