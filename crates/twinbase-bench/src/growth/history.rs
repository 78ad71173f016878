//! The cost of a batch with millions of processed events in `"Outbox"` against none.

use crate::{
    bursts::Running,
    report::{Bound, Measurement},
    servers::{Pair, Servers},
    statistics::median_of,
};

const EVENTS: u64 = 50_000;
const ROUNDS: usize = 5;
/// Aggregates that the history is of; each has a row and a head.
const KEYS: u64 = 100_000;
/// Events made with one statement, so that progress can be told.
const CHUNK: u64 = 1_000_000;

pub(crate) async fn measure(servers: &Servers, events: u64) -> anyhow::Result<Vec<Measurement>> {
    let pair = servers.pair("history").await?;
    build(&pair, events).await?;
    let mut with = Running::on(pair, 1).await?;
    let mut without = Running::start(servers, "no_history", 1).await?;
    let mut rounds = Vec::new();
    // The first round warms both up.
    for round in 0..=ROUNDS {
        eprintln!("growth: round {round} of {ROUNDS}");
        let young = without.burst(EVENTS).await?.as_secs_f64();
        let old = with.burst(EVENTS).await?.as_secs_f64();
        if round > 0 {
            rounds.push((young, old));
        }
    }
    with.stop().await?;
    without.stop().await?;
    Ok(vec![Measurement::one(
        format!("cost of a batch with {events} processed events"),
        "ratio",
        median_of(&rounds, |(young, old)| old / young),
        Some(Bound::AtMost(1.1)),
        format!(
            "{:.2} s against {:.2} s with none, for {EVENTS} events, median of {ROUNDS}",
            median_of(&rounds, |round| round.1),
            median_of(&rounds, |round| round.0),
        ),
    )])
}

/// Events of some days that are all done, as a worker would have left them, with ids like those of others.
async fn build(pair: &Pair, events: u64) -> anyhow::Result<()> {
    let sql = &pair.sql;
    sql.batch_execute(&format!(
        r#"alter table "Outbox" drop constraint "Outbox_pkey";
        insert into aggregate_version select 'todo', 'old-' || n, {events} / {KEYS}
          from generate_series(0, {KEYS} - 1) as n;
        insert into todos select 'old-' || n, 'user', 'An old one', null, true, 3, now()
          from generate_series(0, {KEYS} - 1) as n"#
    ))
    .await?;
    let mut made = 0;
    while made < events {
        let last = (made + CHUNK).min(events) - 1;
        sql.batch_execute(&format!(
            r#"insert into "Outbox" (event_type, aggregate_type, aggregate_id, payload,
                processed, created_at, version, mapping, processed_at)
              select 'todo.updated', 'todo', 'old-' || n % {KEYS}, payload, true, at, n / {KEYS} + 1, 0, at
              from (select n, now() - interval '6 days' * (1 - n::float8 / {events}) as at,
                jsonb_build_object('id', 'old-' || n % {KEYS}, 'userId', 'user', 'title', 'An old one',
                  'description', null, 'completed', true, 'priority', 3, 'createdAt', now()) as payload
                from generate_series({made}, {last}) as n) as old"#
        ))
        .await?;
        made = last + 1;
        eprintln!("growth: {made} of {events} processed events are there");
    }
    sql.batch_execute(r#"alter table "Outbox" add primary key (id)"#)
        .await?;
    sql.batch_execute("vacuum (freeze, analyze)").await?;
    sql.batch_execute("checkpoint").await?;
    eprintln!("growth: indexed and vacuumed");
    Ok(())
}
