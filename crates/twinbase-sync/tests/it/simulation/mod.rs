//! The engine through histories in which everything goes wrong, told from seeds.
//!
//! `cargo xtask simulate` tells more of them, or the one of a seed again.

mod fleet;
mod history;
mod order;
mod proof;
mod readers;
mod rebuilds;
mod sabotage;

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use twinbase_testkit::simulation::{Fault, Line, Outage, Poison, Simulation};

use history::{Told, tell};
use order::Order;

/// What happens beside faults and poison.
const HAPPENS: [&str; 32] = [
    "clock jump",
    "created again",
    "event retired",
    "floor raised",
    "leader killed",
    "late commit",
    "mark taken back",
    "operator: discard",
    "operator: pause",
    "operator: replay",
    "operator: restore",
    "operator: resume",
    "operator: retry",
    "primary put back",
    "replica put back",
    "read by token",
    "read of all",
    "rebuild: cancelled",
    "rebuild: filling",
    "rebuild: kept",
    "rebuild: no longer kept",
    "rebuild: paused",
    "rebuild: rolled back",
    "rebuild: stopped",
    "rebuild: switched",
    "reorder",
    "set aside",
    "taken over",
    "timeline proven",
    "tombstone swept",
    "worker started",
    "worker stopped",
];

/// From so many calls on, everything must have happened.
const ENOUGH: u64 = 450_000;

/// All histories together.
#[derive(Default)]
struct Sum {
    seeds: u64,
    steps: u64,
    events: i64,
    lasted: Duration,
    waited: Duration,
    recovered: Duration,
    asked: u64,
    most_held: usize,
    tally: BTreeMap<&'static str, u64>,
    broken: Vec<String>,
}

impl Sum {
    fn add(&mut self, told: Told) {
        self.seeds += 1;
        self.steps += told.report.steps;
        self.events += told.report.events;
        self.lasted += told.lasted;
        self.waited = self.waited.max(told.waited);
        self.recovered = self.recovered.max(told.recovered);
        self.asked = self.asked.max(told.asked);
        self.most_held = self.most_held.max(told.report.most_held);
        for (what, count) in told.report.tally {
            *self.tally.entry(what).or_default() += count;
        }
    }

    fn print(&self, order: &Order, took: Duration) {
        let faults = names().filter_map(|what| self.tally.get(what)).sum::<u64>();
        let (first, seeds) = (order.first, self.seeds);
        let hours = self.lasted.as_secs_f64() / 3_600.0;
        println!("seeds {first} to {}, in {took:.1?}", first + seeds - 1);
        println!(
            "{hours:.1} simulated hours, {} calls, {} events, {faults} faults",
            self.steps, self.events
        );
        println!(
            "longest wait in a calm {:?}, to recover {:?}",
            self.waited, self.recovered
        );
        println!(
            "a worker held at most {} events, and asked {} times in an outage",
            self.most_held, self.asked
        );
        for (what, count) in &self.tally {
            println!("{count:>9}  {what}");
        }
    }

    fn check(&self) {
        assert!(self.broken.is_empty(), "\n{}", self.broken.join("\n\n"));
        if self.steps < ENOUGH {
            return;
        }
        for what in names().chain(HAPPENS) {
            assert!(self.tally.contains_key(what), "{what} never happened");
        }
    }
}

/// Everything that goes wrong.
fn names() -> impl Iterator<Item = &'static str> {
    let poison = Poison::ALL.map(|(_, name)| name);
    let outages = Outage::ALL.map(|(_, name)| name);
    Fault::names()
        .chain(poison)
        .chain(outages)
        .chain(Simulation::damages())
}

/// Tells a history twice, and what is wrong with it: a broken promise, or a second time that is not as the first.
fn tell_twice(seed: u64, steps: u64) -> (Told, Option<String>) {
    let told = tell(seed, steps, None);
    if let Some(violation) = &told.report.violation {
        let broken = violation.to_string();
        return (told, Some(broken));
    }
    let again = tell(seed, steps, None).report;
    let at = told
        .report
        .lines
        .iter()
        .zip(&again.lines)
        .position(|(a, b)| a != b);
    let differs = at.map(|at| {
        let (first, second) = (&told.report.lines[..=at], &again.lines[at]);
        let before: Vec<_> = first
            .iter()
            .rev()
            .take(20)
            .rev()
            .map(Line::to_string)
            .collect();
        format!(
            "{}\nthe second time\n{second}\nnot the same",
            before.join("\n")
        )
    });
    let is_same = told.report.lines == again.lines;
    let differs = differs.or_else(|| (!is_same).then(|| "one run has more calls".to_owned()));
    (told, differs)
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
                    if !order.has(seed) {
                        return;
                    }
                    let (told, broken) = tell_twice(seed, order.steps);
                    let mut sum = sum.lock().expect("no panic");
                    sum.add(told);
                    if let Some(broken) = broken {
                        let again = order.again(seed);
                        sum.broken
                            .push(format!("{broken}\nseed {seed}; again: {again}"));
                    }
                }
            });
        }
    });
    let sum = sum.into_inner().expect("no panic");
    sum.print(&order, began.elapsed());
    sum.check();
}
