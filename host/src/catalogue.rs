//! Every text a technician reads, in one place and in each language (`host/i18n/*.ftl`).
//!
//! A connector brings its own words (`catalogue` of the contract); a flow file carries its words in
//! each language. Here they meet.
//!
//! Invariant: no other module holds a sentence for people that is not also the fallback of a key here.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::model::Text;
use crate::model::text::FLOW_TEXT;

/// The languages of the product.
pub const LANGUAGES: [&str; 2] = ["en", "fr"];

const ENGLISH: &str = concat!(
    include_str!("../i18n/en.ftl"),
    "\n",
    include_str!("../i18n/page.en.ftl"),
    "\n",
    include_str!("../i18n/kit.en.ftl"),
    "\n",
    include_str!("../i18n/ship.en.ftl")
);
const FRENCH: &str = concat!(
    include_str!("../i18n/fr.ftl"),
    "\n",
    include_str!("../i18n/page.fr.ftl"),
    "\n",
    include_str!("../i18n/kit.fr.ftl"),
    "\n",
    include_str!("../i18n/ship.fr.ftl")
);

/// The host's own words, in the order of [`LANGUAGES`]; read once, since records are answered one by one.
static HOST: LazyLock<[Arc<Bundle>; LANGUAGES.len()]> = LazyLock::new(|| {
    let read = |lang, words| bundle(lang, words).expect("the catalogues are parsed by a test");
    [Arc::new(read("en", ENGLISH)), Arc::new(read("fr", FRENCH))]
});

type Bundle = FluentBundle<FluentResource>;

/// The words of one language, with those of the connectors that were added. Cheap to clone.
#[derive(Clone)]
pub struct Catalogue {
    lang: &'static str,
    host: Arc<Bundle>,
    connectors: BTreeMap<String, Arc<Bundle>>,
}

impl Catalogue {
    /// English for any language that is not one of the product's.
    pub fn new(lang: &str) -> Self {
        let nth = LANGUAGES
            .iter()
            .position(|known| lang.starts_with(known))
            .unwrap_or(0);
        Self {
            lang: LANGUAGES[nth],
            host: Arc::clone(&HOST[nth]),
            connectors: BTreeMap::new(),
        }
    }

    pub fn lang(&self) -> &'static str {
        self.lang
    }

    /// Adds a connector's words. A resource that does not parse is left out: its texts have fallbacks. Says
    /// whether it parses.
    pub fn add_connector(&mut self, name: &str, resource: &str) -> bool {
        match bundle(self.lang, resource) {
            Ok(bundle) => {
                self.connectors.insert(name.to_owned(), Arc::new(bundle));
                true
            }
            Err(_) => false,
        }
    }

    /// Whether some connector brought words for this text.
    pub fn knows(&self, text: &Text) -> bool {
        let mut bundles = self.connectors.values();
        bundles.any(|bundle| bundle.has_message(&text.key))
    }

    /// A sentence of the host's own.
    pub fn say(&self, key: &str, args: &[(&str, &str)]) -> String {
        format(&self.host, key, args.iter().copied()).unwrap_or_else(|| key.to_owned())
    }

    /// A text from anywhere: the flow's own languages, the host's catalogue, a connector's, else its
    /// fallback. Texts inside it come first.
    pub fn text(&self, text: &Text) -> String {
        if text.key == FLOW_TEXT || text.key.is_empty() {
            return text.in_language(self.lang).to_owned();
        }
        let inner: Vec<(&str, String)> = text
            .texts
            .iter()
            .map(|(name, text)| (name.as_str(), self.text(text)))
            .collect();
        let args = || {
            let own = text
                .args
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()));
            own.chain(inner.iter().map(|(name, value)| (*name, value.as_str())))
        };
        std::iter::once(&self.host)
            .chain(self.connectors.values())
            .find_map(|bundle| format(bundle, &text.key, args()))
            .unwrap_or_else(|| text.fallback.clone())
    }
}

fn bundle(lang: &str, words: &str) -> Result<Bundle, String> {
    let resource =
        FluentResource::try_new(words.to_owned()).map_err(|(_, errors)| format!("{errors:?}"))?;
    let id: LanguageIdentifier = lang.parse().map_err(|error| format!("{error}"))?;
    let mut bundle = Bundle::new_concurrent(vec![id]);
    // Marks around every argument would show in terminals and in copied ids.
    bundle.set_use_isolating(false);
    bundle
        .add_resource(resource)
        .map_err(|errors| format!("{errors:?}"))?;
    Ok(bundle)
}

fn format<'a>(
    bundle: &Bundle,
    key: &str,
    args: impl Iterator<Item = (&'a str, &'a str)>,
) -> Option<String> {
    let pattern = bundle.get_message(key)?.value()?;
    let mut values = FluentArgs::new();
    for (name, value) in args {
        values.set(name.to_owned(), FluentValue::from(value.to_owned()));
    }
    let mut errors = Vec::new();
    let words = bundle
        .format_pattern(pattern, Some(&values), &mut errors)
        .into_owned();
    errors.is_empty().then_some(words)
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
