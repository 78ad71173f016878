//! Every kind of column goes from the struct to the primary, to the replica and back, exactly, or is refused visibly.

use std::time::Duration;

use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};
use twinbase::{bson::Bson, prelude::*, sync::repair::RepairOptions};

use crate::combination::{Setup, fast, on_every_combination};

on_every_combination!(
    every_kind_survives_the_way_to_the_replica_and_back,
    what_documents_cannot_hold_exactly_fails_its_own_event_and_no_other,
    what_is_no_value_of_its_column_holds_up_no_other_row,
    a_key_of_any_kind_has_one_order_on_both_sides,
    a_key_of_another_kind_than_its_column_is_refused,
);

#[derive(Debug, Clone, Copy, PartialEq, FieldType, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Mood {
    VeryGood,
    #[serde(rename = "so so")]
    Middling,
}

#[derive(Debug, Clone, PartialEq, Aggregate, Serialize, Deserialize)]
#[aggregate(name = "sample", table = "samples")]
struct Sample {
    #[key]
    id: Id<Sample>,
    price: Decimal,
    cost: Option<Decimal>,
    raw: Bytes,
    more: Option<Bytes>,
    mood: Mood,
    tags: Vec<String>,
    flags: Vec<bool>,
    numbers: Vec<i64>,
    ratios: Vec<f64>,
    times: Vec<Timestamp>,
    days: Option<Vec<Date>>,
    prices: Vec<Decimal>,
    parts: Vec<Bytes>,
    moods: Vec<Mood>,
}

#[derive(Debug, Clone, PartialEq, Aggregate, Serialize, Deserialize)]
#[aggregate(name = "numbered", table = "numbered")]
struct Numbered {
    #[key(int64)]
    id: Id<Numbered>,
    points: i32,
}

#[derive(Debug, Clone, PartialEq, Aggregate, Serialize, Deserialize)]
#[aggregate(name = "unique", table = "by_uuid")]
struct ByUuid {
    #[key(uuid)]
    id: Id<ByUuid>,
    points: i32,
}

/// Says of the column that it is a text.
#[derive(Debug, Clone, PartialEq, Aggregate, Serialize, Deserialize)]
#[aggregate(name = "numbered", table = "numbered")]
struct Textual {
    #[key]
    id: Id<Textual>,
    points: i32,
}

fn migrations() -> MigrationSet {
    let sql = |_| {
        "create table if not exists samples (
            id {text} primary key, price {decimal} not null, cost {decimal}, raw {bytes} not null, more {bytes},
            mood text not null,
        --[sqlite]
            tags text not null, flags text not null, numbers text not null, ratios text not null, times text not null,
            days text, prices text not null, parts text not null, moods text not null
        --[postgres cockroach]
            tags text[] not null, flags boolean[] not null, numbers bigint[] not null,
            ratios double precision[] not null, times timestamptz(3)[] not null, days date[],
            prices numeric[] not null, parts bytea[] not null, moods text[] not null
        --[all]
        );
        create table if not exists numbered (id bigint primary key, points integer not null);
        create table if not exists by_uuid (id {uuid} primary key, points integer not null);"
    };
    let (number, name) = (1, "samples");
    let migrations = vec![Migration { number, name, sql }];
    MigrationSet { name, migrations }
}

async fn open(setup: &Setup) -> Twinbase {
    let sides = setup.twin.sides();
    let twin = Twinbase::builder()
        .open_primary(sides.primary.clone())
        .open_replica(sides.replica.clone())
        .aggregate::<Sample>()
        .aggregate::<Numbered>()
        .aggregate::<ByUuid>()
        .migrations(migrations())
        .open()
        .await
        .unwrap();
    twin.migrate().await.unwrap();
    twin
}

fn id<A>(text: &str) -> Id<A> {
    AggregateId::new(text).unwrap().into()
}

fn sample(name: &str) -> Sample {
    let decimal = |text: &str| text.parse::<Decimal>().unwrap();
    let texts = [
        "",
        "null",
        "NULL",
        "a,b",
        "{}",
        "\"q\"",
        "back\\slash",
        " e\u{301} \u{1F600} ",
        "'",
    ];
    Sample {
        id: id(name),
        price: decimal("-1234567890123456789012345678901.250"),
        cost: Some(decimal("0.10")),
        raw: (0..=255).collect::<Vec<u8>>().into(),
        more: None,
        mood: Mood::VeryGood,
        tags: texts.map(str::to_owned).to_vec(),
        flags: vec![true, false],
        numbers: vec![i64::MIN, 0, 9_007_199_254_740_993, i64::MAX],
        ratios: vec![0.1, -1.5e-300, f64::MAX],
        times: ["1969-12-31T23:59:59.999Z", "2026-11-29T08:00:00Z"]
            .map(|at| at.parse().unwrap())
            .to_vec(),
        days: Some(vec![date(1, 1, 1), date(9999, 12, 31)]),
        prices: vec![
            decimal("1.10"),
            decimal("9999999999999999999999999999999999"),
        ],
        parts: vec![Bytes::default(), vec![0, 255].into()],
        moods: vec![Mood::Middling, Mood::VeryGood],
    }
}

fn bare(name: &str) -> Sample {
    Sample {
        cost: None,
        more: Some(vec![1].into()),
        mood: Mood::Middling,
        tags: vec![],
        flags: vec![],
        numbers: vec![],
        ratios: vec![],
        times: vec![],
        days: None,
        prices: vec![],
        parts: vec![],
        moods: vec![],
        ..sample(name)
    }
}

async fn every_kind_survives_the_way_to_the_replica_and_back(setup: Setup) {
    let twin = open(&setup).await;
    let (one, bare_one) = (sample("one"), bare("bare"));
    assert_eq!(twin.insert(&one).await.unwrap().value, one);
    // Rows that are written together take another way into some databases.
    let together = [sample("two"), bare_one.clone(), sample("three")];
    twin.insert_many(&together).await.unwrap();
    let change = SampleChange {
        mood: Some(Mood::Middling),
        tags: Some(vec!["new".into()]),
        more: Some(Some(vec![7].into())),
        ..SampleChange::default()
    };
    let changed = twin
        .change(&together[2].id, &Expected::Any, &change)
        .await
        .unwrap()
        .unwrap();
    twin.drain(fast()).await.unwrap();
    let expected = [one, together[0].clone(), bare_one, changed.value];
    for sample in &expected {
        let document = twin.collection::<Sample>().get(&sample.id).await.unwrap();
        assert_eq!(document.value.unwrap().value, *sample);
        assert_eq!(twin.get(&sample.id).await.unwrap().unwrap().value, *sample);
    }
    let samples = twin.documents("samples").unwrap();
    let document = samples.get(&*expected[0].id).await.unwrap().value.unwrap();
    let of = |name: &str| document.get(name).unwrap().clone();
    assert_eq!(of("price").to_string(), expected[0].price.to_string());
    assert!(matches!(of("price"), Bson::Decimal128(_)));
    assert!(matches!(of("raw"), Bson::Binary(binary) if binary.bytes.len() == 256));
    assert_eq!(of("mood"), Bson::from("very-good"));
    assert_eq!(of("flags"), Bson::from(vec![true, false]));
    assert!(matches!(&of("numbers"), Bson::Array(of) if of[3] == Bson::Int64(i64::MAX)));
    assert!(matches!(&of("times"), Bson::Array(of) if matches!(of[0], Bson::DateTime(_))));
    let report = twin.verify(|_, _| {}).await.unwrap();
    assert!(report.is_clean(), "{report:#?}");
    // Its other values cannot be written by the library.
    let wrong = [Assignment::new(twinbase::core::write::Assignment::set(
        "mood",
        "awful".into(),
    ))];
    let refused = twin.update::<Sample>(&expected[0].id, wrong).await;
    assert!(
        matches!(refused, Err(PrimaryError::InvalidValue { .. })),
        "{refused:?}"
    );
}

async fn what_documents_cannot_hold_exactly_fails_its_own_event_and_no_other(setup: Setup) {
    let twin = open(&setup).await;
    let samples = ["long", "awful", "fine"].map(sample);
    twin.insert_many(&samples).await.unwrap();
    twin.drain(fast()).await.unwrap();
    setup
        .foreign(
            "update samples set price = '1234567890.12345678901234567890123456789' where id = 'long'; \
             update samples set mood = 'awful' where id = 'awful'",
        )
        .await;
    let points = [Sample::NUMBERS.set(vec![1])];
    twin.update_where::<Sample>([], points).await.ok();
    for name in ["long", "awful", "fine"] {
        // Each by itself: a row that does not fit the struct is an error of the answer, after the commit.
        let set = [Sample::TAGS.set(vec![name.to_owned()])];
        twin.update::<Sample>(&id(name), set).await.ok();
    }
    let worker = twin.start_worker(fast()).unwrap();
    let filter = EventFilter {
        status: Some(EventStatus::Failed),
        ..EventFilter::default()
    };
    twinbase_testkit::wait::until(
        "two failed aggregates",
        crate::combination::SOON,
        async || {
            let failed = twin.outbox().list(&filter, None, 10).await.unwrap().items;
            let mut of: Vec<String> = failed
                .iter()
                .map(|event| event.aggregate_id.clone())
                .collect();
            of.sort_unstable();
            of.dedup();
            (of == ["awful", "long"])
                .then_some(())
                .ok_or(format!("{failed:?}"))
        },
    )
    .await;
    worker.stop().await;
    let fine = twin.collection::<Sample>().get(&id("fine")).await.unwrap();
    assert_eq!(fine.value.unwrap().value.tags, ["fine"]);
}

/// SQLite's columns take anything.
async fn what_is_no_value_of_its_column_holds_up_no_other_row(setup: Setup) {
    if !setup.primary_url.starts_with("sqlite:") {
        return;
    }
    let twin = open(&setup).await;
    let names = ["bytes", "fine", "no-json", "no-text"];
    twin.insert_many(&names.map(sample)).await.unwrap();
    twin.drain(fast()).await.unwrap();
    let worker = twin.start_worker(fast()).unwrap();
    setup
        .foreign(
            "update samples set tags = '' where id = 'no-json'; update samples set mood = x'ff' where id = 'bytes'; \
             update samples set mood = cast(x'ff62' as text) where id = 'no-text'; \
             update samples set mood = 'so so' where id = 'fine'",
        )
        .await;
    let report = twin.verify(|_, _| {}).await.unwrap();
    let samples = &report.collections[0];
    assert_eq!(
        (samples.rows, samples.different, samples.drifted()),
        (4, 4, 4),
        "{report:#?}"
    );
    assert_eq!(samples.error, None, "{report:#?}");
    twin.rebuilds().plan().await.unwrap();
    let explained = twin
        .explain("samples", &id::<Sample>("no-json").into())
        .await;
    assert!(explained.unwrap().unwrap().drift.is_some());
    let options = RepairOptions {
        wait: Duration::from_secs(5),
        ..RepairOptions::default()
    };
    let repaired = twin.repair(&options, |_, _| {}).await.unwrap();
    let count = (
        repaired.sum(|of| of.mended),
        repaired.sum(|of| of.not_mended),
    );
    assert_eq!(count, (1, 3), "{repaired:#?}");
    worker.stop().await;
}

async fn a_key_of_any_kind_has_one_order_on_both_sides(setup: Setup) {
    let twin = open(&setup).await;
    let numbered = ["9", "10", "-3", "100", "2"].map(|of| Numbered {
        id: id(of),
        points: 1,
    });
    twin.insert_many(&numbered).await.unwrap();
    let uuids: Vec<_> = (0..5_u128)
        .map(|n| uuid::Uuid::from_u128(n.wrapping_mul(u128::MAX / 7)))
        .map(|of| ByUuid {
            id: AggregateId::from_uuid(of).into(),
            points: 1,
        })
        .collect();
    twin.insert_many(&uuids).await.unwrap();
    let changed = twin
        .update(&numbered[0].id, [Numbered::POINTS.set(2)])
        .await
        .unwrap();
    assert_eq!(changed.unwrap().version, Version::new(2));
    twin.drain(fast()).await.unwrap();
    let replica = twin
        .collection::<Numbered>()
        .filter([])
        .order([Numbered::ID.ascending()]);
    let replica = replica.all().await.unwrap().value;
    let select = |schema, column| Select {
        order: Order::all([column]),
        ..Select::new(schema, 10)
    };
    let rows = twin.select(select(Numbered::schema(), Numbered::ID.ascending()));
    let rows: Vec<Numbered> = rows
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.value)
        .collect();
    assert_eq!(rows, replica);
    assert_eq!(rows[0].id, id("-3"));
    assert_eq!(rows[1].id, id("10"));
    let replica = twin
        .collection::<ByUuid>()
        .filter([])
        .order([ByUuid::ID.descending()]);
    let replica = replica.page(3).await.unwrap().value;
    let rest = twin.select::<ByUuid>(Select {
        order: vec![Order::into_inner(ByUuid::ID.descending())],
        after: Some(vec![replica.items[2].id.clone().into()]),
        ..Select::new(ByUuid::schema(), 10)
    });
    assert_eq!(rest.await.unwrap().len(), 2);
    let report = twin.verify(|_, _| {}).await.unwrap();
    assert!(report.is_clean(), "{report:#?}");
}

async fn a_key_of_another_kind_than_its_column_is_refused(setup: Setup) {
    open(&setup).await;
    let sides = setup.twin.sides();
    let twin = Twinbase::builder()
        .open_primary(sides.primary.clone())
        .open_replica(sides.replica.clone())
        .aggregate::<Textual>()
        .open()
        .await
        .unwrap();
    let refused = twin.check_tables().await;
    if setup.primary_url.starts_with("sqlite:") {
        // A column of integers takes texts there that are no numbers.
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("differ"), "{refused}");
    } else {
        let refused = refused.unwrap_err();
        let said = std::error::Error::source(&refused)
            .map_or_else(|| refused.to_string(), ToString::to_string);
        assert!(
            said.contains("`numbered.id` is `int8` and the schema says text"),
            "{said}"
        );
    }
}
