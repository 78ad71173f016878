//! Serving HTTP until the process is to stop.

use std::{net::SocketAddr, time::Duration};

use axum::Router;

use super::{Listening, Stop};
use crate::terminal::Failure;

/// How long requests in hand may take once the process is to stop. Longer than
/// any answer takes, shorter than the 10 s after which container runtimes kill.
const DRAIN: Duration = Duration::from_secs(8);

/// Serves until the process is to stop, and then finishes the requests in hand.
pub(crate) async fn serve(
    listening: Listening,
    router: Router,
    stop: &Stop,
) -> Result<(), Failure> {
    let (asked, late) = (stop.clone(), stop.clone());
    // With the peer's address: failed sign-ins are counted for each.
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listening.listener, service)
        .with_graceful_shutdown(async move { asked.asked().await });
    let drained_late = async move {
        late.asked().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        result = server => result.map_err(|error| {
            Failure::new("the HTTP server ended", "Check the limits of this process.").because(error)
        }),
        () = drained_late => {
            tracing::warn!(after = ?DRAIN, "some requests did not end in time and are cut off");
            Ok(())
        }
    }
}
