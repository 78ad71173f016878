//! What the primary pays: processor time of all of PostgreSQL's processes, Twinbase beside the
//! afternoon's worker, in turn.
//!
//! *Drain*: from when the worker begins until every event is marked. *100 a second*: one writer
//! and the worker, in one process as an application runs them, in two (then commits are notified), and
//! with commits that gather until they are as late as the other's polls. Twinbase's writer is the library;
//! the other's is one statement with the row and the event, without a head, and its table has neither our triggers nor our indexes.

use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};
use twinbase::prelude::*;

use crate::{
    app::{self, CREATED, DESCRIPTION, NewTodo, TITLE, USER},
    backlog::Backlog,
    drain::baseline::{self, Kind},
    report::{Bound, Measurement},
    servers::{Pair, Servers, connect},
    statistics::{median_of, range_of},
    usage,
    worker_process::WorkerProcess,
};

const BACKLOG: Backlog = Backlog::distinct(100_000);
const ROUNDS: usize = 3;
const PER_SECOND: u64 = 100;
const SECONDS: u64 = 20;

/// How often the afternoon's worker polls, and how long commits gather to be as late.
const POLL: Duration = Duration::from_millis(50);

/// Seconds of the server's processor time on both sides.
#[derive(Default)]
struct Costs {
    ours: f64,
    theirs: f64,
}

pub(crate) async fn measure(servers: &Servers) -> anyhow::Result<Vec<Measurement>> {
    let (mut drains, mut rates, mut apart, mut gathered) = (vec![], vec![], vec![], vec![]);
    for n in 1..=ROUNDS {
        eprintln!("primary-cost: round {n} of {ROUNDS}");
        // Who comes first alternates, so that neither always finds what the other left.
        let ours_first = n % 2 == 1;
        let mut drain = Costs::default();
        let (mut rate, mut two, mut late) = (Costs::default(), Costs::default(), Costs::default());
        for ours in [ours_first, !ours_first] {
            if ours {
                drain.ours = drained(servers).await?;
                rate.ours = at_rate(servers, app::worker()).await?;
                two.ours = at_rate_in_two_processes(servers).await?;
                let gather = WorkerOptions {
                    gather: POLL,
                    ..app::worker()
                };
                late.ours = at_rate(servers, gather).await?;
            } else {
                drain.theirs = drained_by_afternoon(servers).await?;
                rate.theirs = at_rate_by_afternoon(servers).await?;
                (two.theirs, late.theirs) = (rate.theirs, rate.theirs);
            }
        }
        eprintln!(
            "  drain {:.2} s against {:.2} s; rate {:.2} s, in two processes {:.2} s, as late {:.2} s, against {:.2} s",
            drain.ours, drain.theirs, rate.ours, two.ours, late.ours, rate.theirs
        );
        drains.push(drain);
        rates.push(rate);
        apart.push(two);
        gathered.push(late);
    }
    Ok(vec![
        compared("draining 100,000 events", &drains),
        compared("100 events a second for 20 s", &rates),
        compared(
            "100 events a second for 20 s, writer and worker in two processes",
            &apart,
        ),
        compared(
            "100 events a second for 20 s, as late as the other",
            &gathered,
        ),
    ])
}

fn compared(what: &str, rounds: &[Costs]) -> Measurement {
    let ratio = |costs: &Costs| costs.ours / costs.theirs;
    Measurement::one(
        format!("PostgreSQL's processor time against an afternoon's worker, {what}"),
        "ratio",
        median_of(rounds, ratio),
        Some(Bound::AtMost(1.0)),
        format!(
            "{:.2} s against {:.2} s, user and system of all of the server's processes, median of {ROUNDS}: {}",
            median_of(rounds, |c| c.ours),
            median_of(rounds, |c| c.theirs),
            range_of(rounds, ratio),
        ),
    )
}

/// The server's processor time while something is done.
async fn cost(pair: &Pair, work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<f64> {
    let server = usage::postmaster(pair).await?;
    let before = usage::cpu_of_family(server)?;
    work.await?;
    Ok(usage::cpu_of_family(server)?
        .saturating_sub(before)
        .as_secs_f64())
}

async fn drained(servers: &Servers) -> anyhow::Result<f64> {
    let pair = servers.pair("cost").await?;
    BACKLOG.fill(&pair).await?;
    let mut worker = WorkerProcess::start(&pair).await?;
    let took = cost(&pair, async {
        worker.begin().await?;
        worker.reach(BACKLOG.events()).await
    })
    .await?;
    worker.stop().await?;
    anyhow::ensure!(!pair.is_pending().await?, "events are still pending");
    Ok(took)
}

async fn drained_by_afternoon(servers: &Servers) -> anyhow::Result<f64> {
    let pair = baseline::pair(servers).await?;
    BACKLOG.fill(&pair).await?;
    cost(&pair, async {
        baseline::work(Kind::Afternoon, &pair, BACKLOG.events()).await?;
        Ok(())
    })
    .await
}

/// Calls as often as the rate says, one after the other.
async fn paced(mut write: impl AsyncFnMut(u64) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut due = interval(Duration::from_secs(1) / u32::try_from(PER_SECOND)?);
    due.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for n in 0..PER_SECOND * SECONDS {
        due.tick().await;
        write(n).await?;
    }
    Ok(())
}

async fn at_rate(servers: &Servers, options: WorkerOptions) -> anyhow::Result<f64> {
    let pair = servers.pair("cost").await?;
    let twin = app::open(&pair.primary.url, &pair.replica.url).await?;
    let worker = twin.start_worker(options)?;
    let took = cost(&pair, async {
        written(&twin).await?;
        let all = |status: &WorkerStatus| status.applied >= PER_SECOND * SECONDS;
        worker.watch().wait_for(all).await?;
        Ok(())
    })
    .await?;
    worker.stop().await;
    twin.close().await;
    Ok(took)
}

async fn at_rate_in_two_processes(servers: &Servers) -> anyhow::Result<f64> {
    let pair = servers.pair("cost").await?;
    let twin = app::open(&pair.primary.url, &pair.replica.url).await?;
    let mut worker = WorkerProcess::start(&pair).await?;
    worker.begin().await?;
    let took = cost(&pair, async {
        written(&twin).await?;
        worker.reach(PER_SECOND * SECONDS).await
    })
    .await?;
    worker.stop().await?;
    twin.close().await;
    Ok(took)
}

async fn written(twin: &Twinbase) -> anyhow::Result<()> {
    paced(async |n| {
        twin.insert(&NewTodo { id: app::id(n) }).await?;
        Ok(())
    })
    .await
}

async fn at_rate_by_afternoon(servers: &Servers) -> anyhow::Result<f64> {
    let pair = baseline::pair(servers).await?;
    pair.sql
        .batch_execute(r#"alter table "Outbox" disable trigger user"#)
        .await?;
    let sql = connect(&pair.primary.url).await?;
    let write = sql
        .prepare(&format!(
            r#"with row as (
              insert into todos values ($1, '{USER}', '{TITLE}', '{DESCRIPTION}', false, 3, '{CREATED}')
              returning *
            )
            insert into "Outbox" (event_type, aggregate_type, aggregate_id, payload)
            select 'todo.created', 'todo', row.id,
              jsonb_build_object('id', row.id, 'userId', row.user_id, 'title', row.title,
                'description', row.description, 'completed', row.completed,
                'priority', row.priority, 'createdAt', row.created_at)
            from row"#
        ))
        .await?;
    cost(&pair, async {
        let began = Instant::now();
        let worker = baseline::work(Kind::Afternoon, &pair, PER_SECOND * SECONDS);
        let writer = paced(async |n| {
            sql.execute(&write, &[&app::id(n)]).await?;
            Ok(())
        });
        tokio::try_join!(worker, writer)?;
        anyhow::ensure!(
            began.elapsed() >= Duration::from_secs(SECONDS) / 2,
            "too fast"
        );
        Ok(())
    })
    .await
}
