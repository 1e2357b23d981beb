//! Progress of a run on a terminal.

use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};

use crate::catalogue::Catalogue;
use crate::engine::{Notice, Observer};
use crate::model::Text;

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
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for Progress {
    fn said(&self, words: &Text) {
        self.bar.println(self.words.text(words));
    }

    fn notice(&self, notice: &Notice) {
        match notice {
            Notice::Progress { flow, counts } => {
                let read = counts.read.to_string();
                let written = (counts.created + counts.adopted + counts.updated).to_string();
                let args = [
                    ("flow", flow.as_str()),
                    ("read", &*read),
                    ("written", &*written),
                ];
                self.bar.set_message(self.words.say("progress", &args));
            }
            Notice::Waiting {
                connection,
                wait_ms,
                message,
            } => {
                let seconds = wait_ms.div_ceil(1_000).to_string();
                let why = self.words.text(message);
                let args = [
                    ("connection", connection.as_str()),
                    ("seconds", &*seconds),
                    ("why", &*why),
                ];
                self.bar.println(self.words.say("progress-waiting", &args));
            }
        }
    }
}
