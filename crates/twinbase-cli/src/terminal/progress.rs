//! Progress of long work: a bar on a terminal, a log line every ten seconds off it.

use std::{
    io::IsTerminal as _,
    sync::Mutex,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::text::span;

/// How often a log line tells where the work is.
const LOG_EVERY: Duration = Duration::from_secs(10);
const BAR: &str = "{msg} {wide_bar} {pos}/{len} {per_sec}, {eta} left";
const COUNTER: &str = "{msg} {spinner} {pos} {per_sec}";

/// The progress of one piece of work.
#[derive(Debug)]
pub struct Progress {
    what: &'static str,
    bar: ProgressBar,
    on_terminal: bool,
    logged: Mutex<Instant>,
}

impl Progress {
    /// Begins to show `what`, out of `total` when that is known.
    pub fn new(what: &'static str, total: Option<u64>) -> Self {
        let on_terminal = std::io::stderr().is_terminal();
        let bar = match total {
            Some(total) => ProgressBar::new(total),
            None => ProgressBar::new_spinner(),
        };
        bar.set_draw_target(if on_terminal {
            ProgressDrawTarget::stderr_with_hz(10)
        } else {
            ProgressDrawTarget::hidden()
        });
        let template = if total.is_some() { BAR } else { COUNTER };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what);
        Self {
            what,
            bar,
            on_terminal,
            logged: Mutex::new(Instant::now()),
        }
    }

    /// Tells how much is done.
    pub fn set(&self, done: u64) {
        self.bar.set_position(done);
        if !self.on_terminal {
            self.log(done);
        }
    }

    /// Ends it, and takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn log(&self, done: u64) {
        let mut logged = self
            .logged
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if logged.elapsed() >= LOG_EVERY {
            *logged = Instant::now();
            let per_second = self.bar.per_sec().round();
            let total = self.bar.length();
            let left = left(done, total, self.bar.eta());
            tracing::info!(done, total, per_second, left, "{}", self.what);
        }
    }
}

/// How long it still takes, in words; nothing when that is not known. A bar that has no rate yet says that nothing is left.
fn left(done: u64, total: Option<u64>, eta: Duration) -> Option<String> {
    let is_known = total.is_some_and(|total| done < total) && !eta.is_zero();
    is_known.then(|| span(Duration::from_secs(eta.as_secs().max(1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_in_words_and_absent_when_it_is_not_known() {
        let eta = Duration::from_millis;
        assert_eq!(left(1, None, eta(0)), None);
        assert_eq!(left(1, Some(9), eta(0)), None);
        assert_eq!(left(9, Some(9), eta(3_000)), None);
        assert_eq!(left(1, Some(9), eta(20)).as_deref(), Some("1 s"));
        let words = left(1, Some(9), eta(61_400));
        assert_eq!(words.as_deref(), Some("1 min 1 s"));
    }
}
