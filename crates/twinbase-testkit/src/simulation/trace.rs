//! What happened: the same lines for two runs of one seed, and the last ones for people.

use std::{collections::BTreeMap, fmt, time::Duration};

use super::oracle::Violation;

/// How many lines before a broken promise people see.
const KEPT: usize = 40;

/// One call of a side, or the moment at which it takes effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub(super) at: Duration,
    pub(super) caller: usize,
    pub(super) call: u64,
    pub(super) what: &'static str,
    pub(super) how: &'static str,
    pub(super) detail: u64,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>12.3} s  worker {:<3} call {:<8} {:<14} {:<16} {:016x}",
            self.at.as_secs_f64(),
            self.caller,
            self.call,
            self.what,
            self.how,
            self.detail
        )
    }
}

/// What a history was.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// How many calls the sides had.
    pub steps: u64,
    /// How many events were committed.
    pub events: i64,
    /// Every call and its effect: the same for two runs of one seed.
    pub lines: Vec<Line>,
    /// How often each thing happened.
    pub tally: BTreeMap<&'static str, u64>,
    /// The most events that a worker held when it asked for more.
    pub most_held: usize,
    /// The promise that was broken.
    pub violation: Option<Violation>,
}

impl Report {
    pub(super) fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    pub(super) fn last(&self) -> Vec<Line> {
        let first = self.lines.len().saturating_sub(KEPT);
        self.lines[first..].to_vec()
    }
}

/// One more number in a hash: FNV-1a over whole words, which is enough to see a difference.
pub(super) fn mix(hash: u64, number: u64) -> u64 {
    (hash ^ number)
        .wrapping_mul(0x0000_0100_0000_01b3)
        .rotate_left(23)
}

/// One more text in a hash.
pub(super) fn mix_text(hash: u64, text: &str) -> u64 {
    text.bytes().fold(hash, |hash, byte| mix(hash, byte.into()))
}
