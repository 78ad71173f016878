//! Who is blocked vanishes, for both.

use super::{Hall, Person, Scripts};
use crate::friends::{befriend, show};

#[tokio::test(flavor = "multi_thread")]
async fn who_blocks_somebody_vanishes_from_their_board_search_thread_and_profile() {
    let Some(hall) = Hall::open(Scripts::On).await else {
        return;
    };
    let app = &hall.app;
    let members = [app.member("ada").await, app.member("bob").await];
    befriend(app, &members[0], &members[1]).await;
    for member in &members {
        show(app, member).await;
        let todo = app.todo(member, "chapter-of-theirs").await;
        let path = format!("/api/todos/{}/complete", todo.str("id"));
        let call = app.call("POST", &path).by(&member.token);
        call.send().await.expect(200);
    }
    let ada = hall.person_of(&members[0]).await;
    let bob = hall.person_of(&members[1]).await;
    bob.visit("/messages/ada").await;
    bob.fill("#text", "a-word-of-bobs").await;
    bob.click_on("main button", "Send").await;
    bob.until_text(".messages .mine", "a-word-of-bobs").await;
    app.catch_up().await;
    for (one, other) in [(&ada, "bob"), (&bob, "ada")] {
        one.visit("/leaderboard").await;
        one.until_text("#board", other).await;
        search(one, other).await;
        one.until_text("#people li", other).await;
    }
    bob.follow("#people a", "ada").await;
    bob.until_text("h1", "ada").await;
    bob.follow("main a", "Block").await;
    bob.until_text("main", "They are not told.").await;
    bob.click_on("main button", "Block").await;
    bob.until_text(".toast", "Blocked. Neither of you sees the other.")
        .await;
    bob.until_text("#friends h3", "Blocked").await;
    app.catch_up().await;
    for (one, other) in [(&ada, "bob"), (&bob, "ada")] {
        one.visit("/leaderboard").await;
        one.until_text("#board", "You").await;
        assert!(!one.texts("main").await[0].contains(other));
        search(one, other).await;
        one.until_text("#people", "Nothing found").await;
        search(one, "a-word-of-bobs").await;
        one.until_text("#found-messages", "Nothing found").await;
        one.misses(&format!("/u/{other}")).await;
        one.misses(&format!("/messages/{other}")).await;
    }
}

async fn search(person: &Person, text: &str) {
    person.visit("/search").await;
    person.fill("#q", text).await;
    person.press("Enter").await;
    person.until_text("#people", "People").await;
}
