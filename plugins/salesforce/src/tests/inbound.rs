//! What Salesforce calls: an outbound message is a hint, and nobody but the org gets an acknowledgement.

use super::*;
use liaison_sdk::relay_testing::RelayHost;

const ORG: &str = "00D000000000062EAA";
const SECRET: &str = "K3Y0FTHEDOOR";

fn door(secrets: &[(&str, &str)], org: &str) -> RelayHost {
    let host = RelayHost::new(settings(), secrets);
    let of = format!("{LOGIN} ClientCredentials KEY ");
    let session = json!({"token": "T0K", "instance": INSTANCE, "of": of, "org": org});
    let session = session.to_string().into_bytes();
    host.memory
        .borrow_mut()
        .insert("session".to_owned(), session);
    host
}

/// As the vendor writes it.
fn envelope(org: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <soapenv:Body>
  <notifications xmlns="http://soap.sforce.com/2005/09/outbound">
   <OrganizationId>{org}</OrganizationId>
   <ActionId>04k5e000000CaRkAAK</ActionId>
   <SessionId xsi:nil="true"/>
   <EnterpriseUrl>https://acme.my.salesforce.com/services/Soap/c/59.0/00D</EnterpriseUrl>
   <PartnerUrl>https://acme.my.salesforce.com/services/Soap/u/59.0/00D</PartnerUrl>
   <Notification>
    <Id>04l5e00000Gx7QzAAJ</Id>
    <sObject xsi:type="sf:Contract" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">
     <sf:Id>800D000000IRFmaIAH</sf:Id><sf:Status>Activated</sf:Status>
    </sObject>
   </Notification>
  </notifications>
 </soapenv:Body>
</soapenv:Envelope>"#
    )
}

fn call(host: &RelayHost, method: &str, path: &str, body: &str) -> (u16, String) {
    let request = InboundRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        body: body.as_bytes().to_vec(),
        ..InboundRequest::default()
    };
    let response = host
        .inbound(|host| Salesforce.handle(host, request))
        .unwrap();
    let body = String::from_utf8(response.body).unwrap();
    let kind = match response.status {
        200 => "text/xml; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    };
    let expected = ("content-type".to_owned(), kind.to_owned());
    assert_eq!(response.headers, [expected]);
    (response.status, body)
}

#[test]
fn a_message_of_the_org_starts_flows_and_is_acknowledged_as_the_vendor_wants_it() {
    let host = door(&[("message_secret", SECRET)], ORG);
    // An org's id may come in 15 characters.
    for (n, org) in [ORG, &ORG[..15]].into_iter().enumerate() {
        let (status, body) = call(&host, "POST", &format!("/message/{SECRET}"), &envelope(org));
        assert_eq!(status, 200);
        let squeezed: String = body.split(['\n']).map(str::trim).collect();
        assert_eq!(
            squeezed,
            r#"<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse></soapenv:Body></soapenv:Envelope>"#
        );
        assert_eq!(host.opened.get() as usize, n + 1);
        // The visit is over at once.
        assert_eq!(host.unanswered(), 0);
    }
}

#[test]
fn whoever_else_calls_gets_no_acknowledgement_and_starts_nothing() {
    let right = format!("/message/{SECRET}");
    let ours = envelope(ORG);
    let other = envelope("00D000000000063EAA");
    let set: &[(&str, &str)] = &[("message_secret", SECRET)];
    let no_notice = ours.replace("Notification>", "Nothing>");
    for (secrets, org, method, path, body, expected) in [
        (set, ORG, "POST", "/message/GUESS", ours.as_str(), 403),
        (set, ORG, "POST", "/message/", &ours, 403),
        (set, ORG, "POST", "/message", &ours, 404),
        (set, ORG, "POST", "/", &ours, 404),
        (set, ORG, "GET", &right, &ours, 404),
        (set, ORG, "POST", &right, &other, 403),
        (set, ORG, "POST", &right, &envelope("").clone(), 400),
        (set, ORG, "POST", &right, &no_notice, 400),
        (set, ORG, "POST", &right, "<html>", 400),
        (set, ORG, "POST", &right, "", 400),
        // The org is not known, and nobody can be asked.
        (set, "", "POST", &right, &ours, 503),
        (&[], ORG, "POST", &right, &ours, 503),
    ] {
        let host = door(secrets, org);
        let (status, words) = call(&host, method, path, body);
        assert_eq!(status, expected, "{method} {path} {body}");
        assert!(!words.contains("Ack"), "{words}");
        assert_eq!(host.opened.get(), 0, "{method} {path} {body}");
        let told = format!("{words} {:?}", host.lines.borrow());
        assert!(!told.contains(SECRET) && !told.contains("T0K"), "{told}");
    }
}

#[test]
fn setup_says_where_messages_go_and_a_secret_that_is_set_stays() {
    let address = "https://liaison.example/in/acme/salesforce";
    for (secrets, generate) in [
        (&[][..], vec!["message_secret"]),
        (&[("message_secret", SECRET)], vec![]),
    ] {
        let host = RelayHost::new(json!({"key_field": ""}), secrets);
        let prepared = host
            .inbound(|host| Salesforce.prepare(host, address))
            .unwrap()
            .unwrap();
        assert_eq!(prepared.generate, generate);
        assert!(prepared.files.is_empty());
        let endpoint = format!("{address}/message/");
        assert!(prepared.steps[0].fallback.contains(&endpoint));
    }
}
