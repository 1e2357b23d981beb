//! Compiled components on disk, so that a start costs milliseconds.
//!
//! ```text
//! CACHE/mac.key                         32 random bytes of this installation
//! CACHE/SHA256-ENGINE-VERSION.cwasm     HMAC-SHA256 over the name and the code, then the code
//! ```
//!
//! Loading machine code is trusting it. So an entry is used only when its MAC, made with a key that
//! never leaves this folder, fits; an entry that does not fit is compiled anew and never run.
//!
//! Invariant: the bytes that were checked are the bytes that are loaded.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::compile::{CompileError, Compiler};
use super::load::{Checked, hex};
use crate::model::Word;
use crate::owner_only;

const KEY_FILE: &str = "mac.key";
const KEY_BYTES: usize = 32;
const MAC_BYTES: usize = 32;
/// Makes the names of working files differ within this process.
static COMPILATIONS: AtomicU64 = AtomicU64::new(0);

pub struct Cache {
    folder: PathBuf,
    key: [u8; KEY_BYTES],
    engine: Engine,
    compiler: Compiler,
    /// One compilation at a time: each may take gigabytes.
    compiling: tokio::sync::Mutex<()>,
}

impl Cache {
    pub fn open(folder: &Path, engine: Engine, compiler: Compiler) -> io::Result<Self> {
        owner_only::create_folder(folder)?;
        let key = key(&folder.join(KEY_FILE))?;
        Ok(Self {
            folder: folder.to_owned(),
            key,
            engine,
            compiler,
            compiling: tokio::sync::Mutex::new(()),
        })
    }

    /// The compiled component, from the cache where it is there and genuine.
    pub async fn get(&self, checked: &Checked) -> Result<Component, CompileError> {
        let name = self.name(&checked.sha256);
        // What is there needs no turn: one that compiles for minutes must not hold up the others.
        if let Some(component) = self.load(&name) {
            return Ok(component);
        }
        let _one_at_a_time = self.compiling.lock().await;
        if let Some(component) = self.load(&name) {
            return Ok(component);
        }
        self.compile(&name, &checked.bytes).await?;
        self.load(&name).ok_or_else(|| CompileError::Refused {
            words: "the compiled code does not load back".to_owned(),
        })
    }

    /// Everything the code depends on: what was compiled, by which compiler and settings, for whom.
    fn name(&self, sha256: &str) -> String {
        let mut hasher = Sha256Hasher(Sha256::new());
        self.engine
            .precompile_compatibility_hash()
            .hash(&mut hasher);
        let engine = hex(&hasher.0.finalize()[..8]);
        format!("{sha256}-{engine}-{}", env!("CARGO_PKG_VERSION"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.cwasm"))
    }

    fn load(&self, name: &str) -> Option<Component> {
        let entry = fs::read(self.path(name)).ok()?;
        let (mac, code) = entry.split_at_checked(MAC_BYTES)?;
        if self.mac(name, code).verify_slice(mac).is_err() {
            tracing::warn!(
                name,
                "a compiled component in the cache is not ours; it is compiled anew"
            );
            return None;
        }
        match deserialize(&self.engine, code) {
            Ok(component) => Some(component),
            Err(error) => {
                tracing::warn!(
                    name,
                    "a compiled component in the cache does not load: {error:#}"
                );
                None
            }
        }
    }

    async fn compile(&self, name: &str, component: &[u8]) -> Result<(), CompileError> {
        // Two processes may compile the same component at once: each in files of its own, and the
        // last one's entry stays.
        let own = format!(
            "{name}.{}-{}",
            std::process::id(),
            COMPILATIONS.fetch_add(1, Ordering::Relaxed)
        );
        let [input, output] = ["in", "out"].map(|kind| self.folder.join(format!("{own}.{kind}")));
        let done = async {
            replace(&input, component)?;
            self.compiler.compile(&input, &output).await?;
            let code =
                fs::read(&output).map_err(failed(&output, Word::new("done-read", "read")))?;
            let mac = self.mac(name, &code).finalize().into_bytes();
            replace(&self.path(name), &[mac.as_slice(), &code].concat())
        }
        .await;
        for leftover in [&input, &output] {
            drop(fs::remove_file(leftover)); // the output is missing when the compiler refused
        }
        done
    }

    fn mac(&self, name: &str, code: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        mac.update(name.as_bytes());
        mac.update(&[0]);
        mac.update(code);
        mac
    }
}

#[expect(
    unsafe_code,
    reason = "machine code can only be loaded on trust; its MAC was checked just before"
)]
fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `code` was made by `Engine::precompile_component` in a child of this program, and its MAC
    // under a key that only this installation has was verified over these very bytes. It is copied
    // from memory and not mapped from the file, so nobody can change it after the check.
    unsafe { Component::deserialize(engine, code) }
}

fn key(path: &Path) -> io::Result<[u8; KEY_BYTES]> {
    match fs::read(path) {
        Ok(bytes) => bytes
            .try_into()
            .map_err(|_| io::Error::other(format!("`{}` is no key; remove it", path.display()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut key = [0; KEY_BYTES];
            getrandom::fill(&mut key).map_err(io::Error::other)?;
            match owner_only::create(path, &key) {
                // Another process made one in the meantime.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self::key(path),
                done => done.map(|()| key),
            }
        }
        Err(error) => Err(error),
    }
}

fn replace(path: &Path, content: &[u8]) -> Result<(), CompileError> {
    owner_only::replace(path, content).map_err(failed(path, Word::new("done-written", "written")))
}

fn failed(path: &Path, verb: Word) -> impl FnOnce(io::Error) -> CompileError {
    let path = path.to_owned();
    move |cause| CompileError::Io { path, verb, cause }
}

/// The standard library's hasher is 64 bits and not stable between versions; this one is neither.
struct Sha256Hasher(Sha256);

impl Hasher for Sha256Hasher {
    fn finish(&self) -> u64 {
        unreachable!("the digest is taken, never the 64 bits")
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn cached(folder: &Path) -> Cache {
        let engine = Engine::new(&super::super::engine::config()).unwrap();
        Cache::open(folder, engine, Compiler::InProcess).unwrap()
    }

    fn component() -> Checked {
        let bytes = wat::parse_str("(component)").unwrap();
        Checked {
            sha256: hex(&Sha256::digest(&bytes)),
            contract: String::new(),
            bytes,
        }
    }

    fn entry(folder: &Path) -> PathBuf {
        let mut entries = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        entries
            .find(|path| path.extension().is_some_and(|end| end == "cwasm"))
            .unwrap()
    }

    #[tokio::test]
    async fn a_component_is_compiled_once() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cached(folder.path()).await;
        cache.get(&component()).await.unwrap();
        let compiled = fs::metadata(entry(folder.path()))
            .unwrap()
            .modified()
            .unwrap();
        cache.get(&component()).await.unwrap();
        assert_eq!(
            fs::metadata(entry(folder.path()))
                .unwrap()
                .modified()
                .unwrap(),
            compiled
        );
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 2, "an entry and the key: {left:?}");
    }

    #[tokio::test]
    async fn a_changed_entry_is_not_run() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cached(folder.path()).await;
        cache.get(&component()).await.unwrap();
        let path = entry(folder.path());
        let genuine = fs::read(&path).unwrap();
        let mut forged = genuine.clone();
        *forged.last_mut().unwrap() ^= 1;
        fs::write(&path, forged).unwrap();
        assert!(cache.load(&cache.name(&component().sha256)).is_none());
        cache.get(&component()).await.unwrap();
        assert_eq!(fs::read(&path).unwrap().len(), genuine.len());
        assert!(cache.load(&cache.name(&component().sha256)).is_some());
    }

    #[tokio::test]
    async fn an_entry_of_another_key_or_name_is_not_run() {
        let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let cache = cached(ours.path()).await;
        let other = cached(theirs.path()).await;
        other.get(&component()).await.unwrap();
        let theirs_entry = entry(theirs.path());
        fs::copy(
            &theirs_entry,
            ours.path().join(theirs_entry.file_name().unwrap()),
        )
        .unwrap();
        assert!(
            cache.load(&cache.name(&component().sha256)).is_none(),
            "another installation's"
        );
        fs::copy(&theirs_entry, other.path("renamed")).unwrap();
        assert!(other.load("renamed").is_none(), "another component's");
    }

    #[tokio::test]
    async fn two_processes_may_compile_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (cached(folder.path()).await, cached(folder.path()).await);
        let (first, second) = (component(), component());
        let (one, other) = tokio::join!(one.get(&first), other.get(&second));
        assert!(one.is_ok() && other.is_ok());
    }
}
