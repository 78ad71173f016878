//! An index is of fields that documents have.

use twinbase_core::{AggregateId, Private};
use twinbase_derive::Aggregate;

#[derive(Aggregate)]
#[aggregate(crate = twinbase_core, name = "user", table = "users", index(board = [ponts desc]))]
struct User {
    #[key]
    id: AggregateId,
    points: i32,
}

#[derive(Aggregate)]
#[aggregate(crate = twinbase_core, name = "secret", table = "secrets", index(by_hash = [hash]))]
struct Secret {
    #[key]
    id: AggregateId,
    #[serde(skip)]
    hash: Private<String>,
}

fn main() {}
