//! The people of one row: an owner with one of everything, and everybody who could ask about it.

use jiff::civil::date;
use serde_json::json;
use studyhall::domain::{
    CompletionPct, Deed, EmailAddress, Error, Form, FormChange, MessageText, Password,
    PasswordHash, Passwords, Questions, Report, StudyHours, Subject, Title, Todo, TypedName, User,
    Username, WallTime,
    commands::{
        NewResponse, NewSession, add_operator, add_session, add_todos, ask, change_form, open_form,
        respond, send_message, settle, start_timer,
    },
    open_session, week_of,
};
use twinbase::prelude::*;

use crate::{
    forms,
    support::{Answer, Member, PASSWORD, Studyhall},
};

/// Who asks, in the order of the table's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Anonymous,
    Other,
    Friend,
    Blocked,
    Operator,
    Owner,
}

impl Role {
    pub(super) const ALL: [Self; 6] = [
        Self::Anonymous,
        Self::Other,
        Self::Friend,
        Self::Blocked,
        Self::Operator,
        Self::Owner,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Other => "other",
            Self::Friend => "friend",
            Self::Blocked => "blocked",
            Self::Operator => "operator",
            Self::Owner => "owner",
        }
    }
}

/// Six people. The owner has two friends, so that what one of them ends is there for the owner.
pub(super) struct Cast {
    owner: Member,
    friend: Member,
    blocked: Member,
    other: Member,
    operator: Member,
    second_friend: Member,
    todo: AggregateId,
    form: AggregateId,
    private_form: AggregateId,
    draft: AggregateId,
    response: AggregateId,
    session: AggregateId,
    report: AggregateId,
    /// To the friend, to whoever is blocked later, and to the second friend.
    messages: [AggregateId; 3],
}

/// One hash for all: making one takes longer than everything else here.
pub(crate) async fn hash() -> PasswordHash {
    let password = Password::parse(PASSWORD).expect("a password");
    Passwords::new().hash(&password).await.expect("a hash")
}

fn name(text: &str) -> TypedName {
    TypedName::parse(text).expect("a name")
}

fn id(member: &Member) -> AggregateId {
    AggregateId::new(&member.id).expect("an id")
}

impl Cast {
    /// Everybody and everything, as the replica will know it: whoever is to be blocked is a friend still.
    /// With points the owner is on the boards, which do not have everybody.
    pub(super) async fn new(
        app: &Studyhall,
        number: usize,
        hash: &PasswordHash,
        points: i32,
    ) -> Self {
        let mut people = Vec::new();
        for role in ["owner", "friend", "blocked", "other", "operator", "second"] {
            let points = if role == "owner" { points } else { 0 };
            people.push(person(app, &format!("{role}{number:03}"), hash, points).await);
        }
        let ids: [AggregateId; 7] = std::array::from_fn(|_| app.twin.new_id());
        let [todo, form, private_form, draft, session, report, response] = ids;
        let [owner, friend, blocked, other, operator, second_friend] =
            people.try_into().expect("they are six");
        let mut cast = Self {
            owner,
            friend,
            blocked,
            other,
            operator,
            second_friend,
            todo,
            form,
            private_form,
            draft,
            response,
            session,
            report,
            messages: std::array::from_fn(|_| app.twin.new_id()),
        };
        let made = &cast;
        let run = |tx: Tx| async move { made.live(&tx).await };
        cast.response = app.twin.write(run).await.expect("they live").0;
        cast
    }

    /// Returns the id of the owner's response.
    async fn live(&self, tx: &Tx) -> Result<AggregateId, Error> {
        let (me, my_name) = (&id(&self.owner), &name(&self.owner.name));
        let friends = [&self.friend, &self.blocked, &self.second_friend];
        for (friend, message) in friends.into_iter().zip(&self.messages) {
            ask(tx, &id(friend), my_name).await?;
            settle(tx, me, &name(&friend.name), Deed::Accept).await?;
            let text = MessageText::parse(&self.text("message")).expect("a text");
            send_message(tx, me, &name(&friend.name), message, &text).await?;
        }
        let title = Title::parse(&self.text("todo")).expect("a title");
        let todo = Todo::new(self.todo.clone(), me.clone(), title, None, tx.now());
        add_todos(tx, me, &[todo]).await?;
        self.make_forms(tx, me).await?;
        let answers = json!({ "pace": "Right", "value": 4 });
        let answers = answers.as_object().expect("an object").clone();
        let new = NewResponse {
            id: self.response.clone(),
            form_version: None,
            answers,
        };
        let response = respond(tx, me, &self.form, &new).await?;
        let at = |text: &str| WallTime::Instant(text.parse().expect("a time"));
        let session = NewSession {
            subject: Subject::parse(&self.text("session")).expect("a subject"),
            started_at: at("2026-01-02T09:00:00Z"),
            ended_at: at("2026-01-02T10:00:00Z"),
        };
        add_session(tx, me, &self.session, &session).await?;
        let report = Report {
            id: self.report.clone(),
            user_id: me.clone(),
            local_date: date(2026, 1, 2),
            study_hours: StudyHours::new(1.0).expect("hours"),
            completion_pct: CompletionPct::new(50.0).expect("percent"),
            notes: None,
            created_at: tx.now(),
        };
        tx.insert(&report).await?;
        let subject = Subject::parse(&self.text("timer")).expect("a subject");
        start_timer(tx, me, &subject, None).await?;
        Ok(response.value.id)
    }

    async fn make_forms(&self, tx: &Tx, me: &AggregateId) -> Result<(), Error> {
        let mut questions = forms::two();
        questions[1]["required"] = false.into();
        let questions: Questions = serde_json::from_value(questions).expect("questions");
        for id in [&self.form, &self.private_form, &self.draft] {
            let title = Title::parse(&self.text("form")).expect("a title");
            let form = Form {
                questions: questions.clone(),
                allows_more: true,
                is_public: true,
                ..Form::draft(id.clone(), me.clone(), title, tx.now())
            };
            tx.insert(&form).await?;
            if id != &self.draft {
                open_form(tx, me, id, &Expected::Any).await?;
            }
        }
        Ok(())
    }

    /// A text of the owner, which nobody else writes.
    fn text(&self, of: &str) -> String {
        format!("the {of} of {}", self.owner.name)
    }

    /// What the replica is not told.
    pub(super) async fn change_rights(&self, app: &Studyhall) {
        let (me, blocked, form) = (
            &id(&self.owner),
            &name(&self.blocked.name),
            &self.private_form,
        );
        let private = &FormChange {
            is_public: Some(false),
            ..FormChange::default()
        };
        let run = |tx: Tx| async move {
            settle(&tx, me, blocked, Deed::Block).await?;
            change_form(&tx, me, form, private, &Expected::Any).await
        };
        app.twin.write(run).await.expect("it is written");
        let added = add_operator(&app.twin, &self.operator.name, app.state.now()).await;
        added.expect("the role is given");
    }

    pub(super) fn member(&self, role: Role) -> Option<&Member> {
        match role {
            Role::Anonymous => None,
            Role::Other => Some(&self.other),
            Role::Friend => Some(&self.friend),
            Role::Blocked => Some(&self.blocked),
            Role::Operator => Some(&self.operator),
            Role::Owner => Some(&self.owner),
        }
    }

    /// Whom a role names: everybody the owner, and the owner a friend.
    pub(super) fn named_by(&self, role: Role) -> &str {
        match role {
            Role::Owner => &self.second_friend.name,
            _ => &self.owner.name,
        }
    }

    /// A name that nobody has.
    pub(super) fn newcomer(&self, role: Role) -> String {
        format!("new-{}-{}", role.name(), &self.owner.name[5..])
    }

    /// The owner's thing that a path is about.
    pub(super) fn resource(&self, path: &str, of: &str) -> String {
        let path = path.trim_start_matches("/api/v1");
        let id = match path.split('/').nth(1).unwrap_or_default() {
            "users" => return self.owner.id.clone(),
            "todos" => &self.todo,
            "forms" if of == "made private" => &self.private_form,
            "forms" if of == "a draft" => &self.draft,
            "forms" => &self.form,
            "responses" => &self.response,
            "sessions" => &self.session,
            "reports" => &self.report,
            _ => &self.messages[2],
        };
        id.to_string()
    }

    /// The event of the owner's todo.
    pub(super) async fn event(&self, app: &Studyhall) -> String {
        let sql = "select id from \"Outbox\" where aggregate_id = $1";
        let rows = app.twin.query(sql, &[(&self.todo).into()]).await;
        let rows = rows.expect("it can be asked");
        rows[0].get("id").expect("it is a text")
    }

    /// Whether an answer has anything of the owner.
    pub(super) fn is_shown_in(&self, answer: &Answer) -> bool {
        answer.text.contains(&self.owner.name) || answer.text.contains(&self.owner.id)
    }
}

async fn person(app: &Studyhall, who: &str, hash: &PasswordHash, points: i32) -> Member {
    let address = EmailAddress::parse(&format!("{who}@example.com")).expect("an address");
    let now = app.state.now();
    let user = User {
        show_profile: true,
        total_points: points,
        week: week_of(now),
        week_points: points,
        ..User::new(
            app.twin.new_id(),
            Username::parse(who).expect("a name"),
            address,
            hash.clone(),
            now,
        )
    };
    app.twin.insert(&user).await.expect("a user");
    let lifetime = app.state.settings().session_lifetime;
    let session = open_session(&app.twin, &user.id, None, now, lifetime).await;
    Member {
        id: user.id.to_string(),
        name: who.to_owned(),
        token: session.expect("a session").0.expose().to_owned(),
    }
}
