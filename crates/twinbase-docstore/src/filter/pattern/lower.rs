//! From the parts of a pattern to the engine's form, where it matters what follows a part.

use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

use super::Node;

/// What follows a part.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Nothing at all.
    is_last: bool,
    /// At least so many bytes.
    bytes_after: usize,
}

pub(super) fn lower(node: &Node) -> Result<Hir, String> {
    let place = Place {
        is_last: true,
        bytes_after: 0,
    };
    node.lower(place)
}

impl Node {
    fn lower(&self, place: Place) -> Result<Hir, String> {
        Ok(match self {
            Self::Set(set) => Hir::class(Class::Unicode(set.clone())),
            Self::Look(look) => Hir::look(*look),
            // PCRE2 finds no line start behind a newline that ends the text; this engine does.
            Self::LineStart if place.bytes_after == 0 => {
                return Err("option m with a pattern that matches an empty line".to_owned());
            }
            Self::LineStart => Hir::look(Look::StartLF),
            Self::End => end(place)?,
            Self::Concat(items) => concat(items, place)?,
            Self::Alternatives(items) => Hir::alternation(
                items
                    .iter()
                    .map(|item| item.lower(place))
                    .collect::<Result<_, _>>()?,
            ),
            Self::Repeat { node, least, most } => {
                let inside = Place {
                    is_last: place.is_last && *most == Some(1),
                    ..place
                };
                repeat(node.lower(inside)?, *least, *most)
            }
        })
    }
}

/// Before a newline that ends the text: the same as consuming the newline, if nothing follows.
fn end(place: Place) -> Result<Hir, String> {
    if !place.is_last {
        return Err("$ inside of a pattern".to_owned());
    }
    let newline = repeat(Hir::literal(*b"\n"), 0, Some(1));
    Ok(Hir::concat(vec![newline, Hir::look(Look::End)]))
}

fn concat(items: &[Node], mut place: Place) -> Result<Hir, String> {
    let mut parts = Vec::with_capacity(items.len());
    for item in items.iter().rev() {
        let part = item.lower(place)?;
        place.is_last &= matches!(part.kind(), HirKind::Empty);
        let bytes = part.properties().minimum_len().unwrap_or(0);
        place.bytes_after = place.bytes_after.saturating_add(bytes);
        parts.push(part);
    }
    parts.reverse();
    Ok(Hir::concat(parts))
}

fn repeat(sub: Hir, min: u32, max: Option<u32>) -> Hir {
    Hir::repetition(Repetition {
        min,
        max,
        greedy: true,
        sub: Box::new(sub),
    })
}
