//! What Studyhall is about: users, their todos, the points that completing them earns, their days of study, friends,
//! messages, and forms.
//!
//! Commands change the primary through Twinbase and say what they changed; queries read the
//! replica, or the primary where an answer must be exact. Nothing here knows HTTP.

mod answers;
pub mod commands;
mod community;
mod credentials;
mod day;
mod device;
mod error;
mod form;
mod former;
mod friendship;
mod holidays;
mod message;
mod migrations;
mod name;
mod name_keys;
mod operator;
mod pair;
mod password;
mod points;
pub mod queries;
mod question;
mod report;
mod request;
mod response;
mod rule;
mod session;
mod standing;
mod streak;
mod study_session;
mod text;
mod thread;
mod timer;
mod todo;
mod topic;
mod user;
mod wall_time;

pub use answers::{Answers, WrongAnswer};
pub use community::community;
pub use credentials::authenticate;
pub use day::{Calendar, DayStart, TypedZone, WeeklyAim, ZoneName, with_day, zone_names};
pub use device::DeviceName;
pub use error::Error;
pub use form::{Form, FormChange, FormState};
pub use former::{FormerAim, FormerDay, FormerSettings};
pub use friendship::{Friendship, FriendshipChange, FriendshipState};
pub use holidays::Holidays;
pub use message::Message;
pub use name::{TypedName, Username};
pub(crate) use name_keys::{erase_those_who_left, give_missing_keys, sweep_names};
pub use operator::Operator;
pub use pair::{Pair, Side};
pub use password::{Password, PasswordHash, Passwords};
pub use points::week_of;
pub use question::{
    Choice, MOST_CHOICES, MOST_QUESTIONS, Question, QuestionId, QuestionKind, QuestionText,
    Questions, Steps,
};
pub use report::{CompletionPct, Report, StudyHours};
pub use request::{MOST_SENT_REQUESTS, SentRequest};
pub use response::Response;
pub use rule::Rule;
pub(crate) use session::sweep_sessions;
pub use session::{
    OpenSession, Session, SessionToken, close_all_sessions, close_other_sessions, close_session,
    close_session_of, find_session, open_session, open_sessions,
};
pub use standing::{Deed, Standing, Tie};
pub use streak::{Day, DayState, FREEZES_A_MONTH, Record, Streak, days, streak};
pub use study_session::{DAILY_CAP_MINUTES, StudySession, Subject};
pub use text::{Avatar, Description, EmailAddress, MessageText, SearchText, Title};
pub use timer::{GoalMinutes, LONGEST_UNASKED, Timer};
pub use todo::{Todo, TodoChange};
pub use topic::Topic;
pub(crate) use topic::noted_since;
use topic::{note, note_both};
pub use twinbase_web::Invalid;
use twinbase_web::moment;
pub use user::{User, UserChange};
pub use wall_time::WallTime;
