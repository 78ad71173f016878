//! Who leaves is gone for everybody.

use super::{Hall, Scripts};
use crate::support::PASSWORD;

#[tokio::test(flavor = "multi_thread")]
async fn who_deletes_their_account_is_gone_from_board_and_search() {
    let Some(hall) = Hall::open(Scripts::On).await else {
        return;
    };
    let (ada, bob) = (hall.person().await, hall.member("bob").await);
    ada.sign_up("ada").await;
    ada.fill("#todos [name=title]", "Leave").await;
    ada.press("Enter").await;
    ada.click_on("button", "Complete: Leave").await;
    ada.until_text(".toast", "You earned 1 point.").await;
    hall.app.catch_up().await;
    bob.visit("/leaderboard").await;
    bob.until_text("#board", "ada").await;
    bob.visit("/search?q=ada").await;
    bob.until_text("#people li", "ada").await;
    ada.visit("/account").await;
    ada.follow("a", "Delete my account").await;
    ada.fill("#password", "not my password").await;
    ada.follow("button", "Delete my account").await;
    ada.until_text(".error", "is not right").await;
    assert_eq!(ada.troubles().len(), 1, "the refusal itself");
    ada.fill("#password", PASSWORD).await;
    ada.follow("button", "Delete my account").await;
    ada.until_text(".toast", "Your account is deleted.").await;
    ada.until_text("nav", "Sign in").await;
    hall.app.catch_up().await;
    bob.visit("/leaderboard").await;
    bob.until_text("#board", "Nobody has points this week yet.")
        .await;
    bob.visit("/search?q=ada").await;
    bob.until_text("#people", "Nothing found").await;
    bob.misses("/u/ada").await;
}
