//! An application whose connections to both databases lead through proxies.

use std::time::Duration;

use twinbase::{
    prelude::*,
    primary::postgres::{self, Postgres},
    replica::mongo::{self, Mongo},
};
use twinbase_testkit::{
    proxy::Proxy,
    servers::{self, MongoDb, TestDatabase, TestMongo},
    wait,
};

use crate::combination::{SOON, builder};

/// How long any call may take here, so that what a network swallowed is given up soon.
pub(super) const PATIENCE: Duration = Duration::from_millis(500);

/// One application on fresh databases, and what is between them.
pub(super) struct Wires {
    pub(super) primary: Proxy,
    pub(super) replica: Proxy,
    /// The application, through the proxies.
    pub(super) twin: Twinbase,
    /// The same application, past them.
    pub(super) calm: Twinbase,
    _databases: (TestDatabase, TestMongo),
}

impl Wires {
    /// `None`, recorded, in a run without servers.
    pub(super) async fn new(name: &str, seed: u64) -> Option<Self> {
        let postgres = servers::Postgres::from_env()?.fresh_database(name).await;
        let mongodb = MongoDb::from_env()?.fresh_database(name);
        let (primary, primary_url) = Proxy::in_front_of(&postgres.url, seed).await.unwrap();
        let (replica, replica_url) = Proxy::in_front_of(&mongodb.url, seed).await.unwrap();
        let calm = builder()
            .primary(&postgres.url)
            .replica(&mongodb.url)
            .open()
            .await
            .unwrap();
        calm.migrate().await.unwrap();
        Some(Self {
            twin: impatient(&primary_url, &replica_url).await,
            primary,
            replica,
            calm,
            _databases: (postgres, mongodb),
        })
    }

    /// The one number that a query answers.
    pub(super) async fn number(&self, sql: &str) -> i64 {
        let rows = self.calm.query(sql, &[]).await.unwrap();
        match rows[0].values() {
            [Value::Int(number)] => *number,
            other => panic!("{sql} answered {other:?}"),
        }
    }

    /// Waits until nothing is pending.
    pub(super) async fn drained(&self) {
        wait::until("an empty backlog", SOON, async || {
            let status = self.calm.sides().primary.status().await.unwrap();
            (status.backlog == 0)
                .then_some(())
                .ok_or(format!("{status:?}"))
        })
        .await;
    }

    /// Nobody was charged, every change has exactly its events, and both sides agree.
    pub(super) async fn all_is_well(&self) {
        for (wrong, sql) in [
            (
                "charged events",
                r#"select count(*) from "Outbox" where retry_count > 0"#,
            ),
            (
                "waiting events",
                r#"select count(*) from "Outbox" where processed = false"#,
            ),
            ("aggregates without exactly their events", EXACTLY_EVENTS),
            ("accounts that moved without a version", MOVED_WITH_VERSION),
        ] {
            assert_eq!(self.number(sql).await, 0, "{wrong}");
        }
        let report = self.calm.verify(|_, _| {}).await.unwrap();
        assert!(report.is_clean(), "{report:#?}");
    }
}

/// Invariant 1, as SQL: a head at version n has n events, 1 to n. The heartbeat is not of the application.
const EXACTLY_EVENTS: &str = r#"
    select count(*) from (
        select aggregate_type, aggregate_id, version as events from aggregate_version
        where aggregate_type in ('account', 'note')
    ) head full join (
        select aggregate_type, aggregate_id, count(distinct version) as events, max(version) as newest from "Outbox"
        where aggregate_type in ('account', 'note') group by aggregate_type, aggregate_id
    ) event using (aggregate_type, aggregate_id)
    where head.events is distinct from event.events or head.events is distinct from event.newest"#;

/// Each change of an account adds a point: version 1 has none.
const MOVED_WITH_VERSION: &str = "
    select count(*) from accounts account left join aggregate_version head
        on head.aggregate_type = 'account' and head.aggregate_id = account.id
    where head.version is distinct from account.points + 1";

async fn impatient(primary_url: &str, replica_url: &str) -> Twinbase {
    let primary = Postgres::connect(
        primary_url,
        postgres::Options {
            max_connections: 8,
            wait_timeout: PATIENCE,
            connect_timeout: PATIENCE,
            statement_timeout: PATIENCE,
            lock_timeout: PATIENCE,
        },
    );
    let replica = Mongo::connect(
        replica_url,
        mongo::Options {
            connect_timeout: PATIENCE,
            server_selection_timeout: PATIENCE,
            call_timeout: PATIENCE,
            ..mongo::Options::default()
        },
    );
    builder()
        .open_primary(std::sync::Arc::new(primary.await.unwrap()))
        .open_replica(std::sync::Arc::new(replica.await.unwrap()))
        .open()
        .await
        .unwrap()
}
