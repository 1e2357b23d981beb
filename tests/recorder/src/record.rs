//! The recording, and what is known of the files that are open.

use std::collections::BTreeMap;
use std::ffi::{CStr, OsString, c_char, c_int, c_void};
use std::os::unix::ffi::OsStringExt;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::fault::Fault;

/// What was read or written so few calls ago is in memory, and reading it again cannot fail.
const REMEMBERED_CALLS: u64 = 300;
const PAGE_BYTES: u64 = 4096;

/// The recording takes the descriptors up here, out of the way of the process's own.
const OWN_DESCRIPTOR_MIN: c_int = 900;

pub struct Recorder {
    root: Vec<u8>,
    marks: Vec<u8>,
    out: c_int,
    fault: Fault,
    state: Mutex<State>,
}

#[derive(Default)]
pub struct State {
    calls: u32,
    handles: u64,
    tickets: u64,
    open: BTreeMap<c_int, Handle>,
    /// What was taken of the room there is.
    pub taken: u64,
    /// Every call there was, also those that cannot fail.
    all_calls: u64,
    /// When a page of a file was last touched.
    touched: BTreeMap<(Vec<u8>, u64), u64>,
}

#[derive(Clone)]
pub struct Handle {
    pub number: u64,
    pub path: Vec<u8>,
    /// The kernel tells every open file of a failed write-back once; this one has not heard yet.
    pub unheard: Option<c_int>,
}

pub enum Kind {
    Started = 1,
    Opened = 2,
    Written = 3,
    LengthSet = 4,
    SyncBegun = 5,
    SyncEnded = 6,
    Renamed = 7,
    Removed = 8,
    FolderMade = 9,
    FolderRemoved = 10,
    Mark = 11,
}

/// What a call finds out before it is carried out.
pub enum Before {
    Go,
    Fail(c_int),
    /// Die once half of the write is done.
    DieHalfway,
}

/// The recorder of this process; none when it was not asked for.
pub fn recorder() -> Option<&'static Recorder> {
    static RECORDER: OnceLock<Option<Recorder>> = OnceLock::new();
    RECORDER.get_or_init(Recorder::start).as_ref()
}

impl Recorder {
    fn start() -> Option<Self> {
        let bytes = |name: &str| std::env::var_os(name).map(OsString::into_vec);
        let mut file = bytes("LIAISON_RECORD")?;
        file.push(0);
        let fault = bytes("LIAISON_RECORD_FAULT").unwrap_or_default();
        // SAFETY: the path ends in 0 and lives through the call.
        let out = unsafe {
            let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_APPEND | libc::O_CLOEXEC;
            let opened = libc::syscall(
                libc::SYS_openat,
                libc::AT_FDCWD,
                file.as_ptr(),
                flags,
                0o644,
            );
            let moved = libc::syscall(
                libc::SYS_fcntl,
                opened,
                libc::F_DUPFD_CLOEXEC,
                OWN_DESCRIPTOR_MIN,
            );
            libc::syscall(libc::SYS_close, opened);
            moved as c_int
        };
        let recorder = Self {
            root: bytes("LIAISON_RECORD_ROOT")?,
            marks: bytes("LIAISON_RECORD_MARKS").unwrap_or_default(),
            out,
            fault: Fault::parse(&String::from_utf8_lossy(&fault)),
            state: Mutex::default(),
        };
        recorder.append(&recorder.state(), Kind::Started, &[]);
        Some(recorder)
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The path as recorded, if it is the root or below it.
    ///
    /// # Safety
    /// `path` is a C string.
    pub unsafe fn below(&self, path: *const c_char) -> Option<Vec<u8>> {
        if path.is_null() {
            return None;
        }
        // SAFETY: promised by the caller.
        let path = unsafe { CStr::from_ptr(path) }.to_bytes();
        match path.strip_prefix(&self.root[..])? {
            [] => Some(Vec::new()),
            [b'/', rest @ ..] => Some(rest.to_vec()),
            _ => None,
        }
    }

    /// # Safety
    /// `path` is a C string.
    pub unsafe fn is_marks(&self, path: *const c_char) -> bool {
        // SAFETY: promised by the caller.
        !self.marks.is_empty() && unsafe { CStr::from_ptr(path) }.to_bytes() == self.marks
    }

    /// Counts a call and says what becomes of it. One that fails leaves a mark: `spoilt NAME`.
    pub fn call(&self, state: &mut State, name: &str) -> Before {
        state.calls += 1;
        match self.fault {
            Fault::Kill { at } if at == state.calls => die(),
            Fault::KillHalf { at } if at == state.calls => Before::DieHalfway,
            fault => match fault.errno(state.calls) {
                Some(errno) => {
                    let mark = format!("spoilt {name}\n");
                    self.append(state, Kind::Mark, &[mark.as_bytes()]);
                    Before::Fail(errno)
                }
                None => Before::Go,
            },
        }
    }

    /// How many of these new bytes the disk still takes.
    pub fn room(&self, state: &State, wanted: u64) -> u64 {
        match self.fault {
            Fault::Full { bytes } => bytes.saturating_sub(state.taken).min(wanted),
            _ => wanted,
        }
    }

    pub fn append(&self, state: &State, kind: Kind, parts: &[&[u8]]) {
        let len: usize = parts.iter().map(|part| part.len()).sum();
        let mut record = Vec::with_capacity(9 + len);
        record.push(kind as u8);
        record.extend(state.calls.to_le_bytes());
        record.extend((len as u32).to_le_bytes());
        parts.iter().for_each(|part| record.extend(*part));
        let mut rest = &record[..];
        while !rest.is_empty() {
            let (from, len) = (rest.as_ptr().cast::<c_void>(), rest.len());
            // SAFETY: the bytes live through the call. The system call itself, not our stand-in.
            let done = unsafe { libc::syscall(libc::SYS_write, self.out, from, len) };
            match usize::try_from(done) {
                Ok(done) if done > 0 => rest = &rest[done..],
                // A recording with a hole would let the test believe what never was.
                _ => die(),
            }
        }
    }
}

impl State {
    pub fn opened(&mut self, descriptor: c_int, path: Vec<u8>) -> u64 {
        self.handles += 1;
        let handle = Handle {
            number: self.handles,
            path,
            unheard: None,
        };
        self.open.insert(descriptor, handle);
        self.handles
    }

    pub fn opened_marks(&mut self, descriptor: c_int) {
        let handle = Handle {
            number: 0,
            path: Vec::new(),
            unheard: None,
        };
        self.open.insert(descriptor, handle);
    }

    pub fn closed(&mut self, descriptor: c_int) {
        self.open.remove(&descriptor);
    }

    pub fn handle(&mut self, descriptor: c_int) -> Option<&mut Handle> {
        self.open.get_mut(&descriptor)
    }

    /// These bytes were read or written.
    pub fn touch(&mut self, descriptor: c_int, at: u64, len: u64) {
        self.all_calls += 1;
        let Some(handle) = self.open.get(&descriptor) else {
            return;
        };
        for page in at / PAGE_BYTES..(at + len).div_ceil(PAGE_BYTES) {
            self.touched
                .insert((handle.path.clone(), page), self.all_calls);
        }
    }

    /// Whether the kernel has all of this in memory.
    pub fn remembers(&self, descriptor: c_int, at: u64, len: u64) -> bool {
        let Some(handle) = self.open.get(&descriptor) else {
            return false;
        };
        let mut pages = at / PAGE_BYTES..(at + len).div_ceil(PAGE_BYTES);
        pages.all(|page| {
            let touched = self.touched.get(&(handle.path.clone(), page));
            touched.is_some_and(|touched| touched + REMEMBERED_CALLS > self.all_calls)
        })
    }

    pub fn ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }

    /// A write-back of this file failed. Every other open file of it will hear so at its next sync.
    pub fn failed(&mut self, path: &[u8], but: Option<c_int>, errno: c_int) {
        for (descriptor, handle) in &mut self.open {
            if handle.path == path && Some(*descriptor) != but {
                handle.unheard = Some(errno);
            }
        }
    }
}

/// As a kill from outside: no handler runs, nothing is flushed.
pub fn die() -> ! {
    // SAFETY: no memory is involved.
    unsafe {
        libc::kill(libc::getpid(), libc::SIGKILL);
    }
    loop {
        std::hint::spin_loop();
    }
}
