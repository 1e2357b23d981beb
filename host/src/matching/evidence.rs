//! What speaks for and against two records being the same thing.

use super::census::{BlockId, Census, Place};
use super::name::{CONTRADICTION_PERCENT_MAX, SIMILAR_PERCENT_MIN};
use super::reason::{Percent, Reason};
use super::side::Side;

/// How alike the names are; nothing where either record has none.
pub fn names_similarity(census: &Census, source: Place, target: Place) -> Option<Percent> {
    let (source, _) = census.facts(Side::Source, source).name.as_ref()?;
    let (target, _) = census.facts(Side::Target, target).name.as_ref()?;
    Some(source.similarity(target))
}

/// Fills `reasons` with all there is to say, strongest first.
pub fn weigh(census: &Census, source: Place, target: Place, reasons: &mut Vec<Reason>) {
    reasons.clear();
    let a = census.facts(Side::Source, source);
    let b = census.facts(Side::Target, target);
    let similarity = names_similarity(census, source, target);
    let other_name = similarity.filter(|similarity| *similarity < CONTRADICTION_PERCENT_MAX);

    for (identity, keys) in a.keys.iter().zip(&b.keys).enumerate() {
        let (Some(a), Some(b)) = keys else {
            continue;
        };
        reasons.push(if a.exact == b.exact {
            Reason::SameKey { identity }
        } else if a.alike == b.alike {
            Reason::AlikeKey { identity }
        } else {
            Reason::OtherKey { identity }
        });
    }
    // People of one firm share an address and a line: under another name these say something only
    // where nobody else has them.
    let speaks = |a: Option<BlockId>, b: Option<BlockId>| {
        let shared = a.is_some() && a == b;
        shared && (other_name.is_none() || a.is_some_and(|id| census.block(id).only().is_some()))
    };
    if speaks(a.email, b.email) {
        reasons.push(Reason::Email);
    }
    if speaks(a.phone, b.phone) {
        reasons.push(Reason::Phone);
    }
    if similarity == Some(100) {
        reasons.push(Reason::SameName);
    }
    if let Some(similarity) = similarity
        && similarity >= SIMILAR_PERCENT_MIN
        && a.postal_code.is_some()
        && a.postal_code == b.postal_code
    {
        reasons.push(Reason::PostalCode { similarity });
    }
    if let Some(similarity) = other_name {
        reasons.push(Reason::OtherName { similarity });
    }
    reasons.sort_by_key(|reason| (-reason.points().signum(), *reason));
}
