//! Nonsense of every kind: it is refused, and nothing breaks.

use serde_json::{Value, json};

use super::{Lab, encoded};

/// Dice that fall alike every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    /// A text in which some pieces were cut, doubled or replaced.
    fn spoiled(&mut self, text: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        for _ in 0..=self.roll(4) {
            let at = self.roll(letters.len().max(1));
            let odd = [
                '\'', '(', ')', '\\', ',', 'é', '\u{1}', '%', '{', '"', '0', '-', '@', '\n', 'T',
                ':',
            ];
            match self.roll(4) {
                0 if !letters.is_empty() => drop(letters.remove(at)),
                1 => letters.insert(at.min(letters.len()), odd[self.roll(odd.len())]),
                2 if !letters.is_empty() => letters[at] = odd[self.roll(odd.len())],
                _ => letters.truncate(at),
            }
        }
        letters.into_iter().collect()
    }
}

#[test]
fn spoiled_queries_are_answered() {
    let mut lab = Lab::new();
    lab.set("session_idle_s", u64::MAX);
    let mut dice = Dice(1);
    let good = [
        "SELECT Id, Account.Owner.Name, (SELECT Id FROM OpportunityLineItems WHERE Quantity > 1.5e1) FROM Opportunity WHERE (Name LIKE 'a%' OR NOT Amount >= -3) AND CloseDate = LAST_N_DAYS:30 ORDER BY Name DESC NULLS LAST LIMIT 5 OFFSET 1",
        "SELECT StatusCode, COUNT(Id) n FROM Contract WHERE CreatedDate > 2026-01-01T00:00:00Z AND Id IN ('800', 'x\\'y') GROUP BY StatusCode",
        "SELECT Id FROM Account WHERE Id NOT IN (SELECT AccountId FROM Contract WHERE AccountId != null) AND Rating INCLUDES ('a;b')",
    ];
    for turn in 0..3_000 {
        let query = dice.spoiled(good[turn % good.len()]);
        let response = lab.send("GET", &format!("query?q={}", encoded(&query)), &[], "");
        assert!([200, 400].contains(&response.status), "{query}");
    }
}

#[test]
fn spoiled_bodies_and_addresses_are_answered() {
    let mut lab = Lab::new();
    let mut dice = Dice(2);
    let id = lab.id("ctr-simard");
    let calls = [
        (
            "PATCH",
            format!("sobjects/Contract/{id}"),
            json!({ "StartDate": "2026-03-05", "ContractTerm": 12, "Account": { "ia_crm__IntacctID__c": "C-1001" }, "SpecialTerms": "x" }),
        ),
        (
            "POST",
            "composite".to_owned(),
            json!({ "compositeRequest": [{ "method": "GET", "url": "/services/data/v59.0/sobjects/Account/@{a.b[0].c}", "referenceId": "r", "body": { "x": "@{r" } }] }),
        ),
        (
            "POST",
            "composite/sobjects".to_owned(),
            json!({ "allOrNone": true, "records": [{ "attributes": { "type": "Account" }, "Name": "x", "AnnualRevenue": 1e300 }] }),
        ),
        (
            "POST",
            "composite/graph".to_owned(),
            json!({ "graphs": [{ "graphId": "g", "compositeRequest": [{ "method": "POST", "url": "/services/data/v59.0/sobjects/Account", "referenceId": "r", "body": { "Name": "x" } }] }] }),
        ),
        (
            "POST",
            "composite/batch".to_owned(),
            json!({ "batchRequests": [{ "method": "GET", "url": "v59.0/limits" }] }),
        ),
        (
            "POST",
            "tooling/sobjects/CustomField".to_owned(),
            json!({ "FullName": "Account.X__c", "Metadata": { "type": "Text", "length": 12 } }),
        ),
    ];
    for turn in 0..1_500 {
        let (method, target, body) = &calls[turn % calls.len()];
        let (target, body) = match turn % 3 {
            0 => (dice.spoiled(target), body.to_string()),
            _ => (target.clone(), dice.spoiled(&body.to_string())),
        };
        let response = lab.send(method, &target, &[], &body);
        assert!(response.status < 500, "{target} {body}");
    }
    for turn in 0..200 {
        let text = dice.spoiled("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=eyJhbGciOiJSUzI1NiJ9.e30.AA");
        assert_eq!(lab.token_response(&text).status, 400, "{turn} {text}");
    }
}

#[test]
fn what_is_very_deep_or_very_large_is_refused() {
    let mut lab = Lab::new();
    let within = |query: &str| json!({ "compositeRequest": [{ "method": "GET", "url": format!("/services/data/v59.0/query?q={}", encoded(query)), "referenceId": "a" }] });
    let brackets = format!(
        "SELECT Id FROM Account WHERE {}Name = 'x'{}",
        "(".repeat(20_000),
        ")".repeat(20_000)
    );
    let nots = format!(
        "SELECT Id FROM Account WHERE {} Name = 'x'",
        "NOT ".repeat(20_000)
    );
    for query in [brackets, nots] {
        let answer = lab.post("composite", within(&query));
        assert_eq!(
            answer["compositeResponse"][0]["body"][0]["errorCode"],
            "MALFORMED_QUERY"
        );
    }
    for query in [
        "SELECT Id FROM Account WHERE CreatedDate = LAST_N_DAYS:9223372036854775807",
        "SELECT Id FROM Account WHERE AnnualRevenue < 79228162514264337593543950335",
    ] {
        lab.query(query);
    }
    let contract = format!("sobjects/Contract/{}", lab.id("ctr-simard"));
    lab.patch(
        &contract,
        json!({ "StartDate": "9999-12-31", "ContractTerm": 9999 }),
    );
    assert_eq!(lab.get(&contract)["EndDate"], Value::Null);
    let deal = lab.id("opp-dubuc");
    let line = json!({ "OpportunityId": deal, "PricebookEntryId": lab.id("p26-suite"), "Quantity": 9_999_999_999_i64, "UnitPrice": 9_999_999_999_999_999_i64 });
    lab.create("OpportunityLineItem", line.clone());
    lab.create("OpportunityLineItem", line);
    let free = json!({ "OpportunityId": deal, "PricebookEntryId": lab.id("p26-suite"), "Quantity": 1, "TotalPrice": 5, "Discount": 100 });
    lab.create("OpportunityLineItem", free);
    let deep = format!("{}1{}", "[".repeat(1_000), "]".repeat(1_000));
    assert_eq!(lab.send("POST", "sobjects/Account", &[], &deep).status, 400);
}
