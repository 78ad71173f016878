//! Waiting for something to become true: the only place of the tests where time passes on purpose.
//!
//! A test never sleeps. It says what it waits for, and for how long at most; when the time is over, it fails with the last
//! state that was seen, which is usually all that is needed to understand it.

use std::fmt::Display;
use std::panic::Location;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

const FIRST_PAUSE: Duration = Duration::from_millis(1);
/// Short enough that a test is not slowed down by it, long enough that polling does not load a machine of two cores.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// What one look answers: the awaited value, or the state as it is now.
pub trait Look {
    /// The awaited value.
    type Value;

    /// The value, or a description of the state for the message of the failure.
    ///
    /// # Errors
    /// The state, when the awaited value is not there yet.
    fn outcome(self) -> Result<Self::Value, String>;
}

impl<T> Look for Option<T> {
    type Value = T;

    fn outcome(self) -> Result<T, String> {
        self.ok_or_else(|| "nothing yet".to_owned())
    }
}

impl<T, E: Display> Look for Result<T, E> {
    type Value = T;

    fn outcome(self) -> Result<T, String> {
        self.map_err(|state| format!("{state:#}"))
    }
}

impl Look for bool {
    type Value = ();

    fn outcome(self) -> Result<(), String> {
        self.then_some(()).ok_or_else(|| "false".to_owned())
    }
}

/// Looks again and again until `look` answers with a value, and returns it.
///
/// `look` may answer an `Option`, a `Result` whose error describes the state, or a `bool`.
///
/// # Panics
/// When `deadline` has passed, with the caller's place and the last state. A look that hangs is given up at the deadline too.
#[track_caller]
pub fn until<A: Look>(
    what: &str,
    deadline: Duration,
    look: impl AsyncFnMut() -> A,
) -> impl Future<Output = A::Value> {
    let caller = Location::caller();
    async move {
        match within(deadline, look).await {
            Ok(value) => value,
            Err(state) => {
                panic!("waited {deadline:?} at {caller} for {what}; the last state was: {state}")
            }
        }
    }
}

/// As [`until`], but gives the last state back instead of failing.
///
/// # Errors
/// The last state that was seen, when `deadline` has passed.
pub async fn within<A: Look>(
    deadline: Duration,
    mut look: impl AsyncFnMut() -> A,
) -> Result<A::Value, String> {
    let end = Instant::now() + deadline;
    let mut pause = FIRST_PAUSE;
    let mut state = "never looked to the end".to_owned();
    loop {
        match timeout_at(end, look()).await {
            Err(_) => return Err(format!("{state}, and the last look did not return")),
            Ok(answer) => match answer.outcome() {
                Ok(value) => return Ok(value),
                Err(seen) => state = seen,
            },
        }
        if Instant::now() + pause >= end {
            return Err(state);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
