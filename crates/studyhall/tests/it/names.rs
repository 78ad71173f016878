//! Names of any script: which may be chosen, when two are one, and how long a name stays free.

use jiff::SignedDuration;
use serde_json::json;
use studyhall::api::sweep_batch;

use crate::{
    friends::{act, ask, befriend, names},
    support::{Combination, Member, PASSWORD, Studyhall, on_two_combinations},
    web::{page, post},
};

on_two_combinations! {
    a_name_that_hides_something_or_is_reserved_is_refused,
    a_name_that_folds_or_looks_like_another_is_taken,
    people_sign_in_by_any_form_of_their_name_and_every_page_finds_them,
    a_deleted_persons_name_is_free_after_30_days,
    a_name_that_is_free_is_given_before_anything_is_swept,
    people_of_before_keep_their_names_and_are_protected,
}

/// Signs somebody up by an address that has nothing to do with the name.
async fn sign_up(app: &Studyhall, name: &str) -> crate::support::Answer {
    let address = format!("{}@example.com", app.twin.new_id());
    app.sign_up(name, json!({ "email": address })).await
}

async fn member(app: &Studyhall, name: &str) -> Member {
    let user = sign_up(app, name).await.expect(201);
    let session = app.log_in(name, PASSWORD).await.expect(200);
    Member {
        id: user.str("id").to_owned(),
        name: user.str("username").to_owned(),
        token: session.str("token").to_owned(),
    }
}

async fn a_name_that_hides_something_or_is_reserved_is_refused(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (long, tower) = ("a".repeat(10_000), format!("ada{}", "\u{317}".repeat(200)));
    for bad in [
        "ad",
        "a\u{200b}da",
        "\u{202e}ada",
        "a\u{0}da",
        "ada 1",
        "ada\u{1f600}",
        "\u{301}ada",
        "\u{3164}\u{3164}\u{3164}",
        "..\u{2024}",
        "admin",
        "\u{430}dmin",
        "Messages",
        &long,
        &tower,
    ] {
        let refused = sign_up(&app, bad).await;
        assert_eq!(refused.status, 422, "{bad:?}: {}", refused.text);
        assert_eq!(refused.body["errors"][0]["pointer"], "/username");
    }
    let ada = app.member("ada").await;
    let call = app.call("PATCH", "/api/users/me").by(&ada.token);
    let call = call.json(&json!({ "username": "root" }));
    call.send().await.expect(422);
}

async fn a_name_that_folds_or_looks_like_another_is_taken(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    for name in ["Karl", "bob", "\u{c9}va"] {
        sign_up(&app, name).await.expect(201);
    }
    let alike = [
        "KARL",
        "KarI",
        "K\u{430}rl",
        "\u{ff2b}arl",
        "b0b",
        "e\u{301}va",
    ];
    for name in alike {
        sign_up(&app, name).await.problem(409, "username-taken");
    }
    let ada = app.member("ada").await;
    let rename = async |name: &str| {
        let call = app.call("PATCH", "/api/users/me").by(&ada.token);
        call.json(&json!({ "username": name })).send().await
    };
    rename("B0B").await.problem(409, "username-taken");
    for name in ["Ada", "\u{42e}\u{43b}\u{456}\u{44f}", "ada"] {
        rename(name).await.expect(200);
    }
    // What she gave back is there for somebody else.
    sign_up(&app, "\u{42e}\u{43b}\u{456}\u{44f}")
        .await
        .expect(201);
    sign_up(&app, "ADA").await.problem(409, "username-taken");
    app.verify().await;
}

async fn people_sign_in_by_any_form_of_their_name_and_every_page_finds_them(on: Combination) {
    let app = Studyhall::start(on).await;
    let (julia, eva) = (
        member(&app, "\u{42e}\u{43b}\u{456}\u{44f}").await,
        member(&app, "e\u{301}va").await,
    );
    assert_eq!(eva.name, "\u{e9}va");
    for form in ["\u{c9}VA", "E\u{301}va", "\u{ff45}\u{301}va"] {
        app.log_in(form, PASSWORD).await.expect(200);
    }
    app.log_in("\u{44e}\u{43b}\u{456}\u{44f}", PASSWORD)
        .await
        .expect(200);
    befriend(&app, &julia, &eva).await;
    let path = "%C3%89va";
    for page_of in ["/u/", "/messages/"] {
        let shown = page(&app, Some(&julia), &format!("{page_of}{path}")).await;
        let shown = shown.expect(200);
        assert!(shown.text.contains("\u{e9}va"), "{}", shown.text);
    }
    let said = [("text", "Hello"), ("key", "one")];
    let sent = post(&app, Some(&julia), &format!("/messages/{path}"), &said).await;
    assert_eq!(sent.expect(303).header("location"), "/messages/%C3%89va");
    let hidden = post(&app, Some(&julia), &format!("/friends/{path}/hide"), &[]).await;
    let cookies = crate::web::cookies(&hidden.expect(303));
    assert!(
        cookies.contains("hidden:/friends/%C3%89va/unhide"),
        "{cookies}"
    );
    app.verify().await;
}

async fn a_deleted_persons_name_is_free_after_30_days(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, eve) = (app.member("ada").await, app.member("eve").await);
    ask(&app, &eve, "ADA").await.expect(200);
    let call = app.call("POST", "/api/v1/account/delete").by(&ada.token);
    call.json(&json!({ "password": PASSWORD }))
        .send()
        .await
        .expect(200);
    // Nobody keeps the name for them, by whatever form it was typed.
    assert!(names(&app, &eve, "sent").await.is_empty());
    let hours = |hours| SignedDuration::from_hours(hours);
    for name in ["ada", "\u{430}da"] {
        sign_up(&app, name).await.problem(409, "username-taken");
    }
    app.clock.advance(hours(30 * 24 - 1));
    while sweep_batch(&app.twin).await.expect("it sweeps") {}
    sign_up(&app, "ada").await.problem(409, "username-taken");
    app.clock.advance(hours(2));
    while sweep_batch(&app.twin).await.expect("it sweeps") {}
    sign_up(&app, "ada").await.expect(201);
}

async fn a_name_that_is_free_is_given_before_anything_is_swept(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let call = app.call("POST", "/api/v1/account/delete").by(&ada.token);
    let left = call.json(&json!({ "password": PASSWORD })).send().await;
    left.expect(200);
    app.clock.advance(SignedDuration::from_hours(30 * 24 - 1));
    sign_up(&app, "ada").await.problem(409, "username-taken");
    app.clock.advance(SignedDuration::from_hours(2));
    sign_up(&app, "ada").await.expect(201);
}

async fn people_of_before_keep_their_names_and_are_protected(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    // Names that nobody may choose today, two of which look alike.
    app.sql(
        "insert into users (id, username, email, show_profile) values \
         ('1', 'bob', '1@example.com', true), ('2', 'b0b', '2@example.com', true), \
         ('3', 'x', '3@example.com', true), ('4', 'admin', '4@example.com', true);"
            .to_owned(),
    )
    .await;
    let shown = async |name: &str| {
        let shown = page(&app, Some(&ada), &format!("/friends/{name}/block")).await;
        shown.expect(200);
    };
    for name in ["bob", "b0b", "X", "Admin"] {
        shown(name).await;
    }
    sign_up(&app, "BOB").await.problem(409, "username-taken");
    while sweep_batch(&app.twin).await.expect("it sweeps") {}
    for name in ["bob", "b0b", "X", "Admin"] {
        shown(name).await;
    }
    for name in ["BOB", "B0B", "b\u{43e}b"] {
        sign_up(&app, name).await.problem(409, "username-taken");
    }
    act(&app, &ada, "b0b", "hide").await.expect(200);
    assert_eq!(names(&app, &ada, "hidden").await, ["b0b"]);
    // Whoever has such a name saves the profile with it.
    app.sql(format!(
        "update users set username = 'y' where id = '{}'",
        ada.id
    ))
    .await;
    let profile = [
        ("username", "y"),
        ("email", "y@example.com"),
        ("avatar", ""),
        ("showProfile", "true"),
    ];
    post(&app, Some(&ada), "/account/profile", &profile)
        .await
        .expect(303);
    let other = [("username", "z"), profile[1], profile[2], profile[3]];
    let refused = post(&app, Some(&ada), "/account/profile", &other).await;
    assert!(refused.expect(422).text.contains("3 to 30 characters"));
}
