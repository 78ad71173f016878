//! Readers beside everything: processes of their own, which find collections by the pointers that they keep.

use std::{sync::Arc, time::Duration};

use bson::doc;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, timeout},
};
use twinbase_sync::{Freshness, read::Collection};
use twinbase_testkit::simulation::{Seen, Simulation, pass_until, registry};

use super::fleet;

/// The types that are read.
const TYPES: [&str; 2] = ["note", "label"];

/// How long a reader with a token waits.
const WAITS: Duration = Duration::from_secs(5);

/// A call that takes longer has met a death: the reader begins again as another process.
const LOST: Duration = Duration::from_mins(2);

/// Starts readers; they end when the set is dropped.
pub(super) fn start(sim: &Simulation, count: u64, seed: u64) -> JoinSet<()> {
    let mut readers = JoinSet::new();
    for number in 0..count {
        let random = StdRng::seed_from_u64(seed ^ number);
        readers.spawn(read(sim.clone(), random));
    }
    readers
}

async fn read(sim: Simulation, mut random: StdRng) {
    loop {
        let sides = fleet::sides(&sim, sim.clock()).1;
        let (_progress, progressed) = watch::channel(0);
        let reader = Reader {
            sim: &sim,
            freshness: Freshness::new(sides, progressed),
        };
        let mut seen = TYPES.map(|of_type| (of_type, Seen::default()));
        loop {
            let pause = Duration::from_millis(random.random_range(20..600));
            pass_until(Instant::now() + pause).await;
            let (of_type, seen) = &mut seen[random.random_range(0..TYPES.len())];
            let by_token = random.random();
            let one = async {
                if by_token {
                    reader.one().await;
                } else {
                    reader.all(of_type, seen).await;
                }
            };
            if timeout(LOST, one).await.is_err() {
                break;
            }
        }
    }
}

struct Reader<'a> {
    sim: &'a Simulation,
    freshness: Arc<Freshness>,
}

impl Reader<'_> {
    fn collection(&self, of_type: &str) -> Collection<bson::Document> {
        let registry = registry();
        let schema = registry.by_type(of_type).expect("a simulated type");
        Collection::untyped(self.freshness.clone(), schema.clone())
    }

    async fn all(&self, of_type: &str, seen: &mut Seen) {
        let began = Instant::now();
        let found = self.collection(of_type).find(doc! {}).documents().await;
        // A read without an answer promises nothing.
        if let Ok(found) = found {
            self.sim.judge_read(seen, began, of_type, &found.value);
        }
    }

    async fn one(&self) {
        let began = Instant::now();
        let Some(of) = self.sim.some_token() else {
            return;
        };
        let (key, token) = &of;
        let collection = self.collection(&key.aggregate_type);
        let query = collection.at_least(token, WAITS).find(doc! {});
        if let Ok(mut found) = query.documents().await {
            let id = key.id.as_str();
            found
                .value
                .retain(|of| of.get_str("_id").is_ok_and(|of| of == id));
            self.sim.judge_token(&of, began, &found.value);
        }
    }
}
