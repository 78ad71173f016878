//! The operator's command line of Twinbase as a library: a program puts [`Command`] among its own commands,
//! and tells as a [`Host`] which databases it has.
//!
//! ```
//! use clap::{CommandFactory as _, Parser, Subcommand};
//! use twinbase_cli::{Host, Presentation, terminal::{Exit, Failure}};
//!
//! #[derive(Parser)]
//! struct Arguments {
//!     #[command(flatten)]
//!     presentation: Presentation,
//!     #[command(subcommand)]
//!     command: Mine,
//! }
//!
//! #[derive(Subcommand)]
//! enum Mine {
//!     /// Serve requests.
//!     Serve,
//!     #[command(flatten)]
//!     Operate(twinbase_cli::Command),
//! }
//!
//! async fn run(arguments: Arguments, host: &impl Host) -> Result<Exit, Failure> {
//!     match arguments.command {
//!         Mine::Serve => Ok(Exit::Done),
//!         Mine::Operate(command) => command.run(host, &arguments.presentation).await,
//!     }
//! }
//! # Arguments::command().debug_assert();
//! ```

mod about;
mod checked;
mod command;
mod data_folder;
mod databases;
mod host;
mod man;
mod presentation;
pub mod program;
pub mod settings;
mod stop;
pub mod terminal;
mod test_clock;

pub use about::About;
pub use checked::Checked;
pub use command::{Command, describe_pause};
pub use data_folder::{DataFolder, Role};
pub use databases::{Away, Databases, Side, Unopened, place};
pub use host::{Host, require_migrated};
pub use presentation::Presentation;
pub use settings::{PrimaryUrl, ReplicaUrl};
pub use stop::{Stop, or_interrupt};
pub use test_clock::TestClock;
