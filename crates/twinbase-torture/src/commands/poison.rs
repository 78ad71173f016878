//! An event that kills every process that applies it, and the restarts that follow.

use anyhow::{Context as _, ensure};
use clap::Args;
use twinbase::prelude::*;
use twinbase_testkit::wait;

use crate::{
    app::{self, Counter},
    evidence::number,
    fleet::{Member, Role, SOON},
    ground::{Combination, Ground},
};

const POISON: &str = "counter-57";
const OTHERS: usize = 200;

/// One death with nothing noted, one with a whole batch in hand, three with the event alone; and as many
/// again for a second worker that dies of it at the same time.
const MOST_DEATHS: u32 = 10;

/// Apply an event that kills its process, restart the process, and check that the event is set aside.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Which databases.
    #[arg(long, value_enum)]
    combination: Combination,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let ground = Ground::new(arguments.combination).await?;
    let twin = app::open(&ground.primary, &ground.replica).await?;
    twin.migrate().await?;
    let mut counters = Vec::new();
    for n in 0..=OTHERS {
        let id = AggregateId::new(format!("counter-{n}"))?;
        counters.push(Counter { id, value: 0 });
    }
    twin.insert_many(&counters).await?;
    let role = Role::Worker {
        abort_on: Some(POISON.to_owned()),
    };
    let mut workers = [
        Member::start(&ground, role.clone(), 0, 0)?,
        Member::start(&ground, role, 1, 0)?,
    ];
    let mut deaths = 0;
    let drained = wait::within(SOON, async || -> anyhow::Result<()> {
        for (number, worker) in (0..).zip(&mut workers) {
            if worker.has_died()? {
                deaths += 1;
                worker.restart(&ground, number, 0)?;
            }
        }
        let status = twin.sides().primary.status().await?;
        let done = status.backlog == 0 && status.failed == 1;
        ensure!(done, "{deaths} deaths, {status:?}");
        Ok(())
    });
    drained
        .await
        .map_err(anyhow::Error::msg)
        .context("it does not end")?;
    ensure!(deaths <= MOST_DEATHS, "{deaths} workers died");
    for worker in &mut workers {
        worker.stop().await?;
    }
    let of = format!("from \"Outbox\" where aggregate_id = '{POISON}' and processed = false");
    let rows = twin.query(&format!("select error_key {of}"), &[]).await?;
    let [row] = &rows[..] else {
        anyhow::bail!("{} events wait", rows.len());
    };
    let key: String = row.get("error_key")?;
    ensure!(key == "crash", "it is filed under {key:?}");
    let applied = number(
        &twin,
        r#"select count(*) from "Outbox" where processed = true"#,
    )
    .await?;
    ensure!(usize::try_from(applied)? >= OTHERS, "{applied} applied");
    let documents = twin.collection::<Counter>().count(doc! {}).await?.value;
    ensure!(documents == OTHERS as u64, "{documents} documents");
    twin.close().await;
    println!(
        "{}: set aside after {deaths} deaths, {documents} others applied",
        arguments.combination.name()
    );
    Ok(())
}
