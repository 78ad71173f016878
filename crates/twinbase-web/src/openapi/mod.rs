//! The OpenAPI 3.1 document of a service, made of the routes as they are mounted.
//!
//! A route is added to [`Routes`] and nowhere else, so there is none without a description. What its handler takes
//! describes itself: each extractor [adds](Described) its parameters, its body and the problems it can answer with. The
//! caller says only what is left: one sentence, and what a success looks like ([`Op`]).
//!
//! Ours and not by attributes such as `utoipa`'s: those repeat beside each handler what its signature says already,
//! and nothing notices when the two differ.

mod described;
mod document;
mod op;
mod operation;
mod pages;
mod routes;
pub mod schema;

pub use described::Described;
pub use document::Info;
pub use op::Op;
pub use operation::Operation;
pub use pages::pages;
pub use routes::Routes;
