//! One lookup for the requests of many readers.

use std::{
    collections::{HashMap, HashSet},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::{
    sync::oneshot,
    time::{Instant, sleep_until},
};
use twinbase_core::Key;

/// A lookup takes at most one part in so many of the time: a database that is slow is asked less often.
const SHARE: u32 = 4;

type Found<V> = Option<Arc<HashMap<Key, V>>>;
type Request<V> = (Vec<Key>, oneshot::Sender<Found<V>>);
type Lookup<V> =
    Box<dyn Fn(HashSet<Key>) -> BoxFuture<'static, Option<HashMap<Key, V>>> + Send + Sync>;

/// Batches requests about keys: one lookup is in flight at a time, and two begin at least a pause apart.
pub(super) struct Shared<V> {
    lookup: Lookup<V>,
    pause: Duration,
    queue: Mutex<Queue<V>>,
}

struct Queue<V> {
    asked: Vec<Request<V>>,
    is_served: bool,
}

impl<V: Send + Sync + 'static> Shared<V> {
    /// Batches requests for `lookup`, which returns `None` when the database did not answer.
    pub(super) fn new<F>(
        pause: Duration,
        lookup: impl Fn(HashSet<Key>) -> F + Send + Sync + 'static,
    ) -> Arc<Self>
    where
        F: Future<Output = Option<HashMap<Key, V>>> + Send + 'static,
    {
        Arc::new(Self {
            lookup: Box::new(move |keys| Box::pin(lookup(keys))),
            pause,
            queue: Mutex::new(Queue {
                asked: Vec::new(),
                is_served: false,
            }),
        })
    }

    /// What a lookup that began after this call found about these keys and perhaps others.
    pub(super) async fn ask(self: &Arc<Self>, keys: Vec<Key>) -> Found<V> {
        let (sender, found) = oneshot::channel();
        let start = {
            let mut queue = self.queue();
            queue.asked.push((keys, sender));
            !mem::replace(&mut queue.is_served, true)
        };
        if start {
            let server = Server {
                shared: self.clone(),
                is_serving: true,
            };
            tokio::spawn(server.serve());
        }
        found.await.ok().flatten()
    }
}

impl<V> Shared<V> {
    fn queue(&self) -> MutexGuard<'_, Queue<V>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves a queue until it is empty.
struct Server<V> {
    shared: Arc<Shared<V>>,
    is_serving: bool,
}

impl<V: Send + Sync + 'static> Server<V> {
    async fn serve(mut self) {
        while let Some(round) = self.round() {
            let begun = Instant::now();
            let keys = round.iter().flat_map(|(keys, _)| keys).cloned().collect();
            let found = (self.shared.lookup)(keys).await.map(Arc::new);
            let pause = self.shared.pause.max(begun.elapsed() * SHARE);
            for (_, reader) in round {
                // A reader whose deadline has passed is gone.
                let _ = reader.send(found.clone());
            }
            // Also after the last request: the next one begins no sooner.
            sleep_until(begun + pause).await;
        }
    }

    /// The requests of readers that still wait; without any, the service ends.
    fn round(&mut self) -> Option<Vec<Request<V>>> {
        let mut queue = self.shared.queue();
        let mut round = mem::take(&mut queue.asked);
        round.retain(|(_, reader)| !reader.is_closed());
        self.is_serving = !round.is_empty();
        queue.is_served = self.is_serving;
        self.is_serving.then_some(round)
    }
}

/// A lookup that panicked, or a runtime that ended, leaves nobody waiting.
impl<V> Drop for Server<V> {
    fn drop(&mut self) {
        if self.is_serving {
            let mut queue = self.shared.queue();
            queue.asked.clear();
            queue.is_served = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    use futures_util::future::join_all;
    use twinbase_core::AggregateId;

    use super::*;

    const PAUSE: Duration = Duration::from_millis(10);

    fn key(id: u32) -> Key {
        Key::new("todo", AggregateId::new(id.to_string()).unwrap())
    }

    /// Finds every key, in this time; counts how often it was called.
    fn counted(takes: Duration) -> (Arc<Shared<()>>, Arc<AtomicU32>) {
        let calls = Arc::new(AtomicU32::new(0));
        let count = calls.clone();
        let shared = Shared::new(PAUSE, move |keys| {
            count.fetch_add(1, Relaxed);
            async move {
                // An answer that takes so long, by the test's own clock.
                let _ = tokio::time::timeout(takes, std::future::pending::<()>()).await;
                Some(keys.into_iter().map(|key| (key, ())).collect())
            }
        });
        (shared, calls)
    }

    #[tokio::test(start_paused = true)]
    async fn many_readers_share_a_lookup_and_each_gets_its_keys() {
        let (shared, calls) = counted(Duration::from_millis(1));
        let shared = &shared;
        join_all((0..200).map(|id| async move {
            for _ in 0..10 {
                let found = shared.ask(vec![key(id)]).await.unwrap();
                assert!(found.contains_key(&key(id)));
            }
        }))
        .await;
        assert_eq!(calls.load(Relaxed), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn lookups_keep_their_distance_and_a_slow_one_keeps_more() {
        for (takes, apart) in [(1, 10), (100, 400)] {
            let (shared, calls) = counted(Duration::from_millis(takes));
            let begun = Instant::now();
            for _ in 0..5 {
                shared.ask(vec![key(1)]).await.unwrap();
            }
            assert_eq!(begun.elapsed().as_millis(), u128::from(4 * apart + takes));
            assert_eq!(calls.load(Relaxed), 5);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_lookup_that_panics_leaves_nobody_waiting() {
        let shared = Shared::<()>::new(PAUSE, |_| async { panic!("a fault of the test") });
        for _ in 0..2 {
            assert!(shared.ask(vec![key(1)]).await.is_none());
        }
    }
}
