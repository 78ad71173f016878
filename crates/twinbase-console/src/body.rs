//! Bodies: JSON of a bounded size, read into a type, with the place of what is wrong.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse as _,
};
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use crate::{Problem, ProblemKind};

/// The largest body: a thousand ids fit.
const LIMIT_BYTES: usize = 256 * 1024;

/// A body of this shape.
pub(crate) struct Body<T>(pub(crate) T);

impl<T, S> FromRequest<S> for Body<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                ProblemKind::UnsupportedMediaType,
                "Send the body as JSON, with Content-Type: application/json.",
            ));
        }
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|error| match error.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => too_large(),
            _ => Problem::new(ProblemKind::MalformedJson, "The body ended too early."),
        })?;
        if bytes.len() > LIMIT_BYTES {
            return Err(too_large());
        }
        parse(&bytes).map(Self)
    }
}

fn too_large() -> Problem {
    Problem::new(
        ProblemKind::PayloadTooLarge,
        "A body may have at most 256 KiB.",
    )
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let value: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| {
        // The parser's own text could quote the body; its place cannot.
        let (line, column) = (error.line(), error.column());
        Problem::new(
            ProblemKind::MalformedJson,
            format!("The body stops being JSON at line {line}, column {column}."),
        )
    })?;
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

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let Some(kind) = kind.and_then(|kind| kind.to_str().ok()) else {
        return false;
    };
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
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
        let problem = parse::<Outer>(text.as_bytes()).unwrap_err();
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
}
