//! The last runs of a flow as a small chart: one bar a run, as high as what it wrote.
//!
//! How a run ended is told by a shape on top, not by colour alone, and by the words of the whole picture.

use maud::{Markup, html};

use super::time::{lasted, moment_text};
use super::{Context, RunBar, Status};

/// More do not fit beside the words.
pub(super) const RUNS_MAX: usize = 20;

const STEP: u64 = 9;
const WIDTH: u64 = 6;
/// Above it stand the shapes.
const HEIGHT: u64 = 32;
const TOP: u64 = 9;

/// Oldest first; of more than [`RUNS_MAX`] the newest.
pub(super) fn runs(c: &Context, runs: &[RunBar]) -> Markup {
    let runs = &runs[runs.len().saturating_sub(RUNS_MAX)..];
    if runs.is_empty() {
        return html! { span.quiet { (c.word("page-no-runs")) } };
    }
    let most = runs.iter().map(|run| run.counts.written()).max();
    let most = most.unwrap_or(0).max(1);
    let width = runs.len() as u64 * STEP;
    let size = (width.to_string(), (TOP + HEIGHT + 1).to_string());
    html! {
        svg.chart role="img" aria-label=(said(c, runs)) width=(size.0) height=(size.1)
            viewBox={ "0 0 " (size.0) " " (size.1) } {
            @for (at, run) in runs.iter().enumerate() {
                (bar(c, run, at as u64 * STEP + 1, most))
            }
            line.floor x1="0" x2=(size.0) y1=(TOP + HEIGHT) y2=(TOP + HEIGHT) {}
        }
    }
}

fn bar(c: &Context, run: &RunBar, x: u64, most: u64) -> Markup {
    // By the logarithm, or one backfill would make every other run invisible.
    let share = (run.counts.written() as f64).ln_1p() / (most as f64).ln_1p();
    let height = ((share * HEIGHT as f64).round() as u64).clamp(2, HEIGHT);
    let top = TOP + HEIGHT - height;
    let middle = x + WIDTH / 2;
    let above = top.saturating_sub(5);
    html! {
        g.(run.status.mark().class()) {
            title { (tip(c, run)) }
            rect.hit x=(x - 1) y="0" width=(STEP) height=(TOP + HEIGHT) {}
            rect x=(x) y=(top) width=(WIDTH) height=(height) rx="1" {}
            @match run.status {
                Status::Completed => {}
                Status::CompletedWithProblems | Status::Waiting => {
                    path.shape d={ "M" (middle) " " (above - 3) "l3 6h-6z" } {}
                }
                Status::Interrupted => {
                    path.line d={ "M" (x + 1) " " (above - 2) "v5M" (x + 5) " " (above - 2) "v5" } {}
                }
                Status::Failed => {
                    path.line d={ "M" (x) " " (above - 3) "l6 6m0 -6l-6 6" } {}
                }
            }
        }
    }
}

fn tip(c: &Context, run: &RunBar) -> String {
    let when = moment_text(c, run.started);
    let how = c.word(run.status.key());
    let what = run.counts.words(c);
    let long = run.ended.map(|ended| lasted(c, run.started, ended));
    let parts = [Some(when), Some(how), Some(what), long];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The picture in words.
fn said(c: &Context, runs: &[RunBar]) -> String {
    let statuses = [
        (Status::Completed, "page-runs-completed"),
        (Status::CompletedWithProblems, "page-runs-problems"),
        (Status::Waiting, "page-runs-waiting"),
        (Status::Interrupted, "page-runs-interrupted"),
        (Status::Failed, "page-runs-failed"),
    ];
    let parts: Vec<String> = statuses
        .iter()
        .map(|(status, key)| {
            let n = runs.iter().filter(|run| run.status == *status).count() as u64;
            (key, n)
        })
        .filter(|(_, n)| *n > 0)
        .map(|(key, n)| c.count(key, n))
        .collect();
    let all = c.count("page-runs-last", runs.len() as u64);
    c.say("page-runs", &[("all", &all), ("how", &parts.join(", "))])
}
