//! Connections: wrong addresses and credentials, servers that go away, calls that are given up on.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::{net::TcpListener, time::Instant};
use twinbase_core::{
    Disposition, PrimaryError, Value, Version,
    primary::{Cause, PauseScope, PrimaryKind, Store as _, Timelines as _, Workers as _},
};
use twinbase_primary::postgres::{Options, Postgres};
use twinbase_testkit::{
    proxy::{Mode, Proxy},
    servers::postgres::Postgres as Server,
    wait,
};

use super::{Fresh, fresh, options, raw};

const SOON: Duration = Duration::from_mins(3);

/// One connection, so that whoever comes next gets the same.
fn single() -> Options {
    Options {
        max_connections: 1,
        ..Options::default()
    }
}

async fn refusal(url: &str, options: Options) -> PrimaryError {
    let error = Postgres::connect(url, options)
        .await
        .map(|_| ())
        .unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
    error
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable_and_its_password_is_not_told() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = free.local_addr().unwrap().port();
    let url = |port| format!("postgres://u:hunter2@127.0.0.1:{port}/db");
    // It accepts, and never says a word.
    let begun = Instant::now();
    let hasty = Options {
        connect_timeout: Duration::from_millis(300),
        ..single()
    };
    let error = refusal(&url(silent), hasty).await;
    assert!(matches!(error, PrimaryError::Unavailable { .. }), "{error}");
    // Far below what an operating system waits by itself.
    assert!(begun.elapsed() < Duration::from_mins(1));
    drop(free);
    let error = refusal(&url(silent), single()).await;
    assert!(matches!(error, PrimaryError::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn a_wrong_database_or_user_is_for_a_person_to_correct() {
    let Some(database) = fresh("wrong").await else {
        return;
    };
    let mut url = url::Url::parse(database.url()).unwrap();
    url.set_path("there_is_no_such_database");
    let error = refusal(url.as_str(), single()).await;
    assert!(matches!(error, PrimaryError::Refused { .. }), "{error}");
    let mut url = url::Url::parse(database.url()).unwrap();
    url.set_username("nobody_of_that_name").unwrap();
    url.set_password(Some("hunter2")).unwrap();
    let error = refusal(url.as_str(), single()).await;
    assert!(matches!(error, PrimaryError::Refused { .. }), "{error}");
}

#[tokio::test]
async fn a_session_is_set_up_the_same_whatever_the_server_defaults_to() {
    let Some(database) = fresh("session").await else {
        return;
    };
    let name = database.url().rsplit('/').next().unwrap().to_owned();
    let name = name.split('?').next().unwrap();
    let raw = database.raw().await;
    for setting in [
        "timezone = 'Asia/Tokyo'",
        "default_transaction_isolation = 'serializable'",
        "standard_conforming_strings = off",
    ] {
        let sql = format!("alter database \"{name}\" set {setting}");
        raw.batch_execute(&sql).await.unwrap();
    }
    let primary = database.connect(options()).await;
    assert_eq!(primary.kind(), PrimaryKind::Postgres);
    for (setting, expected) in [
        ("timezone", "UTC"),
        ("default_transaction_isolation", "read committed"),
        ("standard_conforming_strings", "on"),
        ("statement_timeout", "30s"),
        ("row_security", "off"),
        ("application_name", "twinbase"),
    ] {
        let rows = primary
            .query("select current_setting($1) as value", &[setting.into()])
            .await
            .unwrap();
        assert_eq!(
            rows[0].get::<String>("value").unwrap(),
            expected,
            "{setting}"
        );
    }
}

#[tokio::test]
async fn a_second_set_of_tables_is_made_only_where_the_url_names_its_schema() {
    let Some(database) = fresh("second_set").await else {
        return;
    };
    database.connect(single()).await.migrate(&[]).await.unwrap();
    let raw = database.raw().await;
    let name = database.name();
    let sql =
        format!("create schema other; alter database \"{name}\" set search_path = other, nowhere");
    raw.batch_execute(&sql).await.unwrap();
    let refused = database.connect(single()).await.migrate(&[]).await;
    let error = refused.unwrap_err().to_string();
    let said =
        "are in the schema `public`, and the search_path finds `other`; name `schema=public`";
    assert!(error.contains(said), "{error}");
    let found = raw
        .query_one("select to_regclass('other.twinbase_timeline')::text", &[])
        .await
        .unwrap();
    assert_eq!(found.get::<_, Option<String>>(0), None);
    for (schema, missing) in [("public", 0), ("other", 12)] {
        let url = format!("{}?schema={schema}", database.url());
        let named = Postgres::connect(&url, single()).await.unwrap();
        let done = named.migrate(&[]).await.unwrap().migrations;
        assert_eq!(done.len(), missing, "{schema}: {done:?}");
    }
}

#[tokio::test]
async fn a_connection_that_was_cut_is_unavailable_once_and_replaced() {
    let Some(database) = fresh("cut").await else {
        return;
    };
    let primary = database.connect(single()).await;
    let raw = database.raw().await;
    let mut tx = primary.begin().await.unwrap();
    let cut = "select pg_terminate_backend(pid) from pg_stat_activity
               where datname = current_database() and pid <> pg_backend_pid()";
    raw.batch_execute(cut).await.unwrap();
    let error = tx.query("select 1 as n", &[]).await.unwrap_err();
    assert!(matches!(error, PrimaryError::Unavailable { .. }), "{error}");
    assert!(tx.commit().await.is_err());
    primary.ping().await.unwrap();
}

#[tokio::test]
async fn an_answer_that_is_lost_while_a_connection_is_opened_holds_nobody_up() {
    const SHORT: Duration = Duration::from_millis(100);
    let Some(database) = fresh("lost").await else {
        return;
    };
    let (proxy, url) = Proxy::in_front_of(database.url(), 1).await.unwrap();
    let hasty = Options {
        max_connections: 2,
        wait_timeout: SHORT,
        connect_timeout: SHORT,
        statement_timeout: SHORT,
        lock_timeout: SHORT,
    };
    // The first connection takes longer than that on a machine that is busy.
    let connected = async || Postgres::connect(&url, hasty).await;
    let primary = wait::until("a connection", SOON, connected).await;
    // Through everything that a server says until it has answered the first question.
    for after_bytes in (0..1_200).step_by(50) {
        proxy.set(Mode::LoseAnswer { after_bytes });
        proxy.cut();
        let both = async { tokio::join!(primary.ping(), primary.ping()) };
        let both = tokio::time::timeout(SOON, both).await;
        assert!(both.is_ok(), "after {after_bytes} bytes");
        proxy.set(Mode::Pass);
        let again = async || primary.ping().await.ok();
        wait::until("an answer", SOON, again).await;
    }
    assert!(proxy.statistics().bytes_lost > 0);
}

/// A server with two databases, of which the other takes the place of the first.
struct Exchange {
    server: tokio_postgres::Client,
    names: [String; 2],
}

impl Exchange {
    async fn of(one: &Fresh, two: &Fresh) -> Self {
        Self {
            server: raw(&Server::from_env().unwrap().url).await,
            names: [one, two].map(|of| of.name().to_owned()),
        }
    }

    async fn cut(&self) {
        let [a, b] = &self.names;
        let cut = format!(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname in ('{a}', '{b}')"
        );
        self.server.batch_execute(&cut).await.unwrap();
    }

    async fn exchange(&self) {
        let [a, b] = &self.names;
        let exchange = format!(
            "alter database {a} rename to {a}_; alter database {b} rename to {a}; alter database {a}_ rename to {b}"
        );
        wait::until("the exchange", SOON, async || {
            self.cut().await;
            self.server.batch_execute(&exchange).await.ok()
        })
        .await;
    }
}

#[tokio::test]
async fn another_database_in_the_place_of_the_primary_gets_a_floor_before_it_is_written_to() {
    let (Some(one), Some(two)) = (fresh("one").await, fresh("two").await) else {
        return;
    };
    let primary = one.connect(options()).await;
    primary.migrate(&[]).await.unwrap();
    primary.record_database().await.unwrap();
    two.connect(options()).await.migrate(&[]).await.unwrap();
    let both = Exchange::of(&one, &two).await;
    both.cut().await;
    let again = async || primary.recorded().await.ok();
    let recorded = wait::until("the same one again", SOON, again).await;
    assert_eq!((recorded.floor, recorded.unproven), (Version::NONE, None));

    both.exchange().await;
    let recorded = wait::until("the other one", SOON, again).await;
    assert_eq!(recorded.unproven.unwrap().cause, Cause::OtherDatabase);
    assert!(recorded.floor > Version::NONE);
    // Once, whoever connects.
    both.cut().await;
    let later = wait::until("the other one again", SOON, again).await;
    assert_eq!(later.floor, recorded.floor);
}

/// The rows of a dump come table after table.
#[tokio::test]
async fn a_database_into_which_a_dump_is_being_put_back_is_not_written_to() {
    let (Some(one), Some(two)) = (fresh("whole").await, fresh("part").await) else {
        return;
    };
    let primary = one.connect(options()).await;
    primary.migrate(&[]).await.unwrap();
    primary.record_database().await.unwrap();
    two.connect(options()).await.migrate(&[]).await.unwrap();
    let part = two.raw().await;
    part.batch_execute(
        "create table kept as table twinbase_timeline; delete from twinbase_timeline",
    )
    .await
    .unwrap();
    let both = Exchange::of(&one, &two).await;
    both.exchange().await;
    let refused = wait::until("a refusal", SOON, async || {
        let error = primary.recorded().await.unwrap_err();
        let text = twinbase_core::error::error_chain(&error);
        text.contains("being put back").then_some(error)
    })
    .await;
    assert_eq!(refused.disposition(), Disposition::RetryLater);
    // One that begins meanwhile uses no connection twice.
    let early = one.connect(options()).await;
    assert_eq!(early.recorded().await.unwrap().floor, Version::NONE);

    let part = one.raw().await;
    part.batch_execute("insert into twinbase_timeline select * from kept; update twinbase_timeline set database = 'another'")
        .await
        .unwrap();
    let recorded = early.recorded().await.unwrap();
    assert_eq!(recorded.unproven.unwrap().cause, Cause::OtherDatabase);
    let again = async || primary.recorded().await.ok();
    let later = wait::until("the whole", SOON, again).await;
    assert!(later.floor > Version::NONE && later.floor == recorded.floor);
}

#[tokio::test]
async fn writes_recover_at_once_when_a_read_only_database_is_writable_again() {
    let Some(database) = fresh("read_only").await else {
        return;
    };
    database.connect(single()).await.migrate(&[]).await.unwrap();
    let raw = database.raw().await;
    let name: String = raw
        .query_one("select current_database()::text", &[])
        .await
        .unwrap()
        .get(0);
    let set = async |value: &str| {
        let sql = format!("alter database \"{name}\" set default_transaction_read_only = {value}");
        raw.batch_execute(&sql).await.unwrap();
    };
    set("on").await;
    let primary = database.connect(options()).await;
    // Several connections that stay read-only as long as they live.
    let reads = (0..4).map(|_| primary.query("select pg_sleep(0.2)::text", &[]));
    for read in join_all(reads).await {
        read.unwrap();
    }
    let pause = || primary.pause(&PauseScope::Everything, "a test");
    let error = pause().await.unwrap_err();
    assert_eq!(error.disposition(), Disposition::Operator);
    assert!(error.to_string().contains("accepts no changes"), "{error}");
    set("off").await;
    for pause in join_all((0..4).map(|_| pause())).await {
        pause.unwrap();
    }
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_given_up_and_the_pool_stays_usable() {
    let Some(database) = fresh("slow").await else {
        return;
    };
    let short = Options {
        statement_timeout: Duration::from_secs(2),
        ..single()
    };
    let primary = database.connect(short).await;
    let error = primary.query("select pg_sleep(60)", &[]).await.unwrap_err();
    assert!(matches!(error, PrimaryError::Unavailable { .. }), "{error}");
    primary.ping().await.unwrap();
    // The caller gives up; whoever comes next does not wait for its statement,
    // which takes longer than anybody waits for the one connection.
    let primary = database.connect(single()).await;
    let call = primary.query("select pg_sleep(25)", &[]);
    let given_up = tokio::time::timeout(Duration::from_millis(100), call).await;
    assert!(given_up.is_err());
    primary.ping().await.unwrap();
}

#[tokio::test]
async fn a_pool_in_use_makes_callers_wait_in_bounded_time() {
    let Some(database) = fresh("full").await else {
        return;
    };
    let impatient = Options {
        wait_timeout: Duration::from_millis(200),
        ..single()
    };
    let primary = database.connect(impatient).await;
    let tx = primary.begin().await.unwrap();
    let error = primary.ping().await.unwrap_err();
    assert!(matches!(error, PrimaryError::Unavailable { .. }), "{error}");
    drop(tx);
    wait::until(
        "the connection comes back",
        Duration::from_secs(5),
        async || primary.ping().await,
    )
    .await;
}

#[tokio::test]
async fn a_prepared_query_survives_a_migration_of_its_table() {
    let Some(database) = fresh("replan").await else {
        return;
    };
    let primary = database.connect(single()).await;
    // Connections to a database without Twinbase's tables are not used twice.
    primary.migrate(&[]).await.unwrap();
    let raw = database.raw().await;
    raw.batch_execute("create table t (a int); insert into t values (1)")
        .await
        .unwrap();
    let sql = "select * from t where a = $1";
    assert_eq!(primary.query(sql, &[1.into()]).await.unwrap().len(), 1);
    raw.batch_execute("alter table t add b text default 'x'")
        .await
        .unwrap();
    let rows = primary.query(sql, &[1.into()]).await.unwrap();
    assert_eq!(rows[0].columns(), ["a", "b"]);
    // Inside of a transaction the whole of it has to begin again.
    raw.batch_execute("alter table t add c text").await.unwrap();
    let mut tx = primary.begin().await.unwrap();
    let error = tx.query(sql, &[1.into()]).await.unwrap_err();
    assert!(matches!(error, PrimaryError::Contention { .. }), "{error}");
    tx.rollback().await.unwrap();
    let mut tx = primary.begin().await.unwrap();
    assert_eq!(
        tx.query(sql, &[1.into()]).await.unwrap()[0].columns().len(),
        3
    );
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn columns_of_any_type_can_be_read_and_values_fit_the_types_that_the_server_asks_for() {
    let Some(database) = fresh("types").await else {
        return;
    };
    let primary = database.connect(single()).await;
    let sql = "select $1::uuid as u, $2::date as d, $3::int2 as s, $4::float8 as f, 12.50::numeric::text as n,
                      '2025-01-02 03:04:05Z'::timestamptz as t, 'x'::name as m, $5::varchar(3) as v, $6::jsonb as j";
    let params: [Value; 6] = [
        "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11".into(),
        "1969-12-31".into(),
        7_i32.into(),
        2_i32.into(),
        "abc".into(),
        "[1]".into(),
    ];
    let rows = primary.query(sql, &params).await.unwrap();
    let expected = [
        ("u", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("d", "1969-12-31"),
        ("n", "12.50"),
        ("m", "x"),
        ("v", "abc"),
    ];
    for (column, value) in expected {
        assert_eq!(rows[0].get::<String>(column).unwrap(), value, "{column}");
    }
    assert_eq!(rows[0].get::<i64>("s").unwrap(), 7);
    assert_eq!(
        rows[0].get::<jiff::Timestamp>("t").unwrap().to_string(),
        "2025-01-02T03:04:05Z"
    );
    for (sql, value) in [
        ("select $1::uuid as a", Value::from("no uuid")),
        ("select $1::date as a", "2025-02-30".into()),
        ("select $1::int2 as a", 70_000_i32.into()),
        ("select $1::int4 as a", "one".into()),
        ("select $1::int4 as a", "01".into()),
        ("select $1::bool as a", 1_i32.into()),
        ("select $1::bytea as a", "x".into()),
    ] {
        let error = primary.query(sql, &[value]).await.unwrap_err();
        assert!(
            matches!(error, PrimaryError::InvalidValue { .. }),
            "{sql}: {error}"
        );
    }
    for sql in [
        "select point(1, 2) as a",
        "select 12.50::numeric as a",
        "select $1::int4 as a",
    ] {
        let error = primary.query(sql, &[]).await.unwrap_err();
        assert!(
            matches!(error, PrimaryError::InvalidStatement { .. }),
            "{sql}: {error}"
        );
    }
}

#[tokio::test]
async fn the_url_says_how_many_connections_there_may_be() {
    let Some(database) = fresh("pool_size").await else {
        return;
    };
    let mut url = url::Url::parse(database.url()).unwrap();
    url.query_pairs_mut().append_pair("max_connections", "1");
    let hasty = Options {
        wait_timeout: Duration::from_millis(50),
        ..options()
    };
    let primary = Postgres::connect(url.as_str(), hasty).await.unwrap();
    let tx = primary.begin().await.unwrap();
    let error = primary.ping().await.unwrap_err();
    assert!(matches!(error, PrimaryError::Unavailable { .. }), "{error}");
    tx.rollback().await.unwrap();
    primary.ping().await.unwrap();
}
