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
    /// One thing at a time.
    #[error("A session is running already.")]
    TimerRuns,
    /// Nobody studies for so long without a break: the timer was forgotten.
    #[error("The session has run for more than four hours. Say when it ended.")]
    EndNeeded,
    /// One thing at a time.
    #[error("You have another session at that time.")]
    SessionOverlaps,
    /// Time goes on.
    #[error("A session cannot end before it starts.")]
    SessionBackwards,
    /// What is still to come has not been studied.
    #[error("A session cannot start or end in the future.")]
    SessionInFuture,
    /// A session belongs to one day.
    #[error("A session cannot last longer than a day.")]
    SessionTooLong,
    /// One report a day, which stays as it is.
    #[error("There is a report for this day already. It cannot be changed.")]
    ReportExists,
}

impl Rule {
    /// The name that clients test for, and the sentence that is the same each time.
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::UsernameTaken => ("username-taken", "The username is taken"),
            Self::EmailTaken => ("email-taken", "The e-mail address is taken"),
            Self::TimerRuns => ("timer-runs", "A session is running"),
            Self::EndNeeded => ("end-needed", "The session's end is needed"),
            Self::SessionOverlaps => ("session-overlaps", "Another session is at that time"),
            Self::SessionBackwards => ("session-backwards", "The session ends before it starts"),
            Self::SessionInFuture => ("session-in-future", "The session is in the future"),
            Self::SessionTooLong => ("session-too-long", "The session is too long"),
            Self::ReportExists => ("report-exists", "There is a report for this day"),
        }
    }

    /// The rule that a constraint of the tables holds, by the constraint's name in the migrations.
    pub(super) fn of_constraint(name: &str) -> Option<Self> {
        Some(match name {
            "users_username_key" => Self::UsernameTaken,
            "users_email_key" => Self::EmailTaken,
            "daily_reports_user_id_local_date_key" => Self::ReportExists,
            _ => return None,
        })
    }
}
