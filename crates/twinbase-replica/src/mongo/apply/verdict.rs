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

/// `stored` is the version that was read after the reply, for duplicates.
pub(super) fn of(reply: Reply, version: Version, stored: Option<Version>, round: u32) -> Verdict {
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
        Reply::Duplicate(Violated::Id) => Verdict::Again,
        // An older document is there now, so a race for its insertion cannot have been the reason twice.
        Reply::Duplicate(Violated::Unknown) if round == 0 => Verdict::Again,
        Reply::Duplicate(violated) => Verdict::Is(Outcome::Rejected {
            code: Some(codes::DUPLICATE_KEY),
            reason: match violated {
                Violated::Other(index) => {
                    format!("another document has the same values in the unique index `{index}`")
                }
                _ => codes::refusal(codes::DUPLICATE_KEY),
            },
        }),
    }
}

#[cfg(test)]
mod tests {
    use twinbase_core::{Outcome, Version};

    use super::{Reply, Verdict, Violated, of};

    fn duplicate(violated: Violated, stored: Option<i64>, round: u32) -> Verdict {
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
                duplicate(Violated::Id, Some(stored), 0),
                Verdict::Is(Outcome::Superseded)
            );
        }
    }

    #[test]
    fn the_newer_of_two_first_writers_is_not_lost_to_the_older() {
        assert_eq!(duplicate(Violated::Id, Some(4), 0), Verdict::Again);
        assert_eq!(duplicate(Violated::Id, None, 0), Verdict::Again);
    }

    #[test]
    fn a_stale_change_is_superseded_even_when_another_unique_index_was_met_first() {
        let email = Violated::Other("email_1".into());
        assert_eq!(
            duplicate(email, Some(9), 0),
            Verdict::Is(Outcome::Superseded)
        );
    }

    #[test]
    fn a_conflict_on_another_unique_index_is_rejected_by_its_name() {
        let Verdict::Is(Outcome::Rejected { code, reason }) =
            duplicate(Violated::Other("email_1".into()), Some(4), 0)
        else {
            panic!("not rejected");
        };
        assert_eq!(code, Some(11000));
        assert!(reason.contains("email_1"), "{reason}");
    }

    #[test]
    fn an_index_that_the_server_does_not_name_is_given_one_more_try() {
        assert_eq!(duplicate(Violated::Unknown, Some(4), 0), Verdict::Again);
        assert!(matches!(
            duplicate(Violated::Unknown, Some(4), 1),
            Verdict::Is(Outcome::Rejected { .. })
        ));
    }
}
