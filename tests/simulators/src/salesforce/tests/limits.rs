//! What may be called how often.

use serde_json::{Value, json};

use super::{Lab, header, json_of, refusal};

#[test]
fn every_call_counts_and_says_so() {
    let mut lab = Lab::new();
    let response = lab.send("GET", "limits", &[], "");
    assert_eq!(
        header(&response, "sforce-limit-info"),
        Some("api-usage=1/100000")
    );
    assert_eq!(
        json_of(&response)["DailyApiRequests"],
        json!({ "Max": 100_000, "Remaining": 99_999 })
    );
    // A refused call counts too; the list of versions does not.
    let refused = lab.send("GET", "sobjects/Nothing", &[], "");
    assert_eq!(
        header(&refused, "sforce-limit-info"),
        Some("api-usage=2/100000")
    );
    lab.raw("GET", "/services/data", &[], "");
    lab.set("limit_info_long", true);
    let long = lab.send("GET", "limits", &[], "");
    assert!(
        header(&long, "sforce-limit-info")
            .unwrap()
            .starts_with("api-usage=3/100000; api-bursts=")
    );
}

#[test]
fn a_day_without_calls_left() {
    let mut lab = Lab::with("daily_api_requests", 10);
    lab.control(json!({ "do": "other_calls", "count": 9 }));
    lab.get("limits");
    let response = lab.send("GET", "limits", &[], "");
    assert_eq!(
        refusal(&response),
        (403, "REQUEST_LIMIT_EXCEEDED".to_owned())
    );
    assert_eq!(
        json_of(&response)[0]["message"],
        "TotalRequests Limit exceeded."
    );
    assert!(header(&response, "retry-after").is_none());
    lab.set("session_idle_s", 1_000_000);
    lab.later(86_400);
    lab.get("limits");
}

#[test]
fn an_edition_without_api() {
    let mut lab = Lab::with("api_disabled", true);
    assert_eq!(
        lab.refused("GET", "limits", Value::Null),
        (403, "API_DISABLED_FOR_ORG".to_owned())
    );
}

#[test]
fn too_many_at_once() {
    let mut lab = Lab::new();
    lab.in_flight = 25;
    lab.get("limits");
    lab.in_flight = 26;
    let response = lab.send("GET", "limits", &[], "");
    assert_eq!(
        refusal(&response),
        (403, "REQUEST_LIMIT_EXCEEDED".to_owned())
    );
    assert!(
        json_of(&response)[0]["message"]
            .as_str()
            .unwrap()
            .starts_with("ConcurrentRequests")
    );
    lab.set("concurrent_requests", 0);
    lab.get("limits");
    assert_eq!(lab.refused("GET", "limits/more", Value::Null).0, 404);
}
