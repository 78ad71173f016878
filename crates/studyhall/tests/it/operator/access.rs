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
fn routes() -> Vec<(String, String)> {
    let api = twinbase_console::routes()
        .into_iter()
        .map(|(method, path)| {
            let path = path.replace("{id}", "some-id");
            let path = path.replace("{scope}", "everything");
            let path = path.replace("{collection}", "todos");
            (method.to_string(), path)
        });
    let trigger = ("POST".to_owned(), "/admin/sync/trigger".to_owned());
    let under = |base: &str, routes: &[(String, String)]| {
        let routes = routes.iter();
        let routes = routes.map(|(method, path)| (method.clone(), format!("{base}{path}")));
        routes.collect::<Vec<_>>()
    };
    let api: Vec<_> = api.chain([trigger]).collect();
    let routes = [under("/api/v1", &api), under("/api", &api)].concat();
    assert!(routes.iter().all(|(_, path)| !path.contains('{')));
    routes
}

async fn only_operators_are_let_in(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (member, boss) = (app.member("ada").await, operator(&app, "grace").await);
    for (method, path) in routes() {
        let call = || app.call(&method, &path).json(&json!({}));
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
    let call = |method: &str, path: &str, site: &str| {
        app.call(method, path)
            .header("cookie", &cookie)
            .header("sec-fetch-site", site)
            .json(&json!({ "all": true, "dryRun": true }))
    };
    let changing = routes().into_iter().filter(|(method, _)| method != "GET");
    let mut refused = 0;
    for (method, path) in changing {
        let answer = call(&method, &path, "cross-site").send().await;
        answer.problem(403, "cross-site");
        refused += 1;
    }
    assert!(refused >= 7, "{refused}");
    let own = call("POST", "/api/v1/outbox/retry", "same-origin");
    own.send().await.expect(200);
}
