//! Finds out when documents can be read, without knowing anything of the worker.
//!
//! One thread with its own connection asks for all documents that are missing, over and over,
//! about a millisecond apart. A document counts as visible when the answer with it has arrived,
//! so a time is too long by up to one such round and never too short.

use std::{
    collections::{HashMap, HashSet},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow};
use bson::{Document, doc};
use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use mongodb::Collection;
use tokio::sync::mpsc;
use twinbase::{core::Clock as _, prelude::SystemClock};

use crate::servers::Pair;

const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

/// When a document was seen, by both clocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    pub(super) instant: Instant,
    pub(super) wall: Timestamp,
}

/// What is to be looked for next when one document was found.
pub(super) type Next = Box<dyn Fn(&str) -> Option<String> + Send>;

/// What the watcher is told.
enum Order {
    Watch(String),
    /// These are all; stop when they have been seen.
    Until(HashSet<String>, Instant),
}

/// The thread that looks.
pub(super) struct Watcher {
    orders: mpsc::UnboundedSender<Order>,
    thread: JoinHandle<anyhow::Result<HashMap<String, At>>>,
}

/// Tells the watcher what to look for.
#[derive(Clone)]
pub(super) struct Targets(mpsc::UnboundedSender<Order>);

impl Targets {
    pub(super) fn watch(&self, id: String) {
        // A watcher that failed tells why when it is asked for its finds.
        let _gone = self.0.send(Order::Watch(id));
    }
}

impl Watcher {
    pub(super) fn start(pair: &Pair, next: Next) -> Self {
        let (orders, receiver) = mpsc::unbounded_channel();
        let (url, name) = (pair.replica.url.clone(), pair.replica.name.clone());
        let thread = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(async {
                    let client = mongodb::Client::with_uri_str(&url).await?;
                    let todos = client.database(&name).collection("todos");
                    look(&todos, receiver, &next).await
                })
        });
        Self { orders, thread }
    }

    pub(super) fn targets(&self) -> Targets {
        Targets(self.orders.clone())
    }

    /// Waits until all of these were seen, and answers when.
    pub(super) async fn finish(
        self,
        ids: HashSet<String>,
        within: Duration,
    ) -> anyhow::Result<HashMap<String, At>> {
        let _gone = self.orders.send(Order::Until(ids, Instant::now() + within));
        let thread = self.thread;
        tokio::task::spawn_blocking(move || thread.join())
            .await?
            .map_err(|_| anyhow!("the watcher panicked"))?
    }
}

async fn look(
    todos: &Collection<Document>,
    mut orders: mpsc::UnboundedReceiver<Order>,
    next: &Next,
) -> anyhow::Result<HashMap<String, At>> {
    let (mut waiting, mut seen) = (Vec::<String>::new(), HashMap::new());
    let mut until: Option<(HashSet<String>, Instant)> = None;
    loop {
        let idle = waiting.is_empty() && until.is_none();
        let order = if idle {
            Some(orders.recv().await.context("the watcher was forgotten")?)
        } else {
            orders.try_recv().ok()
        };
        match order {
            Some(Order::Watch(id)) => {
                waiting.push(id);
                continue;
            }
            Some(Order::Until(ids, end)) => until = Some((ids, end)),
            None => {}
        }
        for id in found(todos, &waiting).await? {
            let at = At {
                instant: Instant::now(),
                wall: SystemClock.now(),
            };
            waiting.retain(|waiting| *waiting != id);
            waiting.extend(next(&id));
            seen.insert(id, at);
        }
        if let Some((ids, end)) = &until {
            let missing = ids.iter().filter(|id| !seen.contains_key(*id)).count();
            if missing == 0 {
                return Ok(seen);
            }
            if Instant::now() > *end {
                return Err(anyhow!("{missing} documents never became visible"));
            }
        }
        // Finer than a sleep of the runtime; nothing else runs on this thread.
        std::thread::sleep(BETWEEN_LOOKS);
    }
}

async fn found(todos: &Collection<Document>, ids: &[String]) -> anyhow::Result<Vec<String>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<Document> = todos
        .find(doc! {"_id": {"$in": ids}})
        .projection(doc! {"_id": 1})
        .await?
        .try_collect()
        .await?;
    found
        .iter()
        .map(|document| Ok(document.get_str("_id")?.to_owned()))
        .collect()
}
