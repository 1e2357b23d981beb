//! `reset`: a flow looks at everything again. Its links stay, so that no record is made a second time.
//!
//! Soft: what was read is forgotten, and what is linked is compared anew. Hard: the links themselves are
//! compared with what natural keys say, and those that the keys contradict are put right first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use crate::engine::survey::Among;
use crate::engine::{MAY_EXIST, Observer, TOO_MANY_GONE, gone_fingerprint};
use crate::model::link::Cause;
use crate::model::run::Parked;
use crate::model::text::words;
use crate::model::{FlowName, Link, LinkSet, NativeId};
use crate::store::{Change, LeaseScope, Store};

use super::held::Held;
use super::matches::paired;
use super::request::{Answer, FlowRef};
use super::{Control, ControlError};

/// Links changed in one transaction.
const LINK_PAGE: usize = 1_000;
/// Changed links that are shown; the counts say how many there are.
const SHOWN_MAX: usize = 50;

#[derive(Debug, Clone, Serialize)]
pub struct ResetReport {
    pub flow: FlowName,
    pub hard: bool,
    /// Else it only says what it would do.
    pub applied: bool,
    pub links: u64,
    pub rebuilt: Option<Rebuilt>,
}

/// What natural keys say of the links.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Rebuilt {
    /// The keys say the same.
    pub confirmed: u64,
    /// The keys say nothing clear; the link stays, or the record would be made again.
    pub kept: u64,
    /// The keys give a target that another link holds on to: left alone, for a person.
    pub contested: u64,
    pub moved_count: u64,
    pub new_count: u64,
    /// Source, the target it was linked to, and the one it belongs to.
    pub moved: Vec<(NativeId, NativeId, NativeId)>,
    /// Source and target that belong together and were not linked.
    pub new: Vec<(NativeId, NativeId)>,
}

impl Control {
    pub(super) async fn reset(
        &self,
        flow: FlowRef,
        hard: bool,
        apply: bool,
        observer: Arc<dyn Observer>,
    ) -> Result<Answer, ControlError> {
        let set = self.set(&flow)?;
        // Nobody writes between what is read here and what is written.
        let held = match apply {
            true => Some(self.hold(&LeaseScope::set(&set)).await?),
            false => None,
        };
        let report = self
            .reset_held(&flow, &set, hard, held.as_ref(), observer)
            .await;
        let report = match held {
            Some(held) => held.given_back(report).await?,
            None => report?,
        };
        Ok(Answer::Reset(Box::new(report)))
    }

    async fn reset_held(
        &self,
        flow: &FlowRef,
        set: &LinkSet,
        hard: bool,
        held: Option<&Held>,
        observer: Arc<dyn Observer>,
    ) -> Result<ResetReport, ControlError> {
        let store = Arc::clone(self.store().await?);
        let mut links = all_links(&*store, set).await?;
        let mut report = ResetReport {
            flow: flow.flow.clone(),
            hard,
            applied: held.is_some(),
            links: links.len() as u64,
            rebuilt: None,
        };
        let (mut changes, mut relinking) = (Vec::new(), Vec::new());
        if hard {
            let (rebuilt, now) = self.rebuild(flow, set, links, observer).await?;
            // In one transaction: a record that has lost its link and not yet its new one would be made again.
            relinking.extend(now.removed);
            relinking.extend(now.made);
            links = now.kept;
            report.rebuilt = Some(rebuilt);
        }
        let Some(held) = held else {
            return Ok(report);
        };
        changes.extend(links.into_iter().map(|mut link| {
            for side in [&mut link.left, &mut link.right] {
                // What became of one whose partner is gone is not done again.
                side.fingerprint = side.fingerprint.filter(|seen| *seen == gone_fingerprint());
            }
            Change::PutLink(Box::new(link))
        }));
        for name in [flow.flow.clone(), flow.flow.back()] {
            changes.push(Change::RemoveCursor {
                tenant: set.tenant.clone(),
                flow: name.clone(),
            });
            let parked = store.parked_list(&set.tenant, Some(&name)).await?;
            // About these a person decides one by one: what may be there already would be made once more.
            let again = (parked.into_iter())
                .filter(|parked| ![MAY_EXIST, TOO_MANY_GONE].contains(&parked.code.as_str()));
            changes.extend(again.map(|parked| {
                let retry = true;
                Change::PutParked(Box::new(Parked { retry, ..parked }))
            }));
        }
        if !relinking.is_empty() {
            relinking.extend(self.withdrawing(&relinking).await?);
            held.commit(relinking).await?;
        }
        // A crash in between leaves some links that are not compared anew.
        for chunk in changes.chunks(LINK_PAGE) {
            held.commit(chunk.to_vec()).await?;
        }
        Ok(report)
    }

    async fn rebuild(
        &self,
        flow: &FlowRef,
        set: &LinkSet,
        links: Vec<Link>,
        observer: Arc<dyn Observer>,
    ) -> Result<(Rebuilt, Relinked), ControlError> {
        let engine = self.whole_engine(flow, "reset", observer).await?;
        let survey = engine.survey(&flow.flow, Among::All).await?;
        let (found, _) = paired(survey).await?;
        let mut certain: BTreeMap<&str, &str> = (found.certain.iter())
            .map(|pair| (pair.source.id.as_str(), pair.target.id.as_str()))
            .collect();
        let contested = drop_contested(&mut certain, &links);
        let mut rebuilt = Rebuilt {
            contested,
            ..Rebuilt::default()
        };
        let mut now = Relinked::default();
        for link in links {
            let (left, right) = (link.left.id.as_str(), link.right.id.as_str());
            match certain.remove(left) {
                Some(target) if target == right => rebuilt.confirmed += 1,
                Some(target) => {
                    let target = NativeId::parse(target).map_err(|wrong| {
                        ControlError::bug(format!("an id of a survey is none: {wrong}"))
                    })?;
                    // First all are parted, so that links may change places.
                    now.removed.push(Change::RemoveLink {
                        set: set.clone(),
                        left: link.left.id.clone(),
                    });
                    let link_now =
                        self.new_link(set, link.left.id.clone(), target.clone(), Cause::Person);
                    now.made.extend(self.moving(flow, &link, &link_now));
                    rebuilt.moved.push((link.left.id, link.right.id, target));
                    continue;
                }
                None => rebuilt.kept += 1,
            }
            now.kept.push(link);
        }
        for (source, target) in certain {
            let (Ok(left), Ok(right)) = (NativeId::parse(source), NativeId::parse(target)) else {
                continue;
            };
            rebuilt.new.push((left.clone(), right.clone()));
            let link = self.new_link(set, left, right, Cause::Person);
            now.made.extend(self.linking(flow, &link));
        }
        let message = words!(
            "event-reset",
            "the links were rebuilt from natural keys: {moved} moved, {new} new",
            moved = rebuilt.moved.len(),
            new = rebuilt.new.len()
        );
        if let Some(first) = now.kept.first() {
            let record = &first.left.id;
            now.made
                .push(self.event(&set.tenant, &flow.flow, record, "reset", message));
        }
        rebuilt.moved_count = rebuilt.moved.len() as u64;
        rebuilt.new_count = rebuilt.new.len() as u64;
        rebuilt.moved.truncate(SHOWN_MAX);
        rebuilt.new.truncate(SHOWN_MAX);
        Ok((rebuilt, now))
    }
}

/// Links as they are to be.
#[derive(Default)]
struct Relinked {
    removed: Vec<Change>,
    made: Vec<Change>,
    kept: Vec<Link>,
}

/// Takes out the pairs whose target belongs to a link that stays, and counts them: a person decides.
fn drop_contested(certain: &mut BTreeMap<&str, &str>, links: &[Link]) -> u64 {
    let mut dropped = 0;
    loop {
        let held: BTreeSet<&str> = (links.iter())
            .filter(|link| !certain.contains_key(link.left.id.as_str()))
            .map(|link| link.right.id.as_str())
            .collect();
        let before = certain.len();
        certain.retain(|_, target| !held.contains(target));
        dropped += (before - certain.len()) as u64;
        if certain.len() == before {
            return dropped;
        }
    }
}

async fn all_links(store: &dyn Store, set: &LinkSet) -> Result<Vec<Link>, ControlError> {
    let mut links: Vec<Link> = Vec::new();
    loop {
        let after = links.last().map(|link| link.left.id.clone());
        let page = store.link_page(set, after.as_ref(), LINK_PAGE).await?;
        if page.is_empty() {
            return Ok(links);
        }
        links.extend(page);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance;

    /// (links as `source=target`, certain pairs, pairs that remain, how many are contested)
    #[test]
    fn a_target_that_a_staying_link_holds_is_taken_from_nobody() {
        for (links, pairs, remain, contested) in [
            ("a=1 b=2", "a=1 b=2", "a=1 b=2", 0),
            // They change places.
            ("a=1 b=2", "a=2 b=1", "a=2 b=1", 0),
            // Nothing clear is known of b, so that it keeps what a would take.
            ("a=1 b=2", "a=2", "", 1),
            // And what a keeps then is not for c.
            ("a=1 b=2", "a=2 c=1", "", 2),
            ("a=1", "a=1 c=3", "a=1 c=3", 0),
        ] {
            let pair = |text: &'static str| text.split_once('=').expect("a pair");
            let links: Vec<Link> = (links.split_whitespace())
                .map(|text| conformance::link(&conformance::set(), pair(text).0, pair(text).1))
                .collect();
            let mut certain: BTreeMap<&str, &str> = pairs.split_whitespace().map(pair).collect();
            assert_eq!(drop_contested(&mut certain, &links), contested, "{pairs}");
            let left: Vec<String> = certain.iter().map(|(s, t)| format!("{s}={t}")).collect();
            assert_eq!(left.join(" "), remain);
        }
    }
}
