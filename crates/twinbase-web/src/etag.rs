//! Versions as entity tags (RFC 9110, 8.8 and 13.1): version 7 is `"7"`, strong.
//!
//! At a path that shows each viewer something else, such as `/users/me`, version 7 of one is not version 7 of another:
//! there a tag has its [`View`] as well, `"7-1f0c3a5be2d49786"`.

use std::fmt::Write as _;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
};
use sha2::{Digest as _, Sha256};
use twinbase::prelude::*;

use crate::{Code, Problem};

/// Whose view an answer is. An extractor that stands before [`IfMatch`] and [`IfNoneMatch`] puts it into the request's
/// extensions; then a tag without it, or with another's, matches nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View(String);

impl View {
    /// Of this viewer. Tags have a hash, so that an id may have any characters.
    pub fn of(viewer: &AggregateId) -> Self {
        let hash = Sha256::digest(viewer.as_str());
        let mut text = String::with_capacity(16);
        for byte in hash.iter().take(8) {
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }
}

/// The entity tag of a version, as a viewer sees it where that makes a difference.
pub(crate) fn tag(version: Version, view: Option<&View>) -> String {
    match view {
        None => format!("\"{version}\""),
        Some(View(view)) => format!("\"{version}-{view}\""),
    }
}

/// `If-Match`: what a change expects. `*` is met by anything that exists.
#[derive(Debug)]
pub struct IfMatch(pub Expected);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let view = parts.extensions.get();
        Ok(Self(match tags(&parts.headers, &header::IF_MATCH)? {
            None | Some(Tags::All) => Expected::Any,
            // The comparison is the strong one: a weak tag matches nothing.
            Some(Tags::List(tags)) => Expected::OneOf(
                tags.iter()
                    .filter(|tag| !tag.weak)
                    .filter_map(|tag| tag.version_in(view))
                    .collect(),
            ),
        }))
    }
}

/// `If-None-Match`: which versions the client has already.
#[derive(Debug)]
pub struct IfNoneMatch {
    tags: Option<Tags>,
    view: Option<View>,
}

impl IfNoneMatch {
    /// Whether the client has this version; compared weakly, as reads do.
    pub fn has(&self, version: Version) -> bool {
        let view = self.view.as_ref();
        match &self.tags {
            None => false,
            Some(Tags::All) => true,
            Some(Tags::List(tags)) => tags.iter().any(|tag| tag.version_in(view) == Some(version)),
        }
    }

    /// The entity tag of a version in the answer to this request.
    pub(crate) fn tag(&self, version: Version) -> Option<HeaderValue> {
        HeaderValue::try_from(tag(version, self.view.as_ref())).ok()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self {
            tags: tags(&parts.headers, &header::IF_NONE_MATCH)?,
            view: parts.extensions.get().cloned(),
        })
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
    view: Option<View>,
}

impl Tag {
    /// The version, when the tag is of this view.
    fn version_in(&self, view: Option<&View>) -> Option<Version> {
        self.version.filter(|_| self.view.as_ref() == view)
    }
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
            let (number, view) = match inner.split_once('-') {
                Some((number, view)) => (number, Some(View(view.to_owned()))),
                None => (inner, None),
            };
            let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
            let number = number.parse().ok().filter(|_| digits);
            Some(Tag {
                weak,
                version: number.map(Version::new),
                view,
            })
        })
        .collect();
    tags.filter(|tags| !tags.is_empty()).map(Tags::List)
}

#[cfg(test)]
mod tests {
    use super::{AggregateId, Tag, Tags, Version, View, parse, tag};

    #[test]
    fn lists_weak_tags_and_the_star_are_read() {
        let tag = |weak, number: Option<i64>| Tag {
            weak,
            version: number.map(Version::new),
            view: None,
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

    #[test]
    fn a_tag_of_one_view_has_no_version_in_another() {
        let view = |id| View::of(&AggregateId::new(id).expect("it is an id"));
        let (ada, bob) = (view("ada"), view("bob"));
        let read = |text: String| match parse(&text) {
            Some(Tags::List(mut tags)) => tags.remove(0),
            other => panic!("{text} is {other:?}"),
        };
        let version = Version::new(7);
        let (plain, of_ada) = (read(tag(version, None)), read(tag(version, Some(&ada))));
        assert_eq!(plain.version_in(None), Some(version));
        assert_eq!(of_ada.version_in(Some(&ada)), Some(version));
        for (tag, view) in [(&plain, Some(&ada)), (&of_ada, None), (&of_ada, Some(&bob))] {
            assert_eq!(tag.version_in(view), None, "{tag:?} {view:?}");
        }
    }
}
