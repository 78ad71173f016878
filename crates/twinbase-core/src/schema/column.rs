//! Typed names of columns, so that a change of the wrong type does not compile.

use std::marker::PhantomData;

use crate::{
    Value,
    write::{Assignment, Comparison, Condition, Order},
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
    pub const fn ascending(self) -> Order {
        Order {
            column: self.name,
            descending: false,
        }
    }

    /// `order by` this column, largest first.
    pub const fn descending(self) -> Order {
        Order {
            column: self.name,
            descending: true,
        }
    }
}

impl<A, T: Into<Value>> Column<A, T> {
    /// `column = value`.
    pub fn set(self, value: impl Into<T>) -> Assignment {
        Assignment::set(self.name, value.into().into())
    }

    fn compare(self, comparison: Comparison, value: impl Into<T>) -> Condition {
        Condition::compare(self.name, comparison, value.into().into())
    }

    /// Rows where the column is this value; `null` matches rows where it is null.
    pub fn eq(self, value: impl Into<T>) -> Condition {
        self.compare(Comparison::Equal, value)
    }

    /// Rows where the column is another value or null.
    pub fn ne(self, value: impl Into<T>) -> Condition {
        self.compare(Comparison::NotEqual, value)
    }

    /// Rows where the column is less.
    pub fn lt(self, value: impl Into<T>) -> Condition {
        self.compare(Comparison::Less, value)
    }

    /// Rows where the column is greater.
    pub fn gt(self, value: impl Into<T>) -> Condition {
        self.compare(Comparison::Greater, value)
    }

    /// Rows where the column is one of these values.
    pub fn is_in(self, values: impl IntoIterator<Item = impl Into<T>>) -> Condition {
        Condition::is_in(
            self.name,
            values.into_iter().map(|v| v.into().into()).collect(),
        )
    }
}

impl<A, T: Into<Value>> Column<A, T>
where
    T: Copy + std::ops::Add<Output = T>,
{
    /// `column = column + delta`.
    pub fn increase(self, delta: T) -> Assignment {
        Assignment::add(self.name, delta.into())
    }
}
