//! Who has everything to begin with still before them: exact, from the primary.

use twinbase::prelude::*;

use crate::domain::Error;

/// Whether somebody has written no todo, studied in no session and has no friend yet.
pub async fn is_beginner(twin: &Twinbase, user: &AggregateId) -> Result<bool, Error> {
    let sql = "select 1 as one from todos where user_id = $1 \
               union all select 1 from study_sessions where user_id = $1 \
               union all select 1 from friendships where (low_id = $1 or high_id = $1) and state = 'accepted' limit 1";
    Ok(twin.query(sql, &[user.into()]).await?.is_empty())
}
