//! How an operator is asked for: its example, or the simplest use of its name, in the place where it stands.

use bson::{Bson, Document, bson, doc};
use twinbase_docstore::language::{Operator, Place};
use twinbase_docstore::{Error, Find, Store};

/// What an example is a part of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Question {
    Find(Box<Find>),
    Pipeline(Vec<Document>),
}

/// The document that the examples speak of.
pub(crate) fn document() -> Document {
    doc! {
        "_id": "a", "n": 5, "f": 2.5, "b": true, "s": "Hello", "a": [3, 1, 2], "o": { "x": 1 },
        "d": bson::DateTime::from_millis(1_700_000_000_000), "docs": [{ "k": 1, "v": 2 }, { "k": 2, "v": 3 }],
    }
}

/// The example, or for one that has none everything that the operator could be written as.
pub(super) fn questions(place: Place, operator: &Operator) -> Vec<Question> {
    if !operator.example.is_empty() {
        let example = serde_json::from_str(operator.example);
        return vec![question(
            place,
            example.unwrap_or_else(|error| panic!("the example of {}: {error}", operator.name)),
        )];
    }
    let name = operator.name;
    let examples = match place {
        Place::Stage => vec![bson!({ name: {} })],
        Place::Filter => vec![bson!({ name: 1 }), bson!({ "n": { name: 1 } })],
        Place::Projection if name == "$" => vec![bson!({ "a.$": 1 })],
        Place::Projection => vec![bson!({ "a": { name: 1 } })],
        _ if name.starts_with("$$") => vec![Bson::from(name)],
        _ => vec![bson!({ name: "$n" })],
    };
    examples
        .into_iter()
        .map(|example| question(place, example))
        .collect()
}

pub(crate) fn question(place: Place, example: Bson) -> Question {
    let by_id = doc! { "_id": 1 };
    let find = |filter, projection| {
        Question::Find(Box::new(Find {
            filter,
            projection,
            sort: by_id.clone(),
            ..Find::default()
        }))
    };
    match (place, example) {
        (Place::Stage, Bson::Document(stage)) => Question::Pipeline(vec![stage]),
        (Place::Filter, Bson::Document(filter)) => find(filter, Document::new()),
        (Place::Projection, Bson::Document(projection)) => {
            let score = projection.to_string().contains("$meta");
            let filter = if score {
                search()
            } else {
                doc! { "a": { "$gte": 1 } }
            };
            find(filter, projection)
        }
        (Place::Accumulator, example) => Question::Pipeline(vec![
            doc! { "$sort": by_id },
            doc! { "$group": { "_id": null, "r": example } },
        ]),
        (Place::Window, example) => Question::Pipeline(vec![
            doc! { "$setWindowFields": { "sortBy": by_id, "output": { "r": example } } },
        ]),
        (Place::Expression, example) if example.to_string().contains("$meta") => {
            Question::Pipeline(vec![
                doc! { "$match": search() },
                doc! { "$project": { "r": example } },
            ])
        }
        (_, example) => Question::Pipeline(vec![doc! { "$project": { "r": example } }]),
    }
}

/// A search, without which there is no score to ask for.
fn search() -> Document {
    doc! { "$text": { "$search": "hello" } }
}

pub(super) fn ask(store: &Store, question: &Question) -> Result<Vec<Document>, Error> {
    match question {
        Question::Find(find) => store.find("c", find),
        Question::Pipeline(stages) => store.aggregate("c", stages),
    }
}
