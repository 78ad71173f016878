//! What is said of columns, with the aggregate that they belong to: of another one it does not compile.

use std::marker::PhantomData;

use crate::write;

/// Something that is said of columns of `A`: an assignment, a condition or an order.
#[derive(Debug, Clone, PartialEq)]
pub struct Of<A, T> {
    said: T,
    of: PhantomData<fn() -> A>,
}

/// `column = ..` of an update or an insert of `A`.
pub type Assignment<A> = Of<A, write::Assignment>;

/// One condition on a column of `A`.
pub type Condition<A> = Of<A, write::Condition>;

/// One column of an `order by` of `A`.
pub type Order<A> = Of<A, write::Order>;

impl<A, T> Of<A, T> {
    /// What names its column by a text is of `A` because the caller says so; a statement that names
    /// a column that `A` does not have is refused when it is made.
    pub const fn new(said: T) -> Self {
        Self {
            said,
            of: PhantomData,
        }
    }

    /// The same without its aggregate.
    pub fn into_inner(self) -> T {
        self.said
    }

    /// The same of all of them.
    pub fn all(of: impl IntoIterator<Item = Self>) -> Vec<T> {
        of.into_iter().map(Self::into_inner).collect()
    }
}
