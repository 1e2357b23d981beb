//! What went wrong, why, and what to do.

use maud::html;

use super::Context;
use super::frame::{Frame, Place, Refresh, page};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorPage {
    pub trouble: Trouble,
    /// In the engine's words, where it has some.
    pub message: Option<String>,
    pub causes: Vec<String>,
    pub hint: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    NotFound,
    /// The form is older than the process, or of another session.
    StaleForm,
    /// The request came from another site, or to a name that is not ours.
    Foreign,
    /// The command cannot be done as asked.
    Refused,
    /// Such as a store that cannot be reached now.
    Unavailable,
    /// Ours.
    Broken,
}

impl Trouble {
    pub fn status(self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::StaleForm | Self::Foreign => 403,
            Self::Refused => 422,
            Self::Unavailable => 503,
            Self::Broken => 500,
        }
    }

    fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::NotFound => ("page-error-not-found", "page-error-not-found-why"),
            Self::StaleForm => ("page-error-stale", "page-error-stale-why"),
            Self::Foreign => ("page-error-foreign", "page-error-foreign-why"),
            Self::Refused => ("page-error-refused", "page-error-refused-why"),
            Self::Unavailable => ("page-error-unavailable", "page-error-unavailable-why"),
            Self::Broken => ("page-error-broken", "page-error-broken-why"),
        }
    }
}

pub fn error(c: &Context, view: &ErrorPage) -> String {
    let (title, why) = view.trouble.keys();
    let frame = Frame {
        place: Place::Elsewhere,
        title: &c.word(title),
        refresh: Refresh::Never,
    };
    let content = html! {
        div.card {
            @match &view.message {
                Some(message) => p.message { (message) },
                None => p.message { (c.word(why)) },
            }
            @if !view.causes.is_empty() {
                p { (c.word("page-causes")) }
                ul { @for cause in &view.causes { li { (cause) } } }
            }
            @if let Some(hint) = &view.hint { p.advice { strong { (c.word("page-advice")) } " " (hint) } }
            div.buttons { a.button href="/" { (c.word("page-to-overview")) } }
        }
    };
    page(c, &frame, content)
}
