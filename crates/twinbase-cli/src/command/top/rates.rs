//! Events a second, from the counters that workers tell of with each renewal of their leases.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use twinbase::core::primary::WorkerRecord;

/// Over how many seconds a rate is taken: a few renewals, which are two seconds apart.
const WINDOW: f64 = 10.0;

/// Counts, or counts a second.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Counts<T> {
    pub(super) applied: T,
    pub(super) superseded: T,
    pub(super) charged: T,
}

impl Counts<u64> {
    pub(super) fn of(worker: &WorkerRecord) -> Self {
        Self {
            applied: worker.report.applied,
            superseded: worker.report.superseded,
            charged: worker.report.failed_attempts,
        }
    }
}

/// What workers told of themselves lately, by their ids.
#[derive(Debug, Default)]
pub(super) struct Rates {
    told: BTreeMap<String, VecDeque<(Timestamp, Counts<u64>)>>,
}

impl Rates {
    /// Takes in what the workers say now. One that is not named any more is forgotten.
    pub(super) fn take(&mut self, workers: &[WorkerRecord]) {
        self.told
            .retain(|id, _| workers.iter().any(|worker| worker.report.id == *id));
        for worker in workers {
            let told = self.told.entry(worker.report.id.clone()).or_default();
            if told.back().is_none_or(|(at, _)| *at < worker.seen_at) {
                told.push_back((worker.seen_at, Counts::of(worker)));
            }
            // One that is older than the window stays, so that the rest has a beginning.
            let second = |told: &VecDeque<_>| told.get(1).map(|(at, _): &(Timestamp, _)| *at);
            while second(told).is_some_and(|at| seconds(at, worker.seen_at) >= WINDOW) {
                told.pop_front();
            }
        }
    }

    /// What a worker does a second; `None` before it has told twice.
    pub(super) fn of(&self, worker: &WorkerRecord) -> Option<Counts<f64>> {
        if !worker.alive {
            return Some(Counts::default());
        }
        let told = self.told.get(&worker.report.id)?;
        let ((begun, first), (ended, last)) = (told.front()?, told.back()?);
        let seconds = seconds(*begun, *ended);
        if seconds <= 0.0 {
            return None;
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "for people, who read three digits"
        )]
        let rate = |from: u64, to: u64| to.saturating_sub(from) as f64 / seconds;
        Some(Counts {
            applied: rate(first.applied, last.applied),
            superseded: rate(first.superseded, last.superseded),
            charged: rate(first.charged, last.charged),
        })
    }

    /// What all of them do a second; `None` when one of them has not told twice.
    pub(super) fn total(&self, workers: &[WorkerRecord]) -> Option<Counts<f64>> {
        let mut total = Counts::default();
        for worker in workers {
            let rates = self.of(worker)?;
            total.applied += rates.applied;
            total.superseded += rates.superseded;
            total.charged += rates.charged;
        }
        Some(total)
    }
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::{super::sample::worker, *};

    #[test]
    fn a_rate_is_the_growth_between_renewals_over_a_window() {
        let mut rates = Rates::default();
        let mut last = worker("a", 0, 0);
        for second in 0..20_u8 {
            // 10 a second, then 100 a second.
            let time = u64::from(second);
            let applied = if time < 8 {
                time * 10
            } else {
                80 + (time - 8) * 100
            };
            last = worker("a", second.into(), applied);
            rates.take(std::slice::from_ref(&last));
            // A look between two renewals tells nothing new.
            rates.take(std::slice::from_ref(&last));
        }
        assert_eq!(rates.of(&last).map(|rate| rate.applied), Some(100.0));
    }

    #[test]
    fn a_rate_is_not_known_before_the_second_renewal_and_not_guessed() {
        let mut rates = Rates::default();
        let (first, other) = (worker("a", 1, 500), worker("b", 1, 7));
        rates.take(&[first.clone(), other.clone()]);
        assert_eq!(rates.of(&first), None);
        rates.take(&[worker("a", 3, 700), other.clone()]);
        assert_eq!(rates.of(&first).map(|rate| rate.applied), Some(100.0));
        assert_eq!(rates.total(&[first, other]), None);
    }

    #[test]
    fn a_dead_worker_does_nothing_and_one_that_started_again_is_another() {
        let mut rates = Rates::default();
        let mut dead = worker("a", 1, 500);
        rates.take(std::slice::from_ref(&dead));
        dead.alive = false;
        assert_eq!(rates.of(&dead).map(|rate| rate.applied), Some(0.0));
        rates.take(&[worker("b", 2, 0)]);
        assert!(!rates.told.contains_key("a"));
    }
}
