//! Benchmarks: each number is a ratio or a distribution from one run, because
//! the machines they run on are shared and noisy.
//!
//! Started by `cargo xtask bench`, which provides the MongoDB server; PostgreSQL
//! is started here, with `fsync` on.

mod app;
mod drain;
mod embedded;
mod memory;
mod report;
mod servers;
mod statistics;
mod visible;
mod write_path;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::{report::Report, servers::Servers};

/// Measures Twinbase against the parts it is made of.
#[derive(Parser)]
struct Arguments {
    /// Only these: write-path, drain, visible, embedded.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Where to write the results as JSON.
    #[arg(long, default_value = "target/bench.json")]
    json: PathBuf,
    #[command(subcommand)]
    part: Option<Part>,
}

/// Parts that run in a process of their own, so that their memory is theirs alone.
#[derive(Subcommand)]
enum Part {
    /// Drain the backlog of one database into another and print what it took.
    #[command(hide = true)]
    Drain {
        /// The primary's URL.
        primary: String,
        /// The replica's URL.
        replica: String,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if let Some(Part::Drain { primary, replica }) = &arguments.part {
        return drain::child(primary, replica).await;
    }
    let wanted = |name: &str| arguments.only.is_empty() || arguments.only.iter().any(|n| n == name);
    let servers = Servers::start().await?;
    let mut report = Report::default();
    if wanted("write-path") {
        report.add(write_path::measure(&servers).await?);
    }
    if wanted("drain") {
        report.add(drain::measure(&servers).await?);
    }
    if wanted("visible") {
        report.add(visible::measure(&servers).await?);
    }
    if wanted("embedded") {
        report.add(embedded::measure().await?);
    }
    println!("{}", report.table());
    report.write(&arguments.json)?;
    eprintln!("also as JSON in {}", arguments.json.display());
    Ok(())
}
