//! The answer of a problem, whole.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use maud::html;
use serde::Serialize;

use super::{Code, Fault, Parts, Problem, Representation};
use crate::html;

/// Nothing is loaded and nothing runs.
const PAGE_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; base-uri 'none'; frame-ancestors 'none'");

/// The document.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
    code: &'static str,
    retryable: bool,
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    errors: &'a [Fault],
}

/// How problems are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rendering<'a> {
    /// JSON or HTML.
    pub(crate) representation: Representation,
    /// Whose problems they are: part of their types, and the realm of credentials.
    pub(crate) service: &'a str,
    /// The id of the request, where it is known.
    pub(crate) instance: Option<&'a str>,
}

impl Default for Rendering<'_> {
    fn default() -> Self {
        Self {
            representation: Representation::Json,
            service: "twinbase",
            instance: None,
        }
    }
}

impl Rendering<'_> {
    /// The whole answer.
    pub(crate) fn of(self, problem: &Problem) -> Response {
        let parts = &*problem.0;
        let (kind, body) = match self.representation {
            Representation::Json => ("application/problem+json", self.json(parts)),
            Representation::Html => ("text/html; charset=utf-8", self.page(parts)),
        };
        let mut response = (parts.kind.status, body).into_response();
        let headers = response.headers_mut();
        if parts.kind.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::try_from(format!("Bearer realm=\"{}\"", self.service));
            headers.extend(challenge.map(|value| (header::WWW_AUTHENTICATE, value)));
        }
        headers.extend(parts.headers.clone());
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.append(header::VARY, HeaderValue::from_static("Accept"));
        if self.representation == Representation::Html {
            headers.insert(header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
        }
        response
    }

    fn json(self, parts: &Parts) -> Vec<u8> {
        let kind = parts.kind;
        let document = Document {
            kind: format!("urn:{}:problem:{}", self.service, kind.name),
            title: kind.title,
            status: kind.status.as_u16(),
            detail: &parts.detail,
            instance: self.instance,
            code: kind.name,
            retryable: kind.retry_after_seconds.is_some(),
            errors: &parts.errors,
        };
        serde_json::to_vec(&document).unwrap_or_default()
    }

    fn page(self, parts: &Parts) -> Vec<u8> {
        let kind = parts.kind;
        let body = html! {
            main {
                h1 { (kind.title) }
                p { (parts.detail) }
                @if !parts.errors.is_empty() {
                    ul {
                        @for fault in &parts.errors {
                            li { (place(fault)) " " (fault.detail) }
                        }
                    }
                }
                @if kind.retry_after_seconds.is_some() {
                    p { "Try again in a moment." }
                }
                p {
                    small {
                        "Status " (kind.status.as_u16())
                        @if let Some(id) = self.instance { ", request " code { (id) } }
                    }
                }
            }
        };
        html::page(kind.title, &html! {}, &body).into_bytes()
    }
}

fn place(fault: &Fault) -> &str {
    let place = fault.pointer.as_deref().or(fault.parameter.as_deref());
    place.unwrap_or_default().trim_start_matches('/')
}

/// Renders the problem in a response, and an error that a part of the framework answered as plain text.
pub(crate) fn render(mut response: Response, rendering: Rendering<'_>) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let mut rendered = rendering.of(&problem);
        // Such as `Allow`, which the router adds to a 405, and what layers between have said.
        let own = rendered.headers().clone();
        for (name, value) in response.headers() {
            if *name != header::CONTENT_LENGTH && !own.contains_key(name) {
                rendered.headers_mut().append(name, value.clone());
            }
        }
        return rendered;
    }
    if is_plain_error(&response) {
        *response.body_mut() = Body::empty();
        let code = Code::of_status(response.status());
        let problem = Problem::new(code, code.kind().title);
        response.extensions_mut().insert(problem);
        return render(response, rendering);
    }
    response
}

fn is_plain_error(response: &Response) -> bool {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    (status.is_client_error() || status.is_server_error())
        && kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"))
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    #[tokio::test]
    async fn what_was_sent_is_no_markup_in_a_page() {
        let problem = Problem::invalid_parameter("<script>", "does not exist here");
        let rendering = Rendering {
            representation: Representation::Html,
            instance: Some("r-1"),
            ..Rendering::default()
        };
        let page = rendering.of(&problem);
        assert_eq!(
            page.headers()[header::CONTENT_TYPE],
            "text/html; charset=utf-8"
        );
        let page = to_bytes(page.into_body(), 1 << 20)
            .await
            .expect("it is whole");
        let page = String::from_utf8_lossy(&page);
        assert!(page.contains("A query parameter is invalid") && page.contains("r-1"));
        assert!(
            page.contains("&lt;script&gt;") && !page.contains("<script"),
            "{page}"
        );
    }
}
