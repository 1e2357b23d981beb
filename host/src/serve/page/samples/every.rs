//! Every view by its address, some of them filled in several ways.

use super::*;

fn connectors_view(m: Make) -> Connectors {
    let row = |name: &str, version: &str, state, why: Option<&str>| ConnectorRow {
        name: m(name),
        version: m(version),
        vendor: m("Acceo"),
        contract: m("0.1.0"),
        state,
        signer: (state == ConnectorState::Current).then(|| m("acceo")),
        why: why.map(m),
        newer: (state == ConnectorState::Current).then(|| m("1.4.0")),
    };
    Connectors {
        contract: m("0.1"),
        rows: vec![
            row("acomba", "1.2.0", ConnectorState::Kept, None),
            row("acomba", "1.3.0", ConnectorState::Current, None),
            row(
                "autotask",
                "2.0.0",
                ConnectorState::Withdrawn,
                Some("1 appel sur 12 s'est terminé trop tôt"),
            ),
            row("qbd", "1.0.0", ConnectorState::OnTrial, None),
            row(
                "vieux",
                "",
                ConnectorState::NotLoaded,
                Some("il n'est pas dans connectors.lock"),
            ),
        ],
        looked: Looked::At(ago(90)),
    }
}

/// A morning on which nobody has to do anything.
fn calm_view(m: Make) -> Overview {
    let mut rows = overview_view(m).flows;
    rows.truncate(2);
    for row in &mut rows {
        row.state = rows_good(m);
        row.runs = bars(m, Status::Completed);
        row.aside = Aside::default();
    }
    rows[0].next = Next::Manual;
    rows[1].next = Next::Queued { waits: None };
    Overview {
        scope: Scope::All,
        flows: rows,
    }
}

fn rows_good(m: Make) -> State {
    State::Ended {
        run: m("R01K8"),
        status: Status::Completed,
        started: ago(1_500),
        ended: ago(1_499),
        counts: Counts {
            read: 12,
            created: 1,
            unchanged: 11,
            ..Counts::default()
        },
        why: None,
        vendor_text: None,
    }
}

/// Every view, by the address it stands at.
pub(in super::super) fn pages(c: &Context, m: Make) -> Vec<(&'static str, String)> {
    let no_ids = SendRecords {
        ids_max: 1,
        ..SendRecords::default()
    };
    let no_problem = SendRecords {
        problem: None,
        ..send_view(m)
    };
    let drop = DropParked {
        row: parked_view(m).row,
    };
    let wrong = Login {
        next: m("/journal"),
        problem: Some(LoginProblem::WrongToken),
    };
    let locked = Login {
        problem: Some(LoginProblem::Wait),
        ..Login::default()
    };
    let searched = Quarantine {
        q: m("x"),
        ..Quarantine::default()
    };
    let missed = Links {
        id: m("x"),
        ..Links::default()
    };
    let unreached = Connectors {
        looked: Looked::Failed(m("le serveur ne répond pas")),
        ..Connectors::default()
    };
    let mut fresh = calm_view(m);
    for row in &mut fresh.flows {
        row.state = State::NeverRan;
    }
    let mut pages = vec![
        ("overview", overview(c, &overview_view(m))),
        ("overview-calm", overview(c, &calm_view(m))),
        ("overview-new", overview(c, &fresh)),
        (
            "overview-empty",
            overview(
                c,
                &Overview {
                    scope: Scope::All,
                    flows: vec![],
                },
            ),
        ),
        ("journal", journal(c, &journal_view(m))),
        ("journal-empty", journal(c, &Journal::default())),
        ("quarantine", quarantine(c, &quarantine_view(m))),
        ("quarantine-empty", quarantine(c, &Quarantine::default())),
        ("quarantine-searched", quarantine(c, &searched)),
        ("parked", parked(c, &parked_view(m))),
        ("drop", drop_parked(c, &drop)),
        ("conflicts", conflicts(c, &conflicts_view(m))),
        ("conflicts-empty", conflicts(c, &Conflicts::default())),
        ("links", links(c, &links_view(m))),
        ("links-empty", links(c, &Links::default())),
        ("links-searched", links(c, &missed)),
        (
            "link",
            link(c, &link_view(m, Cause::Recognised(m("reference")))),
        ),
        ("link-created", link(c, &link_view(m, Cause::Created))),
        ("link-person", link(c, &link_view(m, Cause::Person))),
        ("link-import", link(c, &link_view(m, Cause::Import))),
        ("connectors", connectors(c, &connectors_view(m))),
        ("connectors-empty", connectors(c, &unreached)),
        ("send", send(c, &no_ids)),
        ("send-problem", send(c, &send_view(m))),
        ("send-outcome", send(c, &no_problem)),
        ("login", login(c, &wrong)),
        ("login-wait", login(c, &locked)),
        ("error", error(c, &error_view(m))),
    ];
    let troubles = [
        Trouble::NotFound,
        Trouble::StaleForm,
        Trouble::Foreign,
        Trouble::Refused,
        Trouble::Unavailable,
        Trouble::Broken,
    ];
    pages.extend(troubles.map(|trouble| {
        let view = ErrorPage {
            trouble,
            message: None,
            causes: vec![],
            hint: None,
        };
        ("error-plain", error(c, &view))
    }));
    pages
}
