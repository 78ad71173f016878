//! What somebody typed is never lost, and nothing is in the way of saving it that is not about it.

use serde_json::json;
use twinbase::prelude::*;

use super::{cookies, page, post};
use crate::{
    forms::opened,
    friends::{befriend, show},
    support::{Combination, PASSWORD, Studyhall, on_two_combinations},
};

on_two_combinations! {
    a_profile_is_saved_although_a_point_was_earned_meanwhile,
    a_message_that_cannot_be_sent_is_there_to_be_copied,
    answers_to_a_form_that_is_gone_are_there_to_be_copied,
    a_second_report_of_a_day_keeps_its_notes,
    every_form_keeps_what_was_typed_when_the_session_has_ended,
    whoever_is_new_comes_to_the_page_that_they_wanted,
    a_due_date_is_set_changed_and_removed,
    what_is_done_twice_is_answered_as_if_it_were_done_once,
    what_was_typed_about_a_todo_that_is_gone_can_be_added_anew,
    a_profile_shows_others_what_the_server_timed_and_no_report,
}

/// The value of a form's field as a page has it.
fn value(page: &str, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let at = page.find(&mark).expect("the field is there") + mark.len();
    let value = page[at..].split('"').next().expect("it ends");
    value.replace("&quot;", "\"").replace("&amp;", "&")
}

async fn a_profile_is_saved_although_a_point_was_earned_meanwhile(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let shown = page(&app, Some(&ada), "/account").await.expect(200).text;
    let shown = value(&shown, "shown");
    app.sql(format!(
        "update users set total_points = 1 where id = '{}'",
        ada.id
    ))
    .await;
    let profile = |shown| {
        [
            ("username", "ada"),
            ("email", "new@example.com"),
            ("avatar", ""),
            ("showProfile", "true"),
            ("shown", shown),
        ]
    };
    post(&app, Some(&ada), "/account/profile", &profile(&shown))
        .await
        .expect(303);
    // The second time somebody else has changed the address: what is shown is not what there is.
    let other = post(&app, Some(&ada), "/account/profile", &profile(&shown)).await;
    let other = other.expect(422).text;
    assert!(
        other.contains("changed elsewhere") && other.contains("new@example.com"),
        "{other}"
    );
}

async fn a_message_that_cannot_be_sent_is_there_to_be_copied(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let typed = "Chapter <3>? ".repeat(1_000);
    let texts = ["Chapter <3>?", &*typed];
    let is_kept = async |why: &str| {
        for text in texts {
            let unsent = post(&app, Some(&ada), "/messages/bob", &[("text", text)]).await;
            assert!((400..500).contains(&unsent.status), "{}", unsent.text);
            for words in ["Error: ", "Chapter &lt;3&gt;?"] {
                assert!(unsent.text.contains(words), "{why}: {}", unsent.text);
            }
            let is_said = text == typed || unsent.text.contains("Not sent.");
            assert!(is_said, "{why}: {}", unsent.text);
        }
    };
    for deed in ["remove", "block"] {
        befriend(&app, &ada, &bob).await;
        post(&app, Some(&bob), &format!("/friends/ada/{deed}"), &[])
            .await
            .expect(303);
        is_kept(deed).await;
    }
    let leave = app.call("POST", "/api/v1/account/delete").by(&bob.token);
    let leave = leave.json(&json!({ "password": PASSWORD }));
    assert!(leave.send().await.status < 300);
    is_kept("account").await;
}

async fn answers_to_a_form_that_is_gone_are_there_to_be_copied(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    show(&app, &bob).await;
    let mut pages = Vec::new();
    for is_blocked in [false, true] {
        let form = opened(&app, &ada, json!({ "isPublic": true })).await;
        let form = format!("/forms/{}", form.str("id"));
        let gone = if is_blocked {
            "/friends/bob/block"
        } else {
            &format!("{form}/delete")
        };
        post(&app, Some(&ada), gone, &[]).await.expect(303);
        for version in ["1", "none"] {
            let answers = [
                ("formVersion", version),
                ("answers.why", "Typed <for> long"),
                ("many.days:0", "Monday"),
            ];
            let unsent = post(&app, Some(&bob), &format!("{form}/responses"), &answers).await;
            let unsent = unsent.expect(404).text;
            for words in [
                "Not sent. We cannot find this.",
                "Typed &lt;for&gt; long",
                "Monday",
            ] {
                assert!(unsent.contains(words), "no {words} in {unsent}");
            }
            pages.push(unsent.split("<main").nth(1).map(str::to_owned));
        }
    }
    // Nothing tells a block from a deletion.
    assert!(pages.windows(2).all(|two| two[0] == two[1]), "{pages:?}");
}

async fn every_form_keeps_what_was_typed_when_the_session_has_ended(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let todo = app.todo(&ada, "Chapter 3").await;
    let todo = format!("/todos/{}", todo.str("id"));
    app.sql("delete from auth_sessions".to_owned()).await;
    let typed = "Typed <for> long";
    for (path, field) in [
        ("/forms", "title"),
        ("/forms/1/edit", "q0.text"),
        ("/forms/1/responses", "answers.q1"),
        (&*todo, "description"),
        ("/todos/bulk", "lines"),
        ("/account/day", "holidays"),
        ("/account/profile", "username"),
        ("/friends", "username"),
        ("/messages/bob", "text"),
        ("/reports", "notes"),
        ("/sessions", "subject"),
    ] {
        let kept = post(&app, Some(&ada), path, &[("key", "k1"), (field, typed)]).await;
        let kept = kept.expect(401).text;
        for text in [
            &*format!("action=\"{path}\""),
            &*format!("name=\"{field}\" value=\"Typed &lt;for&gt; long\""),
            "name=\"key\" value=\"k1\"",
            "Send it again",
            "target=\"_blank\"",
        ] {
            assert!(kept.contains(text), "{path}: no {text} in {kept}");
        }
    }
}

async fn a_second_report_of_a_day_keeps_its_notes(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let report = |notes| {
        [
            ("studyHours", "1"),
            ("completionPct", "50"),
            ("notes", notes),
        ]
    };
    post(&app, Some(&ada), "/reports", &report("First"))
        .await
        .expect(303);
    let second = post(&app, Some(&ada), "/reports", &report("Typed for long")).await;
    let second = second.expect(409).text;
    assert!(
        second.contains("is not saved") && second.contains("Typed for long"),
        "{second}"
    );
}

async fn whoever_is_new_comes_to_the_page_that_they_wanted(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let there = "/login?next=%2Fforms%2Fa%3Fb%3Dc";
    let login = page(&app, None, there).await.expect(200).text;
    let link = "/signup?next=%2Fforms%2Fa%3Fb%3Dc";
    assert!(login.contains(&format!("href=\"{link}\"")), "{login}");
    let form = page(&app, None, link).await.expect(200).text;
    assert!(form.contains(&format!("action=\"{link}\"")), "{form}");
    assert!(form.contains(&format!("href=\"{there}\"")), "{form}");
    let fields = |name, password| {
        [
            ("username", name),
            ("email", "ada@example.com"),
            ("password", password),
        ]
    };
    let short = post(&app, None, link, &fields("ada", "short")).await;
    assert!(short.expect(422).text.contains(link));
    let signed_up = post(&app, None, link, &fields("ada", PASSWORD)).await;
    assert_eq!(signed_up.expect(303).header("location"), "/forms/a?b=c");
    // Whoever signs up with a zone lives by it, and nobody is asked to set it.
    let zone = async |name: &'static str, zone: &'static str| {
        let email = format!("{name}@example.com");
        let fields = [
            ("username", name),
            ("email", &*email),
            ("password", PASSWORD),
            ("timeZone", zone),
        ];
        let signed_up = post(&app, None, "/signup", &fields).await.expect(303);
        let home = app.call("GET", "/").header("cookie", cookies(&signed_up));
        let home = home.send().await.expect(200).text;
        assert!(home.contains("Start here"), "{home}");
        home.contains("Set your time zone")
    };
    assert!(zone("utc", "").await);
    assert!(zone("lost", "Etc/Unknown").await);
    assert!(!zone("kath", "asia/Kathmandu").await);
    let mars = [
        ("username", "mars"),
        ("email", "mars@example.com"),
        ("password", PASSWORD),
        ("timeZone", "Mars"),
    ];
    let refused = post(&app, None, "/signup", &mars).await.expect(422).text;
    assert!(refused.contains("value=\"Mars\""), "{refused}");
    let away = "/signup?next=https%3A%2F%2Fevil.example";
    let signed_up = [
        ("username", "eve"),
        ("email", "eve@example.com"),
        ("password", PASSWORD),
    ];
    let signed_up = post(&app, None, away, &signed_up).await;
    assert_eq!(signed_up.expect(303).header("location"), "/");
}

async fn a_due_date_is_set_changed_and_removed(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let zone = json!({ "timeZone": "Asia/Kathmandu" });
    let me = app.call("PATCH", "/api/v1/users/me").by(&ada.token);
    me.json(&zone).send().await.expect(200);
    let new = [("title", "Chapter 3"), ("dueAt", "2031-02-03T09:00")];
    post(&app, Some(&ada), "/todos", &new).await.expect(303);
    app.catch_up().await;
    let todo = async || {
        let todos = app
            .call("GET", "/api/v1/todos?consistency=strict")
            .by(&ada.token);
        todos.send().await.expect(200).items()[0].clone()
    };
    let there = todo().await;
    assert_eq!(there["dueAt"], "2031-02-03T03:15:00Z");
    let path = format!("/todos/{}", there["id"].as_str().expect("an id"));
    let edit = page(&app, Some(&ada), &format!("{path}/edit"))
        .await
        .expect(200)
        .text;
    assert!(edit.contains("value=\"2031-02-03T09:00\""), "{edit}");
    for (due, wanted) in [
        ("2031-02-04T09:00", json!("2031-02-04T03:15:00Z")),
        ("", json!(null)),
    ] {
        let fields = [("title", "Chapter 3"), ("description", ""), ("dueAt", due)];
        post(&app, Some(&ada), &path, &fields).await.expect(303);
        app.catch_up().await;
        assert_eq!(todo().await["dueAt"], wanted);
    }
}

async fn a_profile_shows_others_what_the_server_timed_and_no_report(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, eve) = (app.member("ada").await, app.member("eve").await);
    befriend(&app, &ada, &eve).await;
    let report = [("studyHours", "7"), ("completionPct", "53"), ("notes", "")];
    post(&app, Some(&ada), "/reports", &report)
        .await
        .expect(303);
    app.catch_up().await;
    let seen = page(&app, Some(&eve), "/u/ada").await.expect(200).text;
    assert!(seen.contains("0 min on 0 of 365 days"), "{seen}");
    assert!(!seen.contains("53 %") && !seen.contains("7 h"), "{seen}");
}

async fn what_is_done_twice_is_answered_as_if_it_were_done_once(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let said = async |path: &str, words: &str| {
        for _ in 0..2 {
            let done = post(&app, Some(&ada), path, &[]).await.expect(303);
            let cookies = cookies(&done);
            assert!(
                cookies.contains(&format!("studyhall_said={words}:")),
                "{path}: {cookies}"
            );
        }
    };
    crate::friends::ask(&app, &bob, "ada").await.expect(200);
    said("/friends/bob/accept", "befriended").await;
    let text = [("text", "Chapter 3?")];
    post(&app, Some(&ada), "/messages/bob", &text)
        .await
        .expect(303);
    // Who is a friend is not declined by a page of before.
    post(&app, Some(&ada), "/friends/bob/decline", &[])
        .await
        .expect(404);
    said("/friends/bob/remove", "unfriended").await;
    said("/friends/bob/block", "blocked").await;
    said("/friends/bob/unblock", "unblocked").await;
    // Nothing is told of who has a name.
    said("/friends/nobody/remove", "unfriended").await;
    post(&app, Some(&ada), "/friends/nobody/accept", &[])
        .await
        .expect(404);
    post(
        &app,
        Some(&ada),
        "/sessions/start",
        &[("subject", "Algebra")],
    )
    .await
    .expect(303);
    post(&app, Some(&ada), "/sessions/stop", &[])
        .await
        .expect(303);
    app.todo(&ada, "Chapter 3").await;
    let form = post(&app, Some(&ada), "/forms", &[("title", "Why?")]).await;
    let form = form
        .expect(303)
        .header("location")
        .replace("/edit", "/delete");
    let first = async |sql: &str| -> String {
        let rows = app.twin.query(sql, &[]).await.expect("it can be asked");
        rows[0].get("id").expect("an id")
    };
    let todo = first("select id from todos").await;
    let session = first("select id from study_sessions").await;
    let message = first("select id from messages").await;
    for path in [
        form,
        format!("/todos/{todo}/delete"),
        format!("/sessions/{session}/delete"),
        format!("/messages/bob/delete/{message}"),
    ] {
        post(&app, Some(&bob), &path, &[]).await.expect(404);
        said(&path, "deleted").await;
        post(&app, Some(&bob), &path, &[]).await.expect(404);
    }
    app.verify().await;
}

async fn what_was_typed_about_a_todo_that_is_gone_can_be_added_anew(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let todo = app.todo(&ada, "Chapter 3").await;
    let path = format!("/todos/{}", todo.str("id"));
    post(&app, Some(&ada), &format!("{path}/delete"), &[])
        .await
        .expect(303);
    let fields = [
        ("title", "Chapter 3 <all>"),
        ("description", "Typed for long"),
        ("dueAt", "2031-02-03T09:00"),
        ("version", "1"),
    ];
    let gone = post(&app, Some(&ada), &path, &fields).await;
    let gone = gone.expect(404).text;
    for text in [
        "not there any more",
        "action=\"/todos\"",
        "value=\"Chapter 3 &lt;all&gt;\"",
        "Typed for long",
        "value=\"2031-02-03T09:00\"",
    ] {
        assert!(gone.contains(text), "no {text} in {gone}");
    }
}
