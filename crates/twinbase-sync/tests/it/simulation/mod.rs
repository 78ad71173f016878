//! The engine through histories in which everything goes wrong, told from seeds.
//!
//! `cargo xtask simulate` tells more of them, or the one of a seed again.

mod fleet;
mod history;
mod order;
mod sabotage;

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use twinbase_testkit::simulation::{Fault, Poison};

use history::{Told, tell};
use order::Order;

/// What happens beside faults and poison.
const HAPPENS: [&str; 16] = [
    "clock jump",
    "created again",
    "event retired",
    "late commit",
    "operator: discard",
    "operator: pause",
    "operator: restore",
    "operator: resume",
    "operator: retry",
    "outage",
    "reorder",
    "set aside",
    "taken over",
    "tombstone swept",
    "worker started",
    "worker stopped",
];

/// From so many calls on, everything must have happened.
const ENOUGH: u64 = 1_000_000;

/// All histories together.
#[derive(Default)]
struct Sum {
    steps: u64,
    lasted: Duration,
    waited: Duration,
    recovered: Duration,
    most_held: usize,
    tally: BTreeMap<&'static str, u64>,
    broken: Vec<String>,
}

impl Sum {
    fn add(&mut self, order: &Order, seed: u64, told: Told) {
        self.steps += told.report.steps;
        self.lasted += told.lasted;
        self.waited = self.waited.max(told.waited);
        self.recovered = self.recovered.max(told.recovered);
        self.most_held = self.most_held.max(told.report.most_held);
        for (what, count) in told.report.tally {
            *self.tally.entry(what).or_default() += count;
        }
        if let Some(violation) = told.report.violation {
            let again = order.again(seed);
            self.broken
                .push(format!("{violation}\nseed {seed}; again: {again}"));
        }
    }

    fn print(&self, took: Duration) {
        println!(
            "{} calls, {:?} of virtual time, in {took:.1?}",
            self.steps, self.lasted
        );
        println!(
            "longest wait in a calm {:?}, to recover {:?}",
            self.waited, self.recovered
        );
        println!("most events held by a worker {}", self.most_held);
        for (what, count) in &self.tally {
            println!("{count:>9}  {what}");
        }
    }

    fn check(&self) {
        assert!(self.broken.is_empty(), "\n{}", self.broken.join("\n\n"));
        if self.steps < ENOUGH {
            return;
        }
        let faults = Fault::ALL.map(Fault::name).into_iter();
        let poison = Poison::ALL.map(Poison::name).into_iter();
        for what in faults.chain(poison).chain(HAPPENS) {
            assert!(self.tally.contains_key(what), "{what} never happened");
        }
    }
}

#[test]
fn nothing_is_lost_undone_or_starved_whatever_goes_wrong() {
    let order = Order::from_environment();
    let sum = Mutex::new(Sum::default());
    let next = AtomicU64::new(order.first);
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= order.first + order.seeds {
                        return;
                    }
                    let told = tell(seed, order.steps, None);
                    sum.lock().expect("no panic").add(&order, seed, told);
                }
            });
        }
    });
    let sum = sum.into_inner().expect("no panic");
    sum.print(began.elapsed());
    sum.check();
}

#[test]
fn a_seed_tells_the_same_history_each_time() {
    // Not among the seeds of the test above: workers of one process that have one id would meet.
    let [one, again, other] = [10_001, 10_001, 10_002].map(|seed| tell(seed, 30_000, None).report);
    assert_eq!((one.hash, one.steps), (again.hash, again.steps));
    assert_eq!(one.tally, again.tally);
    assert_ne!(one.hash, other.hash);
}
