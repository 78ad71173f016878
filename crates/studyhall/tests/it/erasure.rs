//! Nothing of whoever has left can be read: not in a free page, a write-ahead log, an index of words, or a line of the log.

use serde_json::json;
use studyhall::api::sweep_batch;
use twinbase::prelude::*;

use crate::{
    friends::befriend,
    operator::{self, operator},
    support::{Combination, PASSWORD, Studyhall, everything_logged, on_two_combinations},
};

on_two_combinations! {
    what_an_operator_had_done_does_not_name_them_when_they_have_left,
}

/// What ada writes, each word once. An index of words has the end of a word, and not always its beginning.
const WRITTEN: [&str; 10] = [
    "zqnamewombat",
    "zqtitlewombat",
    "zqdescribewombat",
    "zqsubjectwombat",
    "zqnotewombat",
    "zqmessagewombat",
    "zqformwombat",
    "zqanswerwombat",
    "zqdevicewombat",
    "zqtoherwombat",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_file_has_a_word_of_whoever_has_left() {
    let app = Studyhall::start_without_worker(Combination::SqliteEmbedded).await;
    let [
        name,
        title,
        description,
        subject,
        notes,
        message,
        form,
        answer,
        device,
        to_her,
    ] = WRITTEN;
    let (ada, eve) = (app.member(name).await, app.member("eve").await);
    let login = app.call("POST", "/api/v1/login");
    let login = login.json(&json!({ "username": name, "password": PASSWORD }));
    let login = login.header("user-agent", format!("{device}/1.0"));
    login.send().await.expect(200);
    let post = async |by: &str, path: &str, body: serde_json::Value| {
        let call = app.call("POST", &format!("/api/v1/{path}")).by(by);
        let answer = call.json(&body).send().await;
        assert!(answer.status < 300, "{}", answer.text);
        answer
    };
    let question = json!([{ "id": "a", "text": "Why?", "kind": "shortText" }]);
    let open = async |by: &str, title: &str| {
        let draft = json!({ "title": title, "questions": question });
        let draft = post(by, "forms", draft).await;
        let path = format!("forms/{}", draft.str("id"));
        post(by, &format!("{path}/open"), json!({})).await;
        path
    };
    let by = &ada.token;
    for _ in 0..2 {
        let todo = json!({ "title": title, "description": description });
        let todo = post(by, "todos", todo).await;
        post(by, &format!("todos/{}/complete", todo.str("id")), json!({})).await;
        app.catch_up().await;
    }
    let times = json!({
        "subject": subject, "startedAt": "2020-02-01T12:00:00Z", "endedAt": "2020-02-01T13:00:00Z",
    });
    post(by, "sessions", times).await;
    let report = json!({ "studyHours": 1.5, "completionPct": 50, "notes": notes });
    post(by, "reports", report).await;
    befriend(&app, &ada, &eve).await;
    post(by, "messages/eve", json!({ "text": message })).await;
    let of_ada = open(by, form).await;
    // Somebody else's answer goes with her form.
    let answers = json!({ "answers": { "a": to_her } });
    post(&eve.token, &format!("{of_ada}/responses"), answers).await;
    let of_eve = open(&eve.token, "Mine").await;
    let answers = json!({ "answers": { "a": answer } });
    post(by, &format!("{of_eve}/responses"), answers).await;
    post(&eve.token, "friends", json!({ "username": "ZQNAMEwombat" })).await;
    app.catch_up().await;
    for word in WRITTEN {
        assert!(app.is_in_a_file(word), "{word} was never there");
    }

    let leave = json!({ "password": PASSWORD });
    post(by, "account/delete", leave).await;
    // Not before the replica has forgotten, and then whatever else is going on.
    sweep_batch(&app.twin).await.expect("it sweeps");
    assert!(app.is_in_a_file(&title[4..]));
    app.catch_up().await;
    sweep_batch(&app.twin).await.expect("it sweeps");
    let logged = everything_logged();
    for word in WRITTEN {
        assert!(!app.is_in_a_file(&word[4..]), "{word} is still there");
        let line = logged.lines().find(|line| line.contains(word));
        assert_eq!(line, None, "{word} is in the log");
    }
    app.verify().await;
}

async fn what_an_operator_had_done_does_not_name_them_when_they_have_left(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (boss, grace) = (
        operator(&app, "zqbosswombat").await,
        operator(&app, "grace").await,
    );
    let post = async |by, path: &str, body| operator::post(&app, by, path, body).await;
    let verified = post(&boss, "/api/v1/verify", json!({})).await;
    operator::ended(&app, &boss, verified).await;
    let pause = json!({ "scope": "collection:todos", "reason": "zqreasonwombat" });
    post(&boss, "/api/v1/pauses", pause).await.expect(201);
    // Under a name that they have no more.
    let name = json!({ "username": "zqothernamewombat" });
    let renamed = app.call("PATCH", "/api/v1/users/me").by(&boss.token);
    renamed.json(&name).send().await.expect(200);
    // Somebody else's, which goes on for long, and a filter that names them.
    operator::failed(&app, &grace, 20).await;
    let theirs = json!({ "filter": { "aggregateId": boss.id, "aggregateType": "user" } });
    let theirs = post(&grace, "/api/v1/outbox/retry", theirs)
        .await
        .expect(202);
    let slow = json!({ "all": true, "ratePerSecond": 1 });
    let slow = post(&boss, "/api/v1/outbox/retry", slow).await.expect(202);
    let listed = operator::get(&app, &grace, "/api/v1/operations").await;
    for words in ["zqothernamewombat", "zqreasonwombat", &boss.id] {
        assert!(listed.text.contains(words), "{words}: {}", listed.text);
    }
    assert!(!listed.text.contains("zqbosswombat"), "{}", listed.text);

    let leave = json!({ "password": PASSWORD });
    post(&boss, "/api/v1/account/delete", leave)
        .await
        .expect(200);
    let all = "select id, done_by, request, progress, state from twinbase_operation order by id";
    let all = app.twin.query(all, &[]).await.expect("it can be asked");
    let kept = format!("{all:?}");
    for words in ["wombat", &boss.id] {
        assert!(!kept.contains(words), "{words}: {kept}");
    }
    let paused = app
        .twin
        .query("select reason from twinbase_pause", &[])
        .await;
    assert!(!format!("{paused:?}").contains("wombat"), "{paused:?}");
    // What they had begun has ended, and the list is readable.
    let path = format!("/api/v1/operations/{}", slow.str("id"));
    let slow = operator::ended_at(&app, &grace, &path).await;
    assert_ne!(slow.str("state"), "succeeded");
    let listed = operator::get(&app, &grace, "/api/v1/operations")
        .await
        .expect(200);
    let by = listed.of_items("by");
    assert!(
        by.contains(&"somebody who left") && by.contains(&"grace"),
        "{}",
        listed.text
    );
    assert!(listed.of_items("id").contains(&theirs.str("id")));
}
