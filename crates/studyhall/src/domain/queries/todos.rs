//! A user's todos, newest first, page by page.

use jiff::Timestamp;
use twinbase::prelude::*;

use super::Freshness;
use crate::domain::{Error, SearchText, Todo};

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
    pub after: Option<Position>,
    /// How many at most.
    pub limit: u32,
}

/// A place in the order of todos. It stays where it is whatever is inserted or deleted, and
/// means the same on both sides: pages neither skip nor repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// When the todo there was written down.
    pub created_at: Timestamp,
    /// Its id.
    pub id: AggregateId,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageOfTodos {
    /// The todos.
    pub items: Vec<Todo>,
    /// Where the next page begins; `None` when this is the last.
    pub next: Option<Position>,
}

/// A page of todos. A search has no form for the primary: without the replica it has no answer.
pub async fn todos(
    twin: &Twinbase,
    query: &TodoQuery,
    freshness: &Freshness,
) -> Result<Answer<PageOfTodos>, Error> {
    let replica = freshness
        .collection::<Todo>(twin)
        .find(query.filter())
        .sort(doc! { "createdAt": -1, "_id": -1 })
        .limit(u64::from(query.limit) + 1)
        .all();
    let answer = if query.search.is_some() {
        replica.await.map_err(Error::Read)?
    } else {
        freshness.read(replica, from_primary(twin, query)).await?
    };
    Ok(answer.map(|items| page(items, query.limit)))
}

async fn from_primary(twin: &Twinbase, query: &TodoQuery) -> Result<Vec<Todo>, Error> {
    let mut filter = vec![Todo::USER_ID.eq(query.owner.clone())];
    filter.extend(query.completed.map(|done| Todo::COMPLETED.eq(done)));
    let after = query
        .after
        .as_ref()
        .map(|after| vec![after.created_at.into(), (&after.id).into()]);
    let rows = twin.select::<Todo>(Select {
        filter: Condition::all(filter),
        order: Order::all([Todo::CREATED_AT.descending(), Todo::ID.descending()]),
        after,
        ..Select::new(Todo::schema(), query.limit + 1)
    });
    Ok(rows.await?.into_iter().map(|row| row.value).collect())
}

/// One more than the page was asked for, and is not shown: there is a next page.
fn page(mut items: Vec<Todo>, limit: u32) -> PageOfTodos {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| Position {
        created_at: last.created_at,
        id: last.id.clone(),
    });
    PageOfTodos { items, next }
}

impl TodoQuery {
    fn filter(&self) -> Document {
        let mut filter = doc! { "userId": self.owner.as_str() };
        if let Some(done) = self.completed {
            filter.insert("completed", done);
        }
        if let Some(search) = &self.search {
            filter.insert(
                "title",
                doc! { "$regex": search.pattern(), "$options": "i" },
            );
        }
        if let Some(after) = &self.after {
            let at = twinbase::bson::DateTime::from_millis(after.created_at.as_millisecond());
            filter.insert(
                "$or",
                vec![
                    doc! { "createdAt": { "$lt": at } },
                    doc! { "createdAt": at, "_id": { "$lt": after.id.as_str() } },
                ],
            );
        }
        filter
    }
}
