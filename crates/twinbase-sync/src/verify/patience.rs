//! How long long work waits for a side that does not answer: a connection that was cut, or a server that steps down, ends none.

use std::time::Duration;

use tokio::time::Instant;

/// How long a side is waited for that has not answered yet: whoever asked wants to know.
const UNSEEN: Duration = Duration::from_secs(5);
/// How long one is waited for that has answered: an election of MongoDB takes twelve seconds by default.
const SEEN: Duration = Duration::from_secs(20);
/// The first wait before the same is asked again; each is three times the one before.
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// What is left of the patience with both sides.
#[derive(Debug)]
pub(crate) struct Patience {
    limit: Duration,
    wait: Duration,
    /// When the first question was asked that was not answered.
    since: Option<Instant>,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            limit: UNSEEN,
            wait: FIRST,
            since: None,
        }
    }
}

impl Patience {
    pub(crate) fn answered(&mut self) {
        *self = Self {
            limit: SEEN,
            ..Self::default()
        };
    }

    /// After a question of `asked` was not answered: how long to wait before the same is asked again; `None` when it has lasted too long.
    pub(crate) fn wait(&mut self, asked: Instant) -> Option<Duration> {
        let since = *self.since.get_or_insert(asked);
        let wait = self.wait;
        self.wait = (wait * 3).min(LONGEST);
        (since.elapsed() < self.limit).then_some(wait)
    }

    /// Whether this was the first question that was not answered.
    pub(crate) fn has_begun(&self) -> bool {
        self.since.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long a side that answers nothing is waited for, when each question takes `question`.
    async fn waited(mut patience: Patience, question: Duration) -> Duration {
        let began = Instant::now();
        loop {
            let asked = Instant::now();
            tokio::time::advance(question).await;
            match patience.wait(asked) {
                Some(wait) => tokio::time::advance(wait).await,
                None => return began.elapsed(),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_never_answered_is_waited_for_shortly_and_who_did_as_long_as_an_election() {
        let seen = || {
            let mut patience = Patience::default();
            patience.answered();
            patience
        };
        let (quick, slow) = (Duration::ZERO, Duration::from_secs(5));
        assert_eq!(waited(Patience::default(), slow).await, slow);
        assert!(waited(Patience::default(), quick).await < Duration::from_secs(10));
        for question in [quick, slow] {
            let waited = waited(seen(), question).await;
            assert!((SEEN..SEEN + Duration::from_secs(10)).contains(&waited));
        }
    }
}
