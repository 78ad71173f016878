//! Every fixed statement is one that the server takes.

use twinbase_core::primary::Store as _;
use twinbase_primary::postgres::statements;

use super::{fresh, options};

#[tokio::test]
async fn every_fixed_statement_can_be_prepared() {
    let Some(database) = fresh("statements").await else {
        return;
    };
    let primary = database.connect(options()).await;
    primary.migrate(&[]).await.unwrap();
    let raw = database.raw().await;
    for (name, sql) in statements() {
        let prepared = raw.prepare(sql).await;
        assert!(prepared.is_ok(), "{name}: {:?}", prepared.err());
        assert!(
            sql.starts_with("-- Index:"),
            "{name} says which index it uses and which lock it takes"
        );
    }
}
