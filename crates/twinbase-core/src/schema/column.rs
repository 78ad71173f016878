//! Typed names of columns, so that a change of the wrong type does not compile.

use std::marker::PhantomData;

use super::{Assignment, Condition, Name, Order};
use crate::{
    Value,
    write::{self, Comparison},
};

/// A column of aggregate (or plain table) `A` that holds values of type `T`.
///
/// ```
/// use twinbase_core::Column;
/// struct User;
/// const TOTAL_POINTS: Column<User, i32> = Column::new("total_points");
/// let award = TOTAL_POINTS.increase(1);
/// ```
#[derive(Debug)]
pub struct Column<A, T> {
    name: &'static str,
    of: PhantomData<fn() -> (A, T)>,
}

impl<A, T> Clone for Column<A, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, T> Copy for Column<A, T> {}

impl<A, T> Column<A, T> {
    /// Names a column. That it exists is checked when a statement is made from it.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            of: PhantomData,
        }
    }

    /// The column's name in the primary.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// `order by` this column, smallest first.
    pub const fn ascending(self) -> Order<A> {
        self.order(false)
    }

    /// `order by` this column, largest first.
    pub const fn descending(self) -> Order<A> {
        self.order(true)
    }

    const fn order(self, descending: bool) -> Order<A> {
        Order::new(write::Order {
            column: Name::Borrowed(self.name),
            descending,
        })
    }
}

impl<A, T: Into<Value>> Column<A, T> {
    /// `column = value`.
    pub fn set(self, value: impl Into<T>) -> Assignment<A> {
        Assignment::new(write::Assignment::set(self.name, value.into().into()))
    }

    fn compare(self, comparison: Comparison, value: impl Into<T>) -> Condition<A> {
        let value = value.into().into();
        Condition::new(write::Condition::compare(self.name, comparison, value))
    }

    /// Rows where the column is this value; `null` matches rows where it is null.
    pub fn eq(self, value: impl Into<T>) -> Condition<A> {
        self.compare(Comparison::Equal, value)
    }

    /// Rows where the column is another value or null.
    pub fn ne(self, value: impl Into<T>) -> Condition<A> {
        self.compare(Comparison::NotEqual, value)
    }

    /// Rows where the column is less.
    pub fn lt(self, value: impl Into<T>) -> Condition<A> {
        self.compare(Comparison::Less, value)
    }

    /// Rows where the column is greater.
    pub fn gt(self, value: impl Into<T>) -> Condition<A> {
        self.compare(Comparison::Greater, value)
    }

    /// Rows where the column is one of these values.
    pub fn is_in(self, values: impl IntoIterator<Item = impl Into<T>>) -> Condition<A> {
        let values = values.into_iter().map(|v| v.into().into());
        Condition::new(write::Condition::is_in(self.name, values.collect()))
    }
}

impl<A, T: Into<Value>> Column<A, T>
where
    T: Copy + std::ops::Add<Output = T>,
{
    /// `column = column + delta`.
    pub fn increase(self, delta: T) -> Assignment<A> {
        Assignment::new(write::Assignment::add(self.name, delta.into()))
    }
}
