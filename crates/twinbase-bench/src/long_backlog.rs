//! A backlog of a million events: coalescing pays, and memory is bounded.

use crate::{
    backlog::Backlog,
    drain::{self, limit},
    report::{Bound, Measurement},
    servers::Servers,
    statistics::megabytes,
    worker_process::{Worked, WorkerProcess},
};

/// A million events on ten thousand keys.
const REPEATED: Backlog = Backlog::repeated(10_000, 100);
/// A million events, each of its own key.
const DISTINCT: Backlog = Backlog::distinct(1_000_000);
/// So many are applied while the others wait: the server of the tests keeps documents in memory.
const DRAINED: u64 = 300_000;

/// Against the plain SQL of reading and marking, and the documents of each key once.
pub(crate) async fn coalescing(servers: &Servers) -> anyhow::Result<Vec<Measurement>> {
    eprintln!(
        "coalescing: {} events on {} keys",
        REPEATED.events(),
        REPEATED.keys
    );
    let a = limit::bulk(servers, REPEATED.keys).await?;
    let parts = limit::read_and_mark(servers, REPEATED).await?;
    let drained = drain::drain(servers, REPEATED).await?;
    #[expect(clippy::cast_precision_loss, reason = "ten thousand")]
    let documents = REPEATED.keys as f64 / a;
    let plain = parts.took.as_secs_f64() + documents;
    let took = drained.took.as_secs_f64();
    Ok(vec![
        Measurement::one(
            "a million events on 10,000 keys against their parts",
            "ratio",
            took / plain,
            Some(Bound::AtMost(1.25)),
            format!(
                "{took:.1} s against {:.1} s of reading and marking in plain SQL and {documents:.1} s of 10,000 documents; {} documents were written",
                parts.took.as_secs_f64(),
                drained.worked.applied,
            ),
        ),
        peak(
            "10,000 keys",
            &drained.worked,
            &format!(
                "{:.0} events/s, {:.1} s of a processor",
                drained.rate(),
                drained.worked.cpu_seconds
            ),
        ),
    ])
}

/// What a worker holds while a million documents wait.
pub(crate) async fn memory(servers: &Servers) -> anyhow::Result<Vec<Measurement>> {
    eprintln!("memory: {} events on distinct keys", DISTINCT.events());
    let pair = servers.pair("memory").await?;
    DISTINCT.fill(&pair).await?;
    let mut process = WorkerProcess::start(&pair).await?;
    process.begin().await?;
    process.reach(DRAINED).await?;
    let worked = process.stop().await?;
    let detail = format!("{} of them were applied", worked.applied);
    Ok(vec![peak("distinct keys", &worked, &detail)])
}

fn peak(what: &str, worked: &Worked, detail: &str) -> Measurement {
    Measurement::one(
        format!("peak memory with a backlog of a million, {what}"),
        "MB",
        megabytes(worked.peak_bytes),
        Some(Bound::AtMost(100.0)),
        format!("VmHWM of the draining process; {detail}"),
    )
}
