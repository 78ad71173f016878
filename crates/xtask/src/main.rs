//! `cargo xtask`: what developers and CI run on the whole project. One command per file in `commands`.

mod checks;
mod commands;
mod provide;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Checks and tests the whole project.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Bench(commands::bench::Arguments),
    Check(commands::check::Arguments),
    FuzzApi(commands::fuzz_api::Arguments),
    FuzzDocstore(commands::fuzz_docstore::Arguments),
    Load(commands::load::Arguments),
    Simulate(commands::simulate::Arguments),
    Test(commands::test::Arguments),
    Torture(commands::torture::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Bench(arguments) => commands::bench::run(&arguments),
        Command::Check(arguments) => commands::check::run(&arguments),
        Command::FuzzApi(arguments) => commands::fuzz_api::run(&arguments),
        Command::FuzzDocstore(arguments) => commands::fuzz_docstore::run(&arguments),
        Command::Load(arguments) => commands::load::run(&arguments),
        Command::Simulate(arguments) => commands::simulate::run(&arguments),
        Command::Test(arguments) => commands::test::run(&arguments),
        Command::Torture(arguments) => commands::torture::run(&arguments),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
