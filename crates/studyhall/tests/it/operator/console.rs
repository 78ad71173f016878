//! The web console, as a browser without script uses it.

use serde_json::json;
use studyhall::domain::commands::remove_operator;
use twinbase::{core::Schema, sync::rebuild::RebuildOptions};
use twinbase_testkit::wait;

use super::{SOON, failed, get, operator, post as send};
use crate::{
    support::{Answer, Combination, Member, Studyhall, on_two_combinations},
    web::{page, post},
};

on_two_combinations! {
    the_console_is_for_operators,
    a_cause_is_seen_given_up_and_taken_back,
    a_comparison_is_begun_followed_and_explained,
    progress_is_told_until_the_end,
    whoever_is_no_operator_any_more_is_told_no_progress,
    a_collection_is_rebuilt_and_moved_back,
    what_nobody_works_on_and_what_no_record_names_is_shown,
    no_rows_are_counted_while_the_page_of_a_rebuild_is_refreshed,
    a_rebuild_is_followed_over_http,
}

pub(crate) const PAGES: [&str; 11] = [
    "",
    "/failures",
    "/events",
    "/events?status=applied",
    "/documents",
    "/compare",
    "/rebuild",
    "/rebuild/confirm?collection=todos&act=start",
    "/repair?collection=todos",
    "/log",
    "/confirm?verb=retry&errorKey=none",
];

async fn the_console_is_for_operators(on: Combination) {
    let app = Studyhall::start(on).await;
    let (member, boss) = (app.member("ada").await, operator(&app, "grace").await);
    for below in PAGES {
        let path = format!("/operations{below}");
        let stranger = page(&app, None, &path).await.expect(303);
        let to = stranger.header("location");
        assert!(to.starts_with("/login?next=%2Foperations"), "{to}");
        let other = page(&app, Some(&member), &path).await.expect(403);
        assert!(other.text.contains("Only operators"), "{}", other.text);
        let shown = page(&app, Some(&boss), &path).await.expect(200);
        assert_eq!(shown.text.matches("<h1").count(), 1, "{path}");
        assert!(shown.text.contains("grace"), "{path}");
        assert!(!shown.text.contains("<script"), "{path}");
        assert_eq!(shown.header("cache-control"), "private, no-store");
        assert!(!shown.text.contains("data-theme"), "{path}");
    }
    let cookie = format!("{}; studyhall_theme=dark", crate::web::cookie(&boss));
    let dark = app.call("GET", "/operations").header("cookie", cookie);
    let dark = dark.send().await.expect(200);
    assert!(
        dark.text.contains("<html lang=\"en\" data-theme=\"dark\">"),
        "{}",
        dark.text
    );
    let acts = [
        "/act",
        "/pause",
        "/resume",
        "/compare",
        "/log/some-id/cancel",
    ];
    for below in acts {
        let path = format!("/operations{below}");
        let fields = [("scope", "everything"), ("reason", "no")];
        post(&app, Some(&member), &path, &fields).await.expect(403);
    }
    let pauses = app.twin.sides().primary.pauses().await.expect("pauses");
    assert!(pauses.is_empty());
    // Of another site nobody may act.
    let call = app.call("POST", "/operations/pause");
    let call = call.raw(
        "application/x-www-form-urlencoded",
        "scope=everything&reason=x",
    );
    let call = call.header("sec-fetch-site", "cross-site");
    let cookie = format!("studyhall_session={}", boss.token);
    call.header("cookie", cookie).send().await.expect(403);
}

/// Where a form sent the browser.
fn to(answer: Answer) -> String {
    answer.expect(303).header("location").to_owned()
}

/// The page of an operation when it has ended.
async fn ended(app: &Studyhall, boss: &Member, path: &str) -> Answer {
    wait::until("the end of the operation", SOON, async || {
        let shown = page(app, Some(boss), path).await.expect(200);
        if shown.headers.contains_key("refresh") {
            Err(shown.text)
        } else {
            Ok(shown)
        }
    })
    .await
}

async fn a_cause_is_seen_given_up_and_taken_back(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let boss = operator(&app, "grace").await;
    failed(&app, &boss, 3).await;
    let causes = page(&app, Some(&boss), "/operations/failures")
        .await
        .expect(200);
    assert!(
        causes.text.contains("3 failed, 0 tried again"),
        "{}",
        causes.text
    );
    assert!(causes.text.contains("refused by a rule"));
    let asked = page(
        &app,
        Some(&boss),
        "/operations/confirm?verb=discard&errorKey=rejected%2D121",
    );
    let asked = asked.await.expect(200);
    assert!(asked.text.contains("3 changes as of"), "{}", asked.text);
    let as_of = asked.text.split("name=\"asOf\" value=\"").nth(1);
    let as_of = as_of
        .and_then(|rest| rest.split('"').next())
        .expect("a moment");
    let fields = |reason: &'static str| {
        [
            ("verb", "discard"),
            ("errorKey", "rejected-121"),
            ("asOf", as_of),
            ("reason", reason),
        ]
    };
    // Without a reason nothing is given up.
    post(&app, Some(&boss), "/operations/act", &fields(""))
        .await
        .expect(422);
    let begun = to(post(&app, Some(&boss), "/operations/act", &fields("a test")).await);
    let done = ended(&app, &boss, &begun).await;
    assert!(done.text.contains("succeeded"), "{}", done.text);
    assert!(
        done.text.contains("error key rejected-121, as of"),
        "{}",
        done.text
    );
    assert!(done.text.contains("Take it back"), "{}", done.text);
    let id = begun.rsplit('/').next().expect("an id");
    let back = format!("/operations/confirm?verb=restore&of={id}");
    let asked = page(&app, Some(&boss), &back).await.expect(200);
    assert!(asked.text.contains("3 changes as of"), "{}", asked.text);
    let restore = [("verb", "restore"), ("of", id)];
    let restored = to(post(&app, Some(&boss), "/operations/act", &restore).await);
    ended(&app, &boss, &restored).await;
    let log = page(&app, Some(&boss), "/operations/log").await.expect(200);
    for kind in ["outbox.discard", "outbox.restore"] {
        assert!(log.text.contains(kind), "{}", log.text);
    }
    // Everything at once has to be meant.
    let all = [("verb", "retry")];
    post(&app, Some(&boss), "/operations/act", &all)
        .await
        .expect(400);
    app.catch_up().await;
    app.verify().await;
}

async fn a_comparison_is_begun_followed_and_explained(on: Combination) {
    let app = Studyhall::start(on).await;
    let boss = operator(&app, "grace").await;
    let todo = app.todo(&boss, "a title of today").await;
    let id = todo.str("id");
    app.catch_up().await;
    let asked = page(
        &app,
        Some(&boss),
        "/operations/repair?collection=todos&rate=",
    );
    let asked = asked.await.expect(200);
    assert!(
        asked.text.contains("made anew from its row"),
        "{}",
        asked.text
    );
    let repair = [("collection", "todos"), ("rate", ""), ("repair", "on")];
    let begun = to(post(&app, Some(&boss), "/operations/compare", &repair).await);
    let done = ended(&app, &boss, &begun).await;
    assert!(done.text.contains("Not mended"), "{}", done.text);
    let fields = [("collection", "todos"), ("rate", "")];
    let begun = to(post(&app, Some(&boss), "/operations/compare", &fields).await);
    let done = ended(&app, &boss, &begun).await;
    assert!(done.text.contains("succeeded"), "{}", done.text);
    assert!(done.text.contains("grace"), "{}", done.text);
    let path = format!("/operations/documents/todos/{id}");
    let explained = page(&app, Some(&boss), &path).await.expect(200);
    assert!(
        explained.text.contains("a title of today"),
        "{}",
        explained.text
    );
    let asked = format!("/operations/documents?collection=todos&id={id}");
    let found = page(&app, Some(&boss), &asked).await;
    let sent = to(found).replace("%2D", "-");
    assert_eq!(sent, path);
    let unknown = page(&app, Some(&boss), "/operations/documents/planets/x");
    unknown.await.expect(404);
    let unknown = get(&app, &boss, "/api/v1/explain/planets/x").await;
    let unknown = unknown.expect(404).text;
    assert!(unknown.contains("collection"), "{unknown}");
    let nowhere = get(&app, &boss, "/api/v1/explain/todos/nobody").await;
    let nowhere = nowhere.expect(404).text;
    assert!(nowhere.contains("Nothing has this id"), "{nowhere}");
    let nowhere = page(&app, Some(&boss), "/operations/documents/todos/nobody").await;
    nowhere.expect(404);
    let unknown = get(&app, &boss, "/api/v1/explain/todos/%0A").await;
    let unknown = unknown.expect(404).text;
    assert!(unknown.contains("document"), "{unknown}");
    let wrong = [("collection", "planets")];
    post(&app, Some(&boss), "/operations/compare", &wrong)
        .await
        .expect(422);
    let wrong = [("rate", "fast")];
    post(&app, Some(&boss), "/operations/compare", &wrong)
        .await
        .expect(422);
}

async fn progress_is_told_until_the_end(on: Combination) {
    let app = Studyhall::start(on).await;
    let boss = operator(&app, "grace").await;
    for nothing in [
        json!({ "collections": [] }),
        json!({ "collections": ["todos"], "ids": [] }),
    ] {
        for path in ["/api/v1/repair", "/api/v1/verify"] {
            let refused = send(&app, &boss, path, nothing.clone()).await;
            refused.problem(422, "invalid-fields");
        }
    }
    let begun = send(
        &app,
        &boss,
        "/api/v1/repair",
        json!({ "collections": ["todos"] }),
    )
    .await;
    let begun = begun.expect(202);
    let location = begun.header("location").to_owned();
    assert_eq!(location, format!("/api/v1/operations/{}", begun.str("id")));
    let last = told_to_the_end(&app, &boss, &location).await;
    assert!(last.contains("\"by\":\"grace\""), "{last}");
    assert!(last.contains("\"collection\":\"todos\""), "{last}");
}

/// The last event of an operation, whose stream ends and is asked for again before that.
async fn told_to_the_end(app: &Studyhall, boss: &Member, location: &str) -> String {
    wait::until("the last event", SOON, async || {
        let told = get(app, boss, &format!("{location}/progress")).await;
        let told = told.expect(200);
        assert_eq!(told.header("content-type"), "text/event-stream");
        let last = told.text.trim_end().rsplit("\n\n").next();
        let last = last.filter(|last| last.contains("event: ended"));
        last.map(str::to_owned).ok_or(told.text.clone())
    })
    .await
}

async fn whoever_is_no_operator_any_more_is_told_no_progress(on: Combination) {
    let app = Studyhall::start(on).await;
    let boss = operator(&app, "grace").await;
    for n in 0..20 {
        app.todo(&boss, &format!("todo {n}")).await;
    }
    app.catch_up().await;
    let slowly = json!({ "collections": ["todos"], "ratePerSecond": 1 });
    let begun = send(&app, &boss, "/api/v1/verify", slowly)
        .await
        .expect(202);
    let operation = format!("/api/v1/operations/{}", begun.str("id"));
    let progress = format!("{operation}/progress");
    let asked = std::time::Instant::now();
    // A stream ends after some seconds, and each asks for the role.
    let told = get(&app, &boss, &progress).await.expect(200);
    assert!(asked.elapsed().as_secs() < 15, "{:?}", asked.elapsed());
    assert!(!told.text.contains("event: ended"), "{}", told.text);
    let removed = remove_operator(&app.twin, "grace").await;
    removed.expect("no operator any more");
    get(&app, &boss, &progress).await.expect(403);
    let operations = &app.twin.outbox().operations;
    let ended = operations.cancel(begun.str("id"), "").await;
    ended.expect("it ends");
}

/// The page says what a rebuild takes, begins one, and offers the way back.
async fn a_collection_is_rebuilt_and_moved_back(on: Combination) {
    let app = Studyhall::start(on).await;
    let boss = operator(&app, "grace").await;
    app.todo(&boss, "a todo").await;
    app.catch_up().await;
    let before = page(&app, Some(&boss), "/operations/rebuild")
        .await
        .expect(200);
    assert!(
        before.text.contains("What a rebuild takes"),
        "{}",
        before.text
    );
    let asked = page(
        &app,
        Some(&boss),
        "/operations/rebuild/confirm?collection=todos&act=start",
    );
    let asked = asked.await.expect(200);
    assert!(asked.text.contains("1 row, about"), "{}", asked.text);
    let act = |act: &'static str| {
        let mut form = vec![("collection", "todos"), ("act", act)];
        form.extend((act == "start").then_some(("keepHours", "1")));
        form
    };
    let never = "/operations/rebuild/confirm?collection=todos&act=";
    for what in ["pause", "resume", "cancel", "rollback"] {
        let refused = page(&app, Some(&boss), &format!("{never}{what}")).await;
        let text = refused.expect(409).text;
        assert!(text.contains("It was never rebuilt."), "{text}");
        assert!(!text.contains("name=\"act\""), "{text}");
        assert!(text.contains("todos&amp;act=start"), "{text}");
    }
    post(&app, Some(&boss), "/operations/rebuild", &act("rollback"))
        .await
        .expect(409);
    to(post(&app, Some(&boss), "/operations/rebuild", &act("start")).await);
    let shown = async |words: &str| {
        wait::until(words, SOON, async || {
            let shown = page(&app, Some(&boss), "/operations/rebuild")
                .await
                .expect(200);
            if shown.text.contains(words) {
                Ok(())
            } else {
                Err(shown.text)
            }
        })
        .await;
    };
    shown("Move readers to todos…").await;
    shown("Remove todos…").await;
    let question = "/operations/rebuild/confirm?collection=todos&act=";
    let rollback = format!("{question}rollback");
    let asked = page(&app, Some(&boss), &rollback).await;
    let asked = asked.expect(200).text;
    assert!(asked.contains("Readers move to todos, which"), "{asked}");
    to(post(&app, Some(&boss), "/operations/rebuild", &act("rollback")).await);
    let log = page(&app, Some(&boss), "/operations/log").await.expect(200);
    assert!(log.text.contains("rollback"), "{}", log.text);
    // What is beside is the newer one now.
    shown("Move readers to todos_g2…").await;
    shown("todos_g2</code> is kept until").await;
    shown("Remove todos_g2…").await;
    let cancel = format!("{question}cancel");
    let asked = page(&app, Some(&boss), &cancel).await;
    let asked = asked.expect(200).text;
    assert!(asked.contains("todos_g2 is removed now"), "{asked}");
    // Nothing is promised that is refused.
    made_by_another_mapping(&app).await;
    let shown = page(&app, Some(&boss), "/operations/rebuild").await;
    let shown = shown.expect(200).text;
    assert!(!shown.contains("Move readers to"), "{shown}");
    assert!(shown.contains("no way back with this program"), "{shown}");
    let asked = page(&app, Some(&boss), &rollback).await.expect(409).text;
    assert!(
        asked.contains("the earlier version of the program"),
        "{asked}"
    );
    app.catch_up().await;
    app.verify().await;
}

/// As if another version of the program had made what is kept.
async fn made_by_another_mapping(app: &Studyhall) {
    let primary = &app.twin.sides().primary;
    wait::until("another mapping", SOON, async || {
        let records = primary.collections().await.expect("the records");
        let mut records = records.into_iter();
        let todos = records.find(|record| record.collection == "todos");
        let mut todos = todos.expect("a record");
        todos.rebuild.as_mut().expect("a rebuild").mapping = Some(7);
        let is_said = primary.record_collection(&todos).await;
        is_said
            .expect("a record")
            .then_some(())
            .ok_or("it was changed")
    })
    .await;
}

async fn what_nobody_works_on_and_what_no_record_names_is_shown(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let boss = operator(&app, "grace").await;
    let rebuilds = app.twin.rebuilds();
    let begun = rebuilds.start("todos", &RebuildOptions::default()).await;
    begun.expect("it is asked for");
    let shown = page(&app, Some(&boss), "/operations/rebuild").await;
    let shown = shown.expect(200).text;
    assert!(
        shown.contains("no worker runs, so nobody works on it"),
        "{shown}"
    );
    let listed = get(&app, &boss, "/api/v1/rebuilds?limit=1").await;
    assert_eq!(listed.expect(200).items()[0]["withoutWorker"], true);
    rebuilds.cancel("todos").await.expect("it is cancelled");

    let todos = app.twin.registry().by_collection("todos").expect("todos");
    let stray = Schema::clone(todos).in_generation(7);
    let replica = &app.twin.sides().replica;
    replica.prepare(&stray).await.expect("a collection");
    let shown = page(&app, Some(&boss), "/operations/rebuild").await;
    let shown = shown.expect(200).text;
    assert!(
        shown.contains("<code>todos_g7</code> of todos: 0 documents"),
        "{shown}"
    );
    let plan = get(&app, &boss, "/api/v1/plan").await.expect(200);
    let plan = plan.body.as_array().expect("a list").clone();
    let todos = plan.iter().find(|one| one["collection"] == "todos");
    let strays = &todos.expect("todos")["strays"];
    assert_eq!(
        (&strays[0]["name"], &strays[0]["documents"]),
        (&json!("todos_g7"), &json!(0))
    );
    replica
        .drop_collection(&stray)
        .await
        .expect("it is removed");
    app.catch_up().await;
    app.verify().await;
}

async fn no_rows_are_counted_while_the_page_of_a_rebuild_is_refreshed(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let boss = operator(&app, "grace").await;
    let rebuilds = app.twin.rebuilds();
    let shown = async || {
        let shown = page(&app, Some(&boss), "/operations/rebuild").await;
        let shown = shown.expect(200);
        assert!(shown.text.contains("<option value=\"todos\""));
        let counts = shown.text.contains("What a rebuild takes");
        (shown.headers.contains_key("refresh"), counts)
    };
    rebuilds
        .start("todos", &RebuildOptions::default())
        .await
        .expect("it is asked for");
    assert_eq!(shown().await, (true, false));
    rebuilds.cancel("todos").await.expect("it is cancelled");
    assert_eq!(shown().await, (false, true));
    app.catch_up().await;
    app.verify().await;
}

async fn a_rebuild_is_followed_over_http(on: Combination) {
    let app = Studyhall::start(on).await;
    let boss = operator(&app, "grace").await;
    app.todo(&boss, "a todo").await;
    app.catch_up().await;
    let one = "/api/v1/rebuilds/todos";
    for never in [one, "/api/v1/rebuilds/planets"] {
        get(&app, &boss, never).await.expect(404);
    }
    let start = json!({ "act": "start" });
    let begun = send(&app, &boss, one, start).await.expect(202);
    let location = begun.header("location").to_owned();
    assert_eq!(
        location,
        format!("/api/v1/operations/{}", begun.str("operation"))
    );
    let last = told_to_the_end(&app, &boss, &location).await;
    assert!(last.contains("\"state\":\"succeeded\""), "{last}");
    assert!(last.contains("\"by\":\"grace\""), "{last}");
    let now = get(&app, &boss, one).await.expect(200);
    assert_eq!(now.str("serving"), "todos_g2");
    app.catch_up().await;
    app.verify().await;
}
