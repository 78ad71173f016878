//! How far a rebuild is, in words and in a table.

use std::{fmt::Write as _, time::Duration};

use twinbase::{core::primary::Phase, sync::rebuild::RebuildStatus};

use super::NO_WAY_BACK;
use crate::{
    program,
    terminal::{
        table,
        text::{one_line, span},
    },
};

/// How it is, and what there is to do.
pub(super) fn sentence(status: &RebuildStatus) -> String {
    let mut text = state(status);
    if let Some(all) = &status.without_document {
        let name = program::name();
        let _ = write!(
            text,
            "\n{}: {all}. `{name} verify` names them.",
            status.collection
        );
    }
    text
}

/// Why it does not go on, for who follows it; nothing while it does.
pub(super) fn standstill(status: &RebuildStatus) -> Option<String> {
    let waits_for = status.waits_for.as_deref();
    let why = if status.paused {
        "it is paused".to_owned()
    } else if let Some(idle) = status.idle() {
        format!("{idle}. Start one")
    } else {
        format!("{}. It is tried again", one_line(waits_for?))
    };
    Some(format!(
        "The rebuild of {} stands still: {why}.",
        status.collection
    ))
}

/// The name of the collection that readers do not use.
pub(super) fn beside(status: &RebuildStatus) -> &str {
    status.beside.as_deref().unwrap_or("the other collection")
}

fn state(status: &RebuildStatus) -> String {
    let RebuildStatus {
        collection,
        serving,
        phase,
        ..
    } = status;
    let beside = beside(status);
    let kept = if status.keep_seconds == 0 {
        format!(
            "Readers use {serving}. {beside} is removed as soon as all readers have moved: nothing is kept for a way back."
        )
    } else if status.way_back {
        format!(
            "Readers use {serving}. {beside} is kept; `{} rollback {collection}` takes readers there.",
            program::name()
        )
    } else {
        format!("Readers use {serving}. {beside} is kept, but {NO_WAY_BACK}.")
    };
    let removed = match phase {
        Phase::Dropping => format!(" A worker removes {beside}."),
        _ => String::new(),
    };
    if let Some(error) = &status.error {
        let error = one_line(error);
        if *phase == Phase::Kept {
            return format!("{collection}: {error}. {kept}");
        }
        return format!(
            "The rebuild of {collection} has ended: {error}. Readers use {serving}.{removed}"
        );
    }
    match phase {
        Phase::Settling | Phase::Kept => kept,
        Phase::Dropping => format!("Readers use {serving}.{removed}"),
        Phase::Ended => format!("Readers use {serving}. No other collection is kept."),
        Phase::Requested | Phase::Filling | Phase::Indexing | Phase::Verifying => {
            let rests = if status.paused { ", paused" } else { "" };
            let idle = status.idle();
            let idle = idle.map_or_else(String::new, |idle| format!(": {idle}. Start one"));
            format!(
                "The rebuild of {collection} is {}{rests}{idle}.",
                phase.name()
            )
        }
    }
}

/// One line each.
pub(super) fn states(all: &[RebuildStatus]) -> String {
    if all.is_empty() {
        return "No collection was ever rebuilt.".to_owned();
    }
    let header = [
        "collection",
        "readers use",
        "beside",
        "state",
        "filled",
        "left",
        "note",
    ];
    let rows = all.iter().map(|of| {
        let guessed = if of.eta_guessed { "?" } else { "" };
        let left = of.eta_seconds.map(Duration::from_secs);
        let of_total = of
            .total
            .map_or_else(String::new, |total| format!(" of {total}"));
        let rests = if of.paused { ", paused" } else { "" };
        [
            of.collection.clone(),
            of.serving.clone(),
            of.beside.clone().unwrap_or_default(),
            format!("{}{rests}", of.phase.name()),
            format!("{}{of_total}", of.filled),
            left.map_or_else(String::new, |left| format!("{}{guessed}", span(left))),
            note(of),
        ]
    });
    table(header, rows)
}

fn note(of: &RebuildStatus) -> String {
    let mut notes = vec![state_note(of)];
    notes.extend(of.idle());
    notes.extend(of.without_document.as_ref().map(ToString::to_string));
    if of.is_without_way_back() {
        notes.push("no way back with this program: another mapping".to_owned());
    }
    notes.retain(|note| !note.is_empty());
    notes.join("; ")
}

fn state_note(of: &RebuildStatus) -> String {
    let compared = (of.phase == Phase::Verifying).then(|| {
        let all = of.to_compare.unwrap_or_default().max(of.compared);
        format!("{} of about {all} compared", of.compared)
    });
    match (of.error.as_ref().or(of.waits_for.as_ref()), of.keep_until) {
        (Some(error), _) => error.clone(),
        (None, _) if compared.is_some() => compared.unwrap_or_default(),
        (None, Some(until)) => format!("kept until {}", until.strftime("%Y-%m-%d %H:%M UTC")),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use twinbase::{Timestamp, core::primary::Undocumented};

    use super::*;

    fn kept() -> RebuildStatus {
        RebuildStatus {
            collection: "todos".to_owned(),
            serving: "todos_g2".to_owned(),
            beside: Some("todos".to_owned()),
            phase: Phase::Kept,
            paused: false,
            paused_since: None,
            without_worker: false,
            without_worker_since: None,
            filled: 9,
            total: Some(10),
            rows_per_second: 0,
            compared: 19,
            to_compare: None,
            compared_per_second: 0,
            eta_seconds: None,
            eta_guessed: false,
            mended: 0,
            without_document: None,
            requested_at: Timestamp::UNIX_EPOCH,
            keep_seconds: 86_400,
            way_back: true,
            keep_until: None,
            waits_for: None,
            error: None,
            operation: None,
        }
    }

    #[test]
    fn a_way_back_is_offered_where_there_is_one() {
        assert!(sentence(&kept()).contains("rollback todos` takes readers there"));
        let other = RebuildStatus {
            way_back: false,
            ..kept()
        };
        for text in [sentence(&other), states(std::slice::from_ref(&other))] {
            assert!(text.contains("no way back with this program"), "{text}");
            assert!(!text.contains("takes readers there"), "{text}");
        }
    }

    #[test]
    fn rows_without_a_document_are_told_with_the_first() {
        let some = RebuildStatus {
            without_document: Some(Undocumented {
                rows: 3,
                first: "a\nb".to_owned(),
            }),
            ..kept()
        };
        for text in [sentence(&some), states(std::slice::from_ref(&some))] {
            let words = "3 rows have no document, `a\\nb` first";
            assert!(text.contains(words), "{text}");
        }
    }

    #[test]
    fn nobody_works_on_a_rebuild_without_a_worker() {
        let idle = RebuildStatus {
            phase: Phase::Filling,
            without_worker: true,
            without_worker_since: Some(Timestamp::UNIX_EPOCH),
            ..kept()
        };
        let words = "no worker runs since 1970-01-01 00:00:00 UTC, so nobody works on it";
        for text in [sentence(&idle), states(std::slice::from_ref(&idle))] {
            assert!(text.contains(words), "{text}");
        }
    }

    #[test]
    fn what_is_removed_still_is_said_to_be_and_a_guess_is_marked() {
        let removed = RebuildStatus {
            phase: Phase::Dropping,
            error: Some("cancelled".to_owned()),
            ..kept()
        };
        assert!(sentence(&removed).ends_with("A worker removes todos."));
        let filling = RebuildStatus {
            phase: Phase::Filling,
            eta_seconds: Some(61),
            eta_guessed: true,
            ..kept()
        };
        let text = states(&[filling]);
        assert!(text.contains("1 min 1 s?"), "{text}");
    }
}
