//! Links for people: shown, removed, taken back, read from a file and written to one.
//!
//! Invariant: what changes a link looks it up under the lease under which it changes it, so that no run
//! comes in between.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::config::flow::{Mode, ModeRule};
use crate::engine::Engine;
use crate::engine::world::World;
use crate::matching;
use crate::model::link::{Cause, Circles};
use crate::model::run::Event;
use crate::model::text::words;
use crate::model::{FlowName, Link, LinkSet, LinkSide, LinkState, NativeId, Side, Text};
use crate::store::{Change, EventQuery, LeaseScope, Store};

use super::held::Held;
use super::matches::in_words;
use super::request::{Answer, FlowRef};
use super::{Blame, Control, ControlError};

/// Links looked up, fetched for an export and stored at once.
const LINK_PAGE: usize = 1_000;
/// Lines of one record's journal that are looked at.
const HISTORY_MAX: usize = 100;
/// Lines of a flow's journal in which a pair is looked for that is parted already.
const RECENT_MAX: usize = 2_000;
/// Kinds of events.
const MADE: &str = "link-made";
const REMOVED: &str = "link-removed";
const MOVED: &str = "link-moved";

/// A pair as a line of a file names it.
pub(super) struct PairLine {
    pub line: usize,
    pub source: String,
    pub target: String,
}

/// Where a person means a link, and on which side the id is looked for first: a record in quarantine of
/// the way back (`FLOW~`) stands there by its id in the target.
struct Meant {
    flow: FlowRef,
    set: LinkSet,
    sides: [Side; 2],
}

/// What a person or a command of theirs last did to the link of a source record.
struct ByHand {
    source: NativeId,
    other: NativeId,
    did: Did,
}

enum Did {
    Made,
    Removed,
    Moved { before: NativeId },
}

/// Pairs of a file against the links that are there.
struct Sorted {
    new: Vec<Link>,
    same: u64,
    refused: Vec<Text>,
}

impl Control {
    pub(super) async fn link_list(
        &self,
        flow: FlowRef,
        after: Option<NativeId>,
        limit: usize,
    ) -> Result<Answer, ControlError> {
        let set = self.set(&flow)?;
        Ok(Answer::Links(
            self.store()
                .await?
                .link_page(&set, after.as_ref(), limit)
                .await?,
        ))
    }

    /// A link by the id of either side.
    pub(super) async fn link_show(
        &self,
        flow: FlowRef,
        id: NativeId,
    ) -> Result<Answer, ControlError> {
        let meant = self.meant(flow)?;
        let store = self.store().await?;
        let link = meant.link(&**store, &id).await?;
        let query = EventQuery {
            flow: Some(meant.flow.flow),
            record: Some(link.left.id.clone()),
            run: None,
            limit: HISTORY_MAX,
        };
        let history = store.events(&meant.set.tenant, &query).await?;
        Ok(Answer::Link {
            link: Box::new(link),
            history,
        })
    }

    /// By the id of either side.
    pub(super) async fn link_remove(
        &self,
        flow: FlowRef,
        id: NativeId,
    ) -> Result<Answer, ControlError> {
        let meant = self.meant(flow)?;
        let held = self.hold(&LeaseScope::set(&meant.set)).await?;
        let parted = self.part(&held, &meant, &id).await;
        held.given_back(parted).await
    }

    async fn part(
        &self,
        held: &Held,
        meant: &Meant,
        id: &NativeId,
    ) -> Result<Answer, ControlError> {
        let link = meant.link(&**self.store().await?, id).await?;
        held.commit(self.parting(&meant.flow, &link)).await?;
        Ok(Answer::LinkRemoved {
            source: link.left.id,
            target: link.right.id,
        })
    }

    pub(super) async fn link_export(&self, flow: FlowRef) -> Result<Answer, ControlError> {
        let set = self.set(&flow)?;
        let store = self.store().await?;
        let mut pairs: Vec<(NativeId, NativeId)> = Vec::new();
        loop {
            let after = pairs.last().map(|(left, _)| left.clone());
            let page = store.link_page(&set, after.as_ref(), LINK_PAGE).await?;
            if page.is_empty() {
                break;
            }
            pairs.extend(page.into_iter().map(|link| (link.left.id, link.right.id)));
        }
        let ids = pairs
            .iter()
            .map(|(left, right)| (left.as_str(), right.as_str()));
        Ok(Answer::LinkCsv {
            csv: matching::write_pairs(ids),
            links: pairs.len() as u64,
        })
    }

    /// Reads pairs and says what is new; with `apply` stores them. A line that contradicts a link is
    /// refused and told.
    pub(super) async fn link_import(
        &self,
        flow: FlowRef,
        csv: &str,
        apply: bool,
    ) -> Result<Answer, ControlError> {
        let Some(rows) = matching::read_pairs(csv) else {
            let english = "the first line must be the heading `source,target`";
            return Err(
                ControlError::command("no-heading", vec![], english).hint(
                    "no-heading",
                    vec![],
                    "`liaison link export FLOW` writes such a file; `;` or a tab may stand in place of the comma",
                ),
            );
        };
        let (mut pairs, mut refused) = (Vec::new(), Vec::new());
        for row in rows {
            match row {
                Ok(row) => pairs.push(PairLine {
                    line: row.line,
                    source: row.ids.source,
                    target: row.ids.target,
                }),
                Err(wrong) => refused.push(in_words(&wrong)),
            }
        }
        self.link_pairs(&flow, Cause::Import, pairs, refused, apply)
            .await
    }

    /// Links pairs that are new and contradict nothing; with any refused line, none.
    pub(super) async fn link_pairs(
        &self,
        flow: &FlowRef,
        cause: Cause,
        pairs: Vec<PairLine>,
        refused: Vec<Text>,
        apply: bool,
    ) -> Result<Answer, ControlError> {
        let set = self.set(flow)?;
        let tenant = self.read_tenant(&set.tenant)?;
        if let Some(meant) = tenant.flows.get(&flow.flow) {
            let file = self.flow_file(&tenant, meant)?;
            if matches!(&file.mode, ModeRule::Fixed(mode) if mode.value == Mode::Answer) {
                return Err(answers_only(&flow.flow));
            }
        }
        self.refuse_renamed(&tenant, &set).await?;
        if !apply {
            let sorted = self.sorted(&set, &cause, pairs, refused).await?;
            return Ok(sorted.told(false));
        }
        let held = self.hold(&LeaseScope::set(&set)).await?;
        let stored = match self.sorted(&set, &cause, pairs, refused).await {
            Ok(sorted) => self.store_sorted(&held, flow, sorted).await,
            Err(error) => Err(error),
        };
        held.given_back(stored).await
    }

    async fn sorted(
        &self,
        set: &LinkSet,
        cause: &Cause,
        pairs: Vec<PairLine>,
        mut refused: Vec<Text>,
    ) -> Result<Sorted, ControlError> {
        let store = self.store().await?;
        let (mut new, mut same) = (Vec::new(), 0);
        let (mut taken_lefts, mut taken_rights) = (BTreeSet::new(), BTreeSet::new());
        for chunk in pairs.chunks(LINK_PAGE) {
            let (mut lines, mut lefts, mut rights) = (Vec::new(), Vec::new(), Vec::new());
            for pair in chunk {
                let ids = (NativeId::parse(&pair.source), NativeId::parse(&pair.target));
                let (Ok(left), Ok(right)) = ids else {
                    refused.push(words!(
                        "import-bad-id",
                        "line {line}: an id is empty or too long",
                        line = pair.line
                    ));
                    continue;
                };
                lines.push(pair.line);
                lefts.push(left);
                rights.push(right);
            }
            let by_left = store.links(set, Side::Left, &lefts).await?;
            let by_right = store.links(set, Side::Right, &rights).await?;
            let found = by_left.into_iter().zip(by_right);
            let asked = lines.into_iter().zip(lefts.into_iter().zip(rights));
            for ((number, (left, right)), (by_left, by_right)) in asked.zip(found) {
                let known: Vec<Link> = [by_left, by_right].into_iter().flatten().collect();
                let is_it = |link: &Link| link.left.id == left && link.right.id == right;
                if known.iter().any(is_it) {
                    same += 1;
                } else if let Some(link) = known.first() {
                    let (l, r) = (&link.left.id, &link.right.id);
                    refused.push(words!(
                        "import-linked",
                        "line {line}: {source} is linked to {target}",
                        line = number,
                        source = l,
                        target = r
                    ));
                } else if !taken_lefts.insert(left.clone()) || !taken_rights.insert(right.clone()) {
                    refused.push(words!(
                        "import-twice",
                        "line {line}: an id stands on two lines",
                        line = number
                    ));
                } else {
                    new.push(self.new_link(set, left, right, cause.clone()));
                }
            }
        }
        Ok(Sorted { new, same, refused })
    }

    async fn store_sorted(
        &self,
        held: &Held,
        flow: &FlowRef,
        sorted: Sorted,
    ) -> Result<Answer, ControlError> {
        if !sorted.refused.is_empty() {
            return Ok(sorted.told(false));
        }
        for chunk in sorted.new.chunks(LINK_PAGE) {
            let mut changes: Vec<Change> = (chunk.iter())
                .flat_map(|link| self.linking(flow, link))
                .collect();
            changes.extend(self.withdrawing(&changes).await?);
            held.commit(changes).await?;
        }
        Ok(sorted.told(true))
    }

    /// Takes back what a person last did to the link of a record, by the id of either side.
    pub(super) async fn link_undo(
        &self,
        flow: FlowRef,
        id: NativeId,
    ) -> Result<Answer, ControlError> {
        let meant = self.meant(flow)?;
        let held = self.hold(&LeaseScope::set(&meant.set)).await?;
        let undone = self.undo(&held, &meant, &id).await;
        held.given_back(undone).await
    }

    async fn undo(
        &self,
        held: &Held,
        meant: &Meant,
        id: &NativeId,
    ) -> Result<Answer, ControlError> {
        let store = Arc::clone(self.store().await?);
        let Some(hand) = last_by_hand(&*store, meant, id).await? else {
            let english = format!("no person did anything to the link of {id}");
            let args = vec![("source", id.to_string())];
            return Err(
                ControlError::command("nothing-to-undo", args, english).hint(
                    "nothing-to-undo",
                    vec![],
                    "what a run linked is parted with `liaison link remove`; the next run then recognises the \
                     record again, or makes it anew",
                ),
            );
        };
        let (set, flow, source) = (&meant.set, &meant.flow, &hand.source);
        let now = found(&*store, set, Side::Left, source).await?;
        let target = hand.did.back_to(&hand.other).clone();
        let mut changes = match (&hand.did, now) {
            (Did::Made, Some(link)) if link.right.id == hand.other => self.parting(flow, &link),
            (Did::Removed, None) => {
                self.refuse_taken(set, &target).await?;
                let link = self.new_link(set, source.clone(), target.clone(), Cause::Person);
                self.linking(flow, &link)
            }
            (Did::Moved { .. }, Some(link)) if link.right.id == hand.other => {
                self.refuse_taken(set, &target).await?;
                let mut back = self.new_link(set, source.clone(), target.clone(), Cause::Person);
                back.generation = link.generation;
                let message = words!(
                    "event-link-moved-back",
                    "a person moved its link from {before} back to {other}",
                    before = link.right.id,
                    other = target
                );
                self.moved(flow, &back, message)
            }
            // A run has been there since.
            _ => {
                let english = format!("the link of {source} has changed since");
                let args = vec![("source", source.to_string())];
                return Err(ControlError::command("undo-moved", args, english).hint(
                    "undo-moved",
                    vec![],
                    "`liaison link show` shows it with its history",
                ));
            }
        };
        changes.extend(rewinding(flow, set));
        changes.extend(self.withdrawing(&changes).await?);
        held.commit(changes).await?;
        Ok(Answer::LinkUndone {
            linked: !matches!(hand.did, Did::Made),
            source: hand.source,
            target,
        })
    }

    /// Refuses a target that belongs to another record by now.
    async fn refuse_taken(&self, set: &LinkSet, target: &NativeId) -> Result<(), ControlError> {
        match found(&**self.store().await?, set, Side::Right, target).await? {
            None => Ok(()),
            Some(link) => Err(taken(&link)),
        }
    }

    /// A link that a person or a file makes, with its line in the journal.
    pub(super) fn linking(&self, flow: &FlowRef, link: &Link) -> Vec<Change> {
        let (record, other) = (&link.left.id, &link.right.id);
        let message = match link.cause {
            Cause::Import => words!(
                "event-link-imported",
                "linked to {other}, from a file",
                other = other
            ),
            _ => words!(
                "event-link-made",
                "a person linked it to {other}",
                other = other
            ),
        };
        vec![
            Change::PutLink(Box::new(link.clone())),
            self.event(&link.set.tenant, &flow.flow, record, MADE, message),
        ]
    }

    /// A link that natural keys give another target, with its line in the journal.
    ///
    /// The new link takes the place of the old one. Where links change places among each other, the caller
    /// removes all of them first, in the same transaction.
    pub(super) fn moving(
        &self,
        flow: &FlowRef,
        link_before: &Link,
        link_now: &Link,
    ) -> Vec<Change> {
        let message = words!(
            "event-link-moved",
            "the keys moved its link from {before} to {other}",
            before = link_before.right.id,
            other = link_now.right.id
        );
        self.moved(flow, link_now, message)
    }

    fn moved(&self, flow: &FlowRef, link: &Link, message: Text) -> Vec<Change> {
        let (tenant, record) = (&link.set.tenant, &link.left.id);
        vec![
            Change::PutLink(Box::new(link.clone())),
            self.event(tenant, &flow.flow, record, MOVED, message),
        ]
    }

    fn parting(&self, flow: &FlowRef, link: &Link) -> Vec<Change> {
        let (record, other) = (&link.left.id, &link.right.id);
        let message = words!(
            "event-link-removed",
            "a person removed the link to {other}",
            other = other
        );
        let mut changes = vec![
            Change::RemoveLink {
                set: link.set.clone(),
                left: record.clone(),
            },
            self.event(&link.set.tenant, &flow.flow, record, REMOVED, message),
        ];
        changes.extend(rewinding(flow, &link.set));
        changes
    }

    pub(super) fn new_link(
        &self,
        set: &LinkSet,
        left: NativeId,
        right: NativeId,
        cause: Cause,
    ) -> Link {
        let now = self.world.now();
        Link {
            set: set.clone(),
            left: LinkSide::new(left),
            right: LinkSide::new(right),
            state: LinkState::Linked,
            generation: 0,
            cause,
            created_at: now,
            updated_at: now,
            circles: Circles::default(),
        }
    }

    pub(super) fn set(&self, flow: &FlowRef) -> Result<LinkSet, ControlError> {
        let id = self.tenant(flow.tenant.clone())?;
        if let Some(other) = self.reverse_of(&id, &flow.flow)? {
            let name = &flow.flow;
            let english = format!("the links of flow `{name}` are those of flow `{other}`");
            let args = vec![("flow", name.to_string()), ("other", other.clone())];
            let hint = format!("name `{other}`; the ids of its source come first");
            return Err(
                ControlError::command("links-of-reverse", args, english).hint(
                    "links-of-reverse",
                    vec![("other", other)],
                    hint,
                ),
            );
        }
        self.link_set(&id, &flow.flow)
    }

    fn meant(&self, flow: FlowRef) -> Result<Meant, ControlError> {
        let (flow, sides) = there(flow);
        let set = self.set(&flow)?;
        Ok(Meant { flow, set, sides })
    }
}

impl Meant {
    /// The link of this id; where it is one of both sides, that of the side meant first.
    async fn link(&self, store: &dyn Store, id: &NativeId) -> Result<Link, ControlError> {
        for side in self.sides {
            if let Some(link) = found(store, &self.set, side, id).await? {
                return Ok(link);
            }
        }
        Err(no_link(&self.set, id))
    }
}

impl Did {
    /// The target that undoing parts it from, or links it to.
    fn back_to<'a>(&'a self, other: &'a NativeId) -> &'a NativeId {
        match self {
            Self::Made | Self::Removed => other,
            Self::Moved { before } => before,
        }
    }
}

impl Sorted {
    fn told(self, applied: bool) -> Answer {
        Answer::LinksImported {
            applied,
            new: self.new.len() as u64,
            same: self.same,
            refused: self.refused,
            undecided: 0,
        }
    }
}

/// The flow under whose name its links stand, and the side of the ids that its quarantine shows.
fn there(flow: FlowRef) -> (FlowRef, [Side; 2]) {
    match flow.flow.there() {
        None => (flow, [Side::Left, Side::Right]),
        Some(there) => {
            let flow = FlowRef {
                flow: there,
                ..flow
            };
            (flow, [Side::Right, Side::Left])
        }
    }
}

/// The next run looks at every record again: the cursor has passed those whose link has changed.
pub(super) fn rewinding(flow: &FlowRef, set: &LinkSet) -> [Change; 2] {
    [flow.flow.clone(), flow.flow.back()].map(|name| Change::RemoveCursor {
        tenant: set.tenant.clone(),
        flow: name,
    })
}

/// A flow that only answers has no pairs that somebody could make.
pub(super) fn makes_pairs(engine: &Engine, flow: &FlowRef) -> Result<(), ControlError> {
    match answers(engine, &flow.flow) {
        true => Err(answers_only(&flow.flow)),
        false => Ok(()),
    }
}

pub(super) fn answers(engine: &Engine, flow: &FlowName) -> bool {
    let found = engine.flows.get(flow);
    found.is_some_and(|found| found.flow.answers())
}

fn answers_only(flow: &FlowName) -> ControlError {
    let message = words!(
        "error-answers-only",
        "flow `{flow}` only answers who asks: it makes no pairs",
        flow = flow
    );
    ControlError::new("answers-only", Blame::Command, message)
}

pub(super) async fn found(
    store: &dyn Store,
    set: &LinkSet,
    side: Side,
    id: &NativeId,
) -> Result<Option<Link>, ControlError> {
    let links = store.links(set, side, std::slice::from_ref(id)).await?;
    Ok(links.into_iter().flatten().next())
}

/// What a person last did to the link of the record with this id on either side. Of a pair that is parted
/// the journal alone knows the other side's id.
async fn last_by_hand(
    store: &dyn Store,
    meant: &Meant,
    id: &NativeId,
) -> Result<Option<ByHand>, ControlError> {
    let tenant = &meant.set.tenant;
    let query = |record, limit| EventQuery {
        flow: Some(meant.flow.flow.clone()),
        record,
        run: None,
        limit,
    };
    for side in meant.sides {
        let linked = match side {
            Side::Left => Some(id.clone()),
            Side::Right => {
                let link = found(store, &meant.set, side, id).await?;
                link.map(|link| link.left.id)
            }
        };
        let source = match linked {
            Some(source) => Some(source),
            None => {
                let recent = store.events(tenant, &query(None, RECENT_MAX)).await?;
                newest(&recent, |hand| hand.names(id)).map(|hand| hand.source)
            }
        };
        let Some(source) = source else { continue };
        let history = store
            .events(tenant, &query(Some(source), HISTORY_MAX))
            .await?;
        if let Some(hand) = newest(&history, |_| true) {
            return Ok(Some(hand));
        }
    }
    Ok(None)
}

impl ByHand {
    /// Whether this id of the other side is one that was linked or parted.
    fn names(&self, id: &NativeId) -> bool {
        let before = match &self.did {
            Did::Moved { before } => Some(before),
            Did::Made | Did::Removed => None,
        };
        self.other == *id || before == Some(id)
    }
}

/// The first of these events, newest first, that a person's command left behind and that is wanted.
fn newest(events: &[Event], wanted: impl Fn(&ByHand) -> bool) -> Option<ByHand> {
    events.iter().filter_map(by_hand).find(wanted)
}

fn by_hand(event: &Event) -> Option<ByHand> {
    let id = |wanted: &str| {
        let mut args = event.message.args.iter();
        let (_, id) = args.find(|(name, _)| name == wanted)?;
        NativeId::parse(id).ok()
    };
    let did = match event.kind.as_str() {
        MADE => Did::Made,
        REMOVED => Did::Removed,
        MOVED => Did::Moved {
            before: id("before")?,
        },
        _ => return None,
    };
    Some(ByHand {
        source: event.record.clone()?,
        other: id("other")?,
        did,
    })
}

fn no_link(set: &LinkSet, id: &NativeId) -> ControlError {
    let english = format!("{id} has no link in {set}");
    let args = vec![("id", id.to_string()), ("set", set.to_string())];
    ControlError::command("no-link", args, english).hint(
        "no-link",
        vec![],
        "`liaison link list FLOW` lists the links, `liaison log --flow FLOW --record ID` tells what became of one",
    )
}

pub(super) fn taken(link: &Link) -> ControlError {
    let (source, target) = (link.left.id.to_string(), link.right.id.to_string());
    let english = format!("{target} belongs to {source} now");
    let args = vec![("source", source.clone()), ("target", target)];
    ControlError::command("link-taken", args, english).hint(
        "link-held",
        vec![("source", source.clone())],
        format!(
            "`liaison link show FLOW {source}` shows that link with its history; if it is the wrong one, part it \
             with `liaison link remove FLOW {source}` and do this again"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance;

    fn id(raw: &str) -> NativeId {
        NativeId::parse(raw).expect("a valid id")
    }

    fn event(kind: &str, record: &str, args: &[(&'static str, &str)]) -> Event {
        let args = args.iter().map(|(name, id)| (*name, (*id).to_owned()));
        Event {
            at: jiff::Timestamp::UNIX_EPOCH,
            tenant: conformance::set().tenant,
            flow: None,
            run: None,
            record: Some(id(record)),
            kind: kind.to_owned(),
            message: Text::new("event", args.collect(), ""),
        }
    }

    #[test]
    fn what_was_last_done_by_hand_is_the_newest_event_of_a_hand() {
        let history = [
            event("updated", "1", &[]),
            event(MOVED, "1", &[("before", "A"), ("other", "B")]),
            event(REMOVED, "2", &[("other", "C")]),
            event(MADE, "1", &[("other", "A")]),
        ];
        let shown = |hand: Option<ByHand>| {
            let hand = hand?;
            let did = match &hand.did {
                Did::Made => "made",
                Did::Removed => "removed",
                Did::Moved { .. } => "moved",
            };
            let back = hand.did.back_to(&hand.other);
            Some(format!("{} {did} {} {back}", hand.source, hand.other))
        };
        let of = |wanted: &str| shown(newest(&history, |hand| hand.other == id(wanted)));
        assert_eq!(
            shown(newest(&history, |_| true)).as_deref(),
            Some("1 moved B A")
        );
        assert_eq!(of("C").as_deref(), Some("2 removed C C"));
        assert_eq!(of("A").as_deref(), Some("1 made A A"));
        assert_eq!(of("D"), None);
        // Without its ids an event says nothing.
        assert!(by_hand(&event(MOVED, "1", &[("other", "B")])).is_none());
    }

    #[test]
    fn the_way_back_shows_ids_of_the_target() {
        let flow = |name: &str| FlowRef {
            tenant: None,
            flow: name.parse().expect("a valid name"),
        };
        assert_eq!(
            there(flow("customers")),
            (flow("customers"), [Side::Left, Side::Right])
        );
        assert_eq!(
            there(flow("customers~")),
            (flow("customers"), [Side::Right, Side::Left])
        );
    }

    #[test]
    fn a_changed_link_sends_the_flow_and_its_way_back_to_the_start() {
        let flow = FlowRef {
            tenant: None,
            flow: "customers".parse().expect("a valid name"),
        };
        let names = rewinding(&flow, &conformance::set()).map(|change| match change {
            Change::RemoveCursor { flow, .. } => flow.to_string(),
            other => panic!("{other:?}"),
        });
        assert_eq!(names, ["customers", "customers~"]);
    }
}
