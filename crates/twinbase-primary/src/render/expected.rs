//! A change that expects a version: of which aggregate it is, and whether the version is why nothing changed.

use twinbase_core::{
    AggregateId, Key, PrimaryError, Schema, Value, Version,
    primary::PrimaryKind,
    write::{Action, Comparison, Target, Write},
};

use crate::fail;

use super::{change::UPDATE, select, sql::Sql};

/// What a conditional change asks for.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(super) key: Key,
    pub(super) version: Version,
    /// Returns the version that the row is at; no row when there is none.
    pub(crate) found: Sql,
}

impl Expected {
    /// What a change expects; `None` when it takes any version.
    pub(crate) fn of(kind: PrimaryKind, write: &Write) -> Result<Option<Self>, PrimaryError> {
        let Some(version) = write.expected else {
            return Ok(None);
        };
        let Target::Aggregate(ref schema) = write.target else {
            return Err(fail::invalid_statement(
                UPDATE,
                "a table without events has no versions to expect",
            ));
        };
        let value = key(schema, &write.action)?;
        let id = match value {
            Value::Text(id) => AggregateId::new(id).map_err(|error| error.to_string()),
            _ => Err("the key is not a text".to_owned()),
        };
        let id = id.map_err(|reason| fail::invalid_value(UPDATE, reason))?;
        let mut found = Sql::new(kind);
        select::version(found.push("select "), schema);
        select::from(&mut found, schema);
        found
            .push(" where ")
            .column(&schema.table.name, &schema.key().column)
            .push(" = ")
            .value(value.clone());
        Ok(Some(Self {
            key: Key::new(schema.aggregate_type.as_ref(), id),
            version,
            found,
        }))
    }

    /// Refuses another version. A row that does not exist is at no version to conflict with.
    pub(crate) fn check(&self, found: Option<i64>) -> Result<(), PrimaryError> {
        match found.map(Version::new) {
            Some(found) if found != self.version => Err(PrimaryError::VersionConflict {
                key: self.key.clone(),
                expected: self.version,
                found,
            }),
            _ => Ok(()),
        }
    }
}

/// The key of the one aggregate that a conditional change is of.
fn key<'a>(schema: &Schema, action: &'a Action) -> Result<&'a Value, PrimaryError> {
    let filter = match action {
        Action::Update { filter, .. } | Action::Delete { filter } => filter.as_slice(),
        Action::Insert { .. } => &[],
    };
    filter
        .iter()
        .find(|condition| {
            condition.column == schema.key().column && condition.comparison == Comparison::Equal
        })
        .and_then(|condition| condition.values.first())
        .ok_or_else(|| {
            fail::invalid_statement(
                UPDATE,
                "only an update or delete of one aggregate by its key can expect a version",
            )
        })
}
