//! A list of steps, run in order, each timed; stops at the first that fails and says so.
//!
//! Ends with a table of where the time went, because CI has a limit and somebody must see what eats it.

use std::time::{Duration, Instant};

use anyhow::Result;

/// The parts of CI's time that are planned separately, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    Build,
    Guests,
    Tests,
    Chaos,
}

impl Share {
    const ALL: [Self; 4] = [Self::Build, Self::Guests, Self::Tests, Self::Chaos];

    fn title(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Guests => "guests",
            Self::Tests => "tests",
            Self::Chaos => "chaos",
        }
    }

    /// A little over what CI takes on two processors, all built anew: what is over has grown.
    fn minutes_max(self) -> u64 {
        match self {
            Self::Build => 35,
            Self::Guests => 7,
            Self::Tests => 20,
            Self::Chaos => 12,
        }
    }
}

/// How a step ended, when it did not fail.
pub enum Outcome {
    Done,
    /// Not run, and why that is no failure.
    LeftOut(String),
}

pub struct Step<'a> {
    pub name: &'static str,
    pub share: Share,
    pub act: Box<dyn FnMut() -> Result<Outcome> + 'a>,
}

struct Row {
    name: &'static str,
    share: Share,
    took: Duration,
    end: String,
}

/// Runs the steps and prints the table. The error is the failing step's, with the step's name.
pub fn run(steps: &mut [Step<'_>]) -> Result<()> {
    let mut rows = Vec::new();
    let mut failure = None;
    for step in steps.iter_mut() {
        println!("\n== {}", step.name);
        let started = Instant::now();
        let result = (step.act)();
        let end = match &result {
            Ok(Outcome::Done) => "done".to_owned(),
            Ok(Outcome::LeftOut(why)) => format!("left out: {why}"),
            Err(_) => "FAILED".to_owned(),
        };
        rows.push(Row {
            name: step.name,
            share: step.share,
            took: started.elapsed(),
            end,
        });
        if let Err(cause) = result {
            failure = Some(cause.context(format!("stopped at step `{}`", step.name)));
            break;
        }
    }
    print!("\n{}", table(&rows));
    let not_run: Vec<_> = steps[rows.len()..].iter().map(|step| step.name).collect();
    match failure {
        None => Ok(()),
        Some(cause) if not_run.is_empty() => Err(cause),
        Some(cause) => {
            println!("not run: {}", not_run.join(", "));
            Err(cause)
        }
    }
}

fn table(rows: &[Row]) -> String {
    let total: Duration = rows.iter().map(|row| row.took).sum();
    let mut lines = vec![format!("{:<14} {:>8} {:>6}  end", "step", "time", "share")];
    for row in rows {
        let percent = 100.0 * row.took.as_secs_f64() / total.as_secs_f64().max(f64::MIN_POSITIVE);
        lines.push(format!(
            "{:<14} {:>8} {percent:>5.0}%  {}",
            row.name,
            clock(row.took),
            row.end
        ));
    }
    lines.push(format!("{:<14} {:>8}", "all", clock(total)));
    let shares = Share::ALL.into_iter().filter_map(|share| {
        let took: Duration = rows
            .iter()
            .filter(|row| row.share == share)
            .map(|row| row.took)
            .sum();
        let over = if took.as_secs() > 60 * share.minutes_max() {
            " OVER"
        } else {
            ""
        };
        (!took.is_zero()).then(|| {
            format!(
                "{} {} of {}:00{over}",
                share.title(),
                clock(took),
                share.minutes_max()
            )
        })
    });
    lines.push(format!(
        "planned: {}",
        shares.collect::<Vec<_>>().join(", ")
    ));
    lines.join("\n") + "\n"
}

/// Minutes and seconds, as `3:07`.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs_f64().round() as u64;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_shows_time_share_and_what_is_over_plan() {
        let row = |name, share, seconds| Row {
            name,
            share,
            took: Duration::from_secs(seconds),
            end: "done".to_owned(),
        };
        let shown = table(&[
            row("guests", Share::Guests, 100),
            row("tests", Share::Tests, 1260),
        ]);
        let expected = "step               time  share  end\n\
                        guests             1:40     7%  done\n\
                        tests             21:00    93%  done\n\
                        all               22:40\n\
                        planned: guests 1:40 of 7:00, tests 21:00 of 20:00 OVER\n";
        assert_eq!(shown, expected);
    }

    #[test]
    fn nothing_runs_after_a_failure() {
        let mut ran = 0;
        let mut steps = [
            Step {
                name: "first",
                share: Share::Build,
                act: Box::new(|| anyhow::bail!("broken")),
            },
            Step {
                name: "second",
                share: Share::Build,
                act: Box::new(|| {
                    ran += 1;
                    Ok(Outcome::Done)
                }),
            },
        ];
        let error = run(&mut steps).unwrap_err();
        assert_eq!(format!("{error:#}"), "stopped at step `first`: broken");
        drop(steps);
        assert_eq!(ran, 0);
    }
}
