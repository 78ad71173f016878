//! Rules of the community: what is well formed and still not to be done as things are.

/// A rule that a command would break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Rule {
    /// Usernames are unique.
    #[error("Somebody has this name, or one that looks like it, or had it lately.")]
    UsernameTaken,
    /// Addresses are unique.
    #[error("Another user has this e-mail address.")]
    EmailTaken,
    /// A form asks something.
    #[error("The form has no questions. Add one first.")]
    FormWithoutQuestions,
    /// A form takes responses while it is open, and is closed when it was open.
    #[error("The form is not open.")]
    FormNotOpen,
    /// What people were told when they answered stays true.
    #[error("Whether a form is anonymous cannot change once it has been opened.")]
    AnonymityFixed,
    /// There is an end to the versions that are kept.
    #[error("The questions were changed too often since the form was opened. Make a new form.")]
    FormChangedTooOften,
    /// One response of a user, unless the form allows more.
    #[error("You have answered this form, and it takes one response of each.")]
    AlreadyAnswered,
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
    /// One thing at a time.
    #[error("A session is running already.")]
    TimerRuns,
    /// A page of before is about a session that is over.
    #[error("This is about a session that has ended.")]
    AnotherTimer,
    /// Nobody studies for so long without a break: the timer was forgotten.
    #[error("The session has run for more than four hours. Say when it ended.")]
    EndNeeded,
    /// One thing at a time.
    #[error("You have another session at that time.")]
    SessionOverlaps,
    /// What a streak was stays.
    #[error("A new day off is today or later.")]
    DayOffOver,
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
    /// Whoever begins a report before the day ends can send it for a while after.
    #[error("A report is of today, or of the day before until six hours after it ended.")]
    ReportOfAnotherDay,
}

impl Rule {
    /// The name that clients test for, and the sentence that is the same each time.
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::UsernameTaken => ("username-taken", "The username is taken"),
            Self::EmailTaken => ("email-taken", "The e-mail address is taken"),
            Self::FormWithoutQuestions => ("form-without-questions", "The form has no questions"),
            Self::FormNotOpen => ("form-not-open", "The form is not open"),
            Self::AnonymityFixed => ("anonymity-fixed", "Anonymity cannot change any more"),
            Self::FormChangedTooOften => (
                "form-changed-too-often",
                "The questions were changed too often",
            ),
            Self::AlreadyAnswered => ("already-answered", "You have answered this form"),
            Self::NotFriends => ("not-friends", "You are not friends"),
            Self::Yourself => ("yourself", "This is you"),
            Self::BlockedByYou => ("blocked-by-you", "You have blocked this person"),
            Self::TooManyRequests => ("too-many-requests-sent", "Too many requests have no answer"),
            Self::TimerRuns => ("timer-runs", "A session is running"),
            Self::AnotherTimer => ("another-timer-runs", "Another session is running"),
            Self::EndNeeded => ("end-needed", "The session's end is needed"),
            Self::SessionOverlaps => ("session-overlaps", "Another session is at that time"),
            Self::DayOffOver => ("day-off-over", "The day off is over"),
            Self::SessionBackwards => ("session-backwards", "The session ends before it starts"),
            Self::SessionInFuture => ("session-in-future", "The session is in the future"),
            Self::SessionTooLong => ("session-too-long", "The session is too long"),
            Self::ReportExists => ("report-exists", "There is a report for this day"),
            Self::ReportOfAnotherDay => ("report-of-another-day", "The report is of another day"),
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
