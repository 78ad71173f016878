//! Asynchronous clean-up from `Drop`, whatever runtime the test uses, or none.

use std::thread;
use std::time::Duration;

/// A server that a test has stopped must not hold up the end of the test for long.
const DEADLINE: Duration = Duration::from_secs(10);

/// Runs `work` to its end on a thread and a runtime of its own. A failure is reported, not raised: the test may already be
/// panicking, and what is left is in a server that is thrown away.
pub(super) fn run(what: &str, work: impl AsyncFnOnce() -> anyhow::Result<()> + Send + 'static) {
    let thread = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async { tokio::time::timeout(DEADLINE, work()).await? })
    });
    match thread.join() {
        Ok(Ok(())) => {}
        Ok(Err(error)) => eprintln!("cannot {what}: {error:#}"),
        Err(_) => eprintln!("cannot {what}: it panicked"),
    }
}
