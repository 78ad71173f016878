//! A day of a community: people come and do what people do, by a schedule that waits for nobody.
//!
//! Each act arrives at its time, whether the ones before are answered or not, and its latency counts from that time: a server
//! that stops for a second is a second late for everybody who came meanwhile. After each write its author reads what it changed,
//! with the token that it returned. A read that does not show it is a broken token, and there may be none. In the end the two
//! databases are compared.

mod acts;
mod kind;
mod players;
mod record;
mod schedule;

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::Value;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};
use twinbase_testkit::wait;

use crate::{Client, Place};
use players::Community;
pub use record::Outcome;
use record::Record;

/// What is written is on both sides within this after the day.
const SETTLED: Duration = Duration::from_mins(2);
/// For how many days there has been a community when the day begins.
const DAYS_BEFORE: &str = "30";
/// The same communities' people have other names than those of the demonstration.
const SEED_OF_DEMO: &str = "11";

/// What a day is like.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How long it takes.
    pub length: Duration,
    /// How many acts come in a second, on average: fewer in the morning and at night, twice as many at the peak.
    pub rate: f64,
    /// How many people there are in the morning.
    pub people: usize,
    /// Of everything that is up to chance.
    pub seed: u64,
}

/// Plays a day in a place where nobody is yet.
///
/// # Errors
/// When it cannot be played. What goes wrong in it is in the outcome.
pub async fn play(place: &Place, options: Options) -> anyhow::Result<Outcome> {
    let people = options.people.to_string();
    let demo = [
        "demo",
        "--yes",
        "--days",
        DAYS_BEFORE,
        "--seed",
        SEED_OF_DEMO,
    ];
    let demo = [&demo[..], &["--people", &people]].concat();
    place.json(&demo).await.context("fill the community")?;
    let running = place.start().await?;
    let client = Client::new(running.url())?;
    let community = Community::gather(&client, options.people).await?;
    let (community, record) = (Arc::new(community), Arc::new(Record::default()));
    let began = Instant::now();
    act_all_day(&community, &record, options, began).await;
    let took = began.elapsed();
    settle(&client).await?;
    let (code, verified) = place.json(&["verify"]).await?;
    running.stop().await?;
    let differences = (code != Some(0)).then(|| differences(&verified));
    Ok(record.outcome(took, differences))
}

async fn act_all_day(
    community: &Arc<Community>,
    record: &Arc<Record>,
    options: Options,
    began: Instant,
) {
    let mut rng = StdRng::seed_from_u64(options.seed);
    let mut acts = JoinSet::new();
    for after in schedule::day(options.length, options.rate, &mut rng) {
        let at = began + after;
        sleep_until(at).await;
        let act = acts::Act::draw(community, record, at, &mut rng);
        acts.spawn(act.run());
    }
    while let Some(ended) = acts.join_next().await {
        if let Err(panicked) = ended {
            record.fail_to_act(&panicked);
        }
    }
}

/// Waits until nothing is pending: what is compared then is all.
async fn settle(client: &Client) -> anyhow::Result<()> {
    let settled = wait::within(SETTLED, async || {
        let health = client.get("/api/health/sync", "identity").await;
        let health = health.map_err(|error| format!("{error:#}"))?.json();
        let pending = &health["sync"]["queueSize"];
        if *pending == 0 {
            Ok(())
        } else {
            Err(health.to_string())
        }
    });
    settled
        .await
        .map_err(anyhow::Error::msg)
        .context("wait until nothing is pending")
}

/// What `verify` found.
fn differences(verified: &Value) -> String {
    format!("{verified:#}")
}
