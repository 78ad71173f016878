//! Opening, registering and closing.

use twinbase_core::{Field, Primary, PrimaryError, Schema, Table};

use super::{
    Database, PERSON,
    leases::{LONG, worker},
    stage::open,
    support::{award, everything, number, opened},
};

fn assert_unavailable<T>(what: &str, outcome: Result<T, PrimaryError>) {
    match outcome {
        Err(PrimaryError::Unavailable { .. }) => {}
        Err(error) => panic!("{what}: {error}"),
        Ok(_) => panic!("{what} succeeded"),
    }
}

/// Every call says so, and none hangs.
pub async fn a_closed_primary_is_unavailable(database: &dyn Database) {
    let primary = opened(database).await;
    primary.ping().await.expect("it is there");
    primary.close().await;
    assert_unavailable("ping", primary.ping().await);
    assert_unavailable("write", primary.write(&award("a")).await);
    assert_unavailable("begin", primary.begin().await);
    assert_unavailable("query", primary.query("select 1", &[]).await);
    assert_unavailable("states", primary.states_after(&PERSON, None, 1).await);
    assert_unavailable("pending", primary.pending(&everything()).await);
    assert_unavailable("status", primary.status().await);
    assert_unavailable("migrate", primary.migrate(&[]).await);
    let leases = primary.lease(&worker("w"), LONG).await;
    assert_unavailable("lease", leases);
    assert_unavailable("pauses", primary.pauses().await);
    assert_unavailable("events", primary.events(&open(), None, 1).await);
    assert_unavailable("retry", primary.retry(&open(), 1).await);
    primary.close().await;
}

/// It is shown to people.
pub async fn a_location_has_no_credentials(database: &dyn Database) {
    let primary = database.open().await;
    let location = primary.location();
    assert!(!location.is_empty());
    assert!(
        !location.contains('@') && !location.contains("://"),
        "{location}"
    );
}

static SMALLER: Schema = Schema::new(
    "person",
    Table::new("people", &[Field::key("id")]),
    "people",
);

async fn fields(primary: &dyn Primary) -> i64 {
    number(
        primary,
        "select count(*) as n from aggregate_field where aggregate_type = 'person'",
    )
    .await
}

/// What is no field any more may not be in an event any more.
pub async fn registering_again_replaces_the_fields(database: &dyn Database) {
    let primary = opened(database).await;
    assert_eq!(fields(&*primary).await, 9);
    primary.register(&[&SMALLER]).await.expect("registered");
    assert_eq!(fields(&*primary).await, 1);
    let notes = "select count(*) as n from aggregate_field where aggregate_type = 'note'";
    assert_eq!(number(&*primary, notes).await, 3);
}
