//! The variables of a `$lookup` in its pipeline. They are constants for one outer document, so each place where an expression
//! names one becomes a literal, and the pipeline is planned with them: a filter by a variable can be served by an index.

use bson::{Bson, Document, doc};

/// Names with their values; `None` is a missing one.
pub(super) type Values = Vec<(String, Option<Bson>)>;

/// The pipeline with literals for the variables.
pub(super) fn pipeline(stages: &[Document], values: &Values) -> Vec<Document> {
    stages
        .iter()
        .map(|each| {
            each.iter()
                .map(|(name, value)| (name.clone(), stage(name, value, values)))
                .collect()
        })
        .collect()
}

fn stage(name: &str, value: &Bson, values: &Values) -> Bson {
    match name {
        "$match" => filter(value, values),
        // Names of fields and collections, and orders, are no expressions.
        "$sort" | "$limit" | "$skip" | "$count" | "$unset" | "$unwind" | "$sample" => value.clone(),
        "$facet" => match value {
            Bson::Document(facets) => Bson::Document(
                facets
                    .iter()
                    .map(|(name, stages)| (name.clone(), stages_of(stages, values)))
                    .collect(),
            ),
            value => value.clone(),
        },
        "$lookup" | "$unionWith" => nested(value, values),
        _ => expression(value, values),
    }
}

fn stages_of(value: &Bson, values: &Values) -> Bson {
    let Bson::Array(stages) = value else {
        return value.clone();
    };
    Bson::Array(
        stages
            .iter()
            .map(|each| match each {
                Bson::Document(document) => Bson::Document(
                    document
                        .iter()
                        .map(|(name, value)| (name.clone(), stage(name, value, values)))
                        .collect(),
                ),
                other => other.clone(),
            })
            .collect(),
    )
}

/// A pipeline inside: its own variables are given by expressions, and hide ours of the same name.
fn nested(value: &Bson, values: &Values) -> Bson {
    let Bson::Document(spec) = value else {
        return value.clone();
    };
    let own = spec.get_document("let").ok();
    let visible: Values = values
        .iter()
        .filter(|(name, _)| !own.is_some_and(|own| own.contains_key(name)))
        .cloned()
        .collect();
    Bson::Document(
        spec.iter()
            .map(|(name, value)| {
                let value = match name.as_str() {
                    "let" => expression(value, values),
                    "pipeline" => stages_of(value, &visible),
                    _ => value.clone(),
                };
                (name.clone(), value)
            })
            .collect(),
    )
}

/// In a filter only `$expr` has expressions.
fn filter(value: &Bson, values: &Values) -> Bson {
    match value {
        Bson::Document(filter) => {
            let mut bound = Document::new();
            let mut implied = Vec::new();
            for (name, value) in filter {
                let value = match name.as_str() {
                    "$expr" => {
                        let value = expression(value, values);
                        equalities(&value, &mut implied);
                        value
                    }
                    "$and" | "$or" | "$nor" => match value {
                        Bson::Array(filters) => {
                            Bson::Array(filters.iter().map(|f| self::filter(f, values)).collect())
                        }
                        value => value.clone(),
                    },
                    _ => value.clone(),
                };
                bound.insert(name, value);
            }
            if implied.is_empty() {
                return Bson::Document(bound);
            }
            implied.push(Bson::Document(bound));
            Bson::Document(doc! { "$and": implied })
        }
        value => value.clone(),
    }
}

/// What an equality of a path and a value also says as a filter, which an index can serve. Only for values of which the filter
/// finds all that the expression finds: null also stands for what is missing, and arrays are compared by their elements.
fn equalities(condition: &Bson, implied: &mut Vec<Bson>) {
    let Bson::Document(condition) = condition else {
        return;
    };
    match condition.iter().next() {
        Some((name, Bson::Array(all))) if name == "$and" => {
            for one in all {
                equalities(one, implied);
            }
        }
        Some((name, Bson::Array(sides))) if name == "$eq" && sides.len() == 2 => {
            for (path, value) in [(&sides[0], &sides[1]), (&sides[1], &sides[0])] {
                let path = path
                    .as_str()
                    .and_then(|path| path.strip_prefix('$'))
                    .filter(|path| !path.starts_with('$'));
                let value = value
                    .as_document()
                    .and_then(|value| value.get("$literal"))
                    .filter(|value| is_scalar(value));
                if let (Some(path), Some(value)) = (path, value) {
                    implied.push(Bson::Document(doc! { path: { "$eq": value.clone() } }));
                }
            }
        }
        _ => {}
    }
}

fn is_scalar(value: &Bson) -> bool {
    matches!(
        value,
        Bson::String(_)
            | Bson::Int32(_)
            | Bson::Int64(_)
            | Bson::Double(_)
            | Bson::Boolean(_)
            | Bson::ObjectId(_)
            | Bson::DateTime(_)
            | Bson::Binary(_)
    )
}

fn expression(value: &Bson, values: &Values) -> Bson {
    match value {
        Bson::String(text) => variable(text, values).unwrap_or_else(|| value.clone()),
        Bson::Array(elements) => {
            Bson::Array(elements.iter().map(|e| expression(e, values)).collect())
        }
        Bson::Document(document) => match document.iter().next() {
            Some((name, _)) if name == "$literal" => value.clone(),
            Some((name, Bson::Document(inner))) if name == "$let" => {
                scoped(name, inner, "vars", values)
            }
            Some((name, Bson::Document(inner))) if ["$map", "$filter"].contains(&name.as_str()) => {
                scoped(name, inner, "as", values)
            }
            _ => Bson::Document(
                document
                    .iter()
                    .map(|(name, value)| (name.clone(), expression(value, values)))
                    .collect(),
            ),
        },
        value => value.clone(),
    }
}

/// An operator that names variables of its own: they hide ours in its body, and not in what they are given by.
fn scoped(operator: &str, spec: &Document, names: &str, values: &Values) -> Bson {
    let hides = |name: &str| match spec.get(names) {
        Some(Bson::String(own)) => own == name,
        Some(Bson::Document(own)) => own.contains_key(name),
        _ => false,
    };
    let visible: Values = values
        .iter()
        .filter(|(name, _)| !hides(name))
        .cloned()
        .collect();
    let bound: Document = spec
        .iter()
        .map(|(name, value)| {
            let value = match name.as_str() {
                "in" | "cond" => expression(value, &visible),
                "as" => value.clone(),
                _ => expression(value, values),
            };
            (name.clone(), value)
        })
        .collect();
    Bson::Document(doc! { operator: bound })
}

fn variable(text: &str, values: &Values) -> Option<Bson> {
    let named = text.strip_prefix("$$")?;
    let (name, path) = match named.split_once('.') {
        Some((name, path)) => (name, Some(path)),
        None => (named, None),
    };
    let (_, value) = values.iter().find(|(own, _)| own == name)?;
    let Some(value) = value else {
        return Some(Bson::String("$$REMOVE".to_owned()));
    };
    let literal = doc! { "$literal": value.clone() };
    Some(Bson::Document(match path {
        None => literal,
        Some(path) => doc! { "$let": {
            "vars": { "bound": literal },
            "in": format!("$$bound.{path}"),
        } },
    }))
}
