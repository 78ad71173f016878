//! The boards: those who want to be seen, by points, of this week or of all time, all people or friends, and the places
//! around oneself.

use std::collections::HashSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use twinbase::{
    prelude::*,
    sync::read::{Cursor, Page, Query},
};

use super::{Freshness, following, friends_of, hidden_by, unseen_by};
use crate::domain::{Avatar, Error, User, Username, week_of};

/// How many users the top has.
pub const BOARD_LENGTH: u32 = 10;
/// How many are shown on either side of oneself.
const AROUND: u64 = 5;
/// So many more are read for those that are not shown: whoever hides more sees a shorter top.
const MOST_UNSEEN: usize = 100;

/// Which points count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// Those of the week that this time is in.
    Week(Timestamp),
    /// All.
    All,
}

/// Which board.
#[derive(Debug, Clone)]
pub struct Board {
    /// Which points count.
    pub range: Range,
    /// These people alone, such as friends.
    pub among: Option<Vec<AggregateId>>,
    /// Who is not shown to the reader. The ranks of the others stay what they are.
    pub unseen: HashSet<AggregateId>,
}

/// One user on a board; nothing that is not for everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BoardEntry {
    /// The rank: equals share one, and the next has as many places more.
    #[serde(default)]
    pub rank: u64,
    /// The user's id.
    pub id: AggregateId,
    /// The name.
    pub username: Username,
    /// The points of all time.
    pub total_points: i32,
    /// The points of the week that `week` names.
    pub week_points: i32,
    /// The minutes of all time that count: measured by the server, within the cap of a day.
    #[serde(default)]
    pub total_minutes: i32,
    /// The minutes that count of the week that `week` names.
    #[serde(default)]
    pub week_minutes: i32,
    /// The Monday of the newest week with points or minutes.
    pub week: Date,
    /// The picture.
    pub avatar: Option<Avatar>,
}

/// Whom a count is of.
#[derive(Debug, Clone, Copy)]
enum Compare {
    /// Those with more points.
    More,
    /// Those with as many.
    AsMany,
}

impl Board {
    /// The board of all people and all time, as it is for everybody.
    pub fn all_time() -> Self {
        Self {
            range: Range::All,
            among: None,
            unseen: HashSet::new(),
        }
    }

    /// The board that somebody looks at: of all people or of friends and oneself, without those whom the reader does not
    /// see, by a block or by choice. Exact, from the primary: a block counts at once.
    pub async fn of_reader(
        twin: &Twinbase,
        range: Range,
        reader: &AggregateId,
        friends: bool,
    ) -> Result<Self, Error> {
        let mut unseen: HashSet<_> = unseen_by(twin, reader).await?.into_iter().collect();
        unseen.extend(hidden_by(twin, reader).await?);
        let among = if friends {
            let mut among = friends_of(twin, reader).await?;
            among.push(reader.clone());
            Some(among)
        } else {
            None
        };
        Ok(Self {
            range,
            among,
            unseen,
        })
    }

    fn points(&self, of: &BoardEntry) -> i32 {
        match self.range {
            Range::Week(_) => of.week_points,
            Range::All => of.total_points,
        }
    }

    /// Whether somebody is on it, leaving aside whom it is among.
    fn shows(&self, user: &User) -> bool {
        user.show_profile
            && match self.range {
                Range::Week(at) => user.week == week_of(at) && user.week_points > 0,
                Range::All => user.total_points > 0,
            }
    }

    /// Who is on it, in its order or in the reverse one.
    fn query(&self, twin: &Twinbase, freshness: &Freshness, reversed: bool) -> Query<User> {
        let order = |order: Column<User, i32>, reached: Column<User, Timestamp>| {
            if reversed {
                [
                    order.ascending(),
                    reached.descending(),
                    User::ID.descending(),
                ]
            } else {
                [
                    order.descending(),
                    reached.ascending(),
                    User::ID.ascending(),
                ]
            }
        };
        let mut filter = vec![User::SHOW_PROFILE.eq(true)];
        let order = match self.range {
            Range::Week(at) => {
                filter.extend([User::WEEK.eq(week_of(at)), User::WEEK_POINTS.gt(0)]);
                order(User::WEEK_POINTS, User::WEEK_REACHED_AT)
            }
            Range::All => {
                filter.push(User::TOTAL_POINTS.gt(0));
                order(User::TOTAL_POINTS, User::POINTS_REACHED_AT)
            }
        };
        if let Some(among) = &self.among {
            filter.push(User::ID.is_in(among.iter().cloned()));
        }
        let fields = doc! {
            "username": 1, "totalPoints": 1, "weekPoints": 1, "totalMinutes": 1, "weekMinutes": 1, "week": 1, "avatar": 1,
            "pointsReachedAt": 1, "weekReachedAt": 1,
        };
        freshness
            .collection::<User>(twin)
            .filter(filter)
            .order(order)
            .projection(fields)
    }

    /// How many have more points than this, or as many (`=`).
    async fn count(
        &self,
        twin: &Twinbase,
        freshness: &Freshness,
        compare: Compare,
        points: i32,
    ) -> Result<u64, Error> {
        let (op, sign) = match compare {
            Compare::More => ("$gt", ">"),
            Compare::AsMany => ("$eq", "="),
        };
        let mut filter = doc! { "showProfile": true };
        let mut sql = String::from("select count(*) as count from users where show_profile");
        let mut params: Vec<Value> = Vec::new();
        match self.range {
            Range::Week(at) => {
                let week = week_of(at);
                filter.extend(doc! { "week": week.to_string(), "weekPoints": { op: points } });
                sql += &[" and week = $1 and week_points ", sign, " $2"].concat();
                params.extend([week.into(), points.into()]);
            }
            Range::All => {
                filter.insert("totalPoints", doc! { op: points });
                sql += &[" and total_points ", sign, " $1"].concat();
                params.push(points.into());
            }
        }
        if let Some(among) = &self.among {
            let ids: Vec<_> = among.iter().map(AggregateId::as_str).collect();
            let marks = (params.len() + 1..=params.len() + ids.len()).map(|i| format!("${i}"));
            sql.push_str(" and id in (");
            sql.push_str(&marks.collect::<Vec<_>>().join(", "));
            sql.push(')');
            params.extend(ids.iter().map(|id| Value::from(*id)));
            filter.insert("_id", doc! { "$in": ids });
        }
        let replica = freshness.collection::<User>(twin).count(filter);
        let primary = async {
            let rows = twin.query(&sql, &params).await?;
            let count = rows.first().map_or(Ok(0), |row| row.get::<i64>("count"));
            Ok::<_, Error>(u64::try_from(count?).unwrap_or(0))
        };
        Ok(freshness.read(replica, primary).await?.value)
    }

    /// Neighbours up to the fifth of those who are shown; who is not shown between them keeps a place.
    fn nearest(&self, mut entries: Vec<BoardEntry>) -> Vec<BoardEntry> {
        let mut left = AROUND;
        entries.retain(|entry| {
            let is_near = left > 0;
            left -= u64::from(is_near && !self.unseen.contains(&entry.id));
            is_near
        });
        entries
    }

    /// Gives ranks to neighbours: the first may share a rank with some who come before it and are not read, and those after the
    /// shared rank have places of their own.
    async fn placed(
        &self,
        twin: &Twinbase,
        freshness: &Freshness,
        mut entries: Vec<BoardEntry>,
    ) -> Result<Vec<BoardEntry>, Error> {
        let Some(points) = entries.first().map(|first| self.points(first)) else {
            return Ok(entries);
        };
        let more = self.count(twin, freshness, Compare::More, points).await?;
        let shared = entries.iter().take_while(|of| self.points(of) == points);
        let shared = shared.count();
        if shared == entries.len() {
            return Ok(self.ranked(entries, more + 1));
        }
        let rest = entries.split_off(shared);
        let as_many = self.count(twin, freshness, Compare::AsMany, points).await?;
        let mut all = self.ranked(entries, more + 1);
        all.extend(self.ranked(rest, more + as_many + 1));
        Ok(all)
    }

    /// Gives ranks to neighbours of whom the first has this one, and leaves out who is not to be seen.
    fn ranked(&self, mut entries: Vec<BoardEntry>, first: u64) -> Vec<BoardEntry> {
        let mut before: Option<(u64, i32)> = None;
        for (place, entry) in (first..).zip(&mut entries) {
            let points = self.points(entry);
            entry.rank = match before {
                Some((rank, same)) if same == points => rank,
                _ => place,
            };
            before = Some((entry.rank, points));
        }
        entries.retain(|entry| !self.unseen.contains(&entry.id));
        entries
    }
}

/// The users with the most points; of equals first who had them first.
pub async fn top(
    twin: &Twinbase,
    board: &Board,
    freshness: &Freshness,
) -> Result<Answer<Vec<BoardEntry>>, ReadError> {
    let more = board.unseen.len().min(MOST_UNSEEN) as u64;
    let query = board
        .query(twin, freshness, false)
        .limit(u64::from(BOARD_LENGTH) + more);
    let found = query.fetch_as().await?;
    Ok(found.map(|entries| {
        let mut entries = board.ranked(entries, 1);
        entries.truncate(usize::try_from(BOARD_LENGTH).unwrap_or(usize::MAX));
        entries
    }))
}

/// A page of a board from a place on: a place is points, when they were reached, and id. Nobody who stays is skipped while others move,
/// nor whoever falls, who may be on two pages. Whoever rises from below the place to above it between two pages is on none of them. Who is
/// not shown to the reader is left out, so a page may be shorter.
pub async fn board_page(
    twin: &Twinbase,
    board: &Board,
    after: Option<Cursor>,
    limit: u32,
    freshness: &Freshness,
) -> Result<Answer<Page<BoardEntry>>, Error> {
    let query = board.query(twin, freshness, false).after(after);
    let Answer {
        value: Page { items, next },
        source,
        staleness,
    } = query.page_as::<BoardEntry>(limit).await?;
    let freshness = &following(freshness, source);
    let items = board.placed(twin, freshness, items).await?;
    Ok(Answer {
        value: Page { items, next },
        source,
        staleness,
    })
}

/// As [`board_page`], filled up: who is not shown to the reader makes it no shorter, and nobody is on it twice.
pub async fn full_board_page(
    twin: &Twinbase,
    board: &Board,
    after: Option<Cursor>,
    length: u32,
    freshness: &Freshness,
) -> Result<Answer<Page<BoardEntry>>, Error> {
    let limit = |items: &[BoardEntry]| length - u32::try_from(items.len()).unwrap_or(length);
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let mut all = board_page(twin, board, after, limit(&[]), freshness).await?;
    let freshness = &following(freshness, all.source);
    while all.value.items.len() < length && all.value.next.is_some() {
        let (after, limit) = (all.value.next.take(), limit(&all.value.items));
        let more = board_page(twin, board, after, limit, freshness).await?;
        all = all.zip(more).map(|(mut all, more)| {
            let seen: HashSet<_> = all.items.iter().map(|entry| entry.id.clone()).collect();
            let new = more.items.into_iter();
            all.items
                .extend(new.filter(|entry| !seen.contains(&entry.id)));
            all.next = more.next;
            all
        });
    }
    Ok(all)
}

/// The rank of somebody on a board; `None` when they are not on it.
pub async fn rank(
    twin: &Twinbase,
    board: &Board,
    user: &AggregateId,
    freshness: &Freshness,
) -> Result<Answer<Option<u64>>, Error> {
    let found = freshness.collection::<User>(twin).get(user).await?;
    let freshness = &following(freshness, found.source);
    let user = found.value.as_ref().filter(|user| board.shows(user));
    let rank = match user {
        None => None,
        Some(user) => {
            let points = match board.range {
                Range::Week(_) => user.week_points,
                Range::All => user.total_points,
            };
            let more = board.count(twin, freshness, Compare::More, points);
            Some(more.await? + 1)
        }
    };
    Ok(found.map(|_| rank))
}

/// The five before somebody, they themselves, and the five after them; nobody when they are not on the board.
///
/// Two ranges of the index and a count: what it costs does not grow with the board.
pub async fn around(
    twin: &Twinbase,
    board: &Board,
    user: &AggregateId,
    freshness: &Freshness,
) -> Result<Answer<Vec<BoardEntry>>, Error> {
    let me = freshness.collection::<User>(twin).get(user).await?;
    let freshness = &following(freshness, me.source);
    let Some(user) = me.value.as_ref().filter(|user| board.shows(user)) else {
        return Ok(me.map(|_| Vec::new()));
    };
    // So many more for those that are not shown, and no more than those nearest are kept.
    let more = board.unseen.len().min(MOST_UNSEEN) as u64;
    let near = |reversed| {
        board
            .query(twin, freshness, reversed)
            .after_item(&**user)
            .limit(AROUND + more)
            .fetch_as::<BoardEntry>()
    };
    let (above, below) = tokio::try_join!(near(true), near(false))?;
    let (mut entries, below) = (above.value, below.map(|below| board.nearest(below)));
    entries = board.nearest(entries);
    entries.reverse();
    entries.push(BoardEntry {
        rank: 0,
        id: user.id.clone(),
        username: user.username.clone(),
        total_points: user.total_points,
        week_points: user.week_points,
        total_minutes: user.total_minutes,
        week_minutes: user.week_minutes,
        week: user.week,
        avatar: user.avatar.clone(),
    });
    entries.extend(below.value);
    let value = board.placed(twin, freshness, entries).await?;
    Ok(Answer {
        value,
        source: below.source,
        staleness: below.staleness,
    })
}
