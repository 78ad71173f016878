//! Everything that this process logs, kept: to show that something is not in it.

use std::{
    io,
    sync::{Mutex, MutexGuard, Once, PoisonError},
};

use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

#[derive(Debug, Clone, Copy)]
struct Kept;

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lines().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        *self
    }
}

/// Begins to keep what is logged, at the level `debug` and above. A process has one log: where a test has taken it for itself
/// (a global subscriber of `tracing`), nothing is kept.
pub fn keep() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let log = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("debug"))
            .with_ansi(false)
            .with_writer(Kept);
        log.try_init().ok();
    });
}

/// What was logged after this much of it, in bytes; all of it after 0.
pub fn after(bytes: usize) -> String {
    let lines = lines();
    String::from_utf8_lossy(lines.get(bytes..).unwrap_or_default()).into_owned()
}

/// How much was logged until now, in bytes.
pub fn len() -> usize {
    lines().len()
}

fn lines() -> MutexGuard<'static, Vec<u8>> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}
