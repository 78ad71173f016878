//! One phase of a rebuild after the other.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use twinbase_core::{
    Schema, Timestamp,
    primary::{FIRST_GENERATION, Phase, Rebuild},
};

use super::{EngineError, Job, Next};
use crate::{
    generations::{SETTLE, in_generation},
    rebuild::record,
    worker::{metrics, targets::is_away},
};

impl Job<'_> {
    /// Does what is due in the phase that the record has.
    pub(super) async fn step(&mut self) -> Result<Next, EngineError> {
        let Some(rebuild) = self.record.rebuild.clone() else {
            return Ok(Next::Leave);
        };
        match rebuild.phase {
            Phase::Requested => self.begin().await,
            // Another mapping was registered meanwhile: what was filled has the form of before.
            Phase::Filling | Phase::Indexing | Phase::Verifying
                if rebuild.mapping != Some(self.schema.mapping_hash()) =>
            {
                match rebuild.kept {
                    None => self.again().await,
                    Some(_) => self.keep_on().await,
                }
            }
            Phase::Filling => self.fill(&rebuild).await,
            Phase::Indexing => self.index().await,
            Phase::Verifying => self.check().await,
            Phase::Settling => self.due(&rebuild, SETTLE, Phase::Kept).await,
            Phase::Kept => {
                let keep = Duration::from_secs(rebuild.keep_seconds);
                self.due(&rebuild, keep, Phase::Dropping).await
            }
            Phase::Dropping => self.remove().await,
            Phase::Ended => Ok(Next::Leave),
        }
    }

    /// The rebuild, which there is while a step runs.
    pub(super) fn rebuild(&mut self) -> Option<&mut Rebuild> {
        self.record.rebuild.as_mut()
    }

    /// The schema with the collection beside the serving one.
    pub(super) fn beside(&self) -> Arc<Schema> {
        let rebuild = self.record.rebuild.as_ref();
        let generation = rebuild.map_or(self.record.generation, |of| of.generation);
        in_generation(self.schema, generation)
    }

    pub(super) async fn now(&self) -> Result<Timestamp, EngineError> {
        Ok(self.shared.sides.primary.now().await?)
    }

    /// Enters a phase.
    pub(super) async fn enter(&mut self, phase: Phase) -> Result<Next, EngineError> {
        let now = self.now().await?;
        if let Some(rebuild) = self.rebuild() {
            record::enter(rebuild, phase, now);
        }
        let entered = self.save().await?;
        if entered == Next::Go {
            let collection = self.schema.collection.as_ref();
            tracing::info!(collection, phase = phase.name(), "a rebuild goes on");
        }
        Ok(entered)
    }

    /// Names the new collection and makes sure that it is empty, before changes go to it.
    ///
    /// Each attempt takes a name of its own: a worker that was suspended here can only remove what it has named.
    async fn begin(&mut self) -> Result<Next, EngineError> {
        let mapping = self.schema.mapping_hash();
        let sides = &self.shared.sides;
        let floor = sides.primary.recorded().await?.floor;
        record::name_new(&mut self.record, &sides.registry, floor);
        if let Some(rebuild) = self.rebuild() {
            rebuild.mapping = Some(mapping);
        }
        if self.save().await? == Next::Leave {
            return Ok(Next::Leave);
        }
        let beside = self.beside();
        let dropped = self.shared.sides.replica.drop_collection(&beside).await;
        dropped?;
        self.enter(Phase::Filling).await
    }

    /// Begins again with another collection: documents that are at their versions already would keep the form of before.
    async fn again(&mut self) -> Result<Next, EngineError> {
        let (beside, serving) = (self.beside(), self.record.generation);
        if let Some(rebuild) = self.rebuild() {
            rebuild.generation = serving;
            rebuild.total = None;
            rebuild.after = None;
            rebuild.until = None;
            rebuild.filled = 0;
        }
        let next = self.enter(Phase::Requested).await?;
        if next == Next::Go {
            self.shared.sides.replica.drop_collection(&beside).await?;
        }
        Ok(next)
    }

    /// Keeps on what a rollback compares: this program knows another mapping, and cannot.
    async fn keep_on(&mut self) -> Result<Next, EngineError> {
        let now = self.now().await?;
        if let Some(rebuild) = self.rebuild() {
            record::cancel(rebuild, now);
            rebuild.error = Some(record::NOT_OURS.to_owned());
        }
        self.save().await
    }

    async fn index(&mut self) -> Result<Next, EngineError> {
        let beside = self.beside();
        let prepared = self.shared.sides.replica.prepare(&beside);
        match metrics::replica("prepare", prepared).await {
            Ok(()) => self.enter(Phase::Verifying).await,
            Err(error) if is_away(&error) => Err(error.into()),
            Err(error) => {
                let reason = format!("its indexes cannot be built: {error}");
                self.stop(reason).await
            }
        }
    }

    /// Ends the rebuild without a switch.
    pub(super) async fn stop(&mut self, reason: String) -> Result<Next, EngineError> {
        let collection = self.schema.collection.as_ref();
        tracing::warn!(collection, reason, "a rebuild was stopped");
        if let Some(rebuild) = self.rebuild() {
            rebuild.error = Some(reason);
        }
        self.enter(Phase::Dropping).await
    }

    /// Has readers move.
    pub(super) async fn switch(&mut self) -> Result<Next, EngineError> {
        let now = self.now().await?;
        record::switch(&mut self.record, now);
        if self.save().await? == Next::Leave {
            return Ok(Next::Leave);
        }
        let (collection, generation) = (self.schema.collection.as_ref(), self.record.generation);
        tracing::info!(
            collection,
            generation,
            "readers move to the rebuilt collection"
        );
        self.publish().await?;
        Ok(Next::Leave)
    }

    /// Lets other programs find what readers use, unless the first generation still has the logical name.
    async fn publish(&self) -> Result<(), EngineError> {
        let beside = self.record.rebuild.as_ref();
        let kept = beside.filter(|of| of.phase < Phase::Dropping);
        let is_first = |generation| generation == FIRST_GENERATION;
        if is_first(self.record.generation) || kept.is_some_and(|of| is_first(of.generation)) {
            return Ok(());
        }
        let serving = in_generation(self.schema, self.record.generation);
        let published = self.shared.sides.replica.publish(&serving).await;
        if let Err(error) = published {
            if kept.is_none() && is_away(&error) {
                // Nobody would come back to it, and the name may be empty.
                return Err(error.into());
            }
            // Readers through the library are not affected.
            let collection = self.schema.collection.as_ref();
            tracing::warn!(collection, %error, "other programs do not find the collection under its name");
        }
        Ok(())
    }

    /// Enters a phase when the last one has lasted long enough.
    async fn due(
        &mut self,
        rebuild: &Rebuild,
        after: Duration,
        next: Phase,
    ) -> Result<Next, EngineError> {
        let lasted = self.now().await?.duration_since(rebuild.since);
        let left = after.saturating_sub(Duration::try_from(lasted).unwrap_or_default());
        if left.is_zero() {
            return self.enter(next).await;
        }
        if rebuild.phase == Phase::Settling {
            // A worker that was killed after the switch may not have moved the view.
            self.publish().await?;
        }
        let most = match rebuild.phase {
            Phase::Settling => super::POLL,
            _ => super::LONGEST_REST,
        };
        Ok(Next::Rest(Instant::now() + left.min(most)))
    }

    /// Removes the collection that is not in use. A worker that was suspended since before may bring it back with a few documents:
    /// nobody reads them, and no collection gets that name again.
    async fn remove(&mut self) -> Result<Next, EngineError> {
        let beside = self.beside();
        if beside.physical() == in_generation(self.schema, self.record.generation).physical() {
            return self.enter(Phase::Ended).await;
        }
        // First, so that the name of the first generation is empty for as short as can be, and a view is never of what is gone.
        self.publish().await?;
        self.shared.sides.replica.drop_collection(&beside).await?;
        self.enter(Phase::Ended).await
    }
}
