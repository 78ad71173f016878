//! Giving points and taking them back, each with an entry of the ledger, in the transaction of their cause.

use std::collections::HashMap;

use jiff::civil::Date;
use twinbase::prelude::*;

use super::{past::Undone, users::locked_user};
use crate::domain::{
    Calendar, Error, StudySession, Todo, User,
    points::{
        AMOUNT, AT, ID, LOCAL_DATE, NO_WEEK, Posted, Reached, Row, Score, TABLE, TODO_ID, USER_ID,
        WEEK, week_of,
    },
};

/// Gives a point for each of these todos (`amount` 1) or takes it back (-1), and answers the user as they are then.
///
/// What is taken back, and what is given again, counts for the week of the first point of that todo.
pub(super) async fn post(
    tx: &Tx,
    user: &AggregateId,
    todos: &[&AggregateId],
    amount: i32,
) -> Result<Versioned<User>, Error> {
    // Locked: of two at once, the second counts on from the first.
    let current = locked_user(tx, user).await?;
    let first = first_weeks(tx, todos).await?;
    let now = tx.now();
    // A point without an entry is from before there was a ledger, and taken back from where those are.
    let otherwise = if amount < 0 { NO_WEEK } else { week_of(now) };
    let today = Calendar::of(&current).date(now);
    let mut posted = Vec::with_capacity(todos.len());
    let mut rows = Vec::with_capacity(todos.len());
    for todo in todos {
        let week = first.get(*todo).copied().unwrap_or(otherwise);
        posted.push(points(week, amount));
        rows.push(entry(
            tx,
            user.clone(),
            todo,
            amount,
            week,
            (now, Some(today)),
        ));
    }
    tx.insert_many_plain(&TABLE, rows).await?;
    let before = Score::of(&current);
    let after = before.after(&posted);
    let reached = if amount < 0 {
        reached_before(tx, user, after, now).await?
    } else {
        Reached::at(now)
    };
    let set = after.set(before, now, reached);
    let user = tx.update(user, set).await?;
    user.ok_or(Error::NotFound { what: "user" })
}

/// When somebody from whom points were taken back reached what is left: that is no later for it. `now` where the ledger does not say.
async fn reached_before(
    tx: &Tx,
    user: &AggregateId,
    left: Score,
    now: Timestamp,
) -> Result<Reached, Error> {
    let rose_to = async |points: i32, week: Option<Date>| {
        let of_week = if week.is_some() { "and week = $3" } else { "" };
        let sql = format!(
            "select at from (select at, id, amount, cast(sum(amount) over (order by at, id) as bigint) as sum \
             from point_entries where user_id = $1 {of_week}) as sums \
             where sum >= $2 and sum - amount < $2 order by at desc, id desc limit 1"
        );
        let params = [user.into(), i64::from(points).into()];
        let params: Vec<Value> = params.into_iter().chain(week.map(Value::from)).collect();
        let rows = tx.query(&sql, &params).await?;
        Ok::<Timestamp, Error>(rows.first().map_or(Ok(now), |row| row.get("at"))?)
    };
    Ok(Reached {
        total: rose_to(left.total, None).await?,
        of_week: rose_to(left.of_week, Some(left.week)).await?,
    })
}

const fn points(week: Date, points: i32) -> Posted {
    let minutes = 0;
    Posted {
        week,
        points,
        minutes,
    }
}

fn minutes(session: &StudySession, times: i32) -> Posted {
    Posted {
        week: week_of(session.started_at),
        points: 0,
        minutes: times * session.counted_minutes,
    }
}

/// Adds the minutes of sessions that count to those of their user (`times` 1), each to the week in which the session began,
/// or takes them back (-1). Sessions without such minutes change nothing.
pub(super) async fn post_minutes(
    tx: &Tx,
    user: &AggregateId,
    sessions: &[StudySession],
    times: i32,
) -> Result<(), Error> {
    let counted = sessions.iter().filter(|of| of.counted_minutes > 0);
    let posted: Vec<_> = counted.map(|session| minutes(session, times)).collect();
    if posted.is_empty() {
        return Ok(());
    }
    let before = Score::of(&*locked_user(tx, user).await?);
    let now = tx.now();
    let set = before.after(&posted).set(before, now, Reached::at(now));
    tx.update::<User>(user, set).await?;
    Ok(())
}

/// Gives somebody who is not written yet the points of todos that were completed in the past, takes back what was undone, and
/// gives the minutes of sessions, each for its week; returns the entries of the ledger.
pub(super) fn post_past(
    tx: &Tx,
    user: &mut User,
    (todos, undone): (&[&Todo], &[&Undone]),
    sessions: &[&StudySession],
) -> Vec<Row> {
    let done = todos
        .iter()
        .filter_map(|todo| Some((todo.completed_at?, todo.local_date, &todo.id, 1)));
    let undone = undone.iter().flat_map(|of| {
        let one = |(at, date): (Timestamp, Date), amount| (at, Some(date), &of.todo_id, amount);
        [one(of.given, 1), one(of.taken, -1)]
    });
    let mut posts: Vec<_> = done.chain(undone).collect();
    posts.sort_by_key(|(at, ..)| *at);
    let mut first: HashMap<&AggregateId, Date> = HashMap::new();
    let posts = posts.into_iter().map(|(at, date, todo, amount)| {
        let week = *first.entry(todo).or_insert_with(|| week_of(at));
        (at, date, todo, amount, week)
    });
    let posts: Vec<_> = posts.collect();
    let counted = sessions.iter().filter(|of| of.counted_minutes > 0);
    let last_point = posts.last().map(|(at, ..)| *at);
    let last_studied = counted.clone().map(|of| of.ended_at).max();
    let given = posts
        .iter()
        .map(|(.., amount, week)| points(*week, *amount));
    let minutes = counted.map(|session| minutes(session, 1));
    let posted: Vec<_> = given.chain(minutes).collect();
    Score::of(user)
        .after(&posted)
        .give(user, last_point, last_studied);
    let id = &user.id;
    let entries = posts.into_iter().map(|(at, date, todo, amount, week)| {
        entry(tx, id.clone(), todo, amount, week, (at, date))
    });
    entries.collect()
}

fn entry(
    tx: &Tx,
    user: AggregateId,
    todo: &AggregateId,
    amount: i32,
    week: Date,
    (at, local_date): (Timestamp, Option<Date>),
) -> Row {
    [
        ID.set(tx.new_id()),
        USER_ID.set(user),
        TODO_ID.set(Some(todo.clone())),
        AMOUNT.set(amount),
        WEEK.set(week),
        LOCAL_DATE.set(local_date),
        AT.set(at),
    ]
}

/// For which week the first point of each of these todos counted.
async fn first_weeks(tx: &Tx, todos: &[&AggregateId]) -> Result<HashMap<AggregateId, Date>, Error> {
    let marks: Vec<_> = (1..=todos.len()).map(|i| format!("${i}")).collect();
    let sql = format!(
        "select todo_id, week, at from point_entries where todo_id in ({}) order by at desc, id desc",
        marks.join(", ")
    );
    let ids: Vec<Value> = todos.iter().map(|id| (*id).into()).collect();
    let mut weeks = HashMap::new();
    for row in tx.query(&sql, &ids).await? {
        let todo: AggregateId = row.get("todo_id")?;
        // The oldest comes last and stays.
        weeks.insert(todo, row.get("week")?);
    }
    Ok(weeks)
}
