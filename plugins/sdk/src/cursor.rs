//! Cursors as serde values, and slicing lists to what a vendor takes at once.

use crate::contract::{Cursor, Fault, Page};
use crate::fault;
use serde::{de::DeserializeOwned, Serialize};

/// A cursor's bytes: JSON, so that a person can read one in a dump of the store.
pub fn encode<T: Serialize>(place: &T) -> Cursor {
    serde_json::to_vec(place).expect("a cursor is a plain struct of strings and numbers")
}

/// The place a cursor names; none gives the default.
///
/// # Errors
/// `internal` when the bytes are none of ours, e.g. a cursor of an older connector.
pub fn decode<T: DeserializeOwned + Default>(cursor: Option<&[u8]>) -> Result<T, Fault> {
    let Some(bytes) = cursor else {
        return Ok(T::default());
    };
    serde_json::from_slice(bytes).map_err(|e| {
        fault::internal(crate::text!(
            "sdk-cursor",
            "The saved place cannot be read: {reason}",
            reason = e
        ))
    })
}

/// A page without records, at the end of a walk.
pub fn last_page() -> Page {
    Page {
        entries: Vec::new(),
        next: None,
        more: false,
        complete: true,
        ext: Vec::new(),
    }
}

/// The list in slices of at most `size`, and never a slice of nothing.
pub fn chunks<T>(list: &[T], size: usize) -> std::slice::Chunks<'_, T> {
    list.chunks(size.max(1))
}
