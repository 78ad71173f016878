//! What bad events cost the others: events that can never be mapped.

use std::time::Duration;

use tokio::task::JoinHandle;

use super::beside::{self, Disturbance};
use crate::{
    app,
    report::Measurement,
    servers::{Pair, Servers, connect},
};

/// One event in a hundred.
const BAD_EVERY: Duration = Duration::from_millis(200);

/// With and without, in turn.
pub(crate) async fn measure(servers: &Servers) -> anyhow::Result<Vec<Measurement>> {
    let pair = servers.pair("poison").await?;
    let twin = app::open(&pair.primary.url, &pair.replica.url).await?;
    let worker = twin.start_worker(app::worker())?;
    let mut bad = Bad {
        pair: &pair,
        writer: None,
    };
    let measured = beside::measure(&twin, &pair, "1 % bad events", 1.5, &mut bad).await?;
    worker.stop().await;
    twin.close().await;
    Ok(vec![measured])
}

struct Bad<'a> {
    pair: &'a Pair,
    writer: Option<JoinHandle<anyhow::Result<()>>>,
}

impl Disturbance for Bad<'_> {
    async fn begin(&mut self) -> anyhow::Result<()> {
        self.writer = Some(tokio::spawn(bad_events(self.pair.primary.url.clone())));
        Ok(())
    }

    async fn end(&mut self) -> anyhow::Result<()> {
        if let Some(writer) = self.writer.take() {
            writer.abort();
            if let Ok(Err(error)) = writer.await {
                return Err(error.context("write bad events"));
            }
        }
        let tries = set_aside(self.pair).await?;
        anyhow::ensure!(tries > 0, "no bad event was tried");
        Ok(())
    }
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
