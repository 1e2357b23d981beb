//! A test of a flow, as written beside it.
use crate::config::{Problem, SourceText};
use std::sync::Arc;

#[derive(Debug, Clone)]
pub struct TestFile {
    pub text: Arc<SourceText>,
    pub problems: Vec<Problem>,
}

impl TestFile {
    pub fn read(text: &Arc<SourceText>) -> Self {
        todo!()
    }
}
