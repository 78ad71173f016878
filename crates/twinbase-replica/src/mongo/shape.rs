//! Readers' queries as they are sent: tombstones and `_sync` left out, indexes still of use.

use bson::{Bson, Document, doc};

use crate::query::SYNC;

/// The filter without tombstones. It has no condition on `_sync` of its own: those are refused. As one more condition
/// beside the reader's own, it is checked on the documents that an index has found, and keeps none from being used.
pub(super) fn filter(mut filter: Document) -> Document {
    filter.insert("_sync.deleted", doc! { "$ne": true });
    filter
}

/// The projection without `_sync`, so that it need not travel; one that names the fields to show needs no help. Beside
/// the score of a search not every server takes a field to be left out: there it travels, and no reader sees it either.
pub(super) fn projection(projection: Option<Document>) -> Document {
    let mut projection = projection.unwrap_or_default();
    let asks_for_score = projection.values().any(is_meta);
    if !shows_named_only(&projection) && !asks_for_score {
        projection.insert(SYNC, 0);
    }
    projection
}

fn is_meta(value: &Bson) -> bool {
    let inner = value.as_document();
    inner.is_some_and(|inner| inner.contains_key("$meta"))
}

/// Whether a projection names what to show. `_id` decides only when nothing else does.
fn shows_named_only(projection: &Document) -> bool {
    let decisive = projection
        .iter()
        .filter(|(name, _)| *name != "_id")
        .find_map(|(_, value)| shows(value));
    decisive
        .or_else(|| projection.get("_id").and_then(shows))
        .unwrap_or(false)
}

fn shows(value: &Bson) -> Option<bool> {
    match value {
        Bson::Int32(n) => Some(*n != 0),
        Bson::Int64(n) => Some(*n != 0),
        Bson::Double(n) => Some(*n != 0.0),
        Bson::Boolean(shown) => Some(*shown),
        Bson::Document(inner) => match inner.keys().next().map(String::as_str) {
            // These change what is shown of a field, not which fields are.
            None | Some("$slice" | "$meta") => None,
            Some(operator) if operator.starts_with('$') => Some(true),
            Some(_) => inner.values().find_map(shows),
        },
        _ => Some(true),
    }
}

/// The pipeline without tombstones and `_sync`.
///
/// `_sync` is taken away only after the leading stages that pass documents on unchanged: servers use indexes for
/// `$match`, `$sort` and `$limit` at the start, and not for a `$sort` behind a `$project`.
pub(super) fn pipeline(pipeline: Vec<Document>) -> Vec<Document> {
    let mut stages = pipeline.into_iter().map(other_collections).peekable();
    // The reader's first conditions go into the same stage: some (`$text`) are only allowed in the first.
    let first = match stages.next_if(|stage| passes_on(stage) && stage.contains_key("$match")) {
        Some(mut stage) => match stage.remove("$match") {
            Some(Bson::Document(conditions)) => conditions,
            // For the server to refuse.
            other => doc! { "$match": other },
        },
        None => Document::new(),
    };
    let mut result = vec![doc! { "$match": filter(first) }];
    while let Some(stage) = stages.next_if(passes_on) {
        result.push(stage);
    }
    result.push(doc! { "$project": { SYNC: 0 } });
    result.extend(stages);
    result
}

/// A stage that reads another collection gets the same pipeline over it.
fn other_collections(mut stage: Document) -> Document {
    if let Ok(spec) = stage.get_document_mut("$lookup") {
        shape_inner(spec);
    }
    match stage.get_mut("$unionWith") {
        Some(Bson::Document(spec)) => shape_inner(spec),
        Some(name @ Bson::String(_)) => {
            let mut spec = doc! { "coll": name.clone() };
            shape_inner(&mut spec);
            *name = Bson::Document(spec);
        }
        _ => {}
    }
    if let Ok(facets) = stage.get_document_mut("$facet") {
        for (_, stages) in facets.iter_mut() {
            if let Bson::Array(stages) = stages {
                let shaped = std::mem::take(stages).into_iter().map(|stage| match stage {
                    Bson::Document(stage) => Bson::Document(other_collections(stage)),
                    other => other,
                });
                *stages = shaped.collect();
            }
        }
    }
    stage
}

fn shape_inner(spec: &mut Document) {
    let stages = match spec.remove("pipeline") {
        Some(Bson::Array(stages)) => stages,
        _ => Vec::new(),
    };
    // Queries are checked: every stage is a document.
    let stages = stages.into_iter().filter_map(|stage| match stage {
        Bson::Document(stage) => Some(stage),
        _ => None,
    });
    spec.insert("pipeline", pipeline(stages.collect()));
}

/// An expression in a `$match` could look at the document as a whole.
fn passes_on(stage: &Document) -> bool {
    match stage.iter().next() {
        Some((name, body)) => match name.as_str() {
            "$match" => !mentions_expr(body),
            "$sort" | "$skip" | "$limit" => true,
            _ => false,
        },
        None => false,
    }
}

/// Queries are checked to be shallow before they come here.
fn mentions_expr(value: &Bson) -> bool {
    match value {
        Bson::Document(inner) => inner
            .iter()
            .any(|(name, value)| name == "$expr" || mentions_expr(value)),
        Bson::Array(values) => values.iter().any(mentions_expr),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use bson::{Document, doc};

    use super::{pipeline, projection};

    #[track_caller]
    fn hides(given: &Document, hidden: bool) {
        assert_eq!(
            projection(Some(given.clone())).contains_key("_sync"),
            hidden,
            "{given}"
        );
    }

    #[test]
    fn sync_is_left_out_of_every_projection_that_would_show_it() {
        assert_eq!(projection(None), doc! { "_sync": 0 });
        for shows_all in [
            doc! {},
            doc! { "a": 0 },
            doc! { "a": false, "_id": 1 },
            doc! { "_id": 0 },
            doc! { "a": { "$slice": 2 } },
            doc! { "a": { "b": 0 } },
        ] {
            hides(&shows_all, true);
        }
        for names in [
            doc! { "a": 1 },
            doc! { "_id": 1 },
            doc! { "_id": 0, "a": true },
            doc! { "a": "$b" },
            doc! { "a": { "b": 1.0 } },
            doc! { "a": { "$elemMatch": { "b": 1 } } },
            doc! { "score": { "$meta": "textScore" } },
        ] {
            hides(&names, false);
        }
    }

    #[test]
    fn leading_match_and_sort_stay_in_front_where_indexes_serve_them() {
        let given = vec![
            doc! { "$match": { "showProfile": true } },
            doc! { "$sort": { "points": -1 } },
            doc! { "$limit": 10 },
            doc! { "$group": { "_id": null, "all": { "$push": "$$ROOT" } } },
            doc! { "$sort": { "x": 1 } },
        ];
        let sent = pipeline(given.clone());
        assert_eq!(
            sent[0],
            doc! { "$match": { "showProfile": true, "_sync.deleted": { "$ne": true } } }
        );
        assert_eq!(sent[1..3], given[1..3]);
        assert_eq!(sent[3], doc! { "$project": { "_sync": 0 } });
        assert_eq!(sent[4..], given[3..]);
    }

    #[test]
    fn another_collection_shows_no_tombstone_and_no_sync() {
        let hidden = [
            doc! { "$match": { "_sync.deleted": { "$ne": true } } },
            doc! { "$project": { "_sync": 0 } },
        ];
        let inside = |stage: &Document, name: &str| -> Vec<Document> {
            let stages = stage.get_document(name).unwrap().get_array("pipeline");
            let stages = stages.unwrap().iter();
            stages.map(|s| s.as_document().unwrap().clone()).collect()
        };
        let lookup = doc! { "from": "a", "localField": "b", "foreignField": "c", "as": "d" };
        let sent = pipeline(vec![
            doc! { "$lookup": lookup.clone() },
            doc! { "$unionWith": "a" },
            doc! { "$facet": { "x": [{ "$lookup": lookup }] } },
        ]);
        assert_eq!(inside(&sent[2], "$lookup"), hidden);
        assert_eq!(inside(&sent[3], "$unionWith"), hidden);
        let facet = sent[4]
            .get_document("$facet")
            .unwrap()
            .get_array("x")
            .unwrap();
        assert_eq!(inside(facet[0].as_document().unwrap(), "$lookup"), hidden);
    }

    #[test]
    fn an_expression_never_sees_a_document_with_sync() {
        let whole = doc! { "$match": { "$and": [{ "$expr": { "$ne": ["$$ROOT", {}] } }] } };
        let sent = pipeline(vec![whole.clone()]);
        assert_eq!(sent[1], doc! { "$project": { "_sync": 0 } });
        assert_eq!(sent[2], whole);
    }
}
