//! Documents by id, each with the version that it has.

use std::{collections::HashMap, ops::ControlFlow};

use bson::{Document, doc};
use twinbase_core::AggregateId;
use twinbase_docstore::{Error, Find, Store, Stored};

/// A filter may not have too many clauses.
const IDS_AT_ONCE: usize = 1_000;
/// Only a writer that changes the same document faster than it is read makes a second look necessary.
const LOOKS: usize = 32;

/// Version and content come from two reads, which are one when the version is the same before and after: versions
/// never go back, and one version has one content.
///
/// A document is answered under the key that it is stored under. If its `_id` is another one, which only somebody who
/// writes to the file makes it, it is answered as it is, for a verification to find.
pub(super) fn get(
    store: &Store,
    collection: &str,
    ids: &[AggregateId],
) -> Result<Vec<Stored>, Error> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(IDS_AT_ONCE) {
        let mut open: Vec<&str> = ids.iter().map(AggregateId::as_str).collect();
        for _ in 0..LOOKS {
            if open.is_empty() {
                break;
            }
            open = look(store, collection, open, &mut found)?;
        }
        if !open.is_empty() {
            return Err(Error::Busy {
                operation: "get documents by id",
            });
        }
    }
    Ok(found)
}

/// Adds what stood still during the look, and answers the ids of the rest.
fn look<'a>(
    store: &Store,
    collection: &str,
    ids: Vec<&'a str>,
    found: &mut Vec<Stored>,
) -> Result<Vec<&'a str>, Error> {
    let before = versions(store, collection, &ids)?;
    let mut documents = documents(store, collection, &ids)?;
    let after = versions(store, collection, &ids)?;
    let mut again = Vec::new();
    for id in ids {
        let document = documents.remove(id).flatten();
        match (before.get(id), after.get(id)) {
            (None, None) if document.is_none() => {}
            (Some(&(version, deleted)), Some(same)) if (version, deleted) == *same => {
                let document = match document {
                    None if !deleted => by_key(store, collection, id, version)?,
                    found => found,
                };
                if deleted != document.is_none() {
                    again.push(id);
                    continue;
                }
                found.push(Stored {
                    id: id.to_owned(),
                    version,
                    deleted,
                    document,
                });
            }
            _ => again.push(id),
        }
    }
    Ok(again)
}

/// What is stored under this key whatever its `_id`, if it still has this version.
fn by_key(
    store: &Store,
    collection: &str,
    id: &str,
    version: i64,
) -> Result<Option<Document>, Error> {
    let document = store.get(collection, id)?;
    let after = versions(store, collection, &[id])?;
    Ok(document.filter(|_| after.get(id) == Some(&(version, false))))
}

fn versions(
    store: &Store,
    collection: &str,
    ids: &[&str],
) -> Result<HashMap<String, (i64, bool)>, Error> {
    let versions = store.versions(collection, ids)?;
    Ok(versions
        .into_iter()
        .map(|(id, version, deleted)| (id, (version, deleted)))
        .collect())
}

/// Documents by the `_id` inside of them; none where two have the same.
fn documents(
    store: &Store,
    collection: &str,
    ids: &[&str],
) -> Result<HashMap<String, Option<Document>>, Error> {
    let query = Find {
        filter: doc! { "_id": { "$in": ids } },
        ..Find::default()
    };
    let mut found = HashMap::with_capacity(ids.len());
    store.find_each(collection, &query, |document| {
        if let Ok(id) = document.get_str("_id") {
            found
                .entry(id.to_owned())
                .and_modify(|several| *several = None)
                .or_insert(Some(document));
        }
        ControlFlow::Continue(())
    })?;
    Ok(found)
}
