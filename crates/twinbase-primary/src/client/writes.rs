//! The calls that a client and a transaction have in common.

use std::sync::Arc;

use jiff::Timestamp;
use twinbase_core::{
    Aggregate, AggregateId, Clock, Name, NewRow, PrimaryError, Row, State, Table, Value, Version,
    Versioned,
    change::{Change, Expected},
    primary::Written,
    schema::{Assignment, Condition, IdOf},
    write::{self, Action, OnConflict, Select, Target, Write},
};

use super::{current_trace, forget};
use crate::fail;

/// A call under way: a future of its result that any thread can await.
pub trait Call<T>: Future<Output = Result<T, PrimaryError>> + Send {}

impl<T, F: Future<Output = Result<T, PrimaryError>> + Send> Call<T> for F {}

/// Changes and reads of the primary, by itself or in a transaction.
///
/// A change of an aggregate writes the row, its head and its event in one
/// statement; there is no other way to change an aggregate's table.
pub trait Writes: Sync {
    /// The time that a change of an aggregate records as its own.
    fn now(&self) -> Timestamp;

    /// An id for something new, by the same clock; see [`Clock::new_id`].
    fn new_id(&self) -> AggregateId {
        Clock::new_id(&self.now())
    }

    /// Runs one change; the calls below are made of it, and give it the trace
    /// context of [`super::with_trace`].
    fn execute(&self, write: Write) -> impl Call<Written>;

    /// Is told of a change that was refused for the version it expected, before its caller is.
    fn conflicted(&self, error: &PrimaryError) -> impl Future<Output = ()> + Send {
        let _ = error;
        std::future::ready(())
    }

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
        id: &impl IdOf<A>,
        set: impl IntoIterator<Item = Assignment<A>>,
    ) -> impl Call<Option<Versioned<A>>> {
        change_one(self, update(by_key::<A>(id.id()), set), None)
    }

    /// Updates the aggregate only if it is at this version, else
    /// [`PrimaryError::VersionConflict`]; `None` when there is none.
    fn update_if<A: Aggregate>(
        &self,
        id: &impl IdOf<A>,
        version: Version,
        set: impl IntoIterator<Item = Assignment<A>>,
    ) -> impl Call<Option<Versioned<A>>> {
        change_one(self, update(by_key::<A>(id.id()), set), Some(version))
    }

    /// Reads the aggregate, checks its version and writes what differs, or nothing when nothing does; `None`
    /// when there is none. When it is at another version than is expected, and when it gets there
    /// meanwhile, that is a [`PrimaryError::VersionConflict`].
    fn change<C: Change>(
        &self,
        id: &impl IdOf<C::Aggregate>,
        expected: &Expected,
        change: &C,
    ) -> impl Call<Option<Versioned<C::Aggregate>>> {
        async move {
            let Some(current) = self.get::<C::Aggregate>(id).await? else {
                return Ok(None);
            };
            let key = C::Aggregate::key(id.id().clone());
            if let Err(error) = expected.check(&key, current.version) {
                self.conflicted(&error).await;
                return Err(error);
            }
            let set = change.assignments(&current, self.now());
            match expected {
                _ if set.is_empty() => Ok(Some(current)),
                Expected::Any => self.update(id, set).await,
                Expected::OneOf(_) => self.update_if(id, current.version, set).await,
            }
        }
    }

    /// Updates every aggregate that meets the conditions, with one statement.
    fn update_where<A: Aggregate>(
        &self,
        filter: impl IntoIterator<Item = Condition<A>>,
        set: impl IntoIterator<Item = Assignment<A>>,
    ) -> impl Call<Vec<Versioned<A>>> {
        change(self, write::<A>(update(Condition::all(filter), set)))
    }

    /// Deletes the aggregate with this id and returns what it was; `None` when there is none.
    fn delete<A: Aggregate>(&self, id: &impl IdOf<A>) -> impl Call<Option<Versioned<A>>> {
        let filter = by_key::<A>(id.id());
        change_one(self, Action::Delete { filter }, None)
    }

    /// Deletes the aggregate only if it is at this version, else
    /// [`PrimaryError::VersionConflict`]; `None` when there is none.
    fn delete_if<A: Aggregate>(
        &self,
        id: &impl IdOf<A>,
        version: Version,
    ) -> impl Call<Option<Versioned<A>>> {
        let filter = by_key::<A>(id.id());
        change_one(self, Action::Delete { filter }, Some(version))
    }

    /// Deletes every aggregate that meets the conditions, with one statement.
    fn delete_where<A: Aggregate>(
        &self,
        filter: impl IntoIterator<Item = Condition<A>>,
    ) -> impl Call<Vec<Versioned<A>>> {
        let filter = Condition::all(filter);
        change(self, write::<A>(Action::Delete { filter }))
    }

    /// The aggregate with this id.
    fn get<A: Aggregate>(&self, id: &impl IdOf<A>) -> impl Call<Option<Versioned<A>>> {
        let select = Select::one(A::schema(), id.id());
        async move { first(self.select(select).await) }
    }

    /// The aggregate with this id, locked until the transaction ends.
    fn get_for_update<A: Aggregate>(&self, id: &impl IdOf<A>) -> impl Call<Option<Versioned<A>>> {
        let select = Select {
            for_update: true,
            ..Select::one(A::schema(), id.id())
        };
        async move { first(self.select(select).await) }
    }

    /// Rows of an aggregate, as its type.
    fn select<A: Aggregate>(&self, select: Select) -> impl Call<Vec<Versioned<A>>> {
        async move { typed(self.rows(select).await?) }
    }

    /// Blanks what these events say, by their ids in `"Outbox"`: payload, error and reason. Returns how many there were.
    ///
    /// For what must not stay readable when somebody is gone. That there was an event, of which aggregate and when, stays. One
    /// that is not applied yet is applied from the row as it is then, so no document is lost by it.
    fn forget_events(&self, events: &[String]) -> impl Call<u64> {
        forget::forget(self, events)
    }

    /// Blanks the operations that somebody had done, under this name, and those that name them by their id: name, request and
    /// what was found, and the reason of a pause. What of these runs is cancelled. Returns how many there were.
    fn forget_operator(&self, name: &str, id: &AggregateId) -> impl Call<u64> {
        forget::forget_operator(self, name, id)
    }

    /// Gives the operations that somebody had done, under their name, the name that they have now.
    fn rename_operator(&self, from: &str, to: &str) -> impl Call<u64> {
        forget::rename_operator(self, from, to)
    }

    /// Inserts a row into a table that is no aggregate's; returns 0 when the key
    /// existed and `on_conflict` says to ignore that.
    fn insert_plain<P>(
        &self,
        table: &Arc<Table>,
        row: impl IntoIterator<Item = Assignment<P>>,
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

    /// Inserts rows into a table that is no aggregate's with one statement; all of them give the same columns.
    fn insert_many_plain<P, R: IntoIterator<Item = Assignment<P>>>(
        &self,
        table: &Arc<Table>,
        rows: impl IntoIterator<Item = R>,
    ) -> impl Call<u64> {
        let action = insert_rows(rows.into_iter().map(split), OnConflict::Fail);
        let table = Arc::clone(table);
        async move {
            match action? {
                Action::Insert { rows, .. } if rows.is_empty() => Ok(0),
                action => plain(self, &table, action).await,
            }
        }
    }

    /// Updates rows of a table that is no aggregate's; returns how many.
    fn update_plain<P>(
        &self,
        table: &Arc<Table>,
        filter: impl IntoIterator<Item = Condition<P>>,
        set: impl IntoIterator<Item = Assignment<P>>,
    ) -> impl Call<u64> {
        plain(self, table, update(Condition::all(filter), set))
    }

    /// Deletes rows of a table that is no aggregate's; returns how many.
    fn delete_plain<P>(
        &self,
        table: &Arc<Table>,
        filter: impl IntoIterator<Item = Condition<P>>,
    ) -> impl Call<u64> {
        let filter = Condition::all(filter);
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
    let write = conditional::<A>(action, expected);
    async move { first(change(writes, write).await) }
}

/// A change that is made only at this version, if one is given.
pub(super) fn conditional<A: Aggregate>(action: Action, expected: Option<Version>) -> Write {
    Write {
        expected,
        ..write::<A>(action)
    }
}

pub(super) async fn plain(
    writes: &(impl Writes + ?Sized),
    table: &Arc<Table>,
    action: Action,
) -> Result<u64, PrimaryError> {
    let write = Write {
        target: Target::Plain(Arc::clone(table)),
        action,
        expected: None,
        traceparent: None,
    };
    Ok(writes.execute(write).await?.count)
}

pub(super) fn insert<N: NewRow>(new: &[N]) -> Result<Write, PrimaryError> {
    let rows = new.iter().map(|new| split(new.row()));
    Ok(write::<N::Aggregate>(insert_rows(rows, OnConflict::Fail)?))
}

/// An insert of these rows, each the names of its columns and their values.
fn insert_rows(
    new: impl Iterator<Item = (Vec<Name>, Vec<Value>)>,
    on_conflict: OnConflict,
) -> Result<Action, PrimaryError> {
    let mut columns = Vec::new();
    let mut rows = Vec::with_capacity(new.size_hint().0);
    for (names, values) in new {
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
    Ok(Action::Insert {
        columns,
        rows,
        on_conflict,
    })
}

fn split<A>(row: impl IntoIterator<Item = Assignment<A>>) -> (Vec<Name>, Vec<Value>) {
    row.into_iter()
        .map(Assignment::into_inner)
        .map(|assignment| (assignment.column, assignment.value))
        .unzip()
}

/// Made when a call is made, not when it is first polled: then is when the trace is the caller's.
fn write<A: Aggregate>(action: Action) -> Write {
    Write {
        target: Target::Aggregate(Arc::clone(A::schema())),
        action,
        expected: None,
        traceparent: current_trace().map(|parent| parent.as_str().into()),
    }
}

pub(super) fn update<A>(
    filter: Vec<write::Condition>,
    set: impl IntoIterator<Item = Assignment<A>>,
) -> Action {
    let set = Assignment::all(set);
    Action::Update { set, filter }
}

pub(super) fn by_key<A: Aggregate>(id: &AggregateId) -> Vec<write::Condition> {
    vec![write::Condition::key(A::schema(), id)]
}

pub(super) fn typed<A: Aggregate>(states: Vec<State>) -> Result<Vec<Versioned<A>>, PrimaryError> {
    states.into_iter().map(Versioned::from_state).collect()
}

pub(super) fn first<A>(
    rows: Result<Vec<Versioned<A>>, PrimaryError>,
) -> Result<Option<Versioned<A>>, PrimaryError> {
    Ok(rows?.into_iter().next())
}
