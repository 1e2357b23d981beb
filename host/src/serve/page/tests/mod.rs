//! What must hold of every page, whatever is on it.

mod skeleton;
mod words;

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::path::url;
use super::samples::{context, overview_view, pages, tenants};
use super::*;
use skeleton::{Tag, tags};
use words::Words;

const HOSTILE: &str = "\"><script>alert('1')</script><img src=x onerror=alert(2)> & </textarea></title>\
                       <!-- ' javascript:alert(3) style=x {{ } $x";

/// All pages of a language, with every text made by `make`, a notice above them.
fn all(lang: &str, make: samples::Make) -> Vec<(&'static str, String)> {
    let words = Words::new(lang);
    let say = |key: &str, args: &[(&str, &str)]| words.say(key, args);
    let text = [make("tok"), make("Nordique TI"), make("0.1.0")];
    let (tenants, here) = (tenants(make), make("/"));
    let mut c = context(lang, &say, &here, &text, &tenants);
    let mut shown = pages(&c, make);
    c.notice = Some(Notice {
        tone: Tone::Problem,
        text: make("Rien n'a été fait."),
        details: vec![make("a"), make("b")],
    });
    shown.push(("notice", overview(&c, &overview_view(make))));
    c.session = Session::SignedOut;
    shown.push(("signed-out", login(&c, &Login::default())));
    shown
}

#[test]
fn no_text_can_become_a_tag_or_an_attribute() {
    for lang in ["en", "fr"] {
        let plain = all(lang, &|_| "plain".to_owned());
        let hostile = all(lang, &|_| HOSTILE.to_owned());
        for ((name, plain), (_, hostile)) in plain.iter().zip(&hostile) {
            let shape = |html: &str| -> Vec<String> { tags(html).iter().map(Tag::shape).collect() };
            assert_eq!(shape(plain), shape(hostile), "{name} in {lang}");
            assert!(!hostile.contains("<script"), "{name}");
            assert!(!hostile.contains("<img"), "{name}");
            assert!(!hostile.contains("<!--"), "{name}");
        }
    }
}

#[test]
fn every_page_is_whole_under_the_policy() {
    for lang in ["en", "fr"] {
        for (name, html) in all(lang, &str::to_owned) {
            for tag in tags(&html) {
                for (attribute, value) in &tag.attributes {
                    assert!(
                        attribute != "style" && !attribute.starts_with("on"),
                        "{name}: {tag:?}"
                    );
                    let leads = ["href", "action", "src"].contains(&attribute.as_str());
                    let ours = value.starts_with('/') && !value.starts_with("//");
                    assert!(!leads || ours || value.starts_with('#'), "{name}: {tag:?}");
                }
                assert!(!["script", "style", "iframe", "object", "base"].contains(&&*tag.name));
            }
        }
    }
}

#[test]
fn every_page_is_well_formed_and_can_be_read_aloud() {
    for (name, html) in all("fr", &str::to_owned) {
        let tags = tags(&html);
        skeleton::assert_balanced(&tags, name);
        let with = |attribute: &str| -> Vec<String> {
            let values = tags.iter().filter_map(|tag| tag.value(attribute));
            values
                .flat_map(str::split_whitespace)
                .map(str::to_owned)
                .collect()
        };
        let ids = with("id");
        let known: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(known.len(), ids.len(), "{name}: an id stands twice");
        for refers in ["for", "aria-describedby", "aria-labelledby"] {
            for id in with(refers) {
                assert!(known.contains(&id), "{name}: {refers} {id}");
            }
        }
        let labelled: BTreeSet<String> = with("for").into_iter().collect();
        for tag in &tags {
            let hidden = tag.value("type") == Some("hidden") || tag.value("hidden").is_some();
            if ["input", "select", "textarea"].contains(&&*tag.name) && !hidden {
                let id = tag.value("id").unwrap_or_default();
                assert!(labelled.contains(id), "{name}: {tag:?} has no label");
            }
            assert!(
                tag.name != "th" || tag.value("scope").is_some(),
                "{name}: {tag:?}"
            );
        }
        let many = |wanted: &str| tags.iter().filter(|tag| tag.name == wanted).count();
        assert_eq!(
            (many("h1"), many("main"), many("html")),
            (1, 1, 1),
            "{name}"
        );
        assert_eq!(tags[0].value("lang"), Some("fr"), "{name}");
    }
}

#[test]
fn every_form_that_does_something_carries_the_token() {
    for (name, html) in all("en", &str::to_owned) {
        for form in html.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap_or_default();
            let posts = form.contains("method=\"post\"");
            let token = form.contains(r#"name="csrf" value="tok""#);
            assert_eq!(posts, token, "{name}: {form}");
        }
    }
}

#[test]
fn only_what_moves_loads_itself_again() {
    let refreshing = |html: &str| html.contains("http-equiv=\"refresh\"");
    for (name, html) in all("en", &str::to_owned) {
        let moves = ["overview", "overview-calm", "overview-new", "notice"].contains(&name);
        assert_eq!(refreshing(&html), moves, "{name}");
    }
    let words = Words::new("en");
    let say = |key: &str, args: &[(&str, &str)]| words.say(key, args);
    let text = [String::new(), String::new(), String::new()];
    let tenants = tenants(&str::to_owned);
    let c = context("en", &say, "/?flow=a/b", &text, &tenants);
    let mut view = overview_view(&str::to_owned);
    let html = overview(&c, &view);
    assert!(
        html.contains(r#"content="5; url=/?flow=a/b""#),
        "it stays where it is"
    );
    view.flows.retain(|row| {
        !matches!(row.state, State::Running { .. }) && !matches!(row.next, Next::Queued { .. })
    });
    assert!(!refreshing(&overview(&c, &view)));
}

#[test]
fn every_key_is_said_by_a_page_in_both_languages() {
    for lang in ["en", "fr"] {
        let words = Words::new(lang);
        let said = RefCell::new(BTreeSet::new());
        let say = |key: &str, args: &[(&str, &str)]| {
            said.borrow_mut().insert(key.to_owned());
            words.say(key, args)
        };
        let text = ["t", "h", "v"].map(str::to_owned);
        let tenants = tenants(&str::to_owned);
        let mut c = context(lang, &say, "/", &text, &tenants);
        pages(&c, &str::to_owned);
        for done in Done::ALL {
            c.notice = Some(done.notice(&c));
            assert_eq!(Done::parse(done.name()), Some(done));
        }
        // What no sample shows: a tomorrow, short runs, counts of nothing.
        let soon = c.now + jiff::SignedDuration::from_hours(24);
        time::moment(&c, soon);
        for seconds in [0, 1, 60, 61, 3_600, 3_660] {
            let since = c.now - jiff::SignedDuration::from_secs(seconds);
            time::lasted(&c, since, c.now);
        }
        let unsaid: Vec<String> = words::keys(lang)
            .difference(&said.borrow())
            .cloned()
            .collect();
        assert!(unsaid.is_empty(), "{lang}: {unsaid:?}");
    }
}

#[test]
fn numbers_and_times_are_written_as_each_language_writes_them() {
    let text = ["t", "h", "v"].map(str::to_owned);
    for (lang, thousands, none, one, today, before) in [
        (
            "en",
            "1,234,567",
            "0 records",
            "1 record",
            "today at 14:05",
            "2026-11-12 at 14:05",
        ),
        (
            "fr",
            "1\u{a0}234\u{a0}567",
            "0\u{a0}enregistrement",
            "1\u{a0}enregistrement",
            "aujourd'hui à 14\u{a0}h\u{a0}05",
            "le 2026-11-12 à 14\u{a0}h\u{a0}05",
        ),
    ] {
        let words = Words::new(lang);
        let say = |key: &str, args: &[(&str, &str)]| words.say(key, args);
        let c = context(lang, &say, "/", &text, &[]);
        assert_eq!(c.number(1_234_567), thousands);
        assert_eq!((c.number(999), c.number(0)), ("999".into(), "0".into()));
        assert_eq!(c.count("page-records", 0), none);
        assert_eq!(c.count("page-records", 1), one);
        assert_eq!(time::moment_text(&c, c.now), today);
        let earlier = c.now - jiff::SignedDuration::from_hours(48);
        assert_eq!(time::moment_text(&c, earlier), before);
    }
}

#[test]
fn a_name_in_an_address_stays_a_name() {
    assert_eq!(
        url("/a", &[("x", ""), ("y", "é&=? #%+")]),
        "/a?y=%C3%A9%26%3D%3F%20%23%25%2B"
    );
    let key = FlowKey::parse("acme/group/invoices~").expect("a flow");
    assert_eq!(
        (key.tenant.as_str(), key.flow.as_str()),
        ("acme", "group/invoices~")
    );
    for text in ["", "acme/", "acme/invoices", "acme/group/invoices"] {
        assert_eq!(Scope::parse(text).to_string(), text);
    }
    assert_eq!(Scope::parse("nonsense"), Scope::All);
    assert!(Scope::parse("acme/").holds(&key) && !Scope::parse("acm/").holds(&key));
}

#[test]
fn the_way_back_leads_nowhere_else() {
    for good in ["/", "/journal?flow=a/b&q=%C3%A9"] {
        assert_eq!(safe_path(good), good);
    }
    for bad in [
        "",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "/a\nb",
        "/é",
        "javascript:x",
    ] {
        assert_eq!(safe_path(bad), "/", "{bad:?}");
    }
    assert_eq!(Done::Paused.at("//evil.example"), "/?done=paused");
    assert_eq!(
        Done::Retry.at("/quarantine?flow=a/b"),
        "/quarantine?flow=a/b&done=retry"
    );
}

#[test]
fn ids_are_read_one_a_line_or_all_on_one() {
    assert_eq!(read_ids(" 12 \r\n\r\n13\n12\n"), ["12", "13"]);
    assert_eq!(read_ids("12, 13;14,,"), ["12", "13", "14"]);
    assert_eq!(read_ids("Roy, Jean\nRoy, Anne"), ["Roy, Jean", "Roy, Anne"]);
    assert!(read_ids(" \n ,").is_empty() || read_ids(" ,").is_empty());
}

/// For a browser: `LIAISON_PAGE_SAMPLES=FOLDER cargo test page_samples`.
#[test]
fn page_samples_are_written_where_the_environment_says() {
    let Some(folder) = std::env::var_os("LIAISON_PAGE_SAMPLES") else {
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    for lang in ["en", "fr"] {
        for (name, html) in all(lang, &str::to_owned) {
            std::fs::write(folder.join(format!("{name}.{lang}.html")), html).expect("a folder");
        }
    }
    std::fs::write(folder.join("style.css"), STYLE).expect("a folder");
    std::fs::write(folder.join("icon.svg"), ICON).expect("a folder");
}
