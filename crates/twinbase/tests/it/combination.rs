//! The combinations of databases, and one fresh application on each.

use std::{path::PathBuf, sync::Arc, time::Duration};

use tempfile::TempDir;
use twinbase::{core::Replica, prelude::*};
use twinbase_testkit::{
    faults::{Faults, FaultyReplica},
    servers::{self, MongoDb, Postgres, TestDatabase, TestMongo},
    wait,
};

pub(crate) use twinbase_testkit::twin::options as fast;

use crate::app::{Account, Note, migrations};

/// Which databases.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Combination {
    pub(crate) postgres: bool,
    pub(crate) mongodb: bool,
}

/// How long a test waits for what must come.
pub(crate) const SOON: Duration = Duration::from_mins(3);

/// One application on fresh databases.
pub(crate) struct Setup {
    pub(crate) twin: Twinbase,
    /// Faults in front of the replica of `twin`.
    pub(crate) faults: Faults,
    pub(crate) primary_url: String,
    replica: Arc<dyn Replica>,
    _postgres: Option<TestDatabase>,
    mongodb: Option<TestMongo>,
    dir: TempDir,
}

/// Runs a case on a combination, or says that it needs a server.
pub(crate) async fn run<F: Future<Output = ()>>(
    combination: Combination,
    name: &str,
    case: impl FnOnce(Setup) -> F,
) {
    if (combination.postgres || combination.mongodb) && servers::embedded_only() {
        println!("{name} on {combination:?} needs a server and was not run");
        return;
    }
    case(Setup::new(combination, name).await).await;
}

impl Setup {
    async fn new(combination: Combination, name: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let postgres = match combination.postgres.then(Postgres::from_env).flatten() {
            Some(server) => Some(server.fresh_database(name).await),
            None => None,
        };
        let mongodb = combination.mongodb.then(MongoDb::from_env).flatten();
        let mongodb = mongodb.map(|server| server.fresh_database(name));
        let file = |name: &str| dir.path().join(name).display().to_string();
        let primary_url = postgres
            .as_ref()
            .map_or_else(|| format!("sqlite:{}", file("app.db")), |db| db.url.clone());
        let replica_url = mongodb.as_ref().map_or_else(
            || format!("embedded:{}", file("docs.db")),
            |db| db.url.clone(),
        );
        let plain = builder()
            .primary(&primary_url)
            .replica(&replica_url)
            .open()
            .await
            .unwrap();
        plain.migrate().await.unwrap();
        let replica = plain.sides().replica.clone();
        let (broken, faults) = FaultyReplica::new(replica.clone());
        let twin = builder()
            .open_primary(plain.sides().primary.clone())
            .open_replica(broken)
            .open()
            .await
            .unwrap();
        Self {
            twin,
            faults,
            primary_url,
            replica,
            _postgres: postgres,
            mongodb,
            dir,
        }
    }

    /// A second handle on the same databases, without faults, as another process has.
    pub(crate) async fn other(&self) -> Twinbase {
        builder()
            .open_primary(self.twin.sides().primary.clone())
            .open_replica(self.replica.clone())
            .open()
            .await
            .unwrap()
    }

    /// The server's database, where documents are in one.
    pub(crate) const fn mongodb(&self) -> Option<&TestMongo> {
        self.mongodb.as_ref()
    }

    /// The file of documents, where they are in one.
    pub(crate) fn documents_file(&self) -> PathBuf {
        self.dir.path().join("docs.db")
    }

    /// Waits until nothing is pending.
    pub(crate) async fn drained(&self) {
        wait::until("an empty backlog", SOON, async || {
            let status = self.twin.sides().primary.status().await.unwrap();
            (status.backlog == 0)
                .then_some(())
                .ok_or(format!("{status:?}"))
        })
        .await;
    }

    /// Every row has its document and the other way round.
    pub(crate) async fn agrees(&self) {
        let report = self.other().await.verify(|_, _| {}).await.unwrap();
        assert!(report.is_clean(), "{report:#?}");
        let waiting: u64 = report.collections.iter().map(|c| c.in_flight).sum();
        assert_eq!(waiting, 0, "{report:#?}");
    }

    /// The account's document.
    pub(crate) async fn document(&self, id: &AggregateId) -> Option<Versioned<Account>> {
        let other = self.other().await;
        other.collection::<Account>().get(id).await.unwrap().value
    }

    /// All account documents and tombstones with their versions.
    pub(crate) async fn stored(&self) -> Vec<twinbase::core::replica::Stored> {
        let page = self.replica.scan(Account::schema(), None, 100_000).await;
        let found = page.unwrap().found.into_iter();
        let ids: Vec<_> = found.map(|applied| applied.id).collect();
        let mut stored = self.replica.get(Account::schema(), &ids).await.unwrap();
        stored.sort_by(|a, b| a.id.cmp(&b.id));
        stored
    }

    /// Runs SQL as a program that knows nothing of Twinbase: one transaction.
    pub(crate) async fn foreign(&self, statements: &str) {
        if let Some(file) = self.primary_url.strip_prefix("sqlite:") {
            let db = rusqlite::Connection::open(file).unwrap();
            db.busy_timeout(SOON).unwrap();
            db.execute_batch(&format!("begin immediate; {statements}; commit"))
                .unwrap();
            return;
        }
        let client = connect(&self.primary_url).await;
        client
            .batch_execute(&format!("begin; {statements}; commit"))
            .await
            .unwrap();
    }

    /// The one number that a query answers.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        match self.value(sql).await {
            Value::Int(number) => number,
            other => panic!("{sql} answered {other:?}"),
        }
    }

    /// The one value that a query answers.
    pub(crate) async fn value(&self, sql: &str) -> Value {
        let rows = self.twin.query(sql, &[]).await.unwrap();
        rows[0].values()[0].clone()
    }
}

pub(crate) async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

/// The application, without its databases.
pub(crate) fn builder() -> twinbase::Builder {
    Twinbase::builder()
        .aggregate::<Account>()
        .aggregate::<Note>()
        .migrations(migrations())
}

/// Makes a test of each case on each combination.
macro_rules! on_every_combination {
    ($($case:ident),* $(,)?) => {
        on_every_combination!(@ sqlite_embedded, false, false, $($case),*);
        on_every_combination!(@ sqlite_mongodb, false, true, $($case),*);
        on_every_combination!(@ postgres_embedded, true, false, $($case),*);
        on_every_combination!(@ postgres_mongodb, true, true, $($case),*);
    };
    (@ $name:ident, $postgres:literal, $mongodb:literal, $($case:ident),*) => {
        mod $name {
            use crate::combination::{Combination, run};
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let combination = Combination { postgres: $postgres, mongodb: $mongodb };
                    run(combination, stringify!($case), super::$case).await;
                }
            )*
        }
    };
}
pub(crate) use on_every_combination;
