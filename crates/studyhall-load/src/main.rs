//! Plays a day of a community against a started Studyhall. Started by `cargo xtask load`, which builds both.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::Context as _;
use clap::Parser;
use studyhall_load::{
    Databases, Place,
    day::{self, Options},
};

/// The exit code when something went wrong in the day.
const BAD: u8 = 3;

/// Plays a day of a community.
#[derive(Parser)]
struct Arguments {
    /// How many minutes the day takes.
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// How many things are done in a second, on average; twice as many at the peak.
    #[arg(long, default_value_t = 20.0)]
    rate: f64,
    /// How many people there are.
    #[arg(long, default_value_t = 40)]
    people: usize,
    /// Of everything that is up to chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The primary's URL, with a new database; embedded when left out.
    #[arg(long, value_name = "URL")]
    primary_url: Option<String>,
    /// The replica's URL, with a new database; embedded when left out.
    #[arg(long, value_name = "URL")]
    replica_url: Option<String>,
    /// The program; the one beside this one when left out.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let program = match arguments.program {
        Some(program) => program,
        None => std::env::current_exe()
            .context("find this program")?
            .with_file_name("studyhall"),
    };
    let databases = Databases {
        primary: arguments.primary_url,
        replica: arguments.replica_url,
    };
    let options = Options {
        length: Duration::from_secs_f64(arguments.minutes * 60.0),
        rate: arguments.rate,
        people: arguments.people,
        seed: arguments.seed,
    };
    eprintln!("a day of {:.0?} with seed {}", options.length, options.seed);
    let outcome = day::play(&Place::new(&program, databases)?, options).await?;
    println!("{outcome}");
    Ok(if outcome.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(BAD)
    })
}
