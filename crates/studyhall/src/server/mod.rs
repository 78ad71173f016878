//! Listening, serving until told to stop, and stopping in two steps.

mod connection;
mod listen;
mod serve;

pub(crate) use listen::{Listening, listen, listen_for_metrics};
pub(crate) use serve::serve;

use twinbase_cli::Stop;
