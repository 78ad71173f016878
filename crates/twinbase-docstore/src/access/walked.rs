//! A sort that a table of entries gives: it is walked in its order, and each document is met once.

use super::chosen::{Bound, bounds_at, conditions, is_covered};
use super::usable::keys_at;
use super::{Access, Usable};
use crate::Error;
use crate::catalog::{Collection, Index};
use crate::entries::{LARGEST, SMALLEST};
use crate::filter::{Filter, Keys, Search, term};
use crate::request::Direction;
use crate::sort::{Key, OrderBy, order_by};
use crate::sql::{self, Params, table};

/// How one table gives a sort.
#[derive(Debug)]
struct Walk<'c, 'f> {
    index: &'c Index,
    bounds: Vec<Bound<'f>>,
    /// Which entry of a document counts; `None` if it has one only within the bounds.
    end: Option<u8>,
    order: Vec<OrderBy>,
    /// What is left to sort small groups by.
    rest: &'f [Key],
    /// How many keys are known before the first one that is sorted by.
    fixed: usize,
}

/// The way by a table of entries, if one gives the sort. A table without a known first key is walked only when `is_cut`: then it
/// ends soon.
pub(super) fn walked(
    collection: &Collection,
    usable: &Usable<'_>,
    conjuncts: &[&Filter],
    sort: &[Key],
    is_cut: bool,
    params: &mut Params,
) -> Result<Option<Access>, Error> {
    let walks = usable
        .tables()
        .filter_map(|index| Walk::new(index, conjuncts, sort));
    let Some(mut walk) = walks
        .max_by_key(|walk| (walk.fixed, walk.order.len()))
        .filter(|walk| walk.fixed > 0 || is_cut)
    else {
        return Ok(None);
    };
    let entries = sql::index(collection.id, walk.index.id);
    let table = table(collection.id);
    let mut terms = conditions(walk.index, &walk.bounds, params)?;
    terms.extend(walk.end.map(|end| format!("(ends & {end})")));
    terms.push("deleted = 0".to_owned());
    for conjunct in conjuncts {
        if !is_covered(&walk.bounds, conjunct) {
            terms.push(term(conjunct, Some(usable), Some(collection), params)?);
        }
    }
    let rest = order_by(walk.rest, Some(usable), params)?;
    walk.order.extend(rest);
    Ok(Some(Access {
        source: format!("{entries} cross join {table} on {table}._id = {entries}.id"),
        conditions: terms,
        order: walk.order,
        gives_order: true,
    }))
}

impl<'c, 'f> Walk<'c, 'f> {
    fn new(index: &'c Index, conjuncts: &[&'f Filter], sort: &'f [Key]) -> Option<Self> {
        let mut sorted = Sorted::default();
        let taken = sort.iter().take_while(|(path, direction)| {
            let taken = sorted.take(index, conjuncts, path.text(), *direction);
            taken.is_some()
        });
        let rest = &sort[taken.count()..];
        if sorted.positions.is_empty() {
            return None;
        }
        let elements = |position: &usize| keys_at(index, *position) != Keys::Single;
        let several = (0..index.definition.keys.len()).filter(elements).count();
        let is_fixed = |bound: &Bound<'_>| elements(&bound.position);
        let by_element = sorted.fixed.iter().copied().find(is_fixed);
        let end = match (
            sorted.positions.iter().find(|(at, _)| elements(at)),
            by_element,
        ) {
            // The ends of a document are those of its only array, and a sparse table lacks its missing places. A second array
            // could be in the rest, which a sort refuses.
            (Some((_, direction)), _)
                if several == 1 && !index.definition.sparse && rest.is_empty() =>
            {
                Some(match direction {
                    Direction::Ascending => SMALLEST,
                    Direction::Descending => LARGEST,
                })
            }
            (None, None) => Some(SMALLEST),
            // One element is asked for, and nothing else in the entries of a document differs.
            (None, Some(_)) if several == 1 => None,
            _ => return None,
        };
        let mut bounds: Vec<Bound<'f>> = by_element.into_iter().collect();
        for position in (0..index.definition.keys.len()).filter(|position| !elements(position)) {
            bounds.extend(bounds_at(index, position, conjuncts));
        }
        Some(Self {
            index,
            bounds,
            end,
            order: sorted.order,
            rest,
            fixed: sorted.fixed.len(),
        })
    }
}

/// How far a sort has gone along the keys of an index.
#[derive(Default)]
struct Sorted<'f> {
    next: usize,
    /// Whether the table is walked from its beginning.
    forward: Option<bool>,
    order: Vec<OrderBy>,
    /// The keys that are sorted by.
    positions: Vec<(usize, Direction)>,
    /// The keys that are known, which the order goes past.
    fixed: Vec<Bound<'f>>,
}

impl<'f> Sorted<'f> {
    /// Takes one path of the sort; `None` if the index does not give it.
    fn take(
        &mut self,
        index: &Index,
        conjuncts: &[&'f Filter],
        path: &str,
        direction: Direction,
    ) -> Option<()> {
        let keys = &index.definition.keys;
        loop {
            let at = self.next;
            let (column, own) = match keys.get(at) {
                Some((own, order)) if own.text() == path => (format!("k{at}"), *order),
                Some(_) => {
                    let mut bounds = bounds_at(index, at, conjuncts).into_iter();
                    let known = bounds.find(|bound| bound.is_exact && bound.search == Search::One);
                    self.fixed.push(known?);
                    self.next += 1;
                    continue;
                }
                // Behind its keys a table is ordered by the id.
                None if path == "_id" && at == keys.len() && index.definition.order.is_simple() => {
                    ("id".to_owned(), Direction::Ascending)
                }
                None => return None,
            };
            let forward = own == direction;
            if *self.forward.get_or_insert(forward) != forward {
                return None;
            }
            if at < keys.len() {
                self.positions.push((at, direction));
            }
            self.order.push(OrderBy {
                expression: column,
                direction,
            });
            self.next += 1;
            return Some(());
        }
    }
}
