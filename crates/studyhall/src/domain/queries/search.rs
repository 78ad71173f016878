//! Search: people by how their names begin, one's own todos and messages and the forms that one may see by their words.

use serde::Serialize;
use twinbase::{
    core::mapping::FromDocument,
    prelude::*,
    sync::read::{Page, Query},
};

use super::{Freshness, unseen_by};
use crate::domain::{Error, Form, FormState, Message, SearchText, Todo, User, Username};

/// How many of each kind are found where all are looked for.
pub const FOUND_OF_EACH: u32 = 5;
/// How many are found at once of the one kind that is looked for.
const FOUND_OF_ONE: u32 = 50;

/// What is looked for, and how much of it.
#[derive(Debug, Clone)]
pub struct Search {
    /// The words.
    pub text: SearchText,
    /// How much.
    pub extent: Extent,
}

impl Search {
    /// How many are found at once.
    fn at_most(&self) -> usize {
        let most = match self.extent {
            Extent::Best => FOUND_OF_EACH,
            Extent::Page(_) => FOUND_OF_ONE,
        };
        most as usize
    }
}

/// How much of what there is.
#[derive(Debug, Clone)]
pub enum Extent {
    /// The few that are most relevant.
    Best,
    /// A page of all, from this place on: the newest first.
    Page(Option<Cursor>),
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found<T> {
    /// The items. A page may have less than there are: what is not to be seen is left out.
    pub items: Vec<T>,
    /// Where the next page begins; `None` when this is the last, or none was asked for.
    pub next: Option<Cursor>,
    /// Whether no index knows these words, or any: then one field was searched for the text as it is.
    pub is_plain: bool,
}

impl<T> Found<T> {
    fn of(page: Page<T>, is_plain: bool) -> Self {
        let Page { items, next } = page;
        Self {
            items,
            next,
            is_plain,
        }
    }

    fn map<U>(self, change: impl FnOnce(Vec<T>) -> Vec<U>) -> Found<U> {
        Found {
            items: change(self.items),
            next: self.next,
            is_plain: self.is_plain,
        }
    }
}

/// Somebody who was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundPerson {
    /// The id.
    pub id: AggregateId,
    /// The name.
    pub username: Username,
}

/// Everybody who shows a profile and whose name begins so, but whom the reader is not to see, and the reader; those with the most
/// points first.
pub async fn search_people(
    twin: &Twinbase,
    me: &AggregateId,
    search: &Search,
    freshness: &Freshness,
) -> Result<Answer<Found<FoundPerson>>, Error> {
    let mut hidden = unseen_by(twin, me).await?;
    hidden.push(me.clone());
    let from_primary = people_from_primary(twin, &hidden, search);
    let ids: Vec<_> = hidden.iter().map(AggregateId::as_str).collect();
    let begins = doc! { "$regex": format!("^{}", search.text.pattern()), "$options": "i" };
    let found = freshness
        .collection::<User>(twin)
        .filter([User::SHOW_PROFILE.eq(true)])
        .matching(doc! { "username": begins, "_id": { "$nin": ids } })
        .order([User::TOTAL_POINTS.descending(), User::ID.ascending()])
        .projection(doc! { "username": 1, "totalPoints": 1 });
    let found = async {
        let page = match &search.extent {
            Extent::Best => found.page_as(FOUND_OF_EACH).await?,
            Extent::Page(after) => found.after(after.clone()).page_as(FOUND_OF_ONE).await?,
        };
        Ok(page.map(|page| Found::of(page, false)))
    };
    freshness.read(Box::pin(found), from_primary).await
}

/// The first of the same from the primary, which has no pages of them.
async fn people_from_primary(
    twin: &Twinbase,
    hidden: &[AggregateId],
    search: &Search,
) -> Result<Found<FoundPerson>, Error> {
    let sql = "select id, username from users where show_profile and lower(username) like $1 escape '!' \
               order by total_points desc, id limit $2";
    let limit = search.at_most();
    let rows = limit + hidden.len();
    let pattern = like(&search.text.to_lowercase()) + "%";
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    let rows = twin.query(sql, &[pattern.into(), rows.into()]).await?;
    let mut items = Vec::new();
    for row in &rows {
        let (id, username): (AggregateId, String) = (row.get("id")?, row.get("username")?);
        // What another program wrote may be no name.
        if let (false, Ok(username)) = (hidden.contains(&id), Username::parse(&username)) {
            items.push(FoundPerson { id, username });
        }
    }
    items.truncate(limit);
    Ok(Found {
        items,
        next: None,
        is_plain: false,
    })
}

/// A text as a pattern of `like` that matches it as it is, with `!` before what means something there.
fn like(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if "!%_".contains(c) {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern
}

/// One's own todos with these words.
pub async fn search_todos(
    twin: &Twinbase,
    me: &AggregateId,
    search: &Search,
    freshness: &Freshness,
) -> Result<Answer<Found<Todo>>, Error> {
    let own = doc! { "userId": me.as_str() };
    let newest = || [Todo::CREATED_AT.descending(), Todo::ID.descending()];
    let found = by_words(twin, (own, "title"), newest, search, freshness);
    let from_primary = todos_from_primary(twin, me, search);
    freshness.read(Box::pin(found), from_primary).await
}

/// One's own todos with this text as it is in the title, from the primary: the newest, without a way to more.
async fn todos_from_primary(
    twin: &Twinbase,
    me: &AggregateId,
    search: &Search,
) -> Result<Found<Todo>, Error> {
    let select = Select {
        filter: Condition::all([Todo::USER_ID.eq(me.clone())]),
        order: Order::all([Todo::CREATED_AT.descending(), Todo::ID.descending()]),
        ..Select::new(Todo::schema(), u32::MAX)
    };
    let text = search.text.to_lowercase();
    let own = twin.select::<Todo>(select).await?.into_iter();
    let found = own.filter(|todo| todo.title.to_lowercase().contains(&text));
    Ok(Found {
        items: found
            .take(search.at_most())
            .map(|todo| todo.value)
            .collect(),
        next: None,
        is_plain: true,
    })
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundMessage {
    /// The message.
    #[serde(flatten)]
    pub message: Message,
    /// The name of the other one of the two.
    pub with: Username,
}

/// The messages that one wrote or received, with these words. Who has become unseen takes their messages along.
pub async fn search_messages(
    twin: &Twinbase,
    me: &AggregateId,
    search: &Search,
    freshness: &Freshness,
) -> Result<Answer<Found<FoundMessage>>, Error> {
    let unseen = unseen_by(twin, me).await?;
    let unseen: Vec<_> = unseen.iter().map(AggregateId::as_str).collect();
    let own = doc! {
        "$or": [{ "senderId": me.as_str() }, { "recipientId": me.as_str() }],
        "senderId": { "$nin": &unseen }, "recipientId": { "$nin": &unseen },
    };
    let newest = || [Message::CREATED_AT.descending(), Message::ID.descending()];
    let found = by_words::<Message>(twin, (own, "text"), newest, search, freshness).await?;
    let other = |message: &Message| {
        if message.sender_id == *me {
            message.recipient_id.clone()
        } else {
            message.sender_id.clone()
        }
    };
    let select = Select {
        filter: vec![
            User::ID
                .is_in(found.value.items.iter().map(other))
                .into_inner(),
        ],
        ..Select::new(User::schema(), u32::MAX)
    };
    let people = twin.select::<User>(select).await?;
    let named = |message: Message| {
        let with = people.iter().find(|user| user.id == other(&message))?;
        Some(FoundMessage {
            with: with.username.clone(),
            message,
        })
    };
    Ok(found.map(|found| found.map(|all| all.into_iter().filter_map(named).collect())))
}

/// Forms that are open to everybody, and one's own, with these words. The replica finds them; whether the reader may see
/// them is asked of the primary, where a form that was closed or made private, and a block, count at once.
pub async fn search_forms(
    twin: &Twinbase,
    me: &AggregateId,
    search: &Search,
    freshness: &Freshness,
) -> Result<Answer<Found<Form>>, Error> {
    let unseen = unseen_by(twin, me).await?;
    let unseen: Vec<_> = unseen.iter().map(AggregateId::as_str).collect();
    let open = doc! { "isPublic": true, "state": "open" };
    let seen = doc! {
        "$or": [{ "userId": me.as_str() }, open], "userId": { "$nin": unseen },
    };
    let newest = || [Form::CREATED_AT.descending(), Form::ID.descending()];
    let found = by_words::<Form>(twin, (seen, "title"), newest, search, freshness).await?;
    let ids = found.value.items.iter().map(|form| form.id.clone());
    let select = Select {
        filter: vec![Form::ID.is_in(ids).into_inner()],
        ..Select::new(Form::schema(), u32::MAX)
    };
    let now = twin.select::<Form>(select).await?;
    let is_seen = |id: &AggregateId| {
        let form = now.iter().find(|form| form.id == *id);
        form.is_some_and(|form| {
            form.user_id == *me || (form.is_public && form.state == FormState::Open)
        })
    };
    let seen = |all: Vec<Form>| all.into_iter().filter(|form| is_seen(&form.id)).collect();
    Ok(found.map(|found| found.map(seen)))
}

/// The documents that match a filter and have these words in a field: the most relevant, or a page of all, the newest first. The last
/// word may be the beginning of one.
///
/// By the text index where there is one. MongoDB's knows no beginnings of words, and a server may have none at all: there the
/// field is searched for the text as it is. So it is where words find nothing: no index has those that are in every text, such as "the".
async fn by_words<A: Aggregate + FromDocument>(
    twin: &Twinbase,
    (own, field): (Document, &str),
    newest: fn() -> [Order<A>; 2],
    Search { text, extent }: &Search,
    freshness: &Freshness,
) -> Result<Answer<Found<A>>, ReadError> {
    let query = |search: Document| {
        let query = freshness.collection::<A>(twin).find(own.clone());
        query.matching(search)
    };
    let page = async |query: Query<A>, is_plain| {
        let query = query.order(newest());
        let page = match extent {
            Extent::Best => query.page(FOUND_OF_EACH).await?,
            Extent::Page(after) => query.after(after.clone()).page(FOUND_OF_ONE).await?,
        };
        Ok(page.map(|page| Found::of(page, is_plain)))
    };
    let mut nothing = None;
    for is_prefix in [true, false] {
        let mut words = doc! { "$search": &**text };
        if is_prefix {
            words.insert("$prefix", true);
        }
        let found = query(doc! { "$text": words });
        let found = match extent {
            Extent::Best => best(found).await,
            Extent::Page(_) => page(found, false).await,
        };
        match found {
            Err(error) if has_no_text_search(&error) => {}
            Ok(found) if found.value.items.is_empty() => {
                nothing = Some(found);
                break;
            }
            found => return found,
        }
    }
    let plain = doc! { "$regex": text.pattern(), "$options": "i" };
    let plain = page(query(doc! { field: plain }), true).await?;
    Ok(nothing
        .filter(|_| plain.value.items.is_empty())
        .unwrap_or(plain))
}

/// The few that are most relevant.
async fn best<A: Aggregate + FromDocument>(query: Query<A>) -> Result<Answer<Found<A>>, ReadError> {
    let found = query.limit(FOUND_OF_EACH.into());
    let found = found.sort(doc! { "score": { "$meta": "textScore" } });
    let found = found.all().await?;
    Ok(found.map(|items| Found::of(Page { items, next: None }, false)))
}

fn has_no_text_search(error: &ReadError) -> bool {
    let replica = match error {
        ReadError::NoPrimaryForm { source } => source,
        error => error,
    };
    matches!(
        replica,
        ReadError::Replica(ReplicaError::NoTextSearch { .. })
    )
}
