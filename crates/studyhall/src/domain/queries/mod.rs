//! What users look at: the replica's answers, and the primary's where the replica has none in time.

mod leaderboard;
mod one_todo;
mod operators;
mod statistics;
mod todos;

pub use leaderboard::{LEADERBOARD_LENGTH, LeaderboardEntry, leaderboard};
pub use one_todo::one_todo;
pub use operators::{Person, find_person, is_operator, operators};
pub use statistics::{Statistics, statistics};
pub use todos::{TodoQuery, todos};
pub use twinbase_web::Freshness;
