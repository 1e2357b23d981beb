//! What `write` returned: the one answer where a contradiction may hide a second invoice.
//!
//! An answer we cannot trust does not mean that nothing was written. So every doubt here becomes
//! `outcome-unknown`, which the engine resolves by looking, and never by sending again.

use std::collections::HashSet;

use super::{Nonsense, body, bounded, fault, native_id, nonsense};
use crate::connector::bindings::types as wit;
use crate::connector::limits::VERSION_BYTES_MAX;
use crate::model::{Action, Applied, Fault, FaultKind, Operation, Outcome, Scope};

/// One outcome for each operation, whatever the guest returned.
pub fn outcomes(operations: &[Operation], returned: Vec<wit::Outcome>) -> Vec<Outcome> {
    if returned.len() != operations.len() {
        let (asked, got) = (operations.len(), returned.len());
        let doubt = unknown(
            &nonsense(format!("{got} outcomes to {asked} operations")),
            Scope::Connection,
        );
        return operations.iter().map(|_| Err(doubt.clone())).collect();
    }
    let bodies = returned
        .iter()
        .flatten()
        .filter_map(|applied| applied.body.as_deref());
    let with_bodies = bounded(bodies).inspect_err(ignored).is_ok();
    let outcomes: Vec<Outcome> = operations
        .iter()
        .zip(returned)
        .map(|(operation, outcome)| match outcome {
            Ok(mut applied) => {
                applied.body.take_if(|_| !with_bodies);
                checked(operation, applied).map_err(|doubt| unknown(&doubt, Scope::Record))
            }
            Err(refusal) => Err(fault(refusal)),
        })
        .collect();
    without_double_creates(operations, outcomes)
}

fn checked(operation: &Operation, applied: wit::Applied) -> Result<Applied, Nonsense> {
    let id = native_id(&applied.id, "of a written record")?;
    if let Some(wanted) = operation
        .id
        .as_ref()
        .filter(|_| operation.action != Action::Create)
        && *wanted != id
    {
        return Err(nonsense(format!(
            "record {id} for a change of record {wanted}"
        )));
    }
    // The write itself is certain; only what it left behind is not, and the next read shows that.
    let body = applied.body.and_then(|raw| {
        body(&raw, &format!("of record {id}"))
            .inspect_err(ignored)
            .ok()
    });
    let version = applied.version.filter(|version| {
        let fits = version.len() <= VERSION_BYTES_MAX;
        if !fits {
            ignored(&nonsense(format!("a version of {} bytes", version.len())));
        }
        fits
    });
    Ok(Applied { id, version, body })
}

fn ignored(doubt: &Nonsense) {
    tracing::warn!(target: "liaison::guest", "{doubt}; it is ignored");
}

/// Two creates of one call cannot have made the same record.
fn without_double_creates(operations: &[Operation], outcomes: Vec<Outcome>) -> Vec<Outcome> {
    let mut seen = HashSet::new();
    let mut twice = HashSet::new();
    for (operation, outcome) in operations.iter().zip(&outcomes) {
        if let (Action::Create, Ok(applied)) = (operation.action, outcome)
            && !seen.insert(applied.id.clone())
        {
            twice.insert(applied.id.clone());
        }
    }
    operations
        .iter()
        .zip(outcomes)
        .map(|(operation, outcome)| match outcome {
            Ok(applied) if operation.action == Action::Create && twice.contains(&applied.id) => {
                Err(unknown(
                    &nonsense(format!("record {} for several creates", applied.id)),
                    Scope::Record,
                ))
            }
            outcome => outcome,
        })
        .collect()
}

fn unknown(doubt: &Nonsense, scope: Scope) -> Fault {
    Fault::new(FaultKind::OutcomeUnknown, scope, doubt.text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{NativeId, Token};

    fn operation(action: Action, id: Option<&str>) -> Operation {
        Operation {
            token: Token::parse("ABCDEFGHIJ0123456789ABCDEF").unwrap(),
            action,
            id: id.map(|id| NativeId::parse(id).unwrap()),
            version: None,
            body: "{}".to_owned(),
            resume: None,
        }
    }

    fn applied(id: &str, body: Option<&str>) -> wit::Outcome {
        Ok(wit::Applied {
            id: id.into(),
            version: None,
            body: body.map(Into::into),
            ext: vec![],
        })
    }

    fn words(outcome: &Outcome) -> (FaultKind, String) {
        let fault = outcome.as_ref().unwrap_err();
        (fault.kind, fault.to_string())
    }

    #[test]
    fn too_few_outcomes_make_all_of_them_unknown() {
        let operations = [
            operation(Action::Create, None),
            operation(Action::Create, None),
        ];
        let outcomes = outcomes(&operations, vec![applied("1", None)]);
        assert_eq!(outcomes.len(), 2);
        for outcome in &outcomes {
            let (kind, words) = words(outcome);
            assert_eq!(kind, FaultKind::OutcomeUnknown);
            assert!(words.contains("1 outcomes to 2 operations"), "{words}");
        }
    }

    #[test]
    fn too_many_outcomes_make_all_of_them_unknown() {
        let outcomes = outcomes(
            &[operation(Action::Create, None)],
            vec![applied("1", None), applied("2", None)],
        );
        assert_eq!(words(&outcomes[0]).0, FaultKind::OutcomeUnknown);
    }

    #[test]
    fn an_update_of_another_record_is_unknown() {
        let outcomes = outcomes(
            &[operation(Action::Update, Some("5"))],
            vec![applied("6", None)],
        );
        let (kind, words) = words(&outcomes[0]);
        assert_eq!(kind, FaultKind::OutcomeUnknown);
        assert!(
            words.contains("record 6 for a change of record 5"),
            "{words}"
        );
    }

    #[test]
    fn one_record_for_two_creates_is_unknown_and_the_third_stands() {
        let operations = [(); 3].map(|()| operation(Action::Create, None));
        let outcomes = outcomes(
            &operations,
            vec![applied("7", None), applied("8", None), applied("7", None)],
        );
        assert_eq!(words(&outcomes[0]).0, FaultKind::OutcomeUnknown);
        assert_eq!(outcomes[1].as_ref().unwrap().id.as_str(), "8");
        assert_eq!(words(&outcomes[2]).0, FaultKind::OutcomeUnknown);
    }

    #[test]
    fn an_unusable_id_is_unknown_and_an_unusable_body_is_dropped() {
        let create = || [operation(Action::Create, None)];
        assert_eq!(
            words(&outcomes(&create(), vec![applied("", None)])[0]).0,
            FaultKind::OutcomeUnknown
        );
        let kept = outcomes(&create(), vec![applied("1", Some("{"))]);
        assert_eq!(kept[0].as_ref().unwrap().body, None);
        let kept = outcomes(&create(), vec![applied("1", Some(r#"{"a":null}"#))]);
        assert_eq!(
            kept[0].as_ref().unwrap().body,
            Some(serde_json::json!({"a": null}))
        );
    }
}
