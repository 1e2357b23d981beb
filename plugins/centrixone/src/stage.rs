//! The sales stage of an opportunity: a label and a percentage in our bodies, an id on the wire.
//!
//! A stage that is not there is made. Its id is remembered by its label, so that one that a person has
//! renamed or deleted since is told, and not made a second time.

use crate::api::{id_in, id_of, parse_id, Api};
use crate::assumed::*;
use crate::batch::{Call, Row};
use crate::field::unfit;
use crate::table::{OPPORTUNITY, STAGE_LABEL, STAGE_LABEL_EN, STAGE_PERCENT};
use crate::table_rules::{needs, LIKE_STAGE};
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const DAY_MS: u64 = 86_400_000;
/// A label that no opportunity was written with for so many days is no longer the doctor's concern:
/// the flow's option names another by now.
const ASKED_DAYS_MAX: u64 = 30;

/// What a body says of its stage.
pub struct Asked {
    label: Option<String>,
    label_en: Option<String>,
    percent: Option<i64>,
}

impl Asked {
    /// Takes it out of a body. The English label is of use with a new record only.
    pub fn take(body: &mut Map<String, Value>, action: Action) -> Result<Self, Fault> {
        if let (Action::Update, Some(empty)) = (action, body.get(STAGE_LABEL)) {
            if filter::is_empty(empty) {
                return Err(unfit(empty, STAGE_LABEL));
            }
        }
        let mut take = |name: &str| body.remove(name).filter(|value| !filter::is_empty(value));
        let text = |value: Value, name| match value.as_str() {
            Some(text) => Ok(text.trim().to_owned()),
            None => Err(unfit(&value, name)),
        };
        let label = take(STAGE_LABEL).map(|value| text(value, STAGE_LABEL));
        let percent = take(STAGE_PERCENT)
            .map(|value| value.as_i64().ok_or_else(|| unfit(&value, STAGE_PERCENT)));
        let label_en = match action {
            Action::Create => take(STAGE_LABEL_EN).map(|value| text(value, STAGE_LABEL_EN)),
            _ => None,
        };
        Ok(Self {
            label: label.transpose()?,
            label_en: label_en.transpose()?,
            percent: percent.transpose()?,
        })
    }
}

/// Whether a body asks for a stage at all.
pub fn is_asked(body: &Map<String, Value>) -> bool {
    gives(body, STAGE_LABEL) || gives(body, STAGE_PERCENT)
}

/// Whether a body gives one of label and percentage only: the other is as the record has it.
pub fn is_half(body: &Map<String, Value>) -> bool {
    gives(body, STAGE_LABEL) != gives(body, STAGE_PERCENT)
}

fn gives(body: &Map<String, Value>, name: &str) -> bool {
    body.get(name).is_some_and(|value| !filter::is_empty(value))
}

/// The stages of one call of `write`.
pub struct Stages<'a> {
    call: &'a Call<'a>,
    remembered: Remembered<'a>,
    /// What came of making those that were not there, by label.
    made: BTreeMap<String, Result<i64, Fault>>,
}

impl<'a> Stages<'a> {
    pub fn new(call: &'a Call<'a>) -> Self {
        Self {
            call,
            remembered: Remembered::of(call.api),
            made: BTreeMap::new(),
        }
    }

    /// What the row says of the stage that is asked for; nothing when none is. `record` is the
    /// opportunity as it was read, if it was.
    pub fn id(
        &mut self,
        asked: &Asked,
        record: Option<&Value>,
    ) -> Result<Option<(String, Value)>, Fault> {
        if asked.label.is_none() && asked.percent.is_none() {
            return Ok(None);
        }
        let stages = self.call.api.stages()?;
        let stands = record.and_then(|record| of_opportunity(record, &stages));
        let label = asked.label.clone().or_else(|| label_of(stands?));
        let label = label.ok_or_else(|| needs(&OPPORTUNITY, STAGE_LABEL))?;
        let named: Vec<&Value> = stages
            .iter()
            .filter(|stage| label_of(stage).is_some_and(|other| same(&other, &label)))
            .collect();
        let remembered = self.remembered.id(&label);
        let id = match (named.first(), remembered, self.made.get(&key(&label))) {
            (Some(first), ..) => {
                let fits =
                    |stage: &Value| asked.percent.is_none() || percent_of(stage) == asked.percent;
                let fitting = named.iter().filter(|stage| fits(stage));
                fitting
                    .filter_map(|stage| id_of(stage))
                    .min_by_key(|id| Some(*id) != remembered)
                    .ok_or_else(|| other_percent(&label, first, asked.percent))?
            }
            (None, _, Some(made)) => made.clone()?,
            (None, Some(id), None) => {
                self.remembered.keep(&label, id);
                return Err(lost(&label, label_in(&stages, id)));
            }
            (None, None, None) => {
                let percent = asked.percent.or_else(|| percent_of(stands?));
                let percent = percent.ok_or_else(|| no_percent(&label))?;
                let made = self.make(&label, asked.label_en.as_deref(), percent, &stages);
                self.made.insert(key(&label), made.clone());
                made?
            }
        };
        self.remembered.keep(&label, id);
        Ok(Some((STAGE_ID.to_owned(), json!(id))))
    }

    /// Makes a stage under the main stage of its percentage.
    fn make(
        &self,
        label: &str,
        label_en: Option<&str>,
        percent: i64,
        stages: &[Value],
    ) -> Result<i64, Fault> {
        let mut body = Map::from_iter([
            (PERCENT.to_owned(), json!(percent)),
            (LABEL_FR.to_owned(), json!(label)),
            (LABEL_EN.to_owned(), json!(label_en.unwrap_or(label))),
        ]);
        // The vendor's word for the main stage stands on every stage under it.
        let under = |stage: &&Value| percent_of(stage) == Some(percent);
        if let Some(main) = stages.iter().find(under).and_then(|s| s[MAIN].as_str()) {
            body.insert(MAIN.to_owned(), json!(main));
        }
        let row = Row {
            body,
            like: &LIKE_STAGE,
        };
        let made = self.call.send(Object::Stages, &[row]).remove(0);
        self.call.api.forget_stages();
        made.or_else(|fault| match fault.existing.as_deref().and_then(parse_id) {
            Some(id) => Ok(id),
            None => Err(not_made(label, percent, fault)),
        })
    }
}

/// Which stage carried which label.
struct Remembered<'a> {
    api: &'a Api<'a>,
    stages: Vec<Known>,
}

#[derive(Serialize, Deserialize)]
struct Known {
    label: String,
    id: i64,
    /// The last day, since the epoch, on which an opportunity was written with it.
    asked: u64,
}

impl<'a> Remembered<'a> {
    fn of(api: &'a Api<'a>) -> Self {
        let stored = api.host().memory_get(&memory_key(api));
        let stages = stored.and_then(|json| serde_json::from_slice(&json).ok());
        Self {
            api,
            stages: stages.unwrap_or_default(),
        }
    }

    fn id(&self, label: &str) -> Option<i64> {
        let mut stages = self.stages.iter();
        Some(stages.find(|known| same(&known.label, label))?.id)
    }

    /// Remembers that this label was asked for today.
    fn keep(&mut self, label: &str, id: i64) {
        let asked = today(self.api);
        let is_it = |known: &Known| same(&known.label, label);
        if let Some(known) = self.stages.iter().find(|known| is_it(known)) {
            if (known.id, known.asked) == (id, asked) {
                return;
            }
        }
        // Another flow may have remembered something since this call began.
        self.stages = Self::of(self.api).stages;
        self.stages.retain(|known| !is_it(known));
        let label = label.to_owned();
        self.stages.push(Known { label, id, asked });
        let json = json!(self.stages).to_string();
        let host = self.api.host();
        if let Err(words) = host.memory_set(&memory_key(self.api), json.as_bytes()) {
            host.warn(&format!("a sales stage is not remembered: {words}"));
        }
    }
}

/// Ids mean nothing in another account.
pub fn memory_key(api: &Api) -> String {
    format!("stages {} {}", api.settings.base(), api.settings.account())
}

fn today(api: &Api) -> u64 {
    api.host().now_ms() / DAY_MS
}

/// A label whose stage was renamed, or deleted when `now` is none.
pub struct Lost {
    pub label: String,
    pub now: Option<String>,
}

/// The remembered stages that are lost, without those whose new label is asked for meanwhile. Asks
/// nothing when nothing is remembered.
pub fn all_lost(api: &Api) -> Result<Vec<Lost>, Fault> {
    let remembered = Remembered::of(api).stages;
    if remembered.is_empty() {
        return Ok(Vec::new());
    }
    let stages = api.stages()?;
    let there = |label: &str| stages.iter().filter_map(label_of).any(|l| same(&l, label));
    let is_lost = |known: &&Known| {
        let moved_on = |other: &Known| {
            other.id == known.id && other.asked >= known.asked && there(&other.label)
        };
        known.asked + ASKED_DAYS_MAX >= today(api)
            && !there(&known.label)
            && !remembered.iter().any(moved_on)
    };
    let lost = remembered.iter().filter(is_lost).map(|known| Lost {
        label: known.label.clone(),
        now: label_in(&stages, known.id),
    });
    Ok(lost.collect())
}

/// Puts label and percentage of its stage into each row of an opportunity.
pub fn tell(opportunities: &mut [Value], stages: &[Value]) {
    for row in opportunities {
        let Some(stage) = of_opportunity(row, stages) else {
            continue;
        };
        for (ours, theirs) in [
            (STAGE_LABEL, LABEL_FR),
            (STAGE_LABEL_EN, LABEL_EN),
            (STAGE_PERCENT, PERCENT),
        ] {
            row[ours] = stage[theirs].clone();
        }
    }
}

fn of_opportunity<'a>(row: &Value, stages: &'a [Value]) -> Option<&'a Value> {
    with_id(stages, id_in(row, STAGE_ID)?)
}

fn with_id(stages: &[Value], id: i64) -> Option<&Value> {
    stages.iter().find(|stage| id_of(stage) == Some(id))
}

fn label_in(stages: &[Value], id: i64) -> Option<String> {
    with_id(stages, id).map(|stage| label_of(stage).unwrap_or_default())
}

fn label_of(stage: &Value) -> Option<String> {
    stage[LABEL_FR]
        .as_str()
        .map(|label| label.trim().to_owned())
}

fn percent_of(stage: &Value) -> Option<i64> {
    crate::table::STAGE.value(PERCENT, stage)?.as_i64()
}

fn same(a: &str, b: &str) -> bool {
    key(a) == key(b)
}

fn key(label: &str) -> String {
    label.trim().to_lowercase()
}

/// The record stands aside; everything else goes on.
fn lost(label: &str, now: Option<String>) -> Fault {
    let message = match now {
        Some(now) => text!(
            "stage-renamed",
            "The sales stage “{label}” of CentrixOne is now called “{now}”. Rename it back there, or write “{now}” in the option `stage` of the flow; then retry this record",
            label = label,
            now = now
        ),
        None => text!(
            "stage-deleted",
            "The sales stage “{label}” of CentrixOne was deleted. Add it again there under Settings > Opportunities > Sales stages, or write the label of another in the option `stage` of the flow; then retry this record",
            label = label
        ),
    };
    fault::rejected(message).field(STAGE_LABEL)
}

fn other_percent(label: &str, stage: &Value, wanted: Option<i64>) -> Fault {
    let shown = |percent: Option<i64>| percent.map_or("?".to_owned(), |p| p.to_string());
    fault::rejected(text!(
        "stage-percent",
        "CentrixOne's sales stage “{label}” is at {percent} %, not at {wanted} %. Give it another label there, or write the label of a stage at {wanted} % in the option `stage` of the flow; then retry this record",
        label = label,
        percent = shown(percent_of(stage)),
        wanted = shown(wanted)
    ))
    .field(STAGE_PERCENT)
}

fn no_percent(label: &str) -> Fault {
    fault::rejected(text!(
        "stage-no-percent",
        "CentrixOne has no sales stage “{label}”, and without a percentage it cannot be made. Write one in the option `percent` of the flow, or add the stage in CentrixOne under Settings > Opportunities > Sales stages; then retry this record",
        label = label
    ))
    .field(STAGE_PERCENT)
}

/// Nothing of the opportunity has gone out. The connection's own troubles are told as they are.
fn not_made(label: &str, percent: i64, fault: Fault) -> Fault {
    if fault.scope == FaultScope::WholeConnection {
        return fault;
    }
    let kind = match fault.kind {
        // The next try looks for it by its label.
        FaultKind::OutcomeUnknown | FaultKind::Unavailable => FaultKind::Unavailable,
        _ => FaultKind::Rejected,
    };
    let reason = fault.vendor_text.clone();
    Fault {
        vendor_code: fault.vendor_code,
        vendor_text: fault.vendor_text,
        ..fault::of(
            kind,
            text!(
                "stage-not-made",
                "CentrixOne did not make the sales stage “{label}”: {reason}. Add it there by hand under Settings > Opportunities > Sales stages, below the main stage at {percent} %, with this French label; then retry this record",
                label = label,
                percent = percent,
                reason = reason.unwrap_or(fault.message.fallback)
            ),
        )
    }
    .field(STAGE_LABEL)
}
