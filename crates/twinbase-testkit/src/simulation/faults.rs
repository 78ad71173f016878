//! What goes wrong with a call of a side, drawn from the seed.

use std::time::Duration;

use rand::{Rng as _, rngs::StdRng};

/// The longest time that a call is on its way: longer than a lease lives and a batch may wait.
pub const LONGEST_HOLD: Duration = Duration::from_secs(90);

/// What happens to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    Fine,
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
}

impl Fault {
    /// All that go wrong.
    pub const ALL: [Self; 10] = [
        Self::RejectOne,
        Self::RejectAll,
        Self::Refuse,
        Self::LostAnswer,
        Self::Away,
        Self::Hold,
        Self::Slow,
        Self::Crash,
        Self::Freeze,
        Self::Duplicate,
    ];

    /// Its name in traces and tallies.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fine => "",
            Self::RejectOne => "reject one",
            Self::RejectAll => "reject all",
            Self::Refuse => "refuse whole",
            Self::LostAnswer => "fail after",
            Self::Away => "fail before",
            Self::Hold => "hold",
            Self::Slow => "slow",
            Self::Crash => "crash",
            Self::Freeze => "pause",
            Self::Duplicate => "duplicate",
        }
    }

    /// How often it happens at most, in 10,000 calls; some are rarer because they cost much time.
    const fn most(self) -> u32 {
        match self {
            Self::Fine => 0,
            Self::RejectOne | Self::Slow | Self::Duplicate => 200,
            Self::RejectAll | Self::Refuse => 60,
            Self::LostAnswer | Self::Away => 150,
            Self::Hold | Self::Freeze => 4,
            Self::Crash => 12,
        }
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
        let weight = |fault: Fault| {
            let strength: u32 = [0, 1, 2, 4, 4][random.random_range(0..5)];
            (fault, fault.most() * strength / 4)
        };
        let mut weights: Vec<_> = Fault::ALL.into_iter().map(weight).collect();
        weights.retain(|(_, weight)| *weight > 0);
        Self { weights }
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
}
