//! What is around every request.

use std::{future::pending, time::Duration};

use axum::{Router, routing::get};
use studyhall::api::{Settings, with_edge};

use crate::support::{Combination, Options, Server, Studyhall, everything_logged};

/// A server with these routes, and the edge of `app` around them.
async fn serve(app: &Studyhall, routes: Router) -> Server {
    Server::start(with_edge(routes, &app.state)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_a_problem_without_details() {
    let app = Studyhall::start(Combination::SqliteEmbedded).await;
    let routes = Router::new().route(
        "/",
        get(async || -> String { panic!("with an inner detail") }),
    );
    let server = serve(&app, routes).await;
    let answer = server
        .call("GET", "/")
        .send()
        .await
        .problem(500, "internal");
    assert!(!answer.text.contains("inner detail"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_reads_an_error_as_a_page() {
    let app = Studyhall::start(Combination::SqliteEmbedded).await;
    let accept = "text/html,application/xhtml+xml,*/*;q=0.8";
    for (method, path, status) in [
        ("GET", "/nothing", 404),
        ("GET", "/api/v1/todos", 401),
        ("PUT", "/api/v1/todos", 405),
    ] {
        let page = app.call(method, path).header("accept", accept);
        let page = page.send().await.expect(status);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(page.text.contains(page.header("x-request-id")), "{path}");
        let document = app.call(method, path).header("accept", "*/*");
        let document = document.send().await.expect(status);
        assert_eq!(document.header("content-type"), "application/problem+json");
    }
    let routes = Router::new().route("/", get(async || -> String { panic!("within") }));
    let server = serve(&app, routes).await;
    let page = server.call("GET", "/").header("accept", accept);
    let page = page.send().await.expect(500);
    assert!(page.text.contains("Internal error"), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_takes_too_long_is_given_up() {
    let options = Options {
        settings: Settings {
            request_timeout: Duration::from_millis(20),
            ..Settings::default()
        },
        ..Options::default()
    };
    let app = Studyhall::start_on(Combination::SqliteEmbedded.databases().await, options).await;
    let server = serve(&app, Router::new().route("/", get(pending::<String>))).await;
    let answer = server.call("GET", "/").send().await;
    answer.problem(503, "timed-out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_keeps_its_id_when_that_is_harmless() {
    let app = Studyhall::start(Combination::SqliteEmbedded).await;
    let get = |id: &str| {
        app.call("GET", "/health/live")
            .header("x-request-id", id)
            .send()
    };
    assert_eq!(get("abc-1.2_Z").await.header("x-request-id"), "abc-1.2_Z");
    assert!(
        everything_logged().contains("abc-1.2_Z"),
        "the log names the request"
    );
    for bad in ["a b", "<script>", &"a".repeat(65)] {
        let made = get(bad).await;
        assert!(made.header("x-request-id").len() == 36, "{bad}");
    }
    let one = app.call("GET", "/health/live").send().await.expect(200);
    let two = app
        .call("GET", "/nothing")
        .send()
        .await
        .problem(404, "not-found");
    assert_ne!(one.header("x-request-id"), two.header("x-request-id"));
    assert_eq!(two.header("x-content-type-options"), "nosniff");
}
