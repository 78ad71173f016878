//! A panic is an error in the program: it is logged in one line, without secrets.

use std::{any::Any, io::Write as _, panic::PanicHookInfo};

use super::{mask::masked, screen};

/// Replaces the default hook.
pub fn install() {
    std::panic::set_hook(Box::new(report));
}

fn report(info: &PanicHookInfo<'_>) {
    // On the display nobody would see it, and the shell would be left without echo.
    screen::give_back();
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let message = message(info.payload());
    let message = masked(message);
    if tracing::event_enabled!(tracing::Level::ERROR) {
        tracing::error!(%place, "an error in the program: {message}");
    } else {
        writeln!(
            std::io::stderr(),
            "an error in the program at {place}: {message}"
        )
        .ok();
    }
}

fn message(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("it gave no reason")
}
