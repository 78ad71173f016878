//! MongoDB: the suite on the run's server, and what only a server over the network can do.

mod cluster;
mod collation;
mod configuration;
mod faults;
mod foreign;
mod indexes;
mod outage;
mod scripted;
mod unique;
mod views;

use std::{sync::Arc, time::Duration};

use twinbase_core::{Replica, replica::Apply as _};
use twinbase_replica::mongo::{Mongo, Options};
use twinbase_testkit::{
    conformance::replica::NOTES,
    servers::{MongoDb, TestMongo},
};

twinbase_testkit::replica_conformance!(crate::mongo::fresh);

/// A prepared replica in a database of its own.
pub(crate) async fn fresh(case: &str) -> Option<(Arc<dyn Replica>, TestMongo)> {
    let (mongo, database) = fresh_mongo(case).await?;
    Some((Arc::new(mongo), database))
}

async fn fresh_mongo(case: &str) -> Option<(Mongo, TestMongo)> {
    let database = MongoDb::from_env()?.fresh_database(case);
    let mongo = Mongo::connect(&database.url, Options::default())
        .await
        .unwrap();
    mongo.prepare(&NOTES).await.unwrap();
    Some((mongo, database))
}

/// The same collections without Twinbase, as a foreign program would use them.
async fn raw(database: &TestMongo) -> mongodb::Database {
    let client = mongodb::Client::with_uri_str(&database.url).await.unwrap();
    client.database(&database.name)
}

/// Limits at which a server that is away is noticed soon.
fn impatient() -> Options {
    Options {
        connect_timeout: Duration::from_millis(300),
        server_selection_timeout: Duration::from_millis(300),
        call_timeout: Duration::from_millis(500),
        query_time: Duration::from_millis(100),
    }
}
