//! Extractors, and what they add to a route's description.

use axum::{
    Extension,
    extract::{MatchedPath, OriginalUri, Request, State},
    http::{HeaderMap, Method, Uri},
};
use serde_json::json;

use super::Operation;
use crate::{
    Body, Client, Code, IdempotencyKey, IfMatch, IfNoneMatch, Params, Part, Path, PathId,
    ReadRequest, RequestId, body::of_nothing,
};

/// An extractor that describes itself. One that takes nothing from clients adds nothing.
pub trait Described {
    /// Adds its parameters, its body and its problems.
    fn describe(operation: &mut Operation) {
        let _ = operation;
    }
}

impl<S> Described for State<S> {}
impl<T> Described for Extension<T> {}
impl<T> Described for Path<T> {}
impl Described for OriginalUri {}
impl Described for MatchedPath {}
impl Described for Uri {}
impl Described for Method {}
impl Described for HeaderMap {}
impl Described for Request {}
impl Described for RequestId {}
impl Described for Client {}

impl Described for Params {
    fn describe(operation: &mut Operation) {
        operation.problem(Code::InvalidParameter);
    }
}

impl Described for PathId {
    fn describe(operation: &mut Operation) {
        operation.path("An id.");
        operation.problem(Code::NotFound);
    }
}

impl Described for ReadRequest {
    fn describe(operation: &mut Operation) {
        let text = json!({ "type": "string" });
        operation.header(
            "Sync-Token",
            &text,
            "What a write returned: the answer has seen that write.",
        );
        let prefer = "`wait=2`: how many seconds the replica may take to have seen it; else the primary answers.";
        operation.header("Prefer", &text, prefer);
        let choices =
            json!({ "type": "string", "enum": ["eventual", "strict"], "default": "eventual" });
        let strict = "`strict`: the replica's answer in time, or none.";
        operation.query("consistency", &choices, strict);
        operation.answers_header("X-Read-Source", "`replica` or `primary`.");
        operation.answers_header("X-Data-Lag-Ms", "How old the answer may be.");
        for code in [
            Code::InvalidParameter,
            Code::InvalidHeader,
            Code::NotCaughtUp,
            Code::ReplicaUnavailable,
        ] {
            operation.problem(code);
        }
    }
}

impl Described for IfNoneMatch {
    fn describe(operation: &mut Operation) {
        let description = "Versions that the client has: 304 when it is one of them.";
        operation.header("If-None-Match", &json!({ "type": "string" }), description);
        operation.answers_header("ETag", "The version.");
        operation.problem(Code::InvalidHeader);
        operation.may_be_unchanged = true;
    }
}

impl Described for IfMatch {
    fn describe(operation: &mut Operation) {
        let description = "The version that is to be changed, such as `\"7\"`.";
        operation.header("If-Match", &json!({ "type": "string" }), description);
        operation.problem(Code::InvalidHeader);
        operation.problem(Code::PreconditionFailed);
    }
}

impl Described for IdempotencyKey {
    fn describe(operation: &mut Operation) {
        let key = json!({ "type": "string", "minLength": 1, "maxLength": 255 });
        let description =
            "The same request with the same key is done once, and answered alike for 24 hours.";
        operation.header("Idempotency-Key", &key, description);
        operation.answers_header("Idempotency-Replayed", "`true` when it was done before.");
        for code in [
            Code::InvalidHeader,
            Code::IdempotencyInProgress,
            Code::IdempotencyMismatch,
        ] {
            operation.problem(code);
        }
    }
}

impl<T: Part> Described for Body<T> {
    fn describe(operation: &mut Operation) {
        let media = json!({ "schema": T::schema() });
        let content =
            json!({ "application/json": media, "application/x-www-form-urlencoded": media });
        operation.body =
            Some(json!({ "required": of_nothing::<T>().is_none(), "content": content }));
        for code in [
            Code::MalformedJson,
            Code::MalformedBody,
            Code::PayloadTooLarge,
            Code::UnsupportedMediaType,
            Code::InvalidFields,
            Code::CrossSite,
        ] {
            operation.problem(code);
        }
    }
}

/// All arguments of a handler; `M` is axum's own mark, which says how the last one is taken.
pub trait Arguments {
    /// Adds what each of them adds.
    fn describe(operation: &mut Operation);
}

impl Arguments for ((),) {
    fn describe(_: &mut Operation) {}
}

macro_rules! arguments {
    ($($of:ident),+) => {
        impl<M, $($of: Described),+> Arguments for (M, $($of,)+) {
            fn describe(operation: &mut Operation) {
                $($of::describe(operation);)+
            }
        }
    };
}

arguments!(A);
arguments!(A, B);
arguments!(A, B, C);
arguments!(A, B, C, D);
arguments!(A, B, C, D, E);
arguments!(A, B, C, D, E, F);
arguments!(A, B, C, D, E, F, G);
arguments!(A, B, C, D, E, F, G, H);
