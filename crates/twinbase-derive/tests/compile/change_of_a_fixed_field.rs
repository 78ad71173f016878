//! What is fixed is in no change.

use twinbase_core::AggregateId;
use twinbase_derive::Aggregate;

#[derive(Aggregate, serde::Serialize, serde::Deserialize)]
#[aggregate(crate = twinbase_core, name = "todo", table = "todos")]
struct Todo {
    #[key]
    id: AggregateId,
    #[fixed]
    user_id: AggregateId,
    title: String,
}

fn main() {
    let _ = TodoChange {
        user_id: None,
        title: None,
    };
}
