//! What readers cost a primary that is behind: 200 that wait for a token beside a backlog, without a
//! worker, against one worker that drains that backlog. Processor time of all of PostgreSQL's processes a second.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use twinbase::prelude::*;

use crate::{
    app::{self, Todo},
    backlog::Backlog,
    report::{Bound, Measurement},
    servers::{Pair, Servers},
    usage,
    worker_process::WorkerProcess,
};

const READERS: u64 = 200;
const BACKLOG: Backlog = Backlog::distinct(100_000);
const MEASURED_FOR: Duration = Duration::from_secs(10);
/// How long a reader waits before it asks anew, as an impatient client would.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) async fn measure(servers: &Servers) -> anyhow::Result<Vec<Measurement>> {
    let pair = servers.pair("readers").await?;
    BACKLOG.fill(&pair).await?;
    let twin = app::open(&pair.primary.url, &pair.replica.url).await?;
    let server = usage::postmaster(&pair).await?;
    let end = Instant::now() + MEASURED_FOR;
    let readers = join_all((0..READERS).map(|n| wait(&twin, n, end)));
    let (readers, given_up) = rate(server, readers).await?;
    twin.close().await;
    anyhow::ensure!(
        given_up.iter().all(|times| *times > 0),
        "a reader did not wait"
    );
    let worker = drained(&pair, server).await?;
    Ok(vec![Measurement::one(
        "PostgreSQL's processor time for 200 waiting readers beside 100,000 events, against one worker's",
        "ratio",
        readers / worker,
        Some(Bound::AtMost(1.0)),
        format!(
            "{:.1} % of a core against {:.1} %, while it drains them",
            readers * 100.0,
            worker * 100.0
        ),
    )])
}

/// Asks for an event of the backlog until `end`; how often it gave up waiting.
async fn wait(twin: &Twinbase, n: u64, end: Instant) -> u64 {
    let Ok(id) = AggregateId::new(app::id(n)) else {
        return 0;
    };
    let mut token = Token::default();
    token.insert(Todo::key(id.clone()), Version::new(1));
    let mut given_up = 0;
    while Instant::now() < end {
        let answer = twin
            .collection::<Todo>()
            .at_least(&token, PATIENCE)
            .get(&id)
            .await;
        given_up += u64::from(answer.is_err());
    }
    given_up
}

async fn drained(pair: &Pair, server: u32) -> anyhow::Result<f64> {
    let mut worker = WorkerProcess::start(pair).await?;
    let (cost, done) = rate(server, async {
        worker.begin().await?;
        worker.reach(BACKLOG.events()).await
    })
    .await?;
    done?;
    worker.stop().await?;
    Ok(cost)
}

/// Seconds of the server's processor time a second, while something is done.
async fn rate<T>(server: u32, work: impl Future<Output = T>) -> anyhow::Result<(f64, T)> {
    let (before, began) = (usage::cpu_of_family(server)?, Instant::now());
    let done = work.await;
    let took = usage::cpu_of_family(server)?.saturating_sub(before);
    Ok((took.as_secs_f64() / began.elapsed().as_secs_f64(), done))
}
