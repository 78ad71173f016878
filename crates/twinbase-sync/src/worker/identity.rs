//! Who a worker is, and whether another one that lives here is still alive.
//!
//! A lease ends by itself when its worker has died. When that worker ran on this
//! machine, nobody has to wait for that: its process is gone, and can be seen to be.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use rand::{Rng as _, rngs::StdRng};
use twinbase_core::primary::WorkerRecord;

/// The workers of this process that have not ended.
static LIVE: Mutex<Option<HashSet<String>>> = Mutex::new(None);

/// A worker that is alive until this is dropped.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) machine: String,
    pub(crate) process: u32,
}

impl Identity {
    /// A new identity, on the machine of that name or on the one that this is.
    pub(crate) fn new(machine: Option<String>, random: &mut StdRng) -> Self {
        let identity = Self {
            id: uuid::Builder::from_random_bytes(random.random())
                .into_uuid()
                .to_string(),
            machine: machine.unwrap_or_else(|| this_machine(random)),
            process: std::process::id(),
        };
        live(|ids| ids.insert(identity.id.clone()));
        identity
    }

    /// Of these workers, those that are certainly dead: they ran here, and do not any more.
    pub(crate) fn gone(&self, workers: &[WorkerRecord]) -> Vec<String> {
        workers
            .iter()
            .map(|worker| &worker.report)
            .filter(|worker| worker.machine == self.machine && worker.id != self.id)
            .filter(|worker| {
                if worker.process == self.process {
                    !live(|ids| ids.contains(&worker.id))
                } else {
                    !process_exists(worker.process)
                }
            })
            .map(|worker| worker.id.clone())
            .collect()
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        live(|ids| ids.remove(&self.id));
    }
}

fn live<T>(run: impl FnOnce(&mut HashSet<String>) -> T) -> T {
    let mut ids = LIVE.lock().unwrap_or_else(PoisonError::into_inner);
    run(ids.get_or_insert_default())
}

/// The boot and the namespace of process numbers: what two processes share when each sees the
/// other's number. Where that cannot be told, a machine of its own: then a lease's time decides.
/// So it is where `/proc` shows a user only its own processes (`hidepid`): what is alive may be unseen.
fn this_machine(random: &mut StdRng) -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let namespace = std::fs::read_link("/proc/self/ns/pid");
    match (boot, namespace) {
        (Ok(boot), Ok(namespace)) if process_exists(1) => {
            format!("{} {}", boot.trim(), namespace.display())
        }
        _ => format!("unknown {:016x}", random.random::<u64>()),
    }
}

/// Only asked where [`this_machine`] found `/proc`. A number that is used again makes
/// a dead worker look alive: then its lease's time decides.
fn process_exists(process: u32) -> bool {
    std::path::Path::new(&format!("/proc/{process}")).exists()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use rand::SeedableRng as _;
    use twinbase_core::primary::WorkerReport;

    use super::*;

    fn record(identity: &Identity, process: u32) -> WorkerRecord {
        WorkerRecord {
            report: WorkerReport {
                id: identity.id.clone(),
                machine: identity.machine.clone(),
                process,
                state: "idle".into(),
                applied: 0,
                superseded: 0,
                charged: 0,
            },
            started_at: Timestamp::UNIX_EPOCH,
            seen_at: Timestamp::UNIX_EPOCH,
            alive: true,
            partitions: 16,
        }
    }

    #[test]
    fn a_worker_of_this_process_is_gone_when_it_was_dropped() {
        let mut random = StdRng::seed_from_u64(1);
        let (me, other) = (
            Identity::new(Some("here".into()), &mut random),
            Identity::new(Some("here".into()), &mut random),
        );
        let records = [record(&me, me.process), record(&other, other.process)];
        assert!(me.gone(&records).is_empty());
        let id = other.id.clone();
        drop(other);
        assert_eq!(me.gone(&records), [id]);
    }

    #[test]
    fn a_worker_of_a_dead_process_is_gone_and_one_of_another_machine_is_not_known_to_be() {
        let mut random = StdRng::seed_from_u64(2);
        let me = Identity::new(Some("here".into()), &mut random);
        let other = Identity::new(Some("here".into()), &mut random);
        let elsewhere = Identity::new(Some("there".into()), &mut random);
        // No process has the highest number.
        let records = [record(&other, u32::MAX), record(&elsewhere, u32::MAX)];
        assert_eq!(me.gone(&records), std::slice::from_ref(&other.id));
    }
}
