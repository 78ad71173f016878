//! The document as a whole.

use serde_json::{Value, json};

use super::Routes;

/// What a document says of the service itself.
#[derive(Debug, Clone, Copy)]
pub struct Info {
    /// Its name.
    pub title: &'static str,
    /// The version of the API.
    pub version: &'static str,
    /// What it is for, in `CommonMark`.
    pub description: &'static str,
    /// The cookie that may stand for the bearer token; empty when there is none.
    pub cookie: &'static str,
}

impl Info {
    /// The document of these routes, for a server whose root is one level above the document itself.
    pub fn document<S: Clone + Send + Sync + 'static>(self, routes: &Routes<S>) -> Value {
        let mut paths = json!({});
        for route in routes.described() {
            let method = route.op.method.as_str().to_ascii_lowercase();
            let mut operation = route.op.document();
            operation["operationId"] = format!("{method} {}", route.path).into();
            paths[&route.path][method] = operation;
        }
        let mut schemes = json!({ "session": { "type": "http", "scheme": "bearer" } });
        if !self.cookie.is_empty() {
            schemes["cookie"] = json!({ "type": "apiKey", "in": "cookie", "name": self.cookie });
        }
        json!({
            "openapi": "3.1.0",
            "info": { "title": self.title, "version": self.version, "description": self.description },
            "servers": [{ "url": ".." }],
            "paths": paths,
            "components": { "schemas": { "Problem": problem() }, "securitySchemes": schemes },
        })
    }
}

/// What every error is (RFC 9457).
fn problem() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail", "code", "retryable"],
        "properties": {
            "type": text,
            "title": text,
            "status": { "type": "integer" },
            "detail": text,
            "instance": { "type": "string", "description": "The id of the request." },
            "code": { "type": "string", "description": "What a program tells problems apart by." },
            "retryable": { "type": "boolean", "description": "Whether the same request may succeed later." },
            "errors": { "type": "array", "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": { "type": "string", "description": "Where in the body (RFC 6901)." },
                    "parameter": { "type": "string", "description": "Which parameter of the query." },
                    "detail": text,
                },
            } },
        },
    })
}
