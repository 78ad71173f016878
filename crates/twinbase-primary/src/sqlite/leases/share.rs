//! Which partitions a worker has after a renewal: decided from the 16 leases as they are.

use twinbase_core::Partition;

/// A lease as it is: whose, and whether that worker is alive.
pub(super) struct Lease {
    pub(super) partition: Partition,
    pub(super) worker: Option<String>,
    pub(super) alive: bool,
}

/// What becomes of the leases.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shares {
    /// Ours from now on.
    pub(super) held: Vec<Partition>,
    /// Those of them that were not ours before.
    pub(super) taken: Vec<Partition>,
    /// Ours until now.
    pub(super) given_back: Vec<Partition>,
    /// Whether one of ours was another's, who had not given it back.
    pub(super) inherited: bool,
}

/// Keeps what is ours and takes what is free or expired, up to our share; what we have beyond
/// goes back. A lease of ours that has expired, and that nobody took, is still ours.
pub(super) fn balance(leases: &[Lease], us: &str, workers: u32) -> Shares {
    let share = leases.len().div_ceil(workers.max(1) as usize);
    let mut shares = Shares::default();
    for lease in leases {
        if lease.worker.as_deref() == Some(us) {
            if shares.held.len() < share {
                shares.held.push(lease.partition);
            } else {
                shares.given_back.push(lease.partition);
            }
        }
    }
    for lease in leases {
        if shares.held.len() == share {
            break;
        }
        let is_others = lease.worker.as_deref().is_some_and(|worker| worker != us);
        if lease.worker.is_none() || is_others && !lease.alive {
            shares.held.push(lease.partition);
            shares.taken.push(lease.partition);
            shares.inherited |= is_others;
        }
    }
    shares.held.sort_unstable();
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a` to `c` hold a lease, in capitals a dead one; a dot is free.
    fn check(leases: &str, us: &str, workers: u32, held: &str, inherited: bool) {
        let leases: Vec<Lease> = Partition::all()
            .zip(leases.chars())
            .map(|(partition, holder)| Lease {
                partition,
                worker: (holder != '.').then(|| holder.to_lowercase().collect()),
                alive: holder.is_lowercase(),
            })
            .collect();
        let shares = balance(&leases, us, workers);
        let drawn: String = leases
            .iter()
            .map(|lease| match lease.partition {
                p if shares.taken.contains(&p) => '+',
                p if shares.held.contains(&p) => '#',
                p if shares.given_back.contains(&p) => '-',
                _ => '.',
            })
            .collect();
        assert_eq!((drawn.as_str(), shares.inherited), (held, inherited));
        assert!(shares.held.is_sorted() && shares.taken.iter().all(|p| shares.held.contains(p)));
    }

    #[test]
    fn a_worker_alone_takes_everything() {
        check("................", "a", 1, "++++++++++++++++", false);
    }

    #[test]
    fn a_share_is_rounded_up_and_what_is_beyond_goes_back() {
        check("aaaaaaaaaaaaaaaa", "a", 3, "######----------", false);
        check("aaaaaabbbbbb....", "c", 3, "............++++", false);
        check("aaaaaaaaaaaaaaaa", "b", 2, "................", false);
    }

    #[test]
    fn what_has_expired_is_inherited_and_ones_own_is_not() {
        check("bbbbbbbbBBBBBBBB", "a", 2, "........++++++++", true);
        check("AAAAAAAAbbbbbbbb", "a", 2, "########........", false);
        check("........BBBBBBBB", "a", 2, "++++++++........", false);
    }

    #[test]
    fn what_others_hold_is_left_alone() {
        check("bbbbbbbbbbbbbbbb", "a", 1, "................", false);
    }
}
