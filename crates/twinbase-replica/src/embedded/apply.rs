//! Writes: batches, collections, and the janitor of tombstones.

use async_trait::async_trait;
use bson::{DateTime, Document};
use jiff::Timestamp;
use twinbase_core::{
    Body, Change, Index, Name, Outcome, ReplicaError, Schema, TextIndex, replica::Apply,
};
use twinbase_docstore::{
    Direction, Error, IndexSpec, Outcome as StoreOutcome, Put, Store, TextSpec,
};

use super::Embedded;
use crate::query::SYNC;

const PREPARE: &str = "prepare a collection";
const APPLY: &str = "apply changes";
const DROP: &str = "drop a collection";
const SWEEP: &str = "sweep tombstones";

/// MongoDB's code, so that both replicas report the same conflict in the same way.
const DUPLICATE_KEY: i32 = 11000;

#[async_trait]
impl Apply for Embedded {
    async fn prepare(&self, schema: &Schema) -> Result<(), ReplicaError> {
        let first = self.prepared.is_first(schema);
        let plain = schema.indexes.iter().filter_map(index);
        let wanted: Vec<IndexSpec> = plain.chain(schema.text.as_ref().map(text)).collect();
        self.run(schema, PREPARE, move |store, name| {
            ensure(store, name, wanted, first)
        })
        .await?;
        self.prepared.succeeded(schema);
        Ok(())
    }

    async fn apply(
        &self,
        schema: &Schema,
        changes: &[Change],
    ) -> Result<Vec<Outcome>, ReplicaError> {
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let puts: Vec<Put> = changes.iter().map(put).collect();
        let outcomes = self.run(schema, APPLY, move |store, name| store.apply(name, &puts));
        Ok(outcomes.await?.into_iter().map(outcome).collect())
    }

    async fn drop_collection(&self, schema: &Schema) -> Result<(), ReplicaError> {
        let drop = move |store: &Store, name: &str| store.drop_collection(name);
        self.run(schema, DROP, drop).await.map(std::mem::drop)
    }

    async fn sweep(
        &self,
        schema: &Schema,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, ReplicaError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let before = before.as_millisecond();
        let sweep = move |store: &Store, name: &str| store.sweep_tombstones(name, before, limit);
        let removed = self.run(schema, SWEEP, sweep).await?;
        Ok(u64::try_from(removed).unwrap_or(u64::MAX))
    }
}

/// Makes what is missing and, the first time, what is different.
fn ensure(store: &Store, name: &str, wanted: Vec<IndexSpec>, first: bool) -> Result<(), Error> {
    let existing = store.indexes(name)?;
    let is_new = existing.is_none();
    let existing = existing.unwrap_or_default();
    let mut missing = Vec::new();
    for wanted in wanted {
        // A collection can have one text index, so one of another name is in its way.
        let is_there = |index: &&IndexSpec| {
            index.name == wanted.name || (index.text.is_some() && wanted.text.is_some())
        };
        let there: Vec<&IndexSpec> = existing.iter().filter(is_there).collect();
        if there == [&wanted] || (!there.is_empty() && !first) {
            continue;
        }
        for index in there {
            tracing::info!(
                collection = name,
                index = index.name,
                "the definition of an index changed; rebuilding it"
            );
            store.drop_index(name, &index.name)?;
        }
        missing.push(wanted);
    }
    if is_new || !missing.is_empty() {
        store.ensure_collection(name, &missing)?;
    }
    Ok(())
}

/// Of the `_id` alone there is an index always.
fn index(index: &Index) -> Option<IndexSpec> {
    let key = |(field, direction): &(Name, i32)| {
        let direction = if *direction < 0 {
            Direction::Descending
        } else {
            Direction::Ascending
        };
        (field.to_string(), direction)
    };
    let keys: Vec<_> = index.keys.iter().map(key).collect();
    let is_of_the_id = matches!(keys.as_slice(), [(field, _)] if field == "_id");
    (!is_of_the_id).then(|| IndexSpec {
        name: index.name.to_string(),
        keys,
        ..IndexSpec::default()
    })
}

fn text(index: &TextIndex) -> IndexSpec {
    let weight = |(field, weight): &(Name, u32)| (field.to_string(), *weight);
    IndexSpec {
        name: index.name.to_string(),
        text: Some(TextSpec {
            weights: index.fields.iter().map(weight).collect(),
            default_language: index.language.name().to_owned(),
            language_override: TextIndex::LANGUAGE_FIELD.to_owned(),
        }),
        ..IndexSpec::default()
    }
}

fn put(change: &Change) -> Put {
    let (document, at) = match &change.body {
        // The time of a document is nobody's to ask for: only tombstones go by age.
        Body::Document(document) => (Some(fields(document)), DateTime::from_millis(0)),
        Body::Tombstone(at) => (None, DateTime::from_millis(at.as_millisecond())),
    };
    Put {
        id: change.id.as_str().to_owned(),
        version: change.version.get(),
        document,
        at,
    }
}

/// `_id` is the change's and `_sync` does not exist here, whatever the caller put there.
fn fields(document: &Document) -> Document {
    let mut document = document.clone();
    document.remove("_id");
    document.remove(SYNC);
    document
}

fn outcome(outcome: StoreOutcome) -> Outcome {
    match outcome {
        StoreOutcome::Applied => Outcome::Applied,
        StoreOutcome::Superseded => Outcome::Superseded,
        StoreOutcome::Rejected { reason, index } => Outcome::Rejected {
            code: index.map(|_| DUPLICATE_KEY),
            reason,
        },
    }
}
