//! How long pages take, and what they cost the server.

use std::time::{Duration, Instant};

use anyhow::ensure;
use studyhall_load::{Client, Person, Running};

use crate::{
    report::{Bound, Figure, Measurement},
    statistics::Times,
    usage,
};

/// Each page is asked for in turns, so that a bad moment of the machine is everybody's.
const ROUNDS: u32 = 10;
/// So often in each turn: enough for the processor time of a turn to be told.
const IN_A_ROW: u32 = 25;
/// What does nothing: the ground that a page stands on.
const NOTHING: &str = "/health/live";
/// What a browser says it reads.
const ENCODINGS: &str = "gzip, deflate, br";

/// Somebody who reads, one page after the other.
pub(super) struct Reader<'a> {
    server: &'a Running,
    client: &'a Client,
    person: &'a Person,
}

#[derive(Default)]
struct Read {
    times: Vec<Duration>,
    processor: Duration,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(server: &'a Running, client: &'a Client, person: &'a Person) -> Self {
        Self {
            server,
            client,
            person,
        }
    }

    /// Measures pages, each to be answered within so many milliseconds; `of` is added to their names.
    pub(super) async fn measure(
        &self,
        paths: &[String],
        within: f64,
        of: &str,
    ) -> anyhow::Result<Vec<Measurement>> {
        let (mut nothing, mut reads) = (Read::default(), Vec::new());
        reads.resize_with(paths.len(), Read::default);
        // The first round warms up.
        for round in 0..=ROUNDS {
            eprintln!("web: {} pages{of}, round {round} of {ROUNDS}", paths.len());
            if round == 1 {
                nothing = Read::default();
                reads.fill_with(Read::default);
            }
            self.read(NOTHING, &mut nothing).await?;
            for (path, read) in paths.iter().zip(&mut reads) {
                self.read(path, read).await?;
            }
        }
        let nothing = Times::new(nothing.times).millis(0.5);
        let all = paths.iter().zip(reads);
        Ok(all
            .map(|(path, read)| read.told(path, of, nothing, within))
            .collect())
    }

    async fn read(&self, path: &str, read: &mut Read) -> anyhow::Result<()> {
        let before = usage::cpu_of(self.server.process())?;
        for _ in 0..IN_A_ROW {
            let began = Instant::now();
            let reply = if path == NOTHING {
                self.client.get(path, ENCODINGS).await?
            } else {
                self.person.open(path, ENCODINGS).await?
            };
            read.times.push(began.elapsed());
            ensure!(reply.status.is_success(), "{path}: {}", reply.status);
        }
        read.processor += usage::cpu_of(self.server.process())?.saturating_sub(before);
        Ok(())
    }
}

impl Read {
    fn told(self, path: &str, of: &str, nothing: f64, within: f64) -> Measurement {
        let times = Times::new(self.times);
        let processor = self.processor / (ROUNDS * IN_A_ROW);
        let processor = processor.as_secs_f64() * 1e3;
        let median = times.millis(0.5);
        Measurement {
            name: format!("{}{of}", shown(path)),
            figures: vec![
                Figure::new("p50", median, None),
                Figure::new("p95", times.millis(0.95), Some(Bound::AtMost(within))),
            ],
            unit: "ms",
            detail: format!(
                "{:.1} times a page of nothing ({nothing:.2} ms); processor {processor:.1} ms; {} requests",
                median / nothing,
                times.len(),
            ),
        }
    }
}

/// A path without the ids and names of this run.
fn shown(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let is_name = |before: &str, part: &str| {
        part.len() == 36 || matches!(before, "messages" | "u" | "friends") && !part.is_empty()
    };
    let mut before = "";
    let parts = path.split('/').map(|part| {
        let is_name = is_name(before, part);
        before = part;
        if is_name { "…" } else { part }
    });
    let path = parts.collect::<Vec<_>>().join("/");
    if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ids_are_left_out_of_what_is_shown() {
        for (path, expected) in [
            ("/", "/"),
            ("/reports?view=week", "/reports?view=week"),
            ("/u/ada", "/u/…"),
            ("/friends/ada/block", "/friends/…/block"),
            (
                "/todos/0194b7d2-52a0-7c3e-9a51-0c6f2f1d9f10/edit",
                "/todos/…/edit",
            ),
        ] {
            assert_eq!(shown(path), expected);
        }
    }
}
