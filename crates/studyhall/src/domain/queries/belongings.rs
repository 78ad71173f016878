//! What goes with a deletion, in numbers: exact, from the primary.

use twinbase::prelude::*;

use crate::domain::Error;

/// How much of everything is somebody's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Belongings {
    /// Todos.
    pub todos: i64,
    /// Study sessions.
    pub sessions: i64,
    /// Daily reports.
    pub reports: i64,
    /// Friends.
    pub friends: i64,
    /// Messages, sent and received.
    pub messages: i64,
    /// Forms.
    pub forms: i64,
    /// Answers of everybody to these forms.
    pub answers_to_forms: i64,
    /// Own answers to forms of others that have the name.
    pub answers: i64,
}

/// What goes when somebody deletes their account.
pub async fn belongings(twin: &Twinbase, user: &AggregateId) -> Result<Belongings, Error> {
    let sql = "select (select count(*) from todos where user_id = $1) as todos, \
               (select count(*) from study_sessions where user_id = $1) as sessions, \
               (select count(*) from daily_reports where user_id = $1) as reports, \
               (select count(*) from friendships where (low_id = $1 or high_id = $1) and state = 'accepted') as friends, \
               (select count(*) from messages where sender_id = $1 or recipient_id = $1) as messages, \
               (select count(*) from forms where user_id = $1) as forms, \
               (select count(*) from responses r join forms f on f.id = r.form_id where f.user_id = $1) as answers_to_forms, \
               (select count(*) from responses r join forms f on f.id = r.form_id \
                where r.user_id = $1 and f.user_id <> $1) as answers";
    let rows = twin.query(sql, &[user.into()]).await?;
    let Some(row) = rows.first() else {
        return Ok(Belongings::default());
    };
    Ok(Belongings {
        todos: row.get("todos")?,
        sessions: row.get("sessions")?,
        reports: row.get("reports")?,
        friends: row.get("friends")?,
        messages: row.get("messages")?,
        forms: row.get("forms")?,
        answers_to_forms: row.get("answers_to_forms")?,
        answers: row.get("answers")?,
    })
}

/// How many answers to a form go with it.
pub async fn answers_to(twin: &Twinbase, form: &AggregateId) -> Result<i64, Error> {
    let sql = "select count(*) as count from responses where form_id = $1";
    let rows = twin.query(sql, &[form.into()]).await?;
    Ok(rows.first().map_or(Ok(0), |row| row.get("count"))?)
}
