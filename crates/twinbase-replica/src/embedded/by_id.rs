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
        let document = documents.remove(id);
        match (before.get(id), after.get(id)) {
            (None, None) if document.is_none() => {}
            (Some(&(version, deleted)), Some(same))
                if (version, deleted) == *same && deleted == document.is_none() =>
            {
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

fn documents(
    store: &Store,
    collection: &str,
    ids: &[&str],
) -> Result<HashMap<String, Document>, Error> {
    let query = Find {
        filter: doc! { "_id": { "$in": ids } },
        ..Find::default()
    };
    let mut found = HashMap::with_capacity(ids.len());
    store.find_each(collection, &query, |document| {
        if let Ok(id) = document.get_str("_id") {
            found.insert(id.to_owned(), document);
        }
        ControlFlow::Continue(())
    })?;
    Ok(found)
}
