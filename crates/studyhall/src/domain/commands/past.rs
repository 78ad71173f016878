//! A past that nobody lived here: whole lives with all that hangs on them, written set-wise. The demonstration is made of
//! it, and an import could be.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use twinbase::prelude::*;

use super::points::post_past;
use crate::domain::{
    Error, Form, Friendship, Message, Pair, Questions, Report, Response, StudySession, Timer, Todo,
    TypedName, User,
    form::{FORM_PARTICIPANTS, FORM_VERSIONS, FormVersion, Participant},
    points, request,
    thread::{add_marks, add_threads},
    timer,
};

/// What happened, as it would stand now if it had been done here.
///
/// Sums, threads and the ledger are made of it. The other rules are for whoever makes it to keep: times are in order and
/// not in the future, sessions of a user do not overlap, the positions of a thread go from 1 on without a gap.
/// Of a user, all todos and sessions come together with the user; of a thread, all messages come together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Past {
    /// New people, without points and minutes: those of their todos and sessions are added up.
    pub users: Vec<User>,
    /// Their todos.
    pub todos: Vec<Todo>,
    /// Points that were given for a todo and taken back, by undoing or deleting it.
    pub undone: Vec<Undone>,
    /// Which of the todos were deleted then; those that were done have their point among the undone ones.
    pub deleted_todos: Vec<AggregateId>,
    /// Sessions of study.
    pub sessions: Vec<StudySession>,
    /// Reports of days.
    pub reports: Vec<Report>,
    /// Sessions that run, by whose they are.
    pub timers: Vec<(AggregateId, Timer)>,
    /// Friendships, requests and blocks.
    pub friendships: Vec<Friendship>,
    /// Who has asked whom, as the sender sees it: sender, name, and when.
    pub requests: Vec<(AggregateId, (TypedName, AggregateId), Timestamp)>,
    /// Messages.
    pub messages: Vec<Message>,
    /// Which of them were deleted then. None is the last of its thread.
    pub deleted_messages: Vec<AggregateId>,
    /// Up to which position somebody has read a thread: reader, thread and position.
    pub marks: Vec<(AggregateId, AggregateId, i32)>,
    /// Forms.
    pub forms: Vec<Form>,
    /// The questions of each version of those that were ever open.
    pub versions: Vec<(AggregateId, i32, Questions)>,
    /// Responses to them.
    pub responses: Vec<Response>,
    /// Which form was answered by whom; each once.
    pub participants: Vec<(AggregateId, AggregateId)>,
}

/// A point that was given and taken back, each at a time and on a day of its user.
#[derive(Debug, Clone, PartialEq)]
pub struct Undone {
    /// Whose.
    pub user_id: AggregateId,
    /// For which todo.
    pub todo_id: AggregateId,
    /// When it was given.
    pub given: (Timestamp, Date),
    /// When it was taken back.
    pub taken: (Timestamp, Date),
}

impl Past {
    /// How many rows of aggregates it writes and deletes: as many events.
    pub const fn len(&self) -> usize {
        self.users.len()
            + self.todos.len()
            + self.sessions.len()
            + self.reports.len()
            + self.friendships.len()
            + self.messages.len()
            + self.deleted_todos.len()
            + self.deleted_messages.len()
            + self.forms.len()
            + self.responses.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds what another one has.
    pub fn append(&mut self, mut other: Self) {
        self.users.append(&mut other.users);
        self.todos.append(&mut other.todos);
        self.undone.append(&mut other.undone);
        self.deleted_todos.append(&mut other.deleted_todos);
        self.sessions.append(&mut other.sessions);
        self.reports.append(&mut other.reports);
        self.timers.append(&mut other.timers);
        self.friendships.append(&mut other.friendships);
        self.requests.append(&mut other.requests);
        self.messages.append(&mut other.messages);
        self.deleted_messages.append(&mut other.deleted_messages);
        self.marks.append(&mut other.marks);
        self.forms.append(&mut other.forms);
        self.versions.append(&mut other.versions);
        self.responses.append(&mut other.responses);
        self.participants.append(&mut other.participants);
    }
}

/// Writes a past: a statement for each table, and an event for each row of an aggregate.
pub async fn add_past(tx: &Tx, past: &Past) -> Result<(), Error> {
    let (users, entries) = with_points(tx, past);
    tx.insert_many(&users).await?;
    tx.insert_many(&past.todos).await?;
    tx.insert_many_plain(&points::TABLE, entries).await?;
    tx.insert_many(&past.sessions).await?;
    tx.insert_many(&past.reports).await?;
    let timers = past.timers.iter().map(|(user, timer)| timer.row(user));
    tx.insert_many_plain(&timer::TABLE, timers).await?;
    tx.insert_many(&past.friendships).await?;
    let requests = past.requests.iter();
    let requests =
        requests.map(|(sender, (name, other), at)| request::row(sender, name, Some(other), *at));
    tx.insert_many_plain(&request::TABLE, requests).await?;
    add_threads(tx, &threads_of(&past.messages)).await?;
    tx.insert_many(&past.messages).await?;
    add_marks(tx, &past.marks).await?;
    add_forms(tx, past).await?;
    let (todos, messages) = (past.deleted_todos.clone(), past.deleted_messages.clone());
    tx.delete_where([Todo::ID.is_in(todos)]).await?;
    tx.delete_where([Message::ID.is_in(messages)]).await?;
    Ok(())
}

async fn add_forms(tx: &Tx, past: &Past) -> Result<(), Error> {
    tx.insert_many(&past.forms).await?;
    let versions = past.versions.iter();
    let versions = versions.map(|(form, number, asked)| FormVersion::row(form, *number, asked));
    tx.insert_many_plain(&FORM_VERSIONS, versions).await?;
    let participants = past.participants.iter();
    let participants = participants.map(|(form, user)| Participant::row(form, user));
    tx.insert_many_plain(&FORM_PARTICIPANTS, participants)
        .await?;
    tx.insert_many(&past.responses).await?;
    Ok(())
}

/// The people with the points of their todos and the minutes of their sessions, and the ledger.
fn with_points(tx: &Tx, past: &Past) -> (Vec<User>, Vec<points::Row>) {
    let mut todos: HashMap<&AggregateId, Vec<&Todo>> = HashMap::new();
    // The points of those that are gone are among the undone ones.
    let gone: HashSet<&AggregateId> = past.deleted_todos.iter().collect();
    for todo in past.todos.iter().filter(|todo| !gone.contains(&todo.id)) {
        todos.entry(&todo.user_id).or_default().push(todo);
    }
    let mut sessions: HashMap<&AggregateId, Vec<&StudySession>> = HashMap::new();
    for session in &past.sessions {
        sessions.entry(&session.user_id).or_default().push(session);
    }
    let mut undone: HashMap<&AggregateId, Vec<&Undone>> = HashMap::new();
    for one in &past.undone {
        undone.entry(&one.user_id).or_default().push(one);
    }
    let (mut users, mut entries) = (past.users.clone(), Vec::new());
    for user in &mut users {
        let id = user.id.clone();
        let todos = todos.get(&id).map(Vec::as_slice).unwrap_or_default();
        let undone = undone.get(&id).map(Vec::as_slice).unwrap_or_default();
        let sessions = sessions.get(&id).map(Vec::as_slice).unwrap_or_default();
        entries.extend(post_past(tx, user, (todos, undone), sessions));
    }
    (users, entries)
}

/// The threads of messages, each with the position and the time of its last one.
fn threads_of(messages: &[Message]) -> Vec<(Pair, (i32, Timestamp))> {
    let mut threads: HashMap<&AggregateId, &Message> = HashMap::new();
    for message in messages {
        let last = threads.entry(&message.thread_id).or_insert(message);
        if last.position < message.position {
            *last = message;
        }
    }
    let last = threads.into_values().filter_map(|last| {
        let (pair, _) = Pair::of(&last.sender_id, &last.recipient_id)?;
        Some((pair, (last.position, last.created_at)))
    });
    last.collect()
}
