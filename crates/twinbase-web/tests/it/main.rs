//! The example service, through its HTTP API.

mod service;
mod support;
