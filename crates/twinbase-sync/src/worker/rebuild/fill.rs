//! Filling: rows in the order of keys, written to the new collection as changes are.
//!
//! A task of its own reads ahead, and two pages are written at once: neither the rows nor the collection wait for the other side. How far it is
//! goes by the order of keys, so what is recorded is behind all that is under way.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesOrdered};
use tokio::time::Instant;
use twinbase_core::primary::{Phase, Rebuild};

use super::{
    EngineError, Job, Next,
    page::{Into, Page, Written},
};
use crate::{
    rebuild::plan,
    verify::{Pace, Portion, ReadAhead},
};

/// Rows of one page; it ends earlier when they are long.
const PAGE: u32 = 2_000;

/// How many pages are written at once.
const AT_ONCE: usize = 2;

/// How often it is recorded how far it is: what is filled again after a kill, and how long one goes on that was cancelled.
const SAVE_EVERY: Duration = Duration::from_millis(500);

/// Pages that are being written, in the order of keys.
type Writes<'a> = FuturesOrdered<BoxFuture<'a, (Page, Result<Written, EngineError>)>>;

/// How a fill ended.
enum Filled {
    /// With the last row.
    All,
    /// Somebody else has changed the record, or it is begun again from there.
    Leave,
    /// Why the rebuild must stop.
    Not(String),
}

impl Job<'_> {
    pub(super) async fn fill(&mut self, rebuild: &Rebuild) -> Result<Next, EngineError> {
        if rebuild.total.is_none() {
            // After changes began to go to both: what was committed before that was written before this time.
            let now = self.now().await?;
            let sides = &self.shared.sides;
            let total = plan::rows(sides, self.schema).await?;
            let until = plan::last_key(sides, self.schema).await?;
            if let Some(rebuild) = self.rebuild() {
                rebuild.dual_since = Some(now);
                rebuild.total = Some(total);
                rebuild.until = until;
            }
            if self.save().await? == Next::Leave {
                return Ok(Next::Leave);
            }
        }
        let into = Into::of(self);
        let mut writes = Writes::new();
        let filled = self.fill_from(rebuild, &into, &mut writes).await;
        // What is under way would bring back a collection that is removed next.
        while writes.next().await.is_some() {}
        match filled? {
            Filled::All => self.enter(Phase::Indexing).await,
            Filled::Leave => Ok(Next::Leave),
            Filled::Not(reason) => self.stop(reason).await,
        }
    }

    async fn fill_from<'a>(
        &mut self,
        rebuild: &Rebuild,
        into: &'a Into<'a>,
        writes: &mut Writes<'a>,
    ) -> Result<Filled, EngineError> {
        let mut rate = Pace::new(rebuild.rate);
        let mut pages = self.pages(rebuild.after.clone(), rate.page(PAGE));
        let mut is_more = true;
        let (began, mut rows) = (Instant::now(), 0);
        let mut saved = began;
        loop {
            let (page, written) = tokio::select! {
                biased;
                Some(written) = writes.next() => written,
                page = pages.next(), if is_more && writes.len() < AT_ONCE => {
                    let (page, next) = page?;
                    is_more = next.is_some();
                    let write = async move {
                        let written = into.write(&page).await;
                        (page, written)
                    };
                    writes.push_back(write.boxed());
                    continue;
                }
                else => return Ok(Filled::All),
            };
            let left_out = match written? {
                Written::AllBut(left_out) => left_out,
                Written::Slept => return Ok(Filled::Leave),
                Written::Not(reason) => return Ok(Filled::Not(reason)),
            };
            let count = page.rows.states.len() as u64;
            rows += count;
            let Some(rebuild) = self.rebuild() else {
                return Ok(Filled::Leave);
            };
            rebuild.filled += count.saturating_sub(left_out);
            rebuild.after = page.rows.next;
            rebuild.waits_for = None;
            rebuild.rows_per_second = per_second(rows, began);
            // After the last page comes another phase, which is saved.
            if rebuild.after.is_some() && saved.elapsed() >= SAVE_EVERY {
                saved = Instant::now();
                if self.save().await? == Next::Leave || !self.shared.held.borrow().leads() {
                    return Ok(Filled::Leave);
                }
            }
            rate.did(count).await;
        }
    }

    /// Reads the rows after a key, up to the last one that there was when it began: it would run behind keys that rise with time for ever.
    fn pages(&self, after: Option<String>, most: u32) -> ReadAhead<Page> {
        let (sides, schema) = (self.shared.sides.clone(), Arc::clone(self.schema));
        let rebuild = self.record.rebuild.as_ref();
        let until: Option<Arc<str>> = rebuild.and_then(|of| of.until.as_deref()).map(Arc::from);
        ReadAhead::of(after, Portion::UNKNOWN, most, move |after, most| {
            let (sides, schema, until) = (sides.clone(), Arc::clone(&schema), until.clone());
            async move {
                let page = Page::read(&sides, &schema, after.as_deref(), until.as_deref(), most);
                let page = page.await?;
                let next = page.rows.next.clone();
                Ok((page, next))
            }
        })
    }
}

pub(super) fn per_second(rows: u64, began: Instant) -> u32 {
    let millis = began.elapsed().as_millis().max(1);
    u32::try_from(u128::from(rows) * 1_000 / millis).unwrap_or(u32::MAX)
}
