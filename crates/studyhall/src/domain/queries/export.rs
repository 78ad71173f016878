//! All that is somebody's, as one document, from the primary.

use serde::Serialize;
use twinbase::prelude::*;

use super::{
    Friends, Other, PointEntry, asked_questions,
    exported::{RESPONSES_A_PAGE, names_of},
    friends, unseen_by,
};
use crate::domain::{
    Error, Form, Message, OpenSession, Questions, Report, Response, SessionToken, StudySession,
    Timer, Todo, User, open_sessions,
};

/// What a user takes along.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Export {
    /// When it was made.
    pub exported_at: Timestamp,
    /// The profile and its settings.
    pub user: User,
    /// All todos, oldest first.
    pub todos: Vec<Todo>,
    /// All study sessions, oldest first.
    pub sessions: Vec<StudySession>,
    /// The session that runs, if one does.
    pub timer: Option<Timer>,
    /// All daily reports, oldest first.
    pub reports: Vec<Report>,
    /// All forms, oldest first.
    pub forms: Vec<Form>,
    /// The questions of each version of these forms that was ever open.
    pub form_versions: Vec<AskedVersion>,
    /// All responses with the user's name, oldest first.
    pub responses: Vec<Response>,
    /// All responses to the user's forms, oldest first.
    pub received_responses: Vec<ReceivedResponse>,
    /// The ledger of points, newest first.
    pub points: Vec<PointEntry>,
    /// Friends, requests and blocks, as the user sees them.
    pub friends: Friends,
    /// All messages that the user wrote or received, oldest first.
    pub messages: Vec<Message>,
    /// With whom these were, of those who are there and see the user.
    pub correspondents: Vec<Other>,
    /// Where the user is signed in.
    pub sign_ins: Vec<OpenSession>,
}

/// A response to a form of the user's. Who gave it is not in it where the form is anonymous, and where one has blocked the other.
#[derive(Debug, Serialize)]
pub struct ReceivedResponse {
    /// The response.
    #[serde(flatten)]
    pub response: Response,
    /// The name of whoever gave it.
    pub username: Option<String>,
}

/// The questions of a version of a form.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AskedVersion {
    /// Which form.
    pub form_id: AggregateId,
    /// The version.
    pub version: i32,
    /// What it asked.
    pub questions: Questions,
}

/// The export of a user.
pub async fn export(
    twin: &Twinbase,
    user: &AggregateId,
    session: &SessionToken,
    now: Timestamp,
) -> Result<Export, Error> {
    let found = twin.get::<User>(user).await?;
    let forms = all_of(
        twin,
        Form::USER_ID.eq(user.clone()),
        Form::CREATED_AT.ascending(),
    );
    let forms = forms.await?;
    Ok(Export {
        exported_at: now,
        user: found.ok_or(Error::NotFound { what: "user" })?.value,
        todos: all_of(
            twin,
            Todo::USER_ID.eq(user.clone()),
            Todo::CREATED_AT.ascending(),
        )
        .await?,
        sessions: all_of(
            twin,
            StudySession::USER_ID.eq(user.clone()),
            StudySession::STARTED_AT.ascending(),
        )
        .await?,
        timer: Timer::of(twin, user).await?,
        reports: all_of(
            twin,
            Report::USER_ID.eq(user.clone()),
            Report::LOCAL_DATE.ascending(),
        )
        .await?,
        form_versions: versions_of(twin, &forms).await?,
        received_responses: received_by(twin, user, &forms).await?,
        forms,
        responses: all_of(
            twin,
            Response::USER_ID.eq(user.clone()),
            Response::CREATED_AT.ascending(),
        )
        .await?,
        points: super::points::whole_ledger(twin, user).await?,
        friends: friends(twin, user).await?,
        messages: messages_of(twin, user).await?,
        correspondents: correspondents(twin, user).await?,
        sign_ins: open_sessions(twin, user, session, now).await?,
    })
}

async fn versions_of(twin: &Twinbase, forms: &[Form]) -> Result<Vec<AskedVersion>, Error> {
    let mut versions = Vec::new();
    for form in forms {
        let asked = asked_questions(twin, &form.id).await?.into_iter();
        versions.extend(asked.map(|(version, questions)| AskedVersion {
            form_id: form.id.clone(),
            version,
            questions,
        }));
    }
    Ok(versions)
}

async fn received_by(
    twin: &Twinbase,
    user: &AggregateId,
    forms: &[Form],
) -> Result<Vec<ReceivedResponse>, Error> {
    let unseen = unseen_by(twin, user).await?;
    let mut received = Vec::new();
    for form in forms {
        let responses: Vec<Response> = all_of(
            twin,
            Response::FORM_ID.eq(form.id.clone()),
            Response::CREATED_AT.ascending(),
        )
        .await?;
        for some in responses.chunks(RESPONSES_A_PAGE as usize) {
            let names = names_of(twin, some).await?;
            received.extend(some.iter().cloned().map(|mut response| {
                response.user_id = response.user_id.filter(|id| !unseen.contains(id));
                let username = response.user_id.as_ref().and_then(|id| names.get(id));
                ReceivedResponse {
                    username: username.cloned(),
                    response,
                }
            }));
        }
    }
    Ok(received)
}

/// The names of everybody with whom the user has a thread, without those between whom there is a block.
async fn correspondents(twin: &Twinbase, user: &AggregateId) -> Result<Vec<Other>, Error> {
    let sql = "select u.id, u.username, u.avatar, u.show_profile from threads t \
               join users u on u.id = case when t.low_id = $1 then t.high_id else t.low_id end \
               where (t.low_id = $1 or t.high_id = $1) and t.position > 0 order by lower(u.username), u.id";
    let unseen = unseen_by(twin, user).await?;
    let rows = twin.query(sql, &[user.into()]).await?;
    let mut people: Vec<Other> = rows.iter().map(Other::read).collect::<Result<_, _>>()?;
    people.retain(|person| !unseen.contains(&person.id));
    Ok(people)
}

async fn messages_of(twin: &Twinbase, user: &AggregateId) -> Result<Vec<Message>, PrimaryError> {
    let order = || Message::CREATED_AT.ascending();
    let mut messages = all_of(twin, Message::SENDER_ID.eq(user.clone()), order()).await?;
    messages.extend(all_of(twin, Message::RECIPIENT_ID.eq(user.clone()), order()).await?);
    messages.sort_by_key(|message| (message.created_at, message.position));
    Ok(messages)
}

/// All aggregates of a type that meet a condition, in this order.
async fn all_of<A: Aggregate>(
    twin: &Twinbase,
    condition: Condition<A>,
    order: Order<A>,
) -> Result<Vec<A>, PrimaryError> {
    let select = Select {
        filter: Condition::all([condition]),
        order: Order::all([order]),
        ..Select::new(A::schema(), u32::MAX)
    };
    let found = twin.select::<A>(select).await?;
    Ok(found.into_iter().map(|found| found.value).collect())
}
