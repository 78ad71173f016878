//! Keys of requests that are more than one transaction: reserved before, answered after.
//!
//! A reservation is a key without an answer, in a transaction of its own. It says who works on the
//! request since when: [`Reservation::keep`] and [`Reservation::release`] change the row only while
//! it is still theirs. A process that dies in between leaves its reservation, which another
//! request with the key takes over once it is too old to be worked on.

use jiff::{SignedDuration, Timestamp};
use twinbase::prelude::*;

use super::{
    Claim,
    claim::answer_of,
    in_progress,
    table::{CREATED_AT, STATUS, TABLE, UNANSWERED},
};
use crate::{Problem, Reply, now};

/// A key that is ours from a moment on, until it has its answer.
#[derive(Debug, Clone)]
pub(super) struct Reservation {
    claim: Claim,
    since: Timestamp,
}

/// Whether a key is reserved for us now, or had its answer before.
#[derive(Debug)]
pub(super) enum Reserved {
    Now(Reservation),
    Before(Reply),
}

impl Claim {
    /// Reserves the key, or finds the answer it has. A request that another works on since less
    /// than `patience` is in progress.
    pub(super) async fn reserve(
        &self,
        twin: &Twinbase,
        patience: SignedDuration,
    ) -> Result<Reserved, Problem> {
        let now = now(twin);
        let reserve = |tx: Tx| async move {
            if !self.insert(&tx, now).await? {
                if let Some(reply) = self.answer(&tx).await? {
                    return Ok(Reserved::Before(reply));
                }
                self.take_over(&tx, now, patience).await?;
            }
            Ok::<_, Problem>(Reserved::Now(Reservation {
                claim: self.clone(),
                since: now,
            }))
        };
        Ok(twin.write(reserve).await?.0)
    }

    async fn take_over(
        &self,
        tx: &Tx,
        now: Timestamp,
        patience: SignedDuration,
    ) -> Result<(), Problem> {
        let dead_since = now.checked_sub(patience).unwrap_or(Timestamp::MIN);
        let mut abandoned = self.row();
        abandoned.extend([STATUS.eq(UNANSWERED), CREATED_AT.lt(dead_since)]);
        let set = vec![CREATED_AT.set(now)];
        match tx.update_plain(&TABLE, abandoned, set).await? {
            0 => Err(in_progress()),
            _ => Ok(()),
        }
    }
}

impl Reservation {
    /// Keeps the answer; false when the key is another's by now.
    pub(super) async fn keep(&self, twin: &Twinbase, reply: &Reply) -> Result<bool, Problem> {
        let keep = |tx: Tx| async move {
            let changed = tx
                .update_plain(&TABLE, self.row(), answer_of(reply))
                .await?;
            Ok::<_, Problem>(changed > 0)
        };
        Ok(twin.write(keep).await?.0)
    }

    /// Gives the key back: the request was refused and may be sent again, corrected, with it.
    pub(super) async fn release(&self, twin: &Twinbase) -> Result<(), Problem> {
        let release = |tx: Tx| async move {
            tx.delete_plain(&TABLE, self.row()).await?;
            Ok::<_, Problem>(())
        };
        twin.write(release).await?;
        Ok(())
    }

    fn row(&self) -> Vec<Condition<Claim>> {
        let mut row = self.claim.row();
        row.extend([STATUS.eq(UNANSWERED), CREATED_AT.eq(self.since)]);
        row
    }
}
