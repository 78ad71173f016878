//! Signing in and out.

use jiff::SignedDuration;
use serde_json::json;
use studyhall::api::Settings;

use crate::support::{Combination, Options, Studyhall, on_every_combination};

on_every_combination! {
    a_session_serves_as_bearer_and_as_cookie_until_it_ends,
    an_expired_token_is_refused,
    a_wrong_password_and_an_unknown_name_are_told_the_same,
    too_many_failures_have_to_wait,
    a_cookie_does_not_serve_another_site,
}

async fn a_session_serves_as_bearer_and_as_cookie_until_it_ends(on: Combination) {
    let app = Studyhall::start(on).await;
    app.sign_up("Ada", json!({})).await.expect(201);
    let session = app.log_in("aDa", "correct horse battery").await.expect(200);
    let cookie = session.header("set-cookie").to_owned();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert_eq!(session.header("cache-control"), "no-store");
    let pair = cookie.split(';').next().unwrap_or_default();
    let by_cookie = app
        .call("GET", "/users/me")
        .header("cookie", pair)
        .send()
        .await
        .expect(200);
    assert_eq!(by_cookie.str("username"), "Ada");

    let token = session.str("token");
    app.call("GET", "/api/v1/users/me")
        .by(token)
        .send()
        .await
        .expect(200);
    app.call("POST", "/logout")
        .by(token)
        .send()
        .await
        .expect(200);
    let gone = app.call("GET", "/users/me").by(token).send().await;
    gone.problem(401, "unauthenticated");
    let gone = app
        .call("GET", "/users/me")
        .header("cookie", pair)
        .send()
        .await;
    gone.problem(401, "unauthenticated");
}

async fn an_expired_token_is_refused(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    app.clock.advance(SignedDuration::from_hours(30 * 24 - 1));
    app.call("GET", "/todos")
        .by(&ada.token)
        .send()
        .await
        .expect(200);
    app.clock.advance(SignedDuration::from_hours(2));
    let refused = app.call("GET", "/todos").by(&ada.token).send().await;
    let refused = refused.problem(401, "session-expired");
    assert!(refused.header("www-authenticate").contains("invalid_token"));
    let refused = app
        .call("POST", "/todos")
        .by(&ada.token)
        .json(&json!({ "title": "x" }));
    refused.send().await.problem(401, "session-expired");
    // Signing in again works, and forgets the session that has ended.
    app.log_in("ada", "correct horse battery").await.expect(200);
    let forgotten = app.call("GET", "/todos").by(&ada.token).send().await;
    forgotten.problem(401, "unauthenticated");
}

async fn a_wrong_password_and_an_unknown_name_are_told_the_same(on: Combination) {
    let app = Studyhall::start(on).await;
    app.sign_up("ada", json!({})).await.expect(201);
    let wrong = app
        .log_in("ada", "incorrect horse")
        .await
        .problem(401, "wrong-credentials");
    let unknown = app
        .log_in("nobody", "incorrect horse")
        .await
        .problem(401, "wrong-credentials");
    let nul = app
        .log_in("a\0da", "incorrect horse")
        .await
        .problem(401, "wrong-credentials");
    assert_eq!(wrong.str("detail"), unknown.str("detail"));
    assert_eq!(wrong.str("detail"), nul.str("detail"));
    for token in ["", "x", &"A".repeat(43), "a b"] {
        let refused = app.call("GET", "/users/me").by(token).send().await;
        refused.problem(401, "unauthenticated");
    }
    app.call("GET", "/users/me")
        .send()
        .await
        .problem(401, "unauthenticated");
}

async fn too_many_failures_have_to_wait(on: Combination) {
    let options = Options {
        settings: Settings {
            login_attempts_per_minute: 3,
            ..Settings::default()
        },
        ..Options::default()
    };
    let app = Studyhall::start_on(on.databases().await, options).await;
    app.sign_up("ada", json!({})).await.expect(201);
    for left in [2, 1, 0] {
        let wrong = app
            .log_in("ada", "incorrect horse")
            .await
            .problem(401, "wrong-credentials");
        assert_eq!(wrong.header("ratelimit-policy"), "\"login\";q=3;w=60");
        assert!(
            wrong
                .header("ratelimit")
                .starts_with(&format!("\"login\";r={left};"))
        );
    }
    let stopped = app
        .log_in("ada", "correct horse battery")
        .await
        .problem(429, "too-many-attempts");
    let seconds: i64 = stopped
        .header("retry-after")
        .parse()
        .expect("it is a number");
    assert!((1..=20).contains(&seconds), "{seconds}");
    app.clock.advance(SignedDuration::from_secs(seconds + 1));
    app.log_in("ada", "correct horse battery").await.expect(200);
}

async fn a_cookie_does_not_serve_another_site(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let cookie = format!("studyhall_session={}", ada.token);
    let own = format!("http://{}", app.host());
    let write = |name: &str, value: &str| {
        let call = app.call("POST", "/todos").header("cookie", &cookie);
        call.header(name, value)
            .json(&json!({ "title": "x" }))
            .send()
    };
    write("sec-fetch-site", "same-origin").await.expect(201);
    write("origin", &own).await.expect(201);
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        write(name, value).await.problem(403, "cross-site");
    }
    // Reading is harmless, and a bearer token is sent on purpose.
    let read = app.call("GET", "/todos").header("cookie", &cookie);
    read.header("sec-fetch-site", "cross-site")
        .send()
        .await
        .expect(200);
    let bearer = app
        .call("POST", "/todos")
        .by(&ada.token)
        .json(&json!({ "title": "x" }));
    bearer
        .header("sec-fetch-site", "cross-site")
        .send()
        .await
        .expect(201);
}
