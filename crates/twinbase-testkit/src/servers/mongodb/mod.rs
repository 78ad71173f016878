//! MongoDB for tests: the shared server, a database of its own for every test, private servers, and fail points.

#[cfg(feature = "mongodb")]
mod database;
#[cfg(feature = "mongodb")]
mod fail_point;
mod launcher;
mod own;
mod recipe;

#[cfg(feature = "mongodb")]
pub use database::{MongoDb, TestMongo};
#[cfg(feature = "mongodb")]
pub use fail_point::FailPoint;
pub use launcher::Launcher;
pub use own::OwnMongo;
pub use recipe::Recipe;
