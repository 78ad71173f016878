//! Medians and quantiles.

use std::time::Duration;

/// A distribution of times.
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// All of them.
    pub(crate) fn into_all(self) -> Vec<Duration> {
        self.0
    }

    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Milliseconds below which the share `q` of the times lies (nearest rank); 1 is the maximum.
    pub(crate) fn millis(&self, q: f64) -> f64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a rank within the length of the slice"
        )]
        let rank = (self.0.len() as f64 * q).ceil() as usize;
        let time = self.0.get(rank.clamp(1, self.0.len().max(1)) - 1);
        time.map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    }
}

/// The middle one of the values.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The middle one of what `value` says of each.
pub(crate) fn median_of<T>(items: &[T], value: impl Fn(&T) -> f64) -> f64 {
    median(&mut items.iter().map(value).collect::<Vec<_>>())
}

/// The least and the most of what `value` says of each.
pub(crate) fn range_of<T>(items: &[T], value: impl Fn(&T) -> f64) -> String {
    let (least, most) = items.iter().map(value).fold(
        (f64::INFINITY, f64::NEG_INFINITY),
        |(least, most), value| (least.min(value), most.max(value)),
    );
    format!("{least:.2} to {most:.2}")
}

/// A count per second.
#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]
pub(crate) fn rate(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// Bytes as megabytes.
#[expect(clippy::cast_precision_loss, reason = "megabytes to two places")]
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_times_and_the_last_is_the_maximum() {
        let times = Times::new((1..=200).rev().map(Duration::from_millis).collect());
        let quantiles = [0.0, 0.5, 0.95, 0.99, 1.0].map(|q| format!("{:.0}", times.millis(q)));
        assert_eq!(quantiles, ["1", "100", "190", "198", "200"]);
    }

    #[test]
    fn a_distribution_of_nothing_has_no_quantiles() {
        assert!(Times::new(Vec::new()).millis(0.5).is_nan());
    }
}
