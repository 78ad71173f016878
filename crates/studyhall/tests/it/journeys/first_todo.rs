//! From the front page to the first point.

use super::{Hall, Scripts, with_and_without_scripts};

with_and_without_scripts! {
    a_newcomer_completes_a_first_todo_and_sees_rank_and_ledger_change,
    a_newcomers_time_zone_is_filled_in_by_a_script,
}

async fn a_newcomer_completes_a_first_todo_and_sees_rank_and_ledger_change(hall: Hall) {
    let ada = hall.person().await;
    ada.sign_up("ada").await;
    ada.until_text("#todos", "Write down what you want to study first.")
        .await;
    ada.fill("#todos [name=title]", "Read chapter 3").await;
    ada.click_on("#todos button", "Add").await;
    ada.until_text("#todos li", "Read chapter 3").await;
    ada.click_on("button", "Complete: Read chapter 3").await;
    ada.until_text(".toast", "Done. You earned 1 point.").await;
    ada.visit("/leaderboard").await;
    ada.until_text("#around tr.mine", "ada").await;
    let row = ada.texts("#board tr.mine > *").await;
    assert_eq!(row, ["1", "ada You", "1", "0 min"]);
    ada.visit("/points").await;
    let row = ada.texts("#ledger tbody tr > *").await;
    assert_eq!((&*row[1], &*row[3]), ("Read chapter 3", "+1"));
    ada.visit("/todos?show=done").await;
    ada.click_on("button", "Take back: Read chapter 3").await;
    ada.until_text(".toast", "Undone. The point was taken back.")
        .await;
    ada.visit("/points").await;
    ada.until_text(".lead", "You have 0 points").await;
    ada.until_text("#ledger", "1 taken back").await;
}

async fn a_newcomers_time_zone_is_filled_in_by_a_script(hall: Hall) {
    let ada = hall.person().await;
    ada.visit("/signup").await;
    let shown = "document.querySelector('#timeZone').value";
    let of_browser = "Intl.DateTimeFormat().resolvedOptions().timeZone";
    let shown = ada.evaluate(shown).await;
    if hall.scripts() == Scripts::On {
        assert_eq!(shown, ada.evaluate(of_browser).await);
        assert_ne!(shown, "");
    } else {
        assert_eq!(shown, "");
    }
}
