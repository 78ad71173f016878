//! An index is of fields that there are.

use twinbase_core::AggregateId;
use twinbase_derive::Aggregate;

#[derive(Aggregate)]
#[aggregate(crate = twinbase_core, name = "user", table = "users", index(board = [ponts desc]))]
struct User {
    #[key]
    id: AggregateId,
    points: i32,
}

fn main() {}
