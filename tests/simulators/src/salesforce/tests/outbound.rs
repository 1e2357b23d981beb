//! Messages that Salesforce sends.

use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::{Value, json};

use super::Lab;
use crate::simulator::Simulator;

fn lab() -> Lab {
    let mut lab = Lab::new();
    lab.control(json!({ "do": "add_outbound_message", "message": {
        "name": "sync", "object": "Contract", "fields": ["Status", "Name", "SpecialTerms", "StartDate", "Sync_Requested_At__c"],
        "when": "ia_crm__Sync_with_Intacct__c = TRUE",
    } }));
    lab
}

fn press(lab: &mut Lab, name: &str, name_now: &str) {
    lab.control(json!({ "do": "edit", "id": name, "set": { "ia_crm__Sync_with_Intacct__c": true, "Name": name_now, "Sync_Requested_At__c": "2026-03-05T19:01:00Z" } }));
}

fn taken(lab: &mut Lab) -> Vec<Value> {
    lab.control(json!({ "do": "take_outbound" }))
        .as_array()
        .unwrap()
        .clone()
}

#[test]
fn a_message_carries_the_record_as_it_is_when_sent() {
    let mut lab = lab();
    press(&mut lab, "@ctr-simard", "Avant");
    lab.control(json!({ "do": "edit", "id": "@ctr-simard", "set": { "Name": "Après & <plus>" } }));
    let messages = taken(&mut lab);
    assert_eq!(
        messages.len(),
        1,
        "an edit that keeps the condition sends nothing"
    );
    let text = messages[0]["envelope"].as_str().unwrap();
    for part in [
        "<notifications xmlns=\"http://soap.sforce.com/2005/09/outbound\">",
        &format!(
            "<OrganizationId>{}</OrganizationId>",
            lab.site.state()["org"].as_str().unwrap()
        ),
        "<SessionId xsi:nil=\"true\"/>",
        "<sObject xsi:type=\"sf:Contract\" xmlns:sf=\"urn:sobject.enterprise.soap.sforce.com\">",
        &format!("<sf:Id>{}</sf:Id>", lab.id("ctr-simard")),
        "<sf:Status>Draft</sf:Status>",
        "<sf:Name>Après &amp; &lt;plus&gt;</sf:Name>",
        "<sf:Sync_Requested_At__c>2026-03-05T19:01:00.000Z</sf:Sync_Requested_At__c>",
        "<Id>04l",
        "<ActionId>04k",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("SpecialTerms"), "nulls are left out");
    assert_eq!(taken(&mut lab).len(), 0);
}

#[test]
fn what_was_undone_sends_nothing_and_what_was_deleted_sends_no_data() {
    let mut lab = lab();
    let id = lab.id("ctr-simard");
    let item = json!({ "attributes": { "type": "Contract" }, "id": id, "ia_crm__Sync_with_Intacct__c": true });
    let bad = json!({ "attributes": { "type": "Contract" } });
    let body = json!({ "allOrNone": true, "records": [item, bad] });
    lab.send("PATCH", "composite/sobjects", &[], &body.to_string());
    assert_eq!(taken(&mut lab).len(), 0);
    press(&mut lab, "@ctr-simard", "x");
    lab.control(json!({ "do": "delete", "id": "@ctr-simard" }));
    let messages = taken(&mut lab);
    assert!(!messages[0]["envelope"].as_str().unwrap().contains("<sf:"));
}

#[test]
fn at_most_a_hundred_to_a_message() {
    let mut lab = lab();
    lab.control(json!({ "do": "bulk", "entity": "Contract", "count": 120 }));
    lab.control(json!({ "do": "add_outbound_message", "message": { "name": "all", "object": "Contract", "fields": ["Name"] } }));
    for row in lab.query("SELECT Id FROM Contract WHERE Name LIKE 'Contrat%'") {
        lab.patch(
            &format!("sobjects/Contract/{}", row["Id"].as_str().unwrap()),
            json!({ "Description": "x" }),
        );
    }
    let counts: Vec<usize> = taken(&mut lab)
        .iter()
        .map(|message| message["notifications"].as_array().unwrap().len())
        .collect();
    assert_eq!(counts, [100, 20]);
}

/// Answers so many posts with these bodies, and gives what was sent.
fn listener(answers: Vec<&'static str>) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let posts = answers.into_iter().map(|answer| {
            let (mut socket, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut part = [0; 4096];
            while !is_whole(&request) {
                let read = socket.read(&mut part).unwrap();
                request.extend_from_slice(&part[..read]);
            }
            let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", answer.len());
            socket.write_all(format!("{head}{answer}").as_bytes()).unwrap();
            String::from_utf8(request).unwrap()
        });
        posts.collect()
    });
    (url, thread)
}

/// Whether a request has come with all of its body.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, _)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.split("Content-Length: ").nth(1).unwrap();
    let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
    request.len() >= head.len() + 4 + length
}

fn deliver(lab: &mut Lab, url: &str) -> Result<Value, String> {
    let action = json!({ "do": "deliver_outbound", "url": url });
    lab.site.errand(&action, lab.now).unwrap()()
}

#[test]
fn a_message_comes_until_it_is_acknowledged() {
    let mut lab = lab();
    press(&mut lab, "@ctr-simard", "x");
    let (url, posts) = listener(vec!["<Ack>false</Ack>", "<Ack>true</Ack>"]);
    let first = deliver(&mut lab, &url).unwrap();
    assert_eq!(
        (&first[0]["acked"], &first[0]["notifications"]),
        (&json!(false), &json!(1))
    );
    assert_eq!(
        deliver(&mut lab, &url).unwrap(),
        json!([]),
        "not due again yet"
    );
    lab.later(60);
    assert_eq!(deliver(&mut lab, &url).unwrap()[0]["acked"], true);
    lab.later(600);
    assert_eq!(deliver(&mut lab, &url).unwrap(), json!([]));
    let posts = posts.join().unwrap();
    let id = |post: &str| post.split("<Id>").nth(1).unwrap()[..18].to_owned();
    assert_eq!(
        id(&posts[0]),
        id(&posts[1]),
        "the notification keeps its id"
    );
    assert!(
        posts[0].starts_with("POST /hook HTTP/1.1")
            && posts[0].contains("Content-Type: text/xml; charset=utf-8")
    );
}

#[test]
fn a_message_may_come_twice() {
    let mut lab = lab();
    lab.set("outbound_twice", true);
    lab.control(json!({ "do": "press", "id": "@ctr-simard", "button": "sync" }));
    let (url, posts) = listener(vec!["<Ack>true</Ack>", "<Ack>true</Ack>"]);
    assert_eq!(
        deliver(&mut lab, &url).unwrap().as_array().unwrap().len(),
        1
    );
    let posts = posts.join().unwrap();
    assert_eq!(posts[0], posts[1]);
}

#[test]
fn a_button_sets_its_fields() {
    let mut lab = Lab::new();
    let id = lab.id("ctr-simard");
    lab.control(json!({ "do": "press", "id": "@ctr-simard", "button": "sync", "by": "@vendeur" }));
    let row = lab.row("Contract", &id);
    assert_eq!(row["ia_crm__Sync_with_Intacct__c"], true);
    assert_eq!(row["Sync_Requested_At__c"], lab.stamp());
    assert_eq!(row["LastModifiedById"], lab.id("vendeur").as_str());
    for (id, button) in [("@ctr-simard", "other"), ("@atelier", "sync")] {
        lab.control_refused(json!({ "do": "press", "id": id, "button": button }));
    }
}

#[test]
fn a_flow_calls_out_once() {
    let mut lab = Lab::new();
    let (url, posts) = listener(vec!["taken"]);
    let action = json!({ "do": "call_out", "id": "@ctr-simard", "action": "sync-to-intacct", "url": url, "authorization": "Basic eDp5" });
    let sent = lab.site.errand(&action, lab.now).unwrap()().unwrap();
    assert_eq!(sent, json!({ "status": 200, "answer": "taken" }));
    let post = posts.join().unwrap().remove(0);
    assert!(
        post.contains("Authorization: Basic eDp5")
            && post.contains("Content-Type: application/json")
    );
    let body: Value = serde_json::from_str(post.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    let wanted = json!({
        "orgId": lab.site.state()["org"], "object": "Contract", "recordId": lab.id("ctr-simard"), "action": "sync-to-intacct",
        "requestedBy": lab.id("admin"), "requestedAt": "2026-03-05T19:01:00.000Z",
    });
    assert_eq!(body, wanted);
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let lost = json!({ "do": "call_out", "id": "@ctr-simard", "action": "x", "url": format!("http://{closed}/") });
    assert!(lab.site.errand(&lost, lab.now).unwrap()().unwrap()["error"].is_string());
    let wrong = json!({ "do": "call_out", "id": "@ctr-simard" });
    assert!(lab.site.errand(&wrong, lab.now).unwrap()().is_err());
}

#[test]
fn nobody_there_and_a_day_later_nothing_to_send() {
    let mut lab = lab();
    press(&mut lab, "@ctr-simard", "x");
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let sent = deliver(&mut lab, &format!("http://{closed}/")).unwrap();
    assert!(
        sent[0]["error"]
            .as_str()
            .unwrap()
            .starts_with("cannot connect")
    );
    assert_eq!(lab.site.state()["outbound_waiting"], 1);
    lab.later(86_400);
    assert_eq!(taken(&mut lab).len(), 0);
    assert_eq!(lab.site.state()["outbound_waiting"], 0);
    assert!(
        deliver(&mut lab, "http://example.com:80/").is_ok(),
        "nothing is due, so nobody is called"
    );
    press(&mut lab, "@ctr-logicqc", "y");
    let sent = deliver(&mut lab, "http://example.com:80/").unwrap();
    assert!(
        sent[0]["error"]
            .as_str()
            .unwrap()
            .contains("not this machine")
    );
    let action = json!({ "do": "deliver_outbound", "colour": "red" });
    assert!(lab.site.errand(&action, lab.now).unwrap()().is_err());
    assert!(lab.site.errand(&json!({ "do": "rows" }), lab.now).is_none());
}
