//! Writes that commit by themselves and share a transaction: the disk is waited for once.
//!
//! They run one after the other without savepoints, which would copy every page that each
//! of them changes. One that fails before it changed anything is none of the
//! others' business. One that fails later, or at the commit (a deferred constraint, a full disk), takes them
//! all back, and then each runs again in a transaction of its own. Nobody is answered before that is over.

use super::{inbox::Inbox, job::Job, thread::Thread};
use crate::sqlite::error::Failure;

impl Thread {
    /// Commits `first`, whose turn has come, with those that are in the queue by then. Each is run
    /// as it comes, while the next ones are on their way.
    pub(super) fn commit_group(&self, first: Box<dyn Job>, inbox: &mut Inbox<'_>) {
        if let Err(failure) = self.begin() {
            return first.fail(&failure);
        }
        let (group, whole) = self.run_together(first, inbox);
        let outcome = if whole { self.commit() } else { Ok(()) };
        let (succeeded, is_one) = (whole && outcome.is_ok(), group.len() == 1);
        if !succeeded {
            self.roll_back();
        }
        match outcome {
            Err(failure) if is_one => fail(group, &failure),
            Ok(()) if is_one || succeeded => answer(group),
            // Alone, each gets its own answer.
            _ => self.commit_alone(group),
        }
    }

    /// Runs `first` and those that come in time; false when one failed and left something behind.
    fn run_together(
        &self,
        first: Box<dyn Job>,
        inbox: &mut Inbox<'_>,
    ) -> (Vec<Box<dyn Job>>, bool) {
        let mut group = Vec::new();
        let mut next = Some(first);
        while let Some(mut job) = next {
            self.watch(job.ticket());
            let before = self.connection.total_changes();
            // A severe error has ended the transaction, and with it what was done before.
            let whole = job.run(&self.connection)
                || (self.connection.total_changes() == before && !self.connection.is_autocommit());
            group.push(job);
            if !whole {
                return (group, false);
            }
            next = inbox.more(group.len());
        }
        (group, true)
    }

    /// Commits each in a transaction that it shares with nobody.
    fn commit_alone(&self, group: Vec<Box<dyn Job>>) {
        for mut job in group {
            if let Err(failure) = self.begin() {
                job.fail(&failure);
                continue;
            }
            self.watch(job.ticket());
            if !job.run(&self.connection) {
                self.roll_back();
                job.answer();
                continue;
            }
            match self.commit() {
                Ok(()) => job.answer(),
                Err(failure) => {
                    self.roll_back();
                    job.fail(&failure);
                }
            }
        }
    }
}

fn answer(group: Vec<Box<dyn Job>>) {
    for job in group {
        job.answer();
    }
}

fn fail(group: Vec<Box<dyn Job>>, failure: &Failure) {
    for job in group {
        job.fail(failure);
    }
}
