//! The HTTP parts that a service on Twinbase needs, for axum: extractors, answers and layers that know no aggregate.
//!
//! | part | what there is |
//! |---|---|
//! | around every request | [`Edge`]: request id, trace, time limit, log line, the rest of its body, [`Client`] behind [`TrustedProxies`], problems as JSON or as a page |
//! | errors | [`Problem`] (RFC 9457), [`Code`], [`Kind`] for codes of your own |
//! | bodies | [`Body`] reads JSON and HTML forms into one type ([`body!`]) of texts ([`text!`]), numbers ([`number!`]) and other [`Part`]s, and names every fault |
//! | query | [`Params`], [`ReadRequest`] |
//! | reading your writes | [`Freshness`]: `Sync-Token`, `Prefer: wait`, `?consistency`; [`answered`] says source and age |
//! | versions | [`IfMatch`], [`IfNoneMatch`], [`Reply::with_version`]; [`View`] where a path shows each viewer something else |
//! | pages | [`Page`], [`cursor`], `Link: rel="next"` |
//! | idempotency | [`IdempotencyKey`], [`Idempotency`], [`idempotency::migrations`], [`idempotency::sweep`] |
//! | files | [`csv`], answered by [`answered_file`] |
//! | description | [`openapi`]: an OpenAPI document of the routes, and Swagger UI |
//! | times | [`moment`]: times in rows that other programs may have written |
//! | connections | [`serve`]: limits on what a client may hold, and an orderly stop |
//! | safety | [`origin`] (CSRF), [`Limits`], [`bearer`] |
//!
//! `examples/service.rs` is a whole service with one aggregate.

// The macros name this crate, also where it uses them itself.
extern crate self as twinbase_web;

mod base_path;
mod bearer;
mod body;
mod client;
pub mod csv;
pub mod cursor;
mod edge;
mod etag;
mod fallback;
pub mod fields;
mod freshness;
mod html;
pub mod idempotency;
mod limits;
pub mod moment;
mod number;
pub mod openapi;
pub mod origin;
mod page;
pub mod params;
mod path;
mod path_id;
mod problem;
mod read_request;
mod reply;
mod request_id;
mod serve;
mod sweep;
mod taken;
mod text;
mod trace;
mod unread;

pub use base_path::BasePath;
pub use bearer::{Unreadable, bearer};
pub use body::{
    BODY_LIMIT_BYTES, Body, Form, Many, Nullable, PageForm, PageQuery, Part, Place, read_body,
};
pub use client::{Client, TrustedProxies};
pub use edge::Edge;
pub use etag::{IfMatch, IfNoneMatch, View};
pub use fallback::{method_not_allowed, not_found};
pub use freshness::Freshness;
pub use idempotency::{Claim, Idempotency, IdempotencyKey};
pub use limits::{Attempt, Left, Limits, Policy};
pub use number::{Number, within};
pub use page::{Page, next_link};
pub use params::Params;
pub use path::Path;
pub use path_id::PathId;
pub use problem::{Code, Fault, Kind, Problem};
pub use read_request::ReadRequest;
pub use reply::{Reply, answered, answered_file, answered_one, answered_page};
pub use request_id::RequestId;
pub use serve::serve;
pub use sweep::{sweep_forever, sweep_older};
pub use taken::Taken;
pub use text::{Invalid, Rules, is_blank};

use jiff::Timestamp;
use twinbase::Twinbase;

/// 9999-12-30T22:00:00Z, the last whole second that can be shown in every time zone.
pub const LAST_TIME: Timestamp = Timestamp::constant(253_402_207_200, 0);

/// The time by the twin's clock, as precise as both databases keep it.
pub fn now(twin: &Twinbase) -> Timestamp {
    twinbase::core::to_millis(twin.sides().clock.now())
}

/// For what the macros write.
#[doc(hidden)]
pub mod __private {
    pub use serde::{self, Deserialize, Serialize};
    pub use serde_json::{Map, Value, json};
    pub use twinbase::FieldType;

    pub use crate::body::{field_schema, object_schema};

    /// A field's name in bodies.
    pub fn camel_case(name: &str) -> String {
        crate::body::camel_case(name)
    }
}
