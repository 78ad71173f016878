//! What a reply means for its change. No input or output.

use twinbase_core::{Outcome, Version};

use super::answer::{Reply, Violated};
use crate::mongo::codes;

/// What was read after the reply, for duplicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// There is no document that a failover could not undo.
    Absent,
    /// It is at this version; [`Version::NONE`] when it has none.
    At(Version),
    /// Its version is not a number of Twinbase: somebody else wrote it.
    Foreign,
}

/// The outcome; `None` when the statement has to be sent again. `rounds_left` is how often it can be.
pub(super) fn of(
    reply: Reply,
    version: Version,
    stored: Standing,
    rounds_left: u32,
) -> Option<Outcome> {
    match reply {
        Reply::Applied => Some(Outcome::Applied),
        Reply::Contended => None,
        Reply::Refused(code) => Some(Outcome::Rejected {
            code: Some(code),
            reason: codes::refusal(code),
        }),
        // Whichever index the server met first: the document is not older than the change.
        Reply::Duplicate(_) if matches!(stored, Standing::At(stored) if stored >= version) => {
            Some(Outcome::Superseded)
        }
        // Somebody else was faster, perhaps with a version that the majority does not have yet.
        Reply::Duplicate(Violated::Id) if rounds_left > 0 || stored != Standing::Foreign => None,
        Reply::Duplicate(Violated::Unknown) if rounds_left > 0 => None,
        Reply::Duplicate(violated) => Some(Outcome::Rejected {
            code: Some(codes::DUPLICATE_KEY),
            reason: match violated {
                Violated::Other(index) => {
                    format!("another document has the same values in the unique index `{index}`")
                }
                // The guard does not match a version such as an array. The other documents must not wait for a person.
                Violated::Id => format!(
                    "the stored document cannot be overtaken: its `_sync` is not of Twinbase (code {})",
                    codes::DUPLICATE_KEY
                ),
                Violated::Unknown => codes::refusal(codes::DUPLICATE_KEY),
            },
        }),
    }
}

#[cfg(test)]
mod tests {
    use twinbase_core::{Outcome, Version};

    use super::{Reply, Standing, Violated, of};

    const NEXT: u32 = 1;
    const LAST: u32 = 0;

    fn duplicate(violated: Violated, stored: Standing, rounds_left: u32) -> Option<Outcome> {
        let reply = Reply::Duplicate(violated);
        of(reply, Version::new(5), stored, rounds_left)
    }

    fn at(version: i64) -> Standing {
        Standing::At(Version::new(version))
    }

    #[test]
    fn a_duplicate_is_superseded_only_when_the_stored_version_proves_it() {
        for stored in [5, 6] {
            assert_eq!(
                duplicate(Violated::Id, at(stored), NEXT),
                Some(Outcome::Superseded)
            );
        }
    }

    #[test]
    fn the_newer_of_two_first_writers_is_not_lost_to_the_older() {
        for stored in [at(4), at(0), Standing::Absent] {
            for left in [NEXT, LAST] {
                assert_eq!(duplicate(Violated::Id, stored, left), None);
            }
        }
    }

    #[test]
    fn a_document_that_nothing_overtakes_is_one_changes_trouble_and_not_the_batchs() {
        assert!(matches!(
            duplicate(Violated::Id, Standing::Foreign, LAST),
            Some(Outcome::Rejected { .. })
        ));
    }

    #[test]
    fn a_stale_change_is_superseded_even_when_another_unique_index_was_met_first() {
        let email = Violated::Other("email_1".into());
        assert_eq!(duplicate(email, at(9), NEXT), Some(Outcome::Superseded));
    }

    #[test]
    fn a_conflict_on_another_unique_index_is_rejected_by_its_name() {
        let Some(Outcome::Rejected { code, reason }) =
            duplicate(Violated::Other("email_1".into()), at(4), NEXT)
        else {
            panic!("not rejected");
        };
        assert_eq!(code, Some(11000));
        assert!(reason.contains("email_1"), "{reason}");
    }

    #[test]
    fn an_index_that_the_server_does_not_name_is_tried_to_the_last_round() {
        assert_eq!(duplicate(Violated::Unknown, at(4), NEXT), None);
        assert!(matches!(
            duplicate(Violated::Unknown, at(4), LAST),
            Some(Outcome::Rejected { .. })
        ));
    }
}
