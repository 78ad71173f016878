//! A process that changes rows behind everybody's back and has their documents made anew, and notes each that is right.

use anyhow::ensure;
use clap::Args;
use twinbase::{
    core::write::{Action, Assignment, Comparison, Condition, Target, Write},
    prelude::*,
    sync::{
        repair::RepairOptions,
        verify::{Scope, VerifyOptions},
    },
};

use super::place::Place;
use crate::app::Note;

/// Damage and repair until killed.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
}

/// The one that is damaged. Nothing else may be found wrong.
const DAMAGED: &str = "repaired";

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let (twin, mut progress) = arguments.place.open().await?;
    let id = AggregateId::new(DAMAGED)?;
    let mut round = 0_u64;
    loop {
        round += 1;
        // A database is busy with the dead now and then. Who never succeeds makes no progress, and that is noticed.
        if damage(&twin, &id, round).await.is_err() {
            continue;
        }
        let report = twin.repair(&options(&id), |_, _| {}).await;
        // What is not confirmed in time waits for workers that are dead or suspended.
        if report.is_ok_and(|report| report.is_mended()) {
            progress.add(&round.to_string())?;
        }
    }
}

/// Mends the last damage, which may have been left as it was, and that alone.
pub(super) async fn mend(twin: &Twinbase) -> anyhow::Result<()> {
    let options = options(&AggregateId::new(DAMAGED)?);
    let repaired = twin.repair(&options, |_, _| {}).await?;
    ensure!(repaired.is_mended(), "it cannot be repaired: {repaired:#?}");
    Ok(())
}

/// Changes the row, which is made where it is missing, without an event.
async fn damage(twin: &Twinbase, id: &AggregateId, round: u64) -> anyhow::Result<()> {
    let table = Note::schema().table.clone();
    let text = format!("{}-{round}", std::process::id());
    let change = Write {
        target: Target::Plain(table.into()),
        action: Action::Update {
            set: vec![Assignment::set("text", text.into())],
            filter: vec![Condition::compare(
                "id",
                Comparison::Equal,
                id.as_str().into(),
            )],
        },
        expected: None,
        traceparent: None,
    };
    if twin.sides().primary.write(&change).await?.count == 0 {
        let first = Note {
            id: id.clone(),
            text: "first".to_owned(),
        };
        twin.insert(&first).await?;
    }
    Ok(())
}

/// A repair of one document.
fn options(id: &AggregateId) -> RepairOptions {
    RepairOptions {
        verify: VerifyOptions {
            scope: Scope {
                collections: vec!["notes".to_owned()],
                ids: vec![id.clone()],
                ..Scope::default()
            },
            ..VerifyOptions::default()
        },
        ..RepairOptions::default()
    }
}
