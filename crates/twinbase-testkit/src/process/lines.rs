//! The lines that a child printed, as they arrive.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// A chatty child must not eat the memory of a long test: older lines go first.
const KEPT_LINES: usize = 20_000;

/// Where a child printed a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Its data.
    Stdout,
    /// Everything else.
    Stderr,
}

/// The last lines of a child, shared with the threads that read its pipes.
#[derive(Clone, Default)]
pub(super) struct Lines(Arc<Mutex<VecDeque<(Stream, String)>>>);

impl Lines {
    /// Reads `pipe` to its end on a thread of its own, so that the child never blocks on a full pipe.
    pub(super) fn follow(
        &self,
        stream: Stream,
        pipe: impl Read + Send + 'static,
    ) -> JoinHandle<()> {
        let lines = self.clone();
        thread::spawn(move || {
            let mut reader = BufReader::new(pipe);
            let mut bytes = Vec::new();
            while matches!(reader.read_until(b'\n', &mut bytes), Ok(1..)) {
                let text = String::from_utf8_lossy(&bytes);
                lines.push(stream, text.trim_end_matches(['\n', '\r']).to_owned());
                bytes.clear();
            }
        })
    }

    /// The lines of one stream, or of both in the order in which they arrived.
    pub(super) fn of(&self, stream: Option<Stream>) -> Vec<String> {
        let wanted = |(from, _): &&(Stream, String)| stream.is_none_or(|stream| stream == *from);
        self.lock()
            .iter()
            .filter(wanted)
            .map(|(_, text)| text.clone())
            .collect()
    }

    /// The first line that contains `text`.
    pub(super) fn find(&self, text: &str) -> Option<String> {
        let lines = self.lock();
        let found = lines.iter().find(|(_, line)| line.contains(text));
        found.map(|(_, line)| line.clone())
    }

    fn push(&self, stream: Stream, text: String) {
        let mut lines = self.lock();
        if lines.len() == KEPT_LINES {
            lines.pop_front();
        }
        lines.push_back((stream, text));
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(Stream, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
