//! What users do. Each command runs in the caller's transaction and answers what it changed; giving
//! the operator's role is one statement and has none.

mod operators;
mod reports;
mod sessions;
mod todos;
mod users;

pub use operators::{add_operator, remove_operator};
pub use reports::{NewReport, add_report, delete_reports_of};
pub use sessions::{
    NewSession, add_session, delete_session, delete_sessions_of, discard_timer, start_timer,
    stop_timer,
};
pub use todos::{add_todos, change_todo, delete_todo, sign_up};
pub use users::change_user;
