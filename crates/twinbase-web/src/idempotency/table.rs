//! The table of idempotency keys, by its columns.

use std::sync::LazyLock;

use jiff::Timestamp;
use twinbase::prelude::*;

use super::Claim;

pub(super) static TABLE: SharedTable = LazyLock::new(|| {
    Table::new(
        "idempotency_keys",
        &[
            Field::private("scope", Kind::Text),
            Field::private("request_key", Kind::Text),
            Field::private("fingerprint", Kind::Text),
            Field::private("status", Kind::Int32),
            Field::private("etag", Kind::Text).nullable(),
            Field::private("location", Kind::Text).nullable(),
            Field::private("sync_token", Kind::Text).nullable(),
            Field::private("body", Kind::Text),
            Field::private("created_at", Kind::Timestamp),
        ],
    )
    .into()
});
pub(super) const SCOPE: Column<Claim, String> = Column::new("scope");
pub(super) const REQUEST_KEY: Column<Claim, String> = Column::new("request_key");
pub(super) const FINGERPRINT: Column<Claim, String> = Column::new("fingerprint");
/// The answer's; [`UNANSWERED`] until there is one.
pub(super) const STATUS: Column<Claim, i32> = Column::new("status");
pub(super) const ETAG: Column<Claim, Option<String>> = Column::new("etag");
pub(super) const LOCATION: Column<Claim, Option<String>> = Column::new("location");
pub(super) const SYNC_TOKEN: Column<Claim, Option<String>> = Column::new("sync_token");
pub(super) const BODY: Column<Claim, String> = Column::new("body");
pub(super) const CREATED_AT: Column<Claim, Timestamp> = Column::new("created_at");

/// The status of a request that is not answered yet. Seen by others only when it was reserved.
pub(super) const UNANSWERED: i32 = 0;
