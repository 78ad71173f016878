//! The document as a whole.

use serde_json::{Value, json};

use super::routes::Route;

/// What a document says of the service itself.
#[derive(Debug, Clone, Copy)]
pub struct Info {
    service: &'static str,
    pub(super) title: &'static str,
    description: &'static str,
    version: &'static str,
    cookie: Option<&'static str>,
}

impl Info {
    /// For a service of this name, which its [`Edge`](crate::Edge) has as well, with a title and, in `CommonMark`,
    /// what it is for.
    pub const fn new(
        service: &'static str,
        title: &'static str,
        description: &'static str,
    ) -> Self {
        Self {
            service,
            title,
            description,
            version: "1",
            cookie: None,
        }
    }

    /// The version of the API; 1 when nothing is said.
    #[must_use]
    pub const fn version(self, version: &'static str) -> Self {
        Self { version, ..self }
    }

    /// The cookie that may stand for the bearer token.
    #[must_use]
    pub const fn cookie(self, cookie: &'static str) -> Self {
        Self {
            cookie: Some(cookie),
            ..self
        }
    }

    /// The document of these routes, for a server whose root is one level above the document itself.
    pub(super) fn document(self, routes: &[Route]) -> Value {
        let mut schemes = json!({ "session": { "type": "http", "scheme": "bearer" } });
        if let Some(cookie) = self.cookie {
            schemes["cookie"] = json!({ "type": "apiKey", "in": "cookie", "name": cookie });
        }
        let mut paths = json!({});
        for route in routes {
            let method = route.op.method.as_str().to_ascii_lowercase();
            let mut operation = route.op.document(self.service);
            let credentials = schemes.as_object().filter(|_| route.op.operation.secured);
            let credentials = credentials.into_iter().flatten();
            operation["security"] = credentials.map(|(name, _)| json!({ name: [] })).collect();
            if let (true, Some(all)) = (
                route.op.operation.open,
                operation["security"].as_array_mut(),
            ) {
                all.push(json!({}));
            }
            operation["operationId"] = format!("{method} {}", route.path).into();
            paths[&route.path][method] = operation;
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
