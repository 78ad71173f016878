//! Writes that commit by themselves and share a transaction: the disk is waited for once.
//!
//! They run one after the other without savepoints, which would copy every page that each
//! of them changes. One that fails before it changed anything is none of the
//! others' business. One that fails later takes them all back, and then each runs again in a
//! savepoint of its own; when even that fails (a deferred constraint, a full
//! disk), each in a transaction of its own. Nobody is answered before that is over.

use std::time::{Duration, Instant};

use super::{job::Job, thread::Thread};
use crate::sqlite::error::Failure;

impl Thread {
    /// Commits what can be committed. `committed` is told how many that were and how long the disk
    /// took, before anybody is answered.
    pub(super) fn commit_group(
        &self,
        mut group: Vec<Box<dyn Job>>,
        committed: &mut impl FnMut(usize, Duration),
    ) {
        if group.is_empty() {
            return;
        }
        let failure = match self.try_group(&mut group) {
            Ok(took) => {
                committed(group.len(), took);
                return group.into_iter().for_each(Job::answer);
            }
            Err(Broken::Begin(failure)) => failure,
            Err(Broken::Later(failure)) if group.len() == 1 => failure,
            // Alone, each gets its own answer.
            Err(Broken::Later(_)) => {
                for job in group {
                    self.commit_group(vec![job], committed);
                }
                return;
            }
        };
        for job in group {
            job.fail(&failure);
        }
    }

    /// All jobs of a group in one transaction; answers how long its commit
    /// took. After an error nothing of it is left.
    fn try_group(&self, group: &mut [Box<dyn Job>]) -> Result<Duration, Broken> {
        self.begin().map_err(Broken::Begin)?;
        if let [only] = group {
            self.watch(only.ticket());
            if !only.run(&self.connection) {
                self.roll_back();
                return Ok(Duration::ZERO);
            }
        } else if !self.run_together(group) {
            self.roll_back();
            self.begin().map_err(Broken::Begin)?;
            self.run_apart(group).map_err(|failure| {
                self.roll_back();
                Broken::Later(failure)
            })?;
        }
        let began = Instant::now();
        self.commit().map_err(|failure| {
            self.roll_back();
            Broken::Later(failure)
        })?;
        Ok(began.elapsed())
    }

    /// Runs them; false when a failed one left something behind.
    fn run_together(&self, group: &mut [Box<dyn Job>]) -> bool {
        group.iter_mut().all(|job| {
            self.watch(job.ticket());
            let before = self.connection.total_changes();
            // A severe error has ended the transaction, and with it what was done before.
            job.run(&self.connection)
                || (self.connection.total_changes() == before && !self.connection.is_autocommit())
        })
    }

    /// Runs each so that it alone can be taken back.
    fn run_apart(&self, group: &mut [Box<dyn Job>]) -> Result<(), Failure> {
        group.iter_mut().try_for_each(|job| {
            self.watch(job.ticket());
            self.execute("savepoint one")?;
            if !job.run(&self.connection) {
                self.execute("rollback to one")?;
            }
            self.execute("release one")
        })
    }
}

/// Where the transaction of a group failed.
enum Broken {
    Begin(Failure),
    Later(Failure),
}
