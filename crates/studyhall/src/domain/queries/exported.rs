//! The responses to one version of a form, page by page, as their owner may keep them.

use std::collections::HashMap;

use twinbase::prelude::*;

use super::{Freshness, asked_questions, own_form, unseen_by};
use crate::domain::{Error, Form, Questions, Response, User};

/// How many responses are read at once.
pub(super) const RESPONSES_A_PAGE: u32 = 200;

/// What is exported: a version of a form that was ever open.
#[derive(Debug, Clone)]
pub struct Exported {
    /// The form.
    pub form: Form,
    /// The version.
    pub version: i32,
    /// Its questions.
    pub questions: Questions,
}

/// A response, and the name of whoever gave it, if that is known.
#[derive(Debug, Clone)]
pub struct ExportedResponse {
    /// The response.
    pub response: Response,
    /// The name.
    pub username: Option<String>,
}

/// The version of a user's own form that is to be exported: the latest unless it is said.
pub async fn exported(
    twin: &Twinbase,
    owner: &AggregateId,
    form: &AggregateId,
    version: Option<i32>,
) -> Result<Exported, Error> {
    let form = own_form(twin, owner, form).await?.value;
    let mut asked = asked_questions(twin, &form.id).await?.into_iter();
    let found = match version {
        Some(wanted) => asked.find(|(version, _)| *version == wanted),
        None => asked.next_back(),
    };
    let (version, questions) = found.ok_or(Error::NotFound {
        what: "version of this form",
    })?;
    Ok(Exported {
        form,
        version,
        questions,
    })
}

impl Exported {
    /// A page of its responses, the first first, and where the next one begins.
    pub async fn page(
        &self,
        twin: &Twinbase,
        after: Option<Cursor>,
        freshness: &Freshness,
    ) -> Result<Answer<Page<ExportedResponse>>, Error> {
        let page = freshness
            .collection::<Response>(twin)
            .filter([
                Response::FORM_ID.eq(self.form.id.clone()),
                Response::FORM_VERSION.eq(self.version),
            ])
            .order([Response::CREATED_AT.ascending(), Response::ID.ascending()])
            .after(after)
            .page(RESPONSES_A_PAGE)
            .await?;
        let mut names = names_of(twin, &page.value.items).await?;
        for unseen in unseen_by(twin, &self.form.user_id).await? {
            names.remove(&unseen);
        }
        Ok(page.map(|page| Page {
            items: page
                .items
                .into_iter()
                .map(|response| ExportedResponse {
                    username: response
                        .user_id
                        .as_ref()
                        .and_then(|id| names.get(id).cloned()),
                    response,
                })
                .collect(),
            next: page.next,
        }))
    }
}

/// Names are of today: whoever changed theirs is found by it.
pub(super) async fn names_of(
    twin: &Twinbase,
    responses: &[Response],
) -> Result<HashMap<AggregateId, String>, PrimaryError> {
    let mut ids: Vec<_> = responses
        .iter()
        .filter_map(|of| of.user_id.clone())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut select = Select::new(User::schema(), RESPONSES_A_PAGE);
    select.filter = Condition::all([User::ID.is_in(ids)]);
    let users = twin.select::<User>(select).await?.into_iter();
    Ok(users
        .map(|user| (user.id, user.value.username.to_string()))
        .collect())
}
