//! The seed's own pattern: another program inserts a row and an `"Outbox"` row in one transaction, and knows nothing of versions.

use std::fmt::Write as _;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::{
    friends::befriend,
    support::{Combination, Studyhall, on_every_combination},
};

on_every_combination! {
    points_that_another_program_wrote_are_told_from_those_of_the_list,
    a_todo_that_another_program_wrote_is_shown_and_can_be_completed,
    a_time_that_cannot_be_shown_hides_neither_its_row_nor_the_others,
    a_column_of_times_without_a_zone_is_utc_as_prisma_means_it,
    a_message_that_another_program_wrote_has_its_place_in_the_thread,
}

/// As docs/prisma/README.md does it.
async fn a_message_that_another_program_wrote_has_its_place_in_the_thread(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, eve) = (app.member("ada").await, app.member("eve").await);
    befriend(&app, &ada, &eve).await;
    // Nobody has written: there may be no thread, or one that befriending has made.
    app.sql("delete from threads".to_owned()).await;
    let (low, high) = if ada.id < eve.id {
        (&ada.id, &eve.id)
    } else {
        (&eve.id, &ada.id)
    };
    let mut hash = Sha256::digest(format!("{low}\n{high}"));
    (hash[6], hash[8]) = (hash[6] & 0x0f | 0x80, hash[8] & 0x3f | 0x80);
    let hex = hash[..16].iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let thread = format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    );
    let (id, sender, recipient) = ("8d6a0a54-55a9-4f0a-9f0e-0d6f5a3b9b02", &ada.id, &eve.id);
    let payload = json!({
        "id": id, "threadId": thread, "senderId": sender, "recipientId": recipient, "text": "From Prisma",
        "position": 1, "createdAt": "2024-05-01T10:00:00.000Z",
    });
    app.sql(format!(
        "begin; \
         insert into threads (id, low_id, high_id, position, latest_at) \
         values ('{thread}', '{low}', '{high}', 1, '2024-05-01T10:00:00.000Z'); \
         insert into messages (id, thread_id, sender_id, recipient_id, text, position, created_at) \
         values ('{id}', '{thread}', '{sender}', '{recipient}', 'From Prisma', 1, '2024-05-01T10:00:00.000Z'); \
         insert into \"Outbox\" (id, event_type, aggregate_type, aggregate_id, payload) \
         values ('8d6a0a54-55a9-4f0a-9f0e-0d6f5a3b9b03', 'message.created', 'message', '{id}', '{payload}'); commit;"
    ))
    .await;
    let answer = app.call("POST", "/api/v1/messages/ada").by(&eve.token);
    let answer = answer
        .json(&json!({ "text": "Seen" }))
        .send()
        .await
        .expect(201);
    assert_eq!(answer.body["position"], 2);
    app.catch_up().await;
    let history = app.call("GET", "/api/v1/messages/eve").by(&ada.token);
    let history = history.send().await.expect(200);
    let texts: Vec<_> = history
        .items()
        .iter()
        .map(|of| of["text"].clone())
        .collect();
    assert_eq!(texts, ["From Prisma", "Seen"], "{}", history.text);
    app.verify().await;
}

async fn points_that_another_program_wrote_are_told_from_those_of_the_list(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let shown = async || {
        let page = crate::web::page(&app, Some(&ada), "/points").await;
        page.expect(200).text
    };
    let add = async |amount: i32| {
        let set = format!("update users set total_points = total_points + {amount}");
        app.sql(set).await;
    };
    assert!(shown().await.contains("No points yet."));
    add(7).await;
    let page = shown().await;
    for text in [
        "<strong>7</strong> points",
        "7 points of them came from another program",
    ] {
        assert!(page.contains(text), "no {text} in {page}");
    }
    assert!(!page.contains("No points yet."), "{page}");
    let todo = app.todo(&ada, "Read").await;
    let path = format!("/api/v1/todos/{}/complete", todo.str("id"));
    let done = app.call("POST", &path).by(&ada.token).send().await;
    done.expect(200);
    let page = shown().await;
    for text in [
        "<strong>8</strong> points",
        "7 points of them",
        "data-label=\"Sum\">1<",
    ] {
        assert!(page.contains(text), "no {text} in {page}");
    }
    add(-7).await;
    assert!(!shown().await.contains("another program"));
    add(-1).await;
    let page = shown().await;
    assert!(page.contains("Another program took 1 point away"), "{page}");
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
    let path = format!("/api/todos/{id}");
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

    let list = app
        .call("GET", "/api/todos?consistency=strict")
        .by(&ada.token);
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

async fn a_time_that_cannot_be_shown_hides_neither_its_row_nor_the_others(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let neighbour = app.todo(&ada, "a neighbour").await;
    let mut times = vec!["9999-12-31T23:59:59Z", "12000-01-01T00:00:00Z"];
    if on.has_postgres() {
        times.extend(["infinity", "-infinity", "0044-03-15T00:00:00Z BC"]);
    } else {
        times.extend(["2026-01-31 09:00:00", "2026-01-31", "nonsense"]);
    }
    for (at, time) in times.iter().enumerate() {
        let user = &ada.id;
        app.sql(format!(
            "insert into todos (id, user_id, title, due_at) values ('t{at}', '{user}', 't{at}', '{time}');"
        ))
        .await;
    }
    // The replica has nothing yet, so each of these comes from the primary.
    let list = async || {
        let call = app.call("GET", "/api/todos").by(&ada.token);
        let token = neighbour.header("sync-token");
        call.header("sync-token", token).send().await.expect(200)
    };
    let listed = list().await;
    assert_eq!(listed.header("x-read-source"), "primary");
    assert_eq!(listed.items().len(), times.len() + 1, "{}", listed.text);
    app.sql(format!(
        "update todos set completed = {}, completed_at = due_at, created_at = due_at where id <> '{}';",
        if on.has_postgres() { "true" } else { "1" },
        neighbour.str("id"),
    ))
    .await;
    let statistics = app.call("GET", "/api/statistics").by(&ada.token);
    let token = neighbour.header("sync-token");
    let statistics = statistics.header("sync-token", token).send().await;
    let statistics = statistics.expect(200);
    assert_eq!(statistics.body["completed"], times.len());
    for at in 0..times.len() {
        let path = format!("/api/todos/t{at}");
        let call = |method, path: &str| app.call(method, path).by(&ada.token);
        call("GET", &path).send().await.expect(200);
        let complete = call("POST", &format!("{path}/complete"));
        complete.send().await.expect(200);
        let change = call("PATCH", &path).json(&json!({ "title": "mended" }));
        change.send().await.expect(200);
        call("DELETE", &path).send().await.expect(200);
    }
    assert_eq!(list().await.of_items("title"), ["a neighbour"]);
    let beyond = app.call("POST", "/api/todos").by(&ada.token);
    let beyond = beyond.json(&json!({ "title": "x", "dueAt": "9999-12-31T23:59:59Z" }));
    beyond.send().await.problem(422, "invalid-fields");
}

/// SQLite has no types of times: there this is the same as ever.
async fn a_column_of_times_without_a_zone_is_utc_as_prisma_means_it(on: Combination) {
    let app = Studyhall::start(on).await;
    if on.has_postgres() {
        let alter = |column: &str| {
            format!(
                "alter table todos alter column {column} type timestamp(3) using {column} at time zone 'UTC';"
            )
        };
        let columns = ["due_at", "completed_at", "created_at", "updated_at"];
        app.sql(columns.map(alter).concat()).await;
    }
    let ada = app.member("ada").await;
    let due = json!({ "title": "zoned", "dueAt": "2026-03-29T01:30:00+09:00" });
    let todo = app.call("POST", "/api/todos").by(&ada.token).json(&due);
    let todo = todo.send().await.expect(201);
    assert_eq!(todo.str("dueAt"), "2026-03-28T16:30:00Z");
    let path = format!("/api/todos/{}", todo.str("id"));
    let change = app.call("PATCH", &path).by(&ada.token);
    let change = change.json(&json!({ "dueAt": "2026-07-01T00:00:00Z" }));
    let changed = change.send().await.expect(200);
    let done = app.call("POST", &format!("{path}/complete")).by(&ada.token);
    let done = done.send().await.expect(200);
    for consistency in ["?consistency=strict", ""] {
        let list = app
            .call("GET", &format!("/api/todos{consistency}"))
            .by(&ada.token);
        let list = list.header("sync-token", done.header("sync-token"));
        let list = list.header("prefer", "wait=10").send().await.expect(200);
        assert_eq!(list.of_items("dueAt"), ["2026-07-01T00:00:00Z"]);
        assert_eq!(list.items()[0]["createdAt"], changed.body["createdAt"]);
    }
    app.verify().await;
}
