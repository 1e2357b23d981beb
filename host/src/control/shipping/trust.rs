//! The keys of publishers that the operator trusts, and whether a signature is by one of them.
//!
//! Signatures are minisign's: Ed25519, detached, in a file of a few lines beside the component. It works without
//! network, account or certificate authority, the keys are files that a person can read and compare, and the
//! verifier has no dependencies. Sigstore needs a trust root that is fetched and kept fresh, and a large crate.
//!
//! ```text
//! keys/trusted/NAME.pub     as `minisign -G` writes it
//! ```
//!
//! Invariant: a signature that names a trusted key and does not fit is refused, whatever else was allowed.

use std::path::{Path, PathBuf};

use minisign_verify::{PublicKey, Signature};
use serde::Serialize;

use super::super::Control;
use super::super::error::{Blame, ControlError, Doing};
use super::super::request::Answer;
use super::lock::Lock;
use crate::model::text::words;
use crate::owner_only;

const ENDING: &str = "pub";
/// A key file has two short lines.
const KEY_BYTES_MAX: u64 = 4 << 10;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrustedKey {
    pub name: String,
    /// As minisign writes it, in one line.
    pub key: String,
    /// Installed connectors that it signed.
    pub signed: Vec<String>,
}

/// What a component's signature is worth here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signed {
    /// By the trusted key of this name.
    By(String),
    /// By a key that is not trusted.
    Unknown,
    No,
}

pub struct Keys(Vec<(String, String, PublicKey)>);

impl Keys {
    pub fn read(folder: &Path) -> Result<Self, ControlError> {
        let listing = match std::fs::read_dir(folder) {
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self(Vec::new()));
            }
            listing => listing.map_err(|cause| ControlError::io(Doing::Read, folder, cause))?,
        };
        let mut files: Vec<PathBuf> = listing.flatten().map(|entry| entry.path()).collect();
        files.retain(|path| path.extension().is_some_and(|ending| ending == ENDING));
        files.sort();
        let mut keys = Vec::new();
        for file in files {
            let text = std::fs::read_to_string(&file)
                .map_err(|cause| ControlError::io(Doing::Read, &file, cause))?;
            let (line, key) = parse(&text).ok_or_else(|| no_key(&file.display().to_string()))?;
            let name = file
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            keys.push((name, line, key));
        }
        Ok(Self(keys))
    }

    /// Whose signature it is. Errors when it is damaged, or names a trusted key and is not that one's.
    pub fn verify(&self, bytes: &[u8], signature: Option<&str>) -> Result<Signed, ControlError> {
        let Some(signature) = signature else {
            return Ok(Signed::No);
        };
        let signature = Signature::decode(signature).map_err(|error| forged(&error.to_string()))?;
        for (name, _, key) in &self.0 {
            match key.verify(bytes, &signature, false) {
                Ok(()) => return Ok(Signed::By(name.clone())),
                // That of another key.
                Err(minisign_verify::Error::UnexpectedKeyId) => {}
                Err(error) => return Err(forged(&error.to_string())),
            }
        }
        Ok(Signed::Unknown)
    }
}

/// A key as a line of base64, or as the file that holds it below a comment.
fn parse(text: &str) -> Option<(String, PublicKey)> {
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    let key = PublicKey::from_base64(line).ok()?;
    Some((line.to_owned(), key))
}

impl Control {
    pub(in super::super) fn trust_add(
        &self,
        name: &str,
        given: &str,
    ) -> Result<Answer, ControlError> {
        check_name(name)?;
        let file = Path::new(given);
        let small = std::fs::metadata(file)
            .is_ok_and(|about| about.is_file() && about.len() <= KEY_BYTES_MAX);
        let text = match small {
            true => std::fs::read_to_string(file)
                .map_err(|cause| ControlError::io(Doing::Read, file, cause))?,
            false => given.to_owned(),
        };
        let (line, _) = parse(&text).ok_or_else(|| no_key(given))?;
        let path = self.home.trusted().join(format!("{name}.{ENDING}"));
        if let Ok(Some((there, _))) = std::fs::read_to_string(&path).map(|text| parse(&text))
            && there != line
        {
            let english = format!("another key is trusted as `{name}` already");
            return Err(ControlError::command("trust-taken", vec![("name", name.to_owned())], english).hint(
                "trust-taken",
                vec![],
                "remove that one first with `liaison connector trust remove`, or give this one another name",
            ));
        }
        owner_only::create_folder(&self.home.trusted())
            .map_err(|cause| ControlError::io(Doing::Create, &self.home.trusted(), cause))?;
        let text = format!("untrusted comment: {name}, trusted for connectors\n{line}\n");
        owner_only::replace(&path, text.as_bytes())
            .map_err(|cause| ControlError::io(Doing::Write, &path, cause))?;
        self.trust_list()
    }

    pub(in super::super) fn trust_list(&self) -> Result<Answer, ControlError> {
        let lock = Lock::read(&self.home)?;
        let keys = Keys::read(&self.home.trusted())?.0.into_iter();
        let rows = keys.map(|(name, key, _)| TrustedKey {
            signed: lock
                .entries
                .iter()
                .filter(|entry| entry.signer.as_deref() == Some(&name))
                .map(|entry| format!("{} {}", entry.name, entry.version))
                .collect(),
            name,
            key,
        });
        Ok(Answer::Trusted(rows.collect()))
    }

    /// What it signed stays installed: it was accepted by its digest. New files of it are unknown from here on.
    pub(in super::super) fn trust_remove(&self, name: &str) -> Result<Answer, ControlError> {
        check_name(name)?;
        let path = self.home.trusted().join(format!("{name}.{ENDING}"));
        match std::fs::remove_file(&path) {
            Ok(()) => self.trust_list(),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
                let english = format!("no key is trusted as `{name}`");
                let args = vec![("name", name.to_owned())];
                Err(ControlError::command("trust-none", args, english).hint(
                    "trust-none",
                    vec![],
                    "`liaison connector trust list` shows the keys that are trusted",
                ))
            }
            Err(cause) => Err(ControlError::io(Doing::Write, &path, cause)),
        }
    }
}

/// It becomes a file's name.
fn check_name(name: &str) -> Result<(), ControlError> {
    let fits =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if !name.is_empty() && name.len() <= 64 && name.chars().all(fits) {
        return Ok(());
    }
    let english = format!("`{name}` names no key: use small letters, digits and `-`");
    Err(ControlError::command(
        "trust-name",
        vec![("name", name.to_owned())],
        english,
    ))
}

fn no_key(given: &str) -> ControlError {
    let given: String = given.chars().take(200).collect();
    let english = format!("`{given}` is no public key of minisign");
    ControlError::command("no-key", vec![("given", given)], english).hint(
        "no-key",
        vec![],
        "give the line that begins with RW, or the file that `minisign -G` wrote beside the secret key",
    )
}

fn forged(reason: &str) -> ControlError {
    let message = words!(
        "error-signature",
        "the signature does not fit the file: one of them was changed, or belongs to another ({reason})",
        reason = reason
    );
    ControlError::new("signature", Blame::Command, message).hint(
        "signature",
        vec![],
        "fetch both again, and ask the publisher if it stays so; no option lets such a file in",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made once with the crate `minisign`; its secret half is kept nowhere.
    const SAMPLE: &[u8] = b"a component";
    const KEY: &str = "RWSgHYRxo+NGnAyDzNcGDOGim+HhevovfcOdN6l6pFO7zhE410AjeWLx";
    const OTHER_KEY: &str = "RWQa93u+yOpmMMFeHQRuNlucuiWaMhwlZPQ0TJN0nQIAiD9gj0eh+g+L";
    const SIGNATURE: &str = "untrusted comment: signature from the tests\n\
        RUSgHYRxo+NGnNosYhuu5uyVYOtqMzLqy/IBvPRfshZ+FrpYoouROz8ZJOnhoqqVJrXSWBG5dhDH2cFzsBGKzTAplF6lHAAlhQ0=\n\
        trusted comment: a sample\n\
        DqCf2otmDenkq/2MSwPqLmQprhndZkw/81XtRG95VlHB68zN1R2zIuL73vA1FzIsNvlbPcpVkrs0HAdoP0hxAA==";

    fn keys(lines: &[(&str, &str)]) -> Keys {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, line) in lines {
            std::fs::write(folder.path().join(format!("{name}.pub")), line).expect("written");
        }
        Keys::read(folder.path()).expect("keys")
    }

    #[test]
    fn a_signature_is_worth_what_its_key_is() {
        let ours = keys(&[("acme", KEY)]);
        let others = keys(&[("else", OTHER_KEY)]);
        let both = keys(&[
            ("else", OTHER_KEY),
            ("zacme", &format!("untrusted comment: a\n{KEY}\n")),
        ]);
        let none = keys(&[]);
        for (case, keys, signature, expected) in [
            (
                "trusted",
                &ours,
                Some(SIGNATURE),
                Signed::By("acme".to_owned()),
            ),
            (
                "one of two",
                &both,
                Some(SIGNATURE),
                Signed::By("zacme".to_owned()),
            ),
            ("another's", &others, Some(SIGNATURE), Signed::Unknown),
            ("nobody trusted", &none, Some(SIGNATURE), Signed::Unknown),
            ("unsigned", &ours, None, Signed::No),
        ] {
            assert_eq!(
                keys.verify(SAMPLE, signature).expect(case),
                expected,
                "{case}"
            );
        }
    }

    #[test]
    fn what_was_changed_is_refused() {
        let ours = keys(&[("acme", KEY)]);
        let refused = |bytes: &[u8], signature: &str| {
            ours.verify(bytes, Some(signature))
                .expect_err("refused")
                .code
        };
        assert_eq!(refused(b"other bytes", SIGNATURE), "signature");
        assert_eq!(refused(SAMPLE, "nonsense"), "signature");
        // What the publisher says beside the signature is signed as well.
        let reworded =
            SIGNATURE.replace("trusted comment: a sample", "trusted comment: an example");
        assert_ne!(reworded, SIGNATURE);
        assert_eq!(refused(SAMPLE, &reworded), "signature");
    }

    #[test]
    fn names_stay_in_their_folder() {
        for name in ["", "../x", "A", "a b", "a/b"] {
            assert!(check_name(name).is_err(), "{name}");
        }
        check_name("acceo-2").expect("a name");
    }
}
