//! What a connector's author needs: the first project, and a component from it. Neither wants an installation.

mod build;
mod javascript;
mod metadata;
mod new;
mod project;
mod python;
mod rust;
mod template;

use serde::Serialize;

pub use build::{BuildReport, build};
pub use new::{NewReport, new};

use crate::control::{Blame, ControlError};
use crate::model::Text;

/// What a connector is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    Rust,
    Js,
    Python,
}

impl Language {
    pub const WORDS: [&str; 3] = ["rust", "js", "python"];

    /// By one of [`Self::WORDS`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Rust, Self::Js, Self::Python]
            .into_iter()
            .find(|language| language.word() == word)
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Js => "js",
            Self::Python => "python",
        }
    }
}

/// A tool that is not there. The hint says how to get it.
fn no_tool(tool: &str, install: &str) -> ControlError {
    let args = vec![("tool", tool.to_owned())];
    let english = format!("{tool} is not there, and the component cannot be made without it");
    ControlError::command("no-tool", args, english).hint(
        "no-tool",
        vec![("install", install.to_owned())],
        format!("install it: {install}"),
    )
}

/// A tool that was there and said no, with the end of what it said.
fn tool_failed(tool: &str, said: &str) -> ControlError {
    const LINES_MAX: usize = 40;
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let end = lines[lines.len().saturating_sub(LINES_MAX)..].join("\n");
    let message = crate::model::text::words!(
        "error-tool-failed",
        "{tool} could not make the component",
        tool = tool
    );
    ControlError::new("tool-failed", Blame::Command, message).cause(Text::plain(end))
}
