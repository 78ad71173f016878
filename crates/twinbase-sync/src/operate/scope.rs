//! Which events, checked: what a database would refuse is refused here, by its name.

use twinbase_core::primary::{EventFilter, EventStatus};

use super::{OperateError, Verb};

/// The most ids of one filter.
pub const MAX_IDS: usize = 1_000;

/// The longest reason: a sentence or two, shown in lists.
pub const MAX_REASON_CHARS: usize = 500;

/// Longer than any id, type or fingerprint that is stored.
const MAX_TEXT_BYTES: usize = 1_024;

/// Checks a filter.
pub(super) fn check(filter: &EventFilter) -> Result<(), OperateError> {
    if filter.ids.len() > MAX_IDS {
        return Err(OperateError::invalid(
            "ids",
            format!("may be {MAX_IDS} at most"),
        ));
    }
    for id in &filter.ids {
        name("ids", id)?;
    }
    for (what, text) in [
        ("errorKey", &filter.error_key),
        ("aggregateType", &filter.aggregate_type),
        ("aggregateId", &filter.aggregate_id),
        ("eventType", &filter.event_type),
    ] {
        if let Some(text) = text {
            name(what, text)?;
        }
    }
    Ok(())
}

/// Checks a text to search for.
pub(super) fn name(what: &'static str, text: &str) -> Result<(), OperateError> {
    if text.len() > MAX_TEXT_BYTES || text.contains('\0') {
        return Err(OperateError::invalid(
            what,
            format!("may have {MAX_TEXT_BYTES} bytes at most, and no NUL"),
        ));
    }
    Ok(())
}

/// Checks a filter for a verb; returns the statuses to act on, in order.
pub(super) fn targets(verb: &Verb, filter: &EventFilter) -> Result<Vec<EventStatus>, OperateError> {
    check(filter)?;
    let statuses = verb.statuses(filter);
    match filter.status {
        Some(status) if statuses.is_empty() => Err(OperateError::invalid(
            "status",
            format!(
                "`{}` is not one that {} acts on",
                status.name(),
                verb.name()
            ),
        )),
        _ => Ok(statuses),
    }
}

/// A reason as it is kept: without space around it, on one line.
pub fn reason(text: &str) -> Result<String, OperateError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(OperateError::invalid("reason", "must say something"));
    }
    if text.chars().count() > MAX_REASON_CHARS || text.chars().any(char::is_control) {
        return Err(OperateError::invalid(
            "reason",
            format!("may have {MAX_REASON_CHARS} characters at most, on one line"),
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_status(status: EventStatus) -> EventFilter {
        EventFilter {
            status: Some(status),
            ..EventFilter::default()
        }
    }

    #[test]
    fn a_verb_acts_on_its_own_statuses_and_refuses_others_by_name() {
        use EventStatus::{Applied, Discarded, Failed, Pending, Retrying};
        let discard = Verb::Discard { reason: "x".into() };
        let open = vec![Failed, Retrying, Pending];
        let named = EventFilter {
            ids: vec!["an id".into()],
            ..EventFilter::default()
        };
        assert_eq!(targets(&Verb::Retry, &named).unwrap(), open);
        for (verb, usual, possible) in [
            (Verb::Retry, vec![Failed, Retrying], open.clone()),
            (discard, vec![Failed], open.clone()),
            (Verb::Restore, vec![Discarded], vec![Discarded]),
        ] {
            let any = targets(&verb, &EventFilter::default());
            assert_eq!(any.unwrap(), usual);
            for status in EventStatus::ALL {
                let one = targets(&verb, &with_status(status));
                assert_eq!(
                    one.is_ok(),
                    possible.contains(&status),
                    "{verb:?} {status:?}"
                );
            }
        }
        let refused = targets(&Verb::Retry, &with_status(Applied)).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "status `applied` is not one that retry acts on"
        );
    }

    #[test]
    fn what_a_database_would_refuse_is_refused_before() {
        let with_key = |key: &str| EventFilter {
            error_key: Some(key.to_owned()),
            ..EventFilter::default()
        };
        let with_ids = |id: &str, count| EventFilter {
            ids: vec![id.to_owned(); count],
            ..EventFilter::default()
        };
        for (filter, is_taken) in [
            (with_key("a\0b"), false),
            (with_key(&"x".repeat(1_025)), false),
            (with_key(&"x".repeat(1_024)), true),
            (with_ids("\0", 1), false),
            (with_ids("x", 1_001), false),
            (with_ids("x", 1_000), true),
        ] {
            assert_eq!(check(&filter).is_ok(), is_taken);
        }
    }

    #[test]
    fn a_reason_is_one_line_that_says_something() {
        assert_eq!(reason("  a test \n").unwrap(), "a test");
        for bad in ["", " \n", "a\nb", &"x".repeat(501)] {
            assert!(reason(bad).is_err(), "{bad:?}");
        }
        assert!(reason(&"ü".repeat(500)).is_ok());
    }
}
