//! What a form of a page sends: its value, or what is wrong with it, so that the page can show the form again.

use axum::{
    extract::{FromRequest, FromRequestParts, OriginalUri, Request},
    http::request::Parts,
};
use serde_json::{Map, Value};
use twinbase::prelude::*;

use super::{Format, Part, form, is_encoded, read_body, urlencoded};
use crate::{Code, Fault, IdempotencyKey, Problem, origin};

/// A form of a page of ours, as a browser sends it. Two hidden fields are not part of its value: `key`, which makes
/// a second click the same request, and `version`, of what the form changes.
#[derive(Debug)]
pub struct PageForm<T> {
    /// The form's key; without one each sending is done.
    pub key: IdempotencyKey,
    /// The version that the form was made of; any, when it names none.
    pub expected: Expected,
    /// The fields as they were sent: to be shown again, and for the fingerprint of the key.
    pub sent: Value,
    /// What they say, or everything that is wrong with them.
    pub value: Result<T, Vec<Fault>>,
}

impl<T, S> FromRequest<S> for PageForm<T>
where
    T: Part,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let headers = request.headers();
        origin::check(request.method(), headers)?;
        if Format::of(headers) != Some(Format::Html) || is_encoded(headers) {
            return Err(Problem::new(
                Code::UnsupportedMediaType,
                "Send the form as application/x-www-form-urlencoded.",
            ));
        }
        let mut fields = match urlencoded::to_json(&read_body(request.into_body()).await?) {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        let key = text(&mut fields, "key");
        let key = key.map_or(Ok(IdempotencyKey::none()), |key| {
            IdempotencyKey::parse(&key)
        })?;
        let version = text(&mut fields, "version")
            .and_then(|text| text.parse().ok())
            .map(Version::new);
        let sent = Value::Object(fields);
        let value = read(&sent);
        Ok(Self {
            key,
            expected: version.map_or(Expected::Any, |version: Version| version.into()),
            sent,
            value,
        })
    }
}

/// A form of a page of ours that is sent as the query of an address, because it changes nothing.
#[derive(Debug)]
pub struct PageQuery<T> {
    /// The fields as they were sent: to be shown again.
    pub sent: Value,
    /// What they say, or everything that is wrong with them.
    pub value: Result<T, Vec<Fault>>,
}

impl<T, S> FromRequestParts<S> for PageQuery<T>
where
    T: Part,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let original = parts.extensions.get::<OriginalUri>();
        let query = original.map_or(&parts.uri, |uri| &uri.0).query();
        let sent = urlencoded::to_json(query.unwrap_or_default().as_bytes());
        let value = read(&sent);
        Ok(Self { sent, value })
    }
}

fn read<T: Part>(sent: &Value) -> Result<T, Vec<Fault>> {
    form::read(sent.clone(), Format::Html).map_err(|problem| problem.faults().to_vec())
}

fn text(fields: &mut Map<String, Value>, name: &str) -> Option<String> {
    match fields.remove(name)? {
        Value::String(text) => Some(text),
        _ => None,
    }
}
