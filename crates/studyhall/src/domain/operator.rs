//! The operator's role: who may look into events and act on them. It is kept apart from the `user`
//! aggregate, so no event and no document tells who has it.

use std::sync::LazyLock;

use jiff::Timestamp;
use twinbase::prelude::*;

use super::Error;

/// A user who is an operator.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operator {
    /// The user.
    pub user_id: AggregateId,
    /// The user's name.
    pub username: String,
    /// The user's address.
    pub email: String,
    /// Since when.
    pub added_at: Timestamp,
}

pub(super) static TABLE: SharedTable = LazyLock::new(|| {
    Table::new(
        "operators",
        &[
            Field::private("user_id", Kind::Text),
            Field::private("added_at", Kind::Timestamp),
        ],
    )
    .into()
});
pub(super) const USER_ID: Column<Operator, AggregateId> = Column::new("user_id");
pub(super) const ADDED_AT: Column<Operator, Timestamp> = Column::new("added_at");

impl Operator {
    pub(super) fn read(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            user_id: row.get("id")?,
            username: row.get("username")?,
            email: row.get("email")?,
            added_at: row.get("added_at")?,
        })
    }
}
