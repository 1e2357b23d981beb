//! Every view filled with believable records, through one function a text passes: so a test can put
//! anything into every text there is.

mod every;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::engine::Settled;
use crate::model::run::ParkedKind;
pub(super) use every::pages;

/// Makes a text of a believable one.
pub(super) type Make<'a> = &'a dyn Fn(&str) -> String;

pub(super) fn now() -> Timestamp {
    "2026-11-14T19:05:00Z".parse().expect("a moment")
}

fn ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

pub(super) fn tenants(m: Make) -> Vec<Tenant> {
    let flows = |names: &[(&str, &str)]| {
        let named = names.iter().map(|(flow, title)| FlowName {
            flow: m(flow),
            title: m(title),
        });
        named.collect()
    };
    vec![
        Tenant {
            id: m("gestion-boreale"),
            title: m("Gestion Boréale inc."),
            flows: flows(&[
                ("invoices", "Factures"),
                ("customers", "Clients"),
                ("products", "Produits"),
            ]),
        },
        Tenant {
            id: m("acier-st-maurice"),
            title: m("Aciers St-Maurice ltée"),
            flows: flows(&[("orders", "Commandes"), ("accounts", "Comptes")]),
        },
    ]
}

pub(super) fn context<'a>(
    lang: &'a str,
    say: super::context::Say<'a>,
    here: &'a str,
    text: &'a [String; 3],
    tenants: &'a [Tenant],
) -> Context<'a> {
    let [csrf, home, version] = text;
    Context {
        lang,
        say,
        csrf,
        here,
        home,
        version,
        now: now(),
        zone: TimeZone::get("America/Toronto").expect("a zone"),
        tenants,
        aside: Aside {
            quarantined: 4,
            waiting: 1,
            conflicts: 2,
        },
        session: Session::SignedIn,
        notice: None,
    }
}

fn key(m: Make, tenant: &str, flow: &str) -> FlowKey {
    FlowKey {
        tenant: m(tenant),
        flow: m(flow),
    }
}

fn invoices(m: Make) -> FlowKey {
    key(m, "gestion-boreale", "invoices")
}

fn accounts(m: Make) -> FlowKey {
    key(m, "acier-st-maurice", "accounts")
}

fn bars(m: Make, last: Status) -> Vec<RunBar> {
    let written = [3, 0, 12, 7, 1, 0, 240, 18, 4, 0, 9, 2, 6, 0, 14, 5];
    let bars = written.iter().enumerate().map(|(at, n)| {
        let started = ago(15 * (written.len() - at) as i64);
        RunBar {
            run: m("R2026"),
            started,
            ended: Some(started + SignedDuration::from_secs(9 + at as i64)),
            status: match at {
                2 => Status::Waiting,
                4 => Status::Interrupted,
                9 => Status::CompletedWithProblems,
                11 => Status::Failed,
                15 => last,
                _ => Status::Completed,
            },
            counts: Counts {
                read: n + 40,
                created: *n,
                unchanged: 40,
                quarantined: u64::from(
                    at == 9 || (at == 15 && last == Status::CompletedWithProblems),
                ),
                ..Counts::default()
            },
        }
    });
    bars.collect()
}

/// Every state and every kind of next run stands here once.
pub(super) fn overview_view(m: Make) -> Overview {
    let ended = |status, counts, why: Option<&str>, theirs: Option<&str>| State::Ended {
        run: m("R01K9"),
        status,
        started: ago(12),
        ended: ago(11),
        counts,
        why: why.map(m),
        vendor_text: theirs.map(m),
    };
    let row = |flow: FlowKey, title: &str, from: &str, to: &str, state, switch, next| FlowRow {
        key: flow,
        title: m(title),
        from: m(from),
        to: m(to),
        state,
        switch,
        next,
        schedule: m("aux 15 minutes"),
        last_success: Some(ago(60 * 26)),
        runs: bars(m, Status::Completed),
        aside: Aside::default(),
    };
    let good = Counts {
        read: 1_204,
        created: 12,
        updated: 3,
        unchanged: 1_189,
        ..Counts::default()
    };
    let mut refused = row(
        invoices(m),
        "Factures",
        "Autotask · invoice",
        "Acomba · invoice",
        ended(
            Status::CompletedWithProblems,
            Counts {
                read: 19,
                created: 14,
                quarantined: 4,
                waiting: 1,
                ..Counts::default()
            },
            None,
            None,
        ),
        Switch::On,
        Next::At(now() + SignedDuration::from_mins(4)),
    );
    refused.runs = bars(m, Status::CompletedWithProblems);
    refused.aside = Aside {
        quarantined: 4,
        waiting: 1,
        conflicts: 0,
    };
    let mut broken = row(
        key(m, "acier-st-maurice", "orders"),
        "Commandes",
        "Salesforce · order",
        "Fusion Operations · work-order",
        ended(
            Status::Interrupted,
            Counts {
                read: 40,
                created: 22,
                not_reached: 18,
                ..Counts::default()
            },
            Some("Fusion Operations ne répond pas : elle est en entretien."),
            Some("503 Service Unavailable — Scheduled maintenance until 15:00 EST"),
        ),
        Switch::On,
        Next::RetryAt(now() + SignedDuration::from_mins(8)),
    );
    broken.runs = bars(m, Status::Interrupted);
    let mut there = row(
        accounts(m),
        "Comptes",
        "Salesforce · account",
        "Sage Intacct · customer",
        State::Running {
            since: ago(2),
            counts: Counts {
                read: 310,
                updated: 4,
                unchanged: 306,
                ..Counts::default()
            },
            waits: Some(m("Sage Intacct a demandé une pause de 30 s.")),
        },
        Switch::On,
        Next::At(now() + SignedDuration::from_hours(19)),
    );
    there.aside.conflicts = 2;
    let mut failed = row(
        key(m, "acier-st-maurice", "quotes"),
        "Soumissions",
        "ChannelOnline · quote",
        "Salesforce · opportunity",
        ended(
            Status::Failed,
            Counts::default(),
            Some(
                "La moitié des enregistrements allaient être désactivés ; le flux s'est arrêté de lui-même.",
            ),
            None,
        ),
        Switch::Paused {
            since: Some(ago(10)),
        },
        Next::Manual,
    );
    failed.runs = bars(m, Status::Failed);
    let mut new = row(
        key(m, "acier-st-maurice", "parts"),
        "Pièces",
        "CentrixOne · item",
        "Fusion Operations · part",
        State::NeverRan,
        Switch::Off,
        Next::Manual,
    );
    new.runs.clear();
    Overview {
        scope: Scope::Flow(accounts(m)),
        flows: vec![
            refused,
            row(
                key(m, "gestion-boreale", "customers"),
                "Clients",
                "Autotask · company",
                "Acomba · customer",
                ended(Status::Completed, good, None, None),
                Switch::On,
                Next::Queued {
                    waits: Some(m("attend la fin de « Factures »")),
                },
            ),
            row(
                key(m, "gestion-boreale", "products"),
                "Produits",
                "Acomba · product",
                "Autotask · product",
                State::Crashed { since: ago(700) },
                Switch::On,
                Next::WindowOpens(now() + SignedDuration::from_hours(6)),
            ),
            there,
            row(
                accounts(m),
                "Comptes (retour)",
                "Sage Intacct · customer",
                "Salesforce · account",
                ended(Status::Completed, Counts::default(), None, None),
                Switch::On,
                Next::Shut,
            ),
            broken,
            failed,
            new,
        ],
    }
}

pub(super) fn events(m: Make) -> Vec<EventRow> {
    let rows = [
        (
            3,
            "created",
            "29684310",
            "facture 1207 : créée sous le numéro 104512",
        ),
        (
            3,
            "quarantined",
            "29684305",
            "« Code de taxe » : Acomba n'a pas de code « TVQ-2 ».",
        ),
        (
            4,
            "adopted",
            "29684298",
            "facture 1201 : reconnue par sa référence AT-29684298, numéro 104498",
        ),
        (
            19,
            "written-back",
            "29684290",
            "le numéro 104490 est inscrit dans Autotask",
        ),
        (
            21,
            "updated",
            "29684288",
            "Description : « Soutien mensuel » → « Soutien mensuel, novembre »",
        ),
        (
            34,
            "waiting",
            "29684277",
            "attend le client « Épicerie Chez Théo »",
        ),
        (
            49,
            "conflict",
            "29684270",
            "les deux côtés ont changé « Téléphone »",
        ),
        (
            52,
            "recovered",
            "29684261",
            "retrouvée après un arrêt ; rien n'a été créé deux fois",
        ),
        (61, "source-gone", "29684255", "n'existe plus dans Autotask"),
        (
            62,
            "image-deleted",
            "29684254",
            "quelqu'un a supprimé 4411 dans le reflet",
        ),
        (64, "mapping-reloaded", "", "le fichier du flux a été relu"),
        (
            70,
            "overwritten",
            "29684250",
            "la valeur d'Acomba a été remplacée",
        ),
        (
            70,
            "not-kept",
            "29684250",
            "Acomba ne garde rien dans « Télécopieur »",
        ),
        (
            71,
            "report-failed",
            "29684249",
            "le billet n'a pu être créé",
        ),
        (72, "dropped", "29684248", "abandonné par une personne"),
        (
            74,
            "withdrawn",
            "29684249",
            "ce qui attendait quickbooks est repris : ce n'était pas encore parti",
        ),
        (
            73,
            "link-removed",
            "29684247",
            "lien retiré par une personne",
        ),
        (
            74,
            "retried",
            "29684246",
            "une personne a demandé un nouvel essai",
        ),
        (75, "link-made", "29684245", "lien fait par une personne"),
        (76, "conflict-resolved", "29684244", "une personne a choisi"),
        (77, "deleted", "29684243", "supprimé dans Acomba"),
        (78, "files-wrong", "", "les fichiers contiennent une erreur"),
        (
            79,
            "window-closed",
            "",
            "les heures permises sont terminées",
        ),
        (80, "reset", "29684242", "à relire"),
        (
            81,
            "link-moved",
            "29684241",
            "les clés ont déplacé son lien",
        ),
        (82, "connector-installed", "", "acomba 1.2.0 installé"),
        (83, "connector-upgraded", "", "acomba passe à 1.2.0"),
        (84, "connector-withdrawn", "", "acomba 1.2.0 retiré"),
        (85, "connector-does-badly", "", "acomba 1.2.0 va mal"),
        (86, "connector-rolled-back", "", "acomba revient à 1.1.0"),
        (87, "connector-removed", "", "acomba 1.0.0 enlevé"),
    ];
    let rows = rows
        .iter()
        .map(|(minutes, kind, record, message)| EventRow {
            at: ago(*minutes),
            tenant: m("gestion-boreale"),
            flow: (!record.is_empty()).then(|| m("invoices")),
            run: Some(m("R01K9ZQ7")),
            record: (!record.is_empty()).then(|| m(record)),
            kind: m(kind),
            message: m(message),
        });
    rows.collect()
}

pub(super) fn journal_view(m: Make) -> Journal {
    Journal {
        scope: Scope::Flow(invoices(m)),
        q: m("facture"),
        run: Some(m("R01K9ZQ7")),
        record: Some(m("29684310")),
        events: events(m),
        older: Some(m("E00012")),
    }
}

pub(super) fn parked_rows(m: Make) -> Vec<ParkedRow> {
    let row = |record: &str, title: &str, kind, message: &str| ParkedRow {
        key: invoices(m),
        record: m(record),
        title: m(title),
        kind,
        code: m("rejected"),
        message: m(message),
        vendor: m("Acomba"),
        vendor_text: None,
        vendor_code: None,
        field: None,
        advice: None,
        attempts: 1,
        first: ago(90),
        last: ago(3),
        reported: None,
        unreported: false,
        retry: false,
    };
    vec![
        ParkedRow {
            vendor_text: Some(m(
                "Erreur 1047 : Le code de taxe « TVQ-2 » n'existe pas dans la société <BOREALE>.\nLigne 3, champ TaxCode.",
            )),
            vendor_code: Some(m("1047")),
            field: Some(m("taxes.code")),
            advice: Some(m(
                "Ajoutez « TVQ-2 » à la table `taxes` du flux, ou corrigez la taxe dans Autotask.",
            )),
            attempts: 3,
            reported: Some(m("T20261114.0032")),
            ..row(
                "29684305",
                "facture 1205",
                ParkedKind::Quarantined,
                "Acomba a refusé la facture : « Code de taxe » n'a pas de valeur « TVQ-2 ».",
            )
        },
        ParkedRow {
            retry: true,
            unreported: true,
            ..row(
                "29684301",
                "facture 1203",
                ParkedKind::Quarantined,
                "La règle `lines.product` n'a pas trouvé le produit « SERV-INFOG-A ».",
            )
        },
        row(
            "29684277",
            "facture 1198",
            ParkedKind::Waiting,
            "Attend le client « Épicerie Chez Théo & Filles », qui est lui-même en quarantaine.",
        ),
        row(
            "29684270",
            "facture 1190",
            ParkedKind::Conflict,
            "Le champ du numéro contient « 9999 », que nous n'avons pas écrit.",
        ),
    ]
}

pub(super) fn quarantine_view(m: Make) -> Quarantine {
    Quarantine {
        scope: Scope::Tenant(m("gestion-boreale")),
        q: m("facture"),
        rows: parked_rows(m),
        more: Some(m("29684270")),
    }
}

pub(super) fn parked_view(m: Make) -> ParkedPage {
    let history = events(m).into_iter().take(4).collect();
    ParkedPage {
        row: parked_rows(m).swap_remove(0),
        history,
    }
}

fn end(m: Make, system: &str, entity: &str, id: &str) -> End {
    End {
        system: m(system),
        entity: m(entity),
        id: m(id),
    }
}

pub(super) fn conflicts_view(m: Make) -> Conflicts {
    let text = |text: &str| Value::Text(m(text));
    let field = |name: &str, left, right, base| Disagreement {
        label: m(name),
        left,
        right,
        base,
    };
    let fields = vec![
        field(
            "Téléphone",
            text("819 555-0142"),
            text("819 555-0199, poste 3"),
            Some(text("819 555-0100")),
        ),
        field(
            "Adresse",
            text("1250, rue Royale\nTrois-Rivières (Québec) G9A 4J5"),
            text("1250 rue Royale, bureau 200"),
            Some(text("")),
        ),
        field("Limite de crédit", Value::Absent, text("25000.00"), None),
    ];
    let row = |record: &str, title: &str, choice, chosen, fields| ConflictRow {
        key: accounts(m),
        record: m(record),
        title: m(title),
        message: m("Les deux côtés ont changé depuis leur dernier accord."),
        since: ago(49),
        left: end(m, "Salesforce", "account", record),
        right: end(m, "Sage Intacct", "customer", "C-00418"),
        fields,
        choice,
        chosen,
    };
    Conflicts {
        scope: Scope::Flow(accounts(m)),
        rows: vec![
            row(
                "001Hs00003xYzAB",
                "Fonderie Larivière inc.",
                Choice::Side,
                false,
                fields.clone(),
            ),
            row(
                "001Hs00003xYzAC",
                "Usinage Mékinac",
                Choice::Side,
                false,
                fields[..1].to_vec(),
            ),
            row(
                "001Hs00003xYzAD",
                "Transport L'Heureux",
                Choice::None,
                false,
                vec![],
            ),
            row(
                "001Hs00003xYzAE",
                "Hôtel des Forges",
                Choice::Side,
                true,
                fields[2..].to_vec(),
            ),
        ],
        more: Some(m("001")),
    }
}

pub(super) fn links_view(m: Make) -> Links {
    let row = |left: &str, right: &str, state| LinkRow {
        key: invoices(m),
        left: end(m, "Autotask", "invoice", left),
        right: end(m, "Acomba", "invoice", right),
        state,
        since: ago(60 * 24 * 40),
        updated: ago(60 * 30),
    };
    Links {
        scope: Scope::All,
        id: m("2968"),
        rows: vec![
            row("29684298", "104498", LinkState::Linked),
            row("29684270", "104471", LinkState::Conflict),
            row("29684100", "104302", LinkState::Parted),
        ],
        more: Some(m("29684100")),
    }
}

pub(super) fn link_view(m: Make, cause: Cause) -> LinkPage {
    LinkPage {
        row: links_view(m).rows.swap_remove(0),
        cause,
        generation: 2,
        history: events(m).into_iter().take(3).collect(),
    }
}

pub(super) fn send_view(m: Make) -> SendRecords {
    let settled = [
        (Settled::Created, Some("104513"), None, None),
        (Settled::Adopted, Some("104498"), None, None),
        (Settled::Updated, Some("104490"), None, None),
        (Settled::Unchanged, Some("104489"), None, None),
        (Settled::Filtered, None, Some("`voided` est vrai"), None),
        (
            Settled::Quarantined,
            None,
            Some("Acomba a refusé la facture."),
            Some("Erreur 1047 : Le code de taxe « TVQ-2 » n'existe pas."),
        ),
        (
            Settled::Waiting,
            None,
            Some("attend le client « Épicerie Chez Théo »"),
            None,
        ),
        (
            Settled::Conflict,
            Some("104471"),
            Some("les deux côtés ont changé `Téléphone`"),
            None,
        ),
        (Settled::Held, None, None, None),
    ];
    let outcomes = settled.iter().enumerate();
    let outcomes = outcomes.map(|(at, (settled, target, message, theirs))| Outcome {
        record: m(&format!("296843{at:02}")),
        title: if at == 10 {
            m("29684310")
        } else {
            m(&format!("facture {}", 1200 + at))
        },
        settled: *settled,
        target: target.map(m),
        message: message.map(m),
        vendor_text: theirs.map(m),
    });
    SendRecords {
        flow: Some(invoices(m)),
        ids: m("29684300\n29684301"),
        ids_max: 1_000,
        problem: Some(m("Il y a plus de 1 000 identifiants.")),
        sent: Some(Sent {
            run: m("R01K9ZQ8"),
            started: now() - SignedDuration::from_secs(75),
            ended: now(),
            counts: Counts {
                read: 11,
                created: 1,
                adopted: 1,
                updated: 1,
                unchanged: 1,
                filtered: 1,
                quarantined: 1,
                waiting: 1,
                conflict: 1,
                held: 1,
                not_reached: 1,
            },
            stopped: Some(m("Acomba ne répond plus.")),
            outcomes: outcomes.collect(),
        }),
    }
}

pub(super) fn error_view(m: Make) -> ErrorPage {
    ErrorPage {
        trouble: Trouble::Unavailable,
        message: Some(m("Le dépôt ne peut pas être lu pour le moment.")),
        causes: vec![m("une sauvegarde est en cours")],
        hint: Some(m("Réessayez dans une minute.")),
    }
}
