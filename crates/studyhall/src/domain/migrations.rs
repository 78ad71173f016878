//! The tables of Studyhall: one text each for every primary.

use twinbase::prelude::*;

macro_rules! migration {
    ($number:literal, $name:literal, $file:literal) => {
        Migration {
            number: $number,
            name: $name,
            sql: |_| include_str!(concat!("../../migrations/", $file)),
        }
    };
}

/// All migrations of Studyhall, in order.
pub(super) fn migrations() -> MigrationSet {
    MigrationSet {
        name: "studyhall",
        migrations: vec![
            migration!(1, "users", "0001_users.sql"),
            migration!(2, "todos", "0002_todos.sql"),
            migration!(3, "auth_sessions", "0003_auth_sessions.sql"),
            migration!(4, "operators", "0004_operators.sql"),
            migration!(5, "todos_in_order", "0005_todos_in_order.sql"),
            migration!(6, "points", "0006_points.sql"),
            migration!(7, "forms", "0007_forms.sql"),
            migration!(8, "responses", "0008_responses.sql"),
            migration!(9, "friendships", "0009_friendships.sql"),
            migration!(10, "messages", "0010_messages.sql"),
            migration!(11, "days", "0011_days.sql"),
            migration!(12, "study_sessions", "0012_study_sessions.sql"),
            migration!(13, "daily_reports", "0013_daily_reports.sql"),
            migration!(14, "users_again", "0014_users_again.sql"),
            migration!(15, "live_changes", "0015_live_changes.sql"),
            migration!(16, "name_keys", "0016_name_keys.sql"),
            migration!(17, "minutes", "0017_minutes.sql"),
            migration!(18, "completion_days", "0018_completion_days.sql"),
            migration!(19, "former_settings", "0019_former_settings.sql"),
            migration!(20, "session_devices", "0020_session_devices.sql"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};
    use tempfile::TempDir;
    use twinbase::Builder;
    use twinbase_testkit::servers::{Postgres, TestDatabase};

    use super::*;
    use crate::domain::{
        StudySession, Subject, Todo, User, community, points::NO_WEEK, queries::check_ledger,
    };

    /// A primary, and a document database of its own.
    struct Place {
        primary: String,
        folder: TempDir,
        _server: Option<TestDatabase>,
    }

    impl Place {
        /// One for each kind of primary that is there.
        async fn all() -> Vec<Self> {
            let folder = || tempfile::tempdir().expect("a folder");
            let here = folder();
            let mut all = vec![Self {
                primary: format!("sqlite:{}", here.path().join("app.db").display()),
                folder: here,
                _server: None,
            }];
            if let Some(server) = Postgres::from_env() {
                let database = server.fresh_database("studyhall_migrations").await;
                all.push(Self {
                    primary: database.url.clone(),
                    folder: folder(),
                    _server: Some(database),
                });
            }
            all
        }

        async fn open(&self, builder: Builder) -> Twinbase {
            let documents = self.folder.path().join("documents.db");
            let builder = builder.primary(&self.primary);
            let builder = builder.replica(&format!("embedded:{}", documents.display()));
            let twin = builder.open().await.expect("it opens");
            twin.migrate().await.expect("it migrates");
            twin
        }

        /// As a program had it that knew only so many migrations.
        async fn before(&self, first: usize, builder: Builder) -> Twinbase {
            let mut known = migrations();
            known.migrations.truncate(first);
            self.open(builder.migrations(known)).await
        }

        /// As this program has it, with everything applied.
        async fn after(&self) -> Twinbase {
            let twin = self.open(community()).await;
            twin.drain(WorkerOptions::default())
                .await
                .expect("events are applied");
            twin
        }
    }

    /// Writes a row as a program of before did.
    async fn insert<const N: usize>(
        old: &Twinbase,
        table: &'static str,
        row: [(&'static str, Kind, Value); N],
    ) {
        let fields = row
            .each_ref()
            .map(|(name, kind, _)| Field::private(*name, *kind));
        let table = Table::new(table, &fields).into();
        let row = row.map(|(name, _, value)| Column::<(), Value>::new(name).set(value));
        old.insert_plain(&table, row, OnConflict::Fail)
            .await
            .expect("a row of before");
    }

    async fn found<A: twinbase::prelude::Aggregate>(twin: &Twinbase, id: &str) -> A {
        let id = AggregateId::new(id).expect("an id");
        let found = twin.collection::<A>().get(&id).await;
        let found = found.expect("it can be read").value;
        found.expect("the document is there").value
    }

    #[tokio::test]
    async fn people_who_were_there_before_get_the_new_fields_in_their_documents() {
        for place in Place::all().await {
            let old = place.before(5, Twinbase::builder()).await;
            let row = [
                ("id", Kind::Text, "ada".into()),
                ("username", Kind::Text, "ada".into()),
                ("email", Kind::Text, "ada@example.com".into()),
            ];
            insert(&old, "users", row).await;
            old.close().await;

            let twin = place.after().await;
            let user: User = found(&twin, "ada").await;
            assert_eq!(
                (user.week, user.week_points, user.total_points),
                (NO_WEEK, 0, 0)
            );
            let report = twin.verify(|_, _| {}).await.expect("both sides are read");
            assert!(report.is_clean(), "{report:?}");
        }
    }

    /// Somebody of before with points of a week, and sessions that began then and count so many minutes.
    async fn studied(old: &Twinbase, name: &str, points: (Date, i32), sessions: &[(&str, i32)]) {
        let (week, amount) = points;
        let row = [
            ("id", Kind::Text, name.into()),
            ("username", Kind::Text, name.into()),
            ("email", Kind::Text, format!("{name}@example.com").into()),
            ("total_points", Kind::Int32, amount.into()),
            ("week", Kind::Date, week.into()),
            ("week_points", Kind::Int32, amount.into()),
        ];
        insert(old, "users", row).await;
        let at: Timestamp = "2026-03-10T12:00:00Z".parse().expect("a time");
        if amount != 0 {
            let row = [
                ("id", Kind::Text, format!("{name}'s point").into()),
                ("user_id", Kind::Text, name.into()),
                ("amount", Kind::Int32, amount.into()),
                ("week", Kind::Date, week.into()),
                ("at", Kind::Timestamp, at.into()),
            ];
            insert(old, "point_entries", row).await;
        }
        for (began, minutes) in sessions {
            let started_at: Timestamp = began.parse().expect("a time");
            let session = StudySession {
                id: old.new_id(),
                user_id: AggregateId::new(name).expect("an id"),
                subject: Subject::parse("Algebra").expect("a subject"),
                started_at,
                ended_at: started_at,
                minutes: 60,
                counted_minutes: *minutes,
                timed: *minutes > 0,
                local_date: date(2026, 3, 9),
                created_at: started_at,
            };
            old.insert(&session).await.expect("a session of before");
        }
    }

    #[tokio::test]
    async fn minutes_of_before_count_for_the_week_in_which_they_were() {
        let (first, second) = (date(2026, 3, 2), date(2026, 3, 9));
        // The second week begins with the first of these; a session by hand counts nothing.
        let sessions = [
            ("2026-03-08T23:59:59.999Z", 10),
            ("2026-03-09T00:00:00Z", 20),
            ("2026-03-15T23:59:59Z", 5),
            ("2026-03-16T00:00:00Z", 0),
        ];
        for place in Place::all().await {
            let builder = Twinbase::builder().aggregate::<StudySession>();
            let old = place.before(13, builder).await;
            studied(&old, "none", (NO_WEEK, 0), &[]).await;
            studied(&old, "same", (second, 3), &sessions).await;
            studied(&old, "minutes-newer", (first, 3), &sessions).await;
            studied(&old, "points-newer", (date(2026, 3, 16), 3), &sessions).await;
            studied(&old, "minutes-only", (NO_WEEK, 0), &sessions[..1]).await;
            let row = [
                ("id", Kind::Text, "todo".into()),
                ("user_id", Kind::Text, "same".into()),
                ("title", Kind::Text, "Read".into()),
                ("completed", Kind::Bool, true.into()),
            ];
            insert(&old, "todos", row).await;
            old.close().await;

            let twin = place.after().await;
            for (name, week, numbers) in [
                ("none", NO_WEEK, [0, 0, 0, 0]),
                ("same", second, [3, 3, 35, 25]),
                ("minutes-newer", second, [3, 0, 35, 25]),
                ("points-newer", date(2026, 3, 16), [3, 3, 35, 0]),
                ("minutes-only", first, [0, 0, 10, 10]),
            ] {
                let user: User = found(&twin, name).await;
                let is = [
                    user.total_points,
                    user.week_points,
                    user.total_minutes,
                    user.week_minutes,
                ];
                assert_eq!(
                    (user.week, is),
                    (week, numbers),
                    "{name} on {}",
                    place.primary
                );
            }
            let todo: Todo = found(&twin, "todo").await;
            assert_eq!((todo.completed, todo.local_date), (true, None));
            let report = check_ledger(&twin).await.expect("it can be read");
            assert_eq!((report.people, report.wrong), (5, 0), "{report:?}");
            let report = twin.verify(|_, _| {}).await.expect("both sides are read");
            assert!(report.is_clean(), "{report:?}");
        }
    }
}
