//! Benchmarks: each number is a ratio or a distribution from one run, because
//! the machines they run on are shared and noisy.
//!
//! Started by `cargo xtask bench`, which provides the MongoDB server; PostgreSQL
//! is started here, with `fsync` on.

mod app;
mod backlog;
mod bursts;
mod docstore;
mod drain;
mod growth;
mod idle;
mod long_backlog;
mod machine;
mod part;
mod primary_cost;
mod readers;
mod rebuild;
mod report;
mod servers;
mod sqlite_write_path;
mod statistics;
mod two_workers;
mod usage;
mod verify;
mod visible;
mod web;
mod worker_process;
mod write_path;

use std::{path::PathBuf, process::ExitCode, time::Instant};

use clap::{Parser, Subcommand, ValueEnum as _};
use twinbase::prelude::WorkerOptions;

use crate::{
    drain::baseline,
    part::{Part, Sizes},
    report::Report,
    servers::Servers,
};

/// The exit code when a bound is missed.
const MISSED: u8 = 3;

/// Measures Twinbase against the parts it is made of.
#[derive(Parser)]
struct Arguments {
    /// Only these parts, in this order.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "NAME")]
    only: Vec<Part>,
    /// List the parts and end.
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    sizes: Sizes,
    /// Where to write the results as JSON.
    #[arg(long, default_value = "target/bench.json")]
    json: PathBuf,
    #[command(subcommand)]
    process: Option<Process>,
}

/// What runs in a process of its own, so that its memory and processor time are its alone.
#[derive(Subcommand)]
enum Process {
    /// A worker that is told on its input when to begin and to stop.
    #[command(hide = true)]
    Work {
        /// The primary's URL.
        primary: String,
        /// The replica's URL.
        replica: String,
        /// With heartbeats, as applications run it.
        #[arg(long)]
        heartbeat: bool,
    },
    /// A worker as one writes it without Twinbase.
    #[command(hide = true)]
    Baseline {
        /// Which one.
        kind: baseline::Kind,
        /// The primary's URL.
        primary: String,
        /// The replica's URL.
        replica: String,
        /// How many events wait.
        events: u64,
    },
    /// A verification of these databases.
    #[command(hide = true)]
    Verify {
        /// The primary's URL.
        primary: String,
        /// The replica's URL.
        replica: String,
        /// How many documents there are.
        documents: u64,
    },
    /// A group over the embedded store.
    #[command(hide = true)]
    Group {
        /// The store's file.
        file: PathBuf,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    match &arguments.process {
        Some(Process::Work {
            primary,
            replica,
            heartbeat,
        }) => {
            let mut options = app::worker();
            if *heartbeat {
                options.heartbeat = WorkerOptions::default().heartbeat;
            }
            worker_process::run(primary, replica, options).await?;
        }
        Some(Process::Baseline {
            kind,
            primary,
            replica,
            events,
        }) => baseline::run(*kind, primary, replica, *events).await?,
        Some(Process::Group { file }) => docstore::group_alone(file)?,
        Some(Process::Verify {
            primary,
            replica,
            documents,
        }) => verify::run(primary, replica, *documents).await?,
        None if arguments.list => {
            for part in Part::value_variants() {
                println!("{:<18}{}", part.name(), part.help());
            }
        }
        None => return measure(&arguments).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn measure(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let parts = if arguments.only.is_empty() {
        Part::value_variants()
    } else {
        &arguments.only
    };
    let mut facts = machine::describe();
    let servers = if parts.iter().any(|part| part.needs_servers()) {
        let servers = Servers::start().await?;
        facts.extend(servers.describe().await?);
        Some(servers)
    } else {
        None
    };
    let mut report = Report::new(facts);
    let mut failed = Vec::new();
    for part in parts {
        machine::settle().await?;
        let began = Instant::now();
        match part.measure(servers.as_ref(), &arguments.sizes).await {
            Ok(measurements) => report.add(measurements),
            // The other parts say as much without it.
            Err(error) => {
                eprintln!("{}: failed: {error:#}", part.name());
                failed.push(part.name());
            }
        }
        eprintln!("{}: took {:.0?}", part.name(), began.elapsed());
        report.write(&arguments.json)?;
    }
    println!("{}", report.table());
    eprintln!("also as JSON in {}", arguments.json.display());
    anyhow::ensure!(failed.is_empty(), "{} failed", failed.join(", "));
    if report.met() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("a bound was missed");
    Ok(ExitCode::from(MISSED))
}
