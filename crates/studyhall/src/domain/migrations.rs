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
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{User, community, points::NO_WEEK};

    #[tokio::test]
    async fn people_who_were_there_before_get_the_new_fields_in_their_documents() {
        let folder = tempfile::tempdir().expect("a folder");
        let on_them = |builder: twinbase::Builder| {
            let file =
                |kind: &str, name: &str| format!("{kind}:{}/{name}", folder.path().display());
            let builder = builder.primary(&file("sqlite", "app.db"));
            builder.replica(&file("embedded", "documents.db"))
        };
        let mut before = migrations();
        before.migrations.truncate(5);
        let old = on_them(Twinbase::builder().migrations(before));
        let old = old.open().await.expect("it opens");
        old.migrate().await.expect("the first five");
        let fields = [
            Field::private("id", Kind::Text),
            Field::private("username", Kind::Text),
            Field::private("email", Kind::Text),
        ];
        let table = Table::new("users", &fields).into();
        let text = |name: &'static str, value: &str| Column::<(), String>::new(name).set(value);
        let row = [
            text("id", "ada"),
            text("username", "ada"),
            text("email", "ada@example.com"),
        ];
        old.insert_plain(&table, row, OnConflict::Fail)
            .await
            .expect("a user of before");
        old.close().await;

        let twin = on_them(community()).open().await.expect("it opens");
        twin.migrate().await.expect("the others");
        twin.drain(WorkerOptions::default())
            .await
            .expect("events are applied");
        let id = AggregateId::new("ada").expect("an id");
        let found = twin
            .collection::<User>()
            .get(&id)
            .await
            .expect("it can be read");
        let user = found.value.expect("the document is there");
        assert_eq!(
            (user.week, user.week_points, user.total_points),
            (NO_WEEK, 0, 0)
        );
        let report = twin.verify(|_, _| {}).await.expect("both sides are read");
        assert!(report.is_clean(), "{report:?}");
    }
}
