//! Search: people by how their names begin, one's own todos and messages and the forms that one may see by their words.

use serde::Serialize;
use twinbase::{core::mapping::FromDocument, prelude::*};

use super::{Freshness, unseen_by};
use crate::domain::{Error, Form, FormState, Message, SearchText, Todo, User, Username};

/// How many of each kind are found where all are looked for.
pub const FOUND_OF_EACH: u64 = 5;
/// How many are found of the one kind that is looked for.
pub const FOUND_OF_ONE: u64 = 50;

/// What is looked for, and how much of it.
#[derive(Debug, Clone)]
pub struct Search {
    /// The words.
    pub text: SearchText,
    /// How many at most.
    pub limit: u64,
}

/// What was found by its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Found<T> {
    /// The most relevant first.
    pub items: Vec<T>,
    /// Whether nothing here knows words: then one field was searched for the text as it is.
    pub is_plain: bool,
}

impl<T> Found<T> {
    fn map<U>(self, change: impl FnOnce(Vec<T>) -> Vec<U>) -> Found<U> {
        Found {
            items: change(self.items),
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

/// Everybody who shows a profile and whose name begins so, but whom the reader is not to see, and the reader.
pub async fn search_people(
    twin: &Twinbase,
    me: &AggregateId,
    search: &Search,
    freshness: &Freshness,
) -> Result<Answer<Vec<FoundPerson>>, Error> {
    let mut hidden = unseen_by(twin, me).await?;
    hidden.push(me.clone());
    let ids: Vec<_> = hidden.iter().map(AggregateId::as_str).collect();
    let begins = doc! { "$regex": format!("^{}", search.text.pattern()), "$options": "i" };
    let found = freshness
        .collection::<User>(twin)
        .filter([User::SHOW_PROFILE.eq(true)])
        .matching(doc! { "username": begins, "_id": { "$nin": ids } })
        .sort(doc! { "totalPoints": -1, "_id": 1 })
        .limit(search.limit)
        .projection(doc! { "username": 1 });
    Ok(found.fetch_as().await?)
}

/// One's own todos with these words.
pub async fn search_todos(
    twin: &Twinbase,
    me: &AggregateId,
    search: &Search,
    freshness: &Freshness,
) -> Result<Answer<Found<Todo>>, ReadError> {
    let own = doc! { "userId": me.as_str() };
    by_words(twin, own, "title", search, freshness).await
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
    let found: Answer<Found<Message>> = by_words(twin, own, "text", search, freshness).await?;
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
    let found: Answer<Found<Form>> = by_words(twin, seen, "title", search, freshness).await?;
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

/// The documents that match a filter and have these words, the most relevant first; the last word may be the beginning of one.
///
/// By the text index where there is one. MongoDB's knows no beginnings of words, and a server may have none at all: there one
/// field is searched for the text as it is.
async fn by_words<A: Aggregate + FromDocument>(
    twin: &Twinbase,
    own: Document,
    field: &str,
    Search { text, limit }: &Search,
    freshness: &Freshness,
) -> Result<Answer<Found<A>>, ReadError> {
    let query = |search: Document| {
        let query = freshness.collection::<A>(twin).find(own.clone());
        query.matching(search).limit(*limit)
    };
    let of = |items, is_plain| Found { items, is_plain };
    let score = || doc! { "score": { "$meta": "textScore" } };
    for is_prefix in [true, false] {
        let mut words = doc! { "$search": &**text };
        if is_prefix {
            words.insert("$prefix", true);
        }
        match query(doc! { "$text": words }).sort(score()).all().await {
            Err(error) if has_no_text_search(&error) => {}
            found => return Ok(found?.map(|items| of(items, false))),
        }
    }
    let plain = doc! { "$regex": text.pattern(), "$options": "i" };
    let found = query(doc! { field: plain }).all().await?;
    Ok(found.map(|items| of(items, true)))
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
