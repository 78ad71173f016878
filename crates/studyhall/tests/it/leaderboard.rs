//! The board of the API: which week, and around whom.

use std::time::{Duration, Instant};

use serde_json::json;
use studyhall::domain::queries::{Board, Freshness, around, full_board_page, rank};
use twinbase::prelude::*;

use crate::{
    friends::{id, show},
    support::{Combination, Studyhall, on_two_combinations},
};

on_two_combinations! {
    the_board_is_of_this_week_and_the_originals_of_all_time,
    a_board_waits_once_for_a_replica_that_is_late,
    around_oneself_there_are_five_who_are_shown_on_either_side,
}

async fn the_board_is_of_this_week_and_the_originals_of_all_time(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    show(&app, &ada).await;
    app.sql("update users set total_points = 3, week = '2020-01-06', week_points = 3".to_owned())
        .await;
    let touch = json!({ "avatar": "https://example.org/a.png" });
    let touch = app
        .call("PATCH", "/api/users/me")
        .by(&ada.token)
        .json(&touch);
    touch.send().await.expect(200);
    app.catch_up().await;
    for (path, count) in [
        ("/api/v1/leaderboard", 0),
        ("/api/v1/leaderboard?range=all", 1),
        ("/api/leaderboard", 1),
        ("/api/leaderboard?range=week", 0),
    ] {
        let board = app.call("GET", path).send().await.expect(200);
        assert_eq!(board.items().len(), count, "{path}");
    }
}

async fn around_oneself_there_are_five_who_are_shown_on_either_side(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let mut people = Vec::new();
    for i in 0..14 {
        let member = app.member(&format!("user{i:02}")).await;
        show(&app, &member).await;
        app.sql(format!(
            "update users set total_points = {} where username = '{}'",
            20 - i,
            member.name
        ))
        .await;
        let touch = json!({ "avatar": "https://example.org/a.png" });
        let touch = app
            .call("PATCH", "/api/users/me")
            .by(&member.token)
            .json(&touch);
        touch.send().await.expect(200);
        people.push(member);
    }
    let me = &people[7];
    let around = async |query: &str| {
        let path = format!("/api/v1/leaderboard?around=me{query}");
        app.call("GET", &path).by(&me.token).send().await
    };
    app.catch_up().await;
    let near = around("&range=all").await.expect(200);
    let names: Vec<_> = (2..=12).map(|i| format!("user{i:02}")).collect();
    assert_eq!(near.of_items("username"), names);
    assert!(near.body["nextCursor"].is_null());
    // One on either side is hidden or blocked: the next one comes nearer, with the rank that it had.
    for (name, deed) in [("user05", "hide"), ("user09", "block")] {
        let path = format!("/api/friends/{name}/{deed}");
        let done = app.call("POST", &path).by(&me.token).send().await;
        assert!(done.status < 300, "{}", done.text);
    }
    app.catch_up().await;
    let near = around("&range=all").await.expect(200);
    let names = (1..=13).filter(|i| ![5, 9].contains(i));
    let names: Vec<_> = names.map(|i| format!("user{i:02}")).collect();
    assert_eq!(near.of_items("username"), names);
    let ranks = near.items().iter().filter_map(|item| item["rank"].as_u64());
    assert_eq!(
        ranks.collect::<Vec<_>>(),
        [2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 14]
    );
    around("&limit=3").await.problem(400, "invalid-parameter");
    // Of this week nobody has any.
    assert_eq!(around("").await.expect(200).items().len(), 0);
    let stranger = app
        .call("GET", "/api/v1/leaderboard?around=me")
        .send()
        .await;
    stranger.problem(401, "unauthenticated");
}

async fn a_board_waits_once_for_a_replica_that_is_late(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    show(&app, &ada).await;
    let todo = app.todo(&ada, "Read").await;
    let path = format!("/api/v1/todos/{}/complete", todo.str("id"));
    let done = app.call("POST", &path).by(&ada.token).send().await;
    let token = done.expect(200).header("sync-token").parse::<Token>();
    let wait = Duration::from_secs(3);
    let freshness = Freshness {
        token: Some(token.expect("a token")),
        wait,
        strict: false,
    };
    let (twin, board, me) = (&app.twin, &Board::all_time(), &id(&ada));
    for what in ["page", "around", "rank"] {
        let begun = Instant::now();
        let source = match what {
            "page" => {
                let page = full_board_page(twin, board, None, 10, &freshness).await;
                let page = page.expect("the primary answers");
                assert_eq!(page.value.items[0].rank, 1);
                page.source
            }
            "around" => {
                let near = around(twin, board, me, &freshness).await;
                near.expect("the primary answers").source
            }
            _ => {
                let rank = rank(twin, board, me, &freshness).await;
                let rank = rank.expect("the primary answers");
                assert_eq!(rank.value, Some(1));
                rank.source
            }
        };
        assert_eq!(source, Source::Primary, "{what}");
        let waited = begun.elapsed();
        assert!(waited < 2 * wait, "{what}: {waited:?}");
    }
}
