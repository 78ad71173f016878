//! The lists of the display, each with a header, and how they share the rows that are left.

use jiff::Timestamp;
use twinbase::core::primary::{EventGroup, Pause, WorkerRecord};

use super::{
    grid::{Column, Row, grid},
    look::{Collection, Look},
    rates::Rates,
};
use crate::{
    command::{pauses, workers},
    terminal::{
        Line, Tone,
        text::{count, one_line, rate, span},
    },
};

/// A header and what is below it.
struct Section {
    head: Line,
    rows: Vec<Line>,
}

/// All lists in at most `room` lines.
pub(super) fn all(look: &Look, rates: &Rates, width: usize, room: Option<usize>) -> Vec<Line> {
    let now = look.at;
    let mut sections = vec![
        section(&look.collections, "COLLECTION", |all| {
            of_collections(all, width)
        }),
        section(&look.workers, "WORKER", |all| {
            of_workers(all, rates, now, width, &look.worker_remedy)
        }),
    ];
    if !matches!(&look.pauses, Ok(pauses) if pauses.is_empty()) {
        sections.push(section(&look.pauses, "PAUSED", |all| of_pauses(all, now)));
    }
    if !matches!(&look.groups, Ok(groups) if groups.is_empty()) {
        sections.push(section(&look.groups, "FAILURES", |all| {
            of_groups(all, width)
        }));
    }
    let Some(room) = room else {
        return sections
            .into_iter()
            .flat_map(|section| section.lines(usize::MAX, true))
            .collect();
    };
    // A header alone says nothing: rather leave the last lists out, and the empty lines before that.
    sections.truncate(room / 2);
    let gaps = room >= 3 * sections.len();
    let heads = sections.len() * if gaps { 2 } else { 1 };
    let wanted: Vec<_> = sections.iter().map(|section| section.rows.len()).collect();
    let shares = share(room - heads, &wanted);
    sections
        .into_iter()
        .zip(shares)
        .flat_map(|(section, share)| section.lines(share, gaps))
        .collect()
}

impl Section {
    /// The section with at most so many rows; with more than one, the last tells what is left out.
    fn lines(self, share: usize, gap: bool) -> Vec<Line> {
        let mut lines = Vec::from_iter(gap.then(Line::default));
        lines.push(self.head);
        let all = self.rows.len();
        // The first row says more than that there are some.
        let shown = match share {
            0 | 1 => share.min(all),
            _ if share < all => share - 1,
            _ => all,
        };
        lines.extend(self.rows.into_iter().take(shown));
        if shown < all && share > 1 {
            lines.push(Line::of(Tone::Dim, format!("… {} more", all - shown)));
        }
        lines
    }
}

/// Gives each as much as it wants, one row after the other in turns, until the room is used.
fn share(mut room: usize, wanted: &[usize]) -> Vec<usize> {
    let mut shares = vec![0; wanted.len()];
    while room > 0 && shares != wanted {
        for (share, wanted) in shares.iter_mut().zip(wanted) {
            if *share < *wanted && room > 0 {
                *share += 1;
                room -= 1;
            }
        }
    }
    shares
}

fn section<T>(
    items: &Result<Vec<T>, String>,
    title: &str,
    show: impl FnOnce(&[T]) -> (Line, Vec<Line>),
) -> Section {
    let (head, rows) = match items {
        Ok(items) => show(items),
        Err(error) => (
            Line::of(Tone::Strong, title),
            vec![Line::of(
                Tone::Bad,
                format!("not known: {}", one_line(error)),
            )],
        ),
    };
    Section { head, rows }
}

const fn column(title: &'static str, rank: u8) -> Column {
    Column { title, rank }
}

fn of_collections(all: &[Collection], width: usize) -> (Line, Vec<Line>) {
    let rows: Vec<_> = all
        .iter()
        .map(|one| Row {
            tone: if one.failed > 0 {
                Tone::Bad
            } else {
                Tone::Plain
            },
            first: one_line(&one.name),
            cells: [
                span(one.lag),
                count(one.pending),
                count(one.retrying),
                count(one.failed),
            ],
        })
        .collect();
    let header = [
        column("LAG", 0),
        column("PENDING", 1),
        column("RETRYING", 3),
        column("FAILED", 2),
    ];
    grid("COLLECTION", header, &rows, width)
}

fn of_workers(
    all: &[WorkerRecord],
    rates: &Rates,
    now: Timestamp,
    width: usize,
    remedy: &str,
) -> (Line, Vec<Line>) {
    if all.is_empty() {
        let none = format!("none: nothing is carried over. {remedy}");
        return (
            Line::of(Tone::Strong, "WORKER"),
            vec![Line::of(Tone::Bad, none)],
        );
    }
    let rows: Vec<_> = all.iter().map(|worker| row(worker, rates, now)).collect();
    let header = [
        column("STATE", 0),
        column("HELD", 1),
        column("APPLIED", 2),
        column("SEEN", 3),
    ];
    grid("WORKER", header, &rows, width)
}

fn row(worker: &WorkerRecord, rates: &Rates, now: Timestamp) -> Row<4> {
    let report = &worker.report;
    let tone = match (worker.alive, report.state.as_str()) {
        (false, _) | (true, "stalled") => Tone::Bad,
        (true, "backing off" | "paused") => Tone::Warning,
        (true, _) if !report.failing.is_empty() => Tone::Warning,
        _ => Tone::Plain,
    };
    let applied = match rates.of(worker) {
        Some(rates) => rate(rates.applied),
        None => count(report.applied),
    };
    Row {
        tone,
        first: workers::name(worker),
        cells: [
            workers::state(worker),
            worker.partitions.to_string(),
            applied,
            workers::age(worker.seen_at, now),
        ],
    }
}

fn of_pauses(all: &[Pause], now: Timestamp) -> (Line, Vec<Line>) {
    let line = |pause: &Pause| {
        let (scope, age) = (pauses::name(&pause.scope), workers::age(pause.since, now));
        let text = format!("{scope} for {age}: {}", pause.reason);
        Line::of(Tone::Warning, one_line(&text))
    };
    let rows = all.iter().map(line).collect();
    (Line::of(Tone::Strong, "PAUSED"), rows)
}

fn of_groups(all: &[EventGroup], width: usize) -> (Line, Vec<Line>) {
    let rows: Vec<_> = all
        .iter()
        .map(|group| Row {
            tone: if group.failed > 0 {
                Tone::Bad
            } else {
                Tone::Warning
            },
            first: one_line(&group.sample_error),
            cells: [count(group.failed), count(group.retrying)],
        })
        .collect();
    let header = [column("FAILED", 0), column("RETRYING", 1)];
    grid("FAILURES", header, &rows, width)
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn rows_are_shared_in_turns_so_that_no_list_crowds_out_another() {
        assert_eq!(share(10, &[2, 3]), [2, 3]);
        assert_eq!(share(6, &[2, 50, 1]), [2, 3, 1]);
        assert_eq!(share(2, &[4, 4, 4]), [1, 1, 0]);
        assert_eq!(share(0, &[4]), [0]);
    }
}
