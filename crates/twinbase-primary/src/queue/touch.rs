//! Raising heads: what is checked first, and trying again when another transaction is in the way.

use twinbase_core::{AggregateId, PrimaryError, Row, Schema, Version};

use super::{RETRIES, record};
use crate::{
    fail,
    render::{self, Sql},
};
use twinbase_core::primary::PrimaryKind;

pub(crate) const TOUCH: &str = "raise versions";

/// Runs the statements of [`render::touch`], whose first returns rows, by `run` in one transaction.
pub(crate) async fn touch<F>(
    kind: PrimaryKind,
    schema: &Schema,
    above: &[(AggregateId, Version)],
    run: impl Fn(Vec<Sql>) -> F + Send,
) -> Result<Vec<(AggregateId, Version)>, PrimaryError>
where
    F: Future<Output = Result<Vec<Row>, PrimaryError>> + Send,
{
    if above.is_empty() {
        return Ok(Vec::new());
    }
    if let Some((id, version)) = above.iter().find(|(_, above)| *above > Version::HIGHEST) {
        let reason = format!("version {version} of `{id}` was not made by counting");
        return Err(fail::invalid_value(TOUCH, reason));
    }
    let mut above = above.to_vec();
    // One order of locks.
    above.sort_unstable();
    let statements = render::touch(kind, schema, &above);
    let mut attempts = RETRIES.attempts();
    let rows = loop {
        match run(statements.clone()).await {
            Err(PrimaryError::Contention { .. }) if attempts.wait().await => {}
            rows => break rows?,
        }
    };
    let raised = rows.iter().map(|row| {
        let id = AggregateId::new(record::text(row, "id")).ok()?;
        Some((id, Version::new(row.get("version").ok()?)))
    });
    let raised: Option<Vec<_>> = raised.collect();
    raised.ok_or_else(|| record::unreadable(TOUCH))
}
