//! What goes wrong with a call of a side, drawn from the seed.

use std::time::Duration;

use rand::{Rng as _, rngs::StdRng};

/// The longest time that a call is on its way: longer than a lease lives and a batch may wait.
pub const LONGEST_HOLD: Duration = Duration::from_secs(90);

/// What happens to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The replica refuses one document.
    RejectOne,
    /// The replica refuses every document.
    RejectAll,
    /// The replica refuses the whole write, by a code that is known or not, and names no document.
    Refuse,
    /// It happens, and the answer is lost.
    LostAnswer,
    /// It does not happen.
    Away,
    /// It takes very long until it happens, or until it is answered.
    Hold,
    /// It takes long.
    Slow,
    /// The worker dies meanwhile; it happens or not.
    Crash,
    /// The worker stands still longer than its lease lives; then its calls go through.
    Freeze,
    /// It happens now and once more, later.
    Duplicate,
    /// Nothing.
    Fine,
}

/// All that go wrong, in the order of [`Fault`]: the name in traces and tallies, and how often it happens at most in
/// 10,000 calls; some are rarer because they cost much time.
const FAULTS: [(Fault, &str, u32); 10] = [
    (Fault::RejectOne, "reject one", 200),
    (Fault::RejectAll, "reject all", 60),
    (Fault::Refuse, "refuse whole", 60),
    (Fault::LostAnswer, "fail after", 150),
    (Fault::Away, "fail before", 150),
    (Fault::Hold, "hold", 4),
    (Fault::Slow, "slow", 200),
    (Fault::Crash, "crash", 12),
    (Fault::Freeze, "pause", 4),
    (Fault::Duplicate, "duplicate", 200),
];

impl Fault {
    /// The names of all that go wrong.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FAULTS.iter().map(|(_, name, _)| *name)
    }

    pub(super) fn name(self) -> &'static str {
        FAULTS.get(self as usize).map_or("", |(_, name, _)| name)
    }

    /// Whether it can happen to this call.
    fn suits(self, what: &str) -> bool {
        match self {
            Self::RejectOne | Self::RejectAll | Self::Refuse => what == "apply",
            Self::Duplicate => matches!(what, "apply" | "mark"),
            _ => true,
        }
    }
}

/// How likely each fault is: drawn for a whole simulation, so that some are frequent in one and absent
/// from another, and meet each other in many mixtures.
#[derive(Debug, Clone, Default)]
pub(super) struct Weather {
    weights: Vec<(Fault, u32)>,
}

impl Weather {
    pub(super) fn storm(random: &mut StdRng) -> Self {
        let weights = FAULTS.map(|(fault, _, most)| {
            let strength: u32 = [0, 1, 2, 4, 4][random.random_range(0..5)];
            (fault, most * strength / 4)
        });
        let mut weights = weights.to_vec();
        weights.retain(|(_, weight)| *weight > 0);
        Self { weights }
    }

    /// The same without refusals by the replica, which stop a rebuild at once.
    pub(super) fn without_refusals(mut self) -> Self {
        let refusals = [Fault::RejectOne, Fault::RejectAll, Fault::Refuse];
        self.weights.retain(|(fault, _)| !refusals.contains(fault));
        self
    }

    pub(super) fn draw(&self, random: &mut StdRng, what: &str) -> Fault {
        if self.weights.is_empty() {
            return Fault::Fine;
        }
        let mut drawn: u32 = random.random_range(0..10_000);
        for (fault, weight) in &self.weights {
            if drawn < *weight {
                return if fault.suits(what) {
                    *fault
                } else {
                    Fault::Fine
                };
            }
            drawn -= weight;
        }
        Fault::Fine
    }
}

/// Ways to break a side on purpose, to see that the oracle notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// The replica writes whatever it is given.
    NoGuard,
    /// The replica answers that it has written, and has not.
    AnswersEarly,
    /// The replica stores another content at times.
    Garbles,
    /// The primary passes over events that were committed later than one with a higher number.
    ForgetsLateCommits,
    /// The primary shows nothing of a partition while it has a charged event.
    BlocksBehindPoison,
    /// A worker is allowed to hold less than it does.
    AllowsLittle,
    /// A worker is allowed to ask a side once while it is away.
    AllowsOneCall,
    /// The primary lets nobody take over what a dead worker held.
    KeepsLeasesOfTheDead,
    /// The replica refuses when it is only away.
    BlamesTheInnocent,
    /// The primary keeps no error of a failed attempt.
    HidesFailures,
    /// A collection that is refused holds up the others.
    RefusesTheNeighbours,
    /// The primary says that it has raised the floor of versions, and has not.
    ForgetsTheFloor,
    /// The primary says that it has raised heads, and has not.
    ForgetsTouches,
    /// Pages of rows are older than the rebuild that reads them.
    ReadsOldPages,
    /// The replica says that it has written changes to the collection beside the one that readers use, and has not.
    LosesDualWrites,
    /// The primary says that changes have always gone to both collections.
    ForgetsTheDualTime,
    /// The primary says that readers have long moved when they were only told to.
    HurriesReaders,
}
