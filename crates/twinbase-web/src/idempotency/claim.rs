//! A key's row: taken, found, and given its answer.

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use twinbase::{core::RowError, prelude::*};

use super::{
    Claim, in_progress,
    table::{
        BODY, CREATED_AT, ETAG, FINGERPRINT, LOCATION, REQUEST_KEY, SCOPE, STATUS, SYNC_TOKEN,
        TABLE, UNANSWERED,
    },
};
use crate::{Code, Problem, Reply};

/// How long an answer is kept.
pub(super) const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Whether a key is ours now, or had its answer before.
#[derive(Debug)]
pub(super) enum Taken {
    Now,
    Before(Reply),
}

impl Claim {
    /// Takes the key, or finds the answer it has. Waits for another transaction that has taken it.
    pub(super) async fn take(&self, tx: &Tx, now: Timestamp) -> Result<Taken, Problem> {
        if self.insert(tx, now).await? {
            return Ok(Taken::Now);
        }
        let answer = self.answer(tx).await?;
        answer.map(Taken::Before).ok_or_else(in_progress)
    }

    /// Takes this key unless it is there. One that should have been swept already is not there.
    pub(super) async fn insert(&self, tx: &Tx, now: Timestamp) -> Result<bool, Problem> {
        let oldest = now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
        let mut expired = self.row();
        expired.push(CREATED_AT.lt(oldest));
        tx.delete_plain(&TABLE, expired).await?;
        let row = vec![
            SCOPE.set(self.scope.as_str()),
            REQUEST_KEY.set(self.key.as_str()),
            FINGERPRINT.set(self.fingerprint.as_str()),
            STATUS.set(UNANSWERED),
            BODY.set(""),
            CREATED_AT.set(now),
        ];
        Ok(tx.insert_plain(&TABLE, row, OnConflict::Ignore).await? > 0)
    }

    /// Keeps the answer, in the transaction that took the key.
    pub(super) async fn keep(&self, tx: &Tx, reply: &Reply) -> Result<(), Problem> {
        tx.update_plain(&TABLE, self.row(), answer_of(reply))
            .await?;
        Ok(())
    }

    /// The row of this key.
    pub(super) fn row(&self) -> Vec<Condition<Claim>> {
        vec![
            SCOPE.eq(self.scope.as_str()),
            REQUEST_KEY.eq(self.key.as_str()),
        ]
    }

    /// The answer that a key which is there has; `None` when it has none yet.
    pub(super) async fn answer(&self, tx: &Tx) -> Result<Option<Reply>, Problem> {
        let sql = "select fingerprint, status, etag, location, sync_token, body from idempotency_keys \
                   where scope = $1 and request_key = $2";
        let params = [self.scope.as_str().into(), self.key.as_str().into()];
        let rows = tx.query(sql, &params).await?;
        let Some(row) = rows.first() else {
            // It expired, or its request was refused, between our two statements.
            return Err(Problem::new(
                Code::Busy,
                "The Idempotency-Key has just expired. Send the request again.",
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

/// What an answer makes of its key's row.
pub(super) fn answer_of(reply: &Reply) -> Vec<Assignment<Claim>> {
    vec![
        STATUS.set(i32::from(reply.status.as_u16())),
        ETAG.set(reply.etag.clone()),
        LOCATION.set(reply.location.clone()),
        SYNC_TOKEN.set(reply.sync_token.clone()),
        BODY.set(reply.body.as_str()),
    ]
}

fn read(row: &Row) -> Result<(String, Option<Reply>), RowError> {
    let fingerprint = row.get("fingerprint")?;
    let status: i32 = row.get("status")?;
    if status == UNANSWERED {
        return Ok((fingerprint, None));
    }
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
    Ok((fingerprint, Some(reply)))
}
