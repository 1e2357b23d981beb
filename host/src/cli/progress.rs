//! Progress of a run on a terminal.

use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};

use crate::catalogue::Catalogue;
use crate::engine::{Notice, Observer};
use crate::model::Text;
use crate::render;

/// Shows counts as they grow; shows nothing where nobody watches.
pub struct Progress {
    bar: ProgressBar,
    words: Catalogue,
}

pub fn observer(watched: bool, lang: &str) -> Arc<Progress> {
    let bar = if watched {
        ProgressBar::new_spinner()
    } else {
        ProgressBar::hidden()
    };
    bar.set_style(ProgressStyle::default_spinner());
    if watched {
        bar.enable_steady_tick(std::time::Duration::from_millis(120));
    }
    Arc::new(Progress {
        bar,
        words: Catalogue::new(lang),
    })
}

impl Progress {
    /// What a service says of a request that it carries out for us.
    pub fn heard(&self, words: &str) {
        self.bar.set_message(words.to_owned());
    }

    /// A sentence that stays, also where nobody watches: in the log of what started us.
    pub fn told(&self, words: &str) {
        match self.bar.is_hidden() {
            true => eprintln!("{words}"),
            false => self.bar.println(words),
        }
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for Progress {
    fn said(&self, words: &Text) {
        self.told(&self.words.text(words));
    }

    fn notice(&self, notice: &Notice) {
        let said = render::notice(notice, &self.words);
        match notice {
            Notice::Progress { .. } => self.bar.set_message(said),
            Notice::Waiting { .. } => self.bar.println(said),
        }
    }
}
