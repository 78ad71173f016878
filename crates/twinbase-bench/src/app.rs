//! What is written: a todo as the study application has it.

use bson::{Document, doc};
use serde::{Deserialize, Serialize};
use twinbase::{core::write, prelude::*};

/// A todo.
#[derive(Debug, Clone, Aggregate, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[aggregate(name = "todo", table = "todos")]
pub(crate) struct Todo {
    #[key]
    pub(crate) id: AggregateId,
    pub(crate) user_id: String,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) completed: bool,
    pub(crate) priority: i32,
    pub(crate) created_at: Timestamp,
}

/// A todo to be inserted.
pub(crate) struct NewTodo {
    pub(crate) id: String,
}

/// The same for every todo, so that both sides of a comparison send the same bytes.
pub(crate) const USER: &str = "0199f0e2-0000-7000-8000-000000000001";
pub(crate) const TITLE: &str = "Read chapter seven and write a summary";
pub(crate) const DESCRIPTION: &str = "Two pages, with the figures from the lecture";
pub(crate) const CREATED: &str = "2026-11-22T12:00:00Z";

/// The id with this number, as SQL makes it in bulk.
pub(crate) fn id(n: u64) -> String {
    format!("0199f0e2-0000-7000-8000-{n:012}")
}

/// The mapped fields of every todo, as its document has them.
pub(crate) fn document() -> Document {
    let created: Timestamp = CREATED.parse().expect("a constant");
    doc! {
        "userId": USER, "title": TITLE, "description": DESCRIPTION, "completed": false, "priority": 3,
        "createdAt": bson::DateTime::from_millis(created.as_millisecond()),
    }
}

impl NewRow for NewTodo {
    type Aggregate = Todo;
    fn row(&self) -> Vec<Assignment<Todo>> {
        let created: Timestamp = CREATED.parse().expect("a constant");
        vec![
            Assignment::new(write::Assignment::set("id", self.id.as_str().into())),
            Todo::USER_ID.set(USER),
            Todo::TITLE.set(TITLE),
            Todo::DESCRIPTION.set(DESCRIPTION.to_owned()),
            Todo::COMPLETED.set(false),
            Todo::PRIORITY.set(3),
            Todo::CREATED_AT.set(created),
        ]
    }
}

fn migrations() -> MigrationSet {
    MigrationSet {
        name: "bench",
        migrations: vec![Migration {
            number: 1,
            name: "todos",
            sql: |_| {
                "create table if not exists todos (id {text} primary key, user_id {text} not null,
                title text not null, description text, completed boolean not null,
                priority integer not null, created_at timestamptz(3) not null)"
            },
        }],
    }
}

/// The application, without its databases.
pub(crate) fn builder() -> twinbase::Builder {
    Twinbase::builder()
        .aggregate::<Todo>()
        .migrations(migrations())
}

/// Opens and migrates.
pub(crate) async fn ready(builder: twinbase::Builder) -> anyhow::Result<Twinbase> {
    let twin = builder.open().await?;
    twin.migrate().await?;
    Ok(twin)
}

/// Opens and migrates these databases.
pub(crate) async fn open(primary: &str, replica: &str) -> anyhow::Result<Twinbase> {
    ready(builder().primary(primary).replica(replica)).await
}

/// The worker as applications run it, but without heartbeats: their events would be counted with the measured ones.
pub(crate) fn worker() -> WorkerOptions {
    WorkerOptions {
        heartbeat: None,
        verify_every: None,
        ..WorkerOptions::default()
    }
}
