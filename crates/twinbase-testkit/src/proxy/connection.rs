//! One connection through the proxy, from its opening to its end.

use std::sync::Arc;

use tokio::net::TcpStream;

use super::{
    Shared, Way,
    mode::Orders,
    pump::{End, Pump},
};

/// Serves a client that was accepted when the orders were `born`.
pub(super) async fn run(client: TcpStream, born: Orders, shared: Arc<Shared>) {
    let Ok(server) = TcpStream::connect(&shared.target).await else {
        shared.counted().refused += 1;
        reset(&client);
        return;
    };
    // Each piece is passed on as it comes, as if nobody were in between.
    client.set_nodelay(true).ok();
    server.set_nodelay(true).ok();
    shared.counted().connections += 1;
    shared.counted().open += 1;
    let _open = Open(&shared);
    let (mut client, mut server) = (client, server);
    let end = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let pump = |way| Pump::new(way, &born, &shared);
        tokio::select! {
            end = async {
                tokio::try_join!(
                    pump(Way::ToServer).run(from_client, to_server),
                    pump(Way::ToClient).run(from_server, to_client),
                )
            } => end.err(),
            () = shared.ordered(|orders| orders.cuts > born.cuts) => Some(End::Cut),
        }
    };
    if end == Some(End::Cut) {
        shared.counted().cuts += 1;
    }
    if end.is_some() {
        reset(&client);
        reset(&server);
    }
}

/// Makes closing this connection a reset instead of an orderly end.
pub(super) fn reset(stream: &TcpStream) {
    // One that is broken already needs none.
    stream.set_zero_linger().ok();
}

struct Open<'a>(&'a Shared);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.counted().open -= 1;
    }
}
