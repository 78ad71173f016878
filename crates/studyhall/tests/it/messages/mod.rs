//! Messages: between friends alone, in one order, and read up to a position.

mod history;
mod reading;
mod records;
mod writing;

use serde_json::json;

use crate::{
    friends::befriend,
    support::{Answer, Member, Studyhall},
};

pub(super) async fn send(app: &Studyhall, by: &Member, to: &Member, text: &str) -> Answer {
    let path = format!("/api/v1/messages/{}", to.name);
    let call = app.call("POST", &path).by(&by.token);
    call.json(&json!({ "text": text })).send().await
}

pub(super) async fn get(app: &Studyhall, by: &Member, path: &str) -> Answer {
    app.call("GET", path).by(&by.token).send().await
}

pub(super) async fn unread(app: &Studyhall, of: &Member) -> i64 {
    let unread = get(app, of, "/api/unread").await.expect(200);
    unread.body["messages"].as_i64().expect("it is a number")
}

pub(super) async fn read(app: &Studyhall, by: &Member, of: &Member, position: i64) -> Answer {
    let call = app.call("POST", &format!("/api/messages/{}/read", of.name));
    let call = call.by(&by.token).json(&json!({ "position": position }));
    call.send().await
}

pub(super) async fn delete(app: &Studyhall, by: &Member, message: &Answer) -> Answer {
    let path = format!("/api/messages/{}", message.str("id"));
    app.call("DELETE", &path).by(&by.token).send().await
}

pub(super) async fn pair(app: &Studyhall) -> (Member, Member) {
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    befriend(app, &ada, &bob).await;
    (ada, bob)
}

pub(super) fn positions(of: &Answer) -> Vec<i64> {
    let items = of.items().iter();
    items
        .map(|item| item["position"].as_i64().expect("a number"))
        .collect()
}
