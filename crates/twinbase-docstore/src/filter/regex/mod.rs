//! `$regex` with MongoDB's options. Patterns become a lazy DFA, which is walked byte by byte so that the clock can be asked on
//! the way: the time is linear in the text, the memory of a pattern is fixed when it is compiled.

use std::sync::{Mutex, PoisonError};

use bson::Regex;
use bson::raw::RawBsonRef;
use regex_automata::hybrid::dfa::{Cache, Config, DFA};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_automata::{Anchored, Input};

use super::pace::Pace;
use super::pattern::{self, Flags};
use crate::Error;
use crate::fault::{Fault, PATTERNS};

/// What all patterns of one filter may take, compiled and with their caches: thousands of usual ones.
const FILTER_BYTES: usize = 64 * 1024 * 1024;

/// What the patterns of one test may take before they run: one step then visits some hundred thousand states at most.
const TEST_BYTES: usize = 8 * 1024 * 1024;

/// The largest cache of one test; small patterns get a smaller one.
const CACHE_BYTES: usize = 2 * 1024 * 1024;

/// So many states of a pattern are visited in the time of one cached step.
const STATES_PER_STEP: usize = 16;

/// The bytes that the patterns of a filter may still take.
#[derive(Debug)]
pub(crate) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(FILTER_BYTES)
    }
}

impl Budget {
    fn take(&mut self, bytes: usize) -> Result<(), Error> {
        self.0 = self.0.checked_sub(bytes).ok_or_else(too_large)?;
        Ok(())
    }
}

/// Compiled patterns, any of which may match.
#[derive(Debug)]
pub(crate) struct Patterns {
    dfa: DFA,
    cache: Mutex<Cache>,
    anchored: Anchored,
    /// The work of one step that is not in the cache.
    weight: usize,
}

impl Patterns {
    /// Compiles patterns into one automaton. `path` is where they stand, for errors.
    pub(crate) fn new<'r>(
        patterns: impl IntoIterator<Item = &'r Regex>,
        path: &str,
        budget: &mut Budget,
    ) -> Result<Self, Error> {
        let unsupported = |construct: String| Error::Unsupported {
            operator: format!("$regex: {construct}"),
            path: path.to_owned(),
        };
        let mut parsed = Vec::new();
        for pattern in patterns {
            let flags = flags(pattern).map_err(unsupported)?;
            let hir = pattern::parse(pattern.pattern.as_str(), flags).map_err(unsupported)?;
            parsed.push(hir);
        }
        let config = thompson::Config::new()
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(TEST_BYTES.min(budget.0)));
        let nfa = thompson::Compiler::new()
            .configure(config)
            .build_many_from_hir(&parsed)
            .map_err(|_| too_large())?;
        Self::with(nfa, budget)
    }

    fn with(nfa: NFA, budget: &mut Budget) -> Result<Self, Error> {
        let config = Config::new();
        let least = config
            .get_minimum_cache_capacity(&nfa)
            .map_err(|_| too_large())?;
        let bytes = nfa.memory_usage();
        let capacity = least.max(CACHE_BYTES.min(bytes.saturating_mul(8)));
        budget.take(bytes.saturating_add(capacity))?;
        let anchored = if nfa.is_always_start_anchored() {
            Anchored::Yes
        } else {
            Anchored::No
        };
        let weight = 1 + nfa.states().len() / STATES_PER_STEP;
        let dfa = DFA::builder()
            .configure(config.cache_capacity(capacity))
            .build_from_nfa(nfa)
            .map_err(|_| too_large())?;
        Ok(Self {
            cache: Mutex::new(dfa.create_cache()),
            dfa,
            anchored,
            weight,
        })
    }

    /// Whether a value is a string that one of the patterns matches.
    pub(super) fn accepts(
        &self,
        value: RawBsonRef<'_>,
        pace: &mut Pace<'_>,
    ) -> Result<bool, Fault> {
        match value {
            RawBsonRef::String(text) | RawBsonRef::Symbol(text) => self.matches(text, pace),
            _ => Ok(false),
        }
    }

    /// Whether one of the patterns matches somewhere in a text.
    pub(crate) fn matches(&self, text: &str, pace: &mut Pace<'_>) -> Result<bool, Fault> {
        let cache = &mut *self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let input = Input::new(text).anchored(self.anchored);
        let failed = || Fault::from(too_large());
        let mut state = self
            .dfa
            .start_state_forward(cache, &input)
            .map_err(|_| failed())?;
        let bytes_between = (1_024 / self.weight).max(1);
        for part in text.as_bytes().chunks(bytes_between) {
            pace.spend(part.len() * self.weight)?;
            for byte in part {
                state = self
                    .dfa
                    .next_state(cache, state, *byte)
                    .map_err(|_| failed())?;
                if state.is_match() {
                    return Ok(true);
                }
                if state.is_dead() {
                    return Ok(false);
                }
            }
        }
        let end = self.dfa.next_eoi_state(cache, state);
        Ok(end.map_err(|_| failed())?.is_match())
    }
}

fn too_large() -> Error {
    Error::QueryTooLarge {
        what: PATTERNS,
        limit: TEST_BYTES,
    }
}

/// The options beside the pattern.
fn flags(regex: &Regex) -> Result<Flags, String> {
    let mut flags = Flags::default();
    for letter in regex.options.as_str().chars() {
        match flags.letter(letter) {
            Some(flag) => *flag = true,
            // Unicode is always on, in MongoDB too.
            None if letter == 'u' => {}
            None => return Err(format!("option {letter}")),
        }
    }
    Ok(flags)
}

#[cfg(test)]
mod tests;
