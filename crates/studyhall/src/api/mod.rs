//! Studyhall over HTTP: JSON, problems, and the same routes at the seed's paths and under `/api/v1`.
//!
//! A handler parses its request into types of the domain, runs one command or query, and says how
//! the answer looks. It decides nothing that the domain should.

mod body;
mod client;
mod cursor;
mod edge;
mod etag;
mod form;
mod idempotency;
mod in_flight;
mod limits;
mod operators;
mod origin;
mod params;
mod path_id;
mod problem;
mod read_request;
mod reply;
mod request_id;
mod routes;
mod scraping;
mod session;
mod state;
mod sweeper;
mod trace;

use axum::Router;

pub use client::TrustedProxies;
pub use idempotency::probe_writes;
pub use operators::is_sent_by_operator;
pub use problem::{Code, Fault, Problem};
pub use request_id::RequestId;
pub use scraping::{Access, Scraping};
pub use state::{AppState, Settings};
pub use sweeper::{sweep_batch, sweep_forever};

/// All routes of the API, with everything that belongs around them.
pub fn router(state: AppState) -> Router {
    with_edge(routes::all(&state).with_state(state.clone()), state)
}

/// The routes of a port for metrics: they, and that the process lives. Neither asks a database.
pub fn metrics_router(state: AppState) -> Router {
    with_edge(routes::of_metrics(&state).with_state(state.clone()), state)
}

/// Puts around any routes what every answer has: a request id, problems for errors, a time limit,
/// a limit on bodies, and one log line.
pub fn with_edge(routes: Router, state: AppState) -> Router {
    edge::wrap(routes, state)
}
