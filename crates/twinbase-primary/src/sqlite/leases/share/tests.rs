//! Shares, drawn, and in histories of joins and deaths.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use super::*;

/// A letter holds a lease, a dot is free; `living` are letters, the oldest first.
fn check(leases: &str, us: &str, living: &str, held: &str, inherited: bool) {
    let leases: Vec<Lease> = Partition::all()
        .zip(leases.chars())
        .map(|(partition, holder)| Lease {
            partition,
            worker: (holder != '.').then(|| holder.to_string()),
        })
        .collect();
    let living: Vec<String> = living.chars().map(String::from).collect();
    let shares = balance(&leases, us, &living);
    let drawn: String = leases
        .iter()
        .map(|lease| match lease.partition {
            p if shares.taken.contains(&p) => '+',
            p if shares.held.contains(&p) => '#',
            _ => '.',
        })
        .collect();
    assert_eq!((drawn.as_str(), shares.inherited), (held, inherited));
    assert!(shares.held.is_sorted() && shares.taken.iter().all(|p| shares.held.contains(p)));
}

#[test]
fn a_worker_alone_takes_everything() {
    check("................", "a", "a", "++++++++++++++++", false);
}

#[test]
fn a_newcomer_takes_what_is_beyond_the_shares_of_others() {
    check("aaaaaaaaaaaaaaaa", "b", "ab", "........++++++++", false);
    check("aaaaaaaabbbbbbbb", "c", "abc", "......++.....+++", false);
    check("aaaaaa..bbbbbb..", "c", "abc", "......++.....+++", false);
}

#[test]
fn nobody_gives_back_what_it_has_beyond_its_share() {
    check("aaaaaaaaaaaaaaaa", "a", "abc", "################", false);
}

#[test]
fn what_has_expired_is_inherited_and_ones_own_is_not() {
    check("bbbbbbbbcccccccc", "a", "ab", "........++++++++", true);
    check("aaaaaaaabbbbbbbb", "a", "a", "########++++++++", true);
    check("........cccccccc", "a", "ab", "........++++++++", true);
}

#[test]
fn what_others_hold_as_their_share_is_left_alone() {
    check("bbbbbbbbcccccccc", "a", "bca", "......++.....+++", false);
    check("bbbbbccccccddddd", "a", "bcda", "....+....++....+", false);
}

/// Leases of a history, and its living workers, the oldest first.
struct History {
    leases: Vec<Lease>,
    living: Vec<String>,
}

impl History {
    fn renew(&mut self, worker: &str) -> Shares {
        let shares = balance(&self.leases, worker, &self.living);
        for lease in &mut self.leases {
            if shares.taken.contains(&lease.partition) {
                lease.worker = Some(worker.to_owned());
            }
        }
        shares
    }

    fn is_settled(&self) -> bool {
        let holders: Vec<_> = self.leases.iter().flat_map(|l| &l.worker).collect();
        self.living.iter().enumerate().all(|(rank, worker)| {
            let held = holders.iter().filter(|holder| **holder == worker).count();
            held == share(16, rank, self.living.len())
        })
    }
}

#[test]
fn one_round_settles_any_joins_and_deaths_and_a_join_moves_only_the_newcomers_share() {
    let mut random = StdRng::seed_from_u64(12);
    let mut history = History {
        leases: Partition::all()
            .map(|partition| Lease {
                partition,
                worker: None,
            })
            .collect(),
        living: Vec::new(),
    };
    for id in 0..2_000 {
        let workers = history.living.len();
        if workers == 0 || workers < 20 && random.random() {
            let worker = id.to_string();
            history.living.push(worker.clone());
            let shares = history.renew(&worker);
            assert_eq!(shares.held.len(), share(16, workers, workers + 1));
            assert!(
                !shares.inherited && history.is_settled(),
                "a join of {workers}"
            );
            continue;
        }
        let died = random.random_range(0..workers);
        history.living.remove(died);
        for rank in 0..history.living.len() {
            let worker = history.living[rank].clone();
            history.renew(&worker);
        }
        assert!(history.living.is_empty() || history.is_settled());
        if history.living.is_empty() {
            // The next one is no newcomer beside others, but an heir.
            history
                .leases
                .iter_mut()
                .for_each(|lease| lease.worker = None);
        }
    }
}
