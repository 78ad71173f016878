//! What the comparison of both sides has found.

use twinbase_sync::verify::Verified;

use super::super::Alert;

/// Wrong documents stay wrong until somebody acts: nothing is on its way for them.
pub(super) fn drift(verified: &Verified) -> Option<Alert> {
    let name = &verified.collection;
    if verified.wrong > 0 {
        return Some(Alert::warning(
            "drift",
            format!("Wrong documents in {name}: {}.", verified.wrong),
            "See which with the command `verify`, and mend them with `repair`.",
        ));
    }
    verified.is_stopped.then(|| {
        Alert::warning(
            "unverified",
            format!("Collection {name} cannot be compared with its rows."),
            "The command `verify` shows why.",
        )
    })
}
