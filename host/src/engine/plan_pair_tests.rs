use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Two small systems whose records say the same thing in different words: `who` of the source is `first`
/// and `last` of the target, `town` is `city`, and `no` is the source's alone.
#[derive(Debug, Clone)]
struct Town {
    source: Fields,
    target: Fields,
    before: [Fields; 4],
    policy: Option<FlowSide>,
    /// The target stores texts without the blanks around them.
    trims: bool,
}

fn fields(value: Value) -> Fields {
    value.as_object().cloned().expect("fields")
}

fn names(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

fn groups() -> Vec<Group> {
    vec![
        Group {
            source: names(&["who"]),
            target: names(&["first", "last"]),
            owner: None,
        },
        Group {
            source: names(&["town"]),
            target: names(&["city"]),
            owner: None,
        },
        Group {
            source: names(&[]),
            target: names(&["number"]),
            owner: Some(FlowSide::Source),
        },
    ]
}

fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or("")
}

fn there(source: &Fields) -> Fields {
    let who = text(source, "who");
    let (first, last) = who.rsplit_once(' ').unwrap_or(("", who));
    fields(json!({
        "first": first, "last": last, "city": text(source, "town"), "number": text(source, "no"),
    }))
}

fn back(target: &Fields) -> Fields {
    let (first, last) = (text(target, "first"), text(target, "last"));
    let who = match first.is_empty() {
        true => last.to_owned(),
        false => format!("{first} {last}"),
    };
    fields(json!({ "who": who, "town": text(target, "city") }))
}

impl Town {
    fn plan(&self) -> PairPlan {
        let (asked_target, asked_source) = (there(&self.source), back(&self.target));
        let pair = Pair {
            to_target: Direction {
                asked: &asked_target,
                asked_before: &self.before[0],
                now: &self.target,
                now_before: &self.before[1],
            },
            to_source: Direction {
                asked: &asked_source,
                asked_before: &self.before[2],
                now: &self.source,
                now_before: &self.before[3],
            },
        };
        plan_pair(pair, &groups(), |_, _| Ruling {
            policy: self.policy,
            doubt: None,
        })
    }

    /// Carries a plan out, and keeps what both sides say then for the groups that are in step.
    fn carry_out(&mut self, plan: &PairPlan) {
        for change in &plan.target {
            let stored = match &change.to {
                Value::String(text) if self.trims => json!(text.trim()),
                value => value.clone(),
            };
            self.target.insert(change.field.clone(), stored);
        }
        for change in &plan.source {
            self.source.insert(change.field.clone(), change.to.clone());
        }
        let now = [
            there(&self.source),
            self.target.clone(),
            back(&self.target),
            self.source.clone(),
        ];
        for (group, verdict) in groups().iter().zip(&plan.verdicts) {
            if *verdict == Verdict::Conflict {
                continue;
            }
            for (nth, now) in now.iter().enumerate() {
                let of = if nth < 2 {
                    &group.target
                } else {
                    &group.source
                };
                for name in of {
                    let value = now.get(name).cloned().unwrap_or(Value::Null);
                    self.before[nth].insert(name.clone(), value);
                }
            }
        }
    }

    fn edit(&mut self, edit: &Edit) {
        match edit.at {
            FlowSide::Source => self.source.insert(edit.field.to_owned(), json!(edit.value)),
            FlowSide::Target => self.target.insert(edit.field.to_owned(), json!(edit.value)),
        };
    }
}

#[derive(Debug, Clone)]
struct Edit {
    at: FlowSide,
    field: &'static str,
    value: &'static str,
}

fn edit() -> impl Strategy<Value = Edit> {
    let value = prop_oneof![
        Just(""),
        Just("Roy"),
        Just("Julie Roy"),
        Just(" Alma"),
        Just("Alma"),
        Just("Jonquière "),
    ];
    let place = prop_oneof![
        Just((FlowSide::Source, "who")),
        Just((FlowSide::Source, "town")),
        Just((FlowSide::Source, "no")),
        Just((FlowSide::Target, "first")),
        Just((FlowSide::Target, "last")),
        Just((FlowSide::Target, "city")),
        Just((FlowSide::Target, "number")),
    ];
    (place, value).prop_map(|((at, field), value)| Edit { at, field, value })
}

fn town() -> impl Strategy<Value = Town> {
    let policy = prop_oneof![
        Just(None),
        Just(Some(FlowSide::Source)),
        Just(Some(FlowSide::Target)),
    ];
    (policy, any::<bool>(), prop::collection::vec(edit(), 0..6)).prop_map(
        |(policy, trims, edits)| {
            let mut town = Town {
                source: Fields::new(),
                target: Fields::new(),
                before: Default::default(),
                policy,
                trims,
            };
            edits.iter().for_each(|edit| town.edit(edit));
            town
        },
    )
}

/// Whether one side of a group says what the other says, but for what the target trims. Two spellings of
/// one thing in one system (`last` alone, or `first` and `last`) both say it.
fn says_the_same(town: &Town, group: &Group) -> bool {
    let alike = |names: &BTreeSet<String>, asked: &Fields, has: &Fields| {
        names.iter().all(|name| {
            let (one, other) = (text(asked, name), text(has, name));
            one == other || (town.trims && one.trim() == other.trim())
        })
    };
    alike(&group.target, &there(&town.source), &town.target)
        || (!group.source.is_empty() && alike(&group.source, &back(&town.target), &town.source))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    /// Whatever people did: one plan settles it, and a second run writes nothing.
    #[test]
    fn it_converges_and_never_bounces(
        mut town in town(),
        histories in prop::collection::vec(prop::collection::vec(edit(), 0..5), 1..6),
    ) {
        for edits in histories {
            edits.iter().for_each(|edit| town.edit(edit));
            let plan = town.plan();
            town.carry_out(&plan);
            let again = town.plan();
            prop_assert!(!again.writes(), "bounces: {again:?} in {town:?}");
            prop_assert_eq!(again.lost, vec![]);
            for (group, verdict) in groups().iter().zip(&again.verdicts) {
                let open = *verdict == Verdict::Conflict;
                prop_assert!(open || says_the_same(&town, group), "{group:?} differs in {town:?}");
                prop_assert!(!open || town.policy.is_none(), "somebody wins by policy");
            }
        }
    }

    /// What one side changed and the other did not arrives, and nothing is lost by it.
    #[test]
    fn an_edit_of_one_side_arrives(mut town in town(), edits in prop::collection::vec(edit(), 1..4), at: bool) {
        town.policy = Some(FlowSide::Source);
        let plan = town.plan();
        town.carry_out(&plan);
        let side = if at { FlowSide::Source } else { FlowSide::Target };
        for edit in edits.iter().filter(|edit| edit.at == side && edit.field != "number") {
            town.edit(edit);
        }
        let (source, target) = (town.source.clone(), town.target.clone());
        let plan = town.plan();
        prop_assert_eq!(&plan.lost, &vec![]);
        town.carry_out(&plan);
        match side {
            FlowSide::Source => prop_assert_eq!(town.source, source),
            FlowSide::Target => prop_assert_eq!(town.target, target),
        }
    }

    /// Every value that is gone afterwards, and that somebody set since both agreed, stands in the plan.
    #[test]
    fn every_lost_value_is_told(mut town in town(), edits in prop::collection::vec(edit(), 0..6)) {
        let plan = town.plan();
        town.carry_out(&plan);
        let (source, target) = (town.source.clone(), town.target.clone());
        edits.iter().for_each(|edit| town.edit(edit));
        let (set_source, set_target) = (town.source.clone(), town.target.clone());
        let plan = town.plan();
        town.carry_out(&plan);
        for (side, before, set, after) in [
            (FlowSide::Source, &source, &set_source, &town.source),
            (FlowSide::Target, &target, &set_target, &town.target),
        ] {
            for (field, value) in set {
                let edited = !same(before.get(field), Some(value));
                let gone = !same(after.get(field), Some(value));
                // Where both never agreed, an empty field is one that nobody filled.
                let gone = gone && !empty(Some(value));
                let told = plan.lost.iter().any(|lost| lost.side == side && lost.field == *field);
                prop_assert!(!(edited && gone) || told, "{field} was {value} in {town:?}");
            }
        }
    }

    /// An owned field is never overwritten by the other side.
    #[test]
    fn an_owner_keeps_its_field(mut town in town(), edits in prop::collection::vec(edit(), 0..6)) {
        let plan = town.plan();
        town.carry_out(&plan);
        edits.iter().for_each(|edit| town.edit(edit));
        let number = town.source.get("no").cloned();
        let plan = town.plan();
        town.carry_out(&plan);
        prop_assert_eq!(town.source.get("no").cloned(), number);
        let (asked, has) = (text(&town.source, "no").to_owned(), text(&town.target, "number").to_owned());
        prop_assert!(asked == has || (town.trims && asked.trim() == has.trim()));
    }
}

/// `town` of the source and `city` of the target, which agreed on Alma; a write to one of them got no answer.
fn doubted(town: &str, city: &str, policy: Option<FlowSide>, doubt: (FlowSide, Doubt)) -> PairPlan {
    let mut all = Town {
        source: fields(json!({ "town": "Alma" })),
        target: fields(json!({ "city": "Alma" })),
        before: Default::default(),
        policy,
        trims: false,
    };
    let plan = all.plan();
    all.carry_out(&plan);
    all.source.insert("town".to_owned(), json!(town));
    all.target.insert("city".to_owned(), json!(city));
    let (asked_target, asked_source) = (there(&all.source), back(&all.target));
    let pair = Pair {
        to_target: Direction {
            asked: &asked_target,
            asked_before: &all.before[0],
            now: &all.target,
            now_before: &all.before[1],
        },
        to_source: Direction {
            asked: &asked_source,
            asked_before: &all.before[2],
            now: &all.source,
            now_before: &all.before[3],
        },
    };
    plan_pair(pair, &groups(), |place, _| Ruling {
        policy,
        doubt: (place == 1).then_some(doubt),
    })
}

#[test]
fn a_write_without_an_answer_loses_nothing_untold() {
    use FlowSide::{Source, Target};
    let lost = |side, value: &str, unsure| (side, value.to_owned(), unsure);
    let cases = [
        // The target shows what it showed: it goes out again. If it had arrived, somebody put Alma back.
        (
            "Roberval",
            "Alma",
            None,
            Target,
            Doubt::AsBefore,
            Verdict::Wins(Source),
            Some(lost(Target, "Alma", true)),
        ),
        (
            "Alma",
            "Roberval",
            None,
            Source,
            Doubt::AsBefore,
            Verdict::Wins(Target),
            Some(lost(Source, "Alma", true)),
        ),
        // The source went back meanwhile: there is nothing to write.
        (
            "Alma",
            "Alma",
            None,
            Target,
            Doubt::AsBefore,
            Verdict::InStep,
            None,
        ),
        // Somebody edited the target, before the write or after: the policy, and nobody is overwritten untold.
        (
            "Roberval",
            "Jonquière",
            Some(Source),
            Target,
            Doubt::Edited,
            Verdict::Wins(Source),
            Some(lost(Target, "Jonquière", false)),
        ),
        (
            "Roberval",
            "Jonquière",
            Some(Target),
            Target,
            Doubt::Edited,
            Verdict::Wins(Target),
            Some(lost(Source, "Roberval", false)),
        ),
        (
            "Roberval",
            "Jonquière",
            None,
            Target,
            Doubt::Edited,
            Verdict::Conflict,
            None,
        ),
        // Edited back to what both agreed on: no comparison with that tells of the edit.
        (
            "Roberval",
            "Alma",
            Some(Source),
            Target,
            Doubt::Edited,
            Verdict::Wins(Source),
            Some(lost(Target, "Alma", true)),
        ),
        (
            "Roberval",
            "Alma",
            Some(Target),
            Target,
            Doubt::Edited,
            Verdict::Wins(Target),
            Some(lost(Source, "Roberval", false)),
        ),
        (
            "Roberval",
            "Alma",
            None,
            Target,
            Doubt::Edited,
            Verdict::Conflict,
            None,
        ),
        // Both say the same in the end.
        (
            "Jonquière",
            "Jonquière",
            None,
            Target,
            Doubt::Edited,
            Verdict::InStep,
            None,
        ),
    ];
    for (town, city, policy, side, doubt, verdict, told) in cases {
        let case = format!("{town} {city} {policy:?} {side:?} {doubt:?}");
        let plan = doubted(town, city, policy, (side, doubt));
        assert_eq!(plan.verdicts[1], verdict, "{case}");
        let lost = plan.lost.iter().map(|lost| {
            let value = lost.value.as_str().unwrap_or_default().to_owned();
            (lost.side, value, lost.unsure)
        });
        let lost: Vec<_> = lost.collect();
        assert_eq!(lost, told.into_iter().collect::<Vec<_>>(), "{case}");
    }
}

#[test]
fn a_side_of_which_nothing_is_asked_agrees_to_nothing() {
    let none = Fields::new();
    let asked = fields(json!({ "city": "Alma" }));
    let now = fields(json!({ "city": "Roberval" }));
    let source = fields(json!({ "town": "Alma" }));
    let group = Group {
        source: names(&["town"]),
        target: names(&["city"]),
        owner: None,
    };
    let plan = |asked: &Fields, now: &Fields| {
        let pair = Pair {
            to_target: Direction {
                asked,
                asked_before: &none,
                now,
                now_before: &none,
            },
            // The way back maps nothing of what stands there.
            to_source: Direction {
                asked: &none,
                asked_before: &none,
                now: &source,
                now_before: &none,
            },
        };
        plan_pair(pair, std::slice::from_ref(&group), |_, _| Ruling::default())
    };
    assert_eq!(plan(&asked, &now).verdicts, vec![Verdict::Conflict]);
    assert_eq!(plan(&asked, &asked).verdicts, vec![Verdict::InStep]);
    assert_eq!(plan(&none, &now).verdicts, vec![Verdict::InStep]);
}
