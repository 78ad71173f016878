//! The page of friends: asking, answering, and a question before what does not come back.

use studyhall::domain::{User, queries::unseen_by};
use twinbase::prelude::*;

use super::{cookies, page, post};
use crate::{
    friends::{act, ask, befriend, id},
    support::{Combination, Studyhall, on_two_combinations},
};

on_two_combinations! {
    a_profile_does_not_tell_that_a_request_was_declined_and_knows_who_is_hidden,
    asking_and_answering_by_forms,
    a_block_is_asked_about_and_then_both_vanish,
    who_has_left_is_in_no_list_and_no_thread,
}

async fn asking_and_answering_by_forms(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let anonymous = page(&app, None, "/friends").await.expect(303);
    assert!(anonymous.header("location").starts_with("/login"));
    let empty = page(&app, Some(&ada), "/friends").await.expect(200);
    assert!(empty.text.contains("No friends yet."));
    // The same words whether anybody has the name or not.
    for name in ["bob", "nobody-has-it"] {
        let asked = post(&app, Some(&ada), "/friends", &[("username", name)]).await;
        let asked = asked.expect(303);
        assert!(cookies(&asked).contains("studyhall_said=asked:"));
        let list = page(&app, Some(&ada), "/friends").await.expect(200).text;
        assert!(
            list.contains(&format!("action=\"/friends/{name}/withdraw\"")),
            "{list}"
        );
    }
    let long = "a".repeat(65);
    for (name, why) in [("ada", "your own name"), (&*long, "1 to 64 characters")] {
        let refused = post(&app, Some(&ada), "/friends", &[("username", name)]).await;
        let refused = refused.expect(422).text;
        assert!(refused.contains(why) && refused.contains(&format!("value=\"{name}\"")));
        assert!(refused.contains("<title>Error: "));
    }
    let asked = page(&app, Some(&bob), "/friends").await.expect(200);
    assert!(
        asked.text.contains("action=\"/friends/ada/accept\""),
        "{}",
        asked.text
    );
    post(&app, Some(&bob), "/friends/ada/accept", &[])
        .await
        .expect(303);
    for (one, other) in [(&ada, "bob"), (&bob, "ada")] {
        let list = page(&app, Some(one), "/friends").await.expect(200).text;
        assert!(
            list.contains(&format!("href=\"/messages/{other}\"")),
            "{list}"
        );
        assert!(
            list.contains(&format!("href=\"/friends/{other}/remove\"")),
            "{list}"
        );
    }
    let sure = page(&app, Some(&ada), "/friends/bob/remove")
        .await
        .expect(200);
    assert!(sure.text.contains("What was written stays readable"));
    post(&app, Some(&ada), "/friends/bob/remove", &[])
        .await
        .expect(303);
    let list = page(&app, Some(&bob), "/friends").await.expect(200);
    assert!(list.text.contains("No friends yet."));
    app.verify().await;
}

async fn a_block_is_asked_about_and_then_both_vanish(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    befriend(&app, &ada, &bob).await;
    for member in [&ada, &bob] {
        let id = id(member);
        let set = [User::SHOW_PROFILE.set(true), User::TOTAL_POINTS.set(5)];
        app.twin.update(&id, set).await.expect("a user");
    }
    app.catch_up().await;
    let board = "/leaderboard?range=all";
    let of_friends = "/leaderboard?range=all&who=friends";
    for path in [board, of_friends] {
        let seen = page(&app, Some(&ada), path).await.expect(200).text;
        assert!(seen.contains("href=\"/u/bob\""), "{seen}");
    }
    let sure = page(&app, Some(&bob), "/friends/ada/block")
        .await
        .expect(200);
    assert!(sure.text.contains("They are not told."));
    assert!(
        unseen_by(&app.twin, &id(&bob))
            .await
            .expect("it is there")
            .is_empty()
    );
    post(&app, Some(&bob), "/friends/ada/block", &[])
        .await
        .expect(303);
    for (one, other) in [(&ada, "bob"), (&bob, "ada")] {
        for path in [board, of_friends] {
            let seen = page(&app, Some(one), path).await.expect(200).text;
            assert!(!seen.contains(&format!("href=\"/u/{other}\"")), "{seen}");
        }
        let of_api = app
            .call("GET", "/api/leaderboard")
            .by(&one.token)
            .send()
            .await;
        assert_eq!(of_api.expect(200).of_items("username"), [one.name.as_str()]);
    }
    let everybody = app.call("GET", "/api/leaderboard").send().await.expect(200);
    assert_eq!(everybody.items().len(), 2, "for a stranger both are there");
    // The rank of the other stays what it is.
    let friends = app.call("GET", "/api/leaderboard?who=friends");
    friends.send().await.problem(401, "unauthenticated");
    let blocked = page(&app, Some(&bob), "/friends").await.expect(200).text;
    assert!(
        blocked.contains("action=\"/friends/ada/unblock\""),
        "{blocked}"
    );
    let unaware = page(&app, Some(&ada), "/friends").await.expect(200).text;
    assert!(!unaware.contains("bob"), "{unaware}");
    // She could still block back.
    page(&app, Some(&ada), "/u/bob").await.expect(404);
    page(&app, Some(&ada), "/friends/bob/block")
        .await
        .expect(200);
}

async fn who_has_left_is_in_no_list_and_no_thread(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let cy = app.member("cyd").await;
    befriend(&app, &ada, &bob).await;
    ask(&app, &cy, "ada").await.expect(200);
    for (by, to) in [(&ada, "bob"), (&bob, "ada")] {
        let path = format!("/messages/{to}");
        post(&app, Some(by), &path, &[("text", "a-word-of-theirs")])
            .await
            .expect(303);
    }
    let user = &id(&ada);
    let run = |tx: Tx| async move { studyhall::domain::commands::delete_account(&tx, user).await };
    app.twin.write(run).await.expect("she leaves");
    app.catch_up().await;
    for path in ["/friends", "/messages"] {
        let seen = page(&app, Some(&bob), path).await.expect(200).text;
        assert!(
            !seen.contains("ada") && !seen.contains("a-word-of-theirs"),
            "{seen}"
        );
    }
    page(&app, Some(&bob), "/messages/ada").await.expect(404);
    let events = app.twin.query("select * from \"Outbox\"", &[]).await;
    let events = format!("{:?}", events.expect("it can be asked"));
    assert!(!events.contains("a-word-of-theirs"), "{events}");
    app.verify().await;
}

async fn a_profile_does_not_tell_that_a_request_was_declined_and_knows_who_is_hidden(
    on: Combination,
) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    crate::friends::show(&app, &bob).await;
    ask(&app, &ada, "bob").await.expect(200);
    let profile = async || page(&app, Some(&ada), "/u/bob").await.expect(200).text;
    let (back, again) = ("Take the request back", "Ask to be friends");
    let seen = profile().await;
    assert!(seen.contains(back) && !seen.contains(again), "{seen}");
    act(&app, &bob, "ada", "decline").await.expect(200);
    let seen = profile().await;
    assert!(seen.contains(back) && !seen.contains(again), "{seen}");
    // Bob asks her after all: to her that crosses her own.
    ask(&app, &bob, "ada").await.expect(200);
    let seen = profile().await;
    assert!(
        seen.contains("/friends/bob/remove") && !seen.contains(back),
        "{seen}"
    );
    post(&app, Some(&ada), "/friends/bob/remove", &[])
        .await
        .expect(303);
    let seen = profile().await;
    assert!(seen.contains(again) && !seen.contains(back), "{seen}");

    let (hide, show) = ("Hide from my boards", "Show on my boards");
    assert!(seen.contains(hide) && !seen.contains(show), "{seen}");
    post(&app, Some(&ada), "/friends/bob/hide", &[])
        .await
        .expect(303);
    let seen = profile().await;
    assert!(seen.contains(show) && !seen.contains(hide), "{seen}");
    post(&app, Some(&ada), "/friends/bob/unhide", &[])
        .await
        .expect(303);
    assert!(profile().await.contains(hide));
}
