//! Every page, wide and narrow, light and dark, empty and full: what axe-core finds, whether it fits, what it weighs.
//! A picture of each is kept under `target/screenshots/`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use twinbase::{prelude::*, sync::verify::VerifyOptions};
use twinbase_testkit::browser::Colours::{Dark, Light};

use super::{Hall, Person, Scripts, community::Community};
use crate::operator::{console, operator};

/// axe-core as its authors publish it; the licence is beside it.
pub(crate) const AXE: &str = include_str!("vendor/axe-4.14.1.min.js");
pub(crate) const AUDIT: &str = include_str!("audit.js");
const WEIGHT: &str = include_str!("weight.js");
/// The whole of most pages, on a screen of any height.
const TALLEST: u64 = 4_000;

#[tokio::test(flavor = "multi_thread")]
async fn pages_for_strangers_are_light_and_accessible() {
    let Some(hall) = Hall::open(Scripts::On).await else {
        return;
    };
    let stranger = hall.person().await;
    let mut wrong = Vec::new();
    for (name, path) in [
        ("front", "/"),
        ("sign-up", "/signup"),
        ("sign-in", "/login"),
        ("board", "/leaderboard"),
    ] {
        wrong.extend(look(&stranger, "stranger", name, path).await);
    }
    stranger.visit("/signup").await;
    stranger.follow("main button", "Sign up").await;
    wrong.extend(seen(&stranger, "stranger", "sign-up-refused").await);
    stranger.visit("/nowhere").await;
    wrong.extend(seen(&stranger, "stranger", "not-found").await);
    assert_eq!(stranger.troubles().len(), 2, "two refusals");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_a_newcomer_are_light_and_accessible() {
    let Some(hall) = Hall::open(Scripts::On).await else {
        return;
    };
    let ada = hall.member("ada").await;
    let mut wrong = Vec::new();
    for (name, path) in SAME_FOR_ALL {
        wrong.extend(look(&ada, "empty", name, path).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_full_of_life_are_light_and_accessible() {
    let Some(hall) = Hall::open(Scripts::On).await else {
        return;
    };
    let all = Box::pin(Community::gather(&hall.app)).await;
    let ada = hall.person_of(&all.ada).await;
    let mut wrong = Vec::new();
    for (name, path) in SAME_FOR_ALL {
        wrong.extend(look(&ada, "full", name, path).await);
    }
    ada.resize(320, 800).await;
    ada.visit("/reports?view=year").await;
    let square = "document.querySelector('.scroll rect').getBoundingClientRect().width";
    assert_eq!(ada.evaluate(square).await, 10, "a day is large enough");
    for (name, path) in of(&all) {
        wrong.extend(look(&ada, "full", name, &path).await);
    }
    let stranger = hall.person().await;
    let open = format!("/forms/{}", all.open);
    for (name, path) in [("front", "/"), ("board", "/leaderboard"), ("form", &open)] {
        wrong.extend(look(&stranger, "full-stranger", name, path).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// On a slow machine a page can be looked at while it marks a thread as read, or reads a panel again.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_an_answer_stays_readable() {
    let Some(hall) = Hall::open(Scripts::On).await else {
        return;
    };
    let (ada, bob) = (hall.app.member("ada").await, hall.app.member("bob").await);
    crate::friends::befriend(&hall.app, &ada, &bob).await;
    let text = json!({ "text": "Chapter 3?" });
    let call = hall.app.call("POST", "/api/v1/messages/ada").by(&bob.token);
    call.json(&text).send().await.expect(201);
    hall.app.todo(&ada, "Chapter 3").await;
    let ada = hall.person_of(&ada).await;
    let wait = "document.querySelectorAll('main :is(form, section)').forEach((one) => one.classList.add('htmx-request'))";
    let contrast = json!(["color-contrast"]);
    let mut wrong = Vec::new();
    for path in ["/messages/bob", "/", "/sessions", "/account/delete"] {
        ada.visit(path).await;
        ada.evaluate(&format!("{AXE};0")).await;
        for colours in [Light, Dark] {
            ada.prefer(colours).await;
            ada.evaluate(wait).await;
            let found = texts(ada.evaluate(&format!("{AUDIT}({contrast})")).await);
            let place = |what| format!("{path} {colours:?}: {what}");
            wrong.extend(found.into_iter().map(place));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_console_are_light_and_accessible() {
    let Some(hall) = Hall::open(Scripts::On).await else {
        return;
    };
    let boss = operator(&hall.app, "grace").await;
    let todo = hall.app.todo(&boss, "a todo").await;
    hall.app.todo(&boss, "another").await;
    hall.app.catch_up().await;
    let failed = "update \"Outbox\" set processed = false, processed_at = null, retry_count = 6, \
         last_error = 'refused by a rule', error_key = 'rejected-121', failed_at = created_at where aggregate_type = 'todo'";
    hall.app.sql(failed.to_owned()).await;
    let pause = hall.app.twin.outbox().by("grace");
    let scope = PauseScope::Collection("forms".to_owned());
    pause.pause(&scope, "it is moved").await.expect("a pause");
    let compared = pause.verify(VerifyOptions::default()).await;
    let compared = compared.expect("a comparison");
    compared.wait().await;
    let grace = hall.person_of(&boss).await;
    let mut wrong = Vec::new();
    for below in console::PAGES {
        let path = format!("/operations{below}");
        let name: String = below.chars().take_while(|c| *c != '?').collect();
        let name = format!("page{}", name.replace('/', "-"));
        wrong.extend(look(&grace, "console", &name, &path).await);
    }
    let all = EventFilter::default();
    let events = hall.app.twin.outbox().list(&all, None, 1).await;
    let event = &events.expect("events").items[0].id;
    for (name, path) in [
        ("event", format!("/events/{event}")),
        (
            "event-failed",
            "/confirm?verb=discard&errorKey=rejected-121".to_owned(),
        ),
        ("document", format!("/documents/todos/{}", todo.str("id"))),
        ("operation", format!("/log/{}", compared.id)),
        ("refused", "/repair?collection=todos&rate=fast".to_owned()),
        ("not-found", "/log/nothing".to_owned()),
    ] {
        wrong.extend(look(&grace, "console", name, &format!("/operations{path}")).await);
    }
    assert_eq!(grace.troubles().len(), 2, "two refusals");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const SAME_FOR_ALL: [(&str, &str); 24] = [
    ("home", "/"),
    ("todos", "/todos"),
    ("todos-done", "/todos?show=done"),
    ("todos-several", "/todos/bulk"),
    ("sessions", "/sessions"),
    ("reports", "/reports"),
    ("reports-week", "/reports?view=week"),
    ("reports-month", "/reports?view=month"),
    ("reports-year", "/reports?view=year"),
    ("board", "/leaderboard"),
    ("board-all", "/leaderboard?range=all"),
    ("board-friends", "/leaderboard?who=friends"),
    ("messages", "/messages"),
    ("friends", "/friends"),
    ("forms", "/forms"),
    ("forms-to-answer", "/forms?show=to-answer"),
    ("forms-answered", "/forms?show=answered"),
    ("search", "/search"),
    ("search-found", "/search?q=chapter"),
    ("points", "/points"),
    ("profile-own", "/u/ada"),
    ("account", "/account"),
    ("account-day", "/account/day"),
    ("account-delete", "/account/delete"),
];

/// Pages of what there is.
fn of(all: &Community) -> Vec<(&'static str, String)> {
    let (todo, form) = (&all.todo, &all.form);
    vec![
        ("todo", format!("/todos/{todo}/edit")),
        ("todo-delete", format!("/todos/{todo}/delete")),
        ("session-discard", "/sessions/discard".to_owned()),
        (
            "session-delete",
            format!("/sessions/{}/delete", all.session),
        ),
        ("thread", "/messages/bob".to_owned()),
        (
            "thread-of-long-name",
            "/messages/The-Longest.Name_of-Them-All.7".to_owned(),
        ),
        (
            "message-delete",
            format!("/messages/bob/delete/{}", all.message),
        ),
        ("friend-remove", "/friends/bob/remove".to_owned()),
        ("friend-block", "/friends/bob/block".to_owned()),
        ("profile", "/u/bob".to_owned()),
        (
            "profile-of-long-name",
            "/u/The-Longest.Name_of-Them-All.7".to_owned(),
        ),
        ("form-builder", format!("/forms/{form}/edit")),
        ("form-results", format!("/forms/{form}/results")),
        ("form-delete", format!("/forms/{form}/delete")),
        ("form", format!("/forms/{form}")),
        ("form-open", format!("/forms/{}", all.open)),
        ("form-answered", format!("/forms/{}", all.answered)),
        ("form-copy", format!("/forms/{}/copy", all.answered)),
        ("form-closed", format!("/forms/{}", all.closed)),
        ("search-people", "/search?q=leila".to_owned()),
    ]
}

/// What is wrong with a page.
async fn look(person: &Person, group: &str, name: &str, path: &str) -> Vec<String> {
    person.visit(path).await;
    seen(person, group, name).await
}

/// The same for the page that is there.
async fn seen(person: &Person, group: &str, name: &str) -> Vec<String> {
    let mut wrong = texts(person.evaluate(WEIGHT).await);
    person.evaluate(&format!("{AXE};0")).await;
    for (width, size) in [(320, "narrow"), (1_280, "wide")] {
        for (colours, theme) in [(Light, "light"), (Dark, "dark")] {
            person.prefer(colours).await;
            person.resize(width, 800).await;
            // Another theme changes colours only.
            let rules = match colours {
                Light => Value::Null,
                Dark => json!(["color-contrast"]),
            };
            let found = person.evaluate(&format!("{AUDIT}({rules})")).await;
            let place = |what| format!("{size} {theme}: {what}");
            wrong.extend(texts(found).into_iter().map(place));
            let height = person.evaluate("document.documentElement.scrollHeight");
            let height = height
                .await
                .as_u64()
                .unwrap_or_default()
                .clamp(800, TALLEST);
            person
                .resize(width, u32::try_from(height).expect("it is small"))
                .await;
            let file = format!("{name}-{size}-{theme}.png");
            person.screenshot(&folder().join(group).join(file)).await;
        }
    }
    wrong
        .into_iter()
        .map(|what| format!("{group} {name}: {what}"))
        .collect()
}

fn texts(found: Value) -> Vec<String> {
    serde_json::from_value(found).expect("it is a list of sentences")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots")
}
