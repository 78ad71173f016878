//! Who is let in.

use serde_json::json;
use studyhall::domain::commands::remove_operator;

use super::{get, operator};
use crate::support::{Combination, Studyhall, on_every_combination};

on_every_combination! {
    only_operators_are_let_in,
    a_page_of_another_site_cannot_act_for_an_operator,
}

/// Everything of it, with an id or a scope where one belongs.
const ROUTES: [(&str, &str); 13] = [
    ("GET", "/api/v1/outbox"),
    ("GET", "/api/v1/outbox/groups"),
    ("GET", "/api/v1/outbox/some-id"),
    ("POST", "/api/v1/outbox/retry"),
    ("POST", "/api/v1/outbox/discard"),
    ("POST", "/api/v1/outbox/restore"),
    ("GET", "/api/v1/operations"),
    ("GET", "/api/v1/operations/some-id"),
    ("POST", "/api/v1/operations/some-id/cancel"),
    ("GET", "/api/v1/workers"),
    ("GET", "/api/v1/pauses"),
    ("DELETE", "/api/v1/pauses/everything"),
    ("POST", "/api/admin/sync/trigger"),
];

async fn only_operators_are_let_in(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (member, boss) = (app.member("ada").await, operator(&app, "grace").await);
    for (method, path) in ROUTES {
        let call = || app.call(method, path).json(&json!({}));
        call().send().await.problem(401, "unauthenticated");
        call()
            .by(&member.token)
            .send()
            .await
            .problem(403, "operators-only");
        let answer = call().by(&boss.token).send().await;
        assert!(
            !matches!(answer.status, 401 | 403),
            "{method} {path}: {}",
            answer.text
        );
        assert_eq!(
            answer.header("cache-control"),
            "no-store",
            "{method} {path}"
        );
    }
    // The role is looked up each time.
    let (_, removed) = remove_operator(&app.twin, "Grace@Example.com")
        .await
        .expect("it is taken");
    assert!(removed);
    get(&app, &boss, "/api/v1/outbox")
        .await
        .problem(403, "operators-only");
}

async fn a_page_of_another_site_cannot_act_for_an_operator(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let boss = operator(&app, "grace").await;
    let cookie = format!("studyhall_session={}", boss.token);
    let call = |site: &str| {
        app.call("POST", "/api/v1/outbox/retry")
            .header("cookie", &cookie)
            .header("sec-fetch-site", site)
            .json(&json!({ "all": true, "dryRun": true }))
    };
    call("cross-site").send().await.problem(403, "cross-site");
    call("same-origin").send().await.expect(200);
}
