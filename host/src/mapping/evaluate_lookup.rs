//! What a rule needs from outside: links of other flows, and other records.

use rhai::{Dynamic, Map};
use serde_json::Value;

use super::cell::Cell;
use super::evaluate::{Evaluation, Frame, Step, Stop, Turn};
use super::expression;
use super::facts::{LinkAnswer, LookupAnswer, Need, Wanted};
use super::path::field_name;
use super::refuse::Waits;
use super::rejection::Say;
use super::rule::{Create, Expression, Key, Lookup, Path, Place, Rule, Way};
use crate::config::flow::OnMissing;
use crate::model::{NativeId, kind};

impl<'a> Evaluation<'a> {
    pub(super) fn reference(
        &self,
        frame: &Frame<'a>,
        rule: &'a Rule,
        flow: &str,
        from: &Path,
        turn: Turn<'_>,
    ) -> Step<Cell> {
        let cell = self.path(frame, from.root, &from.fields, turn.lang)?;
        if cell.is_blank() {
            return Ok(Cell::Missing);
        }
        let value = cell.print();
        let Ok(id) = NativeId::parse(&value) else {
            let say = Say::WrongKind {
                value,
                wanted: kind::ID,
            };
            return Err(self.refuse(
                frame,
                say.code(),
                Some(field_name(&rule.id)),
                None,
                Some(say),
            ));
        };
        let create = rule.on_missing == Some(OnMissing::Create);
        let wanted = match (create, rule.fresh) {
            (false, _) => Wanted::Link,
            (true, false) => Wanted::Made,
            (true, true) => Wanted::Fresh,
        };
        match self.facts.link(flow, &id, wanted) {
            None => Err(self.need(Need::Link {
                flow: flow.to_owned(),
                id,
                wanted,
            })),
            Some(LinkAnswer::Linked(target)) => Ok(Cell::Json(Value::from(target.as_str()))),
            Some(LinkAnswer::Failed { title, message }) if create => {
                let say = Say::ReferenceFailed {
                    title: title.clone(),
                    reason: message.clone(),
                };
                Err(self.refuse_rule(frame, rule, say))
            }
            Some(LinkAnswer::Waiting { title, message }) if create => {
                let say = Say::ReferenceFailed {
                    title: title.clone(),
                    reason: message.clone(),
                };
                Err(self.note(
                    frame,
                    say.code(),
                    Some(field_name(&rule.id)),
                    None,
                    Some(say),
                    Waits::Yes,
                ))
            }
            Some(LinkAnswer::Missing | LinkAnswer::Failed { .. } | LinkAnswer::Waiting { .. }) => {
                match rule.on_missing {
                    Some(OnMissing::Skip | OnMissing::Default) => Ok(Cell::Missing),
                    Some(OnMissing::Wait) => {
                        let say = Say::ReferenceMissing {
                            flow: flow.to_owned(),
                            id: value,
                        };
                        Err(self.note_rule(frame, rule, say, Waits::Yes))
                    }
                    _ if turn.alternative && rule.on_missing.is_none() => Ok(Cell::Missing),
                    _ => {
                        let say = Say::ReferenceMissing {
                            flow: flow.to_owned(),
                            id: value,
                        };
                        Err(self.refuse_rule(frame, rule, say))
                    }
                }
            }
        }
    }

    /// The record a look-up found; none where it found nothing and may.
    pub(super) fn lookup(&self, frame: &Frame<'a>, name: &str) -> Step<Option<&'a Value>> {
        let find = |lookups: &'a [Lookup]| lookups.iter().find(|lookup| lookup.name == name);
        let own = frame.own().and_then(|block| find(&block.lookups));
        let (frame, lookup) = match own {
            Some(lookup) => (frame, lookup),
            None => match find(&self.flow.block.lookups) {
                Some(lookup) => (&self.record, lookup),
                None => return Ok(None),
            },
        };
        if let Some(known) = frame.lookups.borrow().get(lookup.name.as_str()) {
            return *known;
        }
        let found = self.look_up(frame, lookup);
        frame.lookups.borrow_mut().insert(&lookup.name, found);
        found
    }

    fn look_up(&self, frame: &Frame<'a>, lookup: &'a Lookup) -> Step<Option<&'a Value>> {
        self.touch(&lookup.id);
        match &lookup.place {
            Place::Among { list, filter } => self.look_among(frame, lookup, list, filter),
            Place::Keyed { .. } => self.look_by_key(frame, lookup),
            Place::Every { side, entity, when } => {
                if let Some(when) = when
                    && !self.condition(frame, when, self.lang)?
                {
                    return Ok(None);
                }
                let (side, entity) = (*side, entity.clone());
                match self.found(frame, Need::Every { side, entity }, "")? {
                    None if lookup.must_exist => Err(self.not_found(frame, lookup, "")),
                    found => Ok(found),
                }
            }
        }
    }

    /// The first entry of a list that fits.
    fn look_among(
        &self,
        frame: &Frame<'a>,
        lookup: &'a Lookup,
        list: &'a Path,
        filter: &'a Expression,
    ) -> Step<Option<&'a Value>> {
        for entry in self.entries(frame, list)? {
            if self.condition_for(frame, entry, filter)? {
                return Ok(Some(entry));
            }
        }
        if !lookup.must_exist {
            return Ok(None);
        }
        let say = Say::NoEntry {
            list: format!("{}.{}", list.root.name(), list.fields.join(".")),
            filter: filter.source.clone(),
        };
        Err(self.nothing_found(frame, lookup, say))
    }

    fn look_by_key(&self, frame: &Frame<'a>, lookup: &'a Lookup) -> Step<Option<&'a Value>> {
        let Place::Keyed {
            side,
            entity,
            ways,
            several,
        } = &lookup.place
        else {
            return Ok(None);
        };
        let mut absent: Option<(&Way, String)> = None;
        for way in ways {
            let Some(value) = self.looked_for(frame, way)? else {
                continue;
            };
            let need = Need::Lookup {
                side: *side,
                entity: entity.clone(),
                by: way.by.clone(),
                value: value.clone(),
                several: *several,
            };
            let found = self.found(frame, need, &value)?;
            if found.is_some() {
                return Ok(found);
            }
            absent = Some((way, value));
        }
        if let (Some(create), Some((way, value))) = (&lookup.create, &absent)
            && self.creates(frame, create)?
        {
            return Err(self.create(frame, create, entity, &way.by, value));
        }
        if !lookup.must_exist {
            return Ok(None);
        }
        let value = absent.map(|(_, value)| value).unwrap_or_default();
        Err(self.not_found(frame, lookup, &value))
    }

    /// What the question came to; none where nothing is there.
    fn found(&self, frame: &Frame<'a>, need: Need, value: &str) -> Step<Option<&'a Value>> {
        let not_made = |why: &crate::model::Text| Say::NotMade {
            entity: need.entity().to_owned(),
            value: value.to_owned(),
            why: why.clone(),
        };
        let (say, waits) = match self.facts.lookup(&need) {
            None => return Err(self.need(need)),
            Some(LookupAnswer::Found(record)) => return Ok(Some(record)),
            Some(LookupAnswer::Absent) => return Ok(None),
            Some(LookupAnswer::Refused(why)) => {
                let say = Say::LookupRefused {
                    entity: need.entity().to_owned(),
                    value: value.to_owned(),
                    why: why.clone(),
                };
                (say, Waits::No)
            }
            Some(LookupAnswer::NotMade(why)) => (not_made(why), Waits::No),
            Some(LookupAnswer::NotMadeYet(why)) => (not_made(why), Waits::Yes),
        };
        Err(self.note(frame, say.code(), None, None, Some(say), waits))
    }

    /// The value that a way looks for; none where the way is passed over.
    fn looked_for(&self, frame: &Frame<'a>, way: &'a Way) -> Step<Option<String>> {
        if let Some(when) = &way.when
            && !self.condition(frame, when, self.lang)?
        {
            return Ok(None);
        }
        let cell = match &way.key {
            Key::Path(path) => self.path(frame, path.root, &path.fields, self.lang)?,
            Key::Expr(expression) => {
                let value = self.evaluate(frame, expression, self.lang)?;
                Cell::of_dynamic(&value).unwrap_or(Cell::Missing)
            }
        };
        if cell.is_blank() {
            return Ok(None);
        }
        let value = cell.print();
        self.touch(&way.id);
        let Some(flow) = &way.link else {
            return Ok(Some(value));
        };
        let Ok(id) = NativeId::parse(&value) else {
            return Ok(None);
        };
        match self.facts.link(flow, &id, Wanted::Link) {
            None => Err(self.need(Need::Link {
                flow: flow.clone(),
                id,
                wanted: Wanted::Link,
            })),
            Some(LinkAnswer::Linked(target)) => Ok(Some(target.as_str().to_owned())),
            Some(LinkAnswer::Missing | LinkAnswer::Failed { .. } | LinkAnswer::Waiting { .. }) => {
                Ok(None)
            }
        }
    }

    /// Whether what is missing is made.
    fn creates(&self, frame: &Frame<'a>, create: &'a Create) -> Step<bool> {
        let when = create.when.as_ref();
        when.map_or(Ok(true), |when| self.condition(frame, when, self.lang))
    }

    /// Asks for the missing record to be made.
    fn create(
        &self,
        frame: &Frame<'a>,
        create: &'a Create,
        entity: &str,
        by: &str,
        value: &str,
    ) -> Stop {
        self.touch(&create.id);
        match self.whole(frame, &create.fields) {
            Err(stop) => stop,
            Ok(body) => self.need(Need::Create {
                entity: entity.to_owned(),
                by: by.to_owned(),
                value: value.to_owned(),
                body: body.to_string(),
            }),
        }
    }

    fn not_found(&self, frame: &Frame<'a>, lookup: &'a Lookup, value: &str) -> Stop {
        let entity = match &lookup.place {
            Place::Keyed { entity, .. } | Place::Every { entity, .. } => entity.clone(),
            Place::Among { .. } => String::new(),
        };
        let value = value.to_owned();
        self.nothing_found(frame, lookup, Say::NotFound { entity, value })
    }

    fn nothing_found(&self, frame: &Frame<'a>, lookup: &'a Lookup, say: Say) -> Stop {
        let refusal = &lookup.refusal;
        if refusal.code.is_some() || refusal.message.is_some() {
            self.touch(&format!("{}.refusal", lookup.id));
        }
        let code = refusal.code.as_deref().unwrap_or_else(|| say.code());
        self.refuse(frame, code, None, refusal.message.as_ref(), Some(say))
    }

    pub(super) fn lookup_record(&self, frame: &Frame<'a>, name: &str) -> Step<Dynamic> {
        Ok(match self.lookup(frame, name)? {
            Some(record) => expression::to_dynamic(record),
            None => {
                let own = frame.own().map_or(&[][..], |block| &block.lookups);
                let mut lookups = own.iter().chain(&self.flow.block.lookups);
                let lookup = lookups.find(|lookup| lookup.name == name);
                let nothing = match lookup {
                    Some(lookup) if lookup.gives_several() => Dynamic::from_array(Vec::new()),
                    _ => Dynamic::UNIT,
                };
                let fields = lookup.into_iter().flat_map(|lookup| &lookup.fields);
                let empty: Map = fields
                    .map(|name| (name.as_str().into(), nothing.clone()))
                    .collect();
                empty.into()
            }
        })
    }
}
