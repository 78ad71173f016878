//! How two people stand to each other, and what each deed makes of it: the rules of friendship, without a database.

use super::{Friendship, FriendshipState, Pair, Side};

/// What binds two people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tie {
    /// Nothing.
    #[default]
    Strangers,
    /// One of them has asked the other.
    AskedBy(Side),
    /// They are friends.
    Friends,
}

/// How two people stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// What binds them.
    pub tie: Tie,
    blocked_by_low: bool,
    blocked_by_high: bool,
}

/// What one of them does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Asks to be friends; two who ask each other are friends.
    Ask,
    /// Accepts what the other asks.
    Accept,
    /// Declines it.
    Decline,
    /// Takes an own request back.
    Withdraw,
    /// Ends the friendship.
    Remove,
    /// Blocks the other, which ends friendship and requests.
    Block,
    /// Takes an own block back.
    Unblock,
}

impl Standing {
    /// What a row says about its pair; no row says nothing.
    pub fn of(pair: &Pair, friendship: Option<&Friendship>) -> Self {
        let Some(friendship) = friendship else {
            return Self::default();
        };
        let asker = friendship.asker_id.as_ref().and_then(|id| pair.side(id));
        Self {
            tie: match (friendship.state, asker) {
                (FriendshipState::Accepted, _) => Tie::Friends,
                (FriendshipState::Pending, Some(side)) => Tie::AskedBy(side),
                // A request that names no asker can be answered by nobody.
                (FriendshipState::Pending | FriendshipState::Strangers, _) => Tie::Strangers,
            },
            blocked_by_low: friendship.blocked_by_low,
            blocked_by_high: friendship.blocked_by_high,
        }
    }

    /// Whether there is nothing to say about the two, and so no row to keep.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }

    /// Whether they are friends.
    pub fn are_friends(self) -> bool {
        self.tie == Tie::Friends && !self.is_blocked()
    }

    /// Whether either has blocked the other: then neither sees the other.
    pub const fn is_blocked(self) -> bool {
        self.blocked_by_low || self.blocked_by_high
    }

    /// Whether this side has blocked the other.
    pub const fn is_blocked_by(self, side: Side) -> bool {
        match side {
            Side::Low => self.blocked_by_low,
            Side::High => self.blocked_by_high,
        }
    }

    /// How they stand when this side has done this; `None` where there is nothing that it could be done to.
    ///
    /// What the doer must not learn is no `None`: to ask somebody by whom one is blocked, and to take a request back
    /// that was declined, change nothing and say nothing.
    pub fn after(self, side: Side, deed: Deed) -> Option<Self> {
        let asked = |by| (self.tie == Tie::AskedBy(by)).then_some(());
        let tied = |tie| Self { tie, ..self };
        Some(match deed {
            Deed::Ask => match self.tie {
                _ if self.is_blocked() => self,
                Tie::Strangers => tied(Tie::AskedBy(side)),
                Tie::AskedBy(by) if by != side => tied(Tie::Friends),
                Tie::AskedBy(_) | Tie::Friends => self,
            },
            Deed::Accept => asked(side.other()).map(|()| tied(Tie::Friends))?,
            Deed::Decline => asked(side.other()).map(|()| tied(Tie::Strangers))?,
            Deed::Withdraw => asked(side).map_or(self, |()| tied(Tie::Strangers)),
            Deed::Remove if self.tie == Tie::Friends => tied(Tie::Strangers),
            Deed::Block => self.blocked(side, true),
            Deed::Unblock if self.is_blocked_by(side) => self.blocked(side, false),
            Deed::Remove | Deed::Unblock => return None,
        })
    }

    /// A block ends what binds the two, and taking it back gives nothing of it back.
    const fn blocked(self, by: Side, blocked: bool) -> Self {
        let tie = Tie::Strangers;
        match by {
            Side::Low => Self {
                tie,
                blocked_by_low: blocked,
                ..self
            },
            Side::High => Self {
                tie,
                blocked_by_high: blocked,
                ..self
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Deed::*, Side::*, *};

    /// How two stand after these deeds; `None` from the first that could not be done.
    fn after(deeds: &[(Side, Deed)]) -> Option<Standing> {
        let mut deeds = deeds.iter();
        deeds.try_fold(Standing::default(), |standing, (side, deed)| {
            standing.after(*side, *deed)
        })
    }

    fn friends() -> Standing {
        after(&[(Low, Ask), (High, Accept)]).expect("they can be")
    }

    #[test]
    fn a_request_becomes_a_friendship_by_the_other_alone() {
        assert!(friends().are_friends());
        assert_eq!(after(&[(Low, Ask), (Low, Accept)]), None);
        assert_eq!(after(&[(Low, Ask), (Low, Decline)]), None);
        assert_eq!(after(&[(High, Accept)]), None);
        let again = after(&[(Low, Ask), (Low, Ask)]).expect("it can be asked twice");
        assert_eq!(again.tie, Tie::AskedBy(Low));
    }

    #[test]
    fn crossed_requests_become_a_friendship() {
        assert_eq!(after(&[(Low, Ask), (High, Ask)]), Some(friends()));
        assert_eq!(after(&[(High, Ask), (Low, Ask)]), Some(friends()));
        assert_eq!(friends().after(Low, Ask), Some(friends()));
    }

    #[test]
    fn what_is_declined_taken_back_or_ended_leaves_nothing() {
        for deeds in [
            &[(Low, Ask), (High, Decline)][..],
            &[(Low, Ask), (Low, Withdraw)],
            &[(Low, Ask), (High, Accept), (Low, Remove)],
            &[(Low, Ask), (High, Accept), (High, Remove)],
            &[(Low, Withdraw)],
            &[(Low, Block), (Low, Unblock)],
        ] {
            assert_eq!(after(deeds), Some(Standing::default()), "{deeds:?}");
        }
        assert_eq!(after(&[(Low, Ask), (Low, Remove)]), None);
        let other = after(&[(Low, Ask), (High, Withdraw)]);
        assert_eq!(other, after(&[(Low, Ask)]), "it was not theirs");
    }

    #[test]
    fn a_block_ends_everything_and_holds_until_its_maker_takes_it_back() {
        for before in [Standing::default(), friends()] {
            let blocked = before.after(High, Block).expect("it can be done");
            assert!(blocked.is_blocked() && !blocked.are_friends());
            assert_eq!(blocked.after(Low, Ask), Some(blocked));
            assert_eq!(blocked.after(High, Ask), Some(blocked));
            assert_eq!(blocked.after(Low, Unblock), None, "it is not theirs");
            for deed in [Accept, Decline, Remove] {
                assert_eq!(blocked.after(Low, deed), None);
            }
            assert_eq!(blocked.after(High, Unblock), Some(Standing::default()));
            let both = blocked.after(Low, Block).expect("it can be done");
            let one = both.after(High, Unblock).expect("it can be done");
            assert!(one.is_blocked_by(Low) && !one.is_blocked_by(High));
        }
    }
}
