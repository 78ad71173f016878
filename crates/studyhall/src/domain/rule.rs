//! Rules of the community: what is well formed and still not to be done as things are.

/// A rule that a command would break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Rule {
    /// Usernames are unique.
    #[error("Another user has this username, perhaps with other capital letters.")]
    UsernameTaken,
    /// Addresses are unique.
    #[error("Another user has this e-mail address.")]
    EmailTaken,
    /// Messages are between friends.
    #[error("You can write to friends only. What was written stays readable.")]
    NotFriends,
    /// Nobody is their own friend.
    #[error("This is your own name.")]
    Yourself,
    /// Whoever has blocked somebody takes that back before asking.
    #[error("You have blocked this person. Unblock them first.")]
    BlockedByYou,
    /// A user can have so many requests without an answer.
    #[error("You have 100 requests without an answer. Take one back first.")]
    TooManyRequests,
}

impl Rule {
    /// The name that clients test for, and the sentence that is the same each time.
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::UsernameTaken => ("username-taken", "The username is taken"),
            Self::EmailTaken => ("email-taken", "The e-mail address is taken"),
            Self::NotFriends => ("not-friends", "You are not friends"),
            Self::Yourself => ("yourself", "This is you"),
            Self::BlockedByYou => ("blocked-by-you", "You have blocked this person"),
            Self::TooManyRequests => ("too-many-requests-sent", "Too many requests have no answer"),
        }
    }

    /// The rule that a constraint of the tables holds, by the constraint's name in the migrations.
    pub(super) fn of_constraint(name: &str) -> Option<Self> {
        Some(match name {
            "users_username_key" => Self::UsernameTaken,
            "users_email_key" => Self::EmailTaken,
            _ => return None,
        })
    }
}
