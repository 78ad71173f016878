//! A primary as a case is given it. What a case expects to succeed is asked of this; what may fail, of `primary`.

use std::{ops::Deref, sync::Arc};

use serde_json::Value as Json;
use tokio::task::JoinSet;
use twinbase_core::{
    Event, EventRef, Key, Primary, PrimaryError, Row, RowError, Schema, State, StatePage, Value,
    Version,
    primary::{
        EventCursor, EventFilter, EventRecord, FailedAttempt, OutboxStatus, Pending,
        PendingRequest, Transaction, WalkRecord, WorkerRecord, Written,
    },
    write::{Select, Write},
};

use super::{
    Database, NOTE, PERSON, own_migrations,
    support::{everything, failure, id},
};

/// An open primary that is migrated and knows the schemas, on a database of its own.
#[derive(Clone)]
pub struct Opened {
    pub(super) primary: Arc<dyn Primary>,
    // Declared last: the connections go first.
    pub(super) database: Arc<dyn Database>,
}

/// What a case begins with.
pub trait Start {
    /// Makes it of a new database.
    fn on(database: Arc<dyn Database>) -> impl Future<Output = Self> + Send;
}

impl Start for Arc<dyn Database> {
    async fn on(database: Arc<dyn Database>) -> Self {
        database
    }
}

impl Start for Opened {
    async fn on(database: Arc<dyn Database>) -> Self {
        let primary = database.open().await;
        let migrated = primary.migrate(&[own_migrations()]).await;
        migrated.expect("migrations run");
        let registered = primary.register(&[PERSON.clone(), NOTE.clone()]).await;
        registered.expect("schemas are registered");
        Self { primary, database }
    }
}

/// Runs a case on a new database.
pub async fn run<S: Start, F: Future<Output = ()>>(
    database: Arc<dyn Database>,
    case: impl FnOnce(S) -> F,
) {
    case(S::on(database).await).await;
}

impl Deref for Opened {
    type Target = dyn Primary;

    fn deref(&self) -> &Self::Target {
        &*self.primary
    }
}

/// Defines methods that expect those of the primary to succeed.
macro_rules! expected {
    ($(fn $name:ident($($arg:ident: $takes:ty),*) -> $returns:ty;)*) => {
        impl Opened {
            $(pub(super) async fn $name(&self, $($arg: $takes),*) -> $returns {
                self.primary.$name($($arg),*).await.expect(stringify!($name))
            })*
        }
    };
}

expected! {
    fn begin() -> Box<dyn Transaction>;
    fn select(select: &Select) -> Vec<State>;
    fn query(sql: &str, params: &[Value]) -> Vec<Row>;
    fn states_after(schema: &Schema, after: Option<&str>, until: Option<&str>, limit: u32) -> StatePage;
    fn pending(request: &PendingRequest) -> Pending;
    fn mark_applied(events: &[EventRef], healed: &[(Key, Version)]) -> u64;
    fn record_failed(charges: &[FailedAttempt]) -> u64;
    fn status() -> OutboxStatus;
    fn forget(heads: &[(Key, Version)]) -> u64;
    fn workers() -> Vec<WorkerRecord>;
    fn walks() -> Vec<WalkRecord>;
    fn keep_walk(walk: &WalkRecord, before: &str) -> bool;
    fn events(filter: &EventFilter, after: Option<&EventCursor>, limit: u32) -> Vec<EventRecord>;
    fn history(of: &Key, limit: u32) -> Vec<EventRecord>;
    fn event(id: &str) -> Option<(EventRecord, String)>;
    fn applied(after: Option<&EventCursor>, limit: u32) -> Vec<(EventRecord, Option<String>)>;
    fn retry(filter: &EventFilter, limit: u32) -> u64;
    fn discard(filter: &EventFilter, reason: &str, limit: u32) -> u64;
    fn restore(filter: &EventFilter, limit: u32) -> u64;
}

/// Changes and rows.
impl Opened {
    /// Does so many things at once, numbered from 0, until all are done.
    pub(super) async fn at_once<F>(&self, count: usize, thing: impl Fn(Self, usize) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let all: JoinSet<()> = (0..count).map(|n| thing(self.clone(), n)).collect();
        all.join_all().await;
    }

    pub(super) async fn done(&self, write: &Write) -> Written {
        self.write(write).await.expect("the change is made")
    }

    /// The only state of a change.
    pub(super) async fn only(&self, write: &Write) -> State {
        let mut written = self.done(write).await;
        assert_eq!((written.count, written.states.len()), (1, 1));
        written.states.remove(0)
    }

    /// Does a change as often as contention asks for.
    pub(super) async fn retried(&self, write: &Write) -> Result<Written, PrimaryError> {
        loop {
            match self.write(write).await {
                Err(PrimaryError::Contention { .. }) => {}
                outcome => return outcome,
            }
        }
    }

    pub(super) async fn foreign(&self, statements: &[impl AsRef<str>]) {
        let statements: Vec<_> = statements.iter().map(AsRef::as_ref).collect();
        let done = self.database.foreign(&statements).await;
        done.expect("a foreign transaction");
    }

    /// The number that a query answers in column `n`.
    pub(super) async fn number(&self, sql: &str) -> i64 {
        self.query(sql, &[]).await[0].get("n").expect("a number")
    }

    /// Every page of people in turn.
    pub(super) async fn walk(&self, limit: u32) -> Vec<StatePage> {
        let mut pages: Vec<StatePage> = Vec::new();
        loop {
            let after = pages.last().map(|page| page.next.as_deref());
            if after == Some(None) {
                return pages;
            }
            let page = self
                .states_after(&PERSON, after.flatten(), None, limit)
                .await;
            assert!(page.states.len() <= limit as usize);
            pages.push(page);
        }
    }

    /// States in the order of their ids.
    pub(super) async fn states_of(&self, schema: &Schema, ids: &[&str]) -> Vec<State> {
        let ids: Vec<_> = ids.iter().map(|text| id(text)).collect();
        let states = self.primary.states_of(schema, &ids).await;
        let mut states = states.expect("states");
        states.sort_by(|a, b| a.id.cmp(&b.id));
        states
    }

    /// Asserts that there is no row, head or event at all.
    pub(super) async fn assert_nothing_written(&self) {
        for table in ["people", "notes", "aggregate_version", "\"Outbox\""] {
            let sql = format!("select count(*) as n from {table}");
            assert_eq!(self.number(&sql).await, 0, "{table}");
        }
    }
}

/// One row of `"Outbox"`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recorded {
    pub(super) event_type: String,
    pub(super) aggregate_type: String,
    pub(super) aggregate_id: String,
    pub(super) version: i64,
    pub(super) payload: Json,
}

/// The outbox as workers use it.
impl Opened {
    /// Every event in the order of versions.
    pub(super) async fn recorded(&self) -> Vec<Recorded> {
        let sql = "select event_type, aggregate_type, aggregate_id, version, payload \
                   from \"Outbox\" order by aggregate_type, aggregate_id, version";
        let recorded = |row: &Row| {
            Ok::<_, RowError>(Recorded {
                event_type: row.get("event_type")?,
                aggregate_type: row.get("aggregate_type")?,
                aggregate_id: row.get("aggregate_id")?,
                version: row.get("version")?,
                payload: row.get("payload")?,
            })
        };
        let rows = self.query(sql, &[]).await;
        let all: Result<_, _> = rows.iter().map(recorded).collect();
        all.expect("the outbox has its columns")
    }

    /// What a request for everything answers that has been changed like this.
    pub(super) async fn read(&self, change: impl FnOnce(&mut PendingRequest)) -> Pending {
        let mut request = everything();
        change(&mut request);
        self.pending(&request).await
    }

    /// Everything that waits now.
    pub(super) async fn waiting(&self) -> Vec<Event> {
        self.pending(&everything()).await.events
    }

    /// The places of everything that waits now.
    pub(super) async fn places(&self) -> Vec<EventRef> {
        self.waiting().await.iter().map(|event| event.at).collect()
    }

    /// The events that wait, of one aggregate.
    pub(super) async fn waiting_of(&self, id: &str) -> Vec<Event> {
        let mut events = self.waiting().await;
        events.retain(|event| event.aggregate_id == id);
        events
    }

    /// The place of the first event that waits, of one aggregate.
    pub(super) async fn at(&self, id: &str) -> EventRef {
        self.waiting_of(id).await[0].at
    }

    /// The versions of an aggregate's pending events, in their order.
    pub(super) async fn versions(&self, id: &str) -> Vec<i64> {
        let events = self.waiting_of(id).await;
        let mut versions: Vec<_> = events.iter().map(|event| event.version.get()).collect();
        versions.sort_unstable();
        versions
    }

    pub(super) async fn mark(&self, events: &[EventRef]) -> u64 {
        self.mark_applied(events, &[]).await
    }

    /// Charges an event until it has failed for good.
    pub(super) async fn fail(&self, at: EventRef) {
        for seen in 0..6 {
            assert_eq!(self.record_failed(&[failure(at, seen)]).await, 1);
        }
    }
}
