//! Whom a block hides, and from whom; and hiding, which is another thing.

use serde_json::json;
use studyhall::domain::queries::{are_friends, friends_of, hidden_by, unseen_by};

use super::{act, ask, befriend, id, lists, names, show};
use crate::support::{Combination, Studyhall, on_two_combinations};

on_two_combinations! {
    a_block_hides_both_and_gives_nothing_back,
    whoever_is_blocked_blocks_back_and_each_block_ends_by_itself,
    hiding_is_one_sided_and_taken_back,
    every_route_is_for_members_and_for_those_who_may_know_each_other,
}

async fn a_block_hides_both_and_gives_nothing_back(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    befriend(&app, &ada, &bob).await;
    act(&app, &ada, "bob", "block").await.expect(200);
    for (one, other) in [(&ada, &bob), (&bob, &ada)] {
        assert!(names(&app, one, "friends").await.is_empty());
        assert_eq!(
            unseen_by(&app.twin, &id(one)).await.expect("it is there"),
            [id(other)]
        );
        assert!(
            !are_friends(&app.twin, &id(one), &id(other))
                .await
                .expect("it is there")
        );
        assert!(
            friends_of(&app.twin, &id(one))
                .await
                .expect("it is there")
                .is_empty()
        );
    }
    assert_eq!(names(&app, &ada, "blocked").await, ["bob"]);
    assert!(
        names(&app, &bob, "blocked").await.is_empty(),
        "it is not told"
    );
    // The blocked one cannot end it, and the other has to, before asking.
    act(&app, &bob, "ada", "unblock")
        .await
        .problem(404, "not-found");
    ask(&app, &ada, "bob").await.problem(409, "blocked-by-you");
    ask(&app, &bob, "ada").await.expect(200);
    assert!(names(&app, &ada, "received").await.is_empty());
    act(&app, &ada, "bob", "unblock").await.expect(200);
    act(&app, &ada, "bob", "unblock")
        .await
        .problem(404, "not-found");
    for one in [&ada, &bob] {
        assert!(
            unseen_by(&app.twin, &id(one))
                .await
                .expect("it is there")
                .is_empty()
        );
        assert!(names(&app, one, "friends").await.is_empty());
        assert!(names(&app, one, "received").await.is_empty());
    }
    // What was asked meanwhile is not there; asking is possible again.
    ask(&app, &bob, "ada").await.expect(200);
    assert_eq!(names(&app, &ada, "received").await, ["bob"]);
    app.verify().await;
}

async fn whoever_is_blocked_blocks_back_and_each_block_ends_by_itself(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let eve = app.member("eve").await;
    show(&app, &ada).await;
    show(&app, &bob).await;
    act(&app, &ada, "bob", "block").await.expect(200);
    act(&app, &bob, "ada", "block").await.expect(200);
    assert_eq!(names(&app, &bob, "blocked").await, ["ada"]);
    // One block ends: the other still hides both.
    act(&app, &ada, "bob", "unblock").await.expect(200);
    assert!(names(&app, &ada, "blocked").await.is_empty());
    assert_eq!(names(&app, &bob, "blocked").await, ["ada"]);
    for (one, other) in [(&ada, &bob), (&bob, &ada)] {
        assert_eq!(
            unseen_by(&app.twin, &id(one)).await.expect("it is there"),
            [id(other)]
        );
    }
    act(&app, &ada, "bob", "unblock")
        .await
        .problem(404, "not-found");
    ask(&app, &bob, "ada").await.problem(409, "blocked-by-you");
    act(&app, &bob, "ada", "unblock").await.expect(200);
    assert!(
        unseen_by(&app.twin, &id(&ada))
            .await
            .expect("it is there")
            .is_empty()
    );
    // Somebody whom one may not know is nobody, with a block or without.
    act(&app, &ada, "eve", "block")
        .await
        .problem(404, "not-found");
    act(&app, &eve, "ada", "block").await.expect(200);
    act(&app, &ada, "eve", "block")
        .await
        .problem(404, "not-found");
    app.verify().await;
}

async fn hiding_is_one_sided_and_taken_back(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    act(&app, &ada, "bob", "hide")
        .await
        .problem(404, "not-found");
    show(&app, &bob).await;
    let events = app.events().await;
    for _ in 0..2 {
        act(&app, &ada, "bob", "hide").await.expect(200);
        assert_eq!(names(&app, &ada, "hidden").await, ["bob"]);
    }
    assert_eq!(
        hidden_by(&app.twin, &id(&ada)).await.expect("it is there"),
        [id(&bob)]
    );
    assert!(
        hidden_by(&app.twin, &id(&bob))
            .await
            .expect("it is there")
            .is_empty()
    );
    assert!(
        unseen_by(&app.twin, &id(&bob))
            .await
            .expect("it is there")
            .is_empty()
    );
    // A block takes precedence: then there is nobody to be shown in a list.
    act(&app, &bob, "ada", "block")
        .await
        .problem(404, "not-found");
    show(&app, &ada).await;
    act(&app, &bob, "ada", "block").await.expect(200);
    assert!(names(&app, &ada, "hidden").await.is_empty());
    act(&app, &bob, "ada", "unblock").await.expect(200);
    act(&app, &ada, "bob", "unhide").await.expect(200);
    act(&app, &ada, "nobody", "unhide").await.expect(200);
    assert!(names(&app, &ada, "hidden").await.is_empty());
    // Showing ada, the block and its end; hiding has no events.
    assert_eq!(app.events().await, events + 3);
    app.verify().await;
}

async fn every_route_is_for_members_and_for_those_who_may_know_each_other(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let eve = app.member("eve").await;
    befriend(&app, &ada, &bob).await;
    let deeds = [
        "accept", "decline", "withdraw", "block", "unblock", "hide", "unhide",
    ];
    let mut routes = vec![
        ("GET", "/api/friends".to_owned()),
        ("POST", "/api/friends".to_owned()),
    ];
    routes.push(("DELETE", "/api/friends/bob".to_owned()));
    routes.extend(deeds.map(|deed| ("POST", format!("/api/friends/bob/{deed}"))));
    for (method, path) in &routes {
        let call = app.call(method, path).json(&json!({ "username": "bob" }));
        call.send().await.problem(401, "unauthenticated");
    }
    // Another user changes nothing between the two, and does not learn that bob exists.
    for (method, path) in &routes[2..] {
        let answer = app.call(method, path).by(&eve.token).send().await;
        if path.ends_with("withdraw") || path.ends_with("unhide") {
            answer.expect(200);
        } else {
            answer.problem(404, "not-found");
        }
    }
    assert_eq!(lists(&app, &eve).await["friends"], json!([]));
    assert_eq!(names(&app, &ada, "friends").await, ["bob"]);
    let key = |value: &str| {
        let call = app.call("POST", "/api/friends/ada/block").by(&bob.token);
        call.header("idempotency-key", value).send()
    };
    let first = key("one").await.expect(200);
    act(&app, &bob, "ada", "unblock").await.expect(200);
    let again = key("one").await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.text, first.text);
    assert!(
        unseen_by(&app.twin, &id(&bob))
            .await
            .expect("it is there")
            .is_empty()
    );
}
