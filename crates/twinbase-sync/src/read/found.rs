//! One aggregate as a read found it, on either side.

use bson::Document;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use twinbase_core::{
    Schema, State,
    mapping::{self, FromDocument},
};

pub(super) enum Found {
    Document(Document),
    Row(State),
}

impl Found {
    /// As a type of the collection's.
    pub(super) fn read<A: FromDocument>(self, schema: &Schema) -> Option<A> {
        match self {
            Self::Document(document) => A::from_document(document),
            Self::Row(state) => A::from_row(schema, &state),
        }
    }

    /// As a type that is read from the payload's JSON, or from a part of it.
    pub(super) fn read_as<T: DeserializeOwned>(self) -> Option<T> {
        match self {
            Self::Document(document) => mapping::deserialize(document),
            Self::Row(state) => serde_json::from_str(state.payload.as_deref()?).ok(),
        }
    }

    /// The payload's JSON.
    pub(super) fn fields(&self) -> Option<Map<String, Json>> {
        match self {
            Self::Document(document) => Some(mapping::to_json(document.clone())),
            Self::Row(state) => serde_json::from_str(state.payload.as_deref()?).ok(),
        }
    }
}
