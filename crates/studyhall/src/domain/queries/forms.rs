//! Forms: one's own, those to answer, and those one has answered.

use twinbase::prelude::*;
use twinbase_web::{Page, cursor};

use super::{Freshness, are_blocked};
use crate::domain::{Error, Form, Questions};

/// Which forms a list has, and after which place it goes on.
#[derive(Debug, Clone)]
pub enum FormList {
    /// The user's own, newest first.
    Mine(Option<Cursor>),
    /// Public and open ones of others that the user has not answered; the latest id first.
    ToAnswer(Option<AggregateId>),
    /// Those that the user has answered; the latest id first.
    Answered(Option<AggregateId>),
}

/// Which forms.
#[derive(Debug, Clone)]
pub struct FormQuery {
    /// Who asks.
    pub user: AggregateId,
    /// The list.
    pub list: FormList,
    /// How many at most.
    pub limit: u32,
}

/// Who has blocked whom sees none of the other's forms.
const NOT_BLOCKED: &str = "not exists (select 1 from friendships b \
    where (b.blocked_by_low or b.blocked_by_high) \
    and ((b.low_id = $1 and b.high_id = f.user_id) or (b.low_id = f.user_id and b.high_id = $1)))";

/// A page of forms. Who has answered what is in the primary alone, so the lists that depend on it are read there.
pub async fn forms(
    twin: &Twinbase,
    query: FormQuery,
    freshness: &Freshness,
) -> Result<Answer<Page<Form>>, Error> {
    let FormQuery { user, list, limit } = query;
    let (of_others, after) = match list {
        FormList::Mine(after) => {
            let page = freshness
                .collection::<Form>(twin)
                .filter([Form::USER_ID.eq(user)])
                .order([Form::CREATED_AT.descending(), Form::ID.descending()])
                .after(after)
                .page(limit)
                .await?;
            return Ok(page.map(Into::into));
        }
        FormList::ToAnswer(after) => (
            "select f.id as id from forms f where f.state = 'open' and f.is_public and f.user_id <> $1 \
             and not exists (select 1 from form_participants p where p.form_id = f.id and p.user_id = $1)",
            after,
        ),
        FormList::Answered(after) => (
            "select f.id as id from form_participants p join forms f on f.id = p.form_id where p.user_id = $1",
            after,
        ),
    };
    let mut sql = format!("{of_others} and {NOT_BLOCKED}");
    // One more than is shown: whether there is a next page.
    let mut params = vec![user.into(), (i64::from(limit) + 1).into()];
    if let Some(after) = after {
        sql.push_str(" and f.id < $3");
        params.push(after.into());
    }
    sql.push_str(" order by f.id desc limit $2");
    let rows = twin.query(&sql, &params).await?;
    let ids: Result<Vec<AggregateId>, _> = rows.iter().map(|row| row.get("id")).collect();
    let forms = by_id(twin, ids.map_err(unreadable)?).await?;
    let page = Page::of(forms, limit, |last| cursor::write(&last.id));
    Ok(Answer::from_primary(page))
}

/// The latest id first.
async fn by_id(twin: &Twinbase, ids: Vec<AggregateId>) -> Result<Vec<Form>, PrimaryError> {
    let mut select = Select::new(Form::schema(), u32::try_from(ids.len()).unwrap_or(u32::MAX));
    select.filter = Condition::all([Form::ID.is_in(ids)]);
    select.order = Order::all([Form::ID.descending()]);
    let forms = twin.select::<Form>(select).await?;
    Ok(forms.into_iter().map(|form| form.value).collect())
}

/// A form that the viewer may see; a stranger is nobody.
pub async fn visible_form(
    twin: &Twinbase,
    viewer: Option<&AggregateId>,
    id: &AggregateId,
) -> Result<Versioned<Form>, Error> {
    match twin.get::<Form>(id).await? {
        Some(form) if may_see(twin, &form, viewer).await? => Ok(form),
        _ => Err(Error::NotFound { what: "form" }),
    }
}

/// Whether a user, or a stranger, may see a form as things are between them and its owner.
pub(in crate::domain) async fn may_see(
    db: &impl Writes,
    form: &Form,
    viewer: Option<&AggregateId>,
) -> Result<bool, Error> {
    if !form.is_seen_by(viewer) {
        return Ok(false);
    }
    match viewer {
        Some(viewer) => Ok(!are_blocked(db, viewer, &form.user_id).await?),
        None => Ok(true),
    }
}

/// A user's own form.
pub async fn own_form(
    twin: &Twinbase,
    owner: &AggregateId,
    id: &AggregateId,
) -> Result<Versioned<Form>, Error> {
    let form = visible_form(twin, Some(owner), id).await?;
    let is_own = form.user_id == *owner;
    is_own
        .then_some(form)
        .ok_or(Error::NotFound { what: "form" })
}

/// The owners of these forms, as far as they are there.
pub async fn form_owners(
    db: &impl Writes,
    forms: &[AggregateId],
) -> Result<Vec<AggregateId>, Error> {
    let places: Vec<_> = (1..=forms.len()).map(|n| format!("${n}")).collect();
    let places = places.join(", ");
    let sql = format!("select distinct user_id from forms where id in ({places})");
    let params: Vec<_> = forms.iter().map(Value::from).collect();
    let rows = db.query(&sql, &params).await?;
    rows.iter().map(|row| Ok(row.get("user_id")?)).collect()
}

/// The questions of every version of a form that was ever open, by their numbers, the first first.
pub async fn asked_questions(
    from: &impl Writes,
    form: &AggregateId,
) -> Result<Vec<(i32, Questions)>, Error> {
    let sql = "select version, questions from form_versions where form_id = $1 order by version";
    let rows = from.query(sql, &[form.into()]).await?;
    let read = |row: &Row| {
        let questions: serde_json::Value = row.get("questions").map_err(unreadable)?;
        let questions = serde_json::from_value(questions).map_err(unreadable)?;
        Ok((row.get("version").map_err(unreadable)?, questions))
    };
    rows.iter().map(read).collect()
}

/// A row that is not as our migrations make it.
fn unreadable(error: impl std::fmt::Display) -> PrimaryError {
    PrimaryError::InvalidStatement {
        operation: "read forms",
        reason: error.to_string(),
    }
}
