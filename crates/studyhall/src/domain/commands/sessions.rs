//! Sessions of study: the timer, and what is entered by hand. All of a user's are written under the lock of the user's
//! row, so that no two overlap.

use jiff::{SignedDuration, Timestamp, civil::Date};
use twinbase::prelude::*;

use super::{points::post_minutes, users::locked_user};
use crate::domain::{
    Calendar, DAILY_CAP_MINUTES, Error, GoalMinutes, LONGEST_UNASKED, Rule, StudySession, Subject,
    Timer, Topic, WallTime, note, study_session::minutes_between, timer,
};

/// A session belongs to one day, and a longer one is a mistake.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// A session that is entered by hand.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// What was studied.
    pub subject: Subject,
    /// When it began.
    pub started_at: WallTime,
    /// When it ended.
    pub ended_at: WallTime,
}

/// Starts a user's timer, unless one runs.
pub async fn start_timer(
    tx: &Tx,
    user: &AggregateId,
    subject: &Subject,
    goal: Option<GoalMinutes>,
) -> Result<Timer, Error> {
    let calendar = Calendar::of(&*locked_user(tx, user).await?);
    if let Some(running) = Timer::of(tx, user).await? {
        return Err(Error::Against {
            rule: Rule::TimerRuns,
            about: format!(
                "It is about \"{}\" and began at {}.",
                running.subject,
                calendar.shown(running.started_at)
            ),
        });
    }
    let now = now(tx);
    let timer = Timer {
        subject: subject.clone(),
        goal_minutes: goal,
        started_at: now,
        local_date: calendar.date(now),
    };
    tx.insert_plain(&timer::TABLE, timer.row(user), OnConflict::Fail)
        .await?;
    note(tx, user, Topic::Session).await?;
    Ok(timer)
}

/// Stops a user's timer, the one that began at `started_at` where that is said, and makes the session with this id of it. It ends
/// now, or when it is said to have ended, which has to be said of one that ran for long.
pub async fn stop_timer(
    tx: &Tx,
    user: &AggregateId,
    id: &AggregateId,
    started_at: Option<Timestamp>,
    ended_at: Option<WallTime>,
) -> Result<Versioned<StudySession>, Error> {
    let calendar = Calendar::of(&*locked_user(tx, user).await?);
    let timer = meant_timer(tx, user, started_at, &calendar).await?;
    let now = now(tx);
    if ended_at.is_none() && now.duration_since(timer.started_at) > LONGEST_UNASKED {
        return Err(Error::Against {
            rule: Rule::EndNeeded,
            about: format!("It began at {}.", calendar.shown(timer.started_at)),
        });
    }
    let skipped = ended_at.and_then(|at| at.skipped(&calendar));
    let ended_at = ended_at.map_or(now, |at| at.instant(&calendar));
    let minutes = checked_minutes(timer.started_at, ended_at, now);
    let minutes = minutes.map_err(|rule| against(rule, skipped))?;
    refuse_overlap(tx, user, timer.started_at, ended_at, &calendar).await?;
    let counted = counted_on(tx, user, timer.local_date).await?;
    let session = StudySession {
        id: id.clone(),
        user_id: user.clone(),
        subject: timer.subject,
        started_at: timer.started_at,
        ended_at,
        minutes,
        counted_minutes: minutes.min(DAILY_CAP_MINUTES - counted).max(0),
        timed: true,
        local_date: timer.local_date,
        created_at: now,
    };
    forget_timer(tx, user).await?;
    note(tx, user, Topic::Session).await?;
    let stopped = tx.insert(&session).await?;
    post_minutes(tx, user, &[session], 1).await?;
    Ok(stopped)
}

/// Stops a user's timer, the one that began at `started_at` where that is said, and keeps nothing of it.
pub async fn discard_timer(
    tx: &Tx,
    user: &AggregateId,
    started_at: Option<Timestamp>,
) -> Result<(), Error> {
    let calendar = Calendar::of(&*locked_user(tx, user).await?);
    meant_timer(tx, user, started_at, &calendar).await?;
    forget_timer(tx, user).await?;
    note(tx, user, Topic::Session).await
}

/// Adds a session that the server did not measure: it is marked, and its minutes do not count.
pub async fn add_session(
    tx: &Tx,
    user: &AggregateId,
    id: &AggregateId,
    new: &NewSession,
) -> Result<Versioned<StudySession>, Error> {
    let calendar = Calendar::of(&*locked_user(tx, user).await?);
    let now = now(tx);
    let started_at = new.started_at.instant(&calendar);
    let ended_at = new.ended_at.instant(&calendar);
    let times = [new.started_at, new.ended_at].into_iter();
    let skipped = times.filter_map(|at| at.skipped(&calendar));
    let skipped = skipped.reduce(|all, one| format!("{all} {one}"));
    let minutes = match checked_minutes(started_at, ended_at, now) {
        // Nobody meant nothing: the clock made it of the hour that it skipped.
        Ok(0) if skipped.is_some() => Err(Rule::SessionBackwards),
        minutes => minutes,
    };
    let minutes = minutes.map_err(|rule| against(rule, skipped))?;
    refuse_overlap(tx, user, started_at, ended_at, &calendar).await?;
    if let Some(running) = Timer::of(tx, user).await?
        && running.started_at < ended_at
    {
        return Err(overlap(
            &running.subject,
            running.started_at,
            None,
            &calendar,
        ));
    }
    let session = StudySession {
        id: id.clone(),
        user_id: user.clone(),
        subject: new.subject.clone(),
        started_at,
        ended_at,
        minutes,
        counted_minutes: 0,
        timed: false,
        local_date: calendar.date(started_at),
        created_at: now,
    };
    Ok(tx.insert(&session).await?)
}

/// Deletes a user's own session, takes its minutes back, and answers what it was. Another user's is answered like one that is not there.
pub async fn delete_session(
    tx: &Tx,
    user: &AggregateId,
    id: &AggregateId,
    expected: &Expected,
) -> Result<Versioned<StudySession>, Error> {
    let session = tx.get_for_update::<StudySession>(id).await?;
    let session = session.filter(|session| session.user_id == *user);
    let session = session.ok_or(NO_SESSION)?;
    expected.check(&StudySession::key(id.clone()), session.version)?;
    note(tx, user, Topic::Session).await?;
    let deleted = tx.delete(id).await?.ok_or(NO_SESSION)?;
    post_minutes(tx, user, &[session.value], -1).await?;
    Ok(deleted)
}

/// Deletes a user's sessions, each with its event, and the timer: for the deletion of the account.
pub async fn delete_sessions_of(tx: &Tx, user: &AggregateId) -> Result<(), Error> {
    forget_timer(tx, user).await?;
    tx.delete_where([StudySession::USER_ID.eq(user.clone())])
        .await?;
    Ok(())
}

const NO_TIMER: Error = Error::NotFound {
    what: "running session",
};
const NO_SESSION: Error = Error::NotFound { what: "session" };

/// As precise as both databases keep it, so that what is compared is what is stored.
fn now(tx: &Tx) -> Timestamp {
    twinbase::core::to_millis(tx.now())
}

/// The timer that runs, unless another is meant.
async fn meant_timer(
    tx: &Tx,
    user: &AggregateId,
    started_at: Option<Timestamp>,
    calendar: &Calendar,
) -> Result<Timer, Error> {
    let timer = Timer::of(tx, user).await?.ok_or(NO_TIMER)?;
    let runs_since = twinbase::core::to_millis(timer.started_at);
    if started_at.is_some_and(|meant| meant != runs_since) {
        return Err(Error::Against {
            rule: Rule::AnotherTimer,
            about: format!(
                "Now \"{}\" runs, since {}.",
                timer.subject,
                calendar.shown(timer.started_at)
            ),
        });
    }
    Ok(timer)
}

async fn forget_timer(tx: &Tx, user: &AggregateId) -> Result<u64, Error> {
    let mine = [timer::USER_ID.eq(user.clone())];
    Ok(tx.delete_plain(&timer::TABLE, mine).await?)
}

/// A rule that is broken, by a time that the clock skipped where that is said.
fn against(rule: Rule, skipped: Option<String>) -> Error {
    match skipped {
        Some(about) => Error::Against { rule, about },
        None => rule.into(),
    }
}

fn checked_minutes(from: Timestamp, to: Timestamp, now: Timestamp) -> Result<i32, Rule> {
    if to > now || from > now {
        return Err(Rule::SessionInFuture);
    }
    if to < from {
        return Err(Rule::SessionBackwards);
    }
    if to.duration_since(from) > LONGEST {
        return Err(Rule::SessionTooLong);
    }
    Ok(minutes_between(from, to))
}

/// Sessions may touch: one ends at the moment at which the next begins.
async fn refuse_overlap(
    tx: &Tx,
    user: &AggregateId,
    from: Timestamp,
    to: Timestamp,
    calendar: &Calendar,
) -> Result<(), Error> {
    let filter = [
        StudySession::USER_ID.eq(user.clone()),
        StudySession::STARTED_AT.lt(to),
        StudySession::ENDED_AT.gt(from),
    ];
    let found = tx.select::<StudySession>(Select {
        filter: Condition::all(filter),
        ..Select::new(StudySession::schema(), 1)
    });
    match found.await?.first() {
        None => Ok(()),
        Some(other) => Err(overlap(
            &other.subject,
            other.started_at,
            Some(other.ended_at),
            calendar,
        )),
    }
}

fn overlap(
    subject: &Subject,
    from: Timestamp,
    to: Option<Timestamp>,
    calendar: &Calendar,
) -> Error {
    let to = to.map_or("now".to_owned(), |to| calendar.shown(to));
    Error::Against {
        rule: Rule::SessionOverlaps,
        about: format!(
            "It is about \"{subject}\", from {} to {to}.",
            calendar.shown(from)
        ),
    }
}

/// Minutes of a day that count already.
async fn counted_on(tx: &Tx, user: &AggregateId, date: Date) -> Result<i32, Error> {
    let filter = [
        StudySession::USER_ID.eq(user.clone()),
        StudySession::LOCAL_DATE.eq(date),
        StudySession::COUNTED_MINUTES.gt(0),
    ];
    // Each counts a minute at least: there are no more of them than minutes in the cap.
    let sessions = tx.select::<StudySession>(Select {
        filter: Condition::all(filter),
        ..Select::new(StudySession::schema(), u32::MAX)
    });
    let counted = sessions.await?;
    Ok(counted.iter().map(|session| session.counted_minutes).sum())
}
