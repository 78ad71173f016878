//! A whole Studyhall for one test: its databases, its server, and a client for it.

mod app;
mod call;
mod clock;
mod combination;
mod server;
mod sql;

pub(crate) use app::{Member, Options, PASSWORD, Studyhall};
pub(crate) use call::{Answer, Call};
pub(crate) use clock::TestClock;
pub(crate) use combination::{Combination, Databases};
pub(crate) use server::Server;

/// All that was logged until now.
pub(crate) fn everything_logged() -> String {
    twinbase_testkit::log::after(0)
}

/// Runs scenarios, each an `async fn(Combination)`, as one test for every combination of databases:
/// for what depends on how two databases work together.
macro_rules! on_every_combination {
    ($($scenario:ident,)+) => {$(
        mod $scenario {
            use crate::support::Combination::{
                PostgresEmbedded, PostgresMongo, SqliteEmbedded, SqliteMongo,
            };

            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite_and_embedded() {
                super::$scenario(SqliteEmbedded).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite_and_mongodb() {
                if SqliteMongo.is_there() {
                    super::$scenario(SqliteMongo).await;
                }
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgresql_and_embedded() {
                if PostgresEmbedded.is_there() {
                    super::$scenario(PostgresEmbedded).await;
                }
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgresql_and_mongodb() {
                if PostgresMongo.is_there() {
                    super::$scenario(PostgresMongo).await;
                }
            }
        }
    )+};
}
pub(crate) use on_every_combination;

/// The same on two combinations, which have every database once: for rules of the application.
macro_rules! on_two_combinations {
    ($($scenario:ident,)+) => {$(
        mod $scenario {
            use crate::support::Combination::{PostgresMongo, SqliteEmbedded};

            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite_and_embedded() {
                super::$scenario(SqliteEmbedded).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgresql_and_mongodb() {
                if PostgresMongo.is_there() {
                    super::$scenario(PostgresMongo).await;
                }
            }
        }
    )+};
}
pub(crate) use on_two_combinations;
