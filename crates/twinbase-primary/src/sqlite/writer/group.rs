//! Writes that commit by themselves and share a transaction: the disk is waited for once.
//!
//! They run one after the other without savepoints, which would copy every page that each
//! of them changes. One that fails before it changed anything is none of the
//! others' business. One that fails later, or at the commit (a deferred constraint, a full disk), takes them
//! all back, and then each runs again in a transaction of its own. Nobody is answered before that is over.

use super::{inbox::Inbox, job::Job, thread::Thread};

impl Thread {
    /// Commits `first`, whose turn has come, with those that are in the queue by then. Each is run
    /// as it comes, while the next ones are on their way.
    pub(super) fn commit_group(&self, first: Box<dyn Job>, inbox: &mut Inbox<'_>) {
        for job in self.commit_together(first, |gathered| inbox.more(gathered)) {
            // Alone, each gets its own answer.
            self.commit_together(job, |_| None);
        }
    }

    /// Commits `first` with those that come in time. Returns them all when one of several failed and
    /// left something behind, or their commit did: then they have to run again.
    fn commit_together(
        &self,
        first: Box<dyn Job>,
        mut more: impl FnMut(usize) -> Option<Box<dyn Job>>,
    ) -> Vec<Box<dyn Job>> {
        if let Err(error) = self.begin() {
            first.answer(Some(&error));
            return Vec::new();
        }
        let (mut group, mut next, mut whole) = (Vec::new(), Some(first), true);
        while let Some(mut job) = next {
            self.watch(job.ticket());
            let before = self.connection.total_changes();
            // A severe error has ended the transaction, and with it what was done before.
            whole = job.run(&self.connection)
                || (self.connection.total_changes() == before && !self.connection.is_autocommit());
            group.push(job);
            next = if whole { more(group.len()) } else { None };
        }
        let error = if whole { self.commit().err() } else { None };
        if !whole || error.is_some() {
            self.roll_back();
            if group.len() > 1 {
                return group;
            }
        }
        for job in group {
            job.answer(error.as_ref());
        }
        Vec::new()
    }
}
