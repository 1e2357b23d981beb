//! What QuickBooks' codes mean for us: one table for the status of a request, one for a set that was not run.

use crate::assumed::{BY_WORDS, PASSES};
use liaison_sdk::prelude::*;
use FaultKind as K;
use FaultScope as S;

/// One row: codes, what they are for us, and how far they reach.
struct Row(&'static [i32], K, S);

/// Section 4 of the reference. What is not here is refused for its own record.
const ROWS: &[Row] = &[
    Row(&[530, 531], K::Rejected, S::OneRecord),
    Row(&[570], K::Rejected, S::OneRecord),
    Row(&[1000], K::Locked, S::OneRecord),
    Row(&[1010], K::Unavailable, S::WholeConnection),
    Row(&[1030], K::Misconfigured, S::WholeEntity),
    Row(&[1060], K::Internal, S::OneRecord),
    Row(&[3000], K::Rejected, S::OneRecord),
    Row(
        &[3010, 3020, 3030, 3031, 3035, 3040, 3045, 3050, 3060],
        K::Internal,
        S::OneRecord,
    ),
    Row(&[3070, 3090], K::Rejected, S::OneRecord),
    Row(&[3100], K::Exists, S::OneRecord),
    Row(&[3110], K::Internal, S::OneRecord),
    Row(&[3120, 500], K::NotFound, S::OneRecord),
    Row(&[3130, 3140], K::MissingReference, S::OneRecord),
    Row(&[3150], K::Rejected, S::OneRecord),
    Row(&[3160, 3170], K::Rejected, S::OneRecord),
    Row(&[3171], K::Rejected, S::OneRecord),
    Row(&[3175, 3176], K::Locked, S::OneRecord),
    Row(&[3180, 3185], K::Rejected, S::OneRecord),
    Row(&[3190], K::Internal, S::OneRecord),
    Row(&[3200], K::Conflict, S::OneRecord),
    Row(&[3210], K::Rejected, S::OneRecord),
    Row(&[3220], K::Misconfigured, S::WholeConnection),
    Row(&[3231], K::Locked, S::OneRecord),
    Row(&[3250], K::Misconfigured, S::WholeEntity),
    Row(&[3260, 3263], K::Misconfigured, S::WholeConnection),
    Row(&[3261, 3262], K::Misconfigured, S::WholeEntity),
    Row(&[3270], K::Rejected, S::OneRecord),
    Row(&[3290], K::Internal, S::OneRecord),
    Row(&[3500], K::Rejected, S::OneRecord),
];

/// How long to leave a record alone that somebody holds.
const LOCKED_WAIT_MS: u64 = 60_000;

/// The fault of a request that failed.
pub fn fault_of(code: i32, words: &str) -> Fault {
    let lower = words.to_lowercase();
    let row = ROWS.iter().find(|row| row.0.contains(&code));
    let (mut kind, mut scope) = row.map_or((K::Rejected, S::OneRecord), |row| (row.1, row.2));
    if BY_WORDS.contains(&code) && PASSES.iter().any(|sign| lower.contains(sign)) {
        (kind, scope) = (K::Locked, S::OneRecord);
    }
    if (9100..9200).contains(&code) {
        kind = K::Internal;
    }
    let mut fault = fault::of(kind, sentence(kind, words)).scope(scope);
    if kind == K::Locked {
        fault = fault.wait_ms(LOCKED_WAIT_MS);
    }
    fault.vendor_code(&code.to_string()).vendor_text(words)
}

fn sentence(kind: K, words: &str) -> Text {
    match kind {
        K::Locked => text!(
            "qbd-locked",
            "Somebody holds this in QuickBooks: {reason}",
            reason = words
        ),
        K::Unavailable => text!(
            "qbd-unavailable",
            "QuickBooks is not available: {reason}",
            reason = words
        ),
        K::Misconfigured => text!(
            "qbd-not-allowed",
            "QuickBooks does not allow this: {reason}",
            reason = words
        ),
        K::Internal => text!(
            "qbd-not-understood",
            "QuickBooks does not understand what this connector sent: {reason}",
            reason = words
        ),
        K::MissingReference => text!(
            "qbd-missing-reference",
            "QuickBooks does not have what this record refers to: {reason}",
            reason = words
        ),
        K::Conflict => text!(
            "qbd-conflict",
            "The record changed in QuickBooks since it was read"
        ),
        K::NotFound => text!(
            "qbd-gone",
            "QuickBooks has no such record: {reason}",
            reason = words
        ),
        K::Exists => text!(
            "qbd-name-taken",
            "QuickBooks already has a record of this name: {reason}",
            reason = words
        ),
        _ => text!(
            "qbd-refused",
            "QuickBooks refuses this record: {reason}",
            reason = words
        ),
    }
}

/// What a set as a whole is worth, where QuickBooks says it was not run as it should.
pub fn set_fault(code: i32) -> Option<Fault> {
    let fault = match code {
        0 => return None,
        9004 => fault::internal(text!(
            "qbd-set-id",
            "QuickBooks refuses the name under which this message was sent"
        )),
        _ => fault::outcome_unknown(text!(
            "qbd-set-unknown",
            "QuickBooks cannot say whether this was done: code {code}",
            code = code
        )),
    };
    Some(fault.vendor_code(&code.to_string()))
}

/// What becomes of a set that QuickBooks did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Surely not run, and never will be as it is.
    OurBug,
    /// Surely not run; another visit may.
    Later,
    /// Surely not run; a person must act.
    Stop,
    /// Nobody knows.
    Unknown,
}

/// Section 4.1 of the reference.
const HRESULTS: [(u32, Fate); 12] = [
    (0x8004_0400, Fate::OurBug),
    (0x8004_0401, Fate::Later),
    (0x8004_0402, Fate::Unknown),
    (0x8004_0408, Fate::Later),
    (0x8004_0409, Fate::Stop),
    (0x8004_040a, Fate::Stop),
    (0x8004_040d, Fate::Unknown),
    (0x8004_0414, Fate::Later),
    (0x8004_0416, Fate::Later),
    (0x8004_0417, Fate::Later),
    (0x8004_0420, Fate::Stop),
    (0x8004_0422, Fate::Unknown),
];

/// What this code of the Web Connector means.
pub fn fate(hresult: &str) -> Fate {
    let hex = hresult
        .trim()
        .trim_start_matches("0x")
        .trim_start_matches("0X");
    let code = u32::from_str_radix(hex, 16).unwrap_or(0);
    let known = HRESULTS.iter().find(|(known, _)| *known == code);
    known.map_or(Fate::Unknown, |(_, fate)| *fate)
}

/// The fault of a set that came back without an answer.
pub fn unanswered(hresult: &str, words: &str) -> Fault {
    let fault = match fate(hresult) {
        Fate::OurBug => fault::internal(text!(
            "qbd-unparsable",
            "QuickBooks could not read what this connector sent: {reason}",
            reason = words
        )),
        Fate::Later => fault::unavailable(text!(
            "qbd-unreachable",
            "The Web Connector could not reach QuickBooks: {reason}",
            reason = words
        )),
        Fate::Stop => fault::misconfigured(text!(
            "qbd-denied",
            "QuickBooks let the Web Connector do nothing: {reason}",
            reason = words
        )),
        Fate::Unknown => fault::outcome_unknown(text!(
            "qbd-unknown",
            "QuickBooks broke off, several times, and nobody knows whether this was done: {reason}",
            reason = words
        )),
    };
    fault.vendor_code(hresult).vendor_text(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_kind_and_reach() {
        let modified = "The list has been modified by another user.";
        let table: &[(i32, &str, K, S)] = &[
            (500, "", K::NotFound, S::OneRecord),
            (530, "", K::Rejected, S::OneRecord),
            (570, "", K::Rejected, S::OneRecord),
            (1000, "", K::Locked, S::OneRecord),
            (1010, "", K::Unavailable, S::WholeConnection),
            (1030, "", K::Misconfigured, S::WholeEntity),
            (1060, "", K::Internal, S::OneRecord),
            (3000, "", K::Rejected, S::OneRecord),
            (3010, "", K::Internal, S::OneRecord),
            (3020, "", K::Internal, S::OneRecord),
            (3040, "", K::Internal, S::OneRecord),
            (3045, "", K::Internal, S::OneRecord),
            (3060, "", K::Internal, S::OneRecord),
            (3070, "", K::Rejected, S::OneRecord),
            (3090, "", K::Rejected, S::OneRecord),
            (3100, "", K::Exists, S::OneRecord),
            (3110, "", K::Internal, S::OneRecord),
            (3120, "", K::NotFound, S::OneRecord),
            (3130, "", K::MissingReference, S::OneRecord),
            (3140, "", K::MissingReference, S::OneRecord),
            (3150, "", K::Rejected, S::OneRecord),
            (3160, "", K::Rejected, S::OneRecord),
            (3170, "", K::Rejected, S::OneRecord),
            (3170, modified, K::Locked, S::OneRecord),
            (3171, "", K::Rejected, S::OneRecord),
            (3175, "", K::Locked, S::OneRecord),
            (3176, "", K::Locked, S::OneRecord),
            (3180, "duplicate account number", K::Rejected, S::OneRecord),
            (
                3180,
                "The internals could not be locked.",
                K::Locked,
                S::OneRecord,
            ),
            (3185, "", K::Rejected, S::OneRecord),
            (3190, "", K::Internal, S::OneRecord),
            (3200, "", K::Conflict, S::OneRecord),
            (3210, "", K::Rejected, S::OneRecord),
            (
                3210,
                "The application failed to acquire the lock.",
                K::Locked,
                S::OneRecord,
            ),
            (3220, "", K::Misconfigured, S::WholeConnection),
            (3231, "", K::Locked, S::OneRecord),
            (3250, "", K::Misconfigured, S::WholeEntity),
            (3260, "", K::Misconfigured, S::WholeConnection),
            (3261, "", K::Misconfigured, S::WholeEntity),
            (3262, "", K::Misconfigured, S::WholeEntity),
            (3263, "", K::Misconfigured, S::WholeConnection),
            (3270, "", K::Rejected, S::OneRecord),
            (3290, "", K::Internal, S::OneRecord),
            (3500, "", K::Rejected, S::OneRecord),
            (9101, "", K::Internal, S::OneRecord),
            (4711, "", K::Rejected, S::OneRecord),
        ];
        for (code, words, kind, scope) in table {
            let fault = fault_of(*code, words);
            assert_eq!((fault.kind, fault.scope), (*kind, *scope), "{code} {words}");
            assert_eq!(fault.vendor_code, Some(code.to_string()));
        }
        println!("{} rows of status codes", table.len());
    }

    #[test]
    fn every_hresult_says_whether_anything_was_done() {
        for (code, fate_of, kind) in [
            ("0x80040400", Fate::OurBug, K::Internal),
            ("0x80040401", Fate::Later, K::Unavailable),
            ("0x80040402", Fate::Unknown, K::OutcomeUnknown),
            ("0x80040408", Fate::Later, K::Unavailable),
            ("80040409", Fate::Stop, K::Misconfigured),
            ("0x8004040A", Fate::Stop, K::Misconfigured),
            ("0x8004040D", Fate::Unknown, K::OutcomeUnknown),
            ("0x80040414", Fate::Later, K::Unavailable),
            ("0x80040416", Fate::Later, K::Unavailable),
            ("0x80040417", Fate::Later, K::Unavailable),
            ("0X80040420", Fate::Stop, K::Misconfigured),
            ("0x80041234", Fate::Unknown, K::OutcomeUnknown),
            ("rubbish", Fate::Unknown, K::OutcomeUnknown),
        ] {
            assert_eq!(
                (fate(code), unanswered(code, "").kind),
                (fate_of, kind),
                "{code}"
            );
        }
        for (code, kind) in [
            (600, K::OutcomeUnknown),
            (9001, K::OutcomeUnknown),
            (9002, K::OutcomeUnknown),
            (9004, K::Internal),
            (9005, K::OutcomeUnknown),
        ] {
            assert_eq!(set_fault(code).map(|f| f.kind), Some(kind), "{code}");
        }
        assert_eq!(set_fault(0), None);
    }
}
