//! From what was seen to lines: pure. What matters most comes first, so a small terminal shows that.

use std::time::Duration;

use jiff::Timestamp;
use twinbase::{
    SideHealth,
    core::primary::WorkerRecord,
    health::{Alert, Level, Severity},
};

use super::{
    look::Look,
    rates::{Counts, Rates},
    sections,
};
use crate::{
    place,
    terminal::{
        Line, Tone,
        text::{columns, count, latency, one_line, rate, span},
    },
};

/// How large the display is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) width: usize,
    /// `None` when there is no end, as on paper.
    pub(super) height: Option<usize>,
}

/// How the display stands to the present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// One look, and no keys.
    Once,
    /// It follows.
    Live {
        /// Now, to tell how old the look is.
        now: Timestamp,
        /// How often it looks.
        interval: Duration,
    },
    /// It holds still, because a person said so.
    Held,
}

/// Between two pieces of a line.
const GAP: &str = "   ";

/// A look older than the interval and this has had no answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The whole display.
pub(super) fn render(look: &Look, rates: &Rates, mode: Mode, size: Size) -> Vec<Line> {
    let found = look.alerts();
    let mut lines = vec![title(look, &found, mode, size.width)];
    lines.push(side("primary", &look.health.primary));
    lines.push(side("replica", &look.health.replica));
    lines.extend(backlog(look, size.width));
    lines.extend(throughput(look, rates, size.width));
    lines.extend(alerts(&found));
    let keys = keys(mode);
    let room = size.height.map(|height| {
        let taken = lines.len() + usize::from(keys.is_some());
        height.saturating_sub(taken)
    });
    lines.extend(sections::all(look, rates, size.width, room));
    if let Some(height) = size.height {
        lines.truncate(height.saturating_sub(usize::from(keys.is_some())));
    }
    lines.extend(keys);
    lines.into_iter().map(|line| line.fit(size.width)).collect()
}

fn title(look: &Look, alerts: &[Alert], mode: Mode, width: usize) -> Line {
    let (tone, status) = status(alerts);
    let at = clock(look.at);
    let (age_tone, age) = match mode {
        Mode::Once => (Tone::Plain, format!("as of {at}")),
        Mode::Held => (Tone::Warning, format!("HELD as of {at}")),
        Mode::Live { now, interval } => {
            let age = now.duration_since(look.at).try_into().unwrap_or_default();
            if age > interval + PATIENCE {
                (Tone::Bad, format!("NO ANSWER for {}", span(age)))
            } else {
                (Tone::Plain, at)
            }
        }
    };
    let name = Line::of(Tone::Strong, format!("{} top", look.program)).and(Tone::Plain, "  ");
    let line = name.and(age_tone, age);
    let space = width.saturating_sub(line.columns() + status.len()).max(2);
    line.and(Tone::Plain, " ".repeat(space)).and(tone, status)
}

fn status(alerts: &[Alert]) -> (Tone, String) {
    let level = Level::of(alerts);
    match level {
        Level::Healthy => (Tone::Good, level.name().to_owned()),
        Level::Degraded => (Tone::Warning, level.name().to_owned()),
        Level::Unhealthy => (Tone::Bad, level.name().to_uppercase()),
    }
}

/// The time of day; a display of now needs no date.
pub(super) fn clock(at: Timestamp) -> String {
    format!("{} UTC", at.strftime("%H:%M:%S"))
}

fn side(name: &str, side: &SideHealth) -> Line {
    let place = one_line(&place(side.kind, &side.location));
    let line = Line::of(Tone::Plain, format!("{name}  "));
    match &side.answer {
        Ok(took) => line
            .and(Tone::Good, "ok")
            .and(Tone::Plain, format!("  {:>8}  {place}", latency(*took))),
        Err(error) => line
            .and(Tone::Bad, "AWAY")
            .and(Tone::Plain, format!("  {place}: {}", one_line(error))),
    }
}

/// Not known is not zero.
fn backlog(look: &Look, width: usize) -> Vec<Line> {
    let (Some(outbox), Some(lag)) = (&look.health.outbox, look.health.lag()) else {
        return vec![Line::of(
            Tone::Bad,
            "lag not known: the primary did not report it",
        )];
    };
    let failed = if outbox.failed > 0 {
        Tone::Bad
    } else {
        Tone::Plain
    };
    let pending = outbox.backlog.saturating_sub(outbox.retrying);
    let about = if outbox.backlog_is_exact {
        ""
    } else {
        "about "
    };
    let mut pieces = vec![
        (Tone::Strong, format!("lag {}", span(lag))),
        (Tone::Plain, format!("pending {about}{}", count(pending))),
        (Tone::Plain, format!("retrying {}", count(outbox.retrying))),
        (failed, format!("failed {}", count(outbox.failed))),
    ];
    if let Some(left) = look.health.trend.and_then(|trend| trend.eta)
        && pending > 0
    {
        pieces.push((Tone::Plain, format!("done in {} at this rate", span(left))));
    }
    flow(pieces, width)
}

/// What all workers together do a second, or have done in all while that is not known.
fn throughput(look: &Look, rates: &Rates, width: usize) -> Vec<Line> {
    let Ok(workers) = &look.workers else {
        return vec![Line::of(Tone::Bad, "rates not known")];
    };
    let (counts, in_all) = match rates.total(workers) {
        Some(Counts {
            applied,
            superseded,
            charged,
        }) => ([applied, superseded, charged].map(rate), None),
        None => (totals(workers).map(count), Some("in total")),
    };
    let [applied, superseded, charged] = counts;
    let pieces = [
        format!("applied {applied}"),
        format!("superseded {superseded}"),
        format!("failed attempts {charged}"),
    ];
    let pieces = pieces.into_iter().chain(in_all.map(str::to_owned));
    flow(pieces.map(|piece| (Tone::Plain, piece)), width)
}

fn totals(workers: &[WorkerRecord]) -> [u64; 3] {
    let sum = |of: fn(&WorkerRecord) -> u64| workers.iter().map(of).sum();
    [
        sum(|worker| worker.report.applied),
        sum(|worker| worker.report.superseded),
        sum(|worker| worker.report.failed_attempts),
    ]
}

/// Pieces beside each other, on as many lines as they need.
fn flow(pieces: impl IntoIterator<Item = (Tone, String)>, width: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (tone, text) in pieces {
        match lines.last_mut() {
            Some(line) if line.columns() + GAP.len() + columns(&text) <= width => {
                *line = std::mem::take(line).and(Tone::Plain, GAP).and(tone, text);
            }
            _ => lines.push(Line::of(tone, text)),
        }
    }
    lines
}

/// But for pauses, which have a list of their own.
fn alerts(alerts: &[Alert]) -> Vec<Line> {
    let line = |alert: &Alert| {
        let tone = match alert.severity {
            Severity::Critical => Tone::Bad,
            Severity::Warning => Tone::Warning,
        };
        let severity = alert.severity.name();
        Line::of(tone, format!("{severity}: {}", alert.message))
    };
    alerts
        .iter()
        .filter(|alert| alert.code != "paused")
        .map(line)
        .collect()
}

fn keys(mode: Mode) -> Option<Line> {
    let text = match mode {
        Mode::Once => return None,
        Mode::Live { .. } => "q quit   p pause the display",
        Mode::Held => "q quit   p resume the display",
    };
    Some(Line::of(Tone::Dim, text))
}

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
