//! Records what a process does to the files below one folder, and makes chosen calls fail.
//!
//! Loaded into a child process (`LD_PRELOAD`), it stands in front of the C library's file functions.
//! Every call that changes a file below the root is carried out and appended to the recording, in the
//! order in which it took effect. The test then knows what a power cut at any moment could leave. What
//! it writes is read by `tests/src/chaos/power/recording.rs`; the two share the format below by hand,
//! because a program that linked this crate would be recorded itself.
//!
//! ```text
//! LIAISON_RECORD=FILE          the recording; appended to, so that a second process continues it
//! LIAISON_RECORD_ROOT=FOLDER   what is recorded: everything below
//! LIAISON_RECORD_MARKS=FILE    what is written to this file is a mark in the recording
//! LIAISON_RECORD_FAULT=…       fail:N:ERRNO      the N-th call fails, once
//!                              fail-from:N:ERRNO every call from the N-th on fails
//!                              kill:N            the process dies before the N-th call
//!                              kill-half:N       it dies in the middle of the N-th call's write
//!                              full:BYTES        the disk has room for so many bytes more
//!
//! record  kind u8 · calls so far u32 · length of the rest u32 · the rest     (little-endian)
//!  1 started                        2 opened    handle u64, flags u8 (1 made, 2 emptied), path
//!  3 written   handle, at u64, bytes 4 length set handle, length u64
//!  5 sync begun ticket u64, handle   6 sync ended ticket, done u8
//!  7 renamed   from, 0, to           8 removed   path
//!  9 folder made path               10 folder removed path       11 mark bytes
//! ```
//!
//! A sync is two records, because what is written while it runs is not promised by it.
//! `sync_file_range` is carried out and counted, but leaves no record: it promises nothing.
//!
//! Invariant: nothing here uses `std::fs`, whose calls would come back to these functions.

#![cfg(target_os = "linux")]

mod fault;
mod record;
mod stand_in;
