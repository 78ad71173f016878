//! The aggregates of an application, as its primary keeps them, for programs that are not the application.

use std::sync::Arc;

use twinbase_core::{Primary, PrimaryError, RowError, Schema};

use crate::{OpenError, tables};

const SCHEMAS: &str = "select m.hash, s.description \
    from twinbase_mapping as m left join twinbase_schema as s on s.aggregate_type = m.aggregate_type \
    order by m.aggregate_type";

/// All that were registered, but those whose tables are not there, which a warning names: one that was dropped on purpose must
/// not make every command fail. A table that may not be read is there, and opening compares it. None when one of them cannot be read, because who sees a part
/// could take it for the whole.
pub(crate) async fn schemas(primary: &dyn Primary) -> Result<Vec<Arc<Schema>>, OpenError> {
    let missing = primary.pending_migrations(&[]).await?;
    if !missing.migrations.is_empty() {
        return Ok(Vec::new());
    }
    let unreadable = |error: RowError| PrimaryError::InvalidStatement {
        operation: "read the schemas of the application",
        reason: error.to_string(),
    };
    let mut schemas = Vec::new();
    for row in primary.query(SCHEMAS, &[]).await? {
        let mapping = row.get("hash").map_err(unreadable)?;
        let text: Option<String> = row.get("description").map_err(unreadable)?;
        let Some(schema) = text.and_then(|text| Schema::read(&text, mapping)) else {
            return Ok(Vec::new());
        };
        if tables::exists(primary, &schema.table.name).await? {
            schemas.push(Arc::new(schema));
        } else {
            tracing::warn!(
                collection = %schema.collection,
                table = %schema.table.name,
                "a registered collection is left out, because its table is not there: it was dropped or renamed, or the search_path does not have its schema"
            );
        }
    }
    Ok(schemas)
}
