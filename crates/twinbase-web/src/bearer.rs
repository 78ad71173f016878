//! Bearer tokens (RFC 6750) in the `Authorization` header.

use axum::http::{HeaderMap, header};

/// The header is there and is not one bearer token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

/// The bearer token that a request sends, if it sends any credentials.
///
/// # Errors
///
/// A header that is there twice or is something else must not be taken for none: falling back to
/// other credentials would act for somebody else.
pub fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Unreadable> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        // Whatever stands before this server may have looked at the other one.
        return Err(Unreadable);
    }
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        let token = token.trim();
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
    });
    token.map(Some).ok_or(Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_sent_once_as_bearer() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), Ok(None));
        for (value, token) in [
            ("Bearer abc", Ok(Some("abc"))),
            ("bearer  abc", Ok(Some("abc"))),
            ("Basic abc", Err(Unreadable)),
            ("Bearer ", Err(Unreadable)),
            ("abc", Err(Unreadable)),
        ] {
            let value = value.parse().expect("it is a header");
            headers.insert(header::AUTHORIZATION, value);
            assert_eq!(bearer(&headers), token);
        }
        let second = "Bearer abc".parse().expect("it is a header");
        headers.append(header::AUTHORIZATION, second);
        assert_eq!(bearer(&headers), Err(Unreadable));
    }
}
