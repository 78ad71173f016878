//! How a transaction of a driver that Twinbase does not know writes aggregates, shown with sqlx on PostgreSQL. The program
//! beside it does so.

mod driver;

pub use driver::Sqlx;

/// The snippets of the guide.
#[cfg(doctest)]
mod guide {
    #[doc = include_str!("../../../docs/guide/other-drivers.md")]
    struct OtherDrivers;
}
