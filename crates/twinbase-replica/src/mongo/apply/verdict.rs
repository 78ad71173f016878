//! What a reply means for its change. No input or output.

use twinbase_core::{Outcome, Version};

use super::answer::{Reply, Violated};
use crate::mongo::codes;

/// What is to be done about one statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is decided.
    Is(Outcome),
    /// It has to be sent again.
    Again,
}

/// How often it was sent, and will be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Round {
    pub(super) first: bool,
    pub(super) last: bool,
}

/// `stored` is the version that was read after the reply, for duplicates.
pub(super) fn of(reply: Reply, version: Version, stored: Option<Version>, round: Round) -> Verdict {
    match reply {
        Reply::Applied => Verdict::Is(Outcome::Applied),
        Reply::Contended => Verdict::Again,
        Reply::Refused(code) => Verdict::Is(Outcome::Rejected {
            code: Some(code),
            reason: codes::refusal(code),
        }),
        // Whichever index the server met first: the document is not older than the change.
        Reply::Duplicate(_) if stored.is_some_and(|stored| stored >= version) => {
            Verdict::Is(Outcome::Superseded)
        }
        // The document was inserted by somebody else between our look and our insert, or removed since.
        Reply::Duplicate(Violated::Id) if !round.last => Verdict::Again,
        // An older document is there now, so a race for its insertion cannot have been the reason twice.
        Reply::Duplicate(Violated::Unknown) if round.first => Verdict::Again,
        Reply::Duplicate(violated) => Verdict::Is(Outcome::Rejected {
            code: Some(codes::DUPLICATE_KEY),
            reason: match violated {
                Violated::Other(index) => {
                    format!("another document has the same values in the unique index `{index}`")
                }
                // No race is lost so often: somebody wrote a version that compares as none does, such as an array. The
                // other documents must not wait until a person has looked.
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

    use super::{Reply, Round, Verdict, Violated, of};

    const FIRST: Round = Round {
        first: true,
        last: false,
    };
    const NEXT: Round = Round {
        first: false,
        last: false,
    };
    const LAST: Round = Round {
        first: false,
        last: true,
    };

    fn duplicate(violated: Violated, stored: Option<i64>, round: Round) -> Verdict {
        of(
            Reply::Duplicate(violated),
            Version::new(5),
            stored.map(Version::new),
            round,
        )
    }

    #[test]
    fn a_duplicate_is_superseded_only_when_the_stored_version_proves_it() {
        for stored in [5, 6] {
            assert_eq!(
                duplicate(Violated::Id, Some(stored), FIRST),
                Verdict::Is(Outcome::Superseded)
            );
        }
    }

    #[test]
    fn the_newer_of_two_first_writers_is_not_lost_to_the_older() {
        assert_eq!(duplicate(Violated::Id, Some(4), FIRST), Verdict::Again);
        assert_eq!(duplicate(Violated::Id, None, NEXT), Verdict::Again);
    }

    #[test]
    fn a_document_that_nothing_overtakes_is_one_changes_trouble_and_not_the_batchs() {
        assert!(matches!(
            duplicate(Violated::Id, Some(0), LAST),
            Verdict::Is(Outcome::Rejected { .. })
        ));
    }

    #[test]
    fn a_stale_change_is_superseded_even_when_another_unique_index_was_met_first() {
        let email = Violated::Other("email_1".into());
        assert_eq!(
            duplicate(email, Some(9), FIRST),
            Verdict::Is(Outcome::Superseded)
        );
    }

    #[test]
    fn a_conflict_on_another_unique_index_is_rejected_by_its_name() {
        let Verdict::Is(Outcome::Rejected { code, reason }) =
            duplicate(Violated::Other("email_1".into()), Some(4), FIRST)
        else {
            panic!("not rejected");
        };
        assert_eq!(code, Some(11000));
        assert!(reason.contains("email_1"), "{reason}");
    }

    #[test]
    fn an_index_that_the_server_does_not_name_is_given_one_more_try() {
        assert_eq!(duplicate(Violated::Unknown, Some(4), FIRST), Verdict::Again);
        assert!(matches!(
            duplicate(Violated::Unknown, Some(4), NEXT),
            Verdict::Is(Outcome::Rejected { .. })
        ));
    }
}
