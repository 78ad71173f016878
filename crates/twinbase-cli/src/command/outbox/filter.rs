//! Which events: the same words as in the HTTP API.

use clap::{Args, ValueEnum, builder::PossibleValue};
use jiff::Timestamp;
use twinbase::prelude::*;

/// Which events; all that are given must match.
#[derive(Debug, Clone, Args)]
pub(crate) struct FilterArguments {
    /// These events.
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// With this status.
    #[arg(long, value_enum)]
    status: Option<Status>,
    /// With this cause, as `outbox groups` names it.
    #[arg(long, value_name = "KEY")]
    error_key: Option<String>,
    /// Of this type of aggregate, such as todo.
    #[arg(long = "type", value_name = "TYPE")]
    aggregate_type: Option<String>,
    /// Of the aggregate with this id.
    #[arg(long = "aggregate", value_name = "ID")]
    aggregate_id: Option<String>,
    /// Of this type of event, such as todo.created.
    #[arg(long, value_name = "TYPE")]
    event_type: Option<String>,
    /// As it was then: what came later is left alone. Such as 2026-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    as_of: Option<Timestamp>,
}

/// A status by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Status(EventStatus);

impl ValueEnum for Status {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [Status; 5] = {
            let [a, b, c, d, e] = EventStatus::ALL;
            [Status(a), Status(b), Status(c), Status(d), Status(e)]
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name()))
    }
}

impl FilterArguments {
    /// The filter.
    pub(super) fn get(&self) -> EventFilter {
        let mut ids = self.ids.clone();
        ids.sort();
        ids.dedup();
        EventFilter {
            ids,
            status: self.status.map(|status| status.0),
            error_key: self.error_key.clone(),
            aggregate_type: self.aggregate_type.clone(),
            aggregate_id: self.aggregate_id.clone(),
            event_type: self.event_type.clone(),
            as_of: self.as_of,
            since: None,
            is_deferred: false,
        }
    }

    /// Whether anything narrows it down; a time alone does not.
    pub(super) fn names_something(&self) -> bool {
        EventFilter {
            as_of: None,
            ..self.get()
        } != EventFilter::default()
    }
}

fn parse_time(text: &str) -> Result<Timestamp, String> {
    let time = text.parse();
    time.map_err(|_| "write it as 2026-01-31T12:00:00Z, with Z or an offset".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        filter: FilterArguments,
    }

    fn parse(arguments: &[&str]) -> FilterArguments {
        Line::try_parse_from([&["x"], arguments].concat())
            .unwrap()
            .filter
    }

    #[test]
    fn an_id_that_is_named_twice_is_one() {
        assert_eq!(parse(&["b", "a", "b"]).get().ids, ["a", "b"]);
    }

    #[test]
    fn a_time_alone_names_nothing() {
        assert!(!parse(&[]).names_something());
        assert!(!parse(&["--as-of", "2026-01-31T12:00:00+01:00"]).names_something());
        for named in [&["an-id"][..], &["--status", "failed"], &["--type", "todo"]] {
            assert!(parse(named).names_something(), "{named:?}");
        }
    }
}
