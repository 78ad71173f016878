//! What an operation does next: pure, with the time given.

use std::{collections::VecDeque, num::NonZeroU32, time::Duration};

use twinbase_core::primary::EventStatus;

/// The most events of one statement: enough to be fast, few enough that its locks are short.
pub const CHUNK: u32 = 1_000;

/// How fast an operation goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rate {
    /// As fast as the primary does it.
    #[default]
    AtOnce,
    /// At most so many events a second, spread evenly: what is retried is work for both sides.
    PerSecond(NonZeroU32),
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Change events of this status, at most so many.
    Change { status: EventStatus, limit: u32 },
    /// Do nothing for this long.
    Wait(Duration),
    /// Nothing is left.
    Done,
}

/// The statuses to go through, and the pace.
#[derive(Debug)]
pub(super) struct Plan {
    passes: VecDeque<Pass>,
    pacer: Pacer,
}

#[derive(Debug)]
struct Pass {
    status: EventStatus,
    left: u64,
}

impl Plan {
    /// A plan for these statuses, each with how many events may be changed at most.
    pub(super) fn new(passes: impl IntoIterator<Item = (EventStatus, u64)>, rate: Rate) -> Self {
        let passes = passes.into_iter();
        Self {
            passes: passes.map(|(status, left)| Pass { status, left }).collect(),
            pacer: Pacer {
                rate,
                free_at: Duration::ZERO,
            },
        }
    }

    /// What to do at this time since the start.
    pub(super) fn next(&self, elapsed: Duration) -> Step {
        let Some(pass) = self.passes.front() else {
            return Step::Done;
        };
        let pause = self.pacer.free_at.saturating_sub(elapsed);
        if !pause.is_zero() {
            return Step::Wait(pause);
        }
        let left = u32::try_from(pass.left).unwrap_or(u32::MAX);
        Step::Change {
            status: pass.status,
            limit: self.pacer.slice().min(left),
        }
    }

    /// A change that was begun at this time since the start changed so many events. The
    /// pass is over when it found none.
    pub(super) fn changed(&mut self, count: u64, begun: Duration) {
        self.pacer.took(count, begun);
        if let Some(pass) = self.passes.front_mut() {
            pass.left = pass.left.saturating_sub(count);
            if count == 0 || pass.left == 0 {
                self.passes.pop_front();
            }
        }
    }
}

/// Spreads events evenly. Time that was lost is not caught up, so there is no burst after a pause.
#[derive(Debug)]
struct Pacer {
    rate: Rate,
    free_at: Duration,
}

impl Pacer {
    /// A tenth of a second's worth.
    fn slice(&self) -> u32 {
        match self.rate {
            Rate::AtOnce => CHUNK,
            Rate::PerSecond(rate) => rate.get().div_ceil(10).min(CHUNK),
        }
    }

    fn took(&mut self, count: u64, begun: Duration) {
        if let Rate::PerSecond(rate) = self.rate {
            let nanos = count.saturating_mul(1_000_000_000) / u64::from(rate.get());
            self.free_at = self.free_at.max(begun) + Duration::from_nanos(nanos);
        }
    }
}

#[cfg(test)]
mod tests {
    use EventStatus::{Failed, Retrying};

    use super::*;

    const MILLI: Duration = Duration::from_millis(1);

    fn rate(events: u32) -> Rate {
        Rate::PerSecond(NonZeroU32::new(events).unwrap())
    }

    /// Runs a plan over so many events of each status; each statement takes `cost`. Answers the
    /// events that were changed and when the last was.
    fn run(plan: &mut Plan, mut there: Vec<(EventStatus, u64)>, cost: Duration) -> (u64, Duration) {
        let (mut now, mut done, mut last) = (Duration::ZERO, 0, Duration::ZERO);
        for _ in 0..100_000 {
            match plan.next(now) {
                Step::Done => return (done, last),
                Step::Wait(pause) => now += pause,
                Step::Change { status, limit } => {
                    let begun = now;
                    now += cost;
                    let left = there.iter_mut().find(|(is, _)| *is == status).unwrap();
                    let count = left.1.min(limit.into());
                    left.1 -= count;
                    done += count;
                    if count > 0 {
                        last = begun;
                    }
                    plan.changed(count, begun);
                }
            }
        }
        panic!("the plan does not end");
    }

    #[test]
    fn at_once_goes_through_everything_without_a_pause() {
        let mut plan = Plan::new([(Failed, u64::MAX), (Retrying, 3)], Rate::AtOnce);
        let all = vec![(Failed, 2_500), (Retrying, 3)];
        assert_eq!(run(&mut plan, all, Duration::ZERO), (2_503, Duration::ZERO));
    }

    #[test]
    fn a_rate_is_kept_whatever_it_is() {
        for (per_second, events, begun) in [
            (1, 3, 2_000),
            (25, 100, 3_960),
            (1_000, 5_000, 4_900),
            (50_000, 100_000, 1_980),
        ] {
            let mut plan = Plan::new([(Failed, u64::MAX)], rate(per_second));
            let (done, last) = run(&mut plan, vec![(Failed, events)], Duration::ZERO);
            assert_eq!(
                (done, last.as_millis()),
                (events, begun),
                "{per_second} a second"
            );
        }
    }

    #[test]
    fn time_that_a_slow_primary_took_is_not_caught_up_in_a_burst() {
        let mut plan = Plan::new([(Failed, u64::MAX)], rate(10));
        assert_eq!(
            plan.next(Duration::ZERO),
            Step::Change {
                status: Failed,
                limit: 1
            }
        );
        plan.changed(1, Duration::ZERO);
        // The statement took a minute; the next two are 100 ms apart all the same.
        let late = Duration::from_mins(1);
        assert_eq!(
            plan.next(late),
            Step::Change {
                status: Failed,
                limit: 1
            }
        );
        plan.changed(1, late);
        assert_eq!(plan.next(late), Step::Wait(100 * MILLI));
    }

    #[test]
    fn a_bounded_pass_ends_although_its_events_come_back() {
        let mut plan = Plan::new([(Retrying, 5)], Rate::AtOnce);
        let mut changed = 0;
        while let Step::Change { limit, .. } = plan.next(Duration::ZERO) {
            // As many as are asked for are always there.
            changed += u64::from(limit);
            plan.changed(limit.into(), Duration::ZERO);
        }
        assert_eq!(changed, 5);
    }
}
