//! What a rebuild would be worth, and what it would take.

use std::sync::Arc;

use futures_util::TryStreamExt as _;
use serde::Serialize;
use twinbase_core::{
    Entry, Schema, Version, mapping,
    primary::{CollectionRecord, Speeds},
    replica::Find,
    write::{Order, Select},
};

use super::{
    record,
    stray::{Stray, strays},
};
use crate::{Sides, generations::Generations, worker::EngineError};

/// Where nothing was ever measured: a careful guess. Each row is compared with its document, so that half of `compared` is rows.
pub(super) const GUESSED: Speeds = Speeds {
    filled: 5_000,
    compared: 20_000,
};

/// How many rows are asked for their versions.
const FIRST_ROWS: u32 = 2_000;

/// How many documents are measured for an estimate of space.
const SAMPLE: u32 = 100;

/// What is known of one collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a finding of its own, and its name is that of the JSON"
)]
pub struct Planned {
    /// The collection.
    pub collection: String,
    /// Whether another mapping than this program's made its documents: those that nobody has changed since have the form of before.
    pub mapping_changed: bool,
    /// Whether its table has rows and it has no documents, or rows that were there before and have no version.
    pub never_filled: bool,
    /// How many rows without a version are among the first two thousand by key: what was there before has them, and rebuild gives them one.
    pub without_version: u64,
    /// Whether there may be more: not all rows were looked at.
    pub without_version_is_least: bool,
    /// Rows of the table.
    pub rows: u64,
    /// How long filling and comparing take.
    pub seconds: u64,
    /// Whether that is measured, both by earlier rebuilds of the same collection, and not guessed.
    pub measured: bool,
    /// About how much space the new collection takes beside the old one, without indexes.
    pub bytes: u64,
    /// Collections of it that no record names: readers do not use them, and nothing removes them.
    pub strays: Vec<Stray>,
}

impl Planned {
    /// Whether the collection should be rebuilt.
    pub const fn is_due(&self) -> bool {
        self.mapping_changed || self.never_filled
    }
}

/// Looks at every collection.
pub(super) async fn plan(sides: &Sides) -> Result<Vec<Planned>, EngineError> {
    let listed = sides.replica.collections().await?;
    let records = sides.primary.collections().await?;
    let generations = Generations::read(sides).await?;
    let mut planned = Vec::new();
    for schema in sides.registry.iter() {
        let of = |record: &&CollectionRecord| record.collection == schema.collection;
        let record = records.iter().find(of);
        let made_by = record.and_then(|record| record.mapping);
        let last = record.and_then(|record| record.rebuild.as_ref());
        let measured = last.map(record::measured).unwrap_or_default();
        let serving = generations.serving(schema);
        let rows = rows(sides, schema).await?;
        let mut sampled = sizes(sides, &serving).await?;
        let is_empty = sampled.is_empty();
        if is_empty {
            sampled = sizes_of_rows(sides, schema).await?;
        }
        let count = sampled.len() as u64;
        let (without_version, without_version_is_least) = without_version(sides, schema).await?;
        planned.push(Planned {
            collection: schema.collection.to_string(),
            mapping_changed: made_by.is_some_and(|made_by| made_by != schema.mapping_hash()),
            never_filled: rows > 0 && is_empty || without_version > 0,
            without_version,
            without_version_is_least,
            rows,
            seconds: seconds(rows, measured),
            measured: measured.filled > 0 && measured.compared > 0,
            bytes: sampled.iter().sum::<u64>() * rows / count.max(1),
            strays: strays(sides, schema, &listed, &records).await?,
        });
    }
    Ok(planned)
}

/// How long it takes to fill so many rows and to compare them with their documents.
fn seconds(rows: u64, measured: Speeds) -> u64 {
    let or = |speed: u32, guess: u32| u64::from(if speed > 0 { speed } else { guess });
    let filling = rows.div_ceil(or(measured.filled, GUESSED.filled));
    let comparing = (2 * rows).div_ceil(or(measured.compared, GUESSED.compared));
    filling + comparing
}

/// How many rows a table has.
pub(crate) async fn rows(sides: &Sides, schema: &Schema) -> Result<u64, EngineError> {
    // A schema's table has a plain name.
    let sql = format!("select count(*) as n from \"{}\"", schema.table.name);
    let rows = sides.primary.query(&sql, &[]).await?;
    let count = rows.first().and_then(|row| row.get::<i64>("n").ok());
    Ok(count
        .and_then(|n| u64::try_from(n).ok())
        .unwrap_or_default())
}

/// How many of the first rows have no version, and whether these were not all. Keys that rise with time have what was there before first, and of others these are as good as
/// any; to ask of every row would take as long as to read the table.
async fn without_version(sides: &Sides, schema: &Schema) -> Result<(u64, bool), EngineError> {
    let first = sides.primary.states_after(schema, None, None, FIRST_ROWS);
    let first = first.await?;
    let of = first.states.iter();
    let without = of.filter(|row| row.version == Version::NONE).count() as u64;
    Ok((without, first.next.is_some()))
}

/// The last key of a table, in its own order; `None` when it has no row.
pub(crate) async fn last_key(
    sides: &Sides,
    schema: &Arc<Schema>,
) -> Result<Option<String>, EngineError> {
    let mut last = Select::new(schema, 1);
    last.order = vec![Order {
        column: schema.key().column.clone(),
        descending: true,
    }];
    let last = sides.primary.select(&last).await?;
    Ok(last.into_iter().next().map(|row| row.id.to_string()))
}

/// The bytes of some documents.
async fn sizes(sides: &Sides, serving: &Schema) -> Result<Vec<u64>, EngineError> {
    let find = Find {
        limit: Some(SAMPLE.into()),
        ..Find::default()
    };
    let documents = sides.replica.find(serving, find).await?;
    let bytes = documents.map_ok(|document| {
        let bytes = document.to_vec();
        bytes.map_or(0, |bytes| bytes.len() as u64)
    });
    Ok(bytes.try_collect().await?)
}

/// The bytes of the documents that some rows will have.
async fn sizes_of_rows(sides: &Sides, schema: &Schema) -> Result<Vec<u64>, EngineError> {
    let first = sides.primary.states_after(schema, None, None, SAMPLE);
    let first = first.await?;
    let document = |row: Entry<'_, str>| {
        let document = mapping::to_document(schema, &row.aggregate_id(), row.content?).ok()?;
        Some(document.to_vec().ok()?.len() as u64)
    };
    Ok(first.states.iter().filter_map(document).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filling_and_comparing_both_take_their_time() {
        for (filled, compared, expected) in [(0, 0, 30), (1_000, 0, 110), (0, 1_000, 220)] {
            let measured = Speeds { filled, compared };
            assert_eq!(seconds(100_000, measured), expected, "{measured:?}");
        }
    }
}
