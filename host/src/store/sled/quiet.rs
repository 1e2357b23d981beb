//! Closing sled without its panics.
//!
//! When the last handle of its log goes, sled syncs the file and panics if that fails. Nothing
//! acknowledged hangs on that sync, and a process that has just said in words what is wrong should end
//! in order.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub(super) struct Quiet<T>(Option<T>);

impl<T> Quiet<T> {
    pub fn new(inner: T) -> Self {
        Self(Some(inner))
    }
}

impl<T> Deref for Quiet<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("it is taken out only when dropped")
    }
}

impl<T> Drop for Quiet<T> {
    fn drop(&mut self) {
        let inner = self.0.take();
        if catch_unwind(AssertUnwindSafe(|| drop(inner))).is_err() {
            tracing::error!("closing the store failed; what was acknowledged is safe");
        }
    }
}
