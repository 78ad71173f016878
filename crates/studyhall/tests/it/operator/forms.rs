//! The forms of the console: what is refused is shown again as it was typed, with the field and the remedy.

use std::num::NonZeroU32;

use serde_json::json;
use twinbase::{core::primary::Phase, sync::rebuild::RebuildOptions};
use twinbase_testkit::wait;

use super::{SOON, failed, operator, post as send};
use crate::{
    support::{Answer, Combination, Member, Studyhall, on_two_combinations},
    web::{cookie, page, post},
};

on_two_combinations! {
    a_refused_form_is_shown_again_as_it_was_typed,
    a_form_that_is_refused_for_the_state_of_things_keeps_what_was_typed,
    a_rebuild_has_the_rate_and_the_way_back_that_were_asked_for,
    an_address_that_leads_nowhere_stays_in_the_console,
    older_events_are_of_the_same_filter,
}

async fn sent(app: &Studyhall, boss: &Member, below: &str, fields: &[(&str, &str)]) -> Answer {
    post(app, Some(boss), &format!("/operations{below}"), fields).await
}

/// The console's own frame, with this input as it was typed and this sentence at the field.
fn shows(answer: &Answer, name: &str, typed: &str, error: &str) {
    let text = &answer.text;
    assert!(text.contains("aria-label=\"Operations\""), "{text}");
    let input = format!("id=\"{name}\" name=\"{name}\"");
    let input = text.split(&input).nth(1).expect("the field");
    let input = input.split('>').next().unwrap_or_default();
    assert!(input.contains(&format!("value=\"{typed}\"")), "{input}");
    assert!(input.contains("aria-invalid=\"true\""), "{input}");
    assert!(text.contains(error), "{text}");
    assert!(text.contains(&format!("href=\"#{name}\"")), "{text}");
}

const NUMBER: &str = "must be a number from 1 to 4,294,967,295";

async fn a_refused_form_is_shown_again_as_it_was_typed(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let boss = operator(&app, "grace").await;
    let wrong = [("collection", "users"), ("rate", "fast")];
    let compare = sent(&app, &boss, "/compare", &wrong).await.expect(422);
    shows(&compare, "rate", "fast", NUMBER);
    let kept = "value=\"users\" selected";
    assert!(compare.text.contains(kept), "{}", compare.text);
    let repair = page(
        &app,
        Some(&boss),
        "/operations/repair?collection=users&rate=0",
    );
    let repair = repair.await.expect(422);
    shows(&repair, "rate", "0", NUMBER);
    assert!(repair.text.contains("value=\"users\""), "{}", repair.text);
    let wrong = [
        ("collection", "users"),
        ("id", "1"),
        ("rate", "-1"),
        ("repair", "on"),
    ];
    let repair = sent(&app, &boss, "/compare", &wrong).await.expect(422);
    shows(&repair, "rate", "-1", NUMBER);
    for kept in ["name=\"id\" value=\"1\"", "name=\"repair\" value=\"on\""] {
        assert!(repair.text.contains(kept), "{}", repair.text);
    }
    let wrong = [
        ("collection", "todos"),
        ("act", "start"),
        ("keepHours", "a day"),
        ("rate", "1e3"),
    ];
    let rebuild = sent(&app, &boss, "/rebuild", &wrong).await.expect(422);
    shows(&rebuild, "keepHours", "a day", "must be a number from 0");
    shows(&rebuild, "rate", "1e3", NUMBER);
    assert!(rebuild.text.contains("2 things to fix"), "{}", rebuild.text);
    let too_long = "x".repeat(501);
    let wrong = [("scope", "collection:todos"), ("reason", &*too_long)];
    let pause = sent(&app, &boss, "/pause", &wrong).await.expect(422);
    shows(&pause, "reason", &too_long, "500 characters at most");
    let kept = "value=\"collection:todos\" selected";
    assert!(pause.text.contains(kept), "{}", pause.text);
    let id = "i".repeat(1_025);
    let documents = format!("/operations/documents?collection=users&id={id}");
    let documents = page(&app, Some(&boss), &documents).await.expect(422);
    shows(&documents, "id", &id, "1 to 1024 bytes");
    assert!(
        app.twin
            .rebuilds()
            .list()
            .await
            .expect("rebuilds")
            .is_empty()
    );
    let log = app.twin.outbox().operations.list(None, 10).await;
    assert_eq!(log.expect("the log"), []);
}

async fn a_form_that_is_refused_for_the_state_of_things_keeps_what_was_typed(on: Combination) {
    let app = Studyhall::start(on).await;
    let boss = operator(&app, "grace").await;
    let options = RebuildOptions::default();
    app.twin
        .rebuilds()
        .start("todos", &options)
        .await
        .expect("a rebuild");
    let again = [
        ("collection", "todos"),
        ("act", "start"),
        ("keepHours", "0"),
        ("rate", "77"),
    ];
    let busy = sent(&app, &boss, "/rebuild", &again).await.expect(409);
    for kept in [
        "value=\"77\"",
        "name=\"keepHours\" inputmode=\"numeric\" value=\"0\"",
    ] {
        assert!(busy.text.contains(kept), "{}", busy.text);
    }
    assert!(
        busy.text.contains("the last rebuild of `todos` is"),
        "{}",
        busy.text
    );
    // A small one may be that far already.
    let remedies = ["Wait until it has ended", "try again in half a minute"];
    let is_told = remedies.iter().any(|remedy| busy.text.contains(remedy));
    assert!(is_told, "{}", busy.text);
}

/// What the console, the API and the command line are asked for alike. None kept is a wish as well.
async fn a_rebuild_has_the_rate_and_the_way_back_that_were_asked_for(on: Combination) {
    let app = Studyhall::start(on).await;
    let boss = operator(&app, "grace").await;
    let wish = [
        ("collection", "todos"),
        ("act", "start"),
        ("keepHours", "0"),
        ("rate", "5000"),
    ];
    sent(&app, &boss, "/rebuild", &wish).await.expect(303);
    let most = "the longest time is 36500d";
    for (wish, field, words) in [
        (
            json!({ "act": "start", "keepSeconds": 3_153_600_001_u64 }),
            "/keepSeconds",
            most,
        ),
        (
            json!({ "act": "pause", "keepSeconds": 3 }),
            "/keepSeconds",
            "cannot be used with pause",
        ),
        (
            json!({ "act": "cancel", "ratePerSecond": 3 }),
            "/ratePerSecond",
            "cannot be used with cancel",
        ),
    ] {
        let refused = send(&app, &boss, "/api/v1/rebuilds/users", wish)
            .await
            .expect(422);
        for part in [field, words] {
            assert!(refused.text.contains(part), "{}", refused.text);
        }
    }
    let ages = [
        ("collection", "users"),
        ("act", "start"),
        ("keepHours", "876001"),
    ];
    let refused = sent(&app, &boss, "/rebuild", &ages).await.expect(422);
    assert!(refused.text.contains(most), "{}", refused.text);
    let wish = json!({ "act": "start", "keepSeconds": 0, "ratePerSecond": 6_000 });
    send(&app, &boss, "/api/v1/rebuilds/users", wish)
        .await
        .expect(202);
    let records = app.twin.sides().primary.collections().await;
    for record in records.expect("the records") {
        let rate = match &*record.collection {
            "todos" => 5_000,
            "users" => 6_000,
            _ => continue,
        };
        let rebuild = record.rebuild.expect("a rebuild");
        assert_eq!(rebuild.keep_seconds, 0, "{}", record.collection);
        assert_eq!(rebuild.rate.map(NonZeroU32::get), Some(rate));
        let collection = &record.collection;
        wait::until("the end of the way back", SOON, async || {
            let now = app.twin.rebuilds().of(collection).await;
            let now = now.expect("a rebuild").expect("a rebuild");
            let is_left = now.phase == Phase::Ended && now.serving.ends_with("_g2");
            if is_left {
                Ok(())
            } else {
                Err(format!("{now:?}"))
            }
        })
        .await;
    }
    app.catch_up().await;
    app.verify().await;
}

/// A browser stays in the console, and a program gets what it can read.
async fn an_address_that_leads_nowhere_stays_in_the_console(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let boss = operator(&app, "grace").await;
    for (below, status) in [("/log/none", 404), ("/events?status=mythical", 400)] {
        let path = format!("/operations{below}");
        let call = |accept: &'static str| {
            let call = app.call("GET", &path).header("cookie", cookie(&boss));
            call.header("accept", accept)
        };
        let shown = call("text/html").send().await.expect(status);
        let text = &shown.text;
        assert!(text.contains("aria-label=\"Operations\""), "{text}");
        assert!(text.contains("Reference"), "{text}");
        let program = call("application/json").send().await.expect(status);
        assert_eq!(program.header("content-type"), "application/problem+json");
    }
}

async fn older_events_are_of_the_same_filter(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let boss = operator(&app, "grace").await;
    failed(&app, &boss, 51).await;
    let query = "status=failed&errorKey=rejected-121&aggregateType=todo&asOf=2999-01-01T00:00:00Z";
    let path = format!("/operations/events?{query}");
    let first = page(&app, Some(&boss), &path).await.expect(200).text;
    let older = first.split("rel=\"next\"").next().expect("a link");
    let older = older.rsplit("href=\"").next().unwrap_or_default();
    for kept in [
        "status=failed",
        "errorKey=rejected%2D121",
        "aggregateType=todo",
        "asOf=2999%2D01%2D01T00%3A00%3A00Z",
    ] {
        assert!(older.contains(kept), "{older}");
    }
    // Choosing another status keeps the rest as well.
    let kept = "name=\"asOf\" value=\"2999-01-01T00:00:00Z\"";
    assert!(first.contains(kept), "{first}");
}
