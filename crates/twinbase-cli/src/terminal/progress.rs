//! Progress of long work: a bar on a terminal, a log line every ten seconds off it.

use std::{
    io::IsTerminal as _,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{ask::say, text::span};

/// How often a log line tells where the work is.
const LOG_EVERY: Duration = Duration::from_secs(10);
const BAR: &str = "{msg} {wide_bar} {pos}/{len} {per_sec}, {eta} left";
const BAR_ABOUT: &str = "{msg} {wide_bar} {pos}/about {len} {per_sec}, {eta} left";
const COUNTER: &str = "{msg} {spinner} {pos} {per_sec}";

/// The progress of one piece of work.
#[derive(Debug)]
pub struct Progress {
    what: &'static str,
    bar: ProgressBar,
    on_terminal: bool,
    /// Whether the total is an estimate.
    is_about: AtomicBool,
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
        bar.set_message(what);
        let progress = Self {
            what,
            bar,
            on_terminal,
            is_about: AtomicBool::new(false),
            logged: Mutex::new(Instant::now()),
        };
        progress.style(if total.is_some() { BAR } else { COUNTER });
        progress
    }

    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
    }

    /// Tells how much is done, and about how much there is, once that is known: never less than is done.
    pub fn set_of_about(&self, done: u64, total: Option<u64>) {
        if let Some(total) = total {
            if !self.is_about.swap(true, Ordering::Relaxed) {
                self.style(BAR_ABOUT);
            }
            self.bar.set_length(total.max(done));
        }
        self.set(done);
    }

    /// Tells how much is done.
    pub fn set(&self, done: u64) {
        self.bar.set_position(done);
        if !self.on_terminal {
            self.log(done);
        }
    }

    /// Says something beside it.
    pub fn say(&self, text: &str) {
        self.bar.suspend(|| say(text));
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
            if self.is_about.load(Ordering::Relaxed) {
                tracing::info!(done, about = total, per_second, left, "{}", self.what);
            } else {
                tracing::info!(done, total, per_second, left, "{}", self.what);
            }
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
    fn an_estimate_is_never_less_than_what_is_done() {
        let progress = Progress::new("rows", None);
        let seen = |done, total| {
            progress.set_of_about(done, total);
            (progress.bar.position(), progress.bar.length())
        };
        assert_eq!(seen(0, None), (0, None));
        assert_eq!(seen(10, Some(30)), (10, Some(30)));
        assert_eq!(seen(31, Some(30)), (31, Some(31)));
        assert_eq!(seen(20, Some(30)), (20, Some(30)));
    }

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
