//! `link match`: what is on both sides is paired before the first run.

use liaison_tests::{Lab, count};
use serde_json::{Value, json};

fn lines(csv: &str) -> Vec<Vec<String>> {
    csv.lines()
        .skip(1)
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect()
}

fn in_lab(lab: &Lab, command: &str) -> liaison_tests::Said {
    let file = lab.home().join("customers-match.csv");
    lab.liaison(&format!("{command} --csv {}", file.display()))
}

#[test]
fn what_is_there_on_both_sides_is_paired_and_not_made_again() {
    let lab = Lab::new();
    let said = in_lab(&lab, "--json link match customers").exits(0).json();
    let report = &said["answer"];
    let certain = report["certain"]["count"].as_u64().expect("a count");
    assert!(certain > 0, "{report:#}");
    let (autotask, acomba) = lab.calls();
    for (route, _) in autotask.as_object().into_iter().flatten() {
        assert!(
            route.ends_with("/query") || route.starts_with("GET "),
            "{route}"
        );
    }
    for (route, _) in acomba.as_object().into_iter().flatten() {
        assert!(route.starts_with("GET "), "{route}");
    }
    // A second time it does not write over what somebody may have edited.
    in_lab(&lab, "link match customers")
        .exits(2)
        .says("--replace");
    in_lab(&lab, "link match customers --replace").exits(0);

    let file = lab.home().join("customers-match.csv");
    let csv = std::fs::read_to_string(&file).expect("the file is there");
    let links = lines(&csv)
        .iter()
        .filter(|cells| cells[0] == "link")
        .count() as u64;
    assert_eq!(links, certain);
    let cards = lab.acomba_cards("Customer").len();
    let applied = in_lab(&lab, "--json link match customers --apply")
        .exits(0)
        .json();
    assert_eq!(applied["answer"]["new"], json!(links));
    let again = in_lab(&lab, "--json link match customers --apply")
        .exits(0)
        .json();
    assert_eq!(again["answer"]["same"], json!(links));
    let all = lab.liaison("--json link list customers").exits(0).json();
    let all = all["answer"].as_array().expect("links").clone();
    assert_eq!(all.len() as u64, links);
    assert!(
        all.iter().all(|link| link["cause"] == json!("person")),
        "{all:?}"
    );

    // The run makes the others alone.
    let summary = lab.run_flow("customers", 0);
    let made = count(&summary, "customers", "created");
    assert_eq!(
        lab.acomba_cards("Customer").len() as u64,
        cards as u64 + made
    );
    let linked: Vec<&Value> = all.iter().map(|link| &link["left"]["id"]).collect();
    let outcomes = lab
        .liaison("--json log --flow customers --limit 500")
        .exits(0)
        .json();
    for event in outcomes["answer"].as_array().expect("events") {
        let of_linked = linked.contains(&&event["record"]);
        assert!(event["kind"] != json!("created") || !of_linked, "{event}");
    }
}

#[test]
fn what_a_person_did_to_a_link_can_be_taken_back() {
    let lab = Lab::new();
    in_lab(&lab, "link match customers").exits(0);
    in_lab(&lab, "link match customers --apply").exits(0);
    let all = lab.liaison("--json link list customers").exits(0).json();
    let id = all["answer"][0]["left"]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let there = || {
        let said = lab.liaison(&format!("link show customers {id}"));
        said.exit == 0
    };
    lab.liaison(&format!("link undo customers {id}")).exits(0);
    assert!(!there());
    lab.liaison(&format!("link undo customers {id}")).exits(0);
    assert!(there());
    lab.liaison(&format!("link remove customers {id}")).exits(0);
    assert!(!there());
    lab.liaison(&format!("link undo customers {id}")).exits(0);
    assert!(there());
    lab.liaison("link undo customers nobody")
        .exits(2)
        .says("no person did anything");
}

#[test]
fn a_file_that_a_spreadsheet_spoilt_links_nothing() {
    let lab = Lab::new();
    in_lab(&lab, "link match customers --apply")
        .exits(3)
        .says("without --apply writes it");
    in_lab(&lab, "link match customers").exits(0);
    let file = lab.home().join("customers-match.csv");
    let csv = std::fs::read_to_string(&file).expect("the file is there");
    for (spoil, says) in [
        (
            csv.replace("link,certain", "yes,certain"),
            "not link, review or skip",
        ),
        (csv.replace("source_id", "source"), "no column `source_id`"),
        (
            csv.replacen("link,certain", "link,certain,more", 1),
            "cells",
        ),
    ] {
        std::fs::write(&file, spoil).expect("the file can be written");
        in_lab(&lab, "link match customers --apply")
            .exits(2)
            .says(says);
    }
    let mut rows: Vec<String> = csv.lines().map(str::to_owned).collect();
    rows.push("link,certain,,999999,Nobody,1,Nobody".to_owned());
    std::fs::write(&file, rows.join("\n")).expect("the file can be written");
    in_lab(&lab, "link match customers --apply")
        .exits(4)
        .says("no record has the source_id `999999`");
    let all = lab.liaison("--json link list customers").exits(0).json();
    assert_eq!(all["answer"], json!([]));
}
