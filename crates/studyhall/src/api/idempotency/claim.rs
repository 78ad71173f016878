//! The table of idempotency keys.

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use twinbase::{core::RowError, prelude::*};

use super::{
    super::{Code, Problem, reply::Reply},
    Claim,
};

/// How long an answer is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Whether a key is ours now, or had its answer before.
#[derive(Debug)]
pub(super) enum Taken {
    Now,
    Before(Reply),
}

static TABLE: Table = Table::new(
    "idempotency_keys",
    &[
        Field::private("scope", Kind::Text),
        Field::private("request_key", Kind::Text),
        Field::private("fingerprint", Kind::Text),
        Field::private("status", Kind::Int32),
        Field::private("etag", Kind::Text).nullable(),
        Field::private("location", Kind::Text).nullable(),
        Field::private("sync_token", Kind::Text).nullable(),
        Field::private("body", Kind::Text),
        Field::private("created_at", Kind::Timestamp),
    ],
);
const SCOPE: Column<Claim, String> = Column::new("scope");
const REQUEST_KEY: Column<Claim, String> = Column::new("request_key");
const FINGERPRINT: Column<Claim, String> = Column::new("fingerprint");
const STATUS: Column<Claim, i32> = Column::new("status");
const ETAG: Column<Claim, Option<String>> = Column::new("etag");
const LOCATION: Column<Claim, Option<String>> = Column::new("location");
const SYNC_TOKEN: Column<Claim, Option<String>> = Column::new("sync_token");
const BODY: Column<Claim, String> = Column::new("body");
const CREATED_AT: Column<Claim, Timestamp> = Column::new("created_at");

impl Claim {
    /// Takes the key, or finds the answer it has. Waits for another transaction that has taken it.
    pub(super) async fn take(&self, tx: &Tx, now: Timestamp) -> Result<Taken, Problem> {
        let oldest = now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
        let past = vec![SCOPE.eq(self.scope.as_str()), CREATED_AT.lt(oldest)];
        tx.delete_plain(TABLE, past).await?;
        let row = vec![
            SCOPE.set(self.scope.as_str()),
            REQUEST_KEY.set(self.key.as_str()),
            FINGERPRINT.set(self.fingerprint.as_str()),
            // The answer follows in this transaction; nobody sees the row before it.
            STATUS.set(0),
            BODY.set(""),
            CREATED_AT.set(now),
        ];
        if tx.insert_plain(TABLE, row, OnConflict::Ignore).await? > 0 {
            return Ok(Taken::Now);
        }
        self.answer(tx).await.map(Taken::Before)
    }

    /// Keeps the answer.
    pub(super) async fn keep(&self, tx: &Tx, reply: &Reply) -> Result<(), Problem> {
        let filter = vec![
            SCOPE.eq(self.scope.as_str()),
            REQUEST_KEY.eq(self.key.as_str()),
        ];
        let set = vec![
            STATUS.set(i32::from(reply.status.as_u16())),
            ETAG.set(reply.etag.clone()),
            LOCATION.set(reply.location.clone()),
            SYNC_TOKEN.set(reply.sync_token.clone()),
            BODY.set(reply.body.as_str()),
        ];
        tx.update_plain(TABLE, filter, set).await?;
        Ok(())
    }

    async fn answer(&self, tx: &Tx) -> Result<Reply, Problem> {
        let sql = "select fingerprint, status, etag, location, sync_token, body from idempotency_keys \
                   where scope = $1 and request_key = $2";
        let params = [self.scope.as_str().into(), self.key.as_str().into()];
        let rows = tx.query(sql, &params).await?;
        let Some(row) = rows.first() else {
            // Its time ran out between our two looks.
            return Err(Problem::new(
                Code::Busy,
                "The Idempotency-Key is just being forgotten.",
            ));
        };
        let (fingerprint, reply) = read(row).map_err(|error| PrimaryError::InvalidStatement {
            operation: "read an idempotency key",
            reason: error.to_string(),
        })?;
        if fingerprint == self.fingerprint {
            Ok(reply)
        } else {
            Err(Problem::new(
                Code::IdempotencyMismatch,
                "This Idempotency-Key was sent with another request; make a new one.",
            ))
        }
    }
}

fn read(row: &Row) -> Result<(String, Reply), RowError> {
    let status: i32 = row.get("status")?;
    let status = u16::try_from(status).ok();
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    let reply = Reply {
        status: status.unwrap_or(StatusCode::OK),
        etag: row.get("etag")?,
        location: row.get("location")?,
        sync_token: row.get("sync_token")?,
        body: row.get("body")?,
        replayed: true,
    };
    Ok((row.get("fingerprint")?, reply))
}
