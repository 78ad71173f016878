//! The board says that it has changed, and stays where it is.

use serde_json::json;

use super::{Hall, Scripts};
use crate::friends::show;

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
