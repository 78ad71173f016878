//! A network that fails on purpose: a TCP proxy in front of a real server.
//!
//! It knows no protocol. What it does is what networks do: it resets, refuses,
//! delays, holds and loses bytes, or closes one direction only. All of it is
//! switched while it runs, and what is random about it comes from a seed.

mod connection;
mod mode;
mod pump;
mod statistics;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use rand::{SeedableRng as _, rngs::StdRng};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

pub use mode::{Mode, Way};
pub use statistics::Statistics;

use crate::servers::ServerUrl;
use mode::Orders;

/// How long to wait before listening again on a port that somebody else has at the moment.
const PORT_IS_TAKEN: Duration = Duration::from_millis(5);

/// A running proxy. Dropping it resets all connections and frees the port.
pub struct Proxy {
    /// Where clients find it.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// What the proxy and its connections share.
struct Shared {
    target: String,
    orders: watch::Sender<Orders>,
    statistics: Mutex<Statistics>,
    random: Mutex<StdRng>,
}

impl Shared {
    fn counted(&self) -> MutexGuard<'_, Statistics> {
        self.statistics
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when the orders are as awaited.
    async fn ordered(&self, awaited: impl FnMut(&Orders) -> bool) {
        self.orders.subscribe().wait_for(awaited).await.ok();
    }
}

impl Proxy {
    /// Starts a proxy on a free port of this machine, in front of `target` (`host:port`).
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(target: &str, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            target: target.to_owned(),
            orders: watch::Sender::new(Orders::default()),
            statistics: Mutex::default(),
            random: Mutex::new(StdRng::seed_from_u64(seed)),
        });
        let task = tokio::spawn(serve(listener, address, shared.clone()));
        Ok(Self {
            address,
            shared,
            task,
        })
    }

    /// Starts a proxy in front of the server that a database's URL names, and
    /// answers with it the URL that leads through it.
    ///
    /// # Errors
    /// When the URL names no TCP server, or several, or no port is free.
    pub async fn in_front_of(url: &str, seed: u64) -> anyhow::Result<(Self, String)> {
        let parts = ServerUrl::of(url);
        let proxy = Self::start(&parts.target()?, seed)
            .await
            .context("start a proxy")?;
        let through = parts.moved_to(proxy.address);
        Ok((proxy, through))
    }

    /// From now on, this.
    pub fn set(&self, mode: Mode) {
        self.shared.orders.send_modify(|orders| orders.enter(mode));
    }

    /// What it does now.
    pub fn mode(&self) -> Mode {
        self.shared.orders.borrow().mode
    }

    /// Resets every open connection, at both ends.
    pub fn cut(&self) {
        self.shared.orders.send_modify(|orders| orders.cuts += 1);
    }

    /// Closes one direction of every open connection: its receiver sees the
    /// end, its sender does not notice, and what it still sends is lost.
    pub fn half_close(&self, way: Way) {
        self.shared
            .orders
            .send_modify(|orders| orders.half_closes[way as usize] += 1);
    }

    /// What it has done.
    pub fn statistics(&self) -> Statistics {
        *self.shared.counted()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // The connections are tasks of this task and end with it.
        self.task.abort();
    }
}

/// Accepts until the proxy is dropped.
async fn serve(first: TcpListener, address: SocketAddr, shared: Arc<Shared>) {
    let mut orders = shared.orders.subscribe();
    let mut listener = Some(first);
    let mut connections = JoinSet::new();
    loop {
        let absent = orders.borrow_and_update().mode == Mode::Absent;
        if absent {
            listener = None;
        } else if listener.is_none() {
            listener = Some(listen(address).await);
        }
        tokio::select! {
            Some(client) = accept(listener.as_ref()) => {
                if orders.borrow().mode == Mode::Refuse {
                    shared.counted().refused += 1;
                    connection::reset(&client);
                } else {
                    let born = shared.orders.borrow().clone();
                    connections.spawn(connection::run(client, born, shared.clone()));
                }
            }
            Ok(()) = orders.changed() => {}
            Some(_) = connections.join_next() => {}
        }
    }
}

/// The next client; never, while nobody listens.
async fn accept(listener: Option<&TcpListener>) -> Option<TcpStream> {
    match listener {
        Some(listener) => listener.accept().await.ok().map(|(client, _)| client),
        None => std::future::pending().await,
    }
}

/// Listens on the same port as before.
async fn listen(address: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            Err(_) => tokio::time::sleep(PORT_IS_TAKEN).await,
        }
    }
}
