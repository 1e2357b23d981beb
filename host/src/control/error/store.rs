//! What the store says.

use super::{Blame, ControlError};
use crate::model::{Side, Text, Word};
use crate::store::StoreError;

impl From<StoreError> for ControlError {
    fn from(error: StoreError) -> Self {
        let message = text(&error);
        let fresh = |code, blame| Self::new(code, blame, message.clone());
        match &error {
            StoreError::Locked { .. } => fresh("store-locked", Blame::Surroundings).hint(
                "store-locked",
                vec![],
                "wait until the other liaison has finished, or stop it",
            ),
            StoreError::Missing { .. } => fresh("store-missing", Blame::Surroundings).hint(
                "store-missing",
                vec![],
                "bring back its folder, or restore the newest backup with `liaison store restore FILE`; with \
                 neither, `liaison init --new-store` makes an empty one, which knows no pair of records",
            ),
            StoreError::LeaseHeld { .. } => fresh("flow-busy", Blame::Surroundings).hint(
                "flow-busy",
                vec![],
                "the flow is running: try again when it has ended, or hold it still with `liaison pause` meanwhile",
            ),
            StoreError::LeaseLost { .. } => fresh("lease-lost", Blame::Surroundings),
            StoreError::Unreadable { .. } => fresh("store-unreadable", Blame::Surroundings).hint(
                "store-unreadable",
                vec![],
                "restore the newest backup with `liaison store restore FILE`; with none, move data/store away and \
                 `liaison init --new-store` makes an empty one, which knows no pair of records",
            ),
            StoreError::NewerFormat { .. } => fresh("store-newer", Blame::Surroundings).hint(
                "store-newer",
                vec![],
                "use the liaison version that wrote it, or a newer one",
            ),
            StoreError::NoSpace { .. } => fresh("disk-full", Blame::Surroundings).hint(
                "disk-full",
                vec![],
                "free space on that disk; nothing is lost",
            ),
            StoreError::BadExport { .. } => fresh("bad-export", Blame::Command),
            StoreError::NotEmpty { .. } => fresh("store-not-empty", Blame::Command).hint(
                "store-not-empty",
                vec![],
                "an export is read into an empty store; `liaison store restore FILE` puts one in \
                 place of the present one",
            ),
            StoreError::ForeignTenant { .. } | StoreError::Refused { .. } => {
                fresh("store-refused", Blame::Liaison)
            }
            StoreError::Poisoned { .. } | StoreError::Io { .. } => {
                let mut made = fresh("store-io", Blame::Surroundings);
                if let Some(cause) = std::error::Error::source(&error) {
                    made = made.cause(Text::plain(cause.to_string()));
                }
                made
            }
            StoreError::LinkTaken { id, .. } => fresh("link-taken", Blame::Command).hint(
                "link-taken",
                vec![("id", id.to_string())],
                format!(
                    "`liaison link show FLOW {id}` shows the link it belongs to; part that one with \
                     `liaison link remove` if it is wrong"
                ),
            ),
            StoreError::NoIntent { .. } | StoreError::Inconsistent { .. } => {
                fresh("store-inconsistent", Blame::Liaison).hint(
                    "store-verify",
                    vec![],
                    "run `liaison store verify` and report what it says",
                )
            }
        }
    }
}

fn text(error: &StoreError) -> Text {
    let (key, args) = match error {
        StoreError::LeaseHeld { scope, holder } => (
            "error-store-lease-held",
            vec![("scope", scope.clone()), ("holder", holder.clone())],
        ),
        StoreError::LeaseLost { scope } => {
            ("error-store-lease-lost", vec![("scope", scope.clone())])
        }
        StoreError::ForeignTenant { scope, tenant } => (
            "error-store-foreign-tenant",
            vec![("scope", scope.clone()), ("tenant", tenant.to_string())],
        ),
        StoreError::LinkTaken { set, side, id } => {
            let args = vec![("set", set.to_string()), ("id", id.to_string())];
            let side = match side {
                Side::Left => Word::new("side-left", "Left"),
                Side::Right => Word::new("side-right", "Right"),
            };
            return Text::new("error-store-link-taken", args, error.to_string()).with("side", side);
        }
        StoreError::NoIntent { token } => {
            ("error-store-no-intent", vec![("token", token.to_string())])
        }
        StoreError::Missing { path } => ("error-store-missing", vec![("path", path.clone())]),
        StoreError::Locked { path } => ("error-store-locked", vec![("path", path.clone())]),
        StoreError::Unreadable { path, reason } => (
            "error-store-unreadable",
            vec![("path", path.clone()), ("reason", reason.clone())],
        ),
        StoreError::NewerFormat { path, found, known } => (
            "error-store-newer-format",
            vec![
                ("path", path.clone()),
                ("found", found.to_string()),
                ("known", known.to_string()),
            ],
        ),
        StoreError::NoSpace { path, free, wanted } => (
            "error-store-no-space",
            vec![
                ("path", path.clone()),
                ("free", free.to_string()),
                ("wanted", wanted.to_string()),
            ],
        ),
        StoreError::Poisoned { path } => ("error-store-poisoned", vec![("path", path.clone())]),
        StoreError::Io { path, .. } => ("error-store-io", vec![("path", path.clone())]),
        StoreError::Inconsistent { what } => {
            ("error-store-inconsistent", vec![("what", what.clone())])
        }
        StoreError::Refused { what } => ("error-store-refused", vec![("what", (*what).to_owned())]),
        StoreError::NotEmpty { tenant } => (
            "error-store-not-empty",
            vec![("tenant", tenant.to_string())],
        ),
        StoreError::BadExport { line, reason } => (
            "error-store-bad-export",
            vec![("line", line.to_string()), ("reason", reason.clone())],
        ),
    };
    Text::new(key, args, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::model::{LinkSet, NativeId, TenantId, Token};

    #[test]
    fn every_error_reads_as_it_does_in_english_and_has_french() {
        let (path, scope) = ("/x/store".to_owned(), "boreal/flow/invoices".to_owned());
        let tenant = TenantId::parse("boreal").expect("a valid id");
        let end = || {
            let connection = "acomba".parse().expect("a valid id");
            (connection, "invoice".parse().expect("a valid name"))
        };
        let set = LinkSet {
            tenant: tenant.clone(),
            left: end(),
            right: end(),
            role: "main".to_owned(),
        };
        let errors = [
            StoreError::LeaseHeld {
                scope: scope.clone(),
                holder: "run 7".to_owned(),
            },
            StoreError::LeaseLost {
                scope: scope.clone(),
            },
            StoreError::ForeignTenant {
                scope,
                tenant: tenant.clone(),
            },
            StoreError::LinkTaken {
                set: Box::new(set),
                side: Side::Left,
                id: NativeId::parse("7").expect("a valid id"),
            },
            StoreError::NoIntent {
                token: Token::parse("ABCDEFGHIJ0123456789ABCDEF").expect("a valid token"),
            },
            StoreError::Locked { path: path.clone() },
            StoreError::Unreadable {
                path: path.clone(),
                reason: "damaged".to_owned(),
            },
            StoreError::NewerFormat {
                path: path.clone(),
                found: 9,
                known: 1,
            },
            StoreError::NoSpace {
                path: path.clone(),
                free: 1,
                wanted: 2,
            },
            StoreError::Poisoned { path: path.clone() },
            StoreError::Io {
                path,
                cause: std::io::Error::other("x"),
            },
            StoreError::Inconsistent {
                what: "a link".to_owned(),
            },
            StoreError::Refused { what: "a role" },
            StoreError::NotEmpty { tenant },
            StoreError::BadExport {
                line: 3,
                reason: "no JSON".to_owned(),
            },
        ];
        let (english, french) = (Catalogue::new("en"), Catalogue::new("fr"));
        for error in errors {
            let message = text(&error);
            assert_eq!(english.text(&message), error.to_string());
            assert_ne!(french.text(&message), error.to_string(), "{error}");
        }
    }
}
