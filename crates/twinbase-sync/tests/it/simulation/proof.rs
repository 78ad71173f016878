//! Damage behind everybody's back: documents that somebody changes, and a side that is put back. It is found, mended and proven.

use std::{num::NonZeroU32, time::Duration};

use tokio::{sync::watch, time::Instant};
use twinbase_sync::{
    Freshness, Sides,
    repair::{Repair, RepairOptions},
    verify::{VerifyOptions, VerifyReport, verify},
    worker::Signals,
};
use twinbase_testkit::simulation::{PutBack, pass_until};

use super::history::{History, RECOVERED};

/// How many documents are damaged: all of them are named in a report.
const DAMAGED: usize = 6;

/// How long the primary goes on after its backup: several heartbeats.
const LOST: Duration = Duration::from_secs(45);

/// A put-back is noticed within this after workers have begun again: leases of before end, and a heartbeat passes.
const NOTICED: Duration = Duration::from_mins(1);

/// When nothing is wrong any more the slow walk has ended the alarm within this.
const PROVEN: Duration = Duration::from_mins(15);

impl History {
    /// Documents are changed, removed and made up; a verification names them, and a repair beside writers mends them.
    pub(super) async fn damage(&mut self) {
        self.sim.cure();
        // What was discarded, or was poison for too long.
        self.repair_beside_writers().await;
        self.settle().await;
        let damaged = self.sim.damage(DAMAGED);
        let found = self.found().await;
        self.sim.judge_proof(&damaged, &found);
        self.make_sure().await;
    }

    /// What is wrong is mended beside writers, and nothing is found wrong afterwards.
    pub(super) async fn make_sure(&mut self) {
        self.repair_beside_writers().await;
        self.settle().await;
        let found = self.found().await;
        self.sim.judge_proof(&[], &found);
        self.sim.trust();
    }

    /// A side is put back to what it was before its last heartbeats. Nobody writes until that is noticed.
    pub(super) async fn put_back(&mut self, side: PutBack) {
        let backup = self.sim.back_up();
        self.calm_for(LOST).await;
        self.fleet.kill_all();
        loop {
            // What the dead have sent arrives before.
            pass_until(Instant::now() + Duration::from_secs(1)).await;
            if self.sim.is_quiet() {
                break;
            }
        }
        self.sim.put_back(side, &backup);
        let began = Instant::now();
        while !self.sim.is_unproven() && self.sim.goes_well() {
            self.tick().await;
            self.sim
                .in_time("noticed that a side was put back", began, NOTICED);
        }
        self.calm_for(LOST).await;
        self.sim.cure();
        self.make_sure().await;
        let began = Instant::now();
        while self.sim.is_unproven() && self.sim.goes_well() {
            self.tick().await;
            self.sim
                .in_time("proven that both sides agree", began, PROVEN);
        }
    }

    /// Waits until nothing is missing and nothing is on its way.
    async fn settle(&mut self) {
        let began = Instant::now();
        pass_until(began + Duration::from_secs(6)).await;
        while (self.sim.missing().is_some() || !self.sim.is_quiet()) && self.sim.goes_well() {
            self.tick().await;
            if began.elapsed() > RECOVERED {
                self.sim.complete(began.elapsed());
                return;
            }
        }
    }

    /// The ids of what a verification finds.
    async fn found(&mut self) -> Vec<(String, String)> {
        let sides = self.fleet.visitor();
        let options = VerifyOptions::default();
        let mut report: Option<VerifyReport> = None;
        // A comparison that fails has compared nothing. A promise that was broken meanwhile ends the history.
        while report.is_none() && self.sim.goes_well() {
            let verified = async {
                let all = verify(&sides, &options, |_, _| {}).await.ok();
                report = all.filter(|all| all.collections.iter().all(|of| of.error.is_none()));
            };
            self.beside(verified, false).await;
        }
        let Some(report) = report else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for of in &report.collections {
            // The type of a simulated collection is its name without the `s`.
            let name = of.collection.trim_end_matches('s');
            let ids = of.samples.iter();
            found.extend(ids.map(|finding| (name.to_owned(), finding.id.clone())));
        }
        found.sort();
        found
    }

    async fn repair_beside_writers(&mut self) {
        let sides = self.fleet.visitor();
        let signals = Signals::default();
        let (_progress, progressed) = watch::channel(0);
        let options = RepairOptions {
            verify: VerifyOptions {
                rate: NonZeroU32::new(20),
                ..VerifyOptions::default()
            },
            wait: Duration::from_mins(2),
            ..RepairOptions::default()
        };
        let repaired = async {
            let freshness = Freshness::new(Sides::clone(&sides), progressed);
            let repair = Repair {
                sides: &sides,
                freshness: &freshness,
                signals: &signals,
            };
            // Whether everything is mended is judged afterwards.
            drop(repair.run(&options, |_, _| {}).await);
        };
        self.beside(repaired, true).await;
    }

    /// Does something while the world goes on.
    async fn beside(&mut self, work: impl Future<Output = ()>, writes: bool) {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                biased;
                () = &mut work => return,
                () = self.tick() => {
                    if writes {
                        self.write();
                    }
                    if !self.sim.goes_well() {
                        return;
                    }
                }
            }
        }
    }

    async fn calm_for(&mut self, period: Duration) {
        let end = Instant::now() + period;
        while Instant::now() < end && self.sim.goes_well() {
            self.tick().await;
            self.write();
        }
    }
}
