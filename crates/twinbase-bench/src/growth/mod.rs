//! What does not grow: the cost of a batch with history, and with dead entries in the index of pending events.

pub(crate) mod history;
pub(crate) mod reader;
