//! Which partitions a worker has after a renewal: decided from the 16 leases as they are.

use std::collections::HashMap;

use twinbase_core::Partition;

/// A lease as it is, and whose.
#[derive(Debug, Clone)]
pub(super) struct Lease {
    pub(super) partition: Partition,
    pub(super) worker: Option<String>,
}

/// What becomes of the leases.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shares {
    /// Ours from now on.
    pub(super) held: Vec<Partition>,
    /// Those of them that were not ours before.
    pub(super) taken: Vec<Partition>,
    /// Whether one of them was a dead worker's, who had not given it back.
    pub(super) inherited: bool,
}

/// Keeps what is ours, and takes up to our share what nobody alive has and then what others have
/// beyond theirs, the highest partitions first. `living` has us too, and the oldest first.
pub(super) fn balance(leases: &[Lease], us: &str, living: &[String]) -> Shares {
    let shares: HashMap<&str, usize> = living
        .iter()
        .enumerate()
        .map(|(rank, worker)| (worker.as_str(), share(leases.len(), rank, living.len())))
        .collect();
    let mut answer = Shares::default();
    let (mut free, mut beyond) = (Vec::new(), Vec::new());
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for lease in leases {
        let holder = lease.worker.as_deref();
        match holder.and_then(|worker| Some((worker, shares.get(worker)?))) {
            Some((worker, _)) if worker == us => answer.held.push(lease.partition),
            None => free.push((lease.partition, holder.is_some())),
            Some((worker, share)) => {
                let count = counts.entry(worker).or_default();
                *count += 1;
                if *count > *share {
                    beyond.push((lease.partition, false));
                }
            }
        }
    }
    let missing = shares[us].saturating_sub(answer.held.len());
    let takes = free.into_iter().rev().chain(beyond.into_iter().rev());
    for (partition, orphaned) in takes.take(missing) {
        answer.held.push(partition);
        answer.taken.push(partition);
        answer.inherited |= orphaned;
    }
    answer.held.sort_unstable();
    answer
}

/// Shares differ by one at most, the oldest have the larger ones, and together they are everything.
fn share(leases: usize, rank: usize, workers: usize) -> usize {
    leases / workers + usize::from(rank < leases % workers)
}

#[cfg(test)]
mod tests;
