//! What a form did, carried through the redirect by name: nobody can put words of his own on the page.

use super::{Context, Notice, Tone};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    Run,
    /// Asked for, but it runs already.
    Running,
    Paused,
    Resumed,
    Retry,
    Dropped,
    Chosen,
    SignedOut,
}

impl Done {
    pub const ALL: [Self; 8] = [
        Self::Run,
        Self::Running,
        Self::Paused,
        Self::Resumed,
        Self::Retry,
        Self::Dropped,
        Self::Chosen,
        Self::SignedOut,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Resumed => "resumed",
            Self::Retry => "retry",
            Self::Dropped => "dropped",
            Self::Chosen => "chosen",
            Self::SignedOut => "signed-out",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.name() == name)
    }

    /// The address to go back to, with this on it.
    pub fn at(self, back: &str) -> String {
        super::path::url(super::safe_path(back), &[("done", self.name())])
    }

    pub fn notice(self, c: &Context) -> Notice {
        let key = match self {
            Self::Run => "page-done-run",
            Self::Running => "page-done-running",
            Self::Paused => "page-done-paused",
            Self::Resumed => "page-done-resumed",
            Self::Retry => "page-done-retry",
            Self::Dropped => "page-done-dropped",
            Self::Chosen => "page-done-chosen",
            Self::SignedOut => "page-done-signed-out",
        };
        Notice {
            tone: Tone::Done,
            text: c.word(key),
            details: Vec::new(),
        }
    }
}
