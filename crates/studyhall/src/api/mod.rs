//! Studyhall over HTTP: JSON and problems, the same routes under `/api/v1` and under `/api`.
//!
//! A handler parses its request into types of the domain, runs one command or query, and says how
//! the answer looks. It decides nothing that the domain should.

mod attempts;
mod costly;
mod named;
mod operators;
mod problem;
mod routes;
mod session;
mod state;
mod sweeper;

use axum::Router;
use twinbase_web::Edge;

pub use costly::{Costly, Rates};
pub(crate) use named::PathName;
pub use operators::is_sent_by_operator;
pub(crate) use operators::operators_only;
pub use problem::Code;
pub(crate) use routes::Kind;
pub(crate) use routes::{
    Credentials, ResponseDraft, SentAnswers, SignUp, answer_form, create_user as sign_up, sign_in,
};
pub(crate) use routes::{Discard, DraftOfReport, EndOfTimer, NewTimer, reports_file};
pub(crate) use routes::{Leave, NewPassword, leave, replace_password};
pub(crate) use session::{CurrentUser, clear_cookie, device, set_cookie};
pub use state::{AppState, Settings};
pub use sweeper::{sweep_batch, sweep_forever};
pub use twinbase_console::{Access, Scraping};
pub use twinbase_web::{BasePath, RequestId, TrustedProxies};

/// Part of the types of problems.
const SERVICE: &str = "studyhall";

/// All routes of the API, with everything that belongs around them.
pub fn router(state: &AppState) -> Router {
    with_edge(routes::all(state).with_state(state.clone()), state)
}

/// The routes of a port for metrics: they, and that the process lives. Neither asks a database.
pub fn metrics_router(state: &AppState) -> Router {
    with_edge(routes::of_metrics(state).with_state(state.clone()), state)
}

/// Puts around any routes what every answer has: a request id, problems for errors, a time limit,
/// a limit on bodies, and one log line.
pub fn with_edge(routes: Router, state: &AppState) -> Router {
    let settings = state.settings();
    Edge::new(SERVICE, state.twin(), settings.request_timeout)
        .behind(settings.trusted_proxies.clone())
        .around(routes)
}
