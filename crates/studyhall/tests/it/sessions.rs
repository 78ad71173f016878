//! Signing in and out.

use jiff::SignedDuration;
use serde_json::json;
use studyhall::api::{Settings, TrustedProxies, sweep_batch};

use crate::support::{Answer, Combination, Options, PASSWORD, Studyhall, on_two_combinations};

on_two_combinations! {
    a_session_serves_as_bearer_and_as_cookie_until_it_ends,
    an_expired_token_is_refused_and_swept_a_day_later,
    one_signs_out_everywhere_at_once,
    a_wrong_password_and_an_unknown_name_are_told_the_same,
    too_many_failures_have_to_wait,
    a_stranger_elsewhere_locks_nobody_out,
    an_outage_costs_nobody_an_attempt,
    a_name_in_letters_that_a_database_would_fold_is_nobodys,
    sign_ups_from_one_address_are_limited,
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
        .call("GET", "/api/users/me")
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
    app.call("POST", "/api/logout")
        .by(token)
        .send()
        .await
        .expect(200);
    let gone = app.call("GET", "/api/users/me").by(token).send().await;
    gone.problem(401, "unauthenticated");
    let gone = app
        .call("GET", "/api/users/me")
        .header("cookie", pair)
        .send()
        .await;
    gone.problem(401, "unauthenticated");
}

async fn an_expired_token_is_refused_and_swept_a_day_later(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    app.clock.advance(SignedDuration::from_hours(30 * 24 - 1));
    app.call("GET", "/api/todos")
        .by(&ada.token)
        .send()
        .await
        .expect(200);
    app.clock.advance(SignedDuration::from_hours(2));
    let refused = app.call("GET", "/api/todos").by(&ada.token).send().await;
    let refused = refused.problem(401, "session-expired");
    assert!(refused.header("www-authenticate").contains("invalid_token"));
    let refused = app
        .call("POST", "/api/todos")
        .by(&ada.token)
        .json(&json!({ "title": "x" }));
    refused.send().await.problem(401, "session-expired");
    app.log_in("ada", "correct horse battery").await.expect(200);
    app.clock.advance(SignedDuration::from_hours(24));
    while sweep_batch(&app.twin).await.expect("it can be swept") {}
    let forgotten = app.call("GET", "/api/todos").by(&ada.token).send().await;
    forgotten.problem(401, "unauthenticated");
}

async fn one_signs_out_everywhere_at_once(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let stolen = app.log_in("ada", PASSWORD).await.expect(200);
    let out = app
        .call("POST", "/api/logout?everywhere=true")
        .by(&ada.token);
    out.send().await.expect(200);
    for token in [&ada.token, stolen.str("token")] {
        let refused = app.call("GET", "/api/todos").by(token).send().await;
        refused.problem(401, "unauthenticated");
    }
    let other = app.call("GET", "/api/todos").by(&bob.token);
    other.send().await.expect(200);
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
        let refused = app.call("GET", "/api/users/me").by(token).send().await;
        refused.problem(401, "unauthenticated");
    }
    app.call("GET", "/api/users/me")
        .send()
        .await
        .problem(401, "unauthenticated");
}

/// A Studyhall that takes few attempts, behind a proxy on this machine.
async fn strict(on: Combination) -> Studyhall {
    let options = Options {
        settings: Settings {
            login_attempts_per_minute: 3,
            sign_ups_per_minute: 3,
            trusted_proxies: TrustedProxies::parse("127.0.0.0/8").expect("it is a network"),
            ..Settings::default()
        },
        ..Options::default()
    };
    Studyhall::start_on(on.databases().await, options).await
}

async fn log_in_from(app: &Studyhall, address: &str, name: &str, password: &str) -> Answer {
    let body = json!({ "username": name, "password": password });
    let call = app.call("POST", "/api/v1/login").json(&body);
    call.header("x-forwarded-for", address).send().await
}

async fn a_stranger_elsewhere_locks_nobody_out(on: Combination) {
    let app = strict(on).await;
    app.sign_up("ada", json!({})).await.expect(201);
    for _ in 0..3 {
        let wrong = log_in_from(&app, "2001:db8::1", "ada", "incorrect horse").await;
        wrong.problem(401, "wrong-credentials");
    }
    // Another address of the same network is the same stranger.
    let stopped = log_in_from(&app, "2001:db8::2", "ada", PASSWORD).await;
    stopped.problem(429, "too-many-attempts");
    log_in_from(&app, "192.0.2.7", "ada", PASSWORD)
        .await
        .expect(200);
}

async fn an_outage_costs_nobody_an_attempt(on: Combination) {
    let app = strict(on).await;
    app.sign_up("ada", json!({})).await.expect(201);
    app.twin.close().await;
    for _ in 0..7 {
        let away = app.log_in("ada", PASSWORD).await;
        away.problem(503, "primary-unavailable");
        let away = app.sign_up("bob", json!({})).await;
        away.problem(503, "primary-unavailable");
    }
}

async fn a_name_in_letters_that_a_database_would_fold_is_nobodys(on: Combination) {
    let app = Studyhall::start(on).await;
    app.sign_up("kim", json!({})).await.expect(201);
    // The Kelvin sign is a K, to every database.
    for name in ["KIM", "\u{212a}im"] {
        app.log_in(name, PASSWORD).await.expect(200);
    }
    // The dotted capital I is an i in lower case to some.
    for name in ["k\u{130}m", "kim\0"] {
        let nobody = app.log_in(name, PASSWORD).await;
        nobody.problem(401, "wrong-credentials");
    }
}

async fn sign_ups_from_one_address_are_limited(on: Combination) {
    let app = strict(on).await;
    for name in ["ada", "bob", "eve"] {
        app.sign_up(name, json!({})).await.expect(201);
    }
    let stopped = app.sign_up("joe", json!({})).await;
    let stopped = stopped.problem(429, "too-many-attempts");
    assert_eq!(stopped.header("ratelimit-policy"), "\"sign-up\";q=3;w=60");
    app.log_in("ada", PASSWORD).await.expect(200);
    app.clock.advance(SignedDuration::from_secs(21));
    app.sign_up("joe", json!({})).await.expect(201);
}

async fn too_many_failures_have_to_wait(on: Combination) {
    let app = strict(on).await;
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
    assert!(
        stopped.str("detail").starts_with("Too many attempts: wait"),
        "{}",
        stopped.text
    );
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
        let call = app.call("POST", "/api/todos").header("cookie", &cookie);
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
    let read = app.call("GET", "/api/todos").header("cookie", &cookie);
    read.header("sec-fetch-site", "cross-site")
        .send()
        .await
        .expect(200);
    let bearer = app
        .call("POST", "/api/todos")
        .by(&ada.token)
        .json(&json!({ "title": "x" }));
    bearer
        .header("sec-fetch-site", "cross-site")
        .send()
        .await
        .expect(201);
}
