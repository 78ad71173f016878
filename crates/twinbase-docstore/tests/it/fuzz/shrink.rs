//! A smaller question that fails in the same way: parts are left out for as long as that changes nothing.

use std::time::{Duration, Instant};

use bson::{Bson, Document};

use super::Question;

/// A slow question is slow each time that it is tried.
const PATIENCE: Duration = Duration::from_secs(20);
/// What is deep is made smaller from above only.
const LEVELS: usize = 12;

pub(super) fn smallest(question: Question, mut fails: impl FnMut(&Question) -> bool) -> Question {
    let began = Instant::now();
    let mut smallest = question;
    'again: loop {
        for smaller in smaller(&smallest) {
            if began.elapsed() > PATIENCE {
                return smallest;
            }
            if fails(&smaller) {
                smallest = smaller;
                continue 'again;
            }
        }
        return smallest;
    }
}

/// Questions with one part less, the larger parts first.
fn smaller(question: &Question) -> Vec<Question> {
    match question {
        Question::Count(filter) => documents(filter).into_iter().map(Question::Count).collect(),
        Question::Pipeline(stages) => {
            let list = Bson::Array(stages.iter().cloned().map(Bson::Document).collect());
            let pipeline = |value| match value {
                Bson::Array(stages) => stages
                    .into_iter()
                    .map(|stage| match stage {
                        Bson::Document(stage) => Some(stage),
                        _ => None,
                    })
                    .collect::<Option<Vec<_>>>(),
                _ => None,
            };
            values(&list)
                .into_iter()
                .filter_map(pipeline)
                .map(Question::Pipeline)
                .collect()
        }
        Question::Find(find) => {
            let mut found = Vec::new();
            for filter in documents(&find.filter) {
                found.push(Question::Find(twinbase_docstore::Find {
                    filter,
                    ..find.clone()
                }));
            }
            for projection in documents(&find.projection) {
                found.push(Question::Find(twinbase_docstore::Find {
                    projection,
                    ..find.clone()
                }));
            }
            for sort in documents(&find.sort) {
                found.push(Question::Find(twinbase_docstore::Find {
                    sort,
                    ..find.clone()
                }));
            }
            found
        }
    }
}

fn documents(document: &Document) -> Vec<Document> {
    let smaller = values(&Bson::Document(document.clone()));
    smaller
        .into_iter()
        .filter_map(|value| match value {
            Bson::Document(document) => Some(document),
            _ => None,
        })
        .collect()
}

/// A value without one of its parts, or with a part in its place, or with one part made smaller.
fn values(value: &Bson) -> Vec<Bson> {
    values_to(value, LEVELS)
}

fn values_to(value: &Bson, levels: usize) -> Vec<Bson> {
    let mut found = Vec::new();
    let Some(below) = levels.checked_sub(1) else {
        return found;
    };
    match value {
        Bson::Document(document) => {
            for name in document.keys() {
                let mut less = document.clone();
                less.remove(name);
                found.push(Bson::Document(less));
            }
            found.extend(
                document
                    .values()
                    .filter(|v| matches!(v, Bson::Document(_)))
                    .cloned(),
            );
            for (name, part) in document {
                for smaller in values_to(part, below) {
                    let mut changed = document.clone();
                    changed.insert(name, smaller);
                    found.push(Bson::Document(changed));
                }
            }
        }
        Bson::Array(elements) => {
            if elements.len() > 8 {
                found.push(Bson::Array(elements[..elements.len() / 2].to_vec()));
                found.push(Bson::Array(elements[elements.len() / 2..].to_vec()));
                return found;
            }
            for at in 0..elements.len() {
                let mut less = elements.clone();
                less.remove(at);
                found.push(Bson::Array(less));
            }
            for (at, part) in elements.iter().enumerate() {
                for smaller in values_to(part, below) {
                    let mut changed = elements.clone();
                    changed[at] = smaller;
                    found.push(Bson::Array(changed));
                }
            }
        }
        _ => {}
    }
    found
}
