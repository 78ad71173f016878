//! The testkit against real servers: other tests can rely on it only if it does what it says.

mod browser;
mod mongodb;
mod postgres;
mod processes;
mod proxy;
mod simulation;
mod waiting;
