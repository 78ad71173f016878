//! What applications test themselves with: a system of their own, and the check of an aggregate.

use std::{
    pin::Pin,
    sync::{Arc, LazyLock},
    time::Duration,
};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use twinbase::{core::SharedSchema, prelude::*};
use twinbase_testkit::{
    TestTwin,
    faults::{Fault, Lose},
    twin::Databases,
};

use crate::{
    app::{Account, account, id, note},
    combination::builder,
};

/// An aggregate with a field of every kind.
#[derive(Debug, Clone, PartialEq, Aggregate, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[aggregate(name = "every", table = "everything")]
struct Every {
    #[key]
    id: AggregateId,
    is_done: bool,
    small: i32,
    large: i64,
    share: f64,
    label: Option<String>,
    body: serde_json::Value,
    tag: Option<uuid::Uuid>,
    day: jiff::civil::Date,
    #[serde(skip)]
    secret: Private<String>,
    #[created]
    made_at: Timestamp,
}

fn every() -> Every {
    Every {
        id: id("one"),
        is_done: true,
        small: 1,
        large: 2,
        share: 0.5,
        label: Some("text".into()),
        body: serde_json::json!({ "a": 1 }),
        tag: None,
        day: jiff::civil::date(2026, 11, 29),
        secret: "secret".to_owned().into(),
        made_at: Timestamp::UNIX_EPOCH,
    }
}

fn migrations(sql: fn(PrimaryKind) -> &'static str) -> MigrationSet {
    let first = Migration {
        number: 1,
        name: "tables",
        sql,
    };
    MigrationSet {
        name: "twin",
        migrations: vec![first],
    }
}

/// What a task that panics says.
fn panic_of(run: impl Future<Output = ()> + 'static) -> Pin<Box<dyn Future<Output = String>>> {
    Box::pin(async {
        let local = tokio::task::LocalSet::new();
        let run = local.run_until(async { tokio::task::spawn_local(run).await });
        let panicked = run.await.expect_err("it panics").into_panic();
        *panicked.downcast::<String>().expect("a text")
    })
}

#[tokio::test]
async fn every_kind_of_value_survives_the_way_on_every_database() {
    let app = || {
        Twinbase::builder()
            .aggregate::<Every>()
            .migrations(migrations(|_| {
                "create table everything (
                    id text primary key, is_done {bool} not null, small integer not null, large bigint not null,
                    share double precision not null, label text, secret text not null, made_at {time} not null,
--[postgres cockroach]
                    body jsonb not null, tag uuid, day date not null
--[sqlite]
                    body text not null, tag text, day text not null
--[all]
                )"
            }))
    };
    for databases in [Databases::embedded(), Databases::from_env("kinds").await] {
        let twin = TestTwin::open_on(databases, app()).await;
        twin.check_aggregate(&[every()]).await;
        twin.finish().await;
    }
}

/// An aggregate by hand whose struct, schema and table are at odds.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Odd {
    id: String,
    #[serde(default)]
    extra: i32,
    #[serde(default)]
    points: Option<i32>,
    #[serde(
        rename = "label",
        default,
        skip_serializing,
        deserialize_with = "logged"
    )]
    _label: (),
}

/// A type that logs what it reads.
fn logged<'de, D: serde::Deserializer<'de>>(value: D) -> Result<(), D::Error> {
    let label = String::deserialize(value)?;
    tracing::debug!(label, "read");
    Ok(())
}

static ODD: SharedSchema = LazyLock::new(|| {
    let fields = [
        Field::key("id"),
        Field::new("label", "label", Kind::Text),
        Field::new("points", "points", Kind::Int32),
        Field::private("secret", Kind::Text),
    ];
    Arc::new(Schema::new("odd", Table::new("odds", fields), "odds"))
});

impl Aggregate for Odd {
    fn schema() -> &'static Arc<Schema> {
        &ODD
    }
}

impl NewRow for Odd {
    type Aggregate = Self;

    fn row(&self) -> Vec<Assignment<Self>> {
        let secret = Column::<Self, String>::new("secret");
        let points = Column::<Self, i32>::new("points");
        vec![
            Column::<Self, String>::new("id").set(self.id.clone()),
            points.set(self.points.unwrap_or_default()),
            secret.set("hidden".to_owned()),
        ]
    }
}

#[tokio::test]
async fn an_aggregate_that_is_at_odds_with_its_schema_is_told_all_of_it() {
    let app = Twinbase::builder()
        .aggregate::<Odd>()
        .migrations(migrations(|_| {
            "create table odds (id text primary key, points integer not null, secret text not null,
                label text not null generated always as ('of ' || secret) stored)"
        }));
    let told = panic_of(async move {
        let twin = TestTwin::open(app).await;
        let odd = Odd {
            id: "one".into(),
            ..Odd::default()
        };
        twin.check_aggregate(&[odd]).await;
    });
    let told = told.await;
    for finding in [
        "private column `secret` is in the payload of its event",
        "private column `secret` is in its document",
        "private column `secret` is in the log",
        "field `extra` of the struct is not in the schema",
        "field `label` is not in the struct",
    ] {
        assert!(told.contains(finding), "{finding} in {told}");
    }
}

/// A system whose replica has a document that no row stands for.
async fn drifted() -> TestTwin {
    let twin = TestTwin::open(builder()).await;
    twin.insert(&account("one")).await.unwrap();
    twin.drain().await;
    let replica = &twin.sides().replica;
    let change = twinbase::core::Change {
        id: id("extra"),
        version: Version::new(1),
        body: twinbase::core::Body::Document(doc! { "name": "x", "points": 1 }),
    };
    replica.apply(Account::schema(), &[change]).await.unwrap();
    twin
}

#[tokio::test]
async fn a_test_that_ends_with_both_sides_different_fails() {
    let expected = "collection `accounts`: \"extra\" Extra; 1 in all";
    let told = panic_of(async move { drop(drifted().await) }).await;
    assert_eq!(told, expected);
    let told = panic_of(async move { drifted().await.finish().await }).await;
    assert_eq!(told, expected);
    drifted().await.unverified();
}

#[tokio::test]
async fn what_is_pending_when_a_test_ends_is_applied_first() {
    let twin = TestTwin::open(builder()).await;
    twin.stop_worker().await;
    twin.insert(&account("one")).await.unwrap();
    drop(twin);
}

#[tokio::test]
async fn faults_are_the_tests_own_and_what_they_hold_up_is_told() {
    let told = panic_of(async {
        let twin = TestTwin::open(builder()).await;
        twin.faults().set(Fault::Down);
        twin.insert(&account("one")).await.unwrap();
        twin.drained_within(Duration::from_millis(300)).await;
    });
    let told = told.await;
    assert!(told.contains("1 events are pending"), "{told}");
    let twin = TestTwin::open(builder()).await;
    twin.contention().script([Lose::AtCommit]);
    twin.faults().script([Fault::FailAfterWrite, Fault::Twice]);
    twin.insert(&account("one")).await.unwrap();
    twin.insert(&note("other", &id("one"))).await.unwrap();
    twin.drain().await;
    let found = twin.collection::<Account>().get(&id("one")).await;
    assert_eq!(found.unwrap().value.unwrap().version, Version::new(1));
}

#[tokio::test]
async fn a_test_moves_the_clock() {
    let twin = TestTwin::open(builder()).await;
    let before = twin.now();
    twin.clock().advance(SignedDuration::from_hours(1));
    assert!(twin.now() >= before + SignedDuration::from_hours(1));
    twin.clock().set(Timestamp::UNIX_EPOCH);
    assert!(twin.now() < before);
}
