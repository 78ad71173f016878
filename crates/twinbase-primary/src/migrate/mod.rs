//! Migrations of every primary: what is in a set, what is missing, and what makes a database too new.
//!
//! Running them is refinery's; reaching the database and keeping other processes
//! out meanwhile belongs to each primary.

mod adopt;
mod own;
mod plan;
pub(crate) mod template;

pub(crate) use adopt::{Column, judge, refused};
pub(crate) use plan::{Applied, Plan, plans};
pub(crate) use template::sections;
