//! Whether a Rust type is what its schema says, told by a value of it.

use std::mem::discriminant;

use bson::Document;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::{Field, Kind, Name, Schema};
use crate::mapping::{MapError, bson_to_json, to_bson};

/// How a value of an aggregate's type differs from the schema: everything, one sentence each. They name fields, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the struct of aggregate `{aggregate_type}` is not what its schema says: {}", .differences.join("; "))]
pub struct SampleMismatch {
    /// The aggregate type of the schema.
    pub aggregate_type: Name,
    /// What differs.
    pub differences: Vec<String>,
}

impl Schema {
    /// Compares a value of the aggregate's type with the schema, and returns the document that it stands for, without `_id`.
    ///
    /// What one value does not show is not found: give one with a value in each optional field, and one with none.
    ///
    /// # Errors
    /// A field that the schema does not have, one that is missing, null where it may not be or of another kind;
    /// also one that documents hold in another form than the type has it in, so that it could not be read back.
    pub fn check_sample(&self, sample: &impl Serialize) -> Result<Document, SampleMismatch> {
        let (document, differences) = match serde_json::to_value(sample) {
            Ok(Json::Object(fields)) => self.compare(&fields),
            Ok(_) => (Document::new(), vec!["it has no named fields".to_owned()]),
            Err(error) => (
                Document::new(),
                vec![format!("it cannot be serialized: {error}")],
            ),
        };
        if differences.is_empty() {
            return Ok(document);
        }
        Err(SampleMismatch {
            aggregate_type: self.aggregate_type.clone(),
            differences,
        })
    }

    fn compare(&self, fields: &Map<String, Json>) -> (Document, Vec<String>) {
        let is_mapped = |name: &str| self.mapped().any(|(_, mapped)| mapped == name);
        let unknown = fields.keys().filter(|name| !is_mapped(name));
        let mut differences: Vec<_> = unknown
            .map(|name| format!("field `{name}` of the struct is not in the schema"))
            .collect();
        let mut document = Document::new();
        for (field, name) in self.mapped() {
            match fields.get(name) {
                None => differences.push(format!("field `{name}` is not in the struct")),
                // It is a text in every struct, whatever its column is.
                Some(Json::String(_)) if field.key => {}
                Some(value) => match same(field, name, value) {
                    Ok(value) => {
                        document.insert(name, value);
                    }
                    Err(error) => differences.push(error.to_string()),
                },
            }
        }
        (document, differences)
    }
}

/// What documents hold of a field. It has to be read back as it was: payloads are taken in more forms than documents are
/// read in, such as a whole number in a text.
fn same(field: &Field, name: &str, value: &Json) -> Result<bson::Bson, MapError> {
    let kept = to_bson(field, name, value)?;
    let read = bson_to_json(kept.clone());
    if field.kind == Kind::Json || is_alike(&read, value) {
        return Ok(kept);
    }
    Err(MapError::WrongType {
        field: name.to_owned().into(),
        kind: field.kind,
    })
}

/// Whether both are of one type for serde: a whole number is not a fraction.
fn is_alike(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_alike(a, b))
        }
        _ => discriminant(a) == discriminant(b) && a.is_f64() == b.is_f64(),
    }
}

#[cfg(test)]
mod tests {
    use bson::doc;
    use serde_json::json;

    use super::{super::Table, *};

    fn check(sample: &Json) -> Result<Document, Vec<String>> {
        let fields = [
            Field::key("id"),
            Field::new("title", "title", Kind::Text),
            Field::new("points", "points", Kind::Int64),
            Field::new("ratio", "ratio", Kind::Double),
            Field::new("due_at", "dueAt", Kind::Timestamp).nullable(),
            Field::private("secret", Kind::Text),
        ];
        let schema = Schema::new("todo", Table::new("todos", &fields), "todos");
        schema.check_sample(sample).map_err(|of| of.differences)
    }

    #[test]
    fn a_sample_of_the_right_kinds_is_a_document() {
        let sample = json!({"id": "a", "title": "t", "points": 1, "ratio": 1.0, "dueAt": null});
        let document = doc! { "title": "t", "points": 1_i64, "ratio": 1.0, "dueAt": null };
        assert_eq!(check(&sample), Ok(document));
    }

    #[test]
    fn everything_that_differs_is_named() {
        let sample = json!({"id": 1, "title": null, "points": "1", "ratio": 1, "secret": "x"});
        let differences = [
            "field `secret` of the struct is not in the schema",
            "field `id` is not of type Text",
            "field `title` is null",
            "field `points` is not of type Int64",
            "field `ratio` is not of type Double",
            "field `dueAt` is not in the struct",
        ];
        assert_eq!(check(&sample), Err(differences.map(str::to_owned).to_vec()));
        let named = check(&json!(1));
        assert_eq!(named, Err(vec!["it has no named fields".to_owned()]));
    }
}
