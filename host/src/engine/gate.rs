//! Lets a record in: filters, what stands aside, and what its link already says.

use serde_json::{Map, Value, json};

use crate::mapping::{self, Flow};
use crate::model::manifest::ChangeSource;
use crate::model::run::{Parked, ParkedKind};
use crate::model::{Entry, Fault, FaultKind, Fingerprint, Link, NativeId, Scope, Text};
use crate::store::IntentKind;

use super::gone::gone_fingerprint;
use super::image::IMAGE_DELETED;
use super::item::{Item, Refusal, Settled, Step};
use super::ladder::MAY_EXIST;
use super::{Asked, FlowInstance, Halt, Job, words};
use crate::mapping::Identity;

/// Whether a parked record must be read by its id. One that the source lists again anyway is not, unless
/// a person wants it tried again: the marker may keep it off that list, or it may be gone.
pub(super) fn wants_visit(parked: &Parked, flow: &FlowInstance) -> bool {
    let shows_again = !matches!(flow.source.spec().changes, ChangeSource::Stamp(_));
    let marks = flow.flow.marker().is_some();
    let reports = flow.flow.report().is_some();
    let half_reported = marks
        && parked
            .report
            .as_ref()
            .is_some_and(|report| report.marker.is_none());
    if shows_again {
        half_reported || parked.retry
    } else {
        parked.retry
            || half_reported
            || (reports && parked.unreported)
            || matches!(parked.kind, ParkedKind::Waiting | ParkedKind::Conflict)
    }
}

/// Of a record whose create was taken back because somebody links it.
pub const BEING_LINKED: &str = "being-linked";

impl Job<'_> {
    /// Fetches what is known of the page's records and lets each in or settles it at once.
    pub(super) async fn open_items(
        &mut self,
        flow: &FlowInstance,
        entries: Vec<Entry>,
        asked: Asked,
    ) -> Result<Vec<Item>, Halt> {
        let ids: Vec<NativeId> = entries.iter().map(|entry| entry.id.clone()).collect();
        let store = &self.engine.store;
        // What somebody may have linked, or another flow between the two, is nothing to one that only answers.
        let links = match flow.flow.answers() {
            true => vec![None; ids.len()],
            false => store.links(&flow.set, flow.side(), &ids).await?,
        };
        let links = ids.iter().zip(links);
        let links = links.map(|(id, link)| link.filter(|_| !self.is_given_up(flow, id)));
        let parked = store.parked(&self.engine.tenant, flow.name(), &ids).await?;
        let mut items: Vec<Item> = entries
            .into_iter()
            .zip(links.into_iter().zip(parked))
            .map(|(entry, (link, parked))| {
                let fingerprint = source_fingerprint(&flow.flow, &entry.body);
                let title = flow
                    .flow
                    .record_title(&entry.body, self.engine.words.lang());
                let generation = link.as_ref().map_or(0, |link| link.generation);
                Item {
                    entry,
                    fingerprint,
                    title,
                    link,
                    parked,
                    mapped: None,
                    generation,
                    step: Step::Candidate,
                    note: None,
                }
            })
            .collect();
        for item in &mut items {
            let record = (flow.set.clone(), item.id().clone(), IntentKind::Target);
            if self.unanswered.contains(&record) {
                item.note = item.parked.as_ref().map(|parked| parked.message.clone());
                item.done(Settled::Waiting);
            } else {
                can_be_asked(flow, item)?;
                item.step = gate(flow, item, asked);
            }
        }
        Ok(items)
    }
}

/// Of the source record without the fields that we write into it, so that our own write does not
/// wake the flow; and of the rules, so that a rule that a person changes reaches what is linked or
/// parked already, the next time the source shows it. Where it changes no field, nothing is written.
pub(super) fn source_fingerprint(flow: &Flow, body: &Value) -> Fingerprint {
    let rest = flow.without_written_back(body);
    mapping::fingerprint(&json!([flow.rules_fingerprint(), rest]))
}

/// Whether somebody asks cannot be told of one record for a reason that holds for all: a field by another name.
/// Then the flow is wrong, and no record of it is refused for that.
fn can_be_asked(flow: &FlowInstance, item: &Item) -> Result<(), Halt> {
    if item.entry.deleted {
        return Ok(());
    }
    let Err(rejection) = flow.flow.not_asked(&item.entry.body) else {
        return Ok(());
    };
    let message = Text::in_languages(rejection.messages);
    Err(Halt::Fault {
        connection: flow.source.connection.clone(),
        fault: Box::new(Fault::new(FaultKind::Misconfigured, Scope::Entity, message)),
    })
}

/// Of what the source's system sets at each write of a record.
pub(super) fn stamps_of(flow: &FlowInstance, body: &Value) -> Fingerprint {
    mapping::fingerprint(&flow.flow.stamps(body))
}

/// The first decision about a record, from what is at hand.
fn gate(flow: &FlowInstance, item: &mut Item, asked: Asked) -> Step {
    let body = &item.entry.body;
    if marker_pending(flow, item) {
        return Step::ReportPending;
    }
    if item.entry.deleted {
        item.note = Some(words(
            "engine-source-deleted",
            vec![],
            "it is deleted in the source",
        ));
        let link = item.link.as_ref();
        // What becomes of a pair of the other direction is for that one to say.
        let dealt_with = |link: &Link| {
            flow.near(link).fingerprint == Some(gone_fingerprint()) || flow.is_the_others(link)
        };
        return match link.is_none_or(dealt_with) {
            true => Step::Done(Settled::Filtered),
            false => Step::Gone,
        };
    }
    let filtered = match (asked, persons_retry(flow, item)) {
        (Asked::Reference | Asked::Owed, _) | (_, Retry::AsAsked) => None,
        (_, Retry::PastMarker) => flow.flow.filtered_but_marker(body),
        (_, Retry::No) => flow.flow.filtered(body),
        (_, Retry::MarkerNotOurs(shown)) => {
            let sentence = format!(
                "it was to be tried again, but the source shows {shown}, which is not ours"
            );
            return Step::Refused(Refusal::conflict(
                "marker-not-ours",
                words("engine-marker-not-ours", vec![("shown", shown)], sentence),
            ));
        }
    };
    if let Some(reason) = filtered {
        let sentence = format!("not selected: {reason}");
        item.note = Some(words("engine-filtered", vec![("reason", reason)], sentence));
        return Step::Done(Settled::Filtered);
    }
    let wished = asked != Asked::Flow || item.parked.as_ref().is_some_and(|parked| parked.retry);
    // To what nobody asks there is no answer, whoever wants the record tried.
    let excluded = match flow.flow.excluded(body) {
        Ok(None) if !wished || flow.flow.answers() => flow.flow.not_asked(body),
        excluded => excluded,
    };
    match excluded {
        Ok(None) => {}
        Ok(Some(reason)) => {
            let sentence = format!("not selected: {reason}");
            item.note = Some(words("engine-filtered", vec![("reason", reason)], sentence));
            return Step::Done(Settled::Filtered);
        }
        Err(rejection) => return Step::Refused(rejection.into()),
    }
    // A record that another flow needs is asked for once a run, and then looked at with fresh eyes;
    // but one that may be there already is created again for nobody.
    let is_a_persons = item.parked.as_ref().is_some_and(is_a_persons);
    if (asked != Asked::Reference || is_a_persons)
        && let Some(step) = aside(flow, item)
    {
        return step;
    }
    match item.link.take() {
        None => Step::Candidate,
        Some(link) => linked(flow, item, link),
    }
}

/// The report exists, but the source may not show it yet: that comes before any filter, since the
/// marker may have been written just before a crash.
fn marker_pending(flow: &FlowInstance, item: &Item) -> bool {
    flow.flow.marker().is_some()
        && item.parked.as_ref().is_some_and(|parked| {
            !parked.retry
                && parked
                    .report
                    .as_ref()
                    .is_some_and(|report| report.marker.is_none())
        })
}

/// Whether a person asked for another try, and whether the source still shows what we wrote.
enum Retry {
    No,
    /// The flow has no marker: the wish alone counts.
    AsAsked,
    /// The marker is empty or ours.
    PastMarker,
    /// Somebody wrote something else there in the meantime.
    MarkerNotOurs(String),
}

fn persons_retry(flow: &FlowInstance, item: &Item) -> Retry {
    let retried = item.parked.as_ref().filter(|parked| parked.retry);
    // One whose image was deleted is no person's wish: it is made where the flow takes it.
    let Some(parked) = retried.filter(|parked| parked.code != IMAGE_DELETED) else {
        return Retry::No;
    };
    let Some(field) = flow.flow.marker() else {
        return Retry::AsAsked;
    };
    let shown = item.entry.body.get(field).and_then(Value::as_str);
    match shown.filter(|shown| !shown.is_empty()) {
        None => Retry::PastMarker,
        Some(shown) => match &parked.report {
            Some(report) if report.wrote(shown) => Retry::PastMarker,
            _ => Retry::MarkerNotOurs(shown.to_owned()),
        },
    }
}

/// One that may be there already, or is being linked, is created only when a person has looked and says so.
fn is_a_persons(parked: &Parked) -> bool {
    [MAY_EXIST, BEING_LINKED].contains(&parked.code.as_str())
}

/// What an earlier run decided about a record that stands aside still holds, unless something moved.
fn aside(flow: &FlowInstance, item: &Item) -> Option<Step> {
    let parked = item.parked.as_ref()?;
    let stamps = parked.stamps.as_ref();
    // Somebody wrote it: a field that we write as well, or the same wish once more.
    let asked_anew = stamps.is_some_and(|stamps| *stamps != stamps_of(flow, &item.entry.body))
        && (!flow.flow.takes_wishes() || flow.flow.is_asked(&item.entry.body));
    let changed = (parked.fingerprint != item.fingerprint || asked_anew) && !is_a_persons(parked);
    if parked.retry || changed || parked.kind == ParkedKind::Waiting {
        return None;
    }
    if parked.kind == ParkedKind::Conflict {
        // A conflict is cheap to look at again: the sides may agree by now.
        return None;
    }
    let reports = flow.flow.report().is_some();
    if parked.unreported && reports {
        return Some(Step::ReportPending);
    }
    match &parked.report {
        // The marker we wrote is gone and the record asks again: somebody cleared it on purpose.
        Some(report) if report.marker.is_some() && flow.flow.marker().is_some() => None,
        _ => Some(Step::Done(Settled::Held)),
    }
}

/// What the link of a record says about it.
fn linked(flow: &FlowInstance, item: &mut Item, link: Link) -> Step {
    let body = &item.entry.body;
    if flow.is_the_others(&link) {
        let sentence = "it came from the other side, and goes on in that direction";
        item.note = Some(words("engine-of-the-other-direction", vec![], sentence));
        item.link = Some(link);
        return Step::Done(Settled::Unchanged);
    }
    let written = confirmed(flow, &link);
    if let Some(Identity::Marker {
        source_field,
        target_field,
    }) = flow.flow.identities().first()
    {
        let shown = body
            .get(source_field)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty());
        // What the field must show: the id itself, or the value that we wrote there.
        let ours = match target_field.as_str() {
            "id" => Some(flow.far(&link).id.as_str()),
            _ => written.and_then(|fields| fields.get(source_field)?.as_str()),
        };
        let confirmed_before = written.is_some_and(|fields| fields.contains_key(source_field));
        match shown {
            Some(shown) if ours.is_some_and(|ours| ours != shown) => {
                let (shown, known) = (shown.to_owned(), flow.far(&link).id.to_string());
                let sentence = format!(
                    "field `{source_field}` says {shown}, but this record is linked to {known}"
                );
                let args = vec![
                    ("field", source_field.clone()),
                    ("shown", shown),
                    ("known", known),
                ];
                item.link = Some(link);
                return Step::Refused(Refusal::conflict(
                    "marker-differs",
                    words("engine-marker-differs", args, sentence),
                ));
            }
            None if confirmed_before => {
                // Somebody emptied it on purpose: recognise it anew, or create it anew.
                item.generation = link.generation + 1;
                item.link = Some(link);
                return Step::Candidate;
            }
            _ => {}
        }
    }
    if flow.is_paired() {
        // Its other side is gone, and the flow did what is to be done then.
        let ended = flow.far(&link).fingerprint == Some(gone_fingerprint());
        let same = flow.near(&link).fingerprint == Some(item.fingerprint);
        item.link = Some(link);
        return match same || ended {
            true => Step::Done(Settled::Unchanged),
            false => Step::Candidate,
        };
    }
    let asks_again = flow.flow.has_write_back() && written.is_none();
    let retyped = flow.flow.writes_back_after_sync()
        && written.is_some_and(|written| written.iter().any(|said| is_retyped(body, said)));
    let same = flow.near(&link).fingerprint == Some(item.fingerprint) && !retyped;
    // What is owed answers the record as it was sent: one that was edited since goes first.
    let goes_first = !same && flow.flow.may_update() && flow.flow.writes_back_after_sync();
    let asks_by_marker = flow.flow.marker().is_some();
    item.link = Some(link);
    if (asks_again && !goes_first) || (asks_by_marker && !flow.flow.may_update()) {
        return Step::WriteBack {
            settled: Settled::Adopted,
            target: None,
        };
    }
    let asked = is_to_be_told(flow, item);
    let as_it_was = match asked {
        true => Step::WriteBack {
            settled: Settled::Unchanged,
            target: None,
        },
        false => Step::Done(Settled::Unchanged),
    };
    if (same && !asked && !flow.flow.compares_target()) || !flow.flow.may_update() {
        return as_it_was;
    }
    match flow.flow.not_updated(&item.entry.body) {
        Ok(None) => Step::Candidate,
        Ok(Some(reason)) => {
            let sentence = format!("not updated: {reason}");
            item.note = Some(words(
                "engine-not-updated",
                vec![("reason", reason)],
                sentence,
            ));
            as_it_was
        }
        Err(rejection) => Step::Refused(rejection.into()),
    }
}

/// Whether somebody wrote something else where we had written.
fn is_retyped(body: &Value, (field, ours): (&String, &Value)) -> bool {
    let empty = |value: &Value| value.is_null() || value.as_str() == Some("");
    let shown = body.get(field);
    shown.is_some_and(|shown| shown != ours && !(empty(shown) && empty(ours)))
}

/// Who asks for a linked record is answered there, be there nothing to send; and so is one that is still owed its
/// answer.
pub(super) fn is_to_be_told(flow: &FlowInstance, item: &Item) -> bool {
    let told = (item.link.as_ref()).is_none_or(|link| confirmed(flow, link).is_some());
    flow.flow.writes_back_after_sync()
        && !item.entry.deleted
        && (!told || flow.flow.is_asked(&item.entry.body))
}

/// What we wrote back into the source, once its answer was there.
pub(super) fn confirmed<'l>(flow: &FlowInstance, link: &'l Link) -> Option<&'l Map<String, Value>> {
    flow.near(link).base.as_ref()?.get("written")?.as_object()
}
