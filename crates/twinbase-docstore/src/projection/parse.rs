//! From a projection document to the tree of paths, with MongoDB's rules on what can be mixed.

use bson::{Bson, Document};

use super::{Dialect, Mode, Projection, Tree};
use crate::Error;
use crate::expression::{Expression, field_name};
use crate::path::Path;

/// What one entry of a projection asks for.
enum Wish {
    Keep,
    Drop,
    Compute,
}

pub(super) fn parse(spec: &Document, dialect: Dialect) -> Result<Projection, Error> {
    if spec.is_empty() && dialect == Dialect::Stage {
        return Err(invalid("", "needs at least one field"));
    }
    let mut parser = Parser {
        dialect,
        kept: Tree::default(),
        dropped: Tree::default(),
        computed: Vec::new(),
        id: None,
    };
    parser.entries(spec, "")?;
    parser.finish()
}

struct Parser {
    dialect: Dialect,
    kept: Tree,
    dropped: Tree,
    computed: Vec<(bson::raw::CString, Expression)>,
    /// Whether `_id` itself is asked for (true) or unwanted (false).
    id: Option<bool>,
}

impl Parser {
    fn entries(&mut self, spec: &Document, prefix: &str) -> Result<(), Error> {
        for (name, value) in spec {
            let path = if prefix.is_empty() {
                name.clone()
            } else {
                format!("{prefix}.{name}")
            };
            match value {
                Bson::Document(inner) if inner.is_empty() => {
                    return Err(invalid(&path, "an empty document is no projection"));
                }
                Bson::Document(inner) if !inner.keys().any(|key| key.starts_with('$')) => {
                    self.entries(inner, &path)?;
                }
                value => self.entry(&path, value)?,
            }
        }
        Ok(())
    }

    fn entry(&mut self, path: &str, value: &Bson) -> Result<(), Error> {
        let wish = self.wish(path, value)?;
        let parsed = Path::parse(path, "a projection")?;
        match wish {
            Wish::Keep if path == "_id" => self.set_id(true),
            Wish::Drop if path == "_id" => self.set_id(false),
            Wish::Keep => insert(&mut self.kept, parsed.parts(), path),
            Wish::Drop => insert(&mut self.dropped, parsed.parts(), path),
            Wish::Compute => self.compute(path, value),
        }
    }

    fn wish(&self, path: &str, value: &Bson) -> Result<Wish, Error> {
        let keep = match value {
            Bson::Boolean(keep) => *keep,
            Bson::Int32(n) => *n != 0,
            Bson::Int64(n) => *n != 0,
            Bson::Double(n) => *n != 0.0,
            Bson::Decimal128(_) => return Err(unsupported("a decimal in a projection", path)),
            Bson::Document(inner) if self.dialect == Dialect::Find => {
                return Err(unsupported(
                    inner
                        .keys()
                        .find(|key| key.starts_with('$'))
                        .map_or("", String::as_str),
                    path,
                ));
            }
            _ if self.dialect == Dialect::Find => {
                return Err(unsupported("a computed field", path));
            }
            _ => return Ok(Wish::Compute),
        };
        Ok(if keep { Wish::Keep } else { Wish::Drop })
    }

    fn compute(&mut self, path: &str, value: &Bson) -> Result<(), Error> {
        if path.contains('.') {
            return Err(unsupported("a computed field below another", path));
        }
        let name = field_name(path, "$project")?;
        if self.computed.iter().any(|(own, _)| own.as_str() == path)
            || self.id.is_some() && path == "_id"
        {
            return Err(invalid(path, "the path collides with another"));
        }
        self.computed.push((name, Expression::parse(value, path)?));
        Ok(())
    }

    fn set_id(&mut self, keep: bool) -> Result<(), Error> {
        if self.id.replace(keep).is_some() {
            return Err(invalid("_id", "the path collides with another"));
        }
        Ok(())
    }

    fn finish(self) -> Result<Projection, Error> {
        let Self {
            mut kept,
            mut dropped,
            computed,
            id,
            ..
        } = self;
        let includes = !kept.children.is_empty() || !computed.is_empty();
        let computes_id = computed.iter().any(|(name, _)| name.as_str() == "_id");
        if includes && !dropped.children.is_empty() {
            return Err(invalid(
                "",
                "fields are kept and left out in one projection",
            ));
        }
        for tree in [&kept, &dropped] {
            if let Some((name, _)) = computed
                .iter()
                .find(|(name, _)| tree.child(name.as_str()).is_some())
            {
                return Err(invalid(name.as_str(), "the path collides with another"));
            }
            if id.is_some() && tree.child("_id").is_some() {
                return Err(invalid("_id", "the path collides with another"));
            }
        }
        if includes || (id == Some(true) && dropped.children.is_empty()) {
            if id != Some(false) && !computes_id && kept.child("_id").is_none() {
                kept.children.push(("_id".to_owned(), Tree::default()));
            }
            return Ok(Projection {
                mode: Mode::Include,
                tree: kept,
                computed,
            });
        }
        if id == Some(false) {
            dropped.children.push(("_id".to_owned(), Tree::default()));
        }
        Ok(Projection {
            mode: Mode::Exclude,
            tree: dropped,
            computed,
        })
    }
}

/// Adds a path; two paths of which one goes on below the other collide.
fn insert(tree: &mut Tree, parts: &[String], path: &str) -> Result<(), Error> {
    let Some((first, rest)) = parts.split_first() else {
        return Ok(());
    };
    let collision = || invalid(path, "the path collides with another");
    if let Some((_, child)) = tree.children.iter_mut().find(|(name, _)| name == first) {
        if rest.is_empty() || child.children.is_empty() {
            return Err(collision());
        }
        return insert(child, rest, path);
    }
    let mut child = Tree::default();
    insert(&mut child, rest, path)?;
    tree.children.push((first.clone(), child));
    Ok(())
}

fn invalid(path: &str, reason: &str) -> Error {
    Error::InvalidQuery {
        operator: "a projection".to_owned(),
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}

fn unsupported(operator: &str, path: &str) -> Error {
    Error::Unsupported {
        operator: operator.to_owned(),
        path: path.to_owned(),
    }
}
