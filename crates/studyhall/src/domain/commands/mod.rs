//! What users do. Each command runs in the caller's transaction and answers what it changed; giving
//! the operator's role is one statement and has none.

mod account;
mod operators;
mod points;
mod todos;

pub use account::{change_password, delete_account};
pub use operators::{add_operator, remove_operator};
pub use points::post_history;
pub use todos::{add_todos, change_todo, delete_todo, sign_up};
