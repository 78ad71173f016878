//! Notifications: from a connection of the outbox's pool, to a connection of the listener's own.
//!
//! CockroachDB has none; there workers poll.

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};
use tokio::{sync::mpsc, time::timeout};
use tokio_postgres::AsyncMessage;
use twinbase_core::{
    PrimaryError,
    primary::{Hints, PrimaryKind, Wake},
};

use super::{Postgres, error::translate, sql};
use crate::fail;

const LISTEN: &str = "listen for notifications";

#[async_trait]
impl Wake for Postgres {
    async fn notify(&self) -> Result<(), PrimaryError> {
        const OPERATION: &str = "notify other processes";
        if self.kind == PrimaryKind::Cockroach {
            return Ok(());
        }
        let mut session = self.session(&self.outbox, OPERATION).await?;
        session
            .query(OPERATION, &sql::NOTIFY, &[])
            .await
            .map(|_| ())
    }

    async fn listen(&self) -> Result<Option<Hints>, PrimaryError> {
        if self.kind == PrimaryKind::Cockroach {
            return Ok(None);
        }
        if self.pool.is_closed() {
            return Err(fail::unavailable(LISTEN, "it has been closed"));
        }
        // One hint waits at most: several notifications are one.
        let (heard, hints) = mpsc::channel(1);
        let hear = move |message| {
            if let AsyncMessage::Notification(_) = message {
                // Full: a hint waits already.
                let _ = heard.try_send(());
            }
        };
        let work = async {
            let (client, _task) = self.opener.open(hear).await?;
            let channel = client.query_one(&**sql::CHANNEL, &[]).await?;
            let Some(channel) = channel.try_get::<_, Option<String>>(0)? else {
                return Ok(None);
            };
            client.batch_execute(&format!("listen {channel}")).await?;
            Ok(Some(client))
        };
        let client = timeout(self.options.client_timeout(), work)
            .await
            .map_err(|_| fail::unavailable(LISTEN, "the server did not answer in time"))?
            .map_err(|error| translate(LISTEN, error))?
            .ok_or_else(|| {
                fail::invalid_statement(LISTEN, "there is no table \"Outbox\"; run the migrations")
            })?;
        // The client goes with the stream, and the connection with the client.
        let stream = stream::unfold((hints, client), |(mut hints, client)| async move {
            hints.recv().await.map(|()| ((), (hints, client)))
        });
        Ok(Some(stream.boxed()))
    }
}
