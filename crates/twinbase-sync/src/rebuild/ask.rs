//! What can be asked of the rebuild of a collection, and in which of its states.

use twinbase_core::primary::{CollectionRecord, Phase};

use super::rebuilds::{RebuildError, busy, not_kept, not_under_way};

/// What an operator can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// A new collection, to which readers move.
    Start,
    /// That it rests.
    Pause,
    /// That it goes on.
    Resume,
    /// That it ends, or that what is kept is removed.
    Cancel,
    /// That readers move back.
    RollBack,
}

impl Ask {
    /// Refuses what the state of a collection does not allow. A rollback may be refused for more than its state.
    pub(super) fn check(self, record: &CollectionRecord) -> Result<(), RebuildError> {
        let phase = record.rebuild.as_ref().map_or(Phase::Ended, |of| of.phase);
        match (self, phase) {
            (Self::Start, Phase::Ended)
            | (Self::Cancel, Phase::Kept)
            | (Self::RollBack, Phase::Settling | Phase::Kept) => Ok(()),
            (Self::Pause | Self::Resume | Self::Cancel, phase) if phase.is_before_switch() => {
                Ok(())
            }
            (Self::Start, phase) | (Self::Cancel, phase @ Phase::Settling) => {
                Err(busy(record, phase))
            }
            (Self::RollBack, phase) if phase.is_before_switch() => Err(busy(record, phase)),
            (Self::Pause | Self::Resume | Self::Cancel, _) => Err(not_under_way(record)),
            (Self::RollBack, _) => Err(not_kept(record)),
        }
    }
}
