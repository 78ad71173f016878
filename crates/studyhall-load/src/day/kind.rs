//! What people do, and how often.

use rand::Rng;

/// Something that is done, or the read after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    OpenHome,
    OpenTodos,
    OpenPoints,
    OpenSessions,
    OpenReports,
    OpenBoard,
    OpenMessages,
    OpenThread,
    OpenFriends,
    OpenForms,
    OpenProfile,
    Search,
    ReadStatistics,
    AddTodo,
    AddTodoByForm,
    Complete,
    Undo,
    DeleteTodo,
    UseTimer,
    Report,
    Write,
    Befriend,
    MakeForm,
    Respond,
    SignUp,
    /// Reads what one has written.
    SeeOwnWrite,
}

/// Of about two hundred acts, how many are of which kind: more than half are reads.
const OFTEN: [(Kind, u32); 25] = [
    (Kind::OpenHome, 26),
    (Kind::OpenTodos, 18),
    (Kind::OpenPoints, 3),
    (Kind::OpenSessions, 5),
    (Kind::OpenReports, 6),
    (Kind::OpenBoard, 14),
    (Kind::OpenMessages, 8),
    (Kind::OpenThread, 10),
    (Kind::OpenFriends, 4),
    (Kind::OpenForms, 4),
    (Kind::OpenProfile, 5),
    (Kind::Search, 6),
    (Kind::ReadStatistics, 4),
    (Kind::AddTodo, 22),
    (Kind::AddTodoByForm, 8),
    (Kind::Complete, 18),
    (Kind::Undo, 3),
    (Kind::DeleteTodo, 3),
    (Kind::UseTimer, 8),
    (Kind::Report, 3),
    (Kind::Write, 14),
    (Kind::Befriend, 3),
    (Kind::MakeForm, 1),
    (Kind::Respond, 3),
    (Kind::SignUp, 1),
];

impl Kind {
    pub(super) fn draw(rng: &mut impl Rng) -> Self {
        let sum = OFTEN.iter().map(|(_, often)| often).sum();
        let mut left = rng.random_range(0..sum);
        for (kind, often) in OFTEN {
            match left.checked_sub(often) {
                Some(less) => left = less,
                None => return kind,
            }
        }
        Self::OpenHome
    }

    /// In the table of results.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::OpenHome => "open home",
            Self::OpenTodos => "open todos",
            Self::OpenPoints => "open points",
            Self::OpenSessions => "open sessions",
            Self::OpenReports => "open reports",
            Self::OpenBoard => "open board",
            Self::OpenMessages => "open messages",
            Self::OpenThread => "open thread",
            Self::OpenFriends => "open friends",
            Self::OpenForms => "open forms",
            Self::OpenProfile => "open profile",
            Self::Search => "search",
            Self::ReadStatistics => "read statistics",
            Self::AddTodo => "add todo",
            Self::AddTodoByForm => "add todo by form",
            Self::Complete => "complete todo",
            Self::Undo => "undo completion",
            Self::DeleteTodo => "delete todo",
            Self::UseTimer => "start or stop timer",
            Self::Report => "report day",
            Self::Write => "write message",
            Self::Befriend => "become friends",
            Self::MakeForm => "make form",
            Self::Respond => "answer form",
            Self::SignUp => "sign up",
            Self::SeeOwnWrite => "see own write",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;

    #[test]
    fn every_kind_is_drawn() {
        let mut rng = StdRng::seed_from_u64(1);
        let drawn: BTreeSet<_> = (0..5_000).map(|_| Kind::draw(&mut rng)).collect();
        assert_eq!(drawn.len(), OFTEN.len());
    }
}
