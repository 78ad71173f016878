//! What users look at: the replica's answers, and the primary's where the replica has none in time.

use std::time::Duration;

use twinbase::prelude::Source;

mod beginner;
mod belongings;
mod board;
mod export;
mod exported;
mod forms;
mod friends;
mod ledger_check;
mod messages;
mod one_todo;
mod operators;
mod people;
mod points;
mod reports;
mod response;
mod results;
mod search;
mod sessions;
mod statistics;
mod study;
mod todos;

pub use beginner::is_beginner;
pub use belongings::{Belongings, answers_to, belongings};
pub use board::{
    BOARD_LENGTH, Board, BoardEntry, Range, around, board_page, full_board_page, rank, top,
};
pub use export::{Export, export};
pub use exported::{Exported, ExportedResponse, exported};
pub(super) use forms::may_see;
pub use forms::{FormList, FormQuery, asked_questions, form_owners, forms, own_form, visible_form};
pub use friends::{
    Friend, Friends, are_blocked, are_friends, friends, friends_of, has_asked, hidden_by, unseen_by,
};
pub use ledger_check::{LedgerReport, Sums, WrongScore, check_ledger};
pub use messages::{
    History, LastMessage, Part, ThreadEntry, ThreadPlace, history, threads, unread,
};
pub use one_todo::one_todo;
pub use operators::{Person, find_person, operator_name, operators};
pub(super) use people::{NO_USER, friendship_of, named};
pub use people::{Other, standing, visible, visible_without_blocks};
pub use points::{LEDGER_LENGTH, PointEntry, ledger, points_of};
pub use reports::{ReportDraft, one_report, report_draft, reports};
pub use response::{OwnResponse, has_answered, own_response, own_responses};
pub use results::{Count, QuestionResults, Results, VersionResults, results};
pub use search::{
    Extent, FOUND_OF_EACH, Found, FoundMessage, FoundPerson, Search, search_forms, search_messages,
    search_people, search_todos,
};
pub use sessions::{one_session, running_timer, sessions};
pub use statistics::{Statistics, TodoStatistics, statistics, streak_of};
pub use study::{Dates, Period, StudyDay, StudyDays, StudyTotals, by_period, study_days};
pub use todos::{TodoQuery, todos, todos_by_due};
pub use twinbase_web::Freshness;

/// How fresh the reads are that follow one whose answer came from there: where the primary answered in the replica's place, they do
/// not wait for the replica again.
#[must_use]
pub fn following(freshness: &Freshness, source: Source) -> Freshness {
    let wait = match source {
        Source::Primary => Duration::ZERO,
        Source::Replica => freshness.wait,
    };
    Freshness {
        wait,
        ..freshness.clone()
    }
}
