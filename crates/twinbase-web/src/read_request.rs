//! What a read asks of its answer: parameters, and how fresh it must be.

use std::time::Duration;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, header, request::Parts},
};
use twinbase::prelude::*;

use crate::{Code, Freshness, Params, Problem};

/// `Sync-Token`: given with a write's answer, and sent with a read that must see the write.
pub(crate) const SYNC_TOKEN: HeaderName = HeaderName::from_static("sync-token");
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// Longer waits are cut to this: a connection is held meanwhile.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How long a strict read waits when it does not say: far longer than the usual lag.
const STRICT_WAIT: Duration = Duration::from_secs(2);

/// The query and the freshness of a read.
#[derive(Debug)]
pub struct ReadRequest {
    /// What is left of the query.
    pub params: Params,
    /// How fresh the answer must be.
    pub freshness: Freshness,
}

impl<S: Send + Sync> FromRequestParts<S> for ReadRequest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut params = Params::of(&parts.uri)?;
        let strict = params.take("consistency", consistency)?.unwrap_or(false);
        let wait = wait(&parts.headers);
        let freshness = Freshness {
            token: sync_token(&parts.headers)?,
            wait: wait.unwrap_or(if strict { STRICT_WAIT } else { Duration::ZERO }),
            strict,
        };
        Ok(Self { params, freshness })
    }
}

fn consistency(text: &str) -> Result<bool, &'static str> {
    match text {
        "eventual" => Ok(false),
        "strict" => Ok(true),
        _ => Err("must be eventual or strict"),
    }
}

/// All tokens together: a client may have written more than once.
fn sync_token(headers: &HeaderMap) -> Result<Option<Token>, Problem> {
    let invalid = || {
        Problem::new(
            Code::InvalidHeader,
            "The header Sync-Token must be one that a write returned.",
        )
    };
    let mut all: Option<Token> = None;
    let mut length = 0;
    for value in headers.get_all(SYNC_TOKEN) {
        let text = value.to_str().map_err(|_| invalid())?;
        length += text.len();
        if length > Token::MAX_TEXT_BYTES {
            return Err(invalid());
        }
        for token in text.split(',') {
            let token: Token = token.trim().parse().map_err(|_| invalid())?;
            all.get_or_insert_default().merge(token);
        }
    }
    Ok(all)
}

/// `Prefer: wait=2` (RFC 7240). What cannot be read is no preference.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    headers
        .get_all(PREFER)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ';']))
        .find_map(|preference| {
            let (name, seconds) = preference.split_once('=')?;
            let seconds = seconds.trim().trim_matches('"').parse().ok()?;
            name.trim()
                .eq_ignore_ascii_case("wait")
                .then(|| Duration::from_secs(seconds).min(LONGEST_WAIT))
        })
}

/// What the answer's cache entry depends on.
pub(crate) const VARY: (HeaderName, &str) = (header::VARY, "Authorization, Cookie, Sync-Token");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_found_among_preferences_and_cut() {
        let check = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(PREFER, text.parse().expect("it is a header"));
            wait(&headers)
        };
        assert_eq!(check("wait=2"), Some(Duration::from_secs(2)));
        assert_eq!(
            check("respond-async, Wait = 3"),
            Some(Duration::from_secs(3))
        );
        assert_eq!(check("wait=100000"), Some(LONGEST_WAIT));
        assert_eq!(check("wait=-1"), None);
        assert_eq!(check("wait"), None);
    }

    #[test]
    fn several_tokens_are_one() {
        let token = |id: &str| {
            let mut token = Token::default();
            let id = AggregateId::new(id).expect("it is an id");
            token.insert(Key::new("todo", id), Version::new(1));
            token
        };
        let mut headers = HeaderMap::new();
        let two = format!("{}, {}", token("a"), token("b"));
        headers.append(SYNC_TOKEN, two.parse().expect("it is a header"));
        headers.append(
            SYNC_TOKEN,
            token("c").to_string().parse().expect("it is a header"),
        );
        let all = sync_token(&headers)
            .expect("they are tokens")
            .expect("there are some");
        assert_eq!(all.entries().len(), 3);
        headers.append(SYNC_TOKEN, "nonsense".parse().expect("it is a header"));
        assert!(sync_token(&headers).is_err());
    }
}
