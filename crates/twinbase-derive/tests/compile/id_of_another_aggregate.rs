//! An id of one aggregate names none of another.

use twinbase_core::{Id, IdOf};
use twinbase_derive::Aggregate;

#[derive(Aggregate, serde::Serialize, serde::Deserialize)]
#[aggregate(crate = twinbase_core, name = "user", table = "users")]
struct User {
    #[key]
    id: Id<User>,
    points: i32,
}

#[derive(Aggregate, serde::Serialize, serde::Deserialize)]
#[aggregate(crate = twinbase_core, name = "todo", table = "todos")]
struct Todo {
    #[key]
    id: Id<Todo>,
    user_id: Id<User>,
}

fn get<A>(_: &impl IdOf<A>) {}

fn both(todo: &Todo) {
    get::<Todo>(&todo.id);
    get::<User>(&todo.user_id);
    get::<Todo>(&todo.user_id);
}

fn main() {}
