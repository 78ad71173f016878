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
    verified.stopped_by.as_ref().map(|_| {
        // Why may name hosts, and `/health` is for everybody.
        Alert::warning(
            "unverified",
            format!("Collection {name} cannot be compared with its rows."),
            "The command `health` and the console show why.",
        )
    })
}
