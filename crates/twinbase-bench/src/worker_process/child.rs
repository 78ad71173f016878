//! The child's side.

use std::{
    io::{BufRead as _, Write as _},
    time::Duration,
};

use tokio::sync::mpsc;
use twinbase::prelude::*;

use super::{Message, Worked};
use crate::{app, usage};

/// Progress is told at most so often: telling must not cost what is measured.
const TELL_EVERY: Duration = Duration::from_millis(5);

/// Runs a worker until the input ends.
pub(crate) async fn run(
    primary: &str,
    replica: &str,
    options: WorkerOptions,
) -> anyhow::Result<()> {
    let twin = app::open(primary, replica).await?;
    let mut input = input();
    tell(&Message::Ready)?;
    if input.recv().await.is_none() {
        return Ok(());
    }
    let before = usage::own_cpu()?;
    let worker = twin.start_worker(options)?;
    let mut status = worker.watch();
    let mut told = 0;
    loop {
        tokio::select! {
            _ = input.recv() => break,
            changed = status.changed() => changed?,
        }
        let done = done(&status.borrow_and_update());
        if done != told {
            told = done;
            tell(&Message::Done(done))?;
            tokio::time::sleep(TELL_EVERY).await;
        }
    }
    worker.stop().await;
    let cpu = usage::own_cpu()?.saturating_sub(before);
    let took = Worked {
        applied: status.borrow().applied,
        cpu_seconds: cpu.as_secs_f64(),
        peak_bytes: usage::peak_bytes()?,
    };
    twin.close().await;
    tell(&Message::Ended(took))
}

fn done(status: &WorkerStatus) -> u64 {
    status.applied + status.superseded
}

fn tell(message: &Message) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    serde_json::to_writer(&mut output, message)?;
    output.write_all(b"\n")?;
    Ok(output.flush()?)
}

/// The lines of the input; it ends with it.
fn input() -> mpsc::UnboundedReceiver<String> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}
