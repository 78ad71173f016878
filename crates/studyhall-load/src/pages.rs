//! The pages that members open, as a list: what is measured is what is there.

use anyhow::Context as _;
use reqwest::Method;

use crate::Person;

/// The pages that need no name, by their paths.
const PLAIN: [&str; 20] = [
    "/",
    "/todos",
    "/todos?show=done",
    "/todos/bulk",
    "/points",
    "/sessions",
    "/reports",
    "/reports?view=week",
    "/reports?view=month",
    "/reports?view=year",
    "/messages",
    "/friends",
    "/forms",
    "/search",
    "/search?q=chapter",
    "/account",
    "/account/delete",
    "/keys",
    "/status",
    "/account/day",
];

/// The boards of everybody, each with the places around the reader.
pub const BOARDS: [&str; 4] = [
    "/leaderboard?range=week",
    "/leaderboard?range=all",
    "/leaderboard?range=week&who=friends",
    "/leaderboard?range=all&who=friends",
];

/// Every page of somebody who has friends, messages, an open todo and a form of their own.
///
/// # Errors
/// When they have not, or Studyhall does not answer.
pub async fn of(person: &Person) -> anyhow::Result<Vec<String>> {
    let first = async |path: &str, pointer: &str| -> anyhow::Result<String> {
        let reply = person.call(Method::GET, path, None, None).await?.json();
        let found = reply.pointer(pointer).and_then(|value| value.as_str());
        let found = found.with_context(|| format!("nothing at {pointer} of {path}"));
        Ok(found?.to_owned())
    };
    let friend = first("/messages", "/items/0/with/username").await?;
    let todo = first("/todos?completed=false", "/items/0/id").await?;
    let form = first("/forms", "/items/0/id").await?;
    let of_them = [
        format!("/messages/{friend}"),
        format!("/u/{friend}"),
        format!("/friends/{friend}/block"),
        format!("/todos/{todo}/edit"),
        format!("/todos/{todo}/delete"),
        format!("/forms/{form}"),
        format!("/forms/{form}/edit"),
        format!("/forms/{form}/results"),
    ];
    let plain = PLAIN.iter().chain(&BOARDS).map(ToString::to_string);
    Ok(plain.chain(of_them).collect())
}
