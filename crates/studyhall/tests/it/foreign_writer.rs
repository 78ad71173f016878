//! The seed's own pattern: another program inserts a row and an `"Outbox"` row in one transaction, and knows nothing of versions.

use serde_json::json;

use crate::support::{Combination, Studyhall, on_every_combination};

on_every_combination! {
    a_todo_that_another_program_wrote_is_shown_and_can_be_completed,
}

async fn a_todo_that_another_program_wrote_is_shown_and_can_be_completed(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let (id, user_id) = ("clx0foreign", &ada.id);
    let todo = json!({
        "id": id, "userId": user_id, "title": "From Prisma", "description": null, "completed": false,
        "completedAt": null, "dueAt": null, "createdAt": "2024-05-01T10:00:00.000Z",
        "updatedAt": "2024-05-01T10:00:00.000Z", "internalNote": "not a field"
    });
    let insert = |event: &str, payload: &str, event_type: &str| {
        format!(
            "insert into \"Outbox\" (id, event_type, aggregate_type, aggregate_id, payload) \
             values ('{event}', '{event_type}', 'todo', '{id}', '{payload}');"
        )
    };
    app.sql(format!(
        "begin; insert into todos (id, user_id, title, created_at, updated_at) values \
         ('{id}', '{user_id}', 'From Prisma', '2024-05-01T10:00:00.000Z', '2024-05-01T10:00:00.000Z'); {} commit;",
        insert("6f1c1a52-8a9e-4c61-9d3a-0d6f5a3b9b01", &todo.to_string(), "todo.created")
    ))
    .await;
    let path = format!("/todos/{id}");
    let one = app
        .call("GET", &path)
        .by(&ada.token)
        .send()
        .await
        .expect(200);
    assert_eq!(one.header("etag"), "\"1\"");
    let done = app
        .call("POST", &format!("{path}/complete"))
        .by(&ada.token)
        .send()
        .await
        .expect(200);
    assert_eq!(done.header("etag"), "\"2\"");
    assert_eq!(app.points(&ada).await, 1);

    let list = app.call("GET", "/todos?consistency=strict").by(&ada.token);
    let list = list
        .header("sync-token", done.header("sync-token"))
        .header("prefer", "wait=10");
    let list = list.send().await.expect(200);
    assert_eq!(list.header("x-read-source"), "replica");
    assert_eq!(list.items()[0]["title"], "From Prisma");
    assert_eq!(list.items()[0]["completed"], true);
    assert!(!list.text.contains("internalNote"));

    app.sql(format!(
        "begin; delete from todos where id = '{id}'; {} commit;",
        insert(
            "6f1c1a52-8a9e-4c61-9d3a-0d6f5a3b9b02",
            &json!({ "id": id }).to_string(),
            "todo.deleted"
        )
    ))
    .await;
    app.verify().await;
    app.call("GET", &path)
        .by(&ada.token)
        .send()
        .await
        .problem(404, "not-found");
}
