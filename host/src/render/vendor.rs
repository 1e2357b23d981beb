//! What a connector's author is told.

use serde::Serialize;
use serde_json::json;

use crate::catalogue::Catalogue;
use crate::control::vendor::{BuildReport, NewReport};

pub fn json(answer: &impl Serialize) -> String {
    let value = json!({ "kind": "connector", "answer": answer });
    format!("{value:#}\n")
}

pub fn new(made: &NewReport, words: &Catalogue) -> String {
    let files = made.files.to_string();
    let args = [("path", made.folder.as_str()), ("count", files.as_str())];
    format!("{}\n", words.say("connector-new", &args))
}

pub fn built(built: &BuildReport, words: &Catalogue) -> String {
    let size = built.bytes.div_ceil(1 << 10).to_string();
    let args = [
        ("name", built.name.as_str()),
        ("version", built.version.as_str()),
        ("contract", built.contract.as_str()),
        ("path", built.file.as_str()),
        ("size", size.as_str()),
    ];
    format!("{}\n", words.say("connector-built", &args))
}
