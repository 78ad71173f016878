//! What an index is of: checked when it is created, and stored as BSON.

use std::collections::HashSet;

use bson::{Bson, Document, doc};

use super::condition;
use crate::filter::{self, Filter};
use crate::path::Path;
use crate::request::{Direction, IndexSpec};
use crate::sort::{self, sortable};
use crate::text;
use crate::value::Order;
use crate::{Collation, Error, Options, request_depth};

/// Where a definition says by which rules the keys of a collation were made.
pub(super) const RULES: &str = "rules";

/// The definition of an index that exists.
#[derive(Debug, PartialEq)]
pub(crate) struct Definition {
    pub(crate) name: String,
    pub(crate) keys: Vec<(Path, Direction)>,
    pub(crate) unique: bool,
    pub(crate) sparse: bool,
    partial: Option<Document>,
    /// By which order of strings its keys and its condition compare.
    pub(crate) order: Order,
    /// What it indexes as a text index, which has no keys.
    pub(crate) text: Option<text::Definition>,
    /// What a document must match to be in the index, `None` where all of them are.
    pub(crate) condition: Option<Filter>,
}

impl Definition {
    /// Refuses what cannot be an index.
    pub(crate) fn new(spec: &IndexSpec) -> Result<Self, Error> {
        if spec.name.is_empty() || spec.name.contains('\0') {
            return Err(invalid(spec, "an index needs a name without NUL"));
        }
        let text = spec.text.as_ref().map(text::Definition::new).transpose();
        let text = text.map_err(|reason| invalid(spec, &reason))?;
        if text.is_some() {
            if !spec.keys.is_empty()
                || spec.unique
                || spec.sparse
                || spec.partial.is_some()
                || spec.collation.is_some()
            {
                return Err(invalid(
                    spec,
                    "a text index has no other keys and no collation, and is not unique, sparse or partial",
                ));
            }
        } else if spec.keys.is_empty() || spec.keys.len() > 32 {
            return Err(invalid(spec, "an index has 1 to 32 keys"));
        }
        if spec.sparse && spec.partial.is_some() {
            return Err(invalid(spec, "an index is sparse or partial, not both"));
        }
        let mut seen = HashSet::new();
        let mut keys = Vec::new();
        for (path, direction) in &spec.keys {
            if path == "_id" && spec.keys.len() == 1 {
                return Err(invalid(spec, "_id is always indexed by itself"));
            }
            if !seen.insert(path) {
                return Err(invalid(spec, &format!("{path:?} is given twice")));
            }
            let path = sortable(path).map_err(|error| invalid(spec, &error.to_string()))?;
            keys.push((path, *direction));
        }
        let mut definition = Self {
            name: spec.name.clone(),
            keys,
            unique: spec.unique,
            sparse: spec.sparse,
            partial: spec.partial.clone(),
            order: Order::new(spec.collation.as_ref())
                .map_err(|error| invalid(spec, &error.to_string()))?,
            text,
            condition: None,
        };
        if let Some(condition) = definition.condition_document() {
            let filter = request_depth::check([&condition])
                .and_then(|()| filter::parse(&condition, &Options::default()))
                .and_then(|filter| condition::check(&filter).map(|()| filter))
                .map_err(|error| invalid(spec, &format!("its filter: {error}")))?;
            definition.condition = Some(filter);
        }
        Ok(definition)
    }

    pub(super) fn from_bytes(name: String, bytes: &[u8], unique: bool) -> Self {
        // It was checked before it was stored; of a damaged one as much as can be read.
        let stored = Document::from_reader(bytes).unwrap_or_default();
        let keys = stored.get_document("keys").ok();
        let mut definition = Self {
            name,
            keys: keys
                .and_then(|keys| sort::parse(keys).ok())
                .unwrap_or_default(),
            unique,
            sparse: stored.get_bool("sparse").unwrap_or_default(),
            partial: stored.get_document("partial").ok().cloned(),
            order: order_of(&stored).unwrap_or_default(),
            text: stored
                .get_document("text")
                .ok()
                .and_then(text::Definition::from_document),
            condition: None,
        };
        definition.condition = definition
            .condition_document()
            .and_then(|condition| filter::parse(&condition, &Options::default()).ok());
        definition
    }

    /// The form in which it is stored, name and uniqueness apart.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, bson::error::Error> {
        let key = |(path, direction): &(Path, Direction)| {
            let ascending = *direction == Direction::Ascending;
            (
                path.text().to_owned(),
                Bson::Int32(if ascending { 1 } else { -1 }),
            )
        };
        let mut stored = doc! { "keys": self.keys.iter().map(key).collect::<Document>() };
        if self.sparse {
            stored.insert("sparse", true);
        }
        if let Some(partial) = &self.partial {
            stored.insert("partial", partial.clone());
        }
        if let Some(collation) = self.order.collation() {
            stored.insert("collation", collation.to_document());
            stored.insert(RULES, self.order.fingerprint());
        }
        if let Some(text) = &self.text {
            stored.insert("text", text.to_document());
        }
        stored.to_vec()
    }

    /// The condition as a filter document: of a sparse index, that one of its paths is there.
    pub(crate) fn condition_document(&self) -> Option<Document> {
        if !self.sparse {
            return self.partial.clone();
        }
        let exists = |(path, _): &(Path, Direction)| doc! { path.text(): { "$exists": true } };
        Some(doc! { "$or": self.keys.iter().map(exists).collect::<Vec<_>>() })
    }

    pub(crate) fn paths(&self) -> Vec<&Path> {
        self.keys.iter().map(|(path, _)| path).collect()
    }
}

impl From<Definition> for IndexSpec {
    fn from(definition: Definition) -> Self {
        let keys = definition.keys.iter();
        Self {
            keys: keys
                .map(|(path, direction)| (path.text().to_owned(), *direction))
                .collect(),
            name: definition.name,
            unique: definition.unique,
            sparse: definition.sparse,
            partial: definition.partial,
            collation: definition.order.collation().cloned(),
            text: definition.text.map(Into::into),
        }
    }
}

/// The order of strings of a stored definition.
pub(super) fn order_of(stored: &Document) -> Result<Order, Error> {
    let collation = stored.get_document("collation").ok();
    let collation = collation.map(Collation::parse).transpose()?;
    Order::new(collation.flatten().as_ref())
}

fn invalid(spec: &IndexSpec, reason: &str) -> Error {
    Error::InvalidIndex {
        index: spec.name.clone(),
        reason: reason.to_owned(),
    }
}
