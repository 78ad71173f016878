//! An aggregate has a table.

use twinbase_core::AggregateId;
use twinbase_derive::Aggregate;

#[derive(Aggregate)]
#[aggregate(crate = twinbase_core, name = "user")]
struct User {
    #[key]
    id: AggregateId,
}

fn main() {}
