//! Whether what `users` say of points and minutes are the sums of the ledger and of the sessions: for `verify`.

use jiff::civil::Date;
use twinbase::prelude::*;

use crate::domain::{Error, points::NO_WEEK};

/// So many of those whose points are wrong are named.
const SAMPLES: usize = 20;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerReport {
    /// How many people were compared.
    pub people: i64,
    /// How many of them have other points or minutes than these say.
    pub wrong: i64,
    /// The first of those, by id.
    pub samples: Vec<WrongScore>,
}

/// Somebody whose points or minutes are not the sums of the ledger and of the sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongScore {
    /// Who.
    pub id: AggregateId,
    /// What `users` say: all points, the newest week and its points, all minutes.
    pub stored: (i64, Date, i64, i64),
    /// What the ledger and the sessions say. Its week may be older: of minutes that were taken back nothing is left.
    pub ledger: (i64, Date, i64, i64),
}

/// Compares the points of everybody with the ledger, and all minutes with the sessions: one statement, so one snapshot, in which the database adds up person
/// by person. From the primary alone.
pub async fn check_ledger(twin: &Twinbase) -> Result<LedgerReport, Error> {
    let sql = format!(
        "with sums as ( \
           select u.id, u.week, cast(u.total_points as bigint) as total, cast(u.week_points as bigint) as of_week, \
                  cast(coalesce(sum(e.amount), 0) as bigint) as ledger_total, coalesce(max(e.week), $1) as ledger_week, \
                  cast(coalesce(sum(case when e.week = u.week and e.week > $1 then e.amount else 0 end), 0) as bigint) \
                    as ledger_of_week, \
                  cast(u.total_minutes as bigint) as minutes, \
                  (select cast(coalesce(sum(s.counted_minutes), 0) as bigint) from study_sessions s where s.user_id = u.id) \
                    as counted_minutes \
           from users u left join point_entries e on e.user_id = u.id \
           group by u.id, u.week, u.total_points, u.week_points, u.total_minutes), \
         wrong as ( \
           select * from sums where total <> ledger_total or week < ledger_week or of_week <> ledger_of_week \
             or minutes <> counted_minutes) \
         select (select count(*) from users) as people, (select count(*) from wrong) as wrong, w.* \
         from (select 1 as one) o left join (select * from wrong order by id limit {SAMPLES}) w on o.one = 1 order by w.id"
    );
    let rows = twin.query(&sql, &[NO_WEEK.into()]).await?;
    let mut report = LedgerReport {
        people: 0,
        wrong: 0,
        samples: Vec::new(),
    };
    for row in &rows {
        (report.people, report.wrong) = (row.get("people")?, row.get("wrong")?);
        if report.wrong > 0 {
            report.samples.push(WrongScore {
                id: row.get("id")?,
                stored: (
                    row.get("total")?,
                    row.get("week")?,
                    row.get("of_week")?,
                    row.get("minutes")?,
                ),
                ledger: (
                    row.get("ledger_total")?,
                    row.get("ledger_week")?,
                    row.get("ledger_of_week")?,
                    row.get("counted_minutes")?,
                ),
            });
        }
    }
    Ok(report)
}
