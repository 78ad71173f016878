//! What can be measured, by name.

use clap::{Args, ValueEnum};

use crate::{
    docstore, drain, growth, idle, long_backlog, primary_cost, readers, rebuild,
    report::Measurement, servers::Servers, sqlite_write_path, two_workers, verify, visible, web,
    write_path,
};

/// A part of the benchmarks. Its first line is what `--list` says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Writing through the library against pgbench: 1, 8 and 32 connections
    WritePath,
    /// Writing to SQLite against plain rusqlite: 1, 8 and 32 tasks
    SqliteWritePath,
    /// Draining 100,000 events: the limit of the parts, two baselines, processor time, memory
    Drain,
    /// What PostgreSQL pays for a drain and for 100 events a second, against an afternoon's worker
    PrimaryCost,
    /// What 200 waiting readers cost PostgreSQL beside a backlog, against a worker
    WaitingReaders,
    /// Two worker processes against one
    TwoWorkers,
    /// From commit to visible at four rates: worker in the process, in its own, foreign writer
    Visible,
    /// What one bad event in a hundred costs the others
    Poison,
    /// What a collection that the replica refuses costs the others
    Refused,
    /// A million events on 10,000 keys
    Coalescing,
    /// Peak memory with a million events on distinct keys
    Memory,
    /// A worker beside a long-running reader
    Reader,
    /// The cost of a batch with millions of processed events (`--history`)
    History,
    /// What an idle worker costs, PostgreSQL's side included
    Idle,
    /// Verification against merely reading both sides, embedded and servers, and its memory (`--documents`)
    Verify,
    /// The fill of a live rebuild against raw bulk inserts, with and without a full write load
    Rebuild,
    /// The embedded store against hand-written SQL: upserts, reads, sorts, groups, ranks, opening
    Docstore,
    /// Studyhall's pages: filling its community, every page, boards of 100,000 people, weight
    Web,
}

/// How much parts make whose costs must not grow with it.
#[derive(Debug, Args)]
pub(crate) struct Sizes {
    /// How many processed events `history` makes (about half a kilobyte of disk each)
    #[arg(long, value_name = "EVENTS", default_value_t = 10_000_000)]
    history: u64,
    /// How many documents `verify` compares for its memory (about 0.7 kilobytes of disk each)
    #[arg(long, value_name = "DOCUMENTS", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(verify::EMBEDDED + 1..))]
    documents: u64,
}

impl Part {
    /// Its name on the command line.
    pub(crate) fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// What it measures, in one line.
    pub(crate) fn help(self) -> String {
        let value = self.to_possible_value();
        let help = value.and_then(|value| value.get_help().map(ToString::to_string));
        help.unwrap_or_default()
    }

    pub(crate) const fn needs_servers(self) -> bool {
        !matches!(self, Self::SqliteWritePath | Self::Docstore | Self::Web)
    }

    pub(crate) async fn measure(
        self,
        servers: Option<&Servers>,
        sizes: &Sizes,
    ) -> anyhow::Result<Vec<Measurement>> {
        let Some(servers) = servers else {
            return match self {
                Self::SqliteWritePath => sqlite_write_path::measure().await,
                Self::Docstore => docstore::measure().await,
                Self::Web => web::measure().await,
                _ => anyhow::bail!("{} needs servers", self.name()),
            };
        };
        match self {
            Self::WritePath => write_path::measure(servers).await,
            Self::SqliteWritePath => sqlite_write_path::measure().await,
            Self::Drain => drain::measure(servers).await,
            Self::PrimaryCost => primary_cost::measure(servers).await,
            Self::WaitingReaders => readers::measure(servers).await,
            Self::TwoWorkers => two_workers::measure(servers).await,
            Self::Visible => visible::measure(servers).await,
            Self::Poison => visible::poison::measure(servers).await,
            Self::Refused => visible::refused::measure(servers).await,
            Self::Coalescing => long_backlog::coalescing(servers).await,
            Self::Memory => long_backlog::memory(servers).await,
            Self::Reader => growth::reader::measure(servers).await,
            Self::History => growth::history::measure(servers, sizes.history).await,
            Self::Idle => idle::measure(servers).await,
            Self::Verify => verify::measure(servers, sizes.documents).await,
            Self::Rebuild => rebuild::measure(servers).await,
            Self::Docstore => docstore::measure().await,
            Self::Web => web::measure().await,
        }
    }
}
