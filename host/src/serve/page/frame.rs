//! The frame round every page: head, menu, notice, foot.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::parts::{Mark, mark, post};
use super::path::url;
use super::{Context, Notice, Session, Tone, safe_path};

/// Where a page stands in the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Overview,
    Journal,
    Quarantine,
    Conflicts,
    Links,
    Send,
    Connectors,
    Elsewhere,
}

/// Only what still moves is loaded again by itself: a page that changes under a reader is a nuisance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refresh {
    Never,
    Seconds(u32),
}

pub(super) struct Frame<'a> {
    pub place: Place,
    pub title: &'a str,
    pub refresh: Refresh,
}

/// A whole page.
pub(super) fn page(c: &Context, frame: &Frame, content: Markup) -> String {
    let style = url("/style.css", &[("v", c.version)]);
    let markup = html! {
        (DOCTYPE)
        html lang=(c.lang) {
            head {
                meta charset="utf-8";
                title { (frame.title) " · " (c.home) " · liaison" }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                @if let Refresh::Seconds(seconds) = frame.refresh {
                    meta http-equiv="refresh" content={ (seconds) "; url=" (safe_path(c.here)) };
                }
                link rel="icon" href="/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href=(style);
            }
            body {
                a.skip href="#content" { (c.word("page-skip")) }
                header.top {
                    div.bar {
                        a.brand href="/" { span.product { "liaison" } " " span.home { (c.home) } }
                        div.account {
                            (languages(c))
                            @if c.session == Session::SignedIn {
                                (post(c, "/logout", &[], html! {
                                    button.plain type="submit" { (c.word("page-sign-out")) }
                                }))
                            }
                        }
                    }
                    @if c.session != Session::SignedOut { (menu(c, frame.place)) }
                }
                main id="content" tabindex="-1" {
                    @if let Some(notice) = &c.notice { (shown(notice)) }
                    h1 { (frame.title) }
                    (content)
                }
                footer {
                    p {
                        "liaison " (c.version) " · "
                        (c.say("page-zone", &[("zone", c.zone.iana_name().unwrap_or("UTC"))]))
                    }
                }
            }
        }
    };
    let PreEscaped(text) = markup;
    text
}

fn menu(c: &Context, place: Place) -> Markup {
    let aside = c.aside;
    let entries = [
        (Place::Overview, "/", "page-overview", 0),
        (Place::Journal, "/journal", "page-journal", 0),
        (
            Place::Quarantine,
            "/quarantine",
            "page-quarantine",
            aside.quarantined + aside.waiting,
        ),
        (
            Place::Conflicts,
            "/conflicts",
            "page-conflicts",
            aside.conflicts,
        ),
        (Place::Links, "/links", "page-links", 0),
        (Place::Send, "/send", "page-send", 0),
        (Place::Connectors, "/connectors", "page-connectors", 0),
    ];
    html! {
        nav aria-label=(c.word("page-menu")) {
            ul {
                @for (here, path, key, n) in entries {
                    li {
                        a href=(path) aria-current=[(here == place).then_some("page")] {
                            (c.word(key))
                            @if n > 0 {
                                " " span.number aria-hidden="true" { (c.number(n)) }
                                span.unseen { " (" (c.count("page-records", n)) ")" }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn languages(c: &Context) -> Markup {
    let (code, name) = if c.is_french() {
        ("en", "English")
    } else {
        ("fr", "Français")
    };
    html! {
        a.language href=(url(safe_path(c.here), &[("lang", code)])) lang=(code) hreflang=(code) { (name) }
    }
}

fn shown(notice: &Notice) -> Markup {
    let (kind, role) = match notice.tone {
        Tone::Done => (Mark::Good, "status"),
        Tone::Warning => (Mark::Warning, "status"),
        Tone::Problem => (Mark::Bad, "alert"),
    };
    html! {
        div.notice.(kind.class()) role=(role) {
            (mark(kind))
            div {
                p { (notice.text) }
                @if !notice.details.is_empty() {
                    ul { @for detail in &notice.details { li { (detail) } } }
                }
            }
        }
    }
}
