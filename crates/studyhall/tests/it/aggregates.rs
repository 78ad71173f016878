//! The aggregates: table, schema, struct and document agree, and the password's hash is in the table alone.

use studyhall::domain::{
    CompletionPct, EmailAddress, Password, Passwords, Report, StudyHours, StudySession, Subject,
    Title, Todo, User, Username, community,
};
use twinbase::prelude::*;
use twinbase_testkit::{TestTwin, twin::Databases};

use crate::support::PASSWORD;

#[tokio::test]
async fn every_column_survives_the_way_to_a_document_and_no_secret_takes_it() {
    for databases in [
        Databases::embedded(),
        Databases::from_env("aggregates").await,
    ] {
        let twin = TestTwin::open_on(databases, community()).await;
        let password = Password::parse(PASSWORD).expect("a password");
        let hash = Passwords::new().hash(&password).await.expect("a hash");
        let (id, now) = (twin.new_id(), twin.now());
        let user = User::new(
            id.clone(),
            Username::parse("ada").expect("a name"),
            EmailAddress::parse("ada@example.com").expect("an address"),
            hash,
            now,
        );
        let user = User {
            total_points: 3,
            show_profile: true,
            excused_days: vec![jiff::civil::date(2030, 1, 31)],
            day_since: Some(now),
            day_floor: Some(jiff::civil::date(2030, 1, 31)),
            ..user
        };
        twin.check_aggregate(std::slice::from_ref(&user)).await;
        twin.insert(&user).await.expect("a user");
        let todo = Todo {
            id: twin.new_id(),
            user_id: id.clone(),
            title: Title::parse("read").expect("a title"),
            description: None,
            completed: false,
            completed_at: None,
            due_at: Some(now),
            created_at: now,
            updated_at: now,
        };
        twin.check_aggregate(&[todo]).await;
        let local_date = jiff::civil::date(2030, 1, 31);
        let session = StudySession {
            id: twin.new_id(),
            user_id: id.clone(),
            subject: Subject::parse("Algebra").expect("a subject"),
            started_at: now,
            ended_at: now,
            minutes: 50,
            counted_minutes: 25,
            timed: true,
            local_date,
            created_at: now,
        };
        twin.check_aggregate(&[session]).await;
        let report = Report {
            id: twin.new_id(),
            user_id: id,
            local_date,
            study_hours: StudyHours::new(2.1).expect("hours"),
            completion_pct: CompletionPct::new(66.67).expect("percent"),
            notes: None,
            created_at: now,
        };
        twin.check_aggregate(&[report]).await;
        twin.finish().await;
    }
}
