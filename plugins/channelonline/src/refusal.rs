//! What a refusal of the service means.
//!
//! Two codes are public: 105 and 507. The others are assumed, and a code that nobody has told of is a refusal too.

use crate::assumed::code;
use crate::reply::Trouble;
use liaison_sdk::prelude::*;

/// Not registered. Documented.
pub const USER_AGENT: &str = "105";
/// More than 500 rows. Documented.
pub const TOO_MANY: &str = "507";

/// Whether the request asked for more than one reply may hold.
pub fn is_too_many(trouble: &Trouble) -> bool {
    trouble.code == TOO_MANY
}

/// The fault of a refusal of what concerns `entity`. What names a record's own flaw is that record's.
pub fn of(entity: &str, trouble: &Trouble) -> Fault {
    let words = trouble.words.as_str();
    let reason = match (words.is_empty(), trouble.code.is_empty()) {
        (false, _) => words,
        (true, false) => trouble.code.as_str(),
        (true, true) => "-",
    };
    let fault = match trouble.code.as_str() {
        USER_AGENT => fault::misconfigured(text!(
            "channelonline-user-agent",
            "ChannelOnline does not know the user agent: 1WorldSync registers one for each integration; compare the setting `user_agent` with it, letter by letter"
        )),
        TOO_MANY => fault::unavailable(text!(
            "channelonline-too-many",
            "ChannelOnline gives at most 500 records at once, and more were asked for"
        ))
        .scope(FaultScope::WholeEntity),
        code::CREDENTIALS => fault::unauthorized(text!(
            "channelonline-credentials",
            "ChannelOnline refuses the sign-in: compare the settings `shortcut` and `email` and the secret `password`, and see whether the user is active"
        )),
        code::PERMISSION => fault::misconfigured(text!(
            "channelonline-permission",
            "ChannelOnline does not let the user do this with {entity}: give it the permission, and see whether the integration is licensed and switched on (Integration page)",
            entity = entity
        ))
        .scope(FaultScope::WholeEntity),
        code::BAD_XML => fault::internal(text!(
            "channelonline-bad-xml",
            "ChannelOnline cannot read what this connector sent: {reason}. Please report it",
            reason = reason
        )),
        code::NOT_FOUND => fault::not_found(text!(
            "channelonline-not-found",
            "ChannelOnline does not have this {entity}: {reason}",
            entity = entity,
            reason = reason
        )),
        code::CONFLICT => fault::conflict(text!(
            "channelonline-conflict",
            "Somebody changed this {entity} in ChannelOnline since it was read",
            entity = entity
        )),
        code::INVALID => fault::rejected(text!(
            "channelonline-invalid",
            "ChannelOnline refuses this {entity}: {reason}",
            entity = entity,
            reason = reason
        )),
        code::BUSY => fault::unavailable(text!(
            "channelonline-busy",
            "ChannelOnline is busy; it will be tried again"
        ))
        .wait_ms(code::BUSY_WAIT_MS),
        _ => fault::rejected(text!(
            "channelonline-refused",
            "ChannelOnline refuses the request on {entity}: {reason}",
            entity = entity,
            reason = reason
        )),
    };
    let fault = match words.is_empty() {
        true => fault,
        false => fault.vendor_text(words),
    };
    match trouble.code.is_empty() {
        true => fault,
        false => fault.vendor_code(&trouble.code),
    }
}

/// The fault of a refusal of a question: what the service does not let be asked is no record's fault.
pub fn of_question(entity: &str, trouble: &Trouble) -> Fault {
    let fault = of(entity, trouble);
    match fault.kind {
        FaultKind::Rejected => Fault {
            kind: FaultKind::Misconfigured,
            scope: FaultScope::WholeEntity,
            ..fault
        },
        FaultKind::Conflict => Fault {
            kind: FaultKind::Locked,
            ..fault
        },
        _ => fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_kind_and_its_words() {
        use FaultKind::*;
        let (one, whole, all) = (
            FaultScope::OneRecord,
            FaultScope::WholeEntity,
            FaultScope::WholeConnection,
        );
        for (code, kind, scope, asked, key) in [
            (
                "101",
                Unauthorized,
                all,
                Unauthorized,
                "channelonline-credentials",
            ),
            (
                "102",
                Misconfigured,
                whole,
                Misconfigured,
                "channelonline-permission",
            ),
            (
                "105",
                Misconfigured,
                all,
                Misconfigured,
                "channelonline-user-agent",
            ),
            ("201", Internal, one, Internal, "channelonline-bad-xml"),
            ("404", NotFound, one, NotFound, "channelonline-not-found"),
            ("409", Conflict, one, Locked, "channelonline-conflict"),
            ("422", Rejected, one, Misconfigured, "channelonline-invalid"),
            ("503", Unavailable, all, Unavailable, "channelonline-busy"),
            (
                "507",
                Unavailable,
                whole,
                Unavailable,
                "channelonline-too-many",
            ),
            ("999", Rejected, one, Misconfigured, "channelonline-refused"),
            ("", Rejected, one, Misconfigured, "channelonline-refused"),
        ] {
            let trouble = Trouble {
                code: code.to_owned(),
                words: "Said so".to_owned(),
            };
            let fault = of("quote", &trouble);
            assert_eq!((fault.kind, fault.scope), (kind, scope), "{code}");
            assert_eq!(fault.message.key, key, "{code}");
            assert_eq!(fault.vendor_text.as_deref(), Some("Said so"));
            assert_eq!(
                fault.vendor_code.as_deref(),
                Some(code).filter(|code| !code.is_empty())
            );
            assert_eq!(of_question("quote", &trouble).kind, asked, "{code}");
        }
        let silent = of("quote", &Trouble::default());
        assert_eq!((silent.vendor_code, silent.vendor_text), (None, None));
    }
}
