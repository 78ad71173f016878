//! Shares, drawn, and in histories of joins and deaths.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use super::*;

/// A letter holds a lease, a dot is free; `alive` are letters, the oldest first.
fn check(leases: &str, worker: &str, alive: &str, held: &str) {
    let leases: Vec<Lease> = Partition::all()
        .zip(leases.chars())
        .map(|(partition, holder)| Lease {
            partition,
            worker: (holder != '.').then(|| holder.to_string()),
        })
        .collect();
    let alive: Vec<String> = alive.chars().map(String::from).collect();
    let share = share(&leases, worker, &alive);
    let drawn: String = leases
        .iter()
        .map(|lease| match lease.partition {
            _ if share.taken.contains(lease) => '+',
            p if share.held.contains(&p) => '#',
            _ => '.',
        })
        .collect();
    assert_eq!(drawn, held);
    assert!(share.held.is_sorted());
}

#[test]
fn a_worker_alone_takes_everything() {
    check("................", "a", "a", "++++++++++++++++");
}

#[test]
fn a_newcomer_takes_what_is_beyond_the_shares_of_others() {
    check("aaaaaaaaaaaaaaaa", "b", "ab", "........++++++++");
    check("aaaaaaaabbbbbbbb", "c", "abc", "......++.....+++");
    check("aaaaaa..bbbbbb..", "c", "abc", "......++.....+++");
}

#[test]
fn nobody_gives_back_what_it_has_beyond_its_share() {
    check("aaaaaaaaaaaaaaaa", "a", "abc", "################");
}

#[test]
fn what_has_expired_is_taken_and_ones_own_is_kept() {
    check("bbbbbbbbcccccccc", "a", "ab", "........++++++++");
    check("aaaaaaaabbbbbbbb", "a", "a", "########++++++++");
    check("........cccccccc", "a", "ab", "........++++++++");
}

#[test]
fn what_others_hold_as_their_share_is_left_alone() {
    check("bbbbbbbbcccccccc", "a", "bca", "......++.....+++");
    check("bbbbbccccccddddd", "a", "bcda", "....+....++....+");
}

#[test]
fn a_worker_that_is_not_alive_takes_nothing() {
    check("................", "a", "b", "................");
    check("................", "a", "", "................");
}

/// Leases of a history, and its live workers, the oldest first.
struct History {
    leases: Vec<Lease>,
    alive: Vec<String>,
}

impl History {
    fn renew(&mut self, worker: &str) -> Share {
        let share = share(&self.leases, worker, &self.alive);
        for lease in &mut self.leases {
            if share.held.contains(&lease.partition) {
                lease.worker = Some(worker.to_owned());
            }
        }
        share
    }

    fn is_settled(&self) -> bool {
        let holders: Vec<_> = self.leases.iter().flat_map(|l| &l.worker).collect();
        self.alive.iter().enumerate().all(|(rank, worker)| {
            let held = holders.iter().filter(|holder| **holder == worker).count();
            held == size(rank, self.alive.len())
        })
    }
}

#[test]
fn one_round_settles_any_joins_and_deaths_and_a_join_moves_only_the_newcomers_share() {
    let mut random = StdRng::seed_from_u64(12);
    let free = |partition| Lease {
        partition,
        worker: None,
    };
    let mut history = History {
        leases: Partition::all().map(free).collect(),
        alive: Vec::new(),
    };
    for id in 0..2_000 {
        let workers = history.alive.len();
        if workers == 0 || workers < 20 && random.random() {
            let worker = id.to_string();
            history.alive.push(worker.clone());
            let share = history.renew(&worker);
            assert_eq!(share.held.len(), size(workers, workers + 1));
            assert!(history.is_settled(), "a join of {workers}");
            continue;
        }
        history.alive.remove(random.random_range(0..workers));
        for worker in history.alive.clone() {
            history.renew(&worker);
        }
        assert!(history.is_settled());
    }
}
