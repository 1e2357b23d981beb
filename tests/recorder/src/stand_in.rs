//! The functions of the C library that stand-ins are made for.
//!
//! Each does three things under one lock: count the call and let it go wrong if it is its turn, carry
//! it out by the system call itself, record it. `open` takes its mode as a plain argument here; on the
//! systems this is built for, that is where a caller with dots puts it.

use std::ffi::{CStr, c_char, c_int, c_long, c_uint, c_void};
use std::sync::OnceLock;

use libc::{AT_FDCWD, DIR, mode_t, off64_t, size_t, ssize_t};

use crate::record::{Before, Kind, Recorder, State, die, recorder};

const PAGE_BYTES: u64 = 4096;

fn fail(errno: c_int) -> c_int {
    // SAFETY: the place of this thread's errno.
    unsafe { *libc::__errno_location() = errno };
    -1
}

/// The call's turn: either it may go on, or it is over.
fn turn(recorder: &Recorder, state: &mut State, name: &str) -> Result<(), c_int> {
    match recorder.call(state, name) {
        Before::Go => Ok(()),
        Before::Fail(errno) => Err(errno),
        Before::DieHalfway => die(),
    }
}

// Opening and closing.

#[unsafe(no_mangle)]
unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: what our caller promised to `open64`.
    unsafe { opened(AT_FDCWD, path, flags, mode) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: as above.
    unsafe { opened(AT_FDCWD, path, flags, mode) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn openat64(at: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: as above.
    unsafe { opened(at, path, flags, mode) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn openat(at: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: as above.
    unsafe { opened(at, path, flags, mode) }
}

unsafe fn opened(at: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    let flags = flags | libc::O_LARGEFILE;
    // SAFETY: the caller's arguments, handed on unchanged.
    let really = || unsafe { libc::syscall(libc::SYS_openat, at, path, flags, mode) as c_int };
    let Some(recorder) = recorder() else {
        return really();
    };
    // SAFETY: a path given to `open` is a C string.
    let Some(below) = (unsafe { recorder.below(path) }) else {
        let descriptor = really();
        // SAFETY: as above.
        if descriptor >= 0 && unsafe { recorder.is_marks(path) } {
            recorder.state().opened_marks(descriptor);
        }
        return descriptor;
    };
    let mut state = recorder.state();
    if let Err(errno) = turn(recorder, &mut state, "open") {
        return fail(errno);
    }
    // SAFETY: a path that our caller vouches for.
    let was_there = unsafe { is_there(path) };
    if flags & libc::O_CREAT != 0 && !was_there {
        if recorder.room(&state, 1) == 0 {
            return fail(libc::ENOSPC);
        }
        state.taken += 1;
    }
    let descriptor = really();
    if descriptor >= 0 {
        let made = flags & libc::O_CREAT != 0 && !was_there;
        let emptied = flags & libc::O_TRUNC != 0 && was_there;
        let number = state.opened(descriptor, below.clone());
        let how = [u8::from(made) | u8::from(emptied) << 1];
        let parts: [&[u8]; 3] = [&number.to_le_bytes(), &how, &below];
        recorder.append(&state, Kind::Opened, &parts);
    }
    descriptor
}

unsafe fn is_there(path: *const c_char) -> bool {
    // SAFETY: the caller's path.
    unsafe { libc::syscall(libc::SYS_faccessat, AT_FDCWD, path, libc::F_OK) == 0 }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn close(descriptor: c_int) -> c_int {
    let state = recorder().map(Recorder::state);
    // SAFETY: the caller's descriptor.
    let done = unsafe { libc::syscall(libc::SYS_close, descriptor) as c_int };
    if let Some(mut state) = state {
        state.closed(descriptor);
    }
    done
}

#[unsafe(no_mangle)]
unsafe extern "C" fn opendir(path: *const c_char) -> *mut DIR {
    type OpenDir = unsafe extern "C" fn(*const c_char) -> *mut DIR;
    static REAL: OnceLock<OpenDir> = OnceLock::new();
    // SAFETY: the next `opendir` in order is the C library's, and has this type.
    let real = REAL.get_or_init(|| unsafe {
        std::mem::transmute::<*mut c_void, OpenDir>(libc::dlsym(
            libc::RTLD_NEXT,
            c"opendir".as_ptr(),
        ))
    });
    if let Some(recorder) = recorder() {
        // SAFETY: a path given to `opendir` is a C string.
        let below = unsafe { recorder.below(path) };
        if below.is_some()
            && let Err(errno) = turn(recorder, &mut recorder.state(), "opendir")
        {
            fail(errno);
            return std::ptr::null_mut();
        }
    }
    // SAFETY: the caller's argument.
    unsafe { real(path) }
}

// Reading: not recorded, but it can fail.

/// Runs the call unless it is about one of our files and its turn to fail has come.
fn about(descriptor: c_int, really: impl FnOnce() -> c_long) -> c_long {
    if let Some(recorder) = recorder() {
        let mut state = recorder.state();
        if state
            .handle(descriptor)
            .is_some_and(|handle| handle.number > 0)
            && let Err(errno) = turn(recorder, &mut state, "read")
        {
            return fail(errno).into();
        }
    }
    really()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn read(descriptor: c_int, to: *mut c_void, len: size_t) -> ssize_t {
    // SAFETY: the caller's arguments, handed on unchanged.
    let really = || unsafe { libc::syscall(libc::SYS_read, descriptor, to, len) };
    taken_in(descriptor, None, len, really)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pread64(
    descriptor: c_int,
    to: *mut c_void,
    len: size_t,
    at: off64_t,
) -> ssize_t {
    // SAFETY: as above.
    let really = || unsafe { libc::syscall(libc::SYS_pread64, descriptor, to, len, at) };
    taken_in(descriptor, Some(at), len, really)
}

/// A read, which cannot fail if the kernel still has the bytes.
fn taken_in(
    descriptor: c_int,
    at: Option<off64_t>,
    len: size_t,
    really: impl FnOnce() -> c_long,
) -> ssize_t {
    let Some(recorder) = recorder() else {
        return really() as ssize_t;
    };
    let mut state = recorder.state();
    if state
        .handle(descriptor)
        .is_none_or(|handle| handle.number == 0)
    {
        drop(state);
        return really() as ssize_t;
    }
    let at = at.unwrap_or_else(|| place(descriptor)) as u64;
    let there = length(descriptor).saturating_sub(at).min(len as u64);
    if !state.remembers(descriptor, at, there)
        && let Err(errno) = turn(recorder, &mut state, "read")
    {
        return fail(errno) as ssize_t;
    }
    state.touch(descriptor, at, there);
    really() as ssize_t
}

fn place(descriptor: c_int) -> off64_t {
    // SAFETY: no memory is involved.
    unsafe { libc::syscall(libc::SYS_lseek, descriptor, 0, libc::SEEK_CUR) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn flock(descriptor: c_int, how: c_int) -> c_int {
    // SAFETY: as above.
    let really = || unsafe { libc::syscall(libc::SYS_flock, descriptor, how) };
    about(descriptor, really) as c_int
}

#[unsafe(no_mangle)]
unsafe extern "C" fn statx(
    at: c_int,
    path: *const c_char,
    flags: c_int,
    mask: c_uint,
    to: *mut c_void,
) -> c_int {
    // SAFETY: as above.
    let really = || unsafe { libc::syscall(libc::SYS_statx, at, path, flags, mask, to) };
    let Some(recorder) = recorder() else {
        return really() as c_int;
    };
    // SAFETY: null or a C string; std asks with null whether the call is there at all.
    let empty = path.is_null() || unsafe { CStr::from_ptr(path) }.is_empty();
    if empty {
        return about(at, really) as c_int;
    }
    // SAFETY: it is a C string.
    if unsafe { recorder.below(path) }.is_some()
        && let Err(errno) = turn(recorder, &mut recorder.state(), "stat")
    {
        return fail(errno);
    }
    really() as c_int
}

// Writing.

#[unsafe(no_mangle)]
unsafe extern "C" fn write(descriptor: c_int, from: *const c_void, len: size_t) -> ssize_t {
    // SAFETY: the caller's arguments.
    unsafe { written(descriptor, from, len, None) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite64(
    descriptor: c_int,
    from: *const c_void,
    len: size_t,
    at: off64_t,
) -> ssize_t {
    // SAFETY: as above.
    unsafe { written(descriptor, from, len, Some(at)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite(
    descriptor: c_int,
    from: *const c_void,
    len: size_t,
    at: off64_t,
) -> ssize_t {
    // SAFETY: as above.
    unsafe { written(descriptor, from, len, Some(at)) }
}

unsafe fn written(
    descriptor: c_int,
    from: *const c_void,
    len: size_t,
    at: Option<off64_t>,
) -> ssize_t {
    // SAFETY: the caller's descriptor and memory, of which at most `len` is read.
    let really = |len: size_t| unsafe {
        match at {
            None => libc::syscall(libc::SYS_write, descriptor, from, len),
            Some(at) => libc::syscall(libc::SYS_pwrite64, descriptor, from, len, at),
        }
    };
    let Some(recorder) = recorder() else {
        return really(len) as ssize_t;
    };
    let mut state = recorder.state();
    let Some(handle) = state.handle(descriptor).map(|handle| handle.number) else {
        drop(state);
        return really(len) as ssize_t;
    };
    // SAFETY: the caller says that `len` bytes can be read there.
    let bytes = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), len) };
    if handle == 0 {
        recorder.append(&state, Kind::Mark, &[bytes]);
        return really(len) as ssize_t;
    }
    let mut len = len;
    let before = recorder.call(&mut state, "write");
    match before {
        Before::Go => {}
        Before::Fail(errno) => return fail(errno) as ssize_t,
        Before::DieHalfway => len /= 2,
    }
    let place = at.unwrap_or_else(|| place(descriptor));
    let end = place as u64 + len as u64;
    let grows = end.saturating_sub(length(descriptor)).min(len as u64);
    let room = recorder.room(&state, grows);
    if room < grows {
        // What a full file system does: it takes whole pages, and then nothing more.
        let fits = (len as u64 - grows + room) / PAGE_BYTES * PAGE_BYTES;
        if fits == 0 {
            return fail(libc::ENOSPC) as ssize_t;
        }
        len = fits as usize;
    }
    let done = really(len);
    if done > 0 {
        let after = (place as u64 + done as u64).saturating_sub(end - grows);
        state.taken += after.min(grows);
        state.touch(descriptor, place as u64, done as u64);
        let parts: [&[u8]; 3] = [
            &handle.to_le_bytes(),
            &(place as u64).to_le_bytes(),
            &bytes[..done as usize],
        ];
        recorder.append(&state, Kind::Written, &parts);
    }
    if matches!(before, Before::DieHalfway) {
        die();
    }
    done as ssize_t
}

fn length(descriptor: c_int) -> u64 {
    let mut found = std::mem::MaybeUninit::<libc::stat64>::zeroed();
    // SAFETY: room for one answer, which zeroes are valid for as well.
    let found = unsafe {
        libc::fstat64(descriptor, found.as_mut_ptr());
        found.assume_init()
    };
    found.st_size as u64
}

#[unsafe(no_mangle)]
unsafe extern "C" fn ftruncate64(descriptor: c_int, len: off64_t) -> c_int {
    // SAFETY: the caller's arguments.
    let really = || unsafe { libc::syscall(libc::SYS_ftruncate, descriptor, len) as c_int };
    let Some(recorder) = recorder() else {
        return really();
    };
    let mut state = recorder.state();
    let number = state.handle(descriptor).map_or(0, |handle| handle.number);
    if number == 0 {
        return really();
    }
    if let Err(errno) = turn(recorder, &mut state, "ftruncate") {
        return fail(errno);
    }
    let before = length(descriptor);
    let done = really();
    if done == 0 {
        state.taken = state
            .taken
            .saturating_sub(before.saturating_sub(len as u64));
        let parts: [&[u8]; 2] = [&number.to_le_bytes(), &(len as u64).to_le_bytes()];
        recorder.append(&state, Kind::LengthSet, &parts);
    }
    done
}

// Syncing.

#[unsafe(no_mangle)]
unsafe extern "C" fn fsync(descriptor: c_int) -> c_int {
    // SAFETY: no memory is involved.
    synced(descriptor, || unsafe {
        libc::syscall(libc::SYS_fsync, descriptor) as c_int
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fdatasync(descriptor: c_int) -> c_int {
    // SAFETY: as above.
    synced(descriptor, || unsafe {
        libc::syscall(libc::SYS_fdatasync, descriptor) as c_int
    })
}

fn synced(descriptor: c_int, really: impl FnOnce() -> c_int) -> c_int {
    let Some(recorder) = recorder() else {
        return really();
    };
    let mut state = recorder.state();
    let Some(handle) = state.handle(descriptor).filter(|handle| handle.number > 0) else {
        drop(state);
        return really();
    };
    let (number, path, unheard) = (handle.number, handle.path.clone(), handle.unheard.take());
    let ticket = state.ticket();
    let turn = turn(recorder, &mut state, "sync");
    let parts: [&[u8]; 2] = [&ticket.to_le_bytes(), &number.to_le_bytes()];
    recorder.append(&state, Kind::SyncBegun, &parts);
    let errno = match (turn, unheard) {
        (Err(errno), _) => {
            state.failed(&path, Some(descriptor), errno);
            Some(errno)
        }
        (Ok(()), heard) => heard,
    };
    // Others write on meanwhile, as they could.
    drop(state);
    let errno = errno.or_else(|| {
        let failed = really() != 0;
        // SAFETY: the place of this thread's errno.
        failed.then(|| unsafe { *libc::__errno_location() })
    });
    let parts: [&[u8]; 2] = [&ticket.to_le_bytes(), &[u8::from(errno.is_none())]];
    recorder.append(&recorder.state(), Kind::SyncEnded, &parts);
    errno.map_or(0, fail)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sync_file_range(
    descriptor: c_int,
    at: off64_t,
    len: off64_t,
    flags: c_uint,
) -> c_int {
    if let Some(recorder) = recorder() {
        let mut state = recorder.state();
        let handle = state.handle(descriptor).filter(|handle| handle.number > 0);
        if let Some(path) = handle.map(|handle| handle.path.clone())
            && let Err(errno) = turn(recorder, &mut state, "sync_file_range")
        {
            // It is told of the failure, and so is every sync after it, this file's own included.
            state.failed(&path, None, errno);
            return fail(errno);
        }
    }
    // SAFETY: no memory is involved.
    unsafe { libc::syscall(libc::SYS_sync_file_range, descriptor, at, len, flags) as c_int }
}

// Names.

#[unsafe(no_mangle)]
unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: the caller's paths.
    let really =
        || unsafe { libc::syscall(libc::SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0) as c_int };
    let Some(recorder) = recorder() else {
        return really();
    };
    // SAFETY: paths given to `rename` are C strings.
    let (Some(old), Some(new)) = (unsafe { (recorder.below(from), recorder.below(to)) }) else {
        return really();
    };
    let mut state = recorder.state();
    if let Err(errno) = turn(recorder, &mut state, "rename") {
        return fail(errno);
    }
    let done = really();
    if done == 0 {
        recorder.append(&state, Kind::Renamed, &[&old, &[0], &new]);
    }
    done
}

#[unsafe(no_mangle)]
unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: the caller's path.
    let really = || unsafe { libc::syscall(libc::SYS_unlinkat, AT_FDCWD, path, 0) as c_int };
    // SAFETY: as above.
    unsafe { named(path, Kind::Removed, really) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn rmdir(path: *const c_char) -> c_int {
    // SAFETY: the caller's path.
    let really = || unsafe {
        libc::syscall(libc::SYS_unlinkat, AT_FDCWD, path, libc::AT_REMOVEDIR) as c_int
    };
    // SAFETY: as above.
    unsafe { named(path, Kind::FolderRemoved, really) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mkdir(path: *const c_char, mode: mode_t) -> c_int {
    // SAFETY: the caller's path.
    let really = || unsafe { libc::syscall(libc::SYS_mkdirat, AT_FDCWD, path, mode) as c_int };
    // SAFETY: as above.
    unsafe { named(path, Kind::FolderMade, really) }
}

/// A call that changes one name.
unsafe fn named(path: *const c_char, kind: Kind, really: impl FnOnce() -> c_int) -> c_int {
    let Some(recorder) = recorder() else {
        return really();
    };
    // SAFETY: promised by the caller.
    let Some(below) = (unsafe { recorder.below(path) }) else {
        return really();
    };
    let mut state = recorder.state();
    if let Err(errno) = turn(recorder, &mut state, "name") {
        return fail(errno);
    }
    if matches!(kind, Kind::FolderMade) && recorder.room(&state, 1) == 0 {
        return fail(libc::ENOSPC);
    }
    let done = really();
    if done == 0 {
        recorder.append(&state, kind, &[&below]);
    }
    done
}
