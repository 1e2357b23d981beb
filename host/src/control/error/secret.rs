//! What the keeper of secrets says.

use super::{Blame, ControlError};
use crate::model::Text;
use crate::secret::SecretError;

impl From<SecretError> for ControlError {
    fn from(error: SecretError) -> Self {
        let made = Self::new("secret", Blame::Command, text(&error));
        match &error {
            SecretError::Io { cause, .. } => made.cause(Text::plain(cause.to_string())),
            SecretError::NoKey { .. } => made.hint(
                "secret-no-key",
                vec![],
                "put back the keys folder from a copy of it; with none, `liaison init --new-key` makes a new key, \
                 and every secret must be set again",
            ),
            SecretError::WrongKey { .. } | SecretError::BadKey { .. } => made.hint(
                "secret-key",
                vec![],
                "put back keys/identity.txt from a copy of it; with none, move it away, have `liaison init --new-key` \
                 make a new key, and set every secret again",
            ),
            _ => made,
        }
    }
}

fn text(error: &SecretError) -> Text {
    let english = error.to_string();
    let at = |key: &str, path: &std::path::Path| {
        Text::new(
            key,
            vec![("path", path.display().to_string())],
            english.clone(),
        )
    };
    match error {
        SecretError::BadName { raw } => {
            Text::new("error-secret-bad-name", vec![("raw", raw.clone())], english)
        }
        SecretError::TooLong { bytes, most } => {
            let args = vec![("bytes", bytes.to_string()), ("most", most.to_string())];
            Text::new("error-secret-too-long", args, english)
        }
        SecretError::NoKey { path } => at("error-secret-no-key", path),
        SecretError::KeyExposed { path, exposure } => {
            at("error-secret-key-exposed", path).with("exposure", exposure.clone())
        }
        SecretError::BadKey { path } => at("error-secret-bad-key", path),
        SecretError::WrongKey { path } => at("error-secret-wrong-key", path),
        SecretError::BadContent { path } => at("error-secret-bad-content", path),
        SecretError::Io { path, verb, .. } => at("error-secret-io", path).with("verb", *verb),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::model::Word;

    #[test]
    fn every_error_reads_as_it_does_in_english_and_has_french() {
        let path = std::path::PathBuf::from("keys/identity.txt");
        let errors = [
            SecretError::BadName {
                raw: "É".to_owned(),
            },
            SecretError::TooLong { bytes: 9, most: 8 },
            SecretError::NoKey { path: path.clone() },
            SecretError::KeyExposed {
                path: path.clone(),
                exposure: Text::plain("its mode is 644"),
            },
            SecretError::BadKey { path: path.clone() },
            SecretError::WrongKey { path: path.clone() },
            SecretError::BadContent { path: path.clone() },
            SecretError::Io {
                path,
                verb: Word::new("done-read", "read"),
                cause: std::io::Error::other("x"),
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
