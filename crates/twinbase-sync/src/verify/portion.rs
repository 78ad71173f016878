//! How many rows are asked for at once.
//!
//! A page ends early where rows are long, and a server has by then made all that were asked for: of rows of a megabyte, two thousand for each
//! one that is taken. So no more are asked for than twice what the last page held.

/// What the first page asks for, before anything is known of the rows.
const FIRST: u32 = 64;

/// How many of the next page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Portion(u32);

impl Portion {
    /// Of rows of which nothing is known.
    pub(crate) const UNKNOWN: Self = Self(FIRST);

    /// As many as may be: for a side that gives no more than a page.
    pub(crate) const ALL: Self = Self(u32::MAX);

    /// How many to ask for, of at most so many.
    pub(crate) fn of(self, most: u32) -> u32 {
        self.0.clamp(1, most.max(1))
    }

    /// After a page with so many.
    pub(crate) fn after(count: usize) -> Self {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Self(count.saturating_mul(2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_rows_are_soon_asked_for_in_whole_pages_and_large_ones_never() {
        let asked = |held: fn(u32) -> u32| {
            let mut portion = Portion::UNKNOWN;
            let ask = |_| {
                let asked = portion.of(2_000);
                portion = Portion::after(held(asked) as usize);
                asked
            };
            (0..7).map(ask).collect::<Vec<_>>()
        };
        assert_eq!(asked(|all| all), [64, 128, 256, 512, 1024, 2000, 2000]);
        assert_eq!(asked(|_| 1), [64, 2, 2, 2, 2, 2, 2]);
        assert_eq!(asked(|_| 0), [64, 1, 1, 1, 1, 1, 1]);
        assert_eq!(Portion::ALL.of(0), 1);
    }
}
