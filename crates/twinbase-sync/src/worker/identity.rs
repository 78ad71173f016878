//! Who a worker is, for people who look at the list of workers. Nothing is decided by it.

use rand::{Rng as _, rngs::StdRng};

/// A worker's id, and where it runs.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) machine: String,
    pub(crate) process: u32,
}

impl Identity {
    /// A new identity on this machine.
    pub(crate) fn new(random: &mut StdRng) -> Self {
        Self {
            id: uuid::Builder::from_random_bytes(random.random())
                .into_uuid()
                .to_string(),
            machine: this_machine(),
            process: std::process::id(),
        }
    }
}

/// The host's name where the system shows it.
fn this_machine() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname");
    name.map_or_else(|_| "unknown".to_owned(), |name| name.trim().to_owned())
}
