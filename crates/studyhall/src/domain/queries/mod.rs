//! What users look at: the replica's answers, and the primary's where the replica has none in time.

mod board;
mod export;
mod one_todo;
mod operators;
mod points;
mod statistics;
mod todos;

pub use board::{BOARD_LENGTH, Board, BoardEntry, Range, around, top};
pub use export::{Export, export};
pub use one_todo::one_todo;
pub use operators::{Person, find_person, is_operator, operators};
pub use points::{LEDGER_LENGTH, PointEntry, ledger};
pub use statistics::{Statistics, statistics};
pub use todos::{TodoQuery, todos};
pub use twinbase_web::Freshness;
