//! The guarded apply: documents only ever move to a higher version, whoever writes at the same time.
//!
//! One unordered `update` command carries many guarded replacements,
//! `{_id, "_sync.v": {$not: {$gte: v}}} -> {_id, .., _sync: {v}}` with `upsert`. The guard also matches a document whose
//! version is missing or not a number, so what a foreign writer put there is overtaken. First versions go as a plain unordered
//! `insert`, which cannot overwrite anything.
//!
//! When the guard does not match, the upsert tries to insert and meets code 11000, as an insert does. That alone does not prove that a newer
//! version is there: of two first writers of a document the *newer* one may be told 11000, when both looked before
//! either wrote (MongoDB tries again by itself only for filters on nothing but `_id`). So the versions of all
//! duplicates are read back: at least ours means superseded, less means again. The majority is read: a version that a
//! failover can still undo supersedes nothing.
//!
//! Only a document that the server names, with a code that is known to lie in the document ([`codes`](super::codes)), is
//! rejected. Everything else is an error of the whole call, and applying again is harmless.
//!
//! Statements are sorted by `_id` in each command: on some servers parallel batches over the same ids deadlock otherwise. The driver
//! never repeats a command given to it as a document; here it may be repeated, because applying again is harmless.

mod answer;
mod batch;
mod send;
mod statement;
mod verdict;

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use twinbase_core::{AggregateId, Change, Outcome, ReplicaError, Schema, replica::Apply};

use super::{Mongo, error::Failure, lookup::versions, physical, prepare, stored, sweep};
use crate::collection;
use answer::Reply;
use statement::Statement;
use verdict::Standing;

const APPLY: &str = "apply changes";

/// A contended statement succeeds at the second or third try; more means that something else is wrong.
const ROUNDS: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(5);

#[async_trait]
impl Apply for Mongo {
    async fn prepare(&self, schema: &Schema) -> Result<(), ReplicaError> {
        prepare::collection(self, schema).await
    }

    async fn apply(
        &self,
        schema: &Schema,
        changes: &[Change],
    ) -> Result<Vec<Outcome>, ReplicaError> {
        let collection = collection::name(schema, APPLY)?;
        let (mut outcomes, mut open) = encode(changes);
        for round in 0..ROUNDS {
            if open.is_empty() {
                break;
            }
            if round > 0 {
                tracing::debug!(collection, round, contended = open.len(), "applying again");
                tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(round)).await;
            }
            open = one_round(self, schema, open, ROUNDS - 1 - round, &mut outcomes).await?;
        }
        if !open.is_empty() {
            let cause = format!("other writers held {} documents", open.len());
            return Err(Failure::Contended(cause).into_error(APPLY));
        }
        outcomes
            .into_iter()
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| Failure::Odd("a change has no outcome".to_owned()).into_error(APPLY))
    }

    async fn drop_collection(&self, schema: &Schema) -> Result<(), ReplicaError> {
        physical::drop(self, collection::name(schema, "drop a collection")?).await
    }

    async fn publish(&self, schema: &Schema) -> Result<(), ReplicaError> {
        physical::publish(self, schema).await
    }

    async fn sweep(
        &self,
        schema: &Schema,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, ReplicaError> {
        sweep::run(self, schema, before, limit).await
    }
}

/// The statements to send, sorted by id, and the outcomes of those that cannot be sent.
fn encode(changes: &[Change]) -> (Vec<Option<Outcome>>, Vec<Statement<'_>>) {
    let mut outcomes = vec![None; changes.len()];
    let mut statements = Vec::with_capacity(changes.len());
    for (place, change) in changes.iter().enumerate() {
        match Statement::new(place, change) {
            Ok(statement) => statements.push(statement),
            Err(rejected) => outcomes[place] = Some(rejected),
        }
    }
    statements.sort_unstable_by(|a, b| (a.form, a.id).cmp(&(b.form, b.id)));
    (outcomes, statements)
}

/// Sends the statements, writes what is decided into `outcomes`, and answers what has to be sent again.
async fn one_round<'a>(
    mongo: &Mongo,
    schema: &Schema,
    open: Vec<Statement<'a>>,
    rounds_left: u32,
    outcomes: &mut [Option<Outcome>],
) -> Result<Vec<Statement<'a>>, ReplicaError> {
    let replies = send::all(mongo, schema.physical(), &open).await;
    let replies = replies.map_err(|failure| failure.into_error(APPLY))?;
    let duplicates: Vec<&AggregateId> = open
        .iter()
        .zip(&replies)
        .filter(|(_, reply)| matches!(reply, Reply::Duplicate(_)))
        .map(|(statement, _)| statement.id)
        .collect();
    let stored = standings(mongo, schema, &duplicates).await?;
    let mut again = Vec::new();
    for (statement, reply) in open.into_iter().zip(replies) {
        let stored = stored.get(statement.id).copied();
        let stored = stored.unwrap_or(Standing::Absent);
        match verdict::of(reply, statement.version, stored, rounds_left) {
            Some(outcome) => outcomes[statement.place] = Some(outcome),
            None => again.push(statement.into_replacement()),
        }
    }
    again.sort_unstable_by(|a, b| a.id.cmp(b.id));
    Ok(again)
}

async fn standings(
    mongo: &Mongo,
    schema: &Schema,
    ids: &[&AggregateId],
) -> Result<HashMap<AggregateId, Standing>, ReplicaError> {
    let ids = ids.iter().copied();
    let found = mongo.by_id(schema, APPLY, ids, versions()).await?;
    let standing = |document| {
        let applied = stored::applied(document, APPLY)?;
        let standing = if stored::has_foreign_version(document) {
            Standing::Foreign
        } else {
            Standing::At(applied.version)
        };
        Ok((applied.id, standing))
    };
    found.iter().map(standing).collect()
}
