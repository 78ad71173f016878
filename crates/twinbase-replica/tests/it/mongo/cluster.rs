//! Where a replica set has other servers to read from: what goes to which, and what it waits for.

use std::sync::{Arc, Mutex};

use bson::{Document, Timestamp, doc};
use futures_util::StreamExt as _;
use tokio::net::TcpListener;
use twinbase_core::{
    Version,
    replica::{Find, Reads as _},
};
use twinbase_replica::mongo::{Mongo, Options};
use twinbase_testkit::conformance::replica::{NOTES, applied, change, id};

use super::{
    fresh_mongo, raw,
    scripted::{Script, Scripted, found},
};

/// A command that arrived: at which server, its name, and the seconds of the cluster's time that it waits for.
type Arrived = (&'static str, String, Option<u32>);

/// A set of two servers, the second a copy of the first, read as its URL says.
struct Set {
    mongo: Mongo,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    _servers: [Scripted; 2],
}

impl Set {
    async fn new(preference: &str) -> Self {
        let listeners = [listener().await, listener().await];
        let hosts = listeners
            .each_ref()
            .map(|listener| listener.local_addr().unwrap().to_string());
        let arrived = Arc::<Mutex<Vec<Arrived>>>::default();
        let mut roles = ["first", "copy"].into_iter();
        let servers = listeners.map(|listener| {
            let role = roles.next().unwrap();
            let is_first = role == "first";
            let greeting = doc! {
                "setName": "set", "setVersion": 1, "hosts": hosts.to_vec(), "primary": &hosts[0],
                "me": listener.local_addr().unwrap().to_string(),
                "ismaster": is_first, "isWritablePrimary": is_first, "secondary": !is_first,
            };
            let log = Arc::clone(&arrived);
            let script: Arc<Script> =
                Arc::new(move |name, command| answer(role, &log, name, command));
            Scripted::start(listener, greeting, script)
        });
        let url = format!(
            "mongodb://{}/notes?replicaSet=set&readPreference={preference}",
            hosts.join(",")
        );
        Self {
            mongo: Mongo::connect(&url, Options::default()).await.unwrap(),
            arrived,
            _servers: servers,
        }
    }

    fn arrived(&self) -> Vec<(&'static str, String, Option<u32>)> {
        std::mem::take(&mut *self.arrived.lock().unwrap())
    }
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// The first server is at second 7 of the cluster's time, and its copy answers at second 9.
fn answer(
    role: &'static str,
    log: &Mutex<Vec<Arrived>>,
    name: &str,
    command: &Document,
) -> Document {
    let concern = command.get_document("readConcern").ok();
    let waits = concern.and_then(|concern| concern.get_timestamp("afterClusterTime").ok());
    if name != "endSessions" {
        let waits = waits.map(|time| time.time);
        log.lock().unwrap().push((role, name.to_owned(), waits));
    }
    let time = if role == "first" { 7 } else { 9 };
    let mut answer = match name {
        "find" => found(vec![doc! { "_id": "a", "_sync": { "v": 1_i64 } }]),
        _ => doc! {},
    };
    let time = Timestamp { time, increment: 1 };
    answer.insert("operationTime", time);
    answer
}

fn at(role: &'static str, name: &str, waits: impl Into<Option<u32>>) -> Arrived {
    (role, name.to_owned(), waits.into())
}

#[tokio::test]
async fn a_check_and_its_query_go_to_a_copy_and_wait_for_what_was_applied_before() {
    let set = Set::new("secondary").await;
    assert!(set.mongo.may_lag());
    for _ in 0..2 {
        let reads = set.mongo.session().await.unwrap();
        reads.versions(&NOTES, &[id("a")]).await.unwrap();
        let mut found = reads.find(&NOTES, Find::default()).await.unwrap();
        assert!(found.next().await.is_some());
        // Each session asks the first server for its time: another process may have applied since the last one.
        assert_eq!(
            set.arrived(),
            [
                at("first", "ping", None),
                at("copy", "find", 7),
                at("copy", "find", 9)
            ]
        );
    }
}

#[tokio::test]
async fn what_is_read_to_decide_goes_to_the_first_server_and_what_promises_nothing_to_a_copy() {
    let set = Set::new("secondary").await;
    let ids = [id("a")];
    set.mongo.versions(&NOTES, &ids).await.unwrap();
    set.mongo.get(&NOTES, &ids).await.unwrap();
    set.mongo.scan(&NOTES, None, 1).await.unwrap();
    set.mongo.documents_after(&NOTES, None, 1).await.unwrap();
    assert_eq!(set.arrived(), vec![at("first", "find", None); 4]);
    let mut found = set.mongo.find(&NOTES, Find::default()).await.unwrap();
    assert!(found.next().await.is_some());
    assert_eq!(set.arrived(), [at("copy", "find", None)]);
}

#[tokio::test]
async fn without_a_preference_everything_goes_to_the_first_server() {
    let set = Set::new("primary").await;
    assert!(!set.mongo.may_lag());
    let reads = set.mongo.session().await.unwrap();
    reads.versions(&NOTES, &[id("a")]).await.unwrap();
    let servers: Vec<_> = set.arrived().iter().map(|(role, ..)| *role).collect();
    assert_eq!(servers, ["first", "first"]);
}

/// The only one that shows what servers do with it. It needs a replica set: `TWINBASE_TEST_MONGODB_URL` with `replicaSet`.
#[tokio::test]
async fn a_real_copy_shows_what_was_applied_before_a_session_began() {
    let Some((first, database)) = fresh_mongo("read from a copy").await else {
        return;
    };
    let hello = raw(&database).await;
    let hello = hello.run_command(doc! { "hello": 1 });
    if !hello.await.unwrap().contains_key("setName") {
        println!("a real replica set is needed, so this was not run");
        return;
    }
    let mark = if database.url.contains('?') { '&' } else { '?' };
    let url = format!("{}{mark}readPreference=secondaryPreferred", database.url);
    let readers = Mongo::connect(&url, Options::default()).await.unwrap();
    for version in 1..=200 {
        applied(&first, &[change("a", version, doc! {})]).await;
        let reads = readers.session().await.unwrap();
        let seen = reads.versions(&NOTES, &[id("a")]).await.unwrap();
        assert_eq!(seen[0].version, Version::new(version));
    }
}
