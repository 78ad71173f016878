//! What a worker costs while nothing but heartbeats happens: its own processor time and that of all PostgreSQL processes.

use std::time::{Duration, Instant};

use crate::{
    report::{Bound, Measurement},
    servers::{Pair, Servers},
    usage,
    worker_process::WorkerProcess,
};

/// Until connections are open, leases are balanced and looks have become rare.
const SETTLE: Duration = Duration::from_secs(6);
/// Three heartbeats.
const MEASURED_FOR: Duration = Duration::from_secs(30);

pub(crate) async fn measure(servers: &Servers) -> anyhow::Result<Vec<Measurement>> {
    let pair = servers.pair("idle").await?;
    let server = usage::postmaster(&pair).await?;
    eprintln!("idle: PostgreSQL alone");
    let nothing = Usage::during(MEASURED_FOR, server, None, &pair).await?;
    let mut worker = WorkerProcess::start_with_heartbeat(&pair).await?;
    worker.begin().await?;
    tokio::time::sleep(SETTLE).await;
    eprintln!("idle: with a worker");
    let with = Usage::during(MEASURED_FOR, server, Some(worker.id()?), &pair).await?;
    worker.stop().await?;
    Ok(vec![
        Measurement::one(
            "an idle worker and PostgreSQL together",
            "% of a core",
            with.worker + with.server,
            Some(Bound::AtMost(2.0)),
            format!(
                "worker {:.2} %, all of PostgreSQL's processes {:.2} % ({:.2} % without a worker), over {} s",
                with.worker,
                with.server,
                nothing.server,
                MEASURED_FOR.as_secs()
            ),
        ),
        Measurement::one(
            "transactions of an idle worker",
            "1/s",
            with.transactions - nothing.transactions,
            None,
            format!(
                "xact_commit of pg_stat_database, over {} s",
                MEASURED_FOR.as_secs()
            ),
        ),
    ])
}

/// Percents of a core, and transactions a second.
struct Usage {
    worker: f64,
    server: f64,
    transactions: f64,
}

impl Usage {
    async fn during(
        time: Duration,
        server: u32,
        worker: Option<u32>,
        pair: &Pair,
    ) -> anyhow::Result<Self> {
        let look = async || {
            let worker = worker.map_or(Ok(Duration::ZERO), usage::cpu_of)?;
            anyhow::Ok((
                usage::cpu_of_family(server)?,
                worker,
                transactions(pair).await?,
            ))
        };
        let (began, before) = (Instant::now(), look().await?);
        tokio::time::sleep(time).await;
        let after = look().await?;
        let seconds = began.elapsed().as_secs_f64();
        let percent =
            |a: Duration, b: Duration| a.saturating_sub(b).as_secs_f64() / seconds * 100.0;
        Ok(Self {
            server: percent(after.0, before.0),
            worker: percent(after.1, before.1),
            transactions: (after.2 - before.2) / seconds,
        })
    }
}

async fn transactions(pair: &Pair) -> anyhow::Result<f64> {
    let sql = "select xact_commit::float8 from pg_stat_database where datname = current_database()";
    Ok(pair.sql.query_one(sql, &[]).await?.try_get(0)?)
}
