//! A user's todos, newest first, page by page.

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
