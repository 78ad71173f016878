//! Bodies: JSON or an HTML form of a bounded size, read into a type, with the place of everything that is wrong.

mod form;
mod page_form;
mod part;
mod urlencoded;

use axum::{
    body::{self, HttpBody as _},
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use crate::{Code, Problem, origin};
pub(crate) use form::camel_case;
pub use form::{Form, Place};
pub use page_form::{PageForm, PageQuery};
pub use part::{Many, Nullable, Part, field_schema, object_schema};

/// The largest body that is read: a thousand ids fit.
pub const BODY_LIMIT_BYTES: usize = 256 * 1024;

/// A body of this shape, as JSON or as an HTML form. None at all is an empty object, where that is one of this shape.
#[derive(Debug, Clone)]
pub struct Body<T> {
    /// What it holds.
    pub value: T,
    /// All of it as it was sent, for the fingerprint of an idempotency key.
    pub sent: Value,
}

impl<T, S> FromRequest<S> for Body<T>
where
    T: Part,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let headers = request.headers();
        if request.body().is_end_stream() && Format::of(headers) != Some(Format::Html) {
            // A page of any site can have a browser send nothing.
            origin::check(request.method(), headers)?;
            if let Some(value) = of_nothing() {
                return Ok(Self {
                    value,
                    sent: json!({}),
                });
            }
        }
        let format = Format::of(headers).ok_or_else(|| {
            Problem::new(
                Code::UnsupportedMediaType,
                "Send the body as JSON, with Content-Type: application/json.",
            )
        })?;
        if is_encoded(headers) {
            return Err(Problem::new(
                Code::UnsupportedMediaType,
                "Send the body as it is, without Content-Encoding.",
            ));
        }
        if format == Format::Html {
            // A page of any site can have a browser send a form, which it cannot with JSON.
            origin::check(request.method(), headers)?;
        }
        let bytes = read_body(request.into_body()).await?;
        let sent = match format {
            Format::Json => parse(&bytes)?,
            Format::Html => urlencoded::to_json(&bytes),
        };
        let value = form::read(sent.clone(), format)?;
        Ok(Self { value, sent })
    }
}

/// What an empty object says; `None` where that is not one of this shape.
pub(crate) fn of_nothing<T: Part>() -> Option<T> {
    form::read(json!({}), Format::Json).ok()
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    /// All values are texts, and an empty one is none.
    Html,
}

impl Format {
    /// `application/json`, what is JSON by its suffix, such as `application/merge-patch+json`, and what browsers
    /// make of an HTML form.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let kind = kind.to_ascii_lowercase();
        if kind == "application/x-www-form-urlencoded" {
            return Some(Self::Html);
        }
        let is_json = kind == "application/json"
            || (kind.starts_with("application/") && kind.ends_with("+json"));
        is_json.then_some(Self::Json)
    }
}

/// The whole body, at most [`BODY_LIMIT_BYTES`] of it.
///
/// # Errors
///
/// A larger one is too large; [`Edge`](crate::Edge) reads on for a while, so that its sender comes to read the answer.
/// One that ends too early is malformed.
pub async fn read_body(mut body: body::Body) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|_| Problem::new(Code::MalformedBody, "The body ended too early."))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > BODY_LIMIT_BYTES {
            return Err(Problem::new(
                Code::PayloadTooLarge,
                "A body may have at most 256 KiB.",
            ));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        // The parser's own text could quote the body; its place cannot.
        let (line, column) = (error.line(), error.column());
        Problem::new(
            Code::MalformedJson,
            format!("The body stops being JSON at line {line}, column {column}."),
        )
    })
}

/// Nothing is unpacked here: a small body could become a large one.
fn is_encoded(headers: &HeaderMap) -> bool {
    let encodings = headers.get_all(header::CONTENT_ENCODING);
    encodings.iter().any(|encoding| encoding != "identity")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_told_by_the_media_type() {
        let check = |kind: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, kind.parse().expect("a header"));
            Format::of(&headers)
        };
        assert_eq!(check("application/json"), Some(Format::Json));
        assert_eq!(check("Application/JSON; charset=utf-8"), Some(Format::Json));
        assert_eq!(check("application/merge-patch+json"), Some(Format::Json));
        assert_eq!(
            check("application/x-www-form-urlencoded"),
            Some(Format::Html)
        );
        assert_eq!(check("text/plain"), None);
        assert_eq!(check("application/jsonx"), None);
        assert_eq!(Format::of(&HeaderMap::new()), None);
    }
}
