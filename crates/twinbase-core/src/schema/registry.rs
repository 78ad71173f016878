//! The schemas of an application, checked once when it opens.

use std::{collections::HashSet, sync::Arc};

use super::{Kind, Name, Schema};
use crate::HEARTBEAT;

/// All schemas of an application.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    schemas: Arc<[Arc<Schema>]>,
}

/// Why a set of schemas cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the schema of aggregate `{aggregate_type}` is invalid: {reason}")]
pub struct InvalidSchema {
    /// The aggregate type at fault.
    pub aggregate_type: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A payload is composed by one function call with two arguments a field, and
/// databases allow 100 arguments.
const MAX_FIELDS: usize = 50;

impl Registry {
    /// Checks the schemas and keeps them.
    pub fn new(schemas: impl IntoIterator<Item = Arc<Schema>>) -> Result<Self, InvalidSchema> {
        let schemas: Arc<[_]> = schemas.into_iter().collect();
        let mut seen: HashSet<_> = parts(&HEARTBEAT).into();
        for schema in schemas.iter() {
            let invalid = |reason| InvalidSchema {
                aggregate_type: schema.aggregate_type.to_string(),
                reason,
            };
            check(schema).map_err(invalid)?;
            for index in &schema.indexes {
                let unknown = |key: &&Name| !is_in_document(schema, key);
                if let Some(key) = index.keys.iter().map(|(key, _)| key).find(unknown) {
                    let name = &index.name;
                    let reason = format!("index `{name}` is of `{key}`, which no document has");
                    return Err(invalid(reason));
                }
            }
            if let Some(text) = &schema.text {
                text.check(schema).map_err(invalid)?;
            }
            for (what, name) in parts(schema) {
                if !seen.insert((what, name)) {
                    let reason = format!("another aggregate has the same {what} `{name}`");
                    return Err(invalid(reason));
                }
            }
        }
        Ok(Self { schemas })
    }

    /// The schema of an aggregate type.
    pub fn by_type(&self, aggregate_type: &str) -> Option<&Arc<Schema>> {
        self.all()
            .find(|schema| schema.aggregate_type == aggregate_type)
    }

    /// The schema whose documents lie in this collection.
    pub fn by_collection(&self, collection: &str) -> Option<&Arc<Schema>> {
        self.all().find(|schema| schema.collection == collection)
    }

    /// The application's schemas, in the order of registration.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Schema>> {
        self.schemas.iter()
    }

    /// The application's schemas and Twinbase's own: everything that is carried over.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Schema>> {
        self.iter().chain([&*HEARTBEAT])
    }

    /// Every type with the hash of its mapping, as [`crate::primary::PendingRequest::mappings`] takes them.
    pub fn mappings(&self) -> Vec<(Name, i64)> {
        self.all()
            .map(|schema| (schema.aggregate_type.clone(), schema.mapping_hash()))
            .collect()
    }
}

/// What no two schemas share.
fn parts(schema: &Schema) -> [(&'static str, &str); 3] {
    [
        ("type", &schema.aggregate_type),
        ("table", &schema.table.name),
        ("collection", &schema.collection),
    ]
}

fn check(schema: &Schema) -> Result<(), String> {
    if !is_name(&schema.aggregate_type)
        || !is_name(&schema.collection)
        || !is_name(&schema.table.name)
    {
        return Err("type, table and collection are names of letters, digits and `_`".into());
    }
    let fields = &schema.table.fields;
    let keys = fields.iter().filter(|field| field.key).count();
    if keys != 1 {
        return Err(format!(
            "it has {keys} key fields and must have exactly one"
        ));
    }
    if fields.len() > MAX_FIELDS {
        return Err(format!("it has more than {MAX_FIELDS} fields"));
    }
    let (mut columns, mut names) = (HashSet::new(), HashSet::new());
    for field in fields {
        let name = field.name.as_deref().unwrap_or("private");
        if !is_name(&field.column) || !is_name(name) {
            return Err(format!("`{}` is not a name", field.column));
        }
        if matches!(name, "_id" | "_sync") || (name == "id") != field.key {
            return Err(format!("the name `{name}` is reserved"));
        }
        let can_be_key = matches!(
            field.kind,
            Kind::Text | Kind::Uuid | Kind::Int32 | Kind::Int64
        );
        if field.key && (!can_be_key || field.nullable || field.many) {
            return Err("the key must be a text, a uuid or an integer, and not null".into());
        }
        if !field.values.is_empty() && field.kind != Kind::Text {
            return Err(format!("`{}` lists values and is no text", field.column));
        }
        if !columns.insert(&field.column)
            || field.name.as_ref().is_some_and(|name| !names.insert(name))
        {
            return Err(format!("`{}` appears twice", field.column));
        }
    }
    Ok(())
}

/// Whether documents have the field, or the one that a path such as `address.city` begins with.
fn is_in_document(schema: &Schema, key: &str) -> bool {
    let field = key.split('.').next().unwrap_or_default();
    field == "_id" || schema.mapped().any(|(of, name)| name == field && !of.key)
}

/// Names that need no quoting rules anywhere: SQL, JSON paths, metrics.
fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.len() <= 63
}
