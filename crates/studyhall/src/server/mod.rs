//! Listening, serving until told to stop, and stopping in two steps.

mod listen;
mod shutdown;

use axum::Router;

pub(crate) use listen::{Listening, listen, listen_for_metrics};
pub(crate) use shutdown::{Stop, or_interrupt};

/// Serves until the process is to stop, and then finishes the requests in hand.
pub(crate) async fn serve(listening: Listening, router: Router, stop: &Stop) {
    twinbase_web::serve(listening.listener, router, stop.token()).await;
}
