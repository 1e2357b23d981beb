//! What several views are made of: marks, forms, filters, empty lists.

use maud::{Markup, html};

use super::path::url;
use super::{Aside, Context, FlowKey, Scope};

/// A mark beside words that say the same. Never alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Good,
    Warning,
    Bad,
    Stopped,
    Running,
    Waiting,
    Quiet,
}

impl Mark {
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
            Self::Stopped => "stopped",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Quiet => "quiet",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Good => "M4 8.5l3 3 5.5-6.5",
            Self::Warning => "M8 4v5M8 11.6v.4",
            Self::Bad => "M5 5l6 6M11 5l-6 6",
            Self::Stopped => "M6.2 5v6M9.8 5v6",
            Self::Running => "M8 3.5a4.5 4.5 0 1 1-4.5 4.5",
            Self::Waiting => "M8 4.5V8l2.5 1.5",
            Self::Quiet => "M5 8h6",
        }
    }
}

pub(super) fn mark(mark: Mark) -> Markup {
    html! {
        svg.mark.(mark.class()) viewBox="0 0 16 16" width="18" height="18" aria-hidden="true" focusable="false" {
            @if mark != Mark::Running { circle.ground cx="8" cy="8" r="7.5" {} }
            path d=(mark.path()) {}
        }
    }
}

pub(super) fn badge(kind: Mark, words: &str) -> Markup {
    html! { span.badge.(kind.class()) { (mark(kind)) span { (words) } } }
}

/// A form that does something. `fields` go with it unseen.
pub(super) fn post(c: &Context, action: &str, fields: &[(&str, &str)], inner: Markup) -> Markup {
    html! {
        form method="post" action=(action) {
            input type="hidden" name="csrf" value=(c.csrf);
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            (inner)
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Main,
    Plain,
}

/// A form of one button, after which one is back here. `about` tells a screen reader which of the many
/// buttons of the same name it is.
pub(super) fn button(
    c: &Context,
    (action, key, weight): (&str, &str, Weight),
    about: &str,
    fields: &[(&str, &str)],
) -> Markup {
    let mut fields = fields.to_vec();
    fields.push(("back", c.here));
    let class = match weight {
        Weight::Main => "main",
        Weight::Plain => "plain",
    };
    let inner = html! {
        button.(class) type="submit" {
            (c.word(key))
            @if !about.is_empty() { span.unseen { ": " (about) } }
        }
    };
    post(c, action, &fields, inner)
}

/// The choice of tenant and flow, with the label before it.
pub(super) fn flow_choice(c: &Context, chosen: &Scope, id: &str) -> Markup {
    let chosen = chosen.to_string();
    html! {
        div.field {
            label for=(id) { (c.word("page-flow")) }
            select id=(id) name="flow" {
                option value="" selected[chosen.is_empty()] { (c.word("page-all-flows")) }
                (flow_options(c, &chosen, true))
            }
        }
    }
}

/// The flows of all tenants as options; with more than one tenant in groups.
pub(super) fn flow_options(c: &Context, chosen: &str, whole_tenants: bool) -> Markup {
    // A closed list shows the option alone, without its group: with several tenants it must say whose flow it is.
    let several = c.tenants.len() > 1;
    let options = |tenant: &super::Tenant| {
        html! {
            @for flow in &tenant.flows {
                @let key = FlowKey::new(&tenant.id, &flow.flow).to_string();
                option value=(key) selected[key == chosen] {
                    @if several { (tenant.title) " · " }
                    (flow.title)
                }
            }
        }
    };
    html! {
        @if let [only] = c.tenants {
            (options(only))
        } @else {
            @for tenant in c.tenants {
                optgroup label=(tenant.title) {
                    @if whole_tenants {
                        @let key = format!("{}/", tenant.id);
                        option value=(key) selected[key == chosen] {
                            (c.say("page-all-of-tenant", &[("tenant", &tenant.title)]))
                        }
                    }
                    (options(tenant))
                }
            }
        }
    }
}

pub(super) fn search_field(id: &str, name: &str, label: &str, value: &str) -> Markup {
    html! {
        div.field.wide {
            label for=(id) { (label) }
            input id=(id) type="search" name=(name) value=(value) autocomplete="off" spellcheck="false";
        }
    }
}

/// Which tenant and flow, where one page shows several.
pub(super) fn flow_title(c: &Context, key: &FlowKey) -> Markup {
    html! {
        @if c.tenants.len() > 1 { span.tenant { (c.tenant(&key.tenant)) } " · " }
        (c.flow(key))
    }
}

/// Nothing to show, and what that means.
pub(super) fn nothing(kind: Mark, words: &str) -> Markup {
    html! { p.nothing { (mark(kind)) " " (words) } }
}

pub(super) fn further(path: &str, query: &[(&str, &str)], words: &str) -> Markup {
    html! { p.further { a href=(url(path, query)) { (words) } } }
}

/// Links to what stands aside in one flow.
pub(super) fn aside(c: &Context, key: &FlowKey, aside: Aside) -> Markup {
    let flow = key.to_string();
    let parts = [
        ("/quarantine", "page-in-quarantine", aside.quarantined),
        ("/conflicts", "page-in-conflict", aside.conflicts),
        ("/quarantine", "page-in-waiting", aside.waiting),
    ];
    html! {
        @if aside != Aside::default() {
            ul.aside {
                @for (path, key, n) in parts.iter().filter(|(_, _, n)| *n > 0) {
                    li { a href=(url(path, &[("flow", &flow)])) { (c.count(key, *n)) } }
                }
            }
        }
    }
}
