//! Opening, registering and closing.

use std::sync::LazyLock;
use twinbase_core::{Field, PrimaryError, Schema, SharedSchema, Table};

use super::{
    Opened, PERSON,
    leases::{LONG, worker},
    stage::open,
    support::{award, everything},
};

fn assert_unavailable<T>(what: &str, outcome: Result<T, PrimaryError>) {
    let error = outcome.map(drop).expect_err(what);
    let is_it = matches!(error, PrimaryError::Unavailable { .. });
    assert!(is_it, "{what}: {error}");
}

/// Every call says so, and none hangs.
pub async fn a_closed_primary_is_unavailable(db: Opened) {
    db.ping().await.expect("it is there");
    db.close().await;
    assert_unavailable("ping", db.ping().await);
    let db = db.primary;
    assert_unavailable("write", db.write(&award("a")).await);
    assert_unavailable("begin", db.begin().await.map(drop));
    assert_unavailable("query", db.query("select 1", &[]).await);
    assert_unavailable("states", db.states_after(&PERSON, None, None, 1).await);
    assert_unavailable("pending", db.pending(&everything()).await);
    assert_unavailable("status", db.status().await);
    assert_unavailable("migrate", db.migrate(&[]).await);
    let leases = db.lease(&worker("w"), LONG).await;
    assert_unavailable("lease", leases);
    assert_unavailable("pauses", db.pauses().await);
    assert_unavailable("events", db.events(&open(), None, 1).await);
    assert_unavailable("retry", db.retry(&open(), 1).await);
    db.close().await;
}

/// It is shown to people.
pub async fn a_location_has_no_credentials(db: Opened) {
    let location = db.database.open().await.location();
    assert!(!location.is_empty());
    assert!(
        !location.contains('@') && !location.contains("://"),
        "{location}"
    );
}

static SMALLER: SharedSchema = LazyLock::new(|| {
    Schema::new(
        "person",
        Table::new("people", &[Field::key("id")]),
        "people",
    )
    .into()
});

async fn fields(db: &Opened) -> i64 {
    db.number("select count(*) as n from aggregate_field where aggregate_type = 'person'")
        .await
}

/// What is no field any more may not be in an event any more.
pub async fn registering_again_replaces_the_fields(db: Opened) {
    assert_eq!(fields(&db).await, 9);
    db.register(std::slice::from_ref(&*SMALLER))
        .await
        .expect("registered");
    assert_eq!(fields(&db).await, 1);
    let notes = "select count(*) as n from aggregate_field where aggregate_type = 'note'";
    assert_eq!(db.number(notes).await, 3);
}
