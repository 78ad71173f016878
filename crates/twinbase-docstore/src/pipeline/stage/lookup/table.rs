//! The documents of a collection by the values at a path, for a join that no index serves.

use std::collections::{BTreeSet, HashMap};

use bson::Bson;
use bson::raw::{RawBson, RawBsonRef, RawDocument, RawDocumentBuf};

use crate::catalog::Collection;
use crate::fault::Fault;
use crate::path::{Path, visit};
use crate::pipeline::Plan;
use crate::pipeline::stream::{Flow, Held, Query};
use crate::value::{Order, key_of};

/// Where each value is found.
pub(super) struct Table {
    documents: Vec<RawDocumentBuf>,
    places: HashMap<Vec<u8>, Vec<usize>>,
}

impl Table {
    pub(super) fn read(
        query: &Query<'_>,
        collection: Option<&Collection>,
        path: &Path,
        held: &mut Held<'_>,
    ) -> Result<Self, Fault> {
        let mut table = Self {
            documents: Vec::new(),
            places: HashMap::new(),
        };
        let all = Plan::of_pipeline(collection, &[], query.options)?;
        all.run(query, &mut |document| {
            let place = table.documents.len();
            held.take(document.as_bytes().len() + 64)?;
            let mut failed = None;
            visit(&document, path.parts(), &mut |value| {
                let added = key_of(value.unwrap_or(RawBsonRef::Null), query.clock.order())
                    .map_err(Fault::from)
                    .and_then(|key| {
                        held.take(key.len() + 64)?;
                        table.places.entry(key).or_default().push(place);
                        Ok(())
                    });
                failed = added.err();
                failed.is_some()
            })?;
            if let Some(failed) = failed {
                return Err(failed);
            }
            table.documents.push(document.into_owned());
            Ok(Flow::Continue(()))
        })?;
        Ok(table)
    }

    /// The documents that have one of the values, each once and in the order of the collection.
    pub(super) fn matches(
        &self,
        values: &[Bson],
        order: &Order,
    ) -> Result<Vec<&RawDocument>, Fault> {
        let mut places: BTreeSet<usize> = BTreeSet::new();
        for value in values {
            let value = RawBson::try_from(value.clone())?;
            let found = self.places.get(&key_of(value.as_raw_bson_ref(), order)?);
            places.extend(found.into_iter().flatten());
        }
        Ok(places
            .into_iter()
            .filter_map(|place| self.documents.get(place))
            .map(|document| &**document)
            .collect())
    }
}
