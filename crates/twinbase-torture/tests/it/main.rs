//! Invariants 2, 3 and 9 under `kill -9`, and under workers that are suspended past their leases: what CI has time for. `cargo xtask torture` does it for as long as you like.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::{process::Command, time::Duration};

use twinbase_testkit::{
    process::{Child, Stream},
    servers::{MongoDb, Postgres},
};

const LONG: Duration = Duration::from_mins(5);

/// Runs the program and answers what it printed.
async fn torture(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_twinbase-torture"));
    let mut child = Child::spawn(command.args(arguments)).unwrap();
    let status = child.exit(LONG).await.unwrap();
    let output = child.output(None).join("\n");
    assert!(status.success(), "{output}");
    println!("{output}");
    child.output(Some(Stream::Stdout)).join("\n")
}

async fn killed(combination: &str, kills: u32) {
    let count = kills.to_string();
    let output = torture(&["run", "--kills", &count, "--combination", combination]).await;
    assert!(output.contains(&format!("{kills} kills")), "{output}");
    let words: Vec<_> = output.split_whitespace().collect();
    let pauses = words.windows(2).find(|two| two[1] == "pauses,").unwrap()[0];
    assert!(pauses.parse::<u32>().unwrap() >= 5, "{output}");
}

#[tokio::test]
async fn processes_killed_a_hundred_and_twenty_times_lose_nothing_on_postgresql_and_mongodb() {
    if let (Some(_), Some(_)) = (Postgres::from_env(), MongoDb::from_env()) {
        killed("postgres-mongodb", 120).await;
    }
}

#[tokio::test]
async fn processes_killed_ninety_times_lose_nothing_on_sqlite_and_embedded() {
    killed("sqlite-embedded", 90).await;
}
