//! What Studyhall is about: users, their todos, the points that completing them earns, and their days of study.
//!
//! Commands change the primary through Twinbase and say what they changed; queries read the
//! replica, or the primary where an answer must be exact. Nothing here knows HTTP.

pub mod commands;
mod community;
mod credentials;
mod day;
mod error;
mod holidays;
mod migrations;
mod operator;
mod password;
pub mod queries;
mod report;
mod rule;
mod session;
mod streak;
mod study_session;
mod text;
mod timer;
mod todo;
mod user;
mod wall_time;

pub use community::community;
pub use credentials::authenticate;
pub use day::{Calendar, DayStart, WeeklyAim, ZoneName};
pub use error::Error;
pub use holidays::Holidays;
pub use operator::Operator;
pub use password::{Password, PasswordHash, Passwords};
pub use report::{CompletionPct, Report, StudyHours};
pub use rule::Rule;
pub(crate) use session::sweep_sessions;
pub use session::{
    Session, SessionToken, close_all_sessions, close_session, find_session, open_session,
};
pub use streak::{Day, DayState, FREEZES_A_MONTH, Record, Streak, days, streak};
pub use study_session::{DAILY_CAP_MINUTES, StudySession, Subject};
pub use text::{Avatar, Description, EmailAddress, SearchText, Title, Username};
pub use timer::{GoalMinutes, LONGEST_UNASKED, Timer};
pub use todo::{Todo, TodoChange};
pub use twinbase_web::Invalid;
use twinbase_web::moment;
pub use user::{User, UserChange};
pub use wall_time::WallTime;
