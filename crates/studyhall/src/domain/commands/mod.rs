//! What users do. Each command runs in the caller's transaction and answers what it changed; giving
//! the operator's role is one statement and has none.

mod add_todos;
mod change_todo;
mod delete_todo;
mod operators;
mod own;
mod points;
mod sign_up;

pub use add_todos::{TodoDraft, add_todos};
pub use change_todo::{ChangedTodo, change_todo};
pub use delete_todo::delete_todo;
pub use operators::{add_operator, remove_operator};
pub use sign_up::{Account, NewAccount, sign_up};
