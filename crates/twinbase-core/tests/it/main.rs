//! The vocabulary: tokens survive their way through text, mappings let nothing pass that they do not name.

mod mapping;
mod registry;
mod token;
