//! What a user does to somebody by name alone, each with its name: the same for clients and for pages.

use twinbase::prelude::*;

use super::{hide, settle, unhide, withdraw};
use crate::domain::{Deed, Error, TypedName};

/// Something that is done to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Accepts a request.
    Accept,
    /// Declines a request.
    Decline,
    /// Takes an own request back.
    Withdraw,
    /// Ends a friendship.
    Remove,
    /// Blocks somebody.
    Block,
    /// Takes a block back.
    Unblock,
    /// Hides somebody from the own boards.
    Hide,
    /// Shows somebody on the own boards again.
    Unhide,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Accept,
        Self::Decline,
        Self::Withdraw,
        Self::Remove,
        Self::Block,
        Self::Unblock,
        Self::Hide,
        Self::Unhide,
    ];

    /// Its name in paths.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::Withdraw => "withdraw",
            Self::Remove => "remove",
            Self::Block => "block",
            Self::Unblock => "unblock",
            Self::Hide => "hide",
            Self::Unhide => "unhide",
        }
    }

    /// Does it. Returns what is to be seen of it: nothing for what must not tell whether anybody has the name.
    pub async fn run(self, tx: &Tx, me: &AggregateId, name: &TypedName) -> Result<Token, Error> {
        let deed = match self {
            Self::Accept => Deed::Accept,
            Self::Decline => Deed::Decline,
            Self::Remove => Deed::Remove,
            Self::Block => Deed::Block,
            Self::Unblock => Deed::Unblock,
            Self::Withdraw => return withdraw(tx, me, name).await.map(|()| Token::default()),
            Self::Hide => return hide(tx, me, name).await.map(|()| Token::default()),
            Self::Unhide => return unhide(tx, me, name).await.map(|()| Token::default()),
        };
        settle(tx, me, name, deed).await?;
        Ok(tx.token().await)
    }
}
