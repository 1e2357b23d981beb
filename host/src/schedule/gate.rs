//! When a flow may run: in its window, outside the blackouts.

use jiff::{SignedDuration, Timestamp};

use super::window::Window;

/// A year and a month: a window and a blackout in different zones may meet in summer only.
const SEARCH_HOURS: i64 = 400 * 24;
/// Whole-day windows follow one another: open for a week is open.
const JOINED_MAX: usize = 8;

/// A window, less the blackouts. The default is always open.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gate {
    /// Left out means at any time.
    pub window: Option<Window>,
    /// Such as the nightly backup of a system.
    pub blackouts: Vec<Window>,
}

impl Gate {
    pub fn is_open(&self, moment: Timestamp) -> bool {
        let inside = |window: &Window| window.covering(moment).is_some();
        self.window.as_ref().is_none_or(inside) && !self.blackouts.iter().any(inside)
    }

    /// `moment` itself if it is open then, else when it opens. `None`: not within 400 days.
    pub fn next_open(&self, moment: Timestamp) -> Option<Timestamp> {
        let limit = moment
            .checked_add(SignedDuration::from_hours(SEARCH_HOURS))
            .ok()?;
        let mut at = moment;
        while at <= limit {
            if let Some(window) = &self.window
                && window.covering(at).is_none()
            {
                at = window.next_start(at)?;
            }
            let covering = self.blackouts.iter().filter_map(|dark| dark.covering(at));
            match covering.map(|dark| dark.end).max() {
                None => return Some(at),
                Some(end) => at = end,
            }
        }
        None
    }

    /// When a gate that is open at `moment` closes: the end of the window or the beginning of a blackout.
    /// `None`: not within a week.
    pub fn closes(&self, moment: Timestamp) -> Option<Timestamp> {
        let window = self.window.as_ref();
        let window_end = window.and_then(|window| end_of(window, moment));
        let blackouts = self.blackouts.iter();
        let dark = blackouts.filter_map(|dark| dark.next_start(moment)).min();
        [window_end, dark].into_iter().flatten().min()
    }
}

fn end_of(window: &Window, moment: Timestamp) -> Option<Timestamp> {
    let mut at = moment;
    for _ in 0..JOINED_MAX {
        match window.covering(at) {
            Some(stretch) => at = stretch.end,
            None => return Some(at),
        }
    }
    None
}
