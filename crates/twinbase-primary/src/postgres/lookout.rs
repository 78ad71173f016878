//! An idle worker's eyes: PostgreSQL looks for pending events by itself and answers when there are some.
//!
//! A look costs it about as much as any statement; but nobody is woken for it, neither a
//! process of the worker nor, to read what that sends, one of the server. The block of
//! statements ends when it has found something or its time is over, so one whose caller has
//! gone does no harm; the next waits for it on the same connection.

use std::{fmt::Write as _, time::Duration};

use tokio::{sync::Mutex, time::timeout};
use tokio_postgres::Client;
use twinbase_core::{Partition, PrimaryError};

use super::{
    Postgres,
    connect::{Found, Opener},
    error::translate,
};

const OPERATION: &str = "look out for events";

/// How long the answer may take when its time has come.
const ANSWER: Duration = Duration::from_secs(1);

/// The connection, once it was needed.
#[derive(Default)]
pub(super) struct Lookout(Mutex<Option<Client>>);

impl Lookout {
    /// Lets the connection go; one that is in use goes with its user.
    pub(super) fn close(&self) {
        if let Ok(mut connection) = self.0.try_lock() {
            connection.take();
        }
    }
}

impl Postgres {
    /// See [`twinbase_core::primary::Wake::look_out`]. One caller at a time; another has to poll.
    pub(super) async fn watch(
        &self,
        after: &[(Partition, i64)],
        every: Duration,
        at_most: Duration,
    ) -> Result<bool, PrimaryError> {
        let Ok(mut connection) = self.lookout.0.try_lock() else {
            return Ok(false);
        };
        let block = block(after, every, at_most);
        let work = async {
            let client = match connection.take() {
                Some(client) if !client.is_closed() => client,
                _ => self.open_lookout().await?,
            };
            let client = connection.insert(client);
            let looked = client.batch_execute(&block).await;
            looked.map_err(|error| translate(OPERATION, error))
        };
        // An earlier block may have to end first.
        let patience = at_most * 2 + ANSWER;
        let looked = timeout(patience, work).await.unwrap_or_else(|_| {
            Err(PrimaryError::Unavailable {
                operation: OPERATION,
                source: "the server did not answer in time".into(),
            })
        });
        if looked.is_err() {
            connection.take();
        }
        looked.map(|()| true)
    }

    async fn open_lookout(&self) -> Result<Client, PrimaryError> {
        if self.pool.is_closed() {
            return Err(PrimaryError::Unavailable {
                operation: OPERATION,
                source: "it has been closed".into(),
            });
        }
        let opener = Opener::new(&self.target, &self.options, Found::default())?;
        let connecting = async {
            let (client, _task) = opener.open(&self.target.config).await?;
            // The planner must not read the whole table because it expects to find something soon.
            let settings = "set enable_seqscan = off; set enable_bitmapscan = off";
            client.batch_execute(settings).await?;
            Ok(client)
        };
        connecting
            .await
            .map_err(|error| translate(OPERATION, error))
    }
}

/// Looks at least once. Index: `"Outbox_pending"`, one descent for each partition and look. Lock: none.
fn block(after: &[(Partition, i64)], every: Duration, at_most: Duration) -> String {
    let (mut partitions, mut seqs) = (String::new(), String::new());
    for (partition, seq) in after {
        let comma = if partitions.is_empty() { "" } else { "," };
        let _ = write!(partitions, "{comma}{}", partition.0);
        let _ = write!(seqs, "{comma}{seq}");
    }
    let every = every.max(Duration::from_millis(1));
    let looks = (at_most.as_millis() / every.as_millis()).max(1);
    let seconds = every.as_secs_f64();
    format!(
        r#"do $$ begin
  for look in 1 .. {looks} loop
    exit when exists (
      select 1 from unnest('{{{partitions}}}'::int2[], '{{{seqs}}}'::int8[]) as c(p, after)
      cross join lateral (
        select 1 from "Outbox" as o
        where o.processed = false and o.retry_count <= 5 and o."partition" = c.p and o.seq > c.after
          and o.next_attempt_at is null
        limit 1) as e);
    perform pg_sleep({seconds});
  end loop;
end $$"#
    )
}
