//! How many measurements of one thing are spread.

/// Median, 99th percentile and largest, as the bench tells them: `p50 1.2, p99 3.4, max 5.6 ms`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

impl Spread {
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        let mut at = |ratio| percentile(&mut values, ratio);
        Self { p50: at(0.5), p99: at(0.99), max: at(1.0) }
    }

    /// With its unit.
    pub(crate) fn told(self, unit: &str) -> String {
        format!("p50 {:.1}, p99 {:.1}, max {:.1} {unit}", self.p50, self.p99, self.max)
    }
}

/// The smallest of `values` that at least `ratio` of them do not pass; `NaN` of none.
fn percentile(values: &mut [f64], ratio: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (ratio * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let mut hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        for (ratio, expected) in [(0.5, 50.0), (0.99, 99.0), (0.991, 100.0), (1.0, 100.0), (0.0, 1.0)] {
            assert_eq!(percentile(&mut hundred, ratio), expected, "{ratio}");
        }
        assert_eq!(percentile(&mut [7.0], 0.99), 7.0);
        assert!(percentile(&mut [], 0.5).is_nan());
    }

    #[test]
    fn a_spread_names_its_unit_once() {
        let spread = Spread::of((1..=300).map(f64::from).collect());
        assert_eq!(spread.told("ms"), "p50 150.0, p99 297.0, max 300.0 ms");
    }
}
