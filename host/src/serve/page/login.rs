//! The token, where the page is bound to more than loopback.

use maud::html;

use super::frame::{Frame, Place, Refresh, page};
use super::parts::{Mark, mark, post};
use super::{Context, safe_path};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Login {
    /// Where to go afterwards.
    pub next: String,
    pub problem: Option<LoginProblem>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginProblem {
    WrongToken,
    /// After too many wrong ones.
    Wait,
}

pub fn login(c: &Context, view: &Login) -> String {
    let frame = Frame {
        place: Place::Elsewhere,
        title: &c.word("page-sign-in"),
        refresh: Refresh::Never,
    };
    let problem = view.problem.map(|problem| match problem {
        LoginProblem::WrongToken => c.word("page-wrong-token"),
        LoginProblem::Wait => c.word("page-token-wait"),
    });
    let wrong = problem.is_some();
    let described = if wrong {
        "token-help token-problem"
    } else {
        "token-help"
    };
    let inner = html! {
        div.field {
            label for="token" { (c.word("page-token")) }
            p.quiet id="token-help" { (c.word("page-token-help")) }
            @if let Some(problem) = problem {
                p.problem id="token-problem" role="alert" { (mark(Mark::Bad)) " " (problem) }
            }
            // For whatever keeps passwords: it wants a name beside one.
            input type="text" name="user" value="liaison" autocomplete="username" hidden;
            input id="token" type="password" name="token" required autofocus autocomplete="current-password"
                aria-describedby=(described) aria-invalid=[wrong.then_some("true")];
        }
        div.buttons { button.main type="submit" { (c.word("page-sign-in")) } }
    };
    let content = html! {
        div.card.narrow { (post(c, "/login", &[("next", safe_path(&view.next))], inner)) }
    };
    page(c, &frame, content)
}
