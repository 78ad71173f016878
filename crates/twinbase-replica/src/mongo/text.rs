//! Text search: the text index of a collection, and what readers may ask of it.
//!
//! Not every server that speaks the protocol has text search. There the collection works without the index, and a
//! search is [`ReplicaError::NoTextSearch`].

use std::collections::HashMap;

use bson::{Bson, Document, doc};
use mongodb::{IndexModel, options::IndexOptions};
use twinbase_core::{Name, ReplicaError, TextIndex};

use super::{
    Mongo,
    error::Failure,
    prepare::{self, number},
};

/// Makes the index when it is missing and, the first time, when it is different. A collection can have one text index,
/// so one of another name is in its way.
pub(super) async fn prepare(
    mongo: &Mongo,
    collection: &str,
    index: &TextIndex,
    existing: &HashMap<String, IndexModel>,
    first: bool,
) -> Result<(), ReplicaError> {
    let there: Vec<_> = existing
        .iter()
        .filter(|(name, there)| **name == index.name || is_text(there))
        .collect();
    let is_made = matches!(there[..], [(name, there)] if *name == index.name && is(there, index));
    if is_made || (!there.is_empty() && !first) {
        return Ok(());
    }
    for (name, _) in there {
        prepare::log_change(collection, name);
        prepare::drop_index(mongo, collection, name).await?;
    }
    match prepare::build(mongo, collection, vec![specification(index)]).await {
        Err(Failure::Lacking { message, .. }) => {
            if first {
                let index = index.name.as_ref();
                tracing::warn!(
                    collection,
                    index,
                    reason = message,
                    "the server has no text search"
                );
            }
            Ok(())
        }
        built => built.map_err(|failure| prepare::cannot_build(collection, failure)),
    }
}

fn specification(index: &TextIndex) -> Document {
    let field = |(name, _): &(Name, u32)| (name.to_string(), Bson::from("text"));
    let weight = |(name, weight): &(Name, u32)| (name.to_string(), Bson::from(*weight));
    doc! {
        "key": index.fields.iter().map(field).collect::<Document>(),
        "name": index.name.as_ref(),
        "weights": index.fields.iter().map(weight).collect::<Document>(),
        "default_language": index.language.name(),
        "language_override": TextIndex::LANGUAGE_FIELD,
    }
}

fn is_text(index: &IndexModel) -> bool {
    index
        .keys
        .values()
        .any(|kind| kind.as_str() == Some("text"))
}

/// Whether an index is what was asked for, as far as the server tells: it has its fields in the weights, in an order of
/// its own. One that keeps nothing but the keys is taken at its word.
fn is(there: &IndexModel, wanted: &TextIndex) -> bool {
    let default = IndexOptions::default();
    let options = there.options.as_ref().unwrap_or(&default);
    let same_fields = match &options.weights {
        Some(weights) => {
            let is_there = |(name, weight): &(Name, u32)| {
                weights.get(name.as_ref()).and_then(number) == Some(f64::from(*weight))
            };
            weights.len() == wanted.fields.len() && wanted.fields.iter().all(is_there)
        }
        None => there
            .keys
            .keys()
            .eq(wanted.fields.iter().map(|(name, _)| name.as_ref())),
    };
    let language = options.default_language.as_deref();
    let field = options.language_override.as_deref();
    is_text(there)
        && same_fields
        && language.is_none_or(|language| language == wanted.language.name())
        && field.is_none_or(|field| field == TextIndex::LANGUAGE_FIELD)
}

/// Refuses the embedded store's own extension, which the server would refuse in its words. Queries are checked to be
/// shallow before they come here.
pub(super) fn check<'q>(query: impl IntoIterator<Item = &'q Document>) -> Result<(), ReplicaError> {
    if query.into_iter().any(asks_for_prefix) {
        return Err(ReplicaError::NoTextSearch {
            reason:
                "MongoDB finds whole words; `$prefix` of `$text` is of the embedded store alone"
                    .to_owned(),
        });
    }
    Ok(())
}

fn asks_for_prefix(query: &Document) -> bool {
    query.iter().any(|(name, value)| match value {
        Bson::Document(inner) => {
            (name == "$text" && inner.contains_key("$prefix")) || asks_for_prefix(inner)
        }
        Bson::Array(values) => values
            .iter()
            .filter_map(Bson::as_document)
            .any(asks_for_prefix),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use bson::{Document, doc};
    use mongodb::{IndexModel, options::IndexOptions};
    use twinbase_core::{Language, TextIndex};

    use super::{check, is};

    /// As MongoDB lists one.
    fn listed(weights: Document, language: &str) -> IndexModel {
        let options = IndexOptions::builder()
            .weights(weights)
            .default_language(language.to_owned())
            .language_override(TextIndex::LANGUAGE_FIELD.to_owned())
            .build();
        IndexModel::builder()
            .keys(doc! { "_fts": "text", "_ftsx": 1 })
            .options(options)
            .build()
    }

    #[test]
    fn an_index_is_the_same_in_whatever_order_the_server_lists_its_fields() {
        let wanted = TextIndex::new("words", [("title", 10), ("body", 1)]);
        let same = listed(doc! { "body": 1.0, "title": 10_i64 }, "english");
        assert!(is(&same, &wanted));
        for other in [
            listed(doc! { "body": 1, "title": 9 }, "english"),
            listed(doc! { "title": 10 }, "english"),
            listed(doc! { "body": 1, "title": 10, "more": 1 }, "english"),
            listed(doc! { "body": 1, "title": 10 }, "german"),
        ] {
            assert!(!is(&other, &wanted), "{other:?}");
        }
        assert!(!is(&same, &wanted.in_language(Language::German)));
        let keys = doc! { "title": "text" };
        let bare = IndexModel::builder().keys(keys).build();
        assert!(is(&bare, &TextIndex::new("words", [("title", 1)])));
        assert!(!is(&bare, &TextIndex::new("words", [("body", 1)])));
    }

    #[test]
    fn the_beginning_of_a_word_is_refused_wherever_it_is_asked_for() {
        let prefix = doc! { "$text": { "$search": "a", "$prefix": true } };
        for query in [
            prefix.clone(),
            doc! { "$or": [{ "a": 1 }, prefix.clone()] },
            doc! { "$unionWith": { "coll": "notes", "pipeline": [{ "$match": prefix }] } },
        ] {
            let error = check([&query]).unwrap_err().to_string();
            assert!(error.contains("$prefix"), "{query}: {error}");
        }
        let plain = doc! { "$text": { "$search": "$prefix" } };
        assert!(check([&plain]).is_ok());
    }
}
