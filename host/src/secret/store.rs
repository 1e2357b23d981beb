//! Where secrets are kept: one age-sealed file a tenant, under a key of this installation.
//!
//! ```text
//! keys/identity.txt        the age key; only its owner can read it (or systemd gives `liaison-identity`)
//! keys/TENANT.secrets.age  {"connection/name": "value", …}, sealed to that key
//! ```
//!
//! A value is looked for in this order: the environment (`LIAISON_SECRET_TENANT_CONNECTION_NAME`,
//! for development), a systemd credential (`TENANT.CONNECTION.NAME`), the sealed file. The key
//! itself comes from the systemd credential before the file, so that a service need not have one.
//!
//! Invariant: a sealed file is replaced whole or not at all; a plain value never touches the disk.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use age::secrecy::ExposeSecret;
use age::x25519::{Identity, Recipient};
use zeroize::Zeroizing;

use super::value::{SECRET_BYTES_MAX, SecretValue};
use crate::model::text::words;
use crate::model::{ConnectionId, TenantId, Text, Word};
use crate::owner_only;

const IDENTITY_FILE: &str = "identity.txt";
const IDENTITY_CREDENTIAL: &str = "liaison-identity";
/// Every environment override begins with this.
const ENVIRONMENT_PREFIX: &str = "LIAISON_SECRET";

/// `connection/name`: which connection uses it, and what its connector calls it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretName {
    pub connection: ConnectionId,
    pub name: String,
}

impl SecretName {
    pub fn new(connection: ConnectionId, name: &str) -> Result<Self, SecretError> {
        let allowed =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        let ok = (1..=64).contains(&name.len()) && name.chars().all(allowed);
        ok.then(|| Self {
            connection,
            name: name.to_owned(),
        })
        .ok_or_else(|| SecretError::BadName {
            raw: name.chars().take(80).collect(),
        })
    }
}

impl FromStr for SecretName {
    type Err = SecretError;

    fn from_str(raw: &str) -> Result<Self, SecretError> {
        let bad = || SecretError::BadName {
            raw: raw.chars().take(80).collect(),
        };
        let (connection, name) = raw.split_once('/').ok_or_else(bad)?;
        Self::new(ConnectionId::parse(connection).map_err(|_| bad())?, name)
    }
}

impl std::fmt::Display for SecretName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.connection, self.name)
    }
}

/// Where a value was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Environment,
    Credential,
    SealedFile,
}

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("`{raw}` is not the name of a secret: write CONNECTION/NAME with a-z, 0-9, `-`, `_`")]
    BadName { raw: String },
    #[error("the value is {bytes} bytes long; at most {most} are kept")]
    TooLong { bytes: usize, most: usize },
    #[error("there is no key at `{path}`")]
    NoKey { path: PathBuf },
    #[error("others can read the key `{path}`: {}", .exposure.fallback)]
    KeyExposed { path: PathBuf, exposure: Text },
    #[error("`{path}` holds no age key")]
    BadKey { path: PathBuf },
    #[error("`{path}` was sealed with another key, or is damaged")]
    WrongKey { path: PathBuf },
    #[error("`{path}` opened and its content is not what was sealed")]
    BadContent { path: PathBuf },
    #[error("`{path}` could not be {verb}")]
    Io {
        path: PathBuf,
        verb: Word,
        #[source]
        cause: io::Error,
    },
}

// What could not be done with a file.
const CREATED: Word = Word::new("done-created", "created");
const READ: Word = Word::new("done-read", "read");
const SEALED: Word = Word::new("done-sealed", "sealed");
const WRITTEN: Word = Word::new("done-written", "written");

type Secrets = BTreeMap<String, Zeroizing<String>>;

#[derive(Debug, Clone)]
pub struct SecretStore {
    keys: PathBuf,
    /// systemd's `$CREDENTIALS_DIRECTORY`.
    credentials: Option<PathBuf>,
}

impl SecretStore {
    /// The store of an installation: its `keys` folder, and systemd's credentials where there are any.
    pub fn open(keys: &Path) -> Self {
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        Self {
            keys: keys.to_owned(),
            credentials,
        }
    }

    /// Makes the key of this installation, unless it has one. Says whether it made one. What only a lost
    /// key could open is set aside under another name.
    pub fn ensure_key(&self) -> Result<bool, SecretError> {
        let path = self.keys.join(IDENTITY_FILE);
        // A link that leads nowhere now may lead somewhere again.
        let there = fs::symlink_metadata(&path).is_ok();
        if self.credential(IDENTITY_CREDENTIAL)?.is_some() || there {
            return Ok(false);
        }
        owner_only::create_folder(&self.keys).map_err(io_error(&self.keys, CREATED))?;
        self.set_sealed_aside()?;
        let identity = Identity::generate();
        let text = Zeroizing::new(format!("{}\n", identity.to_string().expose_secret()));
        owner_only::create(&path, text.as_bytes()).map_err(io_error(&path, WRITTEN))?;
        Ok(true)
    }

    /// Whether something was sealed here: then a key that is not there is a lost one, or one that only the
    /// service is given.
    pub fn has_sealed(&self) -> Result<bool, SecretError> {
        match fs::read_dir(&self.keys) {
            Ok(listing) => Ok(listing.flatten().any(|file| {
                file.path()
                    .extension()
                    .is_some_and(|ending| ending == "age")
            })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(io_error(&self.keys, READ)(error)),
        }
    }

    fn set_sealed_aside(&self) -> Result<(), SecretError> {
        let listing = fs::read_dir(&self.keys).map_err(io_error(&self.keys, READ))?;
        for file in listing.flatten().map(|entry| entry.path()) {
            if file.extension().is_some_and(|ending| ending == "age") {
                let aside = (1..)
                    .map(|number| file.with_extension(format!("age.lost-key-{number}")))
                    .find(|aside| !aside.exists());
                let aside = aside.expect("there are more numbers than files");
                fs::rename(&file, aside).map_err(io_error(&file, WRITTEN))?;
            }
        }
        Ok(())
    }

    pub fn get(
        &self,
        tenant: &TenantId,
        name: &SecretName,
    ) -> Result<Option<SecretValue>, SecretError> {
        Ok(self.find(tenant, name)?.map(|(value, _)| value))
    }

    /// The value and where it was found.
    pub fn find(
        &self,
        tenant: &TenantId,
        name: &SecretName,
    ) -> Result<Option<(SecretValue, Source)>, SecretError> {
        if let Ok(value) = std::env::var(environment_name(tenant, name)) {
            return Ok(Some((SecretValue::new(value), Source::Environment)));
        }
        let credential = format!("{tenant}.{}.{}", name.connection, name.name);
        if let Some(value) = self.credential(&credential)? {
            return Ok(Some((
                SecretValue::new(without_last_newline(value)),
                Source::Credential,
            )));
        }
        let sealed = self.unseal(tenant)?;
        let value = sealed
            .get(&name.to_string())
            .map(|value| SecretValue::new(value.to_string()));
        Ok(value.map(|value| (value, Source::SealedFile)))
    }

    /// All that is set for one connection, by the names its connector uses.
    pub fn of_connection(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        wanted: &[&str],
    ) -> Result<BTreeMap<String, SecretValue>, SecretError> {
        let mut found = BTreeMap::new();
        for name in wanted {
            let full = SecretName::new(connection.clone(), name)?;
            if let Some(value) = self.get(tenant, &full)? {
                found.insert((*name).to_owned(), value);
            }
        }
        Ok(found)
    }

    pub fn set(
        &self,
        tenant: &TenantId,
        name: &SecretName,
        value: &SecretValue,
    ) -> Result<(), SecretError> {
        let bytes = value.expose().len();
        if bytes > SECRET_BYTES_MAX {
            return Err(SecretError::TooLong {
                bytes,
                most: SECRET_BYTES_MAX,
            });
        }
        let mut sealed = self.unseal(tenant)?;
        sealed.insert(name.to_string(), Zeroizing::new(value.expose().to_owned()));
        self.seal(tenant, &sealed)
    }

    /// Says whether there was one to remove.
    pub fn remove(&self, tenant: &TenantId, name: &SecretName) -> Result<bool, SecretError> {
        let mut sealed = self.unseal(tenant)?;
        let was_there = sealed.remove(&name.to_string()).is_some();
        if was_there {
            self.seal(tenant, &sealed)?;
        }
        Ok(was_there)
    }

    /// The names in the sealed file; never the values.
    pub fn list(&self, tenant: &TenantId) -> Result<Vec<SecretName>, SecretError> {
        self.unseal(tenant)?
            .keys()
            .map(|name| name.parse())
            .collect()
    }

    /// Where the tenant's secrets lie, sealed.
    pub fn file(&self, tenant: &TenantId) -> PathBuf {
        self.sealed_path(tenant)
    }

    fn sealed_path(&self, tenant: &TenantId) -> PathBuf {
        self.keys.join(format!("{tenant}.secrets.age"))
    }

    fn unseal(&self, tenant: &TenantId) -> Result<Secrets, SecretError> {
        let path = self.sealed_path(tenant);
        let sealed = match fs::read(&path) {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Without a key as well, it is not that nothing was set: the folder is lost.
                return self.identity().map(|_| Secrets::new());
            }
            Err(error) => return Err(io_error(&path, READ)(error)),
        };
        let plain = age::decrypt(&self.identity()?, &sealed)
            .map_err(|_| SecretError::WrongKey { path: path.clone() })?;
        let plain = Zeroizing::new(plain);
        let content: BTreeMap<String, String> =
            serde_json::from_slice(&plain).map_err(|_| SecretError::BadContent { path })?;
        Ok(content
            .into_iter()
            .map(|(name, value)| (name, Zeroizing::new(value)))
            .collect())
    }

    fn seal(&self, tenant: &TenantId, secrets: &Secrets) -> Result<(), SecretError> {
        let path = self.sealed_path(tenant);
        let content: BTreeMap<&str, &str> = secrets
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let plain = Zeroizing::new(serde_json::to_vec(&content).expect("a map of strings is JSON"));
        let recipient: Recipient = self.identity()?.to_public();
        let sealed = age::encrypt(&recipient, &plain)
            .map_err(|error| io_error(&path, SEALED)(io::Error::other(error.to_string())))?;
        owner_only::replace(&path, &sealed).map_err(io_error(&path, WRITTEN))
    }

    /// Bytes that only this installation can read again, for a file at `path`.
    pub fn seal_bytes(&self, path: &Path, plain: &[u8]) -> Result<Vec<u8>, SecretError> {
        age::encrypt(&self.identity()?.to_public(), plain)
            .map_err(|error| io_error(path, SEALED)(io::Error::other(error.to_string())))
    }

    /// The way back from [`Self::seal_bytes`].
    pub fn open_bytes(&self, path: &Path, sealed: &[u8]) -> Result<Vec<u8>, SecretError> {
        age::decrypt(&self.identity()?, sealed).map_err(|_| SecretError::WrongKey {
            path: path.to_owned(),
        })
    }

    fn identity(&self) -> Result<Identity, SecretError> {
        let path = self.keys.join(IDENTITY_FILE);
        let text = match self.credential(IDENTITY_CREDENTIAL)? {
            Some(text) => Zeroizing::new(text),
            None => Zeroizing::new(self.identity_file(&path)?),
        };
        let line = text
            .lines()
            .find(|line| line.starts_with("AGE-SECRET-KEY-1"));
        line.and_then(|line| line.trim().parse().ok())
            .ok_or(SecretError::BadKey { path })
    }

    fn identity_file(&self, path: &Path) -> Result<String, SecretError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(SecretError::NoKey {
                    path: path.to_owned(),
                });
            }
            Err(error) => return Err(io_error(path, READ)(error)),
        };
        match owner_only::exposed_mode(path).map_err(io_error(path, READ))? {
            Some(mode) => Err(SecretError::KeyExposed {
                path: path.to_owned(),
                exposure: words!(
                    "secret-mode",
                    "its mode is {mode}; set it with `chmod 600`",
                    mode = mode
                ),
            }),
            None => Ok(text),
        }
    }

    fn credential(&self, name: &str) -> Result<Option<String>, SecretError> {
        let Some(folder) = &self.credentials else {
            return Ok(None);
        };
        let path = folder.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io_error(&path, READ)(error)),
        }
    }
}

/// `LIAISON_SECRET_TENANT_CONNECTION_NAME`: upper case, everything else an underscore.
pub fn environment_name(tenant: &TenantId, name: &SecretName) -> String {
    let raw = format!(
        "{ENVIRONMENT_PREFIX}_{tenant}_{}_{}",
        name.connection, name.name
    );
    raw.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect()
}

/// Editors and `echo` end a file with a newline that is no part of the secret.
fn without_last_newline(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}

fn io_error(path: &Path, verb: Word) -> impl FnOnce(io::Error) -> SecretError {
    let path = path.to_owned();
    move |cause| SecretError::Io { path, verb, cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant() -> TenantId {
        TenantId::parse("acme").unwrap()
    }

    fn name(raw: &str) -> SecretName {
        raw.parse().unwrap()
    }

    fn store() -> (tempfile::TempDir, SecretStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = SecretStore {
            keys: folder.path().join("keys"),
            credentials: None,
        };
        assert!(store.ensure_key().unwrap());
        (folder, store)
    }

    #[test]
    fn a_secret_comes_back_and_is_sealed_on_disk() {
        let (_folder, store) = store();
        store
            .set(
                &tenant(),
                &name("crm/password"),
                &SecretValue::new("correct horse".into()),
            )
            .unwrap();
        store
            .set(&tenant(), &name("erp/key"), &SecretValue::new("b".into()))
            .unwrap();
        assert_eq!(
            store
                .get(&tenant(), &name("crm/password"))
                .unwrap()
                .unwrap()
                .expose(),
            "correct horse"
        );
        let names: Vec<String> = store
            .list(&tenant())
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(names, ["crm/password", "erp/key"]);
        let on_disk = fs::read(store.sealed_path(&tenant())).unwrap();
        assert!(memchr::memmem::find(&on_disk, b"correct horse").is_none());
        assert!(memchr::memmem::find(&on_disk, b"crm/password").is_none());
    }

    #[test]
    fn tenants_do_not_see_each_other() {
        let (_folder, store) = store();
        store
            .set(
                &tenant(),
                &name("crm/password"),
                &SecretValue::new("ours".into()),
            )
            .unwrap();
        let other = TenantId::parse("other").unwrap();
        assert_eq!(store.get(&other, &name("crm/password")).unwrap(), None);
    }

    #[test]
    fn a_removed_secret_is_gone() {
        let (_folder, store) = store();
        store
            .set(&tenant(), &name("crm/a"), &SecretValue::new("1".into()))
            .unwrap();
        assert!(store.remove(&tenant(), &name("crm/a")).unwrap());
        assert!(!store.remove(&tenant(), &name("crm/a")).unwrap());
        assert_eq!(store.get(&tenant(), &name("crm/a")).unwrap(), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, store) = store();
        let path = store.keys.join(IDENTITY_FILE);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = store
            .set(&tenant(), &name("crm/a"), &SecretValue::new("1".into()))
            .unwrap_err();
        assert!(error.to_string().contains("its mode is 644"), "{error}");
    }

    #[test]
    fn another_key_does_not_open_the_file() {
        let (_folder, store) = store();
        let (_other_folder, other) = self::store();
        store
            .set(&tenant(), &name("crm/a"), &SecretValue::new("1".into()))
            .unwrap();
        fs::copy(
            other.keys.join(IDENTITY_FILE),
            store.keys.join(IDENTITY_FILE),
        )
        .unwrap();
        let error = store.get(&tenant(), &name("crm/a")).unwrap_err();
        assert!(matches!(error, SecretError::WrongKey { .. }), "{error}");
    }

    #[test]
    fn a_new_key_sets_aside_what_only_the_lost_one_opens() {
        let (_folder, store) = store();
        store
            .set(&tenant(), &name("crm/a"), &SecretValue::new("1".into()))
            .unwrap();
        let sealed = fs::read(store.sealed_path(&tenant())).unwrap();
        fs::remove_file(store.keys.join(IDENTITY_FILE)).unwrap();
        let error = store.get(&tenant(), &name("crm/a")).unwrap_err();
        assert!(matches!(error, SecretError::NoKey { .. }), "{error}");
        assert!(store.ensure_key().unwrap());
        assert_eq!(store.list(&tenant()).unwrap(), vec![]);
        store
            .set(&tenant(), &name("crm/a"), &SecretValue::new("2".into()))
            .unwrap();
        let aside = store.keys.join("acme.secrets.age.lost-key-1");
        assert_eq!(fs::read(aside).unwrap(), sealed, "nothing is thrown away");
    }

    #[test]
    fn a_systemd_credential_goes_before_the_file() {
        let (folder, mut store) = store();
        store
            .set(
                &tenant(),
                &name("crm/a"),
                &SecretValue::new("sealed".into()),
            )
            .unwrap();
        let credentials = folder.path().join("credentials");
        fs::create_dir(&credentials).unwrap();
        fs::write(credentials.join("acme.crm.a"), "from systemd\n").unwrap();
        store.credentials = Some(credentials);
        let (value, source) = store.find(&tenant(), &name("crm/a")).unwrap().unwrap();
        assert_eq!(
            (value.expose(), source),
            ("from systemd", Source::Credential)
        );
    }

    #[test]
    fn the_key_may_come_from_systemd() {
        let (folder, mut store) = store();
        let credentials = folder.path().join("credentials");
        fs::create_dir(&credentials).unwrap();
        fs::rename(
            store.keys.join(IDENTITY_FILE),
            credentials.join(IDENTITY_CREDENTIAL),
        )
        .unwrap();
        store.credentials = Some(credentials);
        store
            .set(&tenant(), &name("crm/a"), &SecretValue::new("1".into()))
            .unwrap();
        assert_eq!(
            store
                .get(&tenant(), &name("crm/a"))
                .unwrap()
                .unwrap()
                .expose(),
            "1"
        );
        assert!(!store.ensure_key().unwrap());
    }

    #[test]
    fn names_are_checked() {
        for bad in [
            "", "crm", "crm/", "/a", "CRM/a", "crm/A", "crm/a b", "crm/../x", "crm/a/b",
        ] {
            assert!(bad.parse::<SecretName>().is_err(), "{bad:?}");
        }
        assert_eq!(
            environment_name(&tenant(), &name("my-crm/api_key")),
            "LIAISON_SECRET_ACME_MY_CRM_API_KEY"
        );
    }
}
