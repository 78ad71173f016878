//! Bodies: JSON of a bounded size, read into a type, with the place of what is wrong.

use std::time::Duration;

use axum::{
    body,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;
use tokio::time::timeout;

use crate::{Problem, ProblemKind};

/// The largest body that [`read_body`] reads: a thousand ids fit.
pub const BODY_LIMIT_BYTES: usize = 256 * 1024;

/// Of a body that is too large, so much is read and thrown away. A client that is still sending when
/// the connection is closed would not see the answer.
const PASSED_OVER_BYTES: usize = 16 << 20;
const PASSED_OVER_TIME: Duration = Duration::from_secs(2);

/// A body of this shape.
pub(crate) struct Body<T>(pub(crate) T);

impl<T, S> FromRequest<S> for Body<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        shaped(read_json(request).await?).map(Self)
    }
}

/// The body of a request as JSON of whatever shape, for a host whose own routes read bodies as these do.
///
/// # Errors
///
/// What is not said to be JSON, is packed, too large, cut off, or no JSON is a problem of that kind.
pub async fn read_json(request: Request) -> Result<Value, Problem> {
    if !is_json(request.headers()) {
        return Err(Problem::new(
            ProblemKind::UnsupportedMediaType,
            "Send the body as JSON, with Content-Type: application/json.",
        ));
    }
    if is_encoded(request.headers()) {
        return Err(Problem::new(
            ProblemKind::UnsupportedMediaType,
            "Send the body as it is, without Content-Encoding.",
        ));
    }
    parse(&read_body(request.into_body()).await?)
}

/// The whole body, at most [`BODY_LIMIT_BYTES`] of it.
///
/// # Errors
///
/// A larger one is too large; it is read on for a while, so that its sender comes to read the answer.
/// One that ends too early is malformed.
pub async fn read_body(mut body: body::Body) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame
            .map_err(|_| Problem::new(ProblemKind::MalformedBody, "The body ended too early."))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > BODY_LIMIT_BYTES {
            // Whether it comes to an end or not, the answer is the same.
            let _ = timeout(PASSED_OVER_TIME, pass_over(body)).await;
            return Err(Problem::new(
                ProblemKind::PayloadTooLarge,
                "A body may have at most 256 KiB.",
            ));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

async fn pass_over(mut body: body::Body) {
    let mut passed = 0;
    while passed < PASSED_OVER_BYTES {
        let Some(Ok(frame)) = body.frame().await else {
            return;
        };
        passed += frame.into_data().map_or(0, |data| data.len());
    }
}

fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        // The parser's own text could quote the body; its place cannot.
        let (line, column) = (error.line(), error.column());
        Problem::new(
            ProblemKind::MalformedJson,
            format!("The body stops being JSON at line {line}, column {column}."),
        )
    })
}

fn shaped<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let pointer = pointer(error.path());
        let detail: String = error.into_inner().to_string().chars().take(200).collect();
        Problem::field(pointer, detail)
    })
}

/// A path as a JSON pointer (RFC 6901). Names that no field of ours has may be long: they are cut.
fn pointer(path: &serde_path_to_error::Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        let name = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.chars().take(64).collect(),
            Segment::Enum { variant } => variant.clone(),
            Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
    }
    pointer
}

/// `application/json`, and what is JSON by its suffix, such as `application/merge-patch+json`.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let Some(kind) = kind.and_then(|kind| kind.to_str().ok()) else {
        return false;
    };
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Nothing is unpacked here: a small body could become a large one.
fn is_encoded(headers: &HeaderMap) -> bool {
    let encodings = headers.get_all(header::CONTENT_ENCODING);
    encodings.iter().any(|encoding| encoding != "identity")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only whether it can be read matters")]
        number: u32,
    }

    #[derive(Debug, Deserialize)]
    struct Outer {
        #[expect(dead_code, reason = "only whether it can be read matters")]
        list: Vec<Inner>,
    }

    fn fault(text: &str) -> (ProblemKind, Option<String>) {
        let shaped = parse(text.as_bytes()).and_then(shaped::<Outer>);
        let problem = shaped.unwrap_err();
        let error = problem.errors.into_iter().next();
        (problem.kind, error.and_then(|error| error.pointer))
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let invalid = |pointer: &str| (ProblemKind::InvalidFields, Some(pointer.to_owned()));
        assert_eq!(
            fault(r#"{"list": [{"number": 1}, {"number": "x"}]}"#),
            invalid("/list/1/number")
        );
        assert_eq!(
            fault(r#"{"list": [{"number": 1, "a/b": 1}]}"#),
            invalid("/list/0/a~1b")
        );
        assert_eq!(fault("{}"), invalid(""));
        assert_eq!(fault("{"), (ProblemKind::MalformedJson, None));
    }
    #[test]
    fn json_is_told_by_its_media_type() {
        let check = |kind: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
            is_json(&headers)
        };
        assert!(check("application/json"));
        assert!(check("Application/JSON; charset=utf-8"));
        assert!(check("application/merge-patch+json"));
        assert!(!check("text/plain"));
        assert!(!check("application/jsonx"));
        assert!(!is_json(&HeaderMap::new()));
    }
}
