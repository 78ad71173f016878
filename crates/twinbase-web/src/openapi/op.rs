//! What a route's handler does not say by its signature.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::Operation;
use crate::{Code, Kind};

/// A method, a sentence about it, and its successful answer.
#[derive(Debug, Clone)]
pub struct Op {
    pub(super) method: Method,
    summary: &'static str,
    /// What it is shown among: the first part of its path.
    pub(super) tag: Option<String>,
    status: StatusCode,
    shape: Option<Value>,
    media_type: &'static str,
    others: Vec<(StatusCode, Value)>,
    pub(super) operation: Operation,
}

impl Op {
    /// A read. It answers with 200 and this schema; see [`schema`](super::schema).
    pub fn get(summary: &'static str, shape: Value) -> Self {
        Self::new(Method::GET, summary, StatusCode::OK, Some(shape))
    }

    /// A read that answers a file of this media type, such as this one.
    pub fn file(summary: &'static str, media_type: &'static str, example: &str) -> Self {
        let text = json!({ "type": "string", "example": example });
        Self {
            media_type,
            ..Self::new(Method::GET, summary, StatusCode::OK, Some(text))
        }
        .headed("Content-Disposition", "A name for the file.")
    }

    /// A read that goes on, answered with server-sent events.
    pub fn events(summary: &'static str) -> Self {
        // No type: some readers of OpenAPI 3.1 take the whole stream, others each event.
        let text = json!({ "example": "event: progress\ndata: {}\n\n" });
        Self {
            media_type: "text/event-stream",
            ..Self::new(Method::GET, summary, StatusCode::OK, Some(text))
        }
    }

    /// Something new, answered with 201 and this schema.
    pub fn create(summary: &'static str, shape: Value) -> Self {
        Self::new(Method::POST, summary, StatusCode::CREATED, Some(shape))
            .headed("Location", "Where it is.")
    }

    /// A deed, answered with 200 and this schema.
    pub fn post(summary: &'static str, shape: Value) -> Self {
        Self::new(Method::POST, summary, StatusCode::OK, Some(shape))
    }

    /// A change, answered with 200 and this schema.
    pub fn patch(summary: &'static str, shape: Value) -> Self {
        Self::new(Method::PATCH, summary, StatusCode::OK, Some(shape))
    }

    /// A deletion, answered with 200 and this schema.
    pub fn delete(summary: &'static str, shape: Value) -> Self {
        Self::new(Method::DELETE, summary, StatusCode::OK, Some(shape))
    }

    fn new(
        method: Method,
        summary: &'static str,
        status: StatusCode,
        shape: Option<Value>,
    ) -> Self {
        Self {
            method,
            summary,
            tag: None,
            status,
            shape,
            media_type: "application/json",
            others: Vec::new(),
            operation: Operation::default(),
        }
    }

    /// Another status of the successful answer; one without a body has no schema.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        if status == StatusCode::NO_CONTENT {
            self.shape = None;
        }
        self
    }

    /// Another answer that is no problem, with a status of its own.
    #[must_use]
    pub fn or(mut self, status: StatusCode, shape: Value) -> Self {
        self.others.push((status, shape));
        self
    }

    /// Its answer has the written version and a token to see it with.
    #[must_use]
    pub fn writes(self) -> Self {
        let seen = "Sent with a read, it makes the read see this write.";
        let written = self.headed("Sync-Token", seen).fails(Code::Contention);
        if written
            .shape
            .as_ref()
            .is_some_and(|shape| shape["x-version"] == true)
        {
            return written.headed("ETag", "The version.");
        }
        written
    }

    /// A parameter of the query that the handler takes by its name.
    #[must_use]
    pub fn query(mut self, name: &str, schema: &Value, description: &str) -> Self {
        self.operation.query(name, schema, description);
        self.fails(Code::InvalidParameter)
    }

    /// The parameters of a page of at most `most` items.
    #[must_use]
    pub fn paged(self, most: u32) -> Self {
        let limit =
            json!({ "type": "integer", "minimum": 1, "maximum": most, "default": 50.min(most) });
        self.query("limit", &limit, "How many items a page has.")
            .query(
                "cursor",
                &json!({ "type": "string" }),
                "The `nextCursor` of the page before.",
            )
            .headed("Link", "The next page, as `rel=\"next\"`.")
    }

    /// A header of the successful answer.
    #[must_use]
    pub fn headed(mut self, name: &str, description: &str) -> Self {
        self.operation.answers_header(name, description);
        self
    }

    /// A problem that the handler itself can answer with.
    #[must_use]
    pub fn fails(mut self, kind: impl Into<Kind>) -> Self {
        self.operation.problem(kind);
        self
    }

    /// The operation of the document.
    pub(super) fn document(&self, service: &str) -> Value {
        let mut responses = self.operation.problems(service);
        for (status, shape) in &self.others {
            // A problem can have the same status, and another content type.
            let other = responses.entry(status.as_str());
            let other = other.or_insert_with(|| json!({ "description": "Success." }));
            other["content"]["application/json"] = json!({ "schema": shape });
        }
        let mut success = json!({ "description": "Success.", "headers": self.operation.headers });
        if let Some(shape) = &self.shape {
            success["content"] = json!({ self.media_type: { "schema": shape } });
        }
        responses.insert(self.status.as_str().to_owned(), success);
        if self.operation.may_be_unchanged {
            let unchanged = json!({ "description": "The client has this version." });
            responses.insert("304".to_owned(), unchanged);
        }
        let mut document = json!({
            "summary": self.summary, "tags": [self.tag], "parameters": self.operation.parameters, "responses": responses,
        });
        if let Some(body) = &self.operation.body {
            document["requestBody"] = body.clone();
        }
        document
    }
}
