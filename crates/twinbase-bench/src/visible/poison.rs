//! What bad events cost the others: the time from commit to visible beside events that can never be mapped,
//! against the time without them.

use std::time::Duration;

use super::{Seen, calm, schedule};
use crate::{
    app,
    report::{Bound, Figure, Measurement},
    servers::{Pair, Servers, connect},
    statistics::Times,
};

const PER_SECOND: f64 = 500.0;
/// One event in a hundred.
const BAD_EVERY: Duration = Duration::from_millis(200);
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(6);

/// With and without, in turn.
pub(crate) async fn measure(servers: &Servers) -> anyhow::Result<Vec<Measurement>> {
    let pair = servers.pair("poison").await?;
    let twin = app::open(&pair.primary.url, &pair.replica.url).await?;
    let worker = twin.start_worker(app::worker())?;
    let ids = schedule::Ids::default();
    let (mut without, mut with) = (Vec::new(), Vec::new());
    // The first round warms up.
    for round in 0..=ROUNDS {
        eprintln!("poison: round {round} of {ROUNDS}");
        let clean = schedule::at_rate(&twin, &ids, &pair, PER_SECOND, ROUND).await?;
        let bad = tokio::spawn(bad_events(pair.primary.url.clone()));
        let beside = schedule::at_rate(&twin, &ids, &pair, PER_SECOND, ROUND).await?;
        bad.abort();
        if let Ok(Err(error)) = bad.await {
            return Err(error.context("write bad events"));
        }
        let tries = set_aside(&pair).await?;
        anyhow::ensure!(tries > 0, "no bad event was tried");
        calm(&pair).await?;
        if round > 0 {
            without.push(clean);
            with.push(beside);
        }
    }
    worker.stop().await;
    twin.close().await;
    let (without, with) = (together(without), together(with));
    let ratio = |q| with.millis(q) / without.millis(q);
    Ok(vec![Measurement {
        name: "commit to visible beside 1 % bad events against without".to_owned(),
        unit: "ratio",
        figures: vec![
            Figure::new("p50", ratio(0.5), Some(Bound::AtMost(1.2))),
            Figure::new("p99", ratio(0.99), Some(Bound::AtMost(1.5))),
        ],
        detail: format!(
            "p50 / p99: {:.1} / {:.1} against {:.1} / {:.1} ms, at {PER_SECOND}/s, {ROUNDS} rounds of each in turn, {} changes",
            with.millis(0.5),
            with.millis(0.99),
            without.millis(0.5),
            without.millis(0.99),
            with.len(),
        ),
    }])
}

fn together(rounds: Vec<Seen>) -> Times {
    let times = rounds
        .into_iter()
        .flat_map(|seen| seen.scheduled.into_all());
    Times::new(times.collect())
}

/// Writes events that no document can be made of, each of its own key, for ever.
async fn bad_events(url: String) -> anyhow::Result<()> {
    let sql = connect(&url).await?;
    let insert = r#"insert into "Outbox" (event_type, aggregate_type, aggregate_id, payload)
        values ('todo.created', 'todo', 'bad-' || gen_random_uuid(), '[]')"#;
    let insert = sql.prepare(insert).await?;
    loop {
        tokio::time::sleep(BAD_EVERY).await;
        sql.execute(&insert, &[]).await?;
    }
}

/// Takes the bad events away; answers how often they were tried.
async fn set_aside(pair: &Pair) -> anyhow::Result<i64> {
    let sql = r#"with gone as (
          delete from "Outbox" where aggregate_id like 'bad-%' returning retry_count
        ) select coalesce(sum(retry_count), 0)::int8 from gone"#;
    Ok(pair.sql.query_one(sql, &[]).await?.try_get(0)?)
}
