//! Writing a planned community, some people with all that is theirs in a transaction.

use std::collections::HashSet;

use serde::Serialize;
use studyhall::domain::{
    Error, Invalid, User, Username,
    commands::{Past, add_past},
};
use twinbase::prelude::*;

use super::Community;

/// Rows of aggregates in a transaction: enough that its commit costs nothing beside them, and a second's work at most.
const ROWS: usize = 4_000;
/// Names that are asked for at once: far below the parameters that a statement takes.
const NAMES: usize = 500;

/// What was written.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Filled {
    pub(crate) users: usize,
    pub(crate) todos: usize,
    pub(crate) points: usize,
    pub(crate) sessions: usize,
    pub(crate) reports: usize,
    pub(crate) friendships: usize,
    pub(crate) messages: usize,
    pub(crate) forms: usize,
    pub(crate) responses: usize,
    pub(crate) events: usize,
}

impl Filled {
    fn add(&mut self, past: &Past) {
        self.users += past.users.len();
        let gone: HashSet<_> = past.deleted_todos.iter().collect();
        let todos = past.todos.iter().filter(|todo| !gone.contains(&todo.id));
        self.todos += todos.clone().count();
        self.points += todos.filter(|todo| todo.completed).count();
        self.sessions += past.sessions.len();
        self.reports += past.reports.len();
        self.friendships += past.friendships.len();
        self.messages += past.messages.len() - past.deleted_messages.len();
        self.forms += past.forms.len();
        self.responses += past.responses.len();
        self.events += past.len();
    }
}

/// Why a community could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FillError {
    /// The primary did not take it.
    #[error("the primary did not take a part of the community")]
    Primary(#[from] Error),
    /// A planned value breaks a rule of the domain.
    #[error("a planned value is not valid")]
    Invalid(#[from] Invalid),
}

/// How many people there are, and how many of them have a name of this community's.
pub(crate) async fn known(twin: &Twinbase, community: &Community) -> Result<(i64, usize), Error> {
    let rows = twin
        .query("select count(*) as people from users", &[])
        .await?;
    let people = rows.first().map_or(Ok(0), |row| row.get("people"))?;
    let mut known = 0;
    if people > 0 {
        let names: Vec<&Username> = community.names().collect();
        for names in names.chunks(NAMES) {
            let names = names.iter().map(|name| (*name).clone());
            let select = Select {
                filter: vec![User::USERNAME.is_in(names).into_inner()],
                ..Select::new(User::schema(), u32::MAX)
            };
            known += twin.select::<User>(select).await?.len();
        }
    }
    Ok((people, known))
}

/// Writes a community. `progress` is told how many of its parts are written.
pub(crate) async fn fill(
    twin: &Twinbase,
    community: &Community,
    progress: impl Fn(usize),
) -> Result<Filled, FillError> {
    let (mut filled, mut batch) = (Filled::default(), Past::default());
    for index in 0..community.parts() {
        batch.append(community.part(index)?);
        if batch.len() >= ROWS || index + 1 == community.parts() {
            let past = &batch;
            twin.write(|tx| async move { add_past(&tx, past).await })
                .await?;
            filled.add(&batch);
            batch = Past::default();
            progress(index + 1);
        }
    }
    Ok(filled)
}
