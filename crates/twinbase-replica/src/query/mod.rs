//! What a reader may ask of any replica: `_sync` is not theirs, and nothing may write or run code.
//!
//! Refused here, by name, is what would be dangerous or wrong on one replica or the other; what merely does not exist
//! is left to the database to refuse.

mod pipeline;
mod walk;

use bson::{Document, doc};
use twinbase_core::{ReplicaError, replica::Find};

pub use pipeline::check_pipeline;

use walk::Place;

/// The field that holds version and tombstone; no document of an application has it.
pub const SYNC: &str = "_sync";

/// Refuses a filter that names `_sync` or an operator that runs code.
pub fn check_filter(filter: &Document) -> Result<(), ReplicaError> {
    walk::document(filter, Place::Filter)
}

/// Refuses a query of which some part names what a reader must not see.
pub fn check_find(find: &Find) -> Result<(), ReplicaError> {
    check_filter(&find.filter)?;
    if let Some(sort) = &find.sort {
        walk::document(sort, Place::Filter)?;
    }
    if let Some(projection) = &find.projection {
        walk::document(projection, Place::Projection)?;
    }
    // Databases count in 63 bits.
    if i64::try_from(find.skip).is_err() || find.limit.is_some_and(|n| i64::try_from(n).is_err()) {
        return Err(refused("`skip` and `limit` must be below 2^63"));
    }
    Ok(())
}

/// Refuses a field whose values a reader must not see, or that is none, and what [`check_filter`] refuses.
pub fn check_distinct(field: &str, filter: &Document) -> Result<(), ReplicaError> {
    check_filter(filter)?;
    if field.is_empty() || field.starts_with('$') {
        return Err(refused(format!("`{field}` is not a field")));
    }
    walk::document(&doc! { field: 1 }, Place::Filter)
}

pub(crate) fn refused(reason: impl Into<String>) -> ReplicaError {
    ReplicaError::InvalidQuery {
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests {
    use bson::{Document, doc};
    use twinbase_core::replica::Find;

    use super::{check_filter, check_find};

    #[track_caller]
    fn refuses(filter: &Document, what: &str) {
        let error = check_filter(filter).unwrap_err().to_string();
        assert!(error.contains(what), "{filter}: {error}");
    }

    #[test]
    fn a_filter_on_sync_is_refused_however_deep_it_hides() {
        for filter in [
            doc! { "_sync": 1 },
            doc! { "_sync.v": { "$gt": 1 } },
            doc! { "$or": [{ "a": 1 }, { "$nor": [{ "_sync.deleted": true }] }] },
            doc! { "$expr": { "$gt": ["$_sync.v", 3] } },
            doc! { "$expr": { "$eq": ["$$ROOT._sync.deleted", true] } },
            doc! { "$expr": { "$getField": "_sync" } },
            doc! { "$expr": { "$getField": { "field": "_sync", "input": "$$ROOT" } } },
        ] {
            refuses(&filter, "_sync");
        }
    }

    #[test]
    fn a_filter_that_runs_code_is_refused() {
        refuses(&doc! { "$where": "1" }, "$where");
        refuses(&doc! { "$and": [{ "$where": "1" }] }, "$where");
        let function = doc! { "$function": { "body": "x" } };
        refuses(&doc! { "$expr": function }, "$function");
    }

    #[test]
    fn a_filter_that_is_too_deep_is_refused_and_not_followed() {
        let deep = (0..500).fold(doc! { "a": 1 }, |inner, _| doc! { "$and": [inner] });
        refuses(&deep, "nested");
    }

    #[test]
    fn text_that_looks_like_a_path_is_only_text() {
        check_filter(&doc! { "note": "$_sync", "_syncs": 1, "$expr": { "$eq": ["$a", { "$literal": "$_sync" }] } }).unwrap();
    }

    #[test]
    fn sort_and_projection_cannot_name_sync_either() {
        let sort = Find {
            sort: Some(doc! { "_sync.v": 1 }),
            ..Find::default()
        };
        let projection = |projection| Find {
            projection: Some(projection),
            ..Find::default()
        };
        for find in [
            sort,
            projection(doc! { "_sync": 1 }),
            projection(doc! { "version": "$_sync.v" }),
            projection(doc! { "all": "$$ROOT" }),
            projection(doc! { "all": { "$mergeObjects": ["$$CURRENT"] } }),
        ] {
            assert!(check_find(&find).is_err(), "{find:?}");
        }
        check_find(&projection(doc! { "a": 1, "b": "$c.d" })).unwrap();
    }
}
