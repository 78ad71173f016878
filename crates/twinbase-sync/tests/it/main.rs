//! The engine against sides that are simulated.

mod rebuilds;
mod simulation;
mod walks;
