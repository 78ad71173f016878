//! The example service, through its HTTP API.

mod openapi;
mod service;
mod support;
