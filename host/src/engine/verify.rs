//! Compares both sides of every link and says what would repair each difference. Writes nothing.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::mapping::{FlowSide, Group};
use crate::model::{Entry, FlowName, Link, NativeId, Text};

use super::gate::confirmed;
use super::pair_base::{Ways, fields_of};
use super::plan_pair::{Fields, empty, has};
use super::{Engine, FlowInstance, Halt, Job, Mode, PAGE_RECORDS_MAX, words};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceKind {
    SourceGone,
    TargetGone,
    /// The source does not show what was written back.
    WriteBackMissing,
    FieldDiffers,
}

/// One disagreement between the two sides of a link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    pub source: NativeId,
    pub target: NativeId,
    pub title: String,
    pub kind: DifferenceKind,
    pub field: Option<String>,
    pub source_value: Option<Value>,
    pub target_value: Option<Value>,
    /// What would mend it, for a person to decide.
    pub repair: Text,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerifySummary {
    pub flow: FlowName,
    pub links: u64,
    pub differences: Vec<Difference>,
}

/// What the way back of a flow says of one pair.
#[derive(Default)]
struct WayBack {
    /// Fields of the target that follow the source; all, where there is no way back. The others it owns.
    followed: Option<BTreeSet<String>>,
    /// Fields of the target that are in step by it: an address that one system keeps in one line and the other in
    /// two says the same, though the one does not spell it as the other would.
    in_step: BTreeSet<String>,
    /// Fields of the source whose owner is the target, with what they say and what they should.
    behind: Vec<(String, Option<Value>, Value)>,
}

impl Engine {
    /// Reads both ends of every link of the flow's set, in batches.
    pub async fn verify(&self, name: &FlowName) -> Result<VerifySummary, Halt> {
        let flow = self.flow(name)?;
        let mut job = Job::start(self, Mode::Plan, &flow).await?;
        let mut summary = VerifySummary {
            flow: name.clone(),
            links: 0,
            differences: Vec::new(),
        };
        let end = job.verify(&flow, &mut summary).await;
        job.forget(end).await?;
        Ok(summary)
    }
}

impl Job<'_> {
    async fn verify(
        &mut self,
        flow: &FlowInstance,
        summary: &mut VerifySummary,
    ) -> Result<(), Halt> {
        let mut after: Option<NativeId> = None;
        loop {
            let page = PAGE_RECORDS_MAX as usize;
            let store = &self.engine.store;
            let links = store.link_page(&flow.set, after.as_ref(), page).await?;
            let Some(last) = links.last() else {
                return Ok(());
            };
            after = Some(last.left.id.clone());
            summary.links += links.len() as u64;
            let near = links.iter().map(|link| flow.near(link).id.clone());
            let far = links.iter().map(|link| flow.far(link).id.clone());
            let (near, far): (Vec<NativeId>, Vec<NativeId>) = (near.collect(), far.collect());
            let sources = self.read_end(&flow.source, &near).await?;
            let targets = self.read_end(&flow.target, &far).await?;
            self.prepare_facts(flow, &sources).await?;
            let ways = self.ways(flow)?;
            if let Some(ways) = &ways {
                self.prepare_facts(&ways.both.back, &targets).await?;
            }
            for ((link, source), target) in links.iter().zip(sources).zip(targets) {
                let back = match (&ways, &source, &target) {
                    (Some(ways), Some(source), Some(target)) => self.way_back(ways, source, target),
                    _ => WayBack::default(),
                };
                self.compare(flow, link, source, target, &back, &mut summary.differences);
            }
        }
    }

    /// What the sources need to be mapped again, without creating anything.
    async fn prepare_facts(
        &mut self,
        flow: &FlowInstance,
        sources: &[Option<Entry>],
    ) -> Result<(), Halt> {
        if !flow.flow.may_update() {
            return Ok(());
        }
        let bodies: Vec<Value> = sources
            .iter()
            .flatten()
            .map(|entry| entry.body.clone())
            .collect();
        self.map_bodies(flow, &bodies, &[]).await?;
        Ok(())
    }

    /// What the way back says of a pair.
    fn way_back(&self, ways: &Ways, source: &Entry, target: &Entry) -> WayBack {
        let asked = |flow: &FlowInstance, entry: &Entry| {
            let mapped = flow
                .flow
                .map(&entry.body, self.facts_of(flow), &self.run_info());
            mapped.map_or_else(|_| Fields::new(), |mapped| fields_of(Some(&mapped.body)))
        };
        let back = &ways.both.back;
        let to_source = asked(back, target);
        let source = fields_of(Some(&source.body));
        // Where the way back says nothing there is nothing to be in step by.
        let says = |group: &&Group| {
            let mut fields = group.source.iter();
            group.owner.is_none() && fields.all(|field| to_source.contains_key(field))
        };
        let same = |group: &&Group| has((&to_source, &source), &group.source);
        let owned = |group: &&Group| group.owner == Some(FlowSide::Target);
        let groups = ways.both.groups.iter();
        let followed = groups.clone().flat_map(|group| group.target.clone());
        let in_step = groups.clone().filter(|group| says(group) && same(group));
        let behind = groups.filter(owned).flat_map(|group| &group.source);
        let behind = behind.filter_map(|field| {
            let (wanted, has) = (to_source.get(field)?, source.get(field));
            (!self::says(has, wanted)).then(|| (field.clone(), has.cloned(), wanted.clone()))
        });
        WayBack {
            followed: Some(followed.collect()),
            in_step: in_step.flat_map(|group| group.target.clone()).collect(),
            behind: behind.collect(),
        }
    }

    fn compare(
        &self,
        flow: &FlowInstance,
        link: &Link,
        source: Option<Entry>,
        target: Option<Entry>,
        back: &WayBack,
        differences: &mut Vec<Difference>,
    ) {
        let lang = self.engine.words.lang();
        let source = source.filter(|entry| !entry.deleted);
        let target = target.filter(|entry| !entry.deleted);
        let title = source.as_ref().map_or_else(
            || flow.near(link).id.to_string(),
            |s| flow.flow.record_title(&s.body, lang),
        );
        let mut push = |kind, field: Option<&str>, source_value, target_value, repair| {
            differences.push(Difference {
                source: flow.near(link).id.clone(),
                target: flow.far(link).id.clone(),
                title: title.clone(),
                kind,
                field: field.map(str::to_owned),
                source_value,
                target_value,
                repair,
            });
        };
        let Some(source) = source else {
            let sentence = "remove the link: `liaison link remove`, or restore the source record";
            let repair = words("engine-repair-source-gone", vec![], sentence);
            push(DifferenceKind::SourceGone, None, None, None, repair);
            return;
        };
        let Some(target) = target else {
            let sentence = "restore the record in the target; or remove the link and empty in the source what \
                            was written back, so that the next run recognises or creates it anew";
            let repair = words("engine-repair-target-gone", vec![], sentence);
            push(DifferenceKind::TargetGone, None, None, None, repair);
            return;
        };
        // What a pair of the other direction says is for that one to look at.
        if flow.is_the_others(link) {
            return;
        }
        if flow.flow.has_write_back() && confirmed(flow, link).is_none() {
            let sentence = "the next run writes it back";
            let repair = words("engine-repair-owed", vec![], sentence);
            push(DifferenceKind::WriteBackMissing, None, None, None, repair);
        }
        for (field, written) in confirmed(flow, link).into_iter().flatten() {
            let shown = source.body.get(field);
            // Systems write instants in their own way; what matters is the number or the id.
            let comparable = written
                .as_str()
                .is_some_and(|text| text.parse::<jiff::Timestamp>().is_err());
            if comparable && shown != Some(written) {
                let value = written.as_str().unwrap_or_default().to_owned();
                let sentence = format!("write {value} into `{field}` of the source");
                let args = vec![("value", value), ("field", field.clone())];
                let repair = words("engine-repair-write-back", args, sentence);
                let kind = DifferenceKind::WriteBackMissing;
                push(
                    kind,
                    Some(field),
                    shown.cloned(),
                    Some(written.clone()),
                    repair,
                );
            }
        }
        for (field, has, wanted) in &back.behind {
            let sentence = format!("set `{field}` of the source, or edit the target");
            let repair = words(
                "engine-repair-source-field",
                vec![("field", field.clone())],
                sentence,
            );
            push(
                DifferenceKind::FieldDiffers,
                Some(field),
                has.clone(),
                Some(wanted.clone()),
                repair,
            );
        }
        let left_alone = !matches!(flow.flow.not_updated(&source.body), Ok(None));
        if !flow.flow.may_update() || left_alone {
            return;
        }
        let Ok(mapped) = flow
            .flow
            .map(&source.body, self.facts_of(flow), &self.run_info())
        else {
            return;
        };
        for (field, wanted) in mapped.body.as_object().into_iter().flatten() {
            let has = target.body.get(field);
            let is_followed = |fields: &BTreeSet<String>| fields.contains(field);
            if !back.followed.as_ref().is_none_or(is_followed) {
                continue;
            }
            if mapped.create_only.contains(field)
                || back.in_step.contains(field)
                || says(has, wanted)
            {
                continue;
            }
            let sentence = format!("set `{field}` of the target, or edit the source");
            let repair = words(
                "engine-repair-field",
                vec![("field", field.clone())],
                sentence,
            );
            let kind = DifferenceKind::FieldDiffers;
            push(
                kind,
                Some(field),
                Some(wanted.clone()),
                has.cloned(),
                repair,
            );
        }
    }
}

/// Whether the target says what is wanted; of a record or a list within it, in the fields that the flow makes.
pub(super) fn says(has: Option<&Value>, wanted: &Value) -> bool {
    if let (Some(Value::Object(has)), Value::Object(wanted)) = (has, wanted) {
        let mut fields = wanted.iter();
        return fields.all(|(field, wanted)| says(has.get(field), wanted));
    }
    if let (Some(Value::Array(has)), Value::Array(wanted)) = (has, wanted) {
        let mut each = has.iter().zip(wanted);
        return has.len() == wanted.len() && each.all(|(has, wanted)| says(Some(has), wanted));
    }
    let both_empty = empty(Some(wanted)) && empty(has);
    has == Some(wanted) || both_empty || same_number(wanted, has)
}

/// `125.0000` and `125.00` are one amount, as text or as a number.
fn same_number(one: &Value, other: Option<&Value>) -> bool {
    let number = |value: &Value| {
        let text = match value {
            Value::Number(number) => number.to_string(),
            other => other.as_str()?.to_owned(),
        };
        text.parse::<rust_decimal::Decimal>().ok()
    };
    match (number(one), other.and_then(number)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}
