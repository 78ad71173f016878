//! Aggregation pipelines: each stage is a step of a [`Select`], which nests where a stage must see the result of the one before.

mod accumulator;
mod fold;
mod group;
mod reshape;
mod select;
mod stages;
mod sum;
mod unwind;

pub(crate) use fold::Fold;
pub(crate) use group::Group;
pub(crate) use reshape::Reshape;
pub(crate) use select::Select;
pub(crate) use stages::build;
pub(crate) use sum::Sum;
pub(crate) use unwind::Unwind;
