//! Changes through the library, on a schedule that waits for nobody.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tokio::sync::mpsc;
use twinbase::prelude::*;

use super::{
    Seen, WRITERS, look_every,
    watcher::{Targets, Watcher},
};
use crate::{
    app::{self, NewTodo},
    servers::Pair,
};

/// What has been scheduled is visible within this.
const PATIENCE: Duration = Duration::from_mins(1);

/// The same schedule in each run.
const SEED: u64 = 5;

/// Gives each document its id.
#[derive(Clone, Default)]
pub(super) struct Ids(Arc<AtomicU64>);

impl Ids {
    fn next(&self) -> String {
        app::id(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// Writers that never pause.
pub(super) async fn saturate(twin: &Twinbase, ids: &Ids, time: Duration) -> anyhow::Result<()> {
    let end = Instant::now() + time;
    let tasks: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (twin, ids) = (twin.clone(), ids.clone());
            tokio::spawn(async move {
                while Instant::now() < end {
                    twin.insert(&NewTodo { id: ids.next() }).await?;
                }
                Ok::<_, PrimaryError>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(())
}

/// A change that is looked for.
struct Sent {
    id: String,
    scheduled: Instant,
    committed: Instant,
}

type Outcomes = mpsc::UnboundedSender<Result<Option<Sent>, PrimaryError>>;

/// Changes come as independent callers make them (exponential gaps).
pub(super) async fn at_rate(
    twin: &Twinbase,
    ids: &Ids,
    pair: &Pair,
    per_second: f64,
    time: Duration,
) -> anyhow::Result<Seen> {
    let watcher = Watcher::start(pair, Box::new(|_| None));
    let (outcomes, mut receiver) = mpsc::unbounded_channel();
    let callers = Callers {
        twin: twin.clone(),
        ids: ids.clone(),
        targets: watcher.targets(),
        outcomes,
    };
    // A thread of its own: a runtime's timer is a millisecond coarse.
    let runtime = tokio::runtime::Handle::current();
    let schedule = std::thread::spawn(move || callers.run(&runtime, per_second, time));
    let mut sent = Vec::new();
    while let Some(outcome) = receiver.recv().await {
        sent.extend(outcome?);
    }
    schedule
        .join()
        .map_err(|_| anyhow::anyhow!("the schedule panicked"))?;
    let ids: HashSet<String> = sent.iter().map(|sent| sent.id.clone()).collect();
    let seen = watcher.finish(ids, PATIENCE).await?;
    Ok(Seen::new(
        sent.iter()
            .filter_map(|sent| {
                let at = seen.get(&sent.id)?.instant;
                // The document may be found before its writer has heard of the commit.
                let from_commit = at.saturating_duration_since(sent.committed);
                Some((at - sent.scheduled, from_commit))
            })
            .collect(),
    ))
}

struct Callers {
    twin: Twinbase,
    ids: Ids,
    targets: Targets,
    outcomes: Outcomes,
}

impl Callers {
    fn run(self, runtime: &tokio::runtime::Handle, per_second: f64, time: Duration) {
        let mut random = StdRng::seed_from_u64(SEED);
        let every = look_every(per_second);
        let mut scheduled = Instant::now();
        let end = scheduled + time;
        for n in 0.. {
            let gap = -(1.0 - random.random::<f64>()).ln() / per_second;
            scheduled += Duration::from_secs_f64(gap);
            if scheduled >= end {
                return;
            }
            std::thread::sleep(scheduled.saturating_duration_since(Instant::now()));
            let look = n % every == 0;
            runtime.spawn(self.call(scheduled, look));
        }
    }

    /// One change.
    fn call(&self, scheduled: Instant, look: bool) -> impl Future<Output = ()> + Send + 'static {
        let (twin, outcomes, id) = (self.twin.clone(), self.outcomes.clone(), self.ids.next());
        if look {
            self.targets.watch(id.clone());
        }
        async move {
            let written = twin.insert(&NewTodo { id: id.clone() }).await;
            let committed = Instant::now();
            let sent = written.map(|_| {
                look.then_some(Sent {
                    id,
                    scheduled,
                    committed,
                })
            });
            let _gone = outcomes.send(sent);
        }
    }
}
