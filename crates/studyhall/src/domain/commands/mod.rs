//! What users do. Each command runs in the caller's transaction and answers what it changed; giving
//! the operator's role is one statement and has none.

mod account;
mod acts;
mod forms;
mod friends;
mod hiding;
mod messages;
mod operators;
mod past;
mod points;
mod reports;
mod responses;
mod sessions;
mod todos;
mod users;

pub use account::{change_password, delete_account};
pub use acts::Act;
pub use forms::{change_form, close_form, delete_form, open_form};
pub use friends::{ask, delete_friendships_of, settle, withdraw};
pub use hiding::{hide, unhide};
pub use messages::{delete_message, delete_messages_of, mark_read, send_message};
pub use operators::{add_operator, remove_operator};
pub use past::{Past, Undone, add_past};
pub use reports::{NewReport, add_report, delete_reports_of};
pub use responses::{NewResponse, delete_responses_of, respond};
pub use sessions::{
    NewSession, add_session, delete_session, delete_sessions_of, discard_timer, start_timer,
    stop_timer,
};
pub use todos::{add_todos, change_todo, delete_todo, sign_up};
pub use users::change_user;
