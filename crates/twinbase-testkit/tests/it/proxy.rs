//! The proxy does to connections what it says, and to no others.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use twinbase_testkit::proxy::{Mode, Proxy, Way};
use twinbase_testkit::wait;

const SOON: Duration = Duration::from_mins(1);

/// A client and a server that are connected to each other through a proxy.
struct Line {
    proxy: Proxy,
    listener: TcpListener,
    client: TcpStream,
    server: TcpStream,
}

impl Line {
    async fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let target = listener.local_addr().unwrap().to_string();
        let proxy = Proxy::start(&target, 7).await.unwrap();
        let (client, server) = connect(&proxy, &listener).await;
        Self {
            proxy,
            listener,
            client,
            server,
        }
    }

    /// Another connection through the same proxy.
    async fn another(&self) -> (TcpStream, TcpStream) {
        connect(&self.proxy, &self.listener).await
    }
}

async fn connect(proxy: &Proxy, listener: &TcpListener) -> (TcpStream, TcpStream) {
    let client = TcpStream::connect(proxy.address).await.unwrap();
    let (server, _) = listener.accept().await.unwrap();
    (client, server)
}

/// Sends through, and reads the same at the other end.
async fn passes(from: &mut TcpStream, to: &mut TcpStream) {
    from.write_all(b"something").await.unwrap();
    let mut got = [0; 9];
    to.read_exact(&mut got).await.unwrap();
    assert_eq!(&got, b"something");
}

/// What reading answers: how many bytes, or how the connection broke.
async fn read(stream: &mut TcpStream) -> Result<usize, ErrorKind> {
    let mut bytes = [0; 64];
    let read = tokio::time::timeout(SOON, stream.read(&mut bytes));
    read.await.unwrap().map_err(|error| error.kind())
}

#[tokio::test]
async fn what_passes_is_counted() {
    let mut line = Line::new().await;
    passes(&mut line.client, &mut line.server).await;
    passes(&mut line.server, &mut line.client).await;
    passes(&mut line.server, &mut line.client).await;
    let counted = line.proxy.statistics();
    assert_eq!((counted.bytes_to_server, counted.bytes_to_client), (9, 18));
    assert_eq!((counted.connections, counted.open), (1, 1));
    drop(line.client);
    assert_eq!(read(&mut line.server).await, Ok(0));
    drop(line.server);
    wait::until("the end", SOON, async || line.proxy.statistics().open == 0).await;
}

#[tokio::test]
async fn a_cut_resets_both_ends_and_later_connections_live() {
    let mut line = Line::new().await;
    line.proxy.cut();
    let reset = Err(ErrorKind::ConnectionReset);
    assert_eq!(read(&mut line.client).await, reset);
    assert_eq!(read(&mut line.server).await, reset);
    assert_eq!(line.proxy.statistics().cuts, 1);
    let (mut client, mut server) = line.another().await;
    passes(&mut client, &mut server).await;
}

#[tokio::test]
async fn a_refusing_proxy_spares_open_connections() {
    let mut line = Line::new().await;
    line.proxy.set(Mode::Refuse);
    let mut refused = TcpStream::connect(line.proxy.address).await.unwrap();
    assert_eq!(read(&mut refused).await, Err(ErrorKind::ConnectionReset));
    assert_eq!(line.proxy.statistics().refused, 1);
    passes(&mut line.client, &mut line.server).await;
}

#[tokio::test]
async fn an_absent_proxy_comes_back_on_the_same_port() {
    let mut line = Line::new().await;
    line.proxy.set(Mode::Absent);
    wait::until("nobody to listen", SOON, async || {
        let connected = TcpStream::connect(line.proxy.address).await;
        connected.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
    })
    .await;
    passes(&mut line.client, &mut line.server).await;
    line.proxy.set(Mode::Pass);
    wait::until("somebody to listen", SOON, async || {
        TcpStream::connect(line.proxy.address).await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_away_is_away_through_the_proxy() {
    let line = Line::new().await;
    drop(line.listener);
    let mut client = TcpStream::connect(line.proxy.address).await.unwrap();
    assert_eq!(read(&mut client).await, Err(ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn swallowed_bytes_never_arrive_and_silence_their_connection_for_good() {
    let mut line = Line::new().await;
    line.proxy.set(Mode::Swallow(Way::ToServer));
    line.client.write_all(b"lost").await.unwrap();
    passes(&mut line.server, &mut line.client).await;
    wait::until("the loss", SOON, async || {
        line.proxy.statistics().bytes_lost == 4
    })
    .await;
    line.proxy.set(Mode::Pass);
    line.client.write_all(b"lost too").await.unwrap();
    wait::until("the second loss", SOON, async || {
        line.proxy.statistics().bytes_lost == 12
    })
    .await;
    let (mut client, mut server) = line.another().await;
    passes(&mut client, &mut server).await;
    drop(line.client);
    assert_eq!(
        read(&mut line.server).await,
        Err(ErrorKind::ConnectionReset)
    );
    assert_eq!(line.proxy.statistics().bytes_to_server, 9);
}

#[tokio::test]
async fn held_bytes_and_ends_arrive_late() {
    let mut line = Line::new().await;
    line.proxy.set(Mode::Hold);
    line.client.write_all(b"late").await.unwrap();
    line.server.shutdown().await.unwrap();
    let some_time = Duration::from_millis(50);
    let (mut to_server, mut to_client) = ([0; 4], [0; 1]);
    let early = tokio::time::timeout(some_time, async {
        tokio::select! {
            _ = line.server.read(&mut to_server) => {}
            _ = line.client.read(&mut to_client) => {}
        }
    });
    early.await.unwrap_err();
    line.proxy.set(Mode::Pass);
    assert_eq!(read(&mut line.server).await, Ok(4));
    assert_eq!(read(&mut line.client).await, Ok(0));
}

#[tokio::test]
async fn each_direction_closes_alone() {
    for way in [Way::ToServer, Way::ToClient] {
        let line = Line::new().await;
        line.proxy.half_close(way);
        let (mut ended, mut open) = match way {
            Way::ToServer => (line.server, line.client),
            Way::ToClient => (line.client, line.server),
        };
        assert_eq!(read(&mut ended).await, Ok(0));
        passes(&mut ended, &mut open).await;
        open.write_all(b"lost").await.unwrap();
        wait::until("the loss", SOON, async || {
            line.proxy.statistics().bytes_lost == 4
        })
        .await;
    }
}

#[tokio::test]
async fn one_answer_is_cut_where_it_was_asked_and_then_all_passes() {
    let mut line = Line::new().await;
    passes(&mut line.server, &mut line.client).await;
    let (mut client, mut server) = line.another().await;
    line.proxy.set(Mode::CutAnswer { after_bytes: 13 });
    passes(&mut line.client, &mut line.server).await;
    passes(&mut line.server, &mut line.client).await;
    line.server.write_all(b"something").await.unwrap();
    assert_eq!(read(&mut line.client).await, Ok(4));
    assert_eq!(
        read(&mut line.client).await,
        Err(ErrorKind::ConnectionReset)
    );
    assert_eq!(line.proxy.mode(), Mode::Pass);
    passes(&mut server, &mut client).await;
    passes(&mut server, &mut client).await;
    assert_eq!(line.proxy.statistics().cuts, 1);
}

#[tokio::test]
async fn slow_modes_take_their_time_and_lose_nothing() {
    let delay = Duration::from_millis(20);
    for (mode, least) in [
        (Mode::Delay(delay, delay * 2), delay),
        // Nine bytes, at a hundred in a second.
        (
            Mode::Throttle {
                bytes_per_second: 100,
            },
            Duration::from_millis(90),
        ),
    ] {
        let mut line = Line::new().await;
        line.proxy.set(mode);
        let began = Instant::now();
        passes(&mut line.client, &mut line.server).await;
        assert!(began.elapsed() >= least, "{mode:?}");
    }
}
