//! Two people become friends and write to each other.

use super::{Hall, with_and_without_scripts};

with_and_without_scripts! {
    a_message_to_a_friend_arrives_in_their_browser,
}

async fn a_message_to_a_friend_arrives_in_their_browser(hall: Hall) {
    let (ada, bob) = (hall.member("ada").await, hall.member("bob").await);
    ada.visit("/friends").await;
    ada.fill("#username", "bob").await;
    ada.click_on("main button", "Ask").await;
    ada.until_text("#friends", "You asked").await;
    bob.visit("/friends").await;
    bob.click_on("button", "Accept: ada").await;
    bob.until_text(".toast", "You are friends now.").await;
    bob.visit("/messages").await;
    bob.until_text("#threads", "No messages yet.").await;
    ada.visit("/messages/bob").await;
    ada.fill("#text", "Did you do chapter 3?\nI did not.").await;
    ada.click_on("main button", "Send").await;
    ada.until_text(".messages .mine", "Did you do chapter 3?")
        .await;
    hall.arrives(&bob).await;
    bob.until_text("#unread", "1").await;
    bob.follow("#threads a", "ada").await;
    bob.until_text(".messages", "Did you do chapter 3?").await;
    bob.fill("#text", "Half of it.").await;
    bob.click_on("main button", "Send").await;
    bob.until_text(".messages .mine", "Half of it.").await;
    hall.arrives(&ada).await;
    ada.until_text(".messages", "Half of it.").await;
}
