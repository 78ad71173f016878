//! MongoDB for tests: the shared server, a database of its own for every test, private servers, and fail points.

#[cfg(feature = "suites")]
mod database;
#[cfg(feature = "suites")]
mod fail_point;
mod launcher;
mod own;
mod recipe;

#[cfg(feature = "suites")]
pub use database::{MongoDb, TestMongo};
#[cfg(feature = "suites")]
pub use fail_point::FailPoint;
pub use launcher::Launcher;
pub use own::OwnMongo;
pub use recipe::Recipe;
