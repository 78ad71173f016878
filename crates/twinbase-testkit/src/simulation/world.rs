//! Everything that is simulated, and how a call gets to it and back.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tokio::{
    sync::{Notify, oneshot},
    time::{Instant, sleep},
};
use twinbase_core::{AggregateId, Name};

use super::{
    clock::time_since,
    database::Database,
    faults::{Fault, LONGEST_HOLD, Sabotage, Weather},
    keys::{KeyNumber, Poison, Subject},
    outages::{Outage, Outages},
    trace::{Line, Report, mix_text},
};

/// A worker as the sides know it; a new one at each start.
pub(super) struct Caller {
    /// It stands still until then.
    frozen_until: Instant,
    /// The newest of its calls that has taken effect.
    newest: u64,
    /// One for each answer with events: those that are still held count as its owners.
    pub(super) held: Vec<Arc<str>>,
}

/// The state of a simulation.
pub(super) struct World {
    pub(super) start: Instant,
    /// When it starts by the databases' clock.
    pub(super) epoch: Timestamp,
    pub(super) random: StdRng,
    pub(super) trace: Report,
    pub(super) weather: Weather,
    pub(super) sabotage: Option<Sabotage>,
    pub(super) subjects: Vec<Subject>,
    /// The numbers of subjects by type and id.
    pub(super) numbers: BTreeMap<(String, String), KeyNumber>,
    pub(super) database: Database,
    /// The collection of each type that is known, as people name it.
    pub(super) collection_of: BTreeMap<Name, Name>,
    /// The physical collections that are there.
    pub(super) made: BTreeSet<Arc<str>>,
    /// By physical collection, the heads at the moment from which on changes went to it.
    pub(super) heads_at: BTreeMap<Name, Vec<i64>>,
    /// The same when it was filled.
    pub(super) heads_filled: BTreeMap<Name, Vec<i64>>,
    /// How many changes the workload has made.
    pub(super) changes: i64,
    /// How often the primary was put back: what was open before is lost.
    pub(super) era: u32,
    /// What each version of an aggregate was when it was given out.
    pub(super) given: BTreeMap<(KeyNumber, i64), Option<Arc<str>>>,
    pub(super) callers: Vec<Caller>,
    pub(super) crashed: Vec<usize>,
    pub(super) outages: Outages,
    /// Until then a call is on its way, or a worker stands still.
    pub(super) busy_until: Instant,
}

/// How a call goes.
struct Course {
    number: u64,
    fault: Fault,
    before: Duration,
    after: Duration,
    happens: bool,
    again: Option<Duration>,
}

impl World {
    pub(super) fn new(
        seed: u64,
        epoch: Timestamp,
        subjects: Vec<Subject>,
        sabotage: Option<Sabotage>,
    ) -> Self {
        let start = Instant::now();
        let mut world = Self {
            start,
            epoch,
            random: StdRng::seed_from_u64(seed),
            trace: Report::default(),
            weather: Weather::default(),
            sabotage,
            subjects: Vec::new(),
            numbers: BTreeMap::new(),
            database: Database::default(),
            collection_of: BTreeMap::new(),
            made: BTreeSet::new(),
            heads_at: BTreeMap::new(),
            heads_filled: BTreeMap::new(),
            changes: 0,
            era: 0,
            given: BTreeMap::new(),
            callers: Vec::new(),
            crashed: Vec::new(),
            outages: Outages::new(start),
            busy_until: start,
        };
        for subject in subjects {
            world.add(subject);
        }
        world
    }

    /// The time by the databases' clock.
    pub(super) fn now(&self) -> Timestamp {
        time_since(self.epoch, self.start)
    }

    fn add(&mut self, subject: Subject) -> KeyNumber {
        let (number, key) = (self.subjects.len(), &subject.key);
        let name = (key.aggregate_type.to_string(), key.id.to_string());
        self.numbers.insert(name, number);
        self.subjects.push(subject);
        number
    }

    /// The number of an aggregate, which is new when nothing was known of it.
    pub(super) fn number(&mut self, aggregate_type: &str, id: &AggregateId) -> KeyNumber {
        self.find(aggregate_type, id).unwrap_or_else(|| {
            let partition = i16::try_from(mix_text(0, id.as_str()) % 16).unwrap_or_default();
            self.add(Subject::new(aggregate_type, id.clone(), partition))
        })
    }

    pub(super) fn find(&self, aggregate_type: &str, id: &AggregateId) -> Option<KeyNumber> {
        let name = (aggregate_type.to_owned(), id.to_string());
        self.numbers.get(&name).copied()
    }

    /// Those of these that are known.
    pub(super) fn of_ids(
        &self,
        of_type: &str,
        ids: &[AggregateId],
    ) -> impl Iterator<Item = KeyNumber> {
        ids.iter().filter_map(|id| self.find(of_type, id))
    }

    /// Those of a type with an id after this one, in byte order.
    pub(super) fn after(
        &self,
        of_type: &str,
        after: Option<&str>,
    ) -> impl Iterator<Item = KeyNumber> {
        let of_type = of_type.to_owned();
        let start = (of_type.clone(), after.unwrap_or_default().to_owned());
        let rest = self
            .numbers
            .range((Bound::Excluded(start), Bound::Unbounded));
        rest.take_while(move |((found, _), _)| *found == of_type)
            .map(|(_, key)| *key)
    }

    pub(super) fn new_caller(&mut self) -> usize {
        self.callers.push(Caller {
            frozen_until: self.start,
            newest: 0,
            held: Vec::new(),
        });
        self.callers.len() - 1
    }

    pub(super) fn poison(&mut self, key: KeyNumber, poison: Option<Poison>) {
        self.subjects[key].poison = poison;
        if let Some(poison) = poison {
            self.trace.count(Poison::ALL[poison as usize].1);
        }
        if matches!(poison, Some(Poison::Unmappable | Poison::Unreadable)) {
            // The worker itself refuses its events; no call tells how often.
            self.subjects[key].refused = u64::from(u32::MAX);
        }
    }

    fn course(&mut self, caller: usize, side: Outage, what: &'static str, detail: u64) -> Course {
        let now = Instant::now();
        self.trace.steps += 1;
        let mut fault = self.weather.draw(&mut self.random, what);
        if self.outages.meets(side) {
            fault = Fault::Away;
        }
        if fault != Fault::Fine {
            self.trace.count(fault.name());
        }
        let (mut before, mut after) = (self.latency(), self.latency());
        let mut happens = fault != Fault::Away;
        let mut again = None;
        match fault {
            Fault::Slow => before = self.between(100, 2_000),
            Fault::Hold => {
                let most = u64::try_from(LONGEST_HOLD.as_millis()).unwrap_or(u64::MAX);
                let long = self.between(10_000, most);
                let arrives_late = self.random.random();
                *(if arrives_late {
                    &mut before
                } else {
                    &mut after
                }) = long;
            }
            Fault::Freeze => {
                self.callers[caller].frozen_until = now + self.between(8_000, 30_000);
            }
            Fault::Duplicate => again = Some(self.between(1, 60_000)),
            Fault::Crash => {
                happens = self.random.random();
                self.crashed.push(caller);
            }
            _ => {}
        }
        let thaw = self.callers[caller].frozen_until.duration_since(now);
        before = before.max(thaw);
        let end = now + before + after + again.unwrap_or_default();
        self.busy_until = self.busy_until.max(end);
        let call = self.trace.steps;
        self.trace.lines.push(Line {
            at: now.duration_since(self.start),
            caller,
            call,
            what,
            how: fault.name(),
            detail,
        });
        Course {
            number: call,
            fault,
            before,
            after,
            happens,
            again,
        }
    }

    /// Half of the calls arrive in the same millisecond, as the clock of a runtime has it.
    fn latency(&mut self) -> Duration {
        Duration::from_millis([0, 0, 0, 1, 2, 3][self.random.random_range(0..6)])
    }

    fn between(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(self.random.random_range(least..=most))
    }

    fn arrived(&mut self, caller: usize, what: &'static str, number: u64) {
        let newest = &mut self.callers[caller].newest;
        if number < *newest {
            self.trace.count("reorder");
        }
        *newest = number.max(*newest);
        self.trace.lines.push(Line {
            at: self.start.elapsed(),
            caller,
            call: number,
            what,
            how: "happens",
            detail: 0,
        });
    }
}

/// Both sides of one simulated history, as everybody has them.
#[derive(Clone)]
pub struct Simulation {
    world: Arc<Mutex<World>>,
    /// A worker has crashed.
    pub(super) crash: Arc<Notify>,
    /// Something was committed, and those who listen were told.
    pub(super) hints: Arc<Notify>,
}

impl Simulation {
    pub(super) fn of(world: World) -> Self {
        Self {
            world: Arc::new(Mutex::new(world)),
            crash: Arc::default(),
            hints: Arc::default(),
        }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call of a side, which is named by its outage: it takes its time and its course, and goes on when nobody waits
    /// for it any more.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        caller: usize,
        (side, what): (Outage, &'static str),
        detail: u64,
        mut effect: impl FnMut(&mut World, Fault) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let course = self.world().course(caller, side, what, detail);
        let (fault, number) = (course.fault, course.number);
        let shared = self.clone();
        let mut happen = move || {
            course.happens.then(|| {
                let mut world = shared.world();
                world.arrived(caller, what, number);
                effect(&mut world, fault)
            })
        };
        let answer = if course.before.is_zero() && course.again.is_none() {
            happen()
        } else {
            let (send, receive) = oneshot::channel();
            tokio::spawn(async move {
                sleep(course.before).await;
                // The worker may be gone.
                let _ = send.send(happen());
                if let Some(later) = course.again {
                    sleep(later).await;
                    happen();
                }
            });
            receive.await.ok().flatten()
        };
        if fault == Fault::Crash {
            // Whoever waits here is dropped.
            self.crash.notify_one();
            std::future::pending::<()>().await;
        }
        if !course.after.is_zero() {
            sleep(course.after).await;
        }
        match (fault, answer) {
            (Fault::Away | Fault::LostAnswer, _) | (_, None) => Err(fault),
            (_, Some(answer)) => Ok(answer),
        }
    }
}
