//! A server that answers by a script: for races and answers that no test server can be brought to give.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use bson::{Document, doc};
use futures_util::StreamExt as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use twinbase_core::{
    Outcome, ReplicaError,
    replica::{Apply as _, Find, Reads as _},
};
use twinbase_replica::mongo::{Mongo, Options};
use twinbase_testkit::conformance::replica::{NOTES, applied, change, id};

/// Answers to commands by their name; greetings are answered by themselves.
pub(super) type Script = dyn Fn(&str, &Document) -> Document + Send + Sync;

pub(super) struct Scripted(JoinHandle<()>);

impl Scripted {
    /// A server that greets with this, too.
    pub(super) fn start(listener: TcpListener, greeting: Document, script: Arc<Script>) -> Self {
        Self(tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (greeting, script) = (greeting.clone(), Arc::clone(&script));
                tokio::spawn(converse(connection, greeting, script));
            }
        }))
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub(super) async fn scripted(
    script: impl Fn(&str, &Document) -> Document + Send + Sync + 'static,
) -> (Mongo, Scripted) {
    let script: Arc<Script> = Arc::new(script);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("mongodb://{}/notes", listener.local_addr().unwrap());
    let server = Scripted::start(listener, doc! {}, script);
    let mongo = Mongo::connect(&url, Options::default()).await.unwrap();
    (mongo, server)
}

/// `OP_MSG` with one section, as the driver sends it: length, request, response to, 2013, flags, 0, document.
async fn converse(
    mut connection: TcpStream,
    greeting: Document,
    script: Arc<Script>,
) -> std::io::Result<()> {
    loop {
        let mut header = [0; 16];
        connection.read_exact(&mut header).await?;
        let length = u32::from_le_bytes(header[..4].try_into().unwrap());
        let mut body = vec![0; usize::try_from(length).unwrap() - 16];
        connection.read_exact(&mut body).await?;
        let command = Document::from_reader(&body[5..]).unwrap();
        let mut answer = reply(&command, &greeting, &*script);
        answer.entry("ok").or_insert_with(|| 1.into());
        let answer = answer.to_vec().unwrap();
        let length = u32::try_from(16 + 5 + answer.len()).unwrap();
        let mut message = length.to_le_bytes().to_vec();
        message.extend([0; 4]);
        message.extend(&header[4..8]);
        message.extend(2013_u32.to_le_bytes());
        message.extend([0; 5]);
        message.extend(answer);
        connection.write_all(&message).await?;
    }
}

fn reply(command: &Document, greeting: &Document, script: &Script) -> Document {
    let name = command.keys().next().unwrap();
    match name.to_ascii_lowercase().as_str() {
        "hello" | "ismaster" => greeted(
            doc! {
                "logicalSessionTimeoutMinutes": 30,
                "ismaster": true, "isWritablePrimary": true, "helloOk": true, "minWireVersion": 0, "maxWireVersion": 21,
                "maxBsonObjectSize": 16 * 1024 * 1024, "maxMessageSizeBytes": 48_000_000, "maxWriteBatchSize": 100_000,
            },
            greeting,
        ),
        _ => script(name, command),
    }
}

fn greeted(mut usual: Document, greeting: &Document) -> Document {
    usual.extend(greeting.clone());
    usual
}

pub(super) fn found(documents: Vec<Document>) -> Document {
    doc! { "cursor": { "id": 0_i64, "ns": "notes.notes", "firstBatch": documents } }
}

fn duplicate(index: i32) -> Document {
    doc! { "index": index, "code": 11000, "keyPattern": { "_id": 1 }, "errmsg": "E11000 duplicate key" }
}

#[tokio::test]
async fn the_newer_of_two_first_writers_goes_again_when_it_is_told_11000() {
    let updates = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&updates);
    let (mongo, _server) = scripted(move |name, command| match name {
        "update" if seen.fetch_add(1, Ordering::SeqCst) == 0 => {
            doc! { "n": 1, "writeErrors": [duplicate(0)] }
        }
        "update" => {
            // Only the one that lost.
            assert_eq!(command.get_array("updates").unwrap().len(), 1);
            doc! { "n": 1 }
        }
        // The other writer of `a` was faster, and older.
        _ => found(vec![doc! { "_id": "a", "_sync": { "v": 1_i64 } }]),
    })
    .await;
    let outcomes = applied(&mongo, &[change("a", 2, doc! {}), change("b", 1, doc! {})]).await;
    assert_eq!(outcomes, [Outcome::Applied, Outcome::Applied]);
    assert_eq!(updates.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_first_version_is_inserted_and_overtakes_what_something_else_put_there() {
    let (mongo, _server) = scripted(|name, command| match name {
        "insert" => {
            let documents = command.get_array("documents").unwrap();
            assert_eq!(documents.len(), 2);
            doc! { "n": 1, "writeErrors": [duplicate(0)] }
        }
        "update" => {
            assert_eq!(command.get_array("updates").unwrap().len(), 1);
            doc! { "n": 1 }
        }
        // Without a version: not one of ours.
        _ => found(vec![doc! { "_id": "a" }]),
    })
    .await;
    let outcomes = applied(&mongo, &[change("b", 1, doc! {}), change("a", 1, doc! {})]).await;
    assert_eq!(outcomes, [Outcome::Applied, Outcome::Applied]);
}

#[tokio::test]
async fn a_duplicate_is_superseded_when_the_stored_version_says_so() {
    let (mongo, _server) = scripted(|name, _| match name {
        "update" => doc! { "n": 1, "writeErrors": [duplicate(0)] },
        _ => found(vec![doc! { "_id": "a", "_sync": { "v": 2_i64 } }]),
    })
    .await;
    let outcomes = applied(&mongo, &[change("a", 2, doc! {})]).await;
    assert_eq!(outcomes, [Outcome::Superseded]);
}

/// As `writeErrors` of all statements, and of one: the server answers the command, and what it says is not known to lie in
/// a document.
#[tokio::test]
async fn a_statement_that_a_server_in_trouble_refuses_rejects_no_document() {
    for code in [371, 14031, 462, 63, 150, 13388, 2, 999, 16_609] {
        for refused in [1, 3] {
            let calm = Arc::new(AtomicBool::new(false));
            let ended = Arc::clone(&calm);
            let (mongo, _server) = scripted(move |_, _| {
                let refused = if ended.load(Ordering::SeqCst) {
                    0
                } else {
                    refused
                };
                let errors: Vec<_> = (0..refused)
                    .map(|index| doc! { "index": index, "code": code, "errmsg": "" })
                    .collect();
                doc! { "n": 3 - refused, "writeErrors": errors }
            })
            .await;
            let changes = ["a", "b", "c"].map(|id| change(id, 2, doc! {}));
            let answer = mongo.apply(&NOTES, &changes).await;
            assert!(answer.is_err(), "{code}: {answer:?}");
            calm.store(true, Ordering::SeqCst);
            let outcomes = applied(&mongo, &changes).await;
            assert!(outcomes.iter().all(|o| *o == Outcome::Applied), "{code}");
        }
    }
}

#[tokio::test]
async fn a_document_that_a_validator_refuses_is_rejected_alone() {
    let (mongo, _server) = scripted(|_, _| {
        doc! { "n": 1, "writeErrors": [{ "index": 0, "code": 121, "errmsg": "Document failed validation" }] }
    })
    .await;
    let changes = ["a", "b"].map(|id| change(id, 2, doc! {}));
    let outcomes = applied(&mongo, &changes).await;
    assert!(
        matches!(
            &outcomes[..],
            [
                Outcome::Rejected {
                    code: Some(121),
                    ..
                },
                Outcome::Applied
            ]
        ),
        "{outcomes:?}"
    );
}

#[tokio::test]
async fn versions_are_read_back_from_what_the_majority_has() {
    let (mongo, _server) = scripted(|name, command| {
        if name == "update" {
            return doc! { "n": 0, "writeErrors": [duplicate(0)] };
        }
        let concern = command.get_document("readConcern").unwrap();
        assert_eq!(concern.get_str("level").unwrap(), "majority");
        found(vec![doc! { "_id": "a", "_sync": { "v": 2_i64 } }])
    })
    .await;
    let outcomes = applied(&mongo, &[change("a", 2, doc! {})]).await;
    assert_eq!(outcomes, [Outcome::Superseded]);
}

#[tokio::test]
async fn a_token_check_and_its_query_are_in_one_causal_session() {
    let time = bson::Timestamp {
        time: 7,
        increment: 1,
    };
    let seen: Arc<Mutex<Vec<Document>>> = Arc::default();
    let commands = Arc::clone(&seen);
    let (mongo, _server) = scripted(move |name, command| {
        if name == "find" {
            commands.lock().unwrap().push(command.clone());
        }
        let mut answer = found(vec![doc! { "_id": "a", "_sync": { "v": 2_i64 } }]);
        answer.insert("operationTime", time);
        answer
    })
    .await;
    let reads = mongo.session().await.unwrap();
    reads.versions(&NOTES, &[id("a")]).await.unwrap();
    let documents = reads.find(&NOTES, Find::default()).await.unwrap();
    assert_eq!(documents.count().await, 1);
    let seen = seen.lock().unwrap();
    let [check, query] = &seen[..] else {
        panic!("{seen:?}");
    };
    assert_eq!(check.get("lsid"), query.get("lsid"));
    let concern = query.get_document("readConcern").unwrap();
    assert_eq!(concern.get_str("level").unwrap(), "majority");
    assert_eq!(concern.get_timestamp("afterClusterTime").unwrap(), time);
}

#[tokio::test]
async fn a_write_that_the_majority_has_not_is_not_applied() {
    let (mongo, _server) = scripted(|_, _| {
        doc! { "n": 1, "writeConcernError": { "code": 64, "codeName": "WriteConcernFailed", "errmsg": "timeout" } }
    })
    .await;
    let answer = mongo.apply(&NOTES, &[change("a", 1, doc! {})]).await;
    assert!(
        matches!(answer, Err(ReplicaError::Unavailable { .. })),
        "{answer:?}"
    );
}

#[tokio::test]
async fn statements_are_sorted_guarded_and_sent_once_to_the_majority() {
    let (mongo, _server) = scripted(|_, command| {
        let ids: Vec<_> = command
            .get_array("updates")
            .unwrap()
            .iter()
            .map(|update| update.as_document().unwrap().get_document("q").unwrap())
            .map(|query| query.get_str("_id").unwrap())
            .collect();
        let concern = command.get_document("writeConcern").unwrap();
        let right = ids == ["a", "b", "c"]
            && command.get_bool("ordered").is_ok_and(|ordered| !ordered)
            && concern.get_str("w").is_ok_and(|w| w == "majority");
        if right {
            doc! { "n": 3 }
        } else {
            doc! { "ok": 0, "code": 20, "codeName": "IllegalOperation", "errmsg": "not as agreed" }
        }
    })
    .await;
    let changes = ["c", "a", "b"].map(|id| change(id, 2, doc! {}));
    assert!(
        applied(&mongo, &changes)
            .await
            .iter()
            .all(|o| *o == Outcome::Applied)
    );
}
