//! A believable community, made from a seed and written through the same path as the API.

mod fill;
mod people;
mod plan;
mod titles;

pub(crate) use fill::{Filled, fill, known};
pub(crate) use plan::{Plan, Size, plan};
