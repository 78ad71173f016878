//! A user's todos, newest first, page by page; and those that a day is about.

use twinbase::prelude::*;

use super::Freshness;
use crate::domain::{SearchText, Todo};

/// Which todos.
#[derive(Debug, Clone)]
pub struct TodoQuery {
    /// Whose.
    pub owner: AggregateId,
    /// Only done ones, or only open ones.
    pub completed: Option<bool>,
    /// Only those with this text in the title, in any case of letters.
    pub search: Option<SearchText>,
    /// Only those after this place.
    pub after: Option<Cursor>,
    /// How many at most.
    pub limit: u32,
}

/// A page of todos. A search has no form for the primary: without the replica it has no answer.
pub async fn todos(
    twin: &Twinbase,
    query: TodoQuery,
    freshness: &Freshness,
) -> Result<Answer<Page<Todo>>, ReadError> {
    let mut filter = vec![Todo::USER_ID.eq(query.owner)];
    filter.extend(query.completed.map(|done| Todo::COMPLETED.eq(done)));
    let mut todos = freshness
        .collection::<Todo>(twin)
        .filter(filter)
        .order([Todo::CREATED_AT.descending(), Todo::ID.descending()])
        .after(query.after);
    if let Some(search) = query.search {
        let title = doc! { "$regex": search.pattern(), "$options": "i" };
        todos = todos.matching(doc! { "title": title });
    }
    todos.page(query.limit).await
}

/// So many open todos that a day is about: what is due until it ends comes first, the longest due before; then what is due at no
/// certain time, newest first; then what is due later.
pub async fn todos_by_due(
    twin: &Twinbase,
    owner: &AggregateId,
    day_ends: Timestamp,
    limit: usize,
    freshness: &Freshness,
) -> Result<Answer<Vec<Todo>>, ReadError> {
    let open = |dated| {
        let due = if dated {
            Todo::DUE_AT.ne(None)
        } else {
            Todo::DUE_AT.eq(None)
        };
        let filter = [
            Todo::USER_ID.eq(owner.clone()),
            Todo::COMPLETED.eq(false),
            due,
        ];
        freshness.collection::<Todo>(twin).filter(filter)
    };
    let limit_of_each = u64::try_from(limit).unwrap_or(u64::MAX);
    let dated = open(true)
        .order([Todo::DUE_AT.ascending(), Todo::ID.ascending()])
        .limit(limit_of_each)
        .all();
    let undated = open(false)
        .order([Todo::CREATED_AT.descending(), Todo::ID.descending()])
        .limit(limit_of_each)
        .all();
    let (dated, undated) = tokio::try_join!(dated, undated)?;
    Ok(dated.zip(undated).map(|(dated, undated)| {
        let is_due = |todo: &Todo| todo.due_at.is_some_and(|due| due < day_ends);
        let (mut todos, later): (Vec<_>, Vec<_>) = dated.into_iter().partition(is_due);
        todos.extend(undated);
        todos.extend(later);
        todos.truncate(limit);
        todos
    }))
}
