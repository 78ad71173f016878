//! A read of rows in the query language of documents: the same answer, in the same order, from the other side.
//!
//! The rules are MongoDB's ("Comparison/Sort Order" of its manual): null comes before every value, a comparison with
//! a value finds only values of its type, and texts compare byte by byte. The primary's statement follows them too.

use bson::{Bson, DateTime, Document, doc};
use jiff::Timestamp;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::{
    Field, Kind, ReplicaError, Schema, Value, parse_time,
    replica::Find,
    to_millis,
    write::{Comparison, Condition, Order, Select},
};

impl Select {
    /// The same read of documents.
    ///
    /// # Errors
    ///
    /// [`ReplicaError::InvalidQuery`] for a column that no document has, for one whose values have no order that both sides share, and
    /// when `after` does not have a value for each column of the order.
    pub fn to_find(&self) -> Result<Find, ReplicaError> {
        let schema = &*self.schema;
        let filter = self.filter.iter().map(|of| condition(schema, of));
        let mut all = filter.collect::<Result<Vec<_>, _>>()?;
        if let Some(after) = &self.after {
            all.extend(beyond(schema, &self.order, after)?);
        }
        let mut sort = Document::new();
        for order in &self.order {
            let (_, name) = ordered(schema, &order.column)?;
            sort.insert(name, if order.descending { -1 } else { 1 });
        }
        Ok(Find {
            filter: conjunction(all),
            sort: (!sort.is_empty()).then_some(sort),
            limit: Some(self.limit.into()),
            ..Find::default()
        })
    }
}

/// Documents that match all of these.
pub fn conjunction(mut all: Vec<Document>) -> Document {
    match (all.pop(), all.is_empty()) {
        (None, _) => Document::new(),
        (Some(one), true) => one,
        (Some(last), false) => {
            all.push(last);
            doc! { "$and": all }
        }
    }
}

fn condition(schema: &Schema, condition: &Condition) -> Result<Document, ReplicaError> {
    let (field, name) = mapped(schema, &condition.column)?;
    let values = condition.values.iter().map(|value| to_bson(field, value));
    let mut values = values.collect::<Result<Vec<_>, _>>()?;
    if condition.comparison == Comparison::In && field.has_order() {
        return Ok(doc! { name: { "$in": values } });
    }
    let value = values.pop().filter(|_| values.is_empty());
    let value = value.ok_or_else(|| invalid("a comparison takes one value"))?;
    if !field.has_order() && value != Bson::Null {
        return Err(no_order(name));
    }
    Ok(match condition.comparison {
        Comparison::Equal | Comparison::In => doc! { name: value },
        Comparison::NotEqual => doc! { name: { "$ne": value } },
        Comparison::Less => doc! { name: { "$lt": value } },
        Comparison::Greater => doc! { name: { "$gt": value } },
    })
}

/// What comes after the document with these values, column by column: beyond it in one, the same in all before.
fn beyond(
    schema: &Schema,
    order: &[Order],
    after: &[Value],
) -> Result<Vec<Document>, ReplicaError> {
    if order.is_empty() || order.len() != after.len() {
        return Err(invalid(
            "a place in a list has a value for each column of its order",
        ));
    }
    let mut same = Vec::new();
    let mut branches = Vec::new();
    let mut bound = None;
    for (order, value) in order.iter().zip(after) {
        let (field, name) = ordered(schema, &order.column)?;
        let value = to_bson(field, value)?;
        let further = match (order.descending, &value) {
            // Null is the first of all values, so nothing comes before it.
            (true, Bson::Null) => None,
            (false, Bson::Null) => Some(doc! { name: { "$ne": Bson::Null } }),
            (false, value) => Some(doc! { name: { "$gt": value.clone() } }),
            (true, value) if field.nullable => {
                Some(doc! { "$or": [{ name: { "$lt": value.clone() } }, { name: Bson::Null }] })
            }
            (true, value) => Some(doc! { name: { "$lt": value.clone() } }),
        };
        if let Some(further) = further {
            let mut all: Vec<Document> = same.clone();
            all.push(further);
            branches.push(conjunction(all));
        }
        // What every branch has in common, so that an index leads to the place.
        if same.is_empty() && !field.nullable {
            let up_to = if order.descending { "$lte" } else { "$gte" };
            bound = Some(doc! { name: { up_to: value.clone() } });
        }
        same.push(doc! { name: value });
    }
    let rest = match branches.len() {
        // No document has no id.
        0 => doc! { "_id": Bson::Null },
        1 => branches.remove(0),
        _ => doc! { "$or": branches },
    };
    Ok(bound.into_iter().chain([rest]).collect())
}

/// A column and its field in documents.
fn mapped<'a>(schema: &'a Schema, column: &str) -> Result<(&'a Field, &'a str), ReplicaError> {
    let field = schema.table.field(column);
    let field = field
        .ok_or_else(|| invalid(format!("`{}` has no column `{column}`", schema.table.name)))?;
    match field.name.as_deref() {
        Some(_) if field.key => Ok((field, "_id")),
        Some(name) => Ok((field, name)),
        None => Err(invalid(format!("column `{column}` is in no document"))),
    }
}

/// A column whose values both sides order in the same way, and its field in documents.
///
/// # Errors
///
/// [`ReplicaError::InvalidQuery`] for another one, and for one that no document has.
pub fn ordered<'a>(schema: &'a Schema, column: &str) -> Result<(&'a Field, &'a str), ReplicaError> {
    let (field, name) = mapped(schema, column)?;
    if !field.has_order() {
        return Err(no_order(name));
    }
    Ok((field, name))
}

/// A value as documents have it.
fn to_bson(field: &Field, value: &Value) -> Result<Bson, ReplicaError> {
    Ok(match (field.kind, value) {
        (_, Value::Null) => Bson::Null,
        // Whatever a key's kind, documents have it as a text.
        (_, Value::Text(key)) if field.key => Bson::String(key.clone()),
        (Kind::Bool, Value::Bool(value)) => Bson::Boolean(*value),
        // Numbers compare as numbers, whatever their type.
        (Kind::Int32 | Kind::Int64 | Kind::Double, Value::Int(number)) => Bson::Int64(*number),
        (Kind::Double, Value::Double(number)) => Bson::Double(*number),
        (Kind::Uuid, Value::Text(text)) => {
            let id = Uuid::try_parse(text).map_err(|_| unfit(field))?;
            Bson::String(id.to_string())
        }
        (Kind::Text | Kind::Date, Value::Text(text)) => Bson::String(text.clone()),
        (Kind::Timestamp, Value::Timestamp(at)) => {
            Bson::DateTime(DateTime::from_millis(at.as_millisecond()))
        }
        _ => return Err(unfit(field)),
    })
}

/// A value in a payload's JSON as the JSON of a place in a list: a time in one form, one that none can show as the
/// nearest that can.
pub fn shown(field: &Field, value: &Json) -> Json {
    match (field.kind, value) {
        (Kind::Timestamp, Json::String(text)) => {
            let is_before = text.starts_with('-') || text.ends_with("BC");
            let nearest = if is_before {
                Timestamp::MIN
            } else {
                Timestamp::MAX
            };
            let at = parse_time(text).map_or(nearest, to_millis);
            Json::String(at.to_string())
        }
        (_, value) => value.clone(),
    }
}

/// The value of a column in the JSON of a place; `None` when it is of another kind.
pub fn value(field: &Field, value: &Json) -> Option<Value> {
    if value.is_null() {
        return field.nullable.then_some(Value::Null);
    }
    match field.kind {
        _ if field.key => Some(value.as_str()?.into()),
        Kind::Text | Kind::Uuid | Kind::Date => Some(value.as_str()?.into()),
        Kind::Bool => Some(value.as_bool()?.into()),
        Kind::Int32 => Some(i32::try_from(value.as_i64()?).ok()?.into()),
        Kind::Int64 => Some(value.as_i64()?.into()),
        Kind::Double => Some(value.as_f64()?.into()),
        Kind::Timestamp => Some(value.as_str()?.parse::<Timestamp>().ok()?.into()),
        Kind::Json | Kind::Decimal | Kind::Bytes => None,
    }
}

fn unfit(field: &Field) -> ReplicaError {
    invalid(format!(
        "`{}` takes a value of type {:?}",
        field.column, field.kind
    ))
}

fn no_order(name: &str) -> ReplicaError {
    invalid(format!(
        "`{name}` holds values without an order that both sides share"
    ))
}

fn invalid(reason: impl Into<String>) -> ReplicaError {
    ReplicaError::InvalidQuery {
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::Table;

    fn select(order: &[(&'static str, bool)], after: Vec<Value>) -> Select {
        let table = Table::new(
            "todos",
            [
                Field::key("id"),
                Field::new("points", "points", Kind::Int32),
                Field::new("due_at", "dueAt", Kind::Timestamp).nullable(),
                Field::new("extra", "extra", Kind::Json),
                Field::private("secret", Kind::Text),
            ],
        );
        let order = order.iter().map(|(column, descending)| Order {
            column: (*column).into(),
            descending: *descending,
        });
        Select {
            order: order.collect(),
            after: Some(after),
            ..Select::new(&Arc::new(Schema::new("todo", table, "todos")), 2)
        }
    }

    #[test]
    fn a_page_goes_on_beyond_its_place_column_by_column() {
        let find = |order: &[_], after| select(order, after).to_find().expect("a query").filter;
        assert_eq!(
            find(
                &[("points", true), ("id", false)],
                vec![3.into(), "a".into()]
            ),
            doc! { "$and": [
                { "points": { "$lte": 3_i64 } },
                { "$or": [
                    { "points": { "$lt": 3_i64 } },
                    { "$and": [{ "points": 3_i64 }, { "_id": { "$gt": "a" } }] },
                ] },
            ] }
        );
        assert_eq!(
            find(
                &[("due_at", true), ("id", true)],
                vec![Value::Null, "a".into()]
            ),
            doc! { "$and": [{ "dueAt": Bson::Null }, { "_id": { "$lt": "a" } }] }
        );
        assert_eq!(
            find(&[("due_at", true)], vec![Value::Null]),
            doc! { "_id": Bson::Null }
        );
    }

    #[test]
    fn what_documents_do_not_have_or_order_is_refused() {
        for (column, value) in [
            ("extra", Value::Null),
            ("secret", "x".into()),
            ("nowhere", 1.into()),
            ("points", "one".into()),
        ] {
            let refused = select(&[(column, false)], vec![value]).to_find();
            assert!(refused.is_err(), "{column}");
        }
    }
}
