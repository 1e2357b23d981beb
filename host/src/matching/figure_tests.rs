//! The figure the command promises: 50,000 by 50,000 records in minutes, measured.

use std::time::{Duration, Instant};

use super::*;

const RECORDS: usize = 50_000;
/// Of so many records two are twins that nothing tells apart, on both sides: 2 % are ambiguous.
const TWINS_EVERY: usize = 100;

const FIRST: &[&str] = &[
    "Jean",
    "Lise",
    "Marc",
    "Élodie",
    "François",
    "Noémie",
    "Luc",
    "Zoé",
    "Anaïs",
    "Rémi",
    "Olivier",
    "Béatrice",
    "Hugo",
    "Chloé",
    "Étienne",
    "Maude",
    "Simon",
    "Gisèle",
    "Yves",
    "Odette",
];
const LAST: &[&str] = &[
    "Tremblay",
    "Gagnon",
    "Roy",
    "Côté",
    "Bouchard",
    "Gauthier",
    "Morin",
    "Lavoie",
    "Fortin",
    "Gagné",
    "Ouellet",
    "Pelletier",
    "Bélanger",
    "Lévesque",
    "Bergeron",
    "Leblanc",
    "Paquette",
    "Girard",
    "Simard",
    "Boucher",
    "Caron",
    "Beaulieu",
    "Cloutier",
    "Dubé",
    "Poirier",
];
const PLACE: &[&str] = &[
    "Chicoutimi",
    "Rimouski",
    "Gaspésie",
    "Outaouais",
    "Témiscamingue",
    "Lanaudière",
    "Drummondville",
    "Kamouraska",
    "Matapédia",
    "Papineau",
    "Vaudreuil",
    "Boisbriand",
    "Mauricie",
    "Natashquan",
    "Estrie",
];
const TRADE: &[&str] = &[
    "Plomberie",
    "Toitures",
    "Garage",
    "Fermes",
    "Clinique",
    "Transport",
    "Vins",
];

/// Record `n` of one side. Half of them have the same key on both, a fifth a key written otherwise, the
/// rest has none and must be found by a telephone number, an e-mail address or the name in a town.
fn record(side: Side, n: usize) -> Candidate {
    let mirrored = |source: String, target: String| match side {
        Side::Source => source,
        Side::Target => target,
    };
    let (first, last) = (FIRST[n % FIRST.len()], LAST[n / 20 % LAST.len()]);
    let trade = TRADE[n / 500 % TRADE.len()];
    // Fourteen records share a name, but for those with nothing else.
    let place = if n % 10 == 9 {
        PLACE[n / 3500 % PLACE.len()]
    } else {
        ""
    };
    let name = format!("{trade} {first} {last} {place}");
    let key = match n % 10 {
        0..=4 => Some(format!("C-{n:06}")),
        5 | 6 => Some(mirrored(format!("C-{n:06}"), format!("c{n:06}"))),
        _ => None,
    };
    let mut record = Candidate {
        id: mirrored(format!("s{n:06}"), format!("t{n:06}")),
        title: name.clone(),
        keys: vec![key],
        // A typing error on one side in three.
        name: Some(mirrored(
            format!("{name} inc."),
            match n % 3 {
                0 => name.replace("ay", "ey"),
                _ => format!("{} Ltée", name.to_uppercase()),
            },
        )),
        phone: (n % 10 == 7)
            .then(|| mirrored(format!("514-{n:07}"), format!("+1 (514) {n:07} poste 4"))),
        email: (n % 10 == 8).then(|| format!("Info{n}@exemple.ca")),
        // Two hundred postal codes, so every one is a crowd.
        postal_code: Some(mirrored(
            format!("H{}X {}Y{}", n % 10, n / 10 % 10, n / 100 % 2),
            format!("h{}x{}y{}", n % 10, n / 10 % 10, n / 100 % 2),
        )),
    };
    if n % TWINS_EVERY < 2 {
        // A pair of twins on either side: the key twice, and nothing else that differs.
        record.keys = vec![Some(format!("T-{}", n / TWINS_EVERY))];
        record.name = Some(format!("Jumeaux {}", n / TWINS_EVERY));
        (record.phone, record.email, record.postal_code) = (None, None, None);
    }
    record
}

#[test]
fn fifty_thousand_by_fifty_thousand_take_less_than_a_minute() {
    let sides = Sides::by(|side| (0..RECORDS).map(|n| record(side, n)).collect::<Vec<_>>());
    let started = Instant::now();
    let report = pair(Sides {
        source: &sides.source,
        target: &sides.target,
    });
    let paired = started.elapsed();
    let csv = write_csv(&report, |reasons| reasons[0].code());
    let rows = read_csv(csv.as_bytes()).expect("our own file");
    let all = started.elapsed();

    let right = |pairs: &[Pair]| {
        pairs
            .iter()
            .filter(|pair| pair.source.id[1..] == pair.target.id[1..])
            .count()
    };
    let in_groups: usize = report
        .ambiguous
        .iter()
        .map(|group| group.records.source.len())
        .sum();
    println!(
        "{RECORDS} by {RECORDS}: paired in {paired:?}, with the file written and read {all:?}; \
         certain {} (right {}), likely {} (right {}), ambiguous groups {} ({in_groups} sources, {} \
         candidates), unmatched {}, crowds {}, rows {}",
        report.certain.len(),
        right(&report.certain),
        report.likely.len(),
        right(&report.likely),
        report.ambiguous.len(),
        report
            .ambiguous
            .iter()
            .map(|group| group.candidates.len())
            .sum::<usize>(),
        report.unmatched.source.len(),
        report.crowds.len(),
        rows.len(),
    );
    assert!(all < Duration::from_secs(60), "{all:?}");
    assert_eq!(right(&report.certain), report.certain.len());
    assert_eq!(right(&report.likely), report.likely.len());
    assert_eq!(in_groups, 2 * RECORDS / TWINS_EVERY);
    assert_eq!(report.duplicates.source.len(), RECORDS / TWINS_EVERY);
}

/// Everything that can be shared is shared by everyone, and every name is made of the same few words.
#[test]
fn two_systems_full_of_crowds_take_less_than_a_minute() {
    let sides = Sides::by(|side| {
        let worst = |n: usize| Candidate {
            id: format!("{side:?}{n}"),
            title: String::new(),
            keys: vec![Some("N/A".to_owned())],
            name: Some(
                (0..7)
                    .map(|place| format!("{} ", LAST[n / 3_usize.pow(place) % LAST.len()]))
                    .collect(),
            ),
            phone: Some("514 555-0123".to_owned()),
            email: Some("info@exemple.ca".to_owned()),
            postal_code: Some("H2X 1Y4".to_owned()),
        };
        (0..RECORDS).map(worst).collect::<Vec<_>>()
    });
    let started = Instant::now();
    let report = pair(Sides {
        source: &sides.source,
        target: &sides.target,
    });
    let paired = started.elapsed();
    println!(
        "crowds only: paired in {paired:?}; certain {}, likely {}, ambiguous groups {}, unmatched {}, crowds {}",
        report.certain.len(),
        report.likely.len(),
        report.ambiguous.len(),
        report.unmatched.source.len(),
        report.crowds.len(),
    );
    assert!(paired < Duration::from_secs(60), "{paired:?}");
    assert!(
        report.crowds.len() >= 3,
        "the key, the number and the address"
    );
}

/// Every record has a postal code of a crowd and a trade of a crowd, and just a family name of its own.
#[test]
fn a_city_of_plumbers_takes_less_than_a_minute() {
    let sides = Sides::by(|side| {
        let plumber = |n: usize| {
            let (a, b) = (n % 25, n / 25 % 25);
            Candidate {
                id: format!("{side:?}{n:05}"),
                title: String::new(),
                keys: vec![None],
                // One side calls everyone a master, so no name is the same on both.
                name: Some(format!(
                    "Plomberie {}{} {} {}",
                    LAST[a],
                    LAST[b].to_lowercase(),
                    PLACE[n / 625 % PLACE.len()],
                    match side {
                        Side::Source => "",
                        Side::Target => "maître",
                    },
                )),
                postal_code: Some(format!("{:05}", n % 8)),
                ..Candidate::default()
            }
        };
        (0..RECORDS).map(plumber).collect::<Vec<_>>()
    });
    let started = Instant::now();
    let report = pair(Sides {
        source: &sides.source,
        target: &sides.target,
    });
    let paired = started.elapsed();
    println!(
        "plumbers: paired in {paired:?}; likely {}, ambiguous groups {} with {} candidates, unmatched {}, crowds {}",
        report.likely.len(),
        report.ambiguous.len(),
        report
            .ambiguous
            .iter()
            .map(|group| group.candidates.len())
            .sum::<usize>(),
        report.unmatched.source.len(),
        report.crowds.len(),
    );
    assert!(paired < Duration::from_secs(60), "{paired:?}");
    assert_eq!(report.unmatched, Sides::default());
}
