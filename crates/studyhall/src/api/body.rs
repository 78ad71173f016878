//! Bodies: JSON of a bounded size.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tokio::time::timeout;

use super::{AppState, Code, Problem};

/// A body that is JSON of whatever shape.
#[derive(Debug)]
pub(super) struct JsonBody(pub(super) Value);

/// The largest body: a hundred usual todos fit several times.
pub(super) const LIMIT_BYTES: usize = 256 * 1024;

/// Of a body that is too large, so much is read and thrown away. A client that is still sending when
/// the connection is closed would not see the answer.
const PASSED_OVER_BYTES: usize = 16 << 20;
const PASSED_OVER_TIME: Duration = Duration::from_secs(2);

impl FromRequest<AppState> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &AppState) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                Code::UnsupportedMediaType,
                "Send the body as JSON, with Content-Type: application/json.",
            ));
        }
        if is_encoded(request.headers()) {
            return Err(Problem::new(
                Code::UnsupportedMediaType,
                "Send the body as it is, without Content-Encoding.",
            ));
        }
        let bytes = collect(request.into_body()).await?;
        match serde_json::from_slice(&bytes) {
            Ok(value) => Ok(Self(value)),
            // The parser's own text could quote the body; its place cannot.
            Err(error) => Err(Problem::new(
                Code::MalformedJson,
                format!(
                    "The body stops being JSON at line {}, column {}.",
                    error.line(),
                    error.column()
                ),
            )),
        }
    }
}

/// The whole body.
pub(super) async fn collect(mut body: Body) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|_| Problem::new(Code::MalformedBody, "The body ended too early."))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > LIMIT_BYTES {
            // Whether it comes to an end or not, the answer is the same.
            let _ = timeout(PASSED_OVER_TIME, pass_over(body)).await;
            return Err(Problem::new(
                Code::PayloadTooLarge,
                "A body may have at most 256 KiB.",
            ));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

async fn pass_over(mut body: Body) {
    let mut passed = 0;
    while passed < PASSED_OVER_BYTES {
        let Some(Ok(frame)) = body.frame().await else {
            return;
        };
        passed += frame.into_data().map_or(0, |data| data.len());
    }
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
    use super::{HeaderMap, header, is_json};

    #[test]
    fn json_is_told_by_its_media_type() {
        let check = |kind: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, kind.parse().expect("it is a header"));
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
