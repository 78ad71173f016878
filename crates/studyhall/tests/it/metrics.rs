//! The metrics: who may read them, and what is in them.

use std::time::Duration;

use studyhall::api::{Access, Scraping, Settings};
use twinbase::sync::metrics::ALL;
use twinbase_console::Metrics;
use twinbase_testkit::wait;

use crate::support::{Combination, Options, Studyhall};

const SOON: Duration = Duration::from_mins(3);
const TOKEN: &str = "a-token-of-some-length";

async fn start(access: Access) -> Studyhall {
    let metrics = Metrics::install().expect("nobody else collects them");
    let options = Options {
        settings: Settings {
            scraping: Some(Scraping::new(metrics, access)),
            ..Settings::default()
        },
        ..Options::default()
    };
    Studyhall::start_on(Combination::SqliteEmbedded.databases().await, options).await
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_closed_even_to_what_looks_like_this_machine() {
    // A plain `proxy_pass` of nginx on this machine looks exactly so.
    let app = start(Access::Closed).await;
    let closed = app.call("GET", "/metrics").send().await;
    let closed = closed.problem(403, "metrics-closed");
    for setting in ["metrics_token", "metrics_listen"] {
        assert!(closed.str("detail").contains(setting), "{}", closed.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_of_their_own_is_for_this_machine_and_for_nobody_through_a_proxy() {
    let app = start(Access::ThisMachine).await;
    let answer = app.call("GET", "/metrics").send().await.expect(200);
    assert!(
        answer
            .header("content-type")
            .starts_with("text/plain; version=0.0.4")
    );
    let proxied = app
        .call("GET", "/metrics")
        .header("x-forwarded-for", "192.0.2.7");
    proxied.send().await.problem(403, "metrics-closed");
    let rebound = app
        .call("GET", "/metrics")
        .header("host", "rebound.example");
    rebound.send().await.problem(403, "metrics-closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_them_and_nothing_else_does() {
    let app = start(Access::Token(TOKEN.into())).await;
    let call = || app.call("GET", "/metrics");
    call().send().await.problem(401, "unauthenticated");
    call()
        .by("another-token-of-some")
        .send()
        .await
        .problem(401, "unauthenticated");
    call().by(TOKEN).send().await.expect(200);
    // A proxy may stand before it then.
    call()
        .by(TOKEN)
        .header("x-forwarded-for", "192.0.2.7")
        .send()
        .await
        .expect(200);
    // It opens nothing else.
    app.call("GET", "/api/v1/outbox")
        .by(TOKEN)
        .send()
        .await
        .problem(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_recorder_there_are_none() {
    let app = Studyhall::start_without_worker(Combination::SqliteEmbedded).await;
    app.call("GET", "/metrics")
        .send()
        .await
        .problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_has_worked_tells_of_it_by_the_names_that_are_documented() {
    let app = start(Access::Open).await;
    let member = app.member("ada").await;
    app.todo(&member, "something to apply").await;
    let expected = [
        "twinbase_events_read_total",
        "twinbase_events_total{",
        "twinbase_batch_events_bucket{",
        "twinbase_phase_seconds_bucket{",
        "twinbase_apply_lag_seconds_bucket{",
        "twinbase_lag_seconds",
        "twinbase_backlog_events{",
        "twinbase_worker_state{",
        "twinbase_leases_held",
    ];
    let text = wait::until("the metrics of a batch", SOON, async || {
        let text = app.call("GET", "/metrics").send().await.expect(200).text;
        match expected.iter().find(|name| !text.contains(*name)) {
            None => Ok(text),
            Some(missing) => Err(format!("there is no {missing} in {text}")),
        }
    })
    .await;
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let ours = types.filter(|line| line.starts_with("twinbase_"));
    let mut count = 0;
    for line in ours {
        let name = line.split(' ').next().unwrap_or_default();
        assert!(
            ALL.iter().any(|metric| metric.name == name),
            "{name} is not documented"
        );
        assert!(
            text.contains(&format!("# HELP {name} ")),
            "{name} has no help"
        );
        count += 1;
    }
    assert!(count >= expected.len());
    assert!(!text.contains(&member.id) && !text.contains("something to apply"));
}
