//! A seeded sequence of everything that a network can do, paced by what passes through it.

use std::time::Duration;

use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use twinbase_testkit::{
    proxy::{Mode, Proxy, Way},
    wait,
};

/// A fault lasts no longer than this, whatever passes.
const LONGEST: Duration = Duration::from_millis(150);

/// What can happen to one side's connections.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    Cut,
    HalfClose(Way),
    Refuse,
    Absent,
    Swallow(Way),
    Hold,
    Delay,
    Throttle,
    CutAnswer,
}

const ALL: [Fault; 11] = [
    Fault::Cut,
    Fault::HalfClose(Way::ToServer),
    Fault::HalfClose(Way::ToClient),
    Fault::Refuse,
    Fault::Absent,
    Fault::Swallow(Way::ToServer),
    Fault::Swallow(Way::ToClient),
    Fault::Hold,
    Fault::Delay,
    Fault::Throttle,
    Fault::CutAnswer,
];

/// Every fault on the primary's side, on the replica's, and some on both at once, in an order of the seed's.
pub(super) fn all(random: &mut StdRng) -> Vec<(Option<Fault>, Option<Fault>)> {
    let mut both = ALL;
    both.shuffle(random);
    let mut steps: Vec<_> = ALL
        .iter()
        .flat_map(|fault| [(Some(*fault), None), (None, Some(*fault))])
        .chain(both.chunks_exact(2).map(|two| (Some(two[0]), Some(two[1]))))
        .collect();
    steps.shuffle(random);
    steps
}

/// One fault, and the network as it was before.
pub(super) async fn happens(fault: Option<Fault>, proxy: &Proxy, seed: u64) {
    let Some(fault) = fault else { return };
    let random = &mut StdRng::seed_from_u64(seed);
    match fault {
        Fault::Cut => proxy.cut(),
        Fault::HalfClose(way) => proxy.half_close(way),
        Fault::Refuse => {
            proxy.set(Mode::Refuse);
            proxy.cut();
            let before = proxy.statistics().refused;
            until(async || proxy.statistics().refused > before + 3).await;
        }
        Fault::Absent => {
            proxy.set(Mode::Absent);
            proxy.cut();
            until(async || false).await;
        }
        Fault::Swallow(way) => {
            proxy.set(Mode::Swallow(way));
            let before = proxy.statistics().bytes_lost;
            until(async || proxy.statistics().bytes_lost > before).await;
        }
        Fault::Hold => {
            proxy.set(Mode::Hold);
            until(async || false).await;
        }
        Fault::Delay => {
            let most = Duration::from_millis(random.random_range(1..20));
            proxy.set(Mode::Delay(Duration::ZERO, most));
            passed(proxy, 20_000).await;
        }
        Fault::Throttle => {
            proxy.set(Mode::Throttle {
                bytes_per_second: random.random_range(5_000..100_000),
            });
            passed(proxy, 5_000).await;
        }
        Fault::CutAnswer => {
            // Before an answer, within it, or within one of the next.
            proxy.set(Mode::CutAnswer {
                after_bytes: random.random_range(0..400),
            });
            until(async || proxy.mode() == Mode::Pass).await;
        }
    }
    proxy.set(Mode::Pass);
}

/// Until the proxy has delivered so many bytes more.
async fn passed(proxy: &Proxy, bytes: u64) {
    let total = || proxy.statistics().bytes_to_server + proxy.statistics().bytes_to_client;
    let before = total();
    until(async || total() > before + bytes).await;
}

async fn until(enough: impl AsyncFnMut() -> bool) {
    // That it took long is part of the fault.
    wait::within(LONGEST, enough).await.ok();
}
