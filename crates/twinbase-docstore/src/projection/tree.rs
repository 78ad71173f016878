//! The named paths, part by part, in the order in which they were given.

use std::collections::BTreeMap;

use bson::raw::CString;

use super::Node;
use super::parse::invalid;
use crate::Error;

#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) children: Vec<(CString, Node)>,
    positions: BTreeMap<String, usize>,
    /// Whether it has computed fields, here or below.
    pub(super) computes: bool,
}

impl Tree {
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.positions.get(name).copied()
    }

    pub(super) fn child(&self, name: &str) -> Option<&Node> {
        self.position(name).map(|at| &self.children[at].1)
    }

    /// Adds a path; two paths of which one is the other or goes on below it collide.
    pub(super) fn insert(&mut self, parts: &[String], node: Node, path: &str) -> Result<(), Error> {
        let collision = || invalid(path, "the path collides with another");
        let Some((first, rest)) = parts.split_first() else {
            return Err(collision());
        };
        self.computes |= matches!(node, Node::Compute(_) | Node::Element(_));
        match (self.position(first), rest) {
            (Some(at), [_, ..]) => match &mut self.children[at].1 {
                Node::Below(tree) => tree.insert(rest, node, path),
                _ => Err(collision()),
            },
            (Some(_), []) => Err(collision()),
            (None, []) => self.push(first, node, path),
            (None, rest) => {
                let mut below = Self::default();
                below.insert(rest, node, path)?;
                self.push(first, Node::Below(below), path)
            }
        }
    }

    fn push(&mut self, name: &str, node: Node, path: &str) -> Result<(), Error> {
        let own = CString::try_from(name).map_err(|_| invalid(path, "a name holds no NUL"))?;
        self.positions.insert(name.to_owned(), self.children.len());
        self.children.push((own, node));
        Ok(())
    }
}
