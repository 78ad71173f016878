//! Pages of a list, by keyset: a place is the values of the last item in the columns of the order.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use twinbase_core::{Schema, Value, find, write::Order};

use super::{ReadError, found::Found};

/// Some items of a list, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; `None` when this is the last.
    pub next: Option<Cursor>,
}

/// A place in a list. It stays where it is whatever is inserted or deleted, and is the same on both sides: pages
/// neither skip nor repeat, whichever side gives which.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(Vec<Json>);

impl Eq for Cursor {}

impl Cursor {
    /// The place of an item; `None` when one of the columns has no field in it.
    pub(super) fn of(schema: &Schema, order: &[Order], item: &Found) -> Option<Self> {
        let fields = item.fields()?;
        let place = order.iter().map(|order| {
            let field = schema.table.field(&order.column)?;
            let value = fields.get(field.name.as_deref()?)?;
            Some(find::shown(field, value))
        });
        place.collect::<Option<_>>().map(Self)
    }

    /// A place in no list.
    pub(super) const fn nowhere() -> Self {
        Self(Vec::new())
    }

    /// The place of something that has the fields of the order, as its own type writes them.
    pub(super) fn of_item(schema: &Schema, order: &[Order], item: &impl Serialize) -> Option<Self> {
        let item = serde_json::to_value(item).ok()?;
        let place = order.iter().map(|order| {
            let field = schema.table.field(&order.column)?;
            item.get(field.name.as_deref()?).cloned()
        });
        place.collect::<Option<_>>().map(Self)
    }

    /// The values of the place in the columns of an order.
    pub(super) fn values(&self, schema: &Schema, order: &[Order]) -> Result<Vec<Value>, ReadError> {
        if self.0.len() != order.len() {
            return Err(ReadError::InvalidCursor);
        }
        let value = |(order, value): (&Order, &Json)| {
            let field = schema.table.field(&order.column)?;
            find::value(field, value)
        };
        let values = order.iter().zip(&self.0).map(value);
        values
            .collect::<Option<_>>()
            .ok_or(ReadError::InvalidCursor)
    }
}
