//! What pages have for it: panels that read themselves again, and nothing that moves under the reader.

use jiff::SignedDuration;

use crate::{
    friends::befriend,
    messages::send,
    support::{Combination, Studyhall, on_two_combinations},
    web::{cookie, cookies, page, post},
};

on_two_combinations! {
    a_panel_reads_itself_again_alone,
    a_thread_grows_at_its_end,
    a_board_says_that_it_changed_and_does_not_move,
    pages_that_stand_still_and_keys_are_settings,
    a_chip_has_the_time_on_the_readers_clock,
}

/// The value of an attribute in an element with this id.
#[track_caller]
fn attribute<'a>(page: &'a str, id: &str, name: &str) -> Option<&'a str> {
    let at = page
        .find(&format!("id=\"{id}\""))
        .unwrap_or_else(|| panic!("no {id} in {page}"));
    let start = page[..at].rfind('<').expect("it is in an element");
    let element = page[start..].split('>').next().expect("it ends");
    let (_, value) = element.split_once(&format!(" {name}=\""))?;
    value.split('"').next()
}

async fn a_panel_reads_itself_again_alone(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    app.todo(&ada, "Chapter 3").await;
    app.todo(&bob, "Chapter 4").await;
    app.catch_up().await;
    for (path, panels) in [
        ("/", &["todos", "session", "points", "streak"][..]),
        ("/todos?show=open", &["todos"]),
        ("/sessions", &["timer", "sessions"]),
        ("/messages", &["threads"]),
        ("/friends", &["friends"]),
        ("/points", &["ledger"]),
        ("/reports?view=day", &["today", "reports"]),
        ("/reports?view=week", &["study", "streak"]),
    ] {
        let whole = page(&app, Some(&ada), path).await.expect(200).text;
        for panel in panels {
            let again = attribute(&whole, panel, "hx-get")
                .expect("it is live")
                .replace("&amp;", "&");
            assert!(
                again.starts_with(path) && again.ends_with(&format!("panel={panel}")),
                "{again}"
            );
            assert_eq!(
                attribute(&whole, panel, "hx-select"),
                Some(&*format!("#{panel}"))
            );
            let waits = attribute(&whole, panel, "hx-trigger").expect("it waits");
            let stream = attribute(&whole, "live", "data-stream").expect("there is one");
            for event in waits.split(", ") {
                let (topic, from) = event.split_once(' ').expect("an event");
                assert_eq!(from, "from:#live");
                assert!(
                    stream.contains(topic),
                    "{topic} of {panel} is not in {stream}"
                );
            }
            let alone = page(&app, Some(&ada), &again).await.expect(200);
            assert!(
                !alone.text.contains("<html") && !alone.text.contains("Chapter 4"),
                "{}",
                alone.text
            );
            assert_eq!(
                attribute(&alone.text, panel, "hx-get"),
                attribute(&whole, panel, "hx-get")
            );
        }
    }
    let todos = page(&app, Some(&ada), "/?panel=todos")
        .await
        .expect(200)
        .text;
    assert!(
        todos.contains("Chapter 3") && !todos.contains("id=\"streak\""),
        "{todos}"
    );
    let stranger = page(&app, None, "/todos?panel=todos").await;
    assert_eq!(stranger.status, 303);
}

async fn a_thread_grows_at_its_end(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    befriend(&app, &ada, &bob).await;
    for n in 1..=60 {
        send(&app, &ada, &bob, &format!("no. {n}."))
            .await
            .expect(201);
    }
    app.catch_up().await;
    let whole = page(&app, Some(&bob), "/messages/ada")
        .await
        .expect(200)
        .text;
    let again = attribute(&whole, "thread", "hx-get")
        .expect("it is live")
        .replace("&amp;", "&");
    assert_eq!(again, "/messages/ada?after=10&panel=thread");
    assert_eq!(attribute(&whole, "unread-60", "hx-swap"), Some("delete"));
    send(&app, &ada, &bob, "no. 61.").await.expect(201);
    app.catch_up().await;
    let grown = page(&app, Some(&bob), &again).await.expect(200).text;
    // The first is the same, and the new one is the last.
    assert!(
        grown.contains("no. 11.") && !grown.contains("no. 10."),
        "{grown}"
    );
    let (first, last) = (
        grown.find("no. 60.").expect("it is there"),
        grown.find("no. 61."),
    );
    assert!(last > Some(first));
    assert_eq!(attribute(&grown, "unread-61", "hx-trigger"), Some("load"));
    assert_eq!(
        attribute(&grown, "thread", "hx-get").map(|path| path.replace("&amp;", "&")),
        Some(again)
    );
    // Whoever reads what was before is left alone.
    let older = page(&app, Some(&bob), "/messages/ada?before=11")
        .await
        .expect(200)
        .text;
    assert_eq!(attribute(&older, "thread", "hx-get"), None);
    let badge = page(&app, Some(&bob), "/messages?panel=unread")
        .await
        .expect(200)
        .text;
    assert!(
        badge.contains("61<span> unread") && !badge.contains("<section"),
        "{badge}"
    );
    post(
        &app,
        Some(&bob),
        "/messages/ada/read",
        &[("position", "61")],
    )
    .await
    .expect(303);
    let badge = page(&app, Some(&bob), "/messages?panel=unread")
        .await
        .expect(200)
        .text;
    assert!(
        badge.contains("id=\"unread\"") && !badge.contains("61"),
        "{badge}"
    );
}

async fn a_board_says_that_it_changed_and_does_not_move(on: Combination) {
    let app = Studyhall::start(on).await;
    app.clock.set("2030-02-03T22:00:00Z");
    let ada = app.member("ada").await;
    let path = "/leaderboard?range=week&who=friends";
    let whole = page(&app, Some(&ada), path).await.expect(200).text;
    assert_eq!(attribute(&whole, "board", "hx-get"), None);
    assert!(!whole.contains("Board changed"));
    assert_eq!(
        attribute(&whole, "changed", "hx-trigger"),
        Some("board from:#live, week from:#live")
    );
    // What is around it would have its answer be a whole page.
    assert_eq!(attribute(&whole, "changed", "hx-select"), Some("#changed"));
    let again = attribute(&whole, "changed", "hx-get")
        .expect("it is live")
        .replace("&amp;", "&");
    let news = page(&app, Some(&ada), &again).await.expect(200).text;
    assert!(
        news.contains("Board changed: <a href=\"/leaderboard?range=week&amp;who=friends\">"),
        "{news}"
    );
    app.clock.advance(SignedDuration::from_hours(3));
    let news = page(&app, Some(&ada), &again).await.expect(200).text;
    assert!(news.contains("New week: <a"), "{news}");
    let stranger = page(&app, None, "/leaderboard").await.expect(200).text;
    assert!(!stranger.contains("id=\"live\""), "{stranger}");
}

async fn pages_that_stand_still_and_keys_are_settings(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let usual = page(&app, Some(&ada), "/account").await.expect(200).text;
    assert!(
        usual.contains("id=\"live\"")
            && usual.contains("<body data-keys")
            && usual.contains("id=\"keys\"")
    );
    let off = [
        ("theme", "system"),
        ("livePages", "false"),
        ("shortcuts", "false"),
    ];
    let saved = post(&app, Some(&ada), "/account/look", &off)
        .await
        .expect(303);
    let with = format!("{}; {}", cookie(&ada), cookies(&saved));
    for path in ["/account", "/todos", "/messages"] {
        let call = app.call("GET", path).header("cookie", &with);
        let still = call.send().await.expect(200).text;
        for gone in ["id=\"live\"", "data-keys", "id=\"keys\"", "panel="] {
            assert!(!still.contains(gone), "{gone} on {path}: {still}");
        }
    }
    let on = [
        ("theme", "system"),
        ("livePages", "true"),
        ("shortcuts", "true"),
    ];
    let saved = post(&app, Some(&ada), "/account/look", &on)
        .await
        .expect(303);
    let set: Vec<_> = saved.headers.get_all("set-cookie").iter().collect();
    assert!(
        set.iter()
            .all(|cookie| cookie.to_str().is_ok_and(|cookie| !cookie.contains("=off")))
    );
    let list = page(&app, None, "/keys").await.expect(200).text;
    for key in ["<kbd>/</kbd>", "<kbd>g b</kbd>", "<kbd>?</kbd>"] {
        assert!(list.contains(key), "{list}");
    }
}

async fn a_chip_has_the_time_on_the_readers_clock(on: Combination) {
    let app = Studyhall::start(on).await;
    app.clock.set("2030-02-01T12:00:30Z");
    let ada = app.member("ada").await;
    let zone = serde_json::json!({ "timeZone": "Asia/Kathmandu" });
    let call = app.call("PATCH", "/api/users/me").by(&ada.token);
    call.json(&zone).send().await.expect(200);
    let points = page(&app, Some(&ada), "/points").await.expect(200).text;
    assert!(
        points.contains("Updated <time datetime=\"2030-02-01T1"),
        "{points}"
    );
    assert!(points.contains(">17:45:"), "{points}");
}
