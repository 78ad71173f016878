//! Versions as entity tags (RFC 9110, 8.8 and 13.1): version 7 is `"7"`, strong.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
};
use twinbase::prelude::*;

use crate::{Code, Problem};

/// The entity tag of a version.
pub(crate) fn tag(version: Version) -> String {
    format!("\"{version}\"")
}

pub(crate) fn header_value(version: Version) -> Option<HeaderValue> {
    HeaderValue::try_from(tag(version)).ok()
}

/// `If-Match`: what a change expects. `*` is met by anything that exists.
#[derive(Debug)]
pub struct IfMatch(pub Expected);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(match tags(&parts.headers, &header::IF_MATCH)? {
            None | Some(Tags::All) => Expected::Any,
            // The comparison is the strong one: a weak tag matches nothing.
            Some(Tags::List(tags)) => Expected::OneOf(
                tags.into_iter()
                    .filter(|tag| !tag.weak)
                    .filter_map(|tag| tag.version)
                    .collect(),
            ),
        }))
    }
}

/// `If-None-Match`: which versions the client has already.
#[derive(Debug)]
pub struct IfNoneMatch(Option<Tags>);

impl IfNoneMatch {
    /// Whether the client has this version; compared weakly, as reads do.
    pub fn has(&self, version: Version) -> bool {
        match &self.0 {
            None => false,
            Some(Tags::All) => true,
            Some(Tags::List(tags)) => tags.iter().any(|tag| tag.version == Some(version)),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(tags(&parts.headers, &header::IF_NONE_MATCH)?))
    }
}

#[derive(Debug, PartialEq)]
enum Tags {
    All,
    List(Vec<Tag>),
}

#[derive(Debug, PartialEq)]
struct Tag {
    weak: bool,
    /// `None` for a tag that is none of ours.
    version: Option<Version>,
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Tags>, Problem> {
    let mut texts = Vec::new();
    for value in headers.get_all(name) {
        texts.push(value.to_str().unwrap_or("?"));
    }
    if texts.is_empty() {
        return Ok(None);
    }
    parse(&texts.join(",")).map(Some).ok_or_else(|| {
        Problem::new(
            Code::InvalidHeader,
            format!("The header {name} must be * or entity tags such as \"7\"."),
        )
    })
}

/// Our tags have no comma, so a list can be split at commas; a tag with one is none of ours either way.
fn parse(text: &str) -> Option<Tags> {
    if text.trim() == "*" {
        return Some(Tags::All);
    }
    let parts = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let tags: Option<Vec<_>> = parts
        .map(|part| {
            let (weak, quoted) = match part.strip_prefix("W/") {
                Some(quoted) => (true, quoted),
                None => (false, part),
            };
            let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
            let digits = !inner.is_empty() && inner.bytes().all(|b| b.is_ascii_digit());
            let number = inner.parse().ok().filter(|_| digits);
            Some(Tag {
                weak,
                version: number.map(Version::new),
            })
        })
        .collect();
    tags.filter(|tags| !tags.is_empty()).map(Tags::List)
}

#[cfg(test)]
mod tests {
    use super::{Tag, Tags, Version, parse};

    #[test]
    fn lists_weak_tags_and_the_star_are_read() {
        let tag = |weak, number: Option<i64>| Tag {
            weak,
            version: number.map(Version::new),
        };
        assert_eq!(parse("*"), Some(Tags::All));
        assert_eq!(
            parse("\"7\", W/\"8\",\"other\""),
            Some(Tags::List(vec![
                tag(false, Some(7)),
                tag(true, Some(8)),
                tag(false, None)
            ]))
        );
        for bad in ["", ",", "7", "\"7", "W/7", "\"7\", x"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
