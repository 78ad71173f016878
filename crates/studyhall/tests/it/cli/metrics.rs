//! Metrics of workers that run alone: together with the servers' they tell of all partitions.

use std::net::TcpListener;

use twinbase_testkit::{
    servers::{MongoDb, Postgres},
    wait,
};

use super::program::{Place, Running, SOON};

const WORKER: [&str; 3] = ["worker", "--metrics-listen", "127.0.0.1:0"];
const TOKEN: &str = "a-token-of-some-length";

/// Starts a worker that answers for its metrics, and learns where.
async fn start_worker(place: &Place) -> Running {
    let mut child = place.start(&WORKER).await.child;
    let line = child.line("  metrics  ", SOON).await.unwrap();
    let url = line.split_whitespace().last().unwrap();
    let url = url.strip_suffix("/metrics").unwrap().to_owned();
    Running { child, url }
}

/// How many partitions one process says that it holds; `None` when it does not speak of any.
async fn leases(running: &Running) -> Option<f64> {
    let answer = reqwest::get(format!("{}/metrics", running.url)).await;
    let text = answer.unwrap().text().await.unwrap();
    let held = text
        .lines()
        .find_map(|line| line.strip_prefix("twinbase_leases_held "));
    held.map(|held| held.parse().unwrap())
}

/// Both processes together hold all partitions, and each of `holders` has some.
async fn until_all_are_held(processes: [&Running; 2], holders: usize) {
    wait::until("all partitions are told of", SOON, async || {
        let held = [leases(processes[0]).await, leases(processes[1]).await];
        let some = held.iter().flatten().filter(|held| **held > 0.0).count();
        match held.iter().flatten().sum::<f64>() {
            16.0 if some == holders => Ok(()),
            _ => Err(format!("{held:?}")),
        }
    })
    .await;
}

#[tokio::test]
async fn the_leases_of_a_server_and_a_worker_of_its_own_add_up() {
    let place = Place::new().with("STUDYHALL_METRICS_OPEN", "true");
    place.run(&["migrate"]).expect(0, &[]);
    let server = place.start(&["serve"]).await;
    let worker = start_worker(&place).await;
    until_all_are_held([&server, &worker], 1).await;
    assert_eq!(leases(&server).await, None, "a server holds none");
    worker.stop().await;
    server.stop().await;
}

#[tokio::test]
async fn the_leases_of_two_workers_add_up_when_one_is_in_the_server() {
    let (Some(postgres), Some(mongodb)) = (Postgres::from_env(), MongoDb::from_env()) else {
        return;
    };
    let primary = postgres.fresh_database("cli_metrics").await;
    let replica = mongodb.fresh_database("cli_metrics");
    let place = Place::new()
        .with("DATABASE_URL", &primary.url)
        .with("MONGODB_URL", &replica.url)
        .with("STUDYHALL_METRICS_OPEN", "true");
    let everything = place.start(&[]).await;
    let worker = start_worker(&place).await;
    until_all_are_held([&everything, &worker], 2).await;
    worker.stop().await;
    everything.stop().await;
}

#[tokio::test]
async fn a_worker_answers_for_its_metrics_and_its_life_and_for_nothing_else() {
    let place = Place::new().with("STUDYHALL_METRICS_TOKEN", TOKEN);
    place.run(&["migrate"]).expect(0, &[]);
    let worker = start_worker(&place).await;
    assert_eq!(worker.get("/health/live").await["status"], "alive");
    for path in [
        "/",
        "/health",
        "/health/ready",
        "/api/login",
        "/api/v1/outbox",
    ] {
        let problem = worker.get(path).await;
        assert_eq!(problem["status"], 404, "{path}: {problem:#}");
    }
    let url = format!("{}/metrics", worker.url);
    assert_eq!(reqwest::get(&url).await.unwrap().status(), 401);
    let scraped = reqwest::Client::new().get(&url).bearer_auth(TOKEN).send();
    assert_eq!(scraped.await.unwrap().status(), 200);
    worker.stop().await;
}

#[tokio::test]
async fn without_a_token_a_workers_metrics_are_for_this_machine_alone() {
    let place = Place::new();
    place.run(&["migrate"]).expect(0, &[]);
    let worker = start_worker(&place).await;
    let request = reqwest::Client::new().get(format!("{}/metrics", worker.url));
    let proxied = request.header("x-forwarded-for", "192.0.2.7").send();
    assert_eq!(proxied.await.unwrap().status(), 403);
    worker.stop().await;
}

#[tokio::test]
async fn a_server_closes_them_at_its_own_port_and_opens_another_when_told() {
    let place = Place::new();
    let mut server = place.start(&["--metrics-listen", "127.0.0.1:0"]).await;
    assert_eq!(server.get("/metrics").await["code"], "metrics-closed");
    let line = server.child.line("  metrics  ", SOON).await.unwrap();
    let url = line.split_whitespace().last().unwrap();
    assert_eq!(reqwest::get(url).await.unwrap().status(), 200);
    server.stop().await;
}

#[tokio::test]
async fn a_worker_opens_no_port_unless_it_is_told_where() {
    // Containers set PORT for every process.
    let place = Place::new().with("PORT", "0");
    place.run(&["migrate"]).expect(0, &[]);
    let worker = place.start(&["worker"]).await;
    let said = worker.child.output(None).join("\n");
    assert!(!said.contains("http://"), "{said}");
    worker.stop().await;
}

#[test]
fn a_port_in_use_is_told_with_the_setting_that_names_another() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let place = Place::new().with("STUDYHALL_METRICS_LISTEN", &address);
    place.run(&["migrate"]).expect(0, &[]);
    place.run(&["worker"]).expect(
        1,
        &["is in use", "--metrics-listen or STUDYHALL_METRICS_LISTEN"],
    );
}
