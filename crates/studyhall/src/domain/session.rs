//! Sessions: opaque tokens of 256 random bits, of which the primary keeps the SHA-256 alone.

use std::{
    fmt::{self, Write as _},
    sync::LazyLock,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use rand::RngCore as _;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use twinbase::prelude::*;
use twinbase_web::sweep_older;

use super::{DeviceName, Error};

/// What a client proves its session with.
#[derive(Clone)]
pub struct SessionToken(String);

/// A session that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose it is.
    pub user_id: AggregateId,
    /// When it ends.
    pub expires_at: Timestamp,
}

static TABLE: SharedTable = LazyLock::new(|| {
    Table::new(
        "auth_sessions",
        &[
            Field::private("token_hash", Kind::Text),
            Field::private("user_id", Kind::Text),
            Field::private("expires_at", Kind::Timestamp),
            Field::private("created_at", Kind::Timestamp),
            Field::private("device", Kind::Text).nullable(),
        ],
    )
    .into()
});
const TOKEN_HASH: Column<Session, String> = Column::new("token_hash");
const USER_ID: Column<Session, AggregateId> = Column::new("user_id");
const EXPIRES_AT: Column<Session, Timestamp> = Column::new("expires_at");
const CREATED_AT: Column<Session, Timestamp> = Column::new("created_at");
const DEVICE: Column<Session, Option<String>> = Column::new("device");

const TOKEN_BYTES: usize = 32;

impl SessionToken {
    fn random() -> Self {
        let mut bytes = [0; TOKEN_BYTES];
        rand::rng().fill_bytes(&mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Takes what a client sent, when it has the form of a token.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == TOKEN_BYTES).then(|| Self(text.to_owned()))
    }

    /// The token itself, for the client it was made for.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// A plain hash does for 256 random bits: there is nothing to guess.
    fn hash(&self) -> String {
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(self.0.as_bytes()) {
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(hidden)")
    }
}

/// Opens a session on a device.
pub async fn open_session(
    twin: &Twinbase,
    user_id: &AggregateId,
    device: Option<&DeviceName>,
    now: Timestamp,
    lifetime: Duration,
) -> Result<(SessionToken, Timestamp), Error> {
    let token = SessionToken::random();
    let expires_at = now.checked_add(lifetime).unwrap_or(Timestamp::MAX);
    let row = vec![
        TOKEN_HASH.set(token.hash()),
        USER_ID.set(user_id.clone()),
        EXPIRES_AT.set(expires_at),
        CREATED_AT.set(now),
        DEVICE.set(device.map(ToString::to_string)),
    ];
    twin.insert_plain(&TABLE, row, OnConflict::Fail).await?;
    Ok((token, expires_at))
}

/// The session of a token, ended or not.
pub async fn find_session(twin: &Twinbase, token: &SessionToken) -> Result<Option<Session>, Error> {
    let sql = "select user_id, expires_at from auth_sessions where token_hash = $1";
    let rows = twin.query(sql, &[token.hash().into()]).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    Ok(Some(Session {
        user_id: row.get("user_id")?,
        expires_at: row.get("expires_at")?,
    }))
}

/// Ends the session of a token; nothing when there is none.
pub async fn close_session(twin: &Twinbase, token: &SessionToken) -> Result<(), Error> {
    twin.delete_plain(&TABLE, vec![TOKEN_HASH.eq(token.hash())])
        .await?;
    Ok(())
}

/// Ends all sessions of a user, on whatever device.
pub async fn close_all_sessions(twin: &Twinbase, user_id: &AggregateId) -> Result<(), Error> {
    twin.delete_plain(&TABLE, vec![USER_ID.eq(user_id.clone())])
        .await?;
    Ok(())
}

/// Ends all sessions of a user but this one.
pub async fn close_other_sessions(
    on: &impl Writes,
    user_id: &AggregateId,
    own: &SessionToken,
) -> Result<(), Error> {
    let others = vec![USER_ID.eq(user_id.clone()), TOKEN_HASH.ne(own.hash())];
    on.delete_plain(&TABLE, others).await?;
    Ok(())
}

/// Ends one of a user's sessions by its id. Returns whether there was one.
pub async fn close_session_of(
    twin: &Twinbase,
    user_id: &AggregateId,
    id: &str,
) -> Result<bool, Error> {
    let sql = "select token_hash from auth_sessions where user_id = $1";
    for row in twin.query(sql, &[user_id.into()]).await? {
        let hash: String = row.get("token_hash")?;
        if session_id(&hash) == id {
            let one = [USER_ID.eq(user_id.clone()), TOKEN_HASH.eq(hash)];
            twin.delete_plain(&TABLE, one).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// The id under which a user sees a session: the beginning of its token's hash, of which nobody makes the token.
fn session_id(hash: &str) -> String {
    hash.chars().take(16).collect()
}

/// One of a user's sessions, as they see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenSession {
    /// Its id, to end it.
    pub id: String,
    /// With what; `None` when that said nothing of itself.
    pub device: Option<DeviceName>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// The sessions of a user that have not ended, newest first.
pub async fn open_sessions(
    twin: &Twinbase,
    user_id: &AggregateId,
    own: &SessionToken,
    now: Timestamp,
) -> Result<Vec<OpenSession>, Error> {
    let sql =
        "select token_hash, device, created_at, expires_at from auth_sessions where user_id = $1";
    let (own, mut open) = (own.hash(), Vec::new());
    for row in twin.query(sql, &[user_id.into()]).await? {
        let hash: String = row.get("token_hash")?;
        open.push(OpenSession {
            id: session_id(&hash),
            device: row.get::<Option<String>>("device")?.map(DeviceName::stored),
            created_at: row.get("created_at")?,
            expires_at: row.get("expires_at")?,
            is_current: hash == own,
        });
    }
    open.retain(|session| session.expires_at > now);
    open.sort_by_key(|session| std::cmp::Reverse(session.created_at));
    Ok(open)
}

/// For so long a session that has ended is told from one that never was.
const KEPT_AFTER_ITS_END: SignedDuration = SignedDuration::from_hours(24);

/// Deletes a batch of sessions that have ended; returns whether there may be more.
pub(crate) async fn sweep_sessions(twin: &Twinbase, now: Timestamp) -> Result<bool, Error> {
    let oldest = now.checked_sub(KEPT_AFTER_ITS_END);
    let oldest = oldest.unwrap_or(Timestamp::MIN);
    Ok(sweep_older(twin, &TABLE, EXPIRES_AT, oldest).await?)
}

#[cfg(test)]
mod tests {
    use super::SessionToken;

    #[test]
    fn a_token_is_read_back_and_never_printed_or_stored() {
        let token = SessionToken::random();
        assert!(SessionToken::parse(token.expose()).is_some());
        assert!(!format!("{token:?} {}", token.hash()).contains(token.expose()));
        assert_ne!(token.expose(), SessionToken::random().expose());
        for bad in ["", "x", &"A".repeat(42), &"A".repeat(44), "\0"] {
            assert!(SessionToken::parse(bad).is_none(), "{bad}");
        }
    }
}
