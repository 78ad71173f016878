//! When something is done: by chance, with a quiet morning, a busy noon, and a quiet night.

use std::{f64::consts::TAU, time::Duration};

use rand::Rng;

/// The times of a day of this length, from its beginning: so many a second on average, none at both ends and twice as many
/// in the middle.
pub(super) fn day(length: Duration, rate: f64, rng: &mut impl Rng) -> Vec<Duration> {
    let (length, peak) = (length.as_secs_f64(), rate * 2.0);
    let (mut at, mut times) = (0.0, Vec::new());
    loop {
        // By thinning: those of the peak's rate, of which as many stay as the hour has.
        at += -(1.0 - rng.random::<f64>()).ln() / peak;
        if at >= length {
            return times;
        }
        let share = (1.0 - (TAU * at / length).cos()) / 2.0;
        if rng.random_bool(share) {
            times.push(Duration::from_secs_f64(at));
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;

    #[test]
    fn a_day_has_its_rate_on_average_and_is_busy_in_the_middle() {
        let times = day(
            Duration::from_secs(100),
            50.0,
            &mut StdRng::seed_from_u64(1),
        );
        assert!((4_500..5_500).contains(&times.len()), "{}", times.len());
        assert!(times.is_sorted());
        let in_middle = |at: &&Duration| (25..75).contains(&at.as_secs());
        assert!(times.iter().filter(in_middle).count() > times.len() * 3 / 4);
    }
}
