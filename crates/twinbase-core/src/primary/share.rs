//! How workers share the partitions: one pure function for every primary.
//!
//! A share is the partitions by the number of live workers, rounded down, and one more for as many
//! of the oldest as are left over. A worker keeps what it holds and takes what it lacks; nobody
//! gives back, so no partition is ever without a worker.

use std::collections::HashMap;

use crate::Partition;

/// The lease of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The partition.
    pub partition: Partition,
    /// The worker that holds it; it need not be alive any more.
    pub worker: Option<String>,
}

/// What a worker holds after a renewal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Share {
    /// Its partitions, in order.
    pub held: Vec<Partition>,
    /// The leases among them that it takes now, each with the worker that held it.
    pub taken: Vec<Lease>,
}

/// Decides which partitions `worker` holds from now on.
///
/// `leases` are in the order of partitions. `alive` are the live workers, the oldest first, and
/// `worker` is one of them. What it lacks is taken from the free and expired leases, then from
/// what others hold beyond their shares, of each the highest partitions.
pub fn share(leases: &[Lease], worker: &str, alive: &[String]) -> Share {
    let shares: HashMap<&str, usize> = alive
        .iter()
        .enumerate()
        .map(|(rank, worker)| (worker.as_str(), size(rank, alive.len())))
        .collect();
    let mut share = Share::default();
    let (mut free, mut beyond) = (Vec::new(), Vec::new());
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for lease in leases {
        let holder = lease.worker.as_deref();
        match holder.and_then(|holder| Some((holder, shares.get(holder)?))) {
            Some((holder, _)) if holder == worker => share.held.push(lease.partition),
            None => free.push(lease),
            Some((holder, size)) => {
                let count = counts.entry(holder).or_default();
                *count += 1;
                if *count > *size {
                    beyond.push(lease);
                }
            }
        }
    }
    let size = shares.get(worker).copied().unwrap_or_default();
    let lacking = size.saturating_sub(share.held.len());
    let takes = free.into_iter().rev().chain(beyond.into_iter().rev());
    share.taken = takes.take(lacking).cloned().collect();
    share
        .held
        .extend(share.taken.iter().map(|lease| lease.partition));
    share.held.sort_unstable();
    share
}

/// Shares differ by one at most, the oldest have the larger ones, and together they are everything.
fn size(rank: usize, workers: usize) -> usize {
    let partitions = usize::from(Partition::COUNT.unsigned_abs());
    partitions / workers + usize::from(rank < partitions % workers)
}

#[cfg(test)]
#[path = "share_tests.rs"]
mod tests;
