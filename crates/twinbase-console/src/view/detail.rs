//! One event with what it carries, and its document.

use serde::Serialize;
use serde_json::Value;
use twinbase::{
    bson::Bson,
    operate::{CurrentDocument, EventDetail},
};

use super::EventView;

/// An event with its payload, and its document as it is now.
#[derive(Debug, Clone, Serialize)]
pub struct DetailView {
    #[serde(flatten)]
    event: EventView,
    /// What the event carries; as text when it is not JSON.
    payload: Value,
    document: DocumentView,
}

#[derive(Debug, Clone, Serialize)]
struct DocumentView {
    /// `present`, `deleted`, `missing`, `unknown` (no such type), or `unavailable`.
    state: &'static str,
    version: Option<String>,
    /// In relaxed Extended JSON.
    document: Option<Value>,
    /// Why it is unavailable.
    error: Option<String>,
}

impl From<&EventDetail> for DetailView {
    fn from(detail: &EventDetail) -> Self {
        let payload = &detail.payload;
        Self {
            event: EventView::from(&detail.record),
            payload: serde_json::from_str(payload).unwrap_or_else(|_| payload.as_str().into()),
            document: document(detail),
        }
    }
}

fn document(detail: &EventDetail) -> DocumentView {
    let (mut document, mut error) = (None, None);
    let state = match &detail.document {
        Ok(CurrentDocument::Present {
            document: found, ..
        }) => {
            document = Some(Bson::Document(found.clone()).into_relaxed_extjson());
            "present"
        }
        Ok(CurrentDocument::Deleted { .. }) => "deleted",
        Ok(CurrentDocument::Missing) => "missing",
        Ok(CurrentDocument::Unknown) => "unknown",
        Err(why) => {
            error = Some(why.to_string());
            "unavailable"
        }
    };
    let found = detail.document.as_ref().ok();
    let version = found.and_then(CurrentDocument::version);
    DocumentView {
        state,
        version: version.map(|version| version.to_string()),
        document,
        error,
    }
}
