//! Serving HTTP until the process is to stop: which connections are taken, and for how long.

mod connection;

use std::{sync::Arc, time::Duration};

use axum::{Router, serve::Listener};
use tokio::{net::TcpListener, sync::Semaphore, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long requests in hand may take once the process is to stop. Longer than
/// any answer takes, shorter than the 10 s after which container runtimes kill.
const DRAIN: Duration = Duration::from_secs(8);

/// What clients may take of the server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Connections at the same time. Further ones wait in the queue of the system.
    pub(super) connections: usize,
    /// How long a connection may take to bring the head of its next request.
    pub(super) head: Duration,
    /// How long a connection may be used for new requests.
    pub(super) age: Duration,
    /// How long the last answer of an aged connection may take, reading included.
    pub(super) last_answer: Duration,
}

impl Limits {
    const USUAL: Self = Self {
        // A process may usually have 1,024 files open; the databases need some of them.
        connections: 512,
        // Also the pause between two requests: a browser's next page should not need a new connection.
        head: Duration::from_secs(30),
        // A client that reads no answers has one of the connections for as long.
        age: Duration::from_mins(10),
        // A request may take 30 s.
        last_answer: Duration::from_mins(1),
    };
}

/// Serves until `stop` is cancelled, and then finishes the requests in hand.
///
/// A client can hold neither a connection nor memory for long: connections, the time for a head, its size and the
/// age of a connection are limited, which `axum::serve` does not do.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let open = TaskTracker::new();
    let taken = take(listener, &router, Limits::USUAL, &stop, &open);
    tokio::select! {
        () = taken => {}
        // Whoever comes now finds the port closed.
        () = stop.cancelled() => {}
    }
    open.close();
    if timeout(DRAIN, open.wait()).await.is_err() {
        tracing::warn!(after = ?DRAIN, "some requests did not end in time and are cut off");
    }
}

/// Takes connections for ever.
async fn take(
    mut listener: TcpListener,
    router: &Router,
    limits: Limits,
    stop: &CancellationToken,
    open: &TaskTracker,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    // The places are never closed.
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        // The trait's: it goes on after errors, and waits a moment when there are too many open files.
        let (stream, peer) = Listener::accept(&mut listener).await;
        let (router, stop) = (router.clone(), stop.clone());
        open.spawn(async move {
            connection::serve(stream, peer, router, limits, &stop).await;
            drop(place);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::{middleware::from_fn_with_state, routing::get};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
    };

    use super::*;

    /// How long anything may take on a loaded machine.
    const SOON: Duration = Duration::from_mins(1);
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

    const LATER: Duration = Duration::from_hours(1);
    const PATIENT: Limits = Limits {
        connections: 8,
        head: LATER,
        age: LATER,
        last_answer: LATER,
    };
    const HURRIED: Duration = Duration::from_millis(50);

    async fn start(limits: Limits) -> SocketAddr {
        start_reading(limits, LATER).await
    }

    /// What handlers leave of a body is read for so long.
    async fn start_reading(limits: Limits, unread: Duration) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let never = std::future::pending::<&str>;
        let router = Router::new()
            .route("/", get(|| async { "here" }))
            .route("/never", get(never))
            .layer(from_fn_with_state(unread, crate::unread::read));
        tokio::spawn(async move {
            take(
                listener,
                &router,
                limits,
                &CancellationToken::new(),
                &TaskTracker::new(),
            )
            .await;
        });
        address
    }

    async fn connect(address: SocketAddr, sent: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent).await.unwrap();
        stream
    }

    async fn answer(stream: &mut TcpStream) -> String {
        let mut buffer = vec![0; 1024];
        let reading = timeout(SOON, stream.read(&mut buffer));
        let length = reading.await.unwrap().unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    /// The server closes it before the deadline, whatever it says before.
    async fn closed(mut stream: TcpStream) -> String {
        let mut rest = Vec::new();
        let reading = timeout(SOON, stream.read_to_end(&mut rest));
        // Some systems report an end with data unread as a reset.
        reading.await.unwrap().ok();
        String::from_utf8_lossy(&rest).into_owned()
    }

    #[tokio::test]
    async fn a_head_that_does_not_end_is_not_waited_for() {
        let address = start(Limits {
            head: HURRIED,
            ..PATIENT
        })
        .await;
        for sent in ["", "GET / HT", "GET / HTTP/1.1\r\nhost: x\r\nx-slow: 1"] {
            closed(connect(address, sent.as_bytes()).await).await;
        }
        // Nor is the next request of a connection that was answered.
        let mut stream = connect(address, REQUEST).await;
        assert!(answer(&mut stream).await.ends_with("here"));
        closed(stream).await;
    }

    #[tokio::test]
    async fn a_head_of_any_size_is_not_kept_in_memory() {
        let address = start(PATIENT).await;
        let head = |bytes: usize| {
            format!(
                "GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n",
                "y".repeat(bytes)
            )
        };
        let mut large = connect(address, head(32 << 10).as_bytes()).await;
        assert!(answer(&mut large).await.starts_with("HTTP/1.1 200"));
        let mut too_large = TcpStream::connect(address).await.unwrap();
        // The server may close it before it has been sent, or before its answer has been read.
        too_large.write_all(head(128 << 10).as_bytes()).await.ok();
        let answer = closed(too_large).await;
        assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    #[tokio::test]
    async fn a_connection_over_the_limit_waits_for_a_place() {
        let address = start(Limits {
            connections: 1,
            ..PATIENT
        })
        .await;
        let mut first = connect(address, REQUEST).await;
        assert!(answer(&mut first).await.ends_with("here"));
        let mut second = connect(address, REQUEST).await;
        // The first one is served as before, and the second one not.
        first.write_all(REQUEST).await.unwrap();
        assert!(answer(&mut first).await.ends_with("here"));
        assert!(second.try_read(&mut [0; 1]).is_err());
        drop(first);
        assert!(answer(&mut second).await.ends_with("here"));
    }

    #[tokio::test]
    async fn an_old_connection_is_ended_and_cut_off_when_it_does_not_end() {
        let address = start(Limits {
            age: HURRIED,
            last_answer: HURRIED,
            ..PATIENT
        })
        .await;
        closed(connect(address, REQUEST).await).await;
        let never = b"GET /never HTTP/1.1\r\nhost: x\r\n\r\n";
        closed(connect(address, never).await).await;
    }

    #[tokio::test]
    async fn an_answer_before_the_body_was_read_leaves_the_connection_usable_or_says_that_it_closes()
     {
        let head = |kind: &str| format!("POST / HTTP/1.1\r\nhost: x\r\n{kind}\r\n\r\n");
        let body = "x".repeat(60_000);
        let whole = head("content-length: 60000") + &body;
        let chunked = head("transfer-encoding: chunked") + "3\r\nabc\r\n0\r\n\r\n";
        let address = start(PATIENT).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        for sent in [whole, chunked] {
            stream.write_all(sent.as_bytes()).await.unwrap();
            let refused = answer(&mut stream).await;
            assert!(refused.starts_with("HTTP/1.1 405"), "{refused}");
            assert!(!refused.contains("connection: close"), "{refused}");
            stream.write_all(REQUEST).await.unwrap();
            assert!(answer(&mut stream).await.ends_with("here"));
        }
        let address = start_reading(PATIENT, HURRIED).await;
        for kind in [
            "content-length: 60000",
            "content-length: 9\r\nexpect: 100-continue",
        ] {
            let refused = closed(connect(address, head(kind).as_bytes()).await).await;
            assert!(refused.starts_with("HTTP/1.1 405"), "{refused}");
            assert!(refused.contains("connection: close"), "{refused}");
        }
    }
}
