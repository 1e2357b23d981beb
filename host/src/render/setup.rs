//! What a person does before a connection works.

use std::fmt::Write;

use crate::catalogue::Catalogue;
use crate::control::request::SetupReport;

pub fn text(report: &SetupReport, words: &Catalogue) -> String {
    let mut text = String::new();
    if !report.address.is_empty() {
        let address = words.say("setup-address", &[("address", &report.address)]);
        let _ = writeln!(text, "{address}");
    }
    for file in &report.files {
        let args = [("path", file.path.as_str())];
        let _ = writeln!(text, "{}", words.say("setup-file", &args));
        let _ = writeln!(text, "    {}", words.text(&file.purpose));
    }
    for secret in &report.secrets {
        let args = [
            ("name", secret.name.as_str()),
            ("value", secret.value.as_str()),
        ];
        let _ = writeln!(text, "{}", words.say("setup-secret", &args));
    }
    if !report.secrets.is_empty() {
        let _ = writeln!(text, "    {}", words.say("setup-once", &[]));
    }
    if !report.steps.is_empty() {
        let _ = writeln!(text, "{}", words.say("setup-steps", &[]));
    }
    for (number, step) in (1..).zip(&report.steps) {
        let _ = writeln!(text, "{number:>3}. {}", words.text(step));
    }
    text
}
