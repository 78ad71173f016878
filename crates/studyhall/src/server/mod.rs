//! Listening, serving until told to stop, and stopping in two steps.

mod listen;

use axum::Router;
use twinbase_cli::Stop;

pub(crate) use listen::{Listening, listen, listen_for_metrics};

/// Serves until the process is to stop, and then finishes the requests in hand.
pub(crate) async fn serve(listening: Listening, router: Router, stop: &Stop) {
    twinbase_web::serve(listening.listener, router, stop.token()).await;
}
