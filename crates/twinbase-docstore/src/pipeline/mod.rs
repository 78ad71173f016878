//! Aggregation pipelines: each stage is a step of a [`Select`], which nests where a stage must see the result of the one before.

mod accumulator;
mod fold;
mod group;
mod select;
mod stages;
mod sum;

pub(crate) use fold::Fold;
pub(crate) use group::Group;
pub(crate) use select::Select;
pub(crate) use stages::build;
