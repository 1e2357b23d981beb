//! The relay over a store in memory: what is kept, what is given out, and who is told.

use std::sync::Mutex;

use super::*;
use crate::connector::guest_host::Broken;
use crate::connector::relay::{Errand, Parcel, Relay, Settled};
use crate::model::Token;
use crate::store::memory::MemoryStore;
use crate::store::relay::{Asker, EXCHANGE_PARCELS_MAX, PARCELS_MAX};

#[derive(Default)]
struct Heard {
    arrived: Mutex<u32>,
    answered: Mutex<Vec<String>>,
}

#[async_trait]
impl Callers for Heard {
    async fn arrived(&self, _: &Line) {
        *locked(&self.arrived) += 1;
    }

    fn answered(&self, _: &Line, flow: &FlowName) {
        locked(&self.answered).push(flow.to_string());
    }

    fn brings_more(&self, _: &Line) -> bool {
        false
    }
}

fn relay() -> (Arc<StoreRelay>, Arc<Hub>, Arc<Heard>) {
    let (hub, heard) = (Arc::new(Hub::default()), Arc::new(Heard::default()));
    hub.serve(Arc::clone(&heard) as Arc<dyn Callers>);
    let relay = StoreRelay::new(Arc::new(MemoryStore::new()), Arc::clone(&hub));
    (Arc::new(relay), hub, heard)
}

fn line() -> Line {
    Line {
        tenant: TenantId::parse("demo").expect("an id"),
        connection: ConnectionId::parse("pad").expect("an id"),
    }
}

fn token(number: u8) -> Token {
    Token::from_bits([number; 16])
}

fn reading(call: &str) -> Errand {
    Errand::Reading {
        purpose: "run notes".to_owned(),
        call: call.to_owned(),
    }
}

fn writing(tokens: &[u8]) -> Errand {
    Errand::Writing {
        purpose: "run notes".to_owned(),
        tokens: tokens.iter().map(|number| token(*number)).collect(),
    }
}

fn parcel(key: &str) -> Parcel {
    Parcel {
        key: key.to_owned(),
        payload: format!("payload of {key}").into_bytes(),
    }
}

const SOON: Duration = Duration::from_millis(20);
const LATE: Duration = Duration::from_secs(30);

/// Asks, and does not wait.
async fn hand_over(relay: &StoreRelay, errand: &Errand, keys: &[&str]) {
    let parcels = keys.iter().map(|key| parcel(key)).collect();
    let waits = relay
        .exchange(&line(), errand, &token(1), parcels, SOON)
        .await;
    assert_eq!(waits, Err(Broken::Waits));
}

async fn carry(relay: &StoreRelay, session: &str, answer: &str) -> Option<String> {
    let taken = relay.take(&line(), session).await.expect("the store");
    let taken = taken.expect("it may take")?;
    let sealed = taken.sealed.unwrap_or(taken.payload);
    let seal = relay.seal(&line(), session, &taken.key, sealed).await;
    seal.expect("the store").expect("it is out");
    let kept = relay
        .answer(&line(), session, &taken.key, answer.as_bytes().to_vec())
        .await;
    kept.expect("the store").expect("it is out");
    Some(taken.key)
}

#[tokio::test]
async fn an_answer_that_is_there_is_given_at_once_and_the_first_payload_counts() {
    let (relay, _hub, heard) = relay();
    hand_over(&relay, &writing(&[1, 2]), &["w 1", "w 2"]).await;
    relay.open(&line(), "s").await.unwrap().unwrap();
    assert_eq!(*locked(&heard.arrived), 1);
    assert_eq!(carry(&relay, "s", "one").await.as_deref(), Some("w 1"));
    assert_eq!(carry(&relay, "s", "two").await.as_deref(), Some("w 2"));
    assert_eq!(carry(&relay, "s", "none").await, None);
    // Nobody waited for them any more, so that the flow is woken.
    assert_eq!(*locked(&heard.answered), ["notes", "notes"]);
    let other = Parcel {
        payload: b"another".to_vec(),
        ..parcel("w 2")
    };
    let again = relay
        .exchange(&line(), &writing(&[2]), &token(1), vec![other], SOON)
        .await;
    assert_eq!(again, Ok(Ok(vec![b"two".to_vec()])));
}

#[tokio::test]
async fn who_waits_hears_the_answer_and_nobody_else_is_woken() {
    let (relay, _hub, heard) = relay();
    relay.open(&line(), "s").await.unwrap().unwrap();
    let asking = {
        let relay = Arc::clone(&relay);
        tokio::spawn(async move {
            let parcels = vec![parcel("a"), parcel("b")];
            relay
                .exchange(&line(), &reading("c-0"), &token(1), parcels, LATE)
                .await
        })
    };
    for answer in ["of a", "of b"] {
        let waiting = relay.pending(&line(), "s", LATE).await.unwrap().unwrap();
        // Nothing else is at work: then there is one, or it was too early.
        if waiting.parcels == 0 {
            tokio::time::sleep(SOON).await;
        }
        assert!(carry(&relay, "s", answer).await.is_some());
    }
    let answers = asking.await.unwrap();
    assert_eq!(answers, Ok(Ok(vec![b"of a".to_vec(), b"of b".to_vec()])));
    assert!(locked(&heard.answered).is_empty());
}

#[tokio::test]
async fn a_call_has_its_moment_until_it_is_settled() {
    let (relay, ..) = relay();
    let moment = async |call: &str| relay.moment(&line(), "run notes", call).await.unwrap();
    assert_eq!(moment("c-0").await, None);
    hand_over(&relay, &reading("c-0"), &["changes"]).await;
    hand_over(&relay, &reading("d-0"), &["find"]).await;
    assert_eq!(moment("c-0").await, Some(token(1)));
    assert_eq!(moment("c-1").await, None);
    let call = Settled::Call {
        purpose: "run notes",
        call: "c-0",
    };
    relay.forget(&line(), call).await.unwrap();
    assert_eq!(moment("c-0").await, None);
    assert_eq!(moment("d-0").await, Some(token(1)));
    let purpose = "run others";
    let others = Settled::Readings { purpose };
    relay.forget(&line(), others).await.unwrap();
    assert_eq!(moment("d-0").await, Some(token(1)));
    let purpose = "run notes";
    let ours = Settled::Readings { purpose };
    relay.forget(&line(), ours).await.unwrap();
    assert_eq!(moment("d-0").await, None);
}

#[tokio::test]
async fn parcels_of_writes_are_kept_until_the_last_operation_of_their_call_is_settled() {
    let (relay, ..) = relay();
    hand_over(&relay, &writing(&[1, 2]), &["w"]).await;
    let known = async |number: u8| {
        let listed = relay.listed(&line()).await.unwrap();
        listed.iter().any(|row| match &row.head.asker {
            Asker::Writing { tokens, .. } => tokens.contains(&token(number)),
            Asker::Reading { .. } => false,
        })
    };
    let tokens = [token(1)];
    let first = Settled::Writes { tokens: &tokens };
    relay.forget(&line(), first).await.unwrap();
    assert_eq!((known(1).await, known(2).await), (false, true));
    let open = [token(2)];
    let all = Settled::All {
        purpose: "run notes",
        open: &open,
    };
    relay.forget(&line(), all).await.unwrap();
    assert!(known(2).await, "it is still open");
    let all = Settled::All {
        purpose: "run notes",
        open: &[],
    };
    relay.forget(&line(), all).await.unwrap();
    assert!(!known(2).await);
}

#[tokio::test]
async fn a_new_session_ends_the_one_before_and_gives_out_again_what_was_sealed() {
    let (relay, ..) = relay();
    hand_over(&relay, &writing(&[1]), &["w 1"]).await;
    relay.open(&line(), "first").await.unwrap().unwrap();
    let taken = relay.take(&line(), "first").await.unwrap().unwrap();
    assert_eq!(taken.expect("one").sealed, None);
    let bytes = b"sealed".to_vec();
    let sealed = relay.seal(&line(), "first", "w 1", bytes.clone()).await;
    sealed.unwrap().unwrap();
    assert!(
        relay.take(&line(), "first").await.unwrap().is_err(),
        "one is out"
    );
    relay.open(&line(), "second").await.unwrap().unwrap();
    assert!(relay.take(&line(), "first").await.unwrap().is_err());
    let late = relay.answer(&line(), "first", "w 1", bytes.clone()).await;
    assert!(late.unwrap().is_err());
    let taken = relay.take(&line(), "second").await.unwrap().unwrap();
    assert_eq!(taken.expect("the same").sealed, Some(bytes.clone()));
    // Put back, it is as it was: in the visit before it may have arrived.
    let back = relay.put_back(&line(), "second", "w 1").await;
    back.unwrap().unwrap();
    let taken = relay.take(&line(), "second").await.unwrap().unwrap();
    assert_eq!(taken.expect("the same").sealed, Some(bytes));
    relay.close(&line(), "first").await.unwrap();
    assert!(
        relay
            .pending(&line(), "second", SOON)
            .await
            .unwrap()
            .is_ok()
    );
    relay.close(&line(), "second").await.unwrap();
    assert!(
        relay
            .pending(&line(), "second", SOON)
            .await
            .unwrap()
            .is_err()
    );
}

#[tokio::test]
async fn what_surely_did_not_arrive_goes_out_as_if_it_never_had() {
    let (relay, _hub, _) = relay();
    hand_over(&relay, &writing(&[1]), &["w 1"]).await;
    relay.open(&line(), "s").await.unwrap().unwrap();
    for _ in 0..2 {
        let taken = relay.take(&line(), "s").await.unwrap().unwrap();
        assert_eq!(taken.expect("it waits").sealed, None);
        let sealed = relay.seal(&line(), "s", "w 1", b"bytes".to_vec()).await;
        sealed.unwrap().unwrap();
        let back = relay.put_back(&line(), "s", "w 1").await;
        back.unwrap().unwrap();
    }
}

#[tokio::test]
async fn an_operation_is_taken_back_until_it_may_have_left() {
    let (relay, _hub, _) = relay();
    hand_over(&relay, &writing(&[1]), &["w 1"]).await;
    hand_over(&relay, &writing(&[2]), &["w 2"]).await;
    hand_over(&relay, &writing(&[3, 4]), &["w 3"]).await;
    let withdraw = async |number| relay.withdraw(&line(), &token(number)).await.unwrap();
    assert_eq!(withdraw(9).await, Withdrawal::Nothing);
    assert_eq!(withdraw(1).await, Withdrawal::Withdrawn);
    assert_eq!(withdraw(1).await, Withdrawal::Nothing);
    let (five, six) = (format!("w.{}", token(5)), format!("w.{}", token(6)));
    hand_over(&relay, &writing(&[5, 6]), &[&five, &six]).await;
    assert_eq!(withdraw(5).await, Withdrawal::Withdrawn, "its key names it");
    assert_eq!(withdraw(5).await, Withdrawal::Nothing);
    // What goes with another's is not to be parted.
    assert_eq!(withdraw(3).await, Withdrawal::HandedOver);
    relay.open(&line(), "s").await.unwrap().unwrap();
    let taken = relay.take(&line(), "s").await.unwrap().unwrap();
    assert_eq!(taken.expect("it waits").key, "w 2");
    assert_eq!(withdraw(2).await, Withdrawal::HandedOver, "it is out");
    let sealed = relay.seal(&line(), "s", "w 2", b"bytes".to_vec()).await;
    sealed.unwrap().unwrap();
    relay.close(&line(), "s").await.unwrap();
    assert_eq!(withdraw(2).await, Withdrawal::HandedOver, "it is sealed");
}

#[tokio::test]
async fn what_nobody_will_come_back_to_is_dropped_when_the_system_calls() {
    let (relay, hub, _) = relay();
    let of = |purpose: &str| Errand::Reading {
        purpose: purpose.to_owned(),
        call: "c-0".to_owned(),
    };
    hand_over(&relay, &of("check"), &["check"]).await;
    hand_over(&relay, &of("plan notes"), &["plan"]).await;
    hand_over(&relay, &of("run notes"), &["run"]).await;
    let _at_work = hub.line(&line()).work("plan notes");
    relay.open(&line(), "s").await.unwrap().unwrap();
    let mut carried = Vec::new();
    while let Some(key) = carry(&relay, "s", "x").await {
        carried.push(key);
    }
    assert_eq!(carried, ["plan", "run"]);
}

#[tokio::test]
async fn what_is_too_much_is_refused_in_words() {
    let (relay, ..) = relay();
    let (line, errand, moment) = (line(), reading("c-0"), token(1));
    let asked = async |parcels: Vec<Parcel>| {
        let asked = relay.exchange(&line, &errand, &moment, parcels, Duration::ZERO);
        asked.await
    };
    let refused = async |parcels: Vec<Parcel>| asked(parcels).await.is_ok_and(|told| told.is_err());
    let many = |from: usize, count: usize| -> Vec<Parcel> {
        let numbers = from..from + count;
        numbers.map(|n| parcel(&format!("p {n}"))).collect()
    };
    assert!(refused(many(0, EXCHANGE_PARCELS_MAX + 1)).await);
    assert!(refused(vec![parcel("a"), parcel("a")]).await);
    assert!(refused(vec![parcel("")]).await);
    assert!(refused(vec![parcel("é")]).await);
    let large = Parcel {
        payload: vec![0; (1 << 20) + 1],
        ..parcel("a")
    };
    assert!(refused(vec![large]).await);
    for batch in 0..PARCELS_MAX / EXCHANGE_PARCELS_MAX {
        let parcels = many(batch * EXCHANGE_PARCELS_MAX, EXCHANGE_PARCELS_MAX);
        assert_eq!(asked(parcels).await, Err(Broken::Waits));
    }
    assert!(refused(vec![parcel("one more")]).await);
    // One that is known takes no more room.
    assert_eq!(asked(vec![parcel("p 0")]).await, Err(Broken::Waits));
}

#[tokio::test]
async fn where_no_service_runs_nothing_is_kept() {
    let hub = Arc::new(Hub::default());
    let relay = StoreRelay::new(Arc::new(MemoryStore::new()), hub);
    let asked = relay
        .exchange(&line(), &reading("c-0"), &token(1), vec![parcel("a")], LATE)
        .await;
    assert!(asked.unwrap().is_err());
    assert_eq!(relay.moment(&line(), "run notes", "c-0").await, Ok(None));
}
