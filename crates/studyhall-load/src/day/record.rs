//! What is measured of a day, and what is said of it in the end.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{task::JoinError, time::Instant};

use super::kind::Kind;

/// So many of what went wrong are shown.
const SAMPLES: usize = 20;

/// What has been measured so far.
#[derive(Debug, Default)]
pub(super) struct Record(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    kinds: BTreeMap<Kind, Measured>,
    errors: Vec<String>,
    broken: Vec<String>,
}

#[derive(Debug, Default)]
struct Measured {
    times: Vec<Duration>,
    errors: usize,
}

impl Record {
    /// Something was answered: late by all the time since it was to begin.
    pub(super) fn done(&self, kind: Kind, since: Instant) {
        let took = since.elapsed();
        self.state().kinds.entry(kind).or_default().times.push(took);
    }

    /// Something was not answered, or otherwise than it should have been.
    pub(super) fn failed(&self, kind: Kind, why: &str) {
        let mut state = self.state();
        state.kinds.entry(kind).or_default().errors += 1;
        state.errors.push(format!("{}: {why}", kind.name()));
    }

    /// An act did not come to its end.
    pub(super) fn fail_to_act(&self, why: &JoinError) {
        self.state().errors.push(why.to_string());
    }

    /// A read with the token of a write did not show it.
    pub(super) fn broken(&self, what: String) {
        self.state().broken.push(what);
    }

    /// What came of it all; `differences` are those of the two databases.
    pub(super) fn outcome(&self, took: Duration, differences: Option<String>) -> Outcome {
        let state = std::mem::take(&mut *self.state());
        let lines = state.kinds.into_iter().map(|(kind, mut measured)| {
            measured.times.sort_unstable();
            Line {
                name: kind.name(),
                times: measured.times,
                errors: measured.errors,
            }
        });
        Outcome {
            took,
            lines: lines.collect(),
            errors: state.errors,
            broken: state.broken,
            differences,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a day went.
#[derive(Debug)]
pub struct Outcome {
    took: Duration,
    lines: Vec<Line>,
    /// What was not answered as it should have been.
    pub errors: Vec<String>,
    /// Reads with a token that did not show what it stands for.
    pub broken: Vec<String>,
    /// What is different in the two databases, if anything is.
    pub differences: Option<String>,
}

#[derive(Debug)]
struct Line {
    name: &'static str,
    /// The shortest first.
    times: Vec<Duration>,
    errors: usize,
}

impl Outcome {
    /// Whether nothing went wrong.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.errors.is_empty() && self.broken.is_empty() && self.differences.is_none()
    }

    /// How many requests were answered as they should have been.
    #[must_use]
    pub fn answered(&self) -> usize {
        self.lines.iter().map(|line| line.times.len()).sum()
    }

    /// How many of one kind, by its name in the table.
    #[must_use]
    pub fn count(&self, name: &str) -> usize {
        let line = self.lines.iter().find(|line| line.name == name);
        line.map_or(0, |line| line.times.len())
    }
}

impl Line {
    /// Milliseconds below which this share of the times lies (nearest rank).
    fn millis(&self, percent: usize) -> f64 {
        let rank = (self.times.len() * percent).div_ceil(100).max(1);
        let time = self.times.get(rank - 1);
        time.map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<20} {:>7} {:>8} {:>8} {:>8} {:>7}",
            "", "count", "p50 ms", "p95 ms", "p99 ms", "errors"
        )?;
        for line in &self.lines {
            let [p50, p95, p99] = [50, 95, 99].map(|percent| line.millis(percent));
            let (name, count, errors) = (line.name, line.times.len(), line.errors);
            writeln!(
                f,
                "{name:<20} {count:>7} {p50:>8.1} {p95:>8.1} {p99:>8.1} {errors:>7}"
            )?;
        }
        for (what, samples) in [("error", &self.errors), ("broken token", &self.broken)] {
            for sample in samples.iter().take(SAMPLES) {
                writeln!(f, "{what}: {sample}")?;
            }
        }
        if let Some(differences) = &self.differences {
            writeln!(f, "verify: {differences}")?;
        }
        #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
        let rate = self.answered() as f64 / self.took.as_secs_f64();
        write!(
            f,
            "{} requests in {:.0?}, {rate:.0} a second; {} errors; {} broken tokens; verify: {}",
            self.answered(),
            self.took,
            self.errors.len(),
            self.broken.len(),
            if self.differences.is_none() {
                "clean"
            } else {
                "DIFFERENCES"
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_times() {
        let times = (1..=200).map(Duration::from_millis).collect();
        let line = Line {
            name: "all",
            times,
            errors: 0,
        };
        let millis = [50, 95, 99, 100].map(|percent| format!("{:.0}", line.millis(percent)));
        assert_eq!(millis, ["100", "190", "198", "200"]);
    }

    #[test]
    fn one_broken_token_is_no_good_day() {
        let record = Record::default();
        assert!(record.outcome(Duration::from_secs(1), None).is_good());
        record.broken("a todo".to_owned());
        let outcome = record.outcome(Duration::from_secs(1), None);
        assert!(!outcome.is_good());
        assert!(outcome.to_string().contains("1 broken tokens"), "{outcome}");
    }
}
