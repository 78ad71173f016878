//! The calls that a client and a transaction have in common.

use twinbase_core::{
    Aggregate, AggregateId, PrimaryError, Row, State, Table, Value, Version, Versioned,
    primary::Written,
    write::{Action, Assignment, Comparison, Condition, OnConflict, Select, Target, Write},
};

use super::current_trace;
use crate::fail;

/// A row to be inserted: its columns with their values.
pub trait NewRow: Sync {
    /// What the row becomes.
    type Aggregate: Aggregate;

    /// The columns that are given, each once, the key among them. For
    /// [`Writes::insert_many`] every row of a call gives the same columns.
    fn row(&self) -> Vec<Assignment>;
}

/// A call under way: a future of its result that any thread can await.
pub trait Call<T>: Future<Output = Result<T, PrimaryError>> + Send {}

impl<T, F: Future<Output = Result<T, PrimaryError>> + Send> Call<T> for F {}

/// Changes and reads of the primary, by itself or in a transaction.
///
/// A change of an aggregate writes the row, its head and its event in one
/// statement; there is no other way to change an aggregate's table.
pub trait Writes: Sync {
    /// Runs one change; the calls below are made of it, and give it the trace
    /// context of [`super::with_trace`].
    fn execute(&self, write: Write) -> impl Call<Written>;

    /// Reads rows of an aggregate with their versions.
    fn rows(&self, select: Select) -> impl Call<Vec<State>>;

    /// One statement that begins with `select` or `with` and changes nothing, for what must be exact and
    /// has no typed form. Parameters are `$1`, `$2`, ...; it has no `;` but one at its end.
    fn query(&self, sql: &str, params: &[Value]) -> impl Call<Vec<Row>>;

    /// Inserts one row.
    fn insert<N: NewRow>(&self, new: &N) -> impl Call<Versioned<N::Aggregate>> {
        let write = insert::<N>(std::slice::from_ref(new));
        async move {
            let row = first(change(self, write?).await)?;
            row.ok_or_else(|| fail::invalid_statement("insert", "the statement returned no row"))
        }
    }

    /// Inserts many rows with one statement; all or none. They come in no certain order.
    fn insert_many<N: NewRow>(&self, new: &[N]) -> impl Call<Vec<Versioned<N::Aggregate>>> {
        let write = insert::<N>(new);
        async move {
            if new.is_empty() {
                return Ok(Vec::new());
            }
            change(self, write?).await
        }
    }

    /// Updates the aggregate with this id; `None` when there is none.
    fn update<A: Aggregate>(
        &self,
        id: &AggregateId,
        set: Vec<Assignment>,
    ) -> impl Call<Option<Versioned<A>>> {
        let filter = by_key::<A>(id);
        change_one(self, Action::Update { set, filter }, None)
    }

    /// Updates the aggregate only if it is at this version, else
    /// [`PrimaryError::VersionConflict`]; `None` when there is none.
    fn update_if<A: Aggregate>(
        &self,
        id: &AggregateId,
        version: Version,
        set: Vec<Assignment>,
    ) -> impl Call<Option<Versioned<A>>> {
        let filter = by_key::<A>(id);
        change_one(self, Action::Update { set, filter }, Some(version))
    }

    /// Updates every aggregate that meets the conditions, with one statement.
    fn update_where<A: Aggregate>(
        &self,
        filter: Vec<Condition>,
        set: Vec<Assignment>,
    ) -> impl Call<Vec<Versioned<A>>> {
        change(self, write::<A>(Action::Update { set, filter }))
    }

    /// Deletes the aggregate with this id and returns what it was; `None` when there is none.
    fn delete<A: Aggregate>(&self, id: &AggregateId) -> impl Call<Option<Versioned<A>>> {
        let filter = by_key::<A>(id);
        change_one(self, Action::Delete { filter }, None)
    }

    /// Deletes the aggregate only if it is at this version, else
    /// [`PrimaryError::VersionConflict`]; `None` when there is none.
    fn delete_if<A: Aggregate>(
        &self,
        id: &AggregateId,
        version: Version,
    ) -> impl Call<Option<Versioned<A>>> {
        let filter = by_key::<A>(id);
        change_one(self, Action::Delete { filter }, Some(version))
    }

    /// Deletes every aggregate that meets the conditions, with one statement.
    fn delete_where<A: Aggregate>(&self, filter: Vec<Condition>) -> impl Call<Vec<Versioned<A>>> {
        change(self, write::<A>(Action::Delete { filter }))
    }

    /// The aggregate with this id.
    fn get<A: Aggregate>(&self, id: &AggregateId) -> impl Call<Option<Versioned<A>>> {
        let select = one::<A>(id);
        async move { first(self.select(select).await) }
    }

    /// The aggregate with this id, locked until the transaction ends.
    fn get_for_update<A: Aggregate>(&self, id: &AggregateId) -> impl Call<Option<Versioned<A>>> {
        let select = Select {
            for_update: true,
            ..one::<A>(id)
        };
        async move { first(self.select(select).await) }
    }

    /// Rows of an aggregate, as its type.
    fn select<A: Aggregate>(&self, select: Select) -> impl Call<Vec<Versioned<A>>> {
        async move { typed(self.rows(select).await?) }
    }

    /// Inserts a row into a table that is no aggregate's; returns 0 when the key
    /// existed and `on_conflict` says to ignore that.
    fn insert_plain(
        &self,
        table: Table,
        row: Vec<Assignment>,
        on_conflict: OnConflict,
    ) -> impl Call<u64> {
        let (columns, row) = split(row);
        let action = Action::Insert {
            columns,
            rows: vec![row],
            on_conflict,
        };
        plain(self, table, action)
    }

    /// Updates rows of a table that is no aggregate's; returns how many.
    fn update_plain(
        &self,
        table: Table,
        filter: Vec<Condition>,
        set: Vec<Assignment>,
    ) -> impl Call<u64> {
        plain(self, table, Action::Update { set, filter })
    }

    /// Deletes rows of a table that is no aggregate's; returns how many.
    fn delete_plain(&self, table: Table, filter: Vec<Condition>) -> impl Call<u64> {
        plain(self, table, Action::Delete { filter })
    }
}

async fn change<A: Aggregate>(
    writes: &(impl Writes + ?Sized),
    write: Write,
) -> Result<Vec<Versioned<A>>, PrimaryError> {
    typed(writes.execute(write).await?.states)
}

/// Changes the aggregate that the action's filter names.
fn change_one<A: Aggregate>(
    writes: &(impl Writes + ?Sized),
    action: Action,
    expected: Option<Version>,
) -> impl Call<Option<Versioned<A>>> {
    let write = Write {
        expected,
        ..write::<A>(action)
    };
    async move { first(change(writes, write).await) }
}

async fn plain(
    writes: &(impl Writes + ?Sized),
    table: Table,
    action: Action,
) -> Result<u64, PrimaryError> {
    let write = Write {
        target: Target::Plain(table),
        action,
        expected: None,
        traceparent: None,
    };
    Ok(writes.execute(write).await?.count)
}

fn insert<N: NewRow>(new: &[N]) -> Result<Write, PrimaryError> {
    let mut columns = Vec::new();
    let mut rows = Vec::with_capacity(new.len());
    for new in new {
        let (names, values) = split(new.row());
        if rows.is_empty() {
            columns = names;
        } else if columns != names {
            return Err(fail::invalid_statement(
                "insert many rows",
                "the rows do not all give the same columns",
            ));
        }
        rows.push(values);
    }
    Ok(write::<N::Aggregate>(Action::Insert {
        columns,
        rows,
        on_conflict: OnConflict::Fail,
    }))
}

fn split(row: Vec<Assignment>) -> (Vec<&'static str>, Vec<Value>) {
    row.into_iter()
        .map(|assignment| (assignment.column, assignment.value))
        .unzip()
}

/// Made when a call is made, not when it is first polled: then is when the trace is the caller's.
fn write<A: Aggregate>(action: Action) -> Write {
    Write {
        target: Target::Aggregate(A::SCHEMA),
        action,
        expected: None,
        traceparent: current_trace().map(|parent| parent.as_str().into()),
    }
}

fn by_key<A: Aggregate>(id: &AggregateId) -> Vec<Condition> {
    let key = A::SCHEMA.key().column;
    vec![Condition::compare(key, Comparison::Equal, id.into())]
}

fn one<A: Aggregate>(id: &AggregateId) -> Select {
    Select {
        filter: by_key::<A>(id),
        ..Select::new(A::SCHEMA, 1)
    }
}

fn typed<A: Aggregate>(states: Vec<State>) -> Result<Vec<Versioned<A>>, PrimaryError> {
    states.into_iter().map(Versioned::from_state).collect()
}

fn first<A>(
    rows: Result<Vec<Versioned<A>>, PrimaryError>,
) -> Result<Option<Versioned<A>>, PrimaryError> {
    Ok(rows?.into_iter().next())
}
