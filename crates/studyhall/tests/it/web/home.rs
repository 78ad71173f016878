//! Home: what today is about.

use serde_json::json;
use studyhall::domain::User;
use twinbase::prelude::*;

use super::{cookie, cookies, page};
use crate::{
    friends::{befriend, id, show},
    support::{Combination, Studyhall, on_two_combinations},
};

on_two_combinations! {
    whoever_is_new_is_told_where_to_start,
    home_has_the_week_and_the_rank_and_a_profile_the_year,
    todos_of_today_come_in_the_order_in_which_they_are_due,
    strangers_see_that_equals_share_a_rank,
}

async fn whoever_is_new_is_told_where_to_start(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let home = page(&app, Some(&ada), "/").await.expect(200).text;
    for text in [
        "Start here",
        "href=\"/todos\"",
        "href=\"/sessions\"",
        "href=\"/friends\"",
    ] {
        assert!(home.contains(text), "no {text} in {home}");
    }
    befriend(&app, &ada, &bob).await;
    let home = page(&app, Some(&ada), "/").await.expect(200).text;
    assert!(!home.contains("Start here"), "{home}");
}

async fn home_has_the_week_and_the_rank_and_a_profile_the_year(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    show(&app, &ada).await;
    app.catch_up().await;
    let points = async |member| {
        let home = page(&app, Some(member), "/").await.expect(200).text;
        let points = home.split("id=\"rank-title\"").nth(1).expect("a panel");
        let points = points
            .split("</section>")
            .next()
            .expect("its end")
            .to_owned();
        (points, home)
    };
    assert!(points(&ada).await.0.contains("No rank yet"));
    assert!(points(&bob).await.0.contains("You are not on the board"));
    let todo = app.todo(&ada, "Read").await;
    let path = format!("/api/v1/todos/{}/complete", todo.str("id"));
    let done = app.call("POST", &path).by(&ada.token).send().await;
    done.expect(200);
    let report = json!({ "studyHours": 1, "completionPct": 50 });
    let report = app
        .call("POST", "/api/reports")
        .by(&ada.token)
        .json(&report);
    report.send().await.expect(201);
    app.catch_up().await;
    let (points, home) = points(&ada).await;
    assert!(
        points.contains("1 point this week") && points.contains("Rank 1"),
        "{points}"
    );
    for text in ["The last seven days", "counted", "freezes left this month"] {
        assert!(home.contains(text), "no {text} in {home}");
    }
    let profile = page(&app, Some(&bob), "/u/ada").await.expect(200).text;
    for text in [
        "Rank this week",
        "Study time of each day of the year",
        "class=\"heat-2\"",
    ] {
        assert!(profile.contains(text), "no {text} in {profile}");
    }
    assert!(profile.len() < 60_000, "{}", profile.len());
}

async fn todos_of_today_come_in_the_order_in_which_they_are_due(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    app.clock.set("2030-06-10T12:00:00Z");
    let ada = app.member("ada").await;
    for (title, due) in [
        ("later", Some("2030-06-20T12:00:00Z")),
        ("evening", Some("2030-06-10T20:00:00Z")),
        ("overdue", Some("2030-06-01T12:00:00Z")),
        ("undated", None),
        ("newest", None),
        ("tomorrow", Some("2030-06-11T00:00:00Z")),
    ] {
        let todo = json!({ "title": title, "dueAt": due });
        let call = app.call("POST", "/api/todos").by(&ada.token);
        call.json(&todo).send().await.expect(201);
        app.clock.advance(jiff::SignedDuration::from_secs(1));
    }
    let order = [
        "overdue", "evening", "newest", "undated", "tomorrow", "later",
    ];
    app.catch_up().await;
    let home = page(&app, Some(&ada), "/").await.expect(200).text;
    let at = |title: &&str| home.find(&format!("<bdi>{title}</bdi>"));
    let places: Vec<_> = order.iter().map(at).collect();
    let is_whole = places.iter().all(Option::is_some);
    assert!(places.is_sorted() && is_whole, "{places:?}: {home}");
    // Of more than fit, those that are due stay.
    for n in 0..7 {
        app.todo(&ada, &format!("more {n}")).await;
    }
    app.catch_up().await;
    let home = page(&app, Some(&ada), "/").await.expect(200).text;
    assert!(
        home.contains("<bdi>overdue</bdi>") && home.contains("All todos"),
        "{home}"
    );
    assert!(!home.contains("<bdi>later</bdi>"), "{home}");
    for n in 0..7 {
        let todo = json!({ "title": format!("due {n}"), "dueAt": "2030-06-02T12:00:00Z" });
        let call = app.call("POST", "/api/todos").by(&ada.token);
        call.json(&todo).send().await.expect(201);
    }
    app.catch_up().await;
    // What is added here and does not fit is said to be there, with the way to it; on the list it is seen.
    let add = async |from: &str| {
        let call = app
            .call("POST", "/todos")
            .header("referer", format!("http://{}{from}", app.host()));
        let call = call.header("sec-fetch-site", "same-origin");
        let call = call.header("cookie", cookie(&ada));
        let form = "application/x-www-form-urlencoded";
        let added = call.raw(form, "title=one+more").send().await.expect(303);
        let seen = format!("{}; {}", cookie(&ada), cookies(&added));
        let back = app.call("GET", added.header("location"));
        back.header("cookie", seen).send().await.expect(200).text
    };
    let toast = "Added. It is in your todos. <a href=\"/todos\">All todos</a>";
    let home = add("/").await;
    assert!(home.contains(toast) && !home.contains("one more"), "{home}");
    let list = add("/todos").await;
    assert!(!list.contains(toast) && list.contains("one more"), "{list}");
}

async fn strangers_see_that_equals_share_a_rank(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    for (name, points) in [("ada", 7), ("bob", 5), ("eve", 5), ("cyd", 3)] {
        let member = app.member(name).await;
        let set = [User::SHOW_PROFILE.set(true), User::TOTAL_POINTS.set(points)];
        app.twin.update(&id(&member), set).await.expect("a user");
    }
    app.catch_up().await;
    let landing = page(&app, None, "/").await.expect(200).text;
    let ranks = landing.split("<li value=\"").skip(1);
    let ranks: Vec<_> = ranks.map(|rest| &rest[..1]).collect();
    assert_eq!(ranks, ["1", "2", "2", "4"], "{landing}");
}
