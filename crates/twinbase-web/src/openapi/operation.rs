//! What is known of one route.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::{Code, Kind};

/// A route's description, as extractors add to it.
#[derive(Debug, Clone, Default)]
pub struct Operation {
    pub(super) parameters: Vec<Value>,
    pub(super) body: Option<Value>,
    pub(super) headers: Map<String, Value>,
    pub(super) secured: bool,
    pub(super) open: bool,
    pub(super) may_be_unchanged: bool,
    problems: Vec<Kind>,
}

impl Operation {
    /// A parameter of the query.
    pub fn query(&mut self, name: &str, schema: &Value, description: &str) {
        self.parameter("query", name, schema, description);
    }

    /// Whether it has a parameter of the query.
    pub(super) fn has_query(&self) -> bool {
        self.parameters.iter().any(|one| one["in"] == "query")
    }

    /// A header that may be sent.
    pub fn header(&mut self, name: &str, schema: &Value, description: &str) {
        self.parameter("header", name, schema, description);
    }

    /// What every route with this path has: its parameters, and what can always go wrong.
    pub(super) fn begin(&mut self, path: &str) {
        let parts = path.split('/');
        for name in parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
            let mut parameter = json!({ "in": "path", "name": name, "required": true });
            parameter["schema"] = json!({ "type": "string" });
            self.parameters.push(parameter);
            self.problem(Code::NotFound);
        }
        for code in [
            Code::Internal,
            Code::TimedOut,
            Code::PrimaryUnavailable,
            Code::PrimaryRefuses,
        ] {
            self.problem(code);
        }
    }

    /// What the last parameter of the path is: what it is called in the path says it for all methods together.
    pub fn path(&mut self, description: &str) {
        let mut last = self.parameters.iter_mut().rev();
        if let Some(parameter) = last.find(|one| one["in"] == "path") {
            parameter["description"] = description.into();
        }
    }

    fn parameter(&mut self, place: &str, name: &str, schema: &Value, description: &str) {
        self.parameters.push(
            json!({ "in": place, "name": name, "schema": schema, "description": description }),
        );
    }

    /// A header of a successful answer.
    pub fn answers_header(&mut self, name: &str, description: &str) {
        let header = json!({ "schema": { "type": "string" }, "description": description });
        self.headers.insert(name.to_owned(), header);
    }

    /// A problem that it can answer with.
    pub fn problem(&mut self, kind: impl Into<Kind>) {
        let kind = kind.into();
        if !self.problems.contains(&kind) {
            self.problems.push(kind);
        }
    }

    /// Whether it needs the credentials of the service.
    pub const fn is_secured(&self) -> bool {
        self.secured
    }

    /// It needs the credentials of the service.
    pub fn secured(&mut self) {
        self.secured = true;
        self.problem(Code::Unauthenticated);
    }

    /// It takes the credentials of the service, and answers without as well.
    pub fn secured_or_open(&mut self) {
        self.secured();
        self.open = true;
    }

    /// The responses of problems, by status: each lists the codes it can have.
    pub(super) fn problems(&self, service: &str) -> Map<String, Value> {
        let mut problems: Vec<_> = self.problems.iter().collect();
        problems.sort_by_key(|kind| (kind.status, kind.name));
        let mut responses = Map::new();
        for group in problems.chunk_by(|a, b| a.status == b.status) {
            let status = group.first().map_or(StatusCode::OK, |kind| kind.status);
            responses.insert(status.as_str().to_owned(), response(service, status, group));
        }
        responses
    }
}

fn response(service: &str, status: StatusCode, kinds: &[&Kind]) -> Value {
    let lines = kinds
        .iter()
        .map(|kind| format!("`{}`: {}.", kind.name, kind.title));
    let names: Vec<_> = kinds.iter().map(|kind| kind.name).collect();
    let example = kinds.first().map(|kind| {
        json!({
            "type": format!("urn:{service}:problem:{}", kind.name), "title": kind.title, "status": status.as_u16(),
            "detail": kind.title, "code": kind.name, "retryable": kind.retry_after_seconds.is_some(),
        })
    });
    let mut response = json!({
        "description": lines.collect::<Vec<_>>().join("\n\n"),
        "content": { "application/problem+json": {
            "schema": { "allOf": [
                { "$ref": "#/components/schemas/Problem" },
                { "properties": { "code": { "enum": names } } },
            ] },
            "example": example,
        } },
    });
    if kinds.iter().any(|kind| kind.retry_after_seconds.is_some()) {
        response["headers"]["Retry-After"] = json!({
            "schema": { "type": "integer" }, "description": "Seconds after which the same request may succeed.",
        });
    }
    response
}
