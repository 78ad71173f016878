//! Collections that a rebuild made and no record names any more: the primary was put back to a time before them, or a worker that was
//! suspended has brought one back after its removal. Nobody reads them and nobody removes them.

use std::sync::Arc;

use bson::Document;
use serde::Serialize;
use twinbase_core::{
    ReplicaError, Schema,
    primary::{CollectionRecord, FIRST_GENERATION, Phase, generation},
    replica::ReplicaKind,
};

use crate::{Sides, generations::in_generation};

/// A physical collection of a logical one that readers do not use and no rebuild knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stray {
    /// Its name in the replica.
    pub name: String,
    /// How many documents it has, without tombstones; `None` when they could not be counted in time.
    pub documents: Option<u64>,
    /// How to remove it, as sentences for a person: nothing of Twinbase does.
    pub remedy: String,
}

/// Those of one collection, of what was listed before the records were read: what a rebuild has made since is not among them.
pub(super) async fn strays(
    sides: &Sides,
    schema: &Arc<Schema>,
    listed: &[String],
    records: &[CollectionRecord],
) -> Result<Vec<Stray>, ReplicaError> {
    let mut strays = Vec::new();
    for name in listed {
        let of_ours = generation(&schema.collection, name);
        let Some(generation) = of_ours.filter(|_| !is_logical(sides, records, schema, name)) else {
            continue;
        };
        let of = |record: &&CollectionRecord| record.collection == schema.collection;
        let beside = in_generation(schema, generation);
        // One that a rebuild has removed meanwhile is gone.
        if is_used(records.iter().find(of), generation) || !sides.replica.exists(&beside).await? {
            continue;
        }
        strays.push(Stray {
            name: name.clone(),
            documents: sides.replica.count(&beside, Document::new()).await.ok(),
            remedy: remedy(sides.replica.kind(), name),
        });
    }
    strays.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(strays)
}

/// Whether another collection has this logical name: nothing is known then of who made it.
fn is_logical(sides: &Sides, records: &[CollectionRecord], schema: &Schema, name: &str) -> bool {
    let is_recorded = records.iter().any(|of| of.collection == name);
    name != schema.collection && (is_recorded || sides.registry.by_collection(name).is_some())
}

/// Whether a record names it: readers use it, or it is beside that one.
fn is_used(record: Option<&CollectionRecord>, generation: u32) -> bool {
    let Some(record) = record else {
        return generation == FIRST_GENERATION;
    };
    let beside = record.rebuild.as_ref();
    let beside = beside.filter(|of| of.phase != Phase::Ended);
    generation == record.generation || beside.is_some_and(|of| of.generation == generation)
}

fn remedy(kind: ReplicaKind, name: &str) -> String {
    match kind {
        ReplicaKind::Mongo => {
            format!("Remove it with mongosh, in the replica's database: db.getCollection(\"{name}\").drop()")
        }
        ReplicaKind::Embedded => "It takes space and does nothing else. To remove it, stop all programs, move the replica's file away \
            with those that end with -wal and -shm, start a worker and run `repair`, which makes all documents anew."
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_readers_use_and_what_is_beside_it_is_in_use() {
        assert!(is_used(None, FIRST_GENERATION));
        assert!(!is_used(None, 2));
        let record = CollectionRecord {
            generation: 3,
            ..CollectionRecord::unrecorded("todos")
        };
        let used = |generation| is_used(Some(&record), generation);
        assert_eq!([1, 2, 3, 4].map(used), [false, false, true, false]);
    }
}
