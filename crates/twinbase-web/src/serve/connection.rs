//! One connection: its requests, and when it has had its time.

use std::net::SocketAddr;

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::Limits;

/// The largest head of a request, and so what a connection may hold in memory.
const HEAD_BYTES: usize = 64 * 1024;

/// Answers the requests of a connection until one of both sides ends it. Once the
/// process is to stop, the request in hand is the last one.
pub(super) async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    stop: &CancellationToken,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        // Failed sign-ins are counted for each address.
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
        () = sleep(limits.age) => {
            connection.as_mut().graceful_shutdown();
            timeout(limits.last_answer, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        // Clients come and go; it says nothing about this server.
        tracing::debug!(%peer, %error, "a connection broke off");
    }
}
