//! Whether a browser sends a request for our own pages, so that a cookie may stand for its user.
//!
//! The order is that of the check in Go 1.25's `net/http`: `Sec-Fetch-Site`, which every browser of today
//! sends and no page can forge; else `Origin` against `Host`; a client that sends neither is no browser,
//! and nobody can make it send a cookie that is not its own.

use axum::http::{HeaderMap, Method, header};

use crate::{Code, Problem};

/// Refuses a request that changes something on behalf of another site.
pub fn check(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    if method.is_safe() || is_own(headers) {
        return Ok(());
    }
    Err(Problem::new(
        Code::CrossSite,
        "A page of another site cannot do this for you.",
    ))
}

fn is_own(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok();
    let authority = origin.and_then(|origin| origin.split_once("://"));
    host.is_some() && authority.map(|(_, authority)| authority) == host
}

#[cfg(test)]
mod tests {
    use super::{HeaderMap, is_own};

    fn own(headers: &[(&'static str, &'static str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().expect("it is a header"));
        }
        is_own(&map)
    }

    #[test]
    fn only_our_own_pages_speak_for_a_user() {
        assert!(own(&[("sec-fetch-site", "same-origin")]));
        assert!(own(&[("sec-fetch-site", "none")]));
        assert!(!own(&[("sec-fetch-site", "same-site")]));
        assert!(!own(&[
            ("sec-fetch-site", "cross-site"),
            ("host", "a"),
            ("origin", "http://a")
        ]));
        assert!(own(&[("host", "a:1"), ("origin", "http://a:1")]));
        assert!(!own(&[("host", "a:1"), ("origin", "http://b:1")]));
        assert!(!own(&[("host", "a:1"), ("origin", "null")]));
        assert!(!own(&[("origin", "http://b:1")]));
        assert!(own(&[]));
    }
}
