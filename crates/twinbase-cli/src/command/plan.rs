//! `plan`: which collections should be rebuilt, and what that takes.

use std::{fmt::Write as _, time::Duration};

use serde_json::json;
use twinbase::sync::rebuild::{Planned, Stray};

use super::{rebuild::NO_WAY_BACK, visit_both};
use crate::{
    Host, program,
    terminal::{Exit, Failure, Output, table, text::span},
};

pub(super) const EXAMPLES: &str = "\
Examples:
  {program} plan
  {program} plan --json

A collection should be rebuilt when another mapping than this program's made its documents, or when its table had
rows before Twinbase came; of them the first two thousand by key are looked at. Rows are counted. The time is that
of filling and comparing, as fast as the last rebuild of the collection without --rate; where one of them was never
measured it is a guess, which is marked by a question mark. The space is estimated from 100 documents, without indexes.

A collection of a rebuild that no record names any more, as after the primary was put back, is listed below with its
documents and how to remove it: readers do not use it.

Exit code 3 when a collection should be rebuilt.";

pub(super) async fn run(host: &impl Host, output: Output) -> Result<Exit, Failure> {
    let twin = visit_both(host).await?;
    let planned = twin.rebuilds().plan().await;
    twin.close().await;
    let planned = planned?;
    output.data(&json!({ "collections": planned }), &planned, || {
        text(&planned)
    })?;
    Ok(if planned.iter().any(Planned::is_due) {
        Exit::CheckFailed
    } else {
        Exit::Done
    })
}

fn text(planned: &[Planned]) -> String {
    let header = ["collection", "rebuild", "rows", "time", "space"];
    let rows = planned.iter().map(|one| {
        let least = if one.without_version_is_least {
            "at least "
        } else {
            ""
        };
        let why = if one.mapping_changed {
            "its mapping has changed".to_owned()
        } else if one.without_version > 0 {
            format!("{least}{} rows were there before", one.without_version)
        } else if one.never_filled {
            "it was never filled".to_owned()
        } else {
            "not needed".to_owned()
        };
        let guessed = if one.measured { "" } else { "?" };
        let time = span(Duration::from_secs(one.seconds));
        [
            one.collection.clone(),
            why,
            one.rows.to_string(),
            format!("{time}{guessed}"),
            format!("{} KB", one.bytes.div_ceil(1_000)),
        ]
    });
    let mut text = table(header, rows);
    for one in planned.iter().filter(|one| one.mapping_changed) {
        let _ = write!(text, "\n{}: {NO_WAY_BACK}", one.collection);
    }
    for (one, stray) in planned.iter().flat_map(strays) {
        let documents = match stray.documents {
            Some(1) => "1 document".to_owned(),
            Some(count) => format!("{count} documents"),
            None => "more documents than could be counted".to_owned(),
        };
        let (collection, Stray { name, remedy, .. }) = (&one.collection, stray);
        let _ = write!(
            text,
            "\n{name} is a collection of {collection} that readers do not use and no rebuild knows, with {documents}. {remedy}"
        );
    }
    let mut due = planned.iter().filter(|one| one.is_due());
    if let Some(first) = due.next() {
        let (name, collection) = (program::name(), &first.collection);
        let _ = write!(text, "\nNext: {name} rebuild {collection}");
    }
    text
}

fn strays(of: &Planned) -> impl Iterator<Item = (&Planned, &Stray)> {
    of.strays.iter().map(move |stray| (of, stray))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_record_names_is_listed_with_how_to_remove_it() {
        let planned = Planned {
            collection: "todos".to_owned(),
            mapping_changed: false,
            never_filled: false,
            without_version: 0,
            without_version_is_least: false,
            rows: 12,
            seconds: 1,
            measured: true,
            bytes: 1_000,
            strays: [Some(12), Some(1), None]
                .map(|documents| Stray {
                    name: "todos_g3".to_owned(),
                    documents,
                    remedy: "Remove it by hand.".to_owned(),
                })
                .into(),
        };
        let text = text(&[planned]);
        for count in ["with 12 documents. R", "with 1 document. R", "with more"] {
            assert!(text.contains(count), "{text}");
        }
        let said = "todos_g3 is a collection of todos that readers do not use";
        assert_eq!(text.matches(said).count(), 3, "{text}");
        assert!(!text.contains("Next:"), "{text}");
    }
}
