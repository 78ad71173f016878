//! `GET /outbox/{id}`: one event, what it carries, and its document as it is now.

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use serde_json::Value;
use twinbase::{bson::Bson, operate::CurrentDocument, prelude::*};

use crate::{Problem, view::EventView};

#[derive(Serialize)]
struct Detail {
    #[serde(flatten)]
    event: EventView,
    /// What the event carries; as text when it is not JSON.
    payload: Value,
    document: DocumentView,
}

/// The document now.
#[derive(Serialize)]
struct DocumentView {
    /// `present`, `deleted`, `missing`, `unknown` (no such type), or `unavailable`.
    state: &'static str,
    version: Option<String>,
    /// In relaxed Extended JSON.
    document: Option<Value>,
}

pub(crate) async fn show(
    State(twin): State<Twinbase>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let found = twin.outbox().show(&id).await?;
    let found = found.ok_or_else(|| Problem::not_found("event"))?;
    let detail = Detail {
        event: found.record.into(),
        payload: serde_json::from_str(&found.payload).unwrap_or(Value::String(found.payload)),
        document: view(found.document),
    };
    Ok(Json(detail).into_response())
}

fn view(document: Result<CurrentDocument, ReplicaError>) -> DocumentView {
    let document = match document {
        Ok(document) => document,
        Err(error) => {
            let error = &error as &(dyn std::error::Error + 'static);
            tracing::warn!(error, "the document of an event could not be read");
            return DocumentView {
                state: "unavailable",
                version: None,
                document: None,
            };
        }
    };
    let version = document.version().map(|version| version.to_string());
    let (state, document) = match document {
        CurrentDocument::Present { document, .. } => (
            "present",
            Some(Bson::Document(document).into_relaxed_extjson()),
        ),
        CurrentDocument::Deleted { .. } => ("deleted", None),
        CurrentDocument::Missing => ("missing", None),
        CurrentDocument::Unknown => ("unknown", None),
    };
    DocumentView {
        state,
        version,
        document,
    }
}
