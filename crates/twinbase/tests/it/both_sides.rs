//! A condition, an order and a page that are said once have one answer, whichever side gives it.

use jiff::civil::Date;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use serde::{Deserialize, Serialize};
use twinbase::prelude::*;
use twinbase_testkit::faults::Fault;
use uuid::Uuid;

use crate::combination::{Setup, fast, on_every_combination};

on_every_combination!(
    both_sides_give_the_same_pages,
    the_primary_answers_where_the_replica_does_not_and_a_form_for_it_exists,
    a_cursor_of_another_list_is_refused,
);

/// A thing with a column of every kind that has an order.
#[derive(Debug, Clone, PartialEq, Aggregate, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[aggregate(name = "thing", table = "things", index(by_name = [name]))]
struct Thing {
    #[key]
    id: AggregateId,
    name: String,
    nick: Option<String>,
    points: i32,
    large: Option<i64>,
    ratio: Option<f64>,
    shown: bool,
    tag: Option<Uuid>,
    day: Date,
    at: Timestamp,
    due_at: Option<Timestamp>,
    extra: serde_json::Value,
    #[serde(skip)]
    secret: Private<String>,
}

/// Byte by byte these are in another order than in any dictionary.
const TEXTS: [&str; 14] = [
    "",
    "a",
    "B",
    "b",
    "Z",
    "z",
    "_",
    "a b",
    "ab",
    "Ab",
    "ä",
    "é",
    "e\u{301}",
    "\u{1F600}",
];

const COUNT: usize = 60;
const QUERIES: usize = 60;

async fn open(setup: &Setup, down: bool) -> Twinbase {
    let sides = setup.twin.sides();
    let replica = if down {
        sides.replica.clone()
    } else {
        setup.other().await.sides().replica.clone()
    };
    let migration = Migration {
        number: 1,
        name: "things",
        // A collation and a precision of the database's own, as another program would have made them.
        sql: |_| {
            "create table if not exists things (
                id text primary key, points integer not null, large bigint, ratio double precision,
                shown {bool} not null,
            --[sqlite]
                name text not null, nick text, tag text, day text not null, at text not null, due_at text, extra text not null,
            --[postgres cockroach]
                name text collate \"und-x-icu\" not null, nick text collate \"und-x-icu\", tag uuid, day date not null, at timestamptz not null, due_at timestamptz, extra jsonb not null,
            --[all]
                secret text not null
            );
            create index if not exists things_due_at_idx on things ({ordered due_at}, id);"
        },
    };
    let twin = Twinbase::builder()
        .open_primary(sides.primary.clone())
        .open_replica(replica)
        .aggregate::<Thing>()
        .migrations(MigrationSet {
            name: "things",
            migrations: vec![migration],
        });
    let twin = twin.open().await.unwrap();
    if !down {
        twin.migrate().await.unwrap();
    }
    twin
}

fn thing(random: &mut StdRng, n: usize) -> Thing {
    let text = |random: &mut StdRng| (*TEXTS.choose(random).unwrap()).to_owned();
    let at = |random: &mut StdRng| {
        Timestamp::from_millisecond(1_790_000_000_000 + random.random_range(0..6)).unwrap()
    };
    let number = random.random_range(-2..3);
    Thing {
        id: AggregateId::new(format!("{}{n}", text(random))).unwrap(),
        name: text(random),
        nick: random.random_bool(0.6).then(|| text(random)),
        points: number,
        large: random.random_bool(0.6).then_some(i64::from(number) << 40),
        ratio: random.random_bool(0.6).then_some(f64::from(number) / 3.0),
        shown: random.random_bool(0.5),
        tag: random
            .random_bool(0.6)
            .then(|| Uuid::from_u128(u128::from(random.random_range(0..4_u8)) << 124)),
        day: jiff::civil::date(2026, 1, random.random_range(1..5)),
        at: at(random),
        due_at: random.random_bool(0.6).then(|| at(random)),
        extra: serde_json::json!({ "n": n }),
        secret: "secret".to_owned().into(),
    }
}

/// Things on both sides, some of whose times another program wrote finer than documents keep them.
async fn things(setup: &Setup, up: &Twinbase) -> StdRng {
    let mut random = StdRng::seed_from_u64(7);
    let things: Vec<_> = (0..COUNT).map(|n| thing(&mut random, n)).collect();
    up.insert_many(&things).await.unwrap();
    let finer = if setup.primary_url.starts_with("sqlite:") {
        "update things set at = replace(at, 'T', ' ') where points = 1; \
         update things set due_at = replace(due_at, 'Z', '+00:00') where points = 2"
    } else {
        "update things set at = at + interval '400 microseconds' where points = 1; \
         update things set due_at = due_at + interval '600 microseconds' where points = 2"
    };
    setup.foreign(finer).await;
    up.update_where::<Thing>([], [Thing::SHOWN.set(true)])
        .await
        .unwrap();
    up.update_where([Thing::POINTS.lt(1)], [Thing::SHOWN.set(false)])
        .await
        .unwrap();
    up.drain(fast()).await.unwrap();
    random
}

type Read = (Vec<Condition<Thing>>, Vec<Order<Thing>>);

fn any_read(random: &mut StdRng, things: &[Thing]) -> Read {
    let like = things.choose(random).unwrap().clone();
    let other = things.choose(random).unwrap().clone();
    let conditions = [
        Thing::NAME.gt(like.name.clone()),
        Thing::NAME.lt(like.name),
        Thing::NICK.ne(like.nick.clone()),
        Thing::NICK.is_in([like.nick, other.nick, None::<String>]),
        Thing::POINTS.gt(like.points),
        Thing::LARGE.is_in([like.large, other.large]),
        Thing::LARGE.eq(None::<i64>),
        Thing::RATIO.lt(like.ratio),
        Thing::SHOWN.eq(like.shown),
        Thing::TAG.eq(like.tag),
        Thing::DAY.ne(like.day),
        Thing::AT.eq(like.at),
        Thing::AT.gt(like.at),
        Thing::DUE_AT.lt(like.due_at),
        Thing::DUE_AT.is_in([like.due_at, other.due_at]),
        Thing::ID.gt(like.id),
    ];
    let order = |random: &mut StdRng| {
        let columns = [
            (Thing::ID.ascending(), Thing::ID.descending()),
            (Thing::NAME.ascending(), Thing::NAME.descending()),
            (Thing::NICK.ascending(), Thing::NICK.descending()),
            (Thing::POINTS.ascending(), Thing::POINTS.descending()),
            (Thing::LARGE.ascending(), Thing::LARGE.descending()),
            (Thing::RATIO.ascending(), Thing::RATIO.descending()),
            (Thing::SHOWN.ascending(), Thing::SHOWN.descending()),
            (Thing::TAG.ascending(), Thing::TAG.descending()),
            (Thing::DAY.ascending(), Thing::DAY.descending()),
            (Thing::AT.ascending(), Thing::AT.descending()),
            (Thing::DUE_AT.ascending(), Thing::DUE_AT.descending()),
        ];
        let count = random.random_range(0..4);
        let chosen: Vec<_> = columns.choose_multiple(random, count).cloned().collect();
        chosen
            .into_iter()
            .map(|(up, down)| if random.random_bool(0.5) { up } else { down })
            .collect()
    };
    let count = random.random_range(0..3);
    let filter = conditions.choose_multiple(random, count).cloned();
    (filter.collect(), order(random))
}

/// All pages of a read; each is given by the twin that `of` chooses.
async fn walk<'t>(read: &Read, limit: u32, mut of: impl FnMut() -> &'t Twinbase) -> Vec<Thing> {
    let (mut met, mut after) = (Vec::new(), None);
    loop {
        let page = of()
            .collection::<Thing>()
            .or_primary()
            .filter(read.0.clone())
            .order(read.1.clone())
            .after(after)
            .page(limit)
            .await
            .unwrap_or_else(|error| panic!("{read:?}: {error:?}"))
            .value;
        met.extend(page.items);
        let Some(next) = page.next else { return met };
        // As a client sends it back.
        let text = serde_json::to_string(&next).unwrap();
        after = Some(serde_json::from_str::<Cursor>(&text).unwrap());
        assert!(met.len() <= COUNT, "{read:?} goes round");
    }
}

async fn both_sides_give_the_same_pages(setup: Setup) {
    let (up, down) = (open(&setup, false).await, open(&setup, true).await);
    let mut random = things(&setup, &up).await;
    setup.faults.set(Fault::Down);
    let all = walk(&(vec![], vec![]), 7, || &up).await;
    assert_eq!(all.len(), COUNT);
    let mut found = 0;
    for _ in 0..QUERIES {
        let read = any_read(&mut random, &all);
        let limit = random.random_range(1..9);
        let replica = walk(&read, limit, || &up).await;
        let primary = walk(&read, limit, || &down).await;
        let mut turn = false;
        let mixed = walk(&read, limit, || {
            turn = !turn;
            if turn { &up } else { &down }
        })
        .await;
        let ids = |things: &[Thing]| -> Vec<_> { things.iter().map(|of| of.id.clone()).collect() };
        assert_eq!(ids(&replica), ids(&primary), "{read:?}");
        assert_eq!(ids(&replica), ids(&mixed), "{read:?}");
        found += replica.len();
    }
    assert!(
        found > QUERIES,
        "the reads found too little to tell: {found}"
    );
}

async fn the_primary_answers_where_the_replica_does_not_and_a_form_for_it_exists(setup: Setup) {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Name {
        name: String,
    }
    let (up, down) = (open(&setup, false).await, open(&setup, true).await);
    let _ = things(&setup, &up).await;
    setup.faults.set(Fault::Down);
    let of = |twin: &Twinbase| twin.collection::<Thing>().or_primary();
    let newest = |twin: &Twinbase| {
        of(twin)
            .filter([Thing::POINTS.gt(0)])
            .order([Thing::NAME.descending(), Thing::ID.ascending()])
            .limit(5)
            .projection(doc! { "name": 1 })
    };
    let (replica, primary) = (newest(&up).fetch_as::<Name>(), newest(&down).fetch_as());
    let (replica, primary) = (replica.await.unwrap(), primary.await.unwrap());
    assert_eq!(
        (replica.source, primary.source),
        (Source::Replica, Source::Primary)
    );
    assert_eq!(replica.value, primary.value);
    assert_eq!(primary.value.len(), 5);

    // One that the replica does not have yet, and one that nobody has.
    let new = Thing {
        id: AggregateId::new("new").unwrap(),
        ..thing(&mut StdRng::seed_from_u64(1), 0)
    };
    let new = up.insert(&new).await.unwrap();
    for twin in [&up, &down] {
        let found = of(twin).get(&new.id).await.unwrap();
        assert_eq!(found.source, Source::Primary);
        assert_eq!(found.value.unwrap().version, new.version);
        let nobody = AggregateId::new("nobody").unwrap();
        assert_eq!(of(twin).get(&nobody).await.unwrap().value, None);
    }
    assert_eq!(
        up.collection::<Thing>().get(&new.id).await.unwrap().value,
        None
    );
    let untyped = down.documents("things").unwrap().or_primary();
    let document = untyped.get(&new.id).await.unwrap().value.unwrap().value;
    assert_eq!(document.get_str("_id").unwrap(), "new");
    assert!(document.get_datetime("at").is_ok() && !document.contains_key("secret"));

    // What is said in the language of documents has no other form, and says so.
    let raw = of(&down).find(doc! { "points": 1 }).all().await.map(|_| ());
    let counted = of(&down).count(doc! {}).await.map(|_| ());
    let grouped = of(&down).aggregate(vec![]).await.map(|_| ());
    for answer in [raw, counted, grouped] {
        assert!(
            matches!(answer, Err(ReadError::NoPrimaryForm { .. })),
            "{answer:?}"
        );
    }
    let strict = down.collection::<Thing>().filter([]).all().await;
    assert!(matches!(strict, Err(ReadError::Replica(_))), "{strict:?}");
}

async fn a_cursor_of_another_list_is_refused(setup: Setup) {
    let (up, down) = (open(&setup, false).await, open(&setup, true).await);
    let _ = things(&setup, &up).await;
    setup.faults.set(Fault::Down);
    let of = |twin: &Twinbase| twin.collection::<Thing>().or_primary().filter([]);
    let page = of(&up).order([Thing::NAME.ascending()]).page(3).await;
    let cursor = page.unwrap().value.next;
    for twin in [&up, &down] {
        for order in [
            vec![],
            vec![Thing::POINTS.ascending()],
            vec![Thing::AT.descending(), Thing::NAME.ascending()],
        ] {
            let refused = of(twin).order(order).after(cursor.clone()).page(3).await;
            assert!(
                matches!(refused, Err(ReadError::InvalidCursor)),
                "{refused:?}"
            );
        }
        // What is in no document, or has no order there.
        for order in [Thing::SECRET.ascending(), Thing::EXTRA.ascending()] {
            let refused = of(twin).order([order]).all().await;
            assert!(refused.is_err(), "{refused:?}");
        }
    }
}
