//! A change names columns of its own aggregate.

use twinbase_core::{Aggregate, AggregateId, schema::Assignment};
use twinbase_derive::Aggregate;

#[derive(Aggregate, serde::Serialize, serde::Deserialize)]
#[aggregate(crate = twinbase_core, name = "user", table = "users")]
struct User {
    #[key]
    id: AggregateId,
    points: i32,
}

#[derive(Aggregate, serde::Serialize, serde::Deserialize)]
#[aggregate(crate = twinbase_core, name = "todo", table = "todos")]
struct Todo {
    #[key]
    id: AggregateId,
    title: String,
}

fn update<A: Aggregate>(_: [Assignment<A>; 1]) {}

fn main() {
    update::<Todo>([User::POINTS.set(1)]);
}
