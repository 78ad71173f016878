//! A private column is in no document.

use twinbase_core::{AggregateId, Private};
use twinbase_derive::Aggregate;

#[derive(Aggregate)]
#[aggregate(crate = twinbase_core, name = "user", table = "users")]
struct User {
    #[key]
    id: AggregateId,
    secret: Private<String>,
}

fn main() {}
