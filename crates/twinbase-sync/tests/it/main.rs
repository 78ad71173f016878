//! The engine against sides that are simulated.

mod simulation;
mod walks;
