//! The board says that it has changed, and stays where it is; and it grows in place.

use serde_json::json;

use super::{Hall, Scripts, with_and_without_scripts};
use crate::{friends::show, web::people};

with_and_without_scripts! {
    more_of_a_board_comes_below_what_is_there,
}

#[tokio::test(flavor = "multi_thread")]
async fn news_of_the_board_moves_nothing_under_its_reader() {
    let Some(hall) = Hall::open(Scripts::On).await else {
        return;
    };
    let (ada, bob) = (hall.member("ada").await, hall.app.member("bob").await);
    show(&hall.app, &bob).await;
    ada.visit("/leaderboard").await;
    let place = "document.getElementById('board').getBoundingClientRect().top";
    let before = ada.evaluate(place).await;
    let done = json!({ "title": "Read", "completed": true });
    let call = hall.app.call("POST", "/api/v1/todos").by(&bob.token);
    call.json(&done).send().await.expect(201);
    ada.until_text("#changed", "Board changed").await;
    assert_eq!(ada.evaluate(place).await, before);
}

async fn more_of_a_board_comes_below_what_is_there(hall: Hall) {
    people(&hall.app, 25).await;
    hall.app.catch_up().await;
    let ada = hall.person().await;
    ada.visit("/leaderboard?range=all").await;
    ada.evaluate("window.isSame = true").await;
    for (rows, title) in [(20, "Top 20"), (30, "Top 30")] {
        ada.click_on("#board .pager a", "More").await;
        ada.until_text("#board h2", title).await;
        let count = "document.querySelectorAll('#board tbody tr').length";
        assert_eq!(ada.evaluate(count).await, rows.min(25));
        // It can be loaded again, and gone back from.
        let path = "location.pathname + location.search";
        let path = ada.evaluate(path).await;
        assert_eq!(path, format!("/leaderboard?range=all&who=all&rows={rows}"));
    }
    let is_same = ada.evaluate("window.isSame === true").await;
    assert_eq!(is_same, hall.scripts() == Scripts::On);
    ada.until_no_text("#board .pager", "More").await;
}
