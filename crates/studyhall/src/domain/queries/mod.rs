//! What users look at: the replica's answers, and the primary's where the replica has none in time.

mod leaderboard;
mod one_todo;
mod operators;
mod reports;
mod sessions;
mod statistics;
mod study;
mod todos;

pub use leaderboard::{LEADERBOARD_LENGTH, LeaderboardEntry, leaderboard};
pub use one_todo::one_todo;
pub use operators::{Person, find_person, is_operator, operators};
pub use reports::{ReportDraft, one_report, report_draft, reports};
pub use sessions::{one_session, running_timer, sessions};
pub use statistics::{Statistics, TodoStatistics, statistics, streak_of};
pub use study::{Dates, Period, StudyDay, StudyDays, StudyTotals, by_period, study_days};
pub use todos::{TodoQuery, todos};
pub use twinbase_web::Freshness;
