//! Everything about one document.

use serde::Serialize;
use serde_json::Value;
use twinbase::{
    bson::{Bson, Document},
    operate::{Difference, Explanation, Found},
    sync::verify::Drift,
};

use super::EventView;

/// One document: row, version, document, events, differences and a verdict.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainView {
    collection: String,
    aggregate_type: String,
    id: String,
    /// Why it is as it is, in one sentence.
    verdict: String,
    /// What is wrong; null when nothing is, or when it is on its way.
    drift: Option<Drift>,
    head: String,
    has_row: bool,
    /// What the row makes, in relaxed Extended JSON.
    row: Option<Value>,
    document: FoundView,
    differences: Vec<DifferenceView>,
    /// The newest first.
    events: Vec<EventView>,
}

#[derive(Debug, Clone, Serialize)]
struct FoundView {
    /// `present`, `deleted`, `missing` or `unreadable`.
    state: &'static str,
    version: Option<String>,
    document: Option<Value>,
}

#[derive(Debug, Clone, Serialize)]
struct DifferenceView {
    field: String,
    row: Option<Value>,
    document: Option<Value>,
}

impl From<&Explanation> for ExplainView {
    fn from(of: &Explanation) -> Self {
        Self {
            collection: of.collection.clone(),
            aggregate_type: of.key.aggregate_type.to_string(),
            id: of.key.id.to_string(),
            verdict: of.verdict.clone(),
            drift: of.drift,
            head: of.head.to_string(),
            has_row: of.has_row,
            row: of.wanted.as_ref().map(json),
            document: found(of),
            differences: of.differences.iter().map(difference).collect(),
            events: of.events.iter().map(EventView::from).collect(),
        }
    }
}

/// Why a document is not shown where its row makes none.
pub const NOT_SHOWN: &str = "what its row makes would say what of it may be seen";

/// Of the document only what the row's mapping names: nobody knows whether the rest may be seen.
fn found(of: &Explanation) -> FoundView {
    let (state, version, document) = match &of.found {
        Found::Nothing => ("missing", None, None),
        Found::Unreadable => ("unreadable", None, None),
        Found::Unreachable(_) => ("unreachable", None, None),
        Found::Tombstone(version) => ("deleted", Some(version), None),
        Found::Document(version, document) => {
            let mut shown = document.clone();
            for other in of.differences.iter().filter(|of| of.row.is_none()) {
                shown.remove(&other.field);
            }
            (
                "present",
                Some(version),
                of.wanted.is_some().then(|| json(&shown)),
            )
        }
    };
    FoundView {
        state,
        version: version.map(ToString::to_string),
        document,
    }
}

fn difference(of: &Difference) -> DifferenceView {
    let json = |value: &Bson| value.clone().into_relaxed_extjson();
    DifferenceView {
        field: of.field.clone(),
        row: of.row.as_ref().map(json),
        document: of.document.as_ref().map(json),
    }
}

fn json(document: &Document) -> Value {
    Bson::Document(document.clone()).into_relaxed_extjson()
}

#[cfg(test)]
mod tests {
    use twinbase::core::{AggregateId, Key, Version};

    use super::*;

    #[test]
    fn a_class_has_the_name_that_a_verification_gives_it() {
        let mut of = Explanation {
            collection: "todos".to_owned(),
            key: Key::new("todo", AggregateId::new("a").unwrap()),
            head: Version::NONE,
            wanted: None,
            has_row: false,
            found: Found::Tombstone(Version::new(3)),
            differences: Vec::new(),
            events: Vec::new(),
            drift: None,
            verdict: String::new(),
        };
        for drift in Drift::ALL {
            of.drift = Some(drift);
            let view = serde_json::to_value(ExplainView::from(&of)).unwrap();
            assert_eq!(view["drift"], serde_json::to_value(drift).unwrap());
        }
        of.drift = Some(Drift::OrphanTombstone);
        let view = serde_json::to_value(ExplainView::from(&of)).unwrap();
        assert_eq!(view["drift"], "orphanTombstone");
    }
}
