//! The same random calls on this store and on the one in memory give the same answers.

use super::super::super::conformance::{self as case, acme, at, connection, flow, id, tenant};
use super::super::super::memory::MemoryStore;
use super::*;
use crate::model::LinkState;

const SEEDS: [u64; 4] = [0x5eed1, 0x5eed2, 0x5eed3, 0x5eed4];
const CALLS: usize = 150;

#[tokio::test]
async fn random_calls_give_the_same_answers_as_in_memory() {
    let mut calls = 0;
    for seed in SEEDS {
        let mut dice = Dice(seed);
        let folder = tempfile::tempdir().unwrap();
        let retention = case::SMALL;
        let memory = MemoryStore::with_retention(retention);
        let mut sled = SledStore::open_with(folder.path(), retention).unwrap();
        let tenants = [acme(), tenant("acme-2")];
        let mut refused = 0;
        for call in 0..CALLS {
            if dice.roll(15) == 0 {
                drop(sled);
                sled = SledStore::open_with(folder.path(), retention).unwrap();
            }
            let of = &tenants[dice.roll(2) as usize];
            let changes: Vec<Change> = (0..1 + dice.roll(6))
                .map(|_| any_change(&mut dice, of.as_str()))
                .collect();
            let mut answers = Vec::new();
            for store in [&memory as &dyn Store, &sled] {
                let lease = case::lease_of(store, of).await;
                let done = store.commit(&lease, changes.clone()).await;
                answers.push(done.map_err(|error| error.to_string()));
                store.release(&lease).await.unwrap();
            }
            assert_eq!(answers[0], answers[1], "seed {seed:#x}, call {call}");
            refused += usize::from(answers[0].is_err());
            if call % 10 == 0 {
                assert_eq!(
                    dump(&memory).await,
                    dump(&sled).await,
                    "seed {seed:#x}, call {call}"
                );
            }
        }
        assert!(
            refused > 0 && refused < CALLS,
            "seed {seed:#x}: {refused} refused"
        );
        assert_eq!(dump(&memory).await, dump(&sled).await, "seed {seed:#x}");
        assert_eq!(sled.verify().await.unwrap(), memory.verify().await.unwrap());
        calls += CALLS;
    }
    println!("sled: {calls} random commits, the same as in memory");
}

fn any_change(dice: &mut Dice, of: &str) -> Change {
    let of = tenant(of);
    let set = case::set_of(of.as_str(), ["main", "main-2"][dice.roll(2) as usize]);
    let name = |dice: &mut Dice, letter: char| format!("{letter}{}", dice.roll(6));
    let text = |dice: &mut Dice| {
        let len = [0, 10, 2_900, 3_072, 3_073, 9_000][dice.roll(6) as usize];
        let letter = char::from(b'a' + dice.roll(3) as u8);
        String::from_iter(std::iter::repeat_n(letter, len))
    };
    match dice.roll(17) {
        0..4 => {
            let mut link = case::link(&set, &name(dice, 'a'), &name(dice, 'b'));
            link.state = match dice.roll(5) {
                0 => LinkState::Tombstoned,
                1 => LinkState::Conflict,
                _ => LinkState::Linked,
            };
            link.right.base = (dice.roll(3) == 0).then(|| text(dice).into());
            Change::PutLink(Box::new(link))
        }
        4 | 5 => Change::RemoveLink {
            set,
            left: id(&name(dice, 'a')),
        },
        6 => {
            let number = dice.roll(8) as usize;
            let body = text(dice);
            let intent = Intent {
                tenant: of,
                body,
                ..case::intent(number, "f", number as i64)
            };
            Change::PutIntent(Box::new(intent))
        }
        7 => Change::RemoveIntent {
            tenant: of,
            token: case::token(dice.roll(8) as usize),
        },
        8 => Change::PutCursor {
            tenant: of,
            flow: flow("f"),
            cursor: text(dice).into_bytes(),
        },
        9 => {
            let mut parked = case::parked(&name(dice, 'f'), &name(dice, 'r'));
            parked.tenant = of;
            Change::PutParked(Box::new(parked))
        }
        10 => {
            let mut run = case::run(&name(dice, 'f'), dice.roll(40) as usize);
            run.tenant = of;
            Change::PutRun(Box::new(run))
        }
        11 => {
            let mut event = case::event(dice.roll(1_000) as usize);
            event.tenant = of;
            event.at = at(dice.roll(9) as i64);
            Change::AddEvent(Box::new(event))
        }
        13 => {
            let number = dice.roll(9);
            let mut parcel = case::parcel(&name(dice, 'p'), number);
            parcel.head.tenant = of;
            parcel.payload = text(dice).into_bytes();
            Change::PutParcel(Box::new(parcel))
        }
        14 => Change::SealParcel {
            tenant: of,
            connection: connection("crm"),
            key: name(dice, 'p'),
            bytes: (dice.roll(3) > 0).then(|| text(dice).into_bytes()),
        },
        15 => Change::AnswerParcel {
            tenant: of,
            connection: connection("crm"),
            key: name(dice, 'p'),
            bytes: text(dice).into_bytes(),
        },
        16 => Change::RemoveParcel {
            tenant: of,
            connection: connection("crm"),
            key: name(dice, 'p'),
        },
        _ => {
            let (key, value) = (name(dice, 'k'), text(dice).into_bytes());
            Change::PutMemory {
                tenant: of,
                connection: connection("crm"),
                key,
                value,
            }
        }
    }
}
