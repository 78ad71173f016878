//! What other programs do to documents: what a replica of Twinbase would never write.

use std::path::{Path, PathBuf};

use bson::{RawDocumentBuf, rawdoc};
use twinbase::{prelude::*, sync::verify::Drift};
use twinbase_testkit::servers::TestMongo;

use crate::combination::{SOON, Setup};

/// The notes as another program sees them. (Their table has no index, whose functions the embedded store alone has.)
pub(crate) enum Notes<'a> {
    Embedded(PathBuf),
    MongoDb(&'a TestMongo),
}

impl Notes<'_> {
    pub(crate) fn of(setup: &Setup) -> Notes<'_> {
        match setup.mongodb() {
            Some(server) => Notes::MongoDb(server),
            None => Notes::Embedded(setup.documents_file()),
        }
    }

    /// Makes content of a note that cannot be decoded. A server that repairs texts makes another one of it.
    pub(crate) async fn garble(&self, key: &str) -> Drift {
        match self {
            Self::Embedded(file) => {
                let (store, table) = open(file);
                let select = format!("select doc from {table} where _id = ?");
                let document = store.query_row(&select, [key], |row| row.get(0));
                let mut document: Vec<u8> = document.unwrap();
                // The type of the first field: there is none of this number.
                document[4] = 0x99;
                let update = format!("update {table} set doc = ? where _id = ?");
                assert_eq!(store.execute(&update, (document, key)).unwrap(), 1);
                Drift::Unreadable
            }
            Self::MongoDb(server) => {
                const TEXT: &[u8] = b"not UTF-8: ~";
                let (database, filter) = (server.plain().await.unwrap(), rawdoc! { "_id": key });
                let text = std::str::from_utf8(TEXT).unwrap();
                let set = rawdoc! { "$set": { "text": text } };
                let command = rawdoc! { "update": "notes", "updates": [{ "q": filter, "u": set }] };
                let mut bytes = command.into_bytes();
                let mut parts = bytes.windows(TEXT.len());
                let at = parts.position(|part| part == TEXT).unwrap();
                bytes[at + TEXT.len() - 1] = 0xff;
                let command = RawDocumentBuf::from_bytes(bytes).unwrap();
                let done = database.run_raw_command(command).await.unwrap();
                assert_eq!(done.get_i32("n").unwrap(), 1, "{done}");
                let notes = server.collection("notes").await.unwrap();
                match notes.find_one(doc! { "_id": key }).await {
                    Ok(_) => Drift::Different,
                    Err(_) => Drift::Unreadable,
                }
            }
        }
    }

    /// Takes the version from a note, or gives it one that is none.
    pub(crate) async fn take_version(&self, key: &str, round: usize) {
        match self {
            Self::Embedded(file) => {
                let (store, table) = open(file);
                let update = format!("update {table} set v = null where _id = ?");
                assert_eq!(store.execute(&update, [key]).unwrap(), 1);
            }
            Self::MongoDb(server) => {
                let change = match round % 4 {
                    0 => doc! { "$unset": { "_sync": 1 } },
                    1 => doc! { "$set": { "_sync": "by hand" } },
                    2 => doc! { "$set": { "_sync.v": "7" } },
                    // One with a higher number is in the way of every change: the replica's tests have it.
                    _ => doc! { "$set": { "_sync.v": [0_i64] } },
                };
                let notes = server.collection("notes").await.unwrap();
                let done = notes.update_one(doc! { "_id": key }, change).await.unwrap();
                assert_eq!(done.matched_count, 1);
            }
        }
    }

    /// A document whose `_id` no row can have.
    pub(crate) async fn insert_foreign(&self, round: usize) {
        match self {
            Self::Embedded(file) => {
                let (store, table) = open(file);
                let insert = format!(
                    "insert into {table} (_id, v, doc) select 'bad' || char(10), 1, doc from {table} limit 1"
                );
                assert_eq!(store.execute(&insert, []).unwrap(), 1);
            }
            Self::MongoDb(server) => {
                let notes = server.collection("notes").await.unwrap();
                let document = if round.is_multiple_of(2) {
                    doc! { "text": "its _id is made by MongoDB" }
                } else {
                    doc! { "_id": "bad\n", "text": "x", "_sync": { "v": 1_i64 } }
                };
                notes.insert_one(document).await.unwrap();
            }
        }
    }

    /// What the reason of such a document says is to be done.
    pub(crate) async fn delete_foreign(&self) {
        match self {
            Self::Embedded(file) => {
                let (store, table) = open(file);
                let delete = format!("delete from {table} where _id = 'bad' || char(10)");
                assert_eq!(store.execute(&delete, []).unwrap(), 1);
            }
            Self::MongoDb(server) => {
                let notes = server.collection("notes").await.unwrap();
                let foreign = doc! { "$or": [{ "_id": "bad\n" }, { "_id": { "$not": { "$type": "string" } } }] };
                let done = notes.delete_many(foreign).await.unwrap();
                assert_eq!(done.deleted_count, 1);
            }
        }
    }
}

fn open(file: &Path) -> (rusqlite::Connection, String) {
    let store = rusqlite::Connection::open(file).unwrap();
    store.busy_timeout(SOON).unwrap();
    let sql = "select 'c' || id from collections where name = 'notes'";
    let table = store.query_row(sql, [], |row| row.get(0)).unwrap();
    (store, table)
}
