//! The board as a page.

use super::{page, post};
use crate::{
    friends::show,
    support::{Combination, Studyhall, on_two_combinations},
};

on_two_combinations! {
    whoever_has_no_points_is_told_so_beside_those_who_have,
    a_board_is_paged_to_its_end_in_tens_of_those_who_are_shown,
}

async fn whoever_has_no_points_is_told_so_beside_those_who_have(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    for member in [&ada, &bob] {
        show(&app, member).await;
    }
    app.catch_up().await;
    let none = page(&app, Some(&bob), "/leaderboard").await.expect(200);
    assert!(
        none.text.contains("Nobody has points this week yet."),
        "{}",
        none.text
    );
    let todo = app.todo(&ada, "Read").await;
    let path = format!("/api/v1/todos/{}/complete", todo.str("id"));
    let done = app.call("POST", &path).by(&ada.token).send().await;
    done.expect(200);
    app.catch_up().await;
    for (range, words) in [
        ("week", "You have no points this week yet."),
        ("all", "You have no points yet."),
    ] {
        let path = format!("/leaderboard?range={range}");
        let seen = page(&app, Some(&bob), &path).await.expect(200).text;
        assert!(
            seen.contains("href=\"/u/ada\"") && seen.contains(words),
            "{seen}"
        );
        assert!(!seen.contains("Nobody has points"), "{seen}");
    }
}

async fn a_board_is_paged_to_its_end_in_tens_of_those_who_are_shown(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    for i in 0..23 {
        let member = app.member(&format!("user{i:02}")).await;
        let points = format!(
            "update users set total_points = {} where username = '{}'",
            40 - i,
            member.name
        );
        app.sql(points).await;
        show(&app, &member).await;
    }
    let ada = app.member("ada").await;
    for name in ["user03", "user04"] {
        let path = format!("/friends/{name}/hide");
        post(&app, Some(&ada), &path, &[]).await.expect(303);
    }
    app.catch_up().await;
    let (mut pages, mut path) = (Vec::new(), "/leaderboard?range=all&who=all".to_owned());
    loop {
        let seen = page(&app, Some(&ada), &path).await.expect(200).text;
        let names = seen.split("href=\"/u/").skip(1);
        pages.push(
            names
                .filter_map(|name| name.split('"').next().map(str::to_owned))
                .collect::<Vec<_>>(),
        );
        let Some(next) = seen.split("&amp;cursor=").nth(1) else {
            break;
        };
        let next = next.split('"').next().expect("its end");
        path = format!("/leaderboard?range=all&who=all&cursor={next}");
    }
    let lengths: Vec<_> = pages.iter().map(Vec::len).collect();
    assert_eq!(lengths, [10, 10, 1], "{pages:?}");
    let all: Vec<_> = (0..23).filter(|i| ![3, 4].contains(i)).collect();
    let all: Vec<_> = all.iter().map(|i| format!("user{i:02}")).collect();
    assert_eq!(pages.concat(), all);
}
