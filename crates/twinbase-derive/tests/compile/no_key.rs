//! An aggregate has an id.

use twinbase_core::AggregateId;
use twinbase_derive::Aggregate;

#[derive(Aggregate)]
#[aggregate(crate = twinbase_core, name = "user", table = "users")]
struct User {
    id: AggregateId,
}

fn main() {}
