//! What is sent of a collation.

use std::sync::{Arc, Mutex};

use bson::{Document, doc};
use futures_util::TryStreamExt as _;
use twinbase_core::replica::{Collation, Find, Reads, Strength};
use twinbase_testkit::conformance::replica::{NOTES, id};

use super::scripted::{found, scripted};

/// A command and its collation.
type Sent = (String, Option<Document>);

#[tokio::test]
async fn a_collation_is_sent_with_finds_pipelines_counts_and_distinct_values_and_with_nothing_else()
{
    let sent: Arc<Mutex<Vec<Sent>>> = Arc::default();
    let seen = Arc::clone(&sent);
    let (mongo, _server) = scripted(move |name, command| {
        let collation = command.get_document("collation").ok().cloned();
        seen.lock().unwrap().push((name.to_owned(), collation));
        let mut answer = found(Vec::new());
        // What a `distinct` is answered with.
        answer.insert("values", Vec::<String>::new());
        answer
    })
    .await;
    let ask = async |reads: &dyn Reads| {
        let finds = reads.find(&NOTES, Find::default()).await.unwrap();
        finds.try_collect::<Vec<_>>().await.unwrap();
        let piped = reads.aggregate(&NOTES, Vec::new()).await.unwrap();
        piped.try_collect::<Vec<_>>().await.unwrap();
        reads.count(&NOTES, doc! {}).await.unwrap();
        reads.distinct(&NOTES, "text", doc! {}).await.unwrap();
        reads.get(&NOTES, &[id("a")]).await.unwrap();
        std::mem::take(&mut *sent.lock().unwrap())
    };
    let expected = |collation: Option<Document>| {
        let with = ["find", "aggregate", "aggregate", "distinct"]
            .map(|name| (name.to_owned(), collation.clone()));
        [with.as_slice(), &[("find".to_owned(), None)]].concat()
    };
    for (strength, number) in [(Strength::Primary, 1), (Strength::Secondary, 2)] {
        let reads = mongo.collated(&Collation::new("fr_CA", strength)).unwrap();
        let collation = doc! { "locale": "fr_CA", "strength": number };
        assert_eq!(ask(&*reads).await, expected(Some(collation)));
    }
    assert_eq!(ask(&mongo).await, expected(None));
}
