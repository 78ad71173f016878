//! Studyhall as its users meet it: a started program, people with a browser's cookies, and the pages that they open. The
//! benchmark of pages and the day of a community ([`day`]) are made of it. It knows Studyhall's HTTP and command line alone,
//! and nothing of its code.

pub mod day;
pub mod pages;
mod person;
mod place;

pub use person::{Client, Person, Reply, WriteToken};
pub use place::{Databases, Place, Running};
pub use reqwest::Method;
