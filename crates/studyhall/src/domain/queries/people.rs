//! Other people, by name, as far as a user may know of them: from the primary, because a block counts at once.

use twinbase::prelude::*;

use crate::domain::{
    Error, Friendship, Pair, Standing, Tie, TypedName, name_keys::row_of, thread::last_position,
};

/// Somebody else.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Other {
    /// The id.
    pub id: AggregateId,
    /// The name.
    pub username: String,
    /// The picture.
    pub avatar: Option<String>,
    /// Whether everybody may know of this person.
    #[serde(skip)]
    pub(in crate::domain) is_public: bool,
}

impl Other {
    pub(super) fn read(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.get("id")?,
            username: row.get("username")?,
            avatar: row.get("avatar")?,
            is_public: row.get("show_profile")?,
        })
    }
}

/// Nobody has the name, or the user may not know who does: told alike.
pub(in crate::domain) const NO_USER: Error = Error::NotFound { what: "user" };

/// Whoever has this name.
pub(in crate::domain) async fn named(
    db: &impl Writes,
    name: &TypedName,
) -> Result<Option<Other>, Error> {
    let row = row_of(db, "id, username, avatar, show_profile", name).await?;
    row.as_ref().map(Other::read).transpose()
}

/// What is kept about two people, if anything.
pub(in crate::domain) async fn friendship_of(
    db: &impl Writes,
    pair: &Pair,
    for_update: bool,
) -> Result<Option<Versioned<Friendship>>, Error> {
    use crate::domain::Side::{High, Low};
    let of_pair = [
        Friendship::LOW_ID.eq(pair.person(Low).clone()),
        Friendship::HIGH_ID.eq(pair.person(High).clone()),
    ];
    let select = Select {
        filter: Condition::all(of_pair),
        for_update,
        ..Select::new(Friendship::schema(), 1)
    };
    let mut found = db.select::<Friendship>(select).await?;
    Ok(found.pop())
}

/// How two people stand to each other.
pub async fn standing(db: &impl Writes, pair: &Pair) -> Result<Standing, Error> {
    let friendship = friendship_of(db, pair, false).await?;
    Ok(Standing::of(pair, friendship.as_deref()))
}

/// Somebody else whom the user may know of: a friend, one who has asked or was asked, one with whom there are messages, or one who
/// shows their profile to everybody. Anybody else, whoever is blocked either way, and the user, are answered as a name
/// that nobody has.
pub async fn visible(db: &impl Writes, me: &AggregateId, name: &TypedName) -> Result<Other, Error> {
    let (other, standing) = visible_without_blocks(db, me, name).await?;
    (!standing.is_blocked()).then_some(other).ok_or(NO_USER)
}

/// Somebody whom the user could see if there were no block between them: so whoever is blocked can block back.
pub async fn visible_without_blocks(
    db: &impl Writes,
    me: &AggregateId,
    name: &TypedName,
) -> Result<(Other, Standing), Error> {
    let other = named(db, name).await?.ok_or(NO_USER)?;
    let (pair, side) = Pair::of(me, &other.id).ok_or(NO_USER)?;
    let standing = standing(db, &pair).await?;
    let may_know = match standing.tie {
        Tie::Friends => true,
        Tie::AskedBy(by) if by != side => true,
        // One's own request does not tell who has the name.
        Tie::AskedBy(_) | Tie::Strangers => {
            other.is_public || last_position(db, &pair.id()).await? > 0
        }
    };
    may_know.then_some((other, standing)).ok_or(NO_USER)
}
