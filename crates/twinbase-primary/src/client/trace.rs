//! The trace context of a request, carried to the events of everything it writes.

use twinbase_core::TraceParent;

tokio::task_local! {
    static PARENT: TraceParent;
}

/// Runs `future` so that every change it makes carries `parent` in its events.
///
/// A change takes the context of the task that makes the call, when it makes it:
/// the future of a call may be awaited elsewhere. A task that `future` spawns does not inherit
/// the context; give it on with [`current_trace`].
pub async fn with_trace<F: Future>(parent: TraceParent, future: F) -> F::Output {
    PARENT.scope(parent, future).await
}

/// The context that a change made here and now would carry.
pub fn current_trace() -> Option<TraceParent> {
    PARENT.try_with(TraceParent::clone).ok()
}
