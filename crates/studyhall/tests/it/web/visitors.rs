//! Pages for strangers, signing up, in and out, and what every page has.

use super::{cookies, page, post};
use crate::support::{Combination, PASSWORD, Studyhall, on_two_combinations};

on_two_combinations! {
    somebody_signs_up_in_and_out_on_pages,
    a_stranger_is_asked_to_sign_in_and_comes_back,
    every_page_is_whole_strict_and_for_nobody_else,
}

async fn somebody_signs_up_in_and_out_on_pages(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let form = page(&app, None, "/signup").await.expect(200);
    assert!(form.text.contains("autocomplete=\"new-password\""));
    let fields = |name, password| {
        [
            ("key", "0194b7d2-52a0-7c3e-9a51"),
            ("username", name),
            ("email", "ada@example.com"),
            ("password", password),
        ]
    };
    let short = post(&app, None, "/signup", &fields("ada", "short"))
        .await
        .expect(422);
    assert!(short.text.contains("value=\"ada\"") && !short.text.contains("value=\"short\""));
    let signed_up = post(&app, None, "/signup", &fields("ada", PASSWORD))
        .await
        .expect(303);
    let cookie = cookies(&signed_up);
    assert!(cookie.contains("studyhall_session="), "{cookie}");
    let home = app
        .call("GET", "/")
        .header("cookie", &cookie)
        .send()
        .await
        .expect(200);
    assert!(
        home.text.contains("Welcome.") && home.text.contains("Sign out <bdi>ada</bdi>"),
        "{}",
        home.text
    );
    let taken = fields("ADA", PASSWORD).map(|(name, value)| match name {
        "key" => (name, "another-key-of-a-page"),
        "email" => (name, "other@example.com"),
        _ => (name, value),
    });
    let taken = post(&app, None, "/signup", &taken).await.expect(422);
    assert!(
        taken.text.contains("Somebody has this name"),
        "{}",
        taken.text
    );

    let out = app
        .call("POST", "/logout")
        .header("cookie", &cookie)
        .header("sec-fetch-site", "same-origin");
    assert_eq!(out.send().await.status, 303);
    let wrong = post(
        &app,
        None,
        "/login",
        &[("username", "ada"), ("password", "wrong words")],
    )
    .await
    .expect(422);
    assert!(wrong.text.contains("That name and password do not match."));
    let right = [
        ("username", "ada"),
        ("password", PASSWORD),
        ("next", "//evil.example"),
    ];
    let signed_in = post(&app, None, "/login", &right).await.expect(303);
    assert_eq!(signed_in.header("location"), "/");
}

async fn a_stranger_is_asked_to_sign_in_and_comes_back(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    for path in ["/todos", "/todos/bulk", "/points", "/reports?view=year"] {
        let answer = page(&app, None, path).await.expect(303);
        let next = path
            .replace('/', "%2F")
            .replace('?', "%3F")
            .replace('=', "%3D");
        assert_eq!(answer.header("location"), format!("/login?next={next}"));
    }
    // htmx would put the sign-in page into the middle of this one.
    let answer = app
        .call("GET", "/todos")
        .header("hx-request", "true")
        .header("accept", "text/html")
        .send()
        .await
        .expect(401);
    assert_eq!(answer.header("hx-retarget"), "#toast");
}

async fn every_page_is_whole_strict_and_for_nobody_else(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    app.todo(&ada, "Read").await;
    app.catch_up().await;
    for path in [
        "/",
        "/todos",
        "/todos/bulk",
        "/points",
        "/leaderboard",
        "/leaderboard?range=all",
        "/sessions",
        "/reports",
        "/friends",
        "/login",
        "/signup",
    ] {
        for member in [Some(&ada), None] {
            let answer = page(&app, member, path).await;
            if answer.status == 303 {
                continue;
            }
            let answer = answer.expect(200);
            let policy = answer.header("content-security-policy");
            assert!(
                policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
                "{policy}"
            );
            assert_eq!(answer.header("cache-control"), "private, no-store");
            assert_eq!(answer.text.matches("<h1 ").count(), 1, "{path}");
            assert!(answer.text.len() < 60_000, "{path}");
            let ids = answer.text.split(" id=\"").skip(1);
            let mut ids: Vec<_> = ids.filter_map(|rest| rest.split('"').next()).collect();
            ids.sort_unstable();
            assert!(
                ids.is_sorted_by(|one, next| one < next),
                "an id twice in {path}: {ids:?}"
            );
            for forbidden in [
                "<style",
                " style=",
                " onclick=",
                "javascript:",
                "http://",
                "https://",
            ] {
                assert!(!answer.text.contains(forbidden), "{forbidden} in {path}");
            }
        }
    }
    for (path, most) in [
        ("/assets/studyhall.css", 20_000),
        ("/assets/studyhall.js", 6_000),
        ("/assets/htmx.js", 40_000),
    ] {
        let asset = page(&app, None, path).await.expect(200);
        assert!(asset.text.len() < most, "{path}: {}", asset.text.len());
    }
}
