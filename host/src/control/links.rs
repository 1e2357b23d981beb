//! Links for people: shown, removed, taken back, read from a file and written to one.

use std::collections::BTreeSet;

use crate::engine::world::World;
use crate::model::link::{Cause, Circles};
use crate::model::text::words;
use crate::model::{Link, LinkSet, LinkSide, LinkState, NativeId, Side, Text};
use crate::store::{Change, EventQuery, LeaseScope};

use super::request::{Answer, FlowRef};
use super::{Control, ControlError};

/// Links fetched at once for an export, and stored at once.
const LINK_PAGE: usize = 1_000;
/// Lines of one record's journal that are looked at.
const HISTORY_MAX: usize = 100;
/// Kinds of events.
const MADE: &str = "link-made";
const REMOVED: &str = "link-removed";

/// A pair as a line of a file names it.
pub(super) struct PairLine {
    pub line: usize,
    pub source: String,
    pub target: String,
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
        let set = self.set(&flow)?;
        let ids = std::slice::from_ref(&id);
        let store = self.store().await?;
        let mut found = store.links(&set, Side::Left, ids).await?;
        found.extend(store.links(&set, Side::Right, ids).await?);
        let link = found
            .into_iter()
            .flatten()
            .next()
            .ok_or_else(|| no_link(&set, &id))?;
        let query = EventQuery {
            flow: Some(flow.flow),
            record: Some(link.left.id.clone()),
            run: None,
            limit: HISTORY_MAX,
        };
        let history = store.events(&set.tenant, &query).await?;
        Ok(Answer::Link {
            link: Box::new(link),
            history,
        })
    }

    pub(super) async fn link_remove(
        &self,
        flow: FlowRef,
        source: NativeId,
    ) -> Result<Answer, ControlError> {
        let set = self.set(&flow)?;
        let store = self.store().await?;
        let found = store
            .links(&set, Side::Left, std::slice::from_ref(&source))
            .await?;
        let link = found
            .into_iter()
            .flatten()
            .next()
            .ok_or_else(|| no_link(&set, &source))?;
        self.commit(LeaseScope::set(&set), self.parting(&flow, &link))
            .await?;
        Ok(Answer::LinkRemoved { source })
    }

    pub(super) async fn link_export(&self, flow: FlowRef) -> Result<Answer, ControlError> {
        let set = self.set(&flow)?;
        let mut csv = String::from("source,target\n");
        let (mut links, mut after) = (0, None);
        loop {
            let page = self
                .store()
                .await?
                .link_page(&set, after.as_ref(), LINK_PAGE)
                .await?;
            let Some(last) = page.last() else {
                return Ok(Answer::LinkCsv { csv, links });
            };
            after = Some(last.left.id.clone());
            links += page.len() as u64;
            for link in &page {
                csv.push_str(&csv_cell(link.left.id.as_str()));
                csv.push(',');
                csv.push_str(&csv_cell(link.right.id.as_str()));
                csv.push('\n');
            }
        }
    }

    /// Reads pairs and says what is new; with `apply` stores them. A line that contradicts a link is
    /// refused and told.
    pub(super) async fn link_import(
        &self,
        flow: FlowRef,
        csv: &str,
        apply: bool,
    ) -> Result<Answer, ControlError> {
        let heading = csv
            .lines()
            .next()
            .map(|line| line.trim().trim_start_matches('\u{feff}'));
        if heading != Some("source,target") {
            let english = "the first line must be the heading `source,target`";
            return Err(ControlError::command("no-heading", vec![], english));
        }
        let (mut pairs, mut refused) = (Vec::new(), Vec::new());
        for (nth, line) in csv
            .lines()
            .enumerate()
            .skip(1)
            .filter(|(_, l)| !l.trim().is_empty())
        {
            let line_number = nth + 1;
            let Some((source, target)) = csv_pair(line) else {
                refused.push(words!(
                    "import-no-pair",
                    "line {line}: not `source,target`",
                    line = line_number
                ));
                continue;
            };
            pairs.push(PairLine {
                line: line_number,
                source,
                target,
            });
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
        mut refused: Vec<Text>,
        apply: bool,
    ) -> Result<Answer, ControlError> {
        let set = self.set(flow)?;
        let store = self.store().await?;
        let (mut new, mut same) = (Vec::new(), 0);
        let (mut lefts, mut rights) = (BTreeSet::new(), BTreeSet::new());
        for pair in pairs {
            let number = pair.line;
            let ids = (NativeId::parse(&pair.source), NativeId::parse(&pair.target));
            let (Ok(left), Ok(right)) = ids else {
                refused.push(words!(
                    "import-bad-id",
                    "line {line}: an id is empty or too long",
                    line = number
                ));
                continue;
            };
            let by_left = store
                .links(&set, Side::Left, std::slice::from_ref(&left))
                .await?;
            let by_right = store
                .links(&set, Side::Right, std::slice::from_ref(&right))
                .await?;
            let known: Vec<Link> = by_left.into_iter().chain(by_right).flatten().collect();
            if known
                .iter()
                .any(|link| link.left.id == left && link.right.id == right)
            {
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
            } else if !lefts.insert(left.clone()) || !rights.insert(right.clone()) {
                refused.push(words!(
                    "import-twice",
                    "line {line}: an id stands on two lines",
                    line = number
                ));
            } else {
                new.push(self.new_link(&set, left, right, cause.clone()));
            }
        }
        let count = new.len() as u64;
        let applied = apply && refused.is_empty();
        if applied {
            for chunk in new.chunks(LINK_PAGE) {
                let changes = chunk.iter().flat_map(|link| self.linking(flow, link));
                self.commit(LeaseScope::set(&set), changes.collect())
                    .await?;
            }
        }
        Ok(Answer::LinksImported {
            applied,
            new: count,
            same,
            refused,
        })
    }

    /// Takes back what a person last did to the link of a source record.
    pub(super) async fn link_undo(
        &self,
        flow: FlowRef,
        source: NativeId,
    ) -> Result<Answer, ControlError> {
        let set = self.set(&flow)?;
        let query = EventQuery {
            flow: Some(flow.flow.clone()),
            record: Some(source.clone()),
            run: None,
            limit: HISTORY_MAX,
        };
        let store = self.store().await?;
        let history = store.events(&set.tenant, &query).await?;
        let last = history
            .iter()
            .find(|event| [MADE, REMOVED].contains(&event.kind.as_str()));
        let other = last.and_then(|event| {
            let (_, other) = event
                .message
                .args
                .iter()
                .find(|(name, _)| name == "other")?;
            NativeId::parse(other).ok()
        });
        let (Some(event), Some(target)) = (last, other) else {
            let english = format!("no person did anything to the link of {source}");
            let args = vec![("source", source.to_string())];
            return Err(
                ControlError::command("nothing-to-undo", args, english).hint(
                    "nothing-to-undo",
                    vec![],
                    "what a run linked is parted with `liaison link remove`; the next run then recognises the \
                     record again, or makes it anew",
                ),
            );
        };
        let ids = std::slice::from_ref(&source);
        let now = store.links(&set, Side::Left, ids).await?;
        let now = now.into_iter().flatten().next();
        let changes = match (event.kind == MADE, now) {
            (true, Some(link)) if link.right.id == target => self.parting(&flow, &link),
            (false, None) => {
                let link = self.new_link(&set, source.clone(), target.clone(), Cause::Person);
                self.linking(&flow, &link)
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
        self.commit(LeaseScope::set(&set), changes).await?;
        Ok(Answer::LinkUndone {
            linked: event.kind == REMOVED,
            source,
            target,
        })
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

    fn parting(&self, flow: &FlowRef, link: &Link) -> Vec<Change> {
        let (record, other) = (&link.left.id, &link.right.id);
        let message = words!(
            "event-link-removed",
            "a person removed the link to {other}",
            other = other
        );
        vec![
            Change::RemoveLink {
                set: link.set.clone(),
                left: record.clone(),
            },
            self.event(&link.set.tenant, &flow.flow, record, REMOVED, message),
        ]
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
        self.link_set(&id, &flow.flow)
    }
}

fn no_link(set: &LinkSet, id: &NativeId) -> ControlError {
    let english = format!("{id} has no link in {set}");
    let args = vec![("id", id.to_string()), ("set", set.to_string())];
    ControlError::command("no-link", args, english)
}

fn csv_cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Two cells, quoted or not.
fn csv_pair(line: &str) -> Option<(String, String)> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.trim_end_matches('\r').chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                cell.push('"');
                letters.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            other => cell.push(other),
        }
    }
    cells.push(cell);
    match <[String; 2]>::try_from(cells) {
        Ok([left, right]) => Some((left, right)),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_as_they_went() {
        for id in ["57", "a,b", "say \"x\"", "type_number_customer"] {
            let line = format!("{},{}", csv_cell(id), csv_cell("1"));
            assert_eq!(csv_pair(&line), Some((id.to_owned(), "1".to_owned())));
        }
        assert_eq!(csv_pair("only one"), None);
        assert_eq!(csv_pair("1,2,3"), None);
    }
}
