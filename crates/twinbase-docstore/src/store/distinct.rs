//! The values that a path has in a collection.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use bson::{Bson, Document, RawBson};

use super::read;
use super::readers::Snapshot;
use crate::fault::Fault;
use crate::path::{Path, expand};
use crate::value::key_of;
use crate::{Error, Find, Options};

pub(super) fn distinct(
    snapshot: &Snapshot<'_>,
    collection: &str,
    path: &str,
    filter: &Document,
    options: &Options,
) -> Result<Vec<Bson>, Error> {
    let path = Path::parse(path, "distinct")?;
    let query = Find {
        filter: filter.clone(),
        ..Find::default()
    };
    let limit_bytes = options.max_result_bytes;
    let (mut values, mut bytes) = (BTreeMap::new(), 0_usize);
    read::find(snapshot, collection, &query, options, &mut |document| {
        expand::<Fault>(document, path.parts(), &mut |value| {
            snapshot.clock().ask()?;
            let key = key_of(value, snapshot.clock().order())?;
            if values.contains_key(&key) {
                return Ok(());
            }
            // A key is about as long as its value.
            bytes = bytes.saturating_add(key.len());
            if bytes > limit_bytes {
                return Err(Error::ResultTooLarge { limit_bytes }.into());
            }
            let value = Bson::try_from(RawBson::from(value))?;
            values.insert(key, value);
            Ok(())
        })?;
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(values.into_values().collect())
}
