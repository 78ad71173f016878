//! What a repair did.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::verify::{CollectionReport, Finding};

/// What is wrong still, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Left {
    /// What is wrong.
    #[serde(flatten)]
    pub finding: Finding,
    /// Why it was not mended, and what to do; a sentence without its full stop.
    pub reason: Cow<'static, str>,
}

/// How many of what is left is named.
const MAX_LEFT: usize = 20;

/// What became of one collection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectionRepair {
    /// What was found.
    #[serde(flatten)]
    pub found: CollectionReport,
    /// Documents that were given to the workers to be made anew.
    pub touched: u64,
    /// Those that are right now.
    pub mended: u64,
    /// Those that no worker had made anew in time.
    pub unconfirmed: u64,
    /// What is wrong still.
    pub not_mended: u64,
    /// The first of them.
    pub left: Vec<Left>,
}

impl CollectionRepair {
    pub(super) fn leave(&mut self, finding: &Finding, reason: &'static str) {
        self.not_mended += 1;
        if self.left.len() < MAX_LEFT {
            self.left.push(Left {
                finding: finding.clone(),
                reason: reason.into(),
            });
        }
    }

    /// Takes what the walk found. Of many documents whose `_id` no row can have only the first are named.
    pub(super) fn close(&mut self, found: CollectionReport, dry_run: bool) {
        if !dry_run {
            let judged = self.mended + self.unconfirmed + self.not_mended;
            self.not_mended += found.drifted().saturating_sub(judged);
        }
        self.found = found;
    }

    /// Whether nothing that was found is wrong any more.
    pub const fn is_mended(&self) -> bool {
        self.not_mended == 0 && self.unconfirmed == 0 && self.found.error.is_none()
    }
}

/// What a repair did, collection by collection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepairReport {
    /// The collections in the order of registration.
    pub collections: Vec<CollectionRepair>,
}

impl RepairReport {
    /// Whether nothing that was found is wrong any more.
    pub fn is_mended(&self) -> bool {
        self.collections.iter().all(CollectionRepair::is_mended)
    }

    /// The sum of a count over all collections.
    pub fn sum(&self, of: impl Fn(&CollectionRepair) -> u64) -> u64 {
        self.collections.iter().map(of).sum()
    }
}
