//! The board as a page.

use std::collections::BTreeSet;

use studyhall::domain::{EmailAddress, User, Username};
use twinbase::prelude::*;

use super::{page, post};
use crate::{
    friends::show,
    support::{Combination, Studyhall, on_two_combinations},
};

on_two_combinations! {
    whoever_has_no_points_is_told_so_beside_those_who_have,
    a_page_of_a_board_grows_in_tens_and_then_the_next_begins,
    whoever_moves_while_a_page_grows_is_on_it_once,
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

/// People with ever less points, without sessions of their own; the first has the most.
pub(crate) async fn people(app: &Studyhall, count: usize) -> Vec<User> {
    let hash = crate::rights::hash().await;
    let mut people = Vec::new();
    for i in 0..count {
        let name = format!("user{i:03}");
        let address = format!("{name}@example.com");
        let user = User {
            show_profile: true,
            total_points: i32::try_from(1_000 - i).expect("it is small"),
            ..User::new(
                app.twin.new_id(),
                Username::parse(&name).expect("a name"),
                EmailAddress::parse(&address).expect("an address"),
                hash.clone(),
                app.state.now(),
            )
        };
        app.twin.insert(&user).await.expect("a user");
        people.push(user);
    }
    people
}

/// The names on the page's first board, and where "More" leads without script.
fn read(page: &str) -> (Vec<String>, Option<String>) {
    let board = page.split("</table>").next().expect("a board");
    let names = board.split("href=\"/u/").skip(1);
    let names = names.filter_map(|name| name.split('"').next().map(str::to_owned));
    let pager = page.split("class=\"pager\"").nth(1).unwrap_or_default();
    let pager = pager.split("</p>").next().unwrap_or_default();
    let more = pager.split("<a ").find(|link| link.contains(">More<"));
    let more = more.and_then(|link| link.split("href=\"").nth(1)?.split('"').next());
    (names.collect(), more.map(|more| more.replace("&amp;", "&")))
}

async fn a_page_of_a_board_grows_in_tens_and_then_the_next_begins(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    people(&app, 115).await;
    let ada = app.member("ada").await;
    for name in ["user003", "user004"] {
        let path = format!("/friends/{name}/hide");
        post(&app, Some(&ada), &path, &[]).await.expect(303);
    }
    app.catch_up().await;
    let everybody = (0..115).filter(|i| ![3, 4].contains(i));
    let everybody: Vec<_> = everybody.map(|i| format!("user{i:03}")).collect();
    let mut path = "/leaderboard?range=all&who=all".to_owned();
    let (mut lengths, mut full) = (Vec::new(), Vec::new());
    loop {
        let seen = page(&app, Some(&ada), &path).await.expect(200).text;
        let (names, more) = read(&seen);
        let start = if lengths.len() < 10 { 0 } else { 100 };
        assert_eq!(names, everybody[start..start + names.len()], "{path}");
        lengths.push(names.len());
        full.push(seen);
        let Some(more) = more else {
            break;
        };
        // It begins at the row that was the last, which is on the longer page.
        if let Some((_, last)) = more.split_once('#') {
            let rows = full.last().expect("a page").matches("<tr").count();
            assert!(
                rows > 10
                    && full
                        .last()
                        .expect("a page")
                        .contains(&format!("id=\"{last}\""))
            );
        }
        path = more.split('#').take(1).collect();
    }
    assert_eq!(
        lengths,
        [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 10, 13],
        "{path}"
    );
    for (page, title) in [(0, "Top ten"), (1, "Top 20"), (10, "Further down")] {
        assert!(full[page].contains(&format!(">{title}<")), "{}", full[page]);
    }
    assert!(full[9].len() < 60_000, "{}", full[9].len());
    for rows in ["9", "101", "x"] {
        let path = format!("/leaderboard?rows={rows}");
        page(&app, Some(&ada), &path).await.expect(400);
    }
}

async fn whoever_moves_while_a_page_grows_is_on_it_once(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let people = people(&app, 25).await;
    app.catch_up().await;
    let seen = page(&app, None, "/leaderboard?range=all").await.expect(200);
    let (names, more) = read(&seen.text);
    assert_eq!(names.last().map(String::as_str), Some("user009"));
    // One from above goes below the last that is seen, and one from below above the first.
    for (who, points) in [(5, 985), (22, 2_000)] {
        let change = [User::TOTAL_POINTS.set(points)];
        let changed = app.twin.update(&people[who].id, change).await;
        changed.expect("it is changed");
    }
    app.catch_up().await;
    let more = more.expect("there is more");
    let longer = more.split('#').next().expect("a path");
    let seen = page(&app, None, longer).await.expect(200);
    let (names, _) = read(&seen.text);
    let once: BTreeSet<_> = names.iter().collect();
    assert_eq!((names.len(), once.len()), (20, 20), "{names:?}");
    assert_eq!(names[0], "user022");
    assert!(names.contains(&"user005".to_owned()), "{names:?}");
}
