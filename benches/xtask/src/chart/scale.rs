//! A logarithmic scale: the figures span orders of magnitude.

/// From a range of values to a range of places.
pub(super) struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// Reaches from the value 1, 2 or 5 (times a power of ten) below all values to the one above them. Values that are not above zero
    /// have no place on it, and are left out. Of no values it reaches from 1 to 10.
    pub(super) fn over(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (mut lowest, mut highest) = (f64::INFINITY, 0.0_f64);
        for value in values.filter(|value| value.is_finite() && *value > 0.0) {
            (lowest, highest) = (lowest.min(value), highest.max(value));
        }
        if highest == 0.0 {
            (lowest, highest) = (1.0, 10.0);
        }
        let low = steps(lowest / 10.0).take_while(|step| *step <= lowest).last().expect("one is below");
        let mut high = steps(highest).find(|step| *step >= highest).expect("one is above");
        if high <= low {
            high = steps(low * 1.01).next().expect("they go on");
        }
        Self { low, high, from, to }
    }

    /// Where a value stands.
    pub(super) fn at(&self, value: f64) -> f64 {
        let part = (value / self.low).ln() / (self.high / self.low).ln();
        self.from + part.clamp(0.0, 1.0) * (self.to - self.from)
    }

    /// The values to label: 1, 2 and 5 times powers of ten, or these powers alone where there are many.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let all: Vec<f64> = steps(self.low).take_while(|step| *step <= self.high * 1.001).collect();
        if all.len() <= 9 { all } else { all.into_iter().filter(|tick| leading(*tick) == 1).collect() }
    }
}

/// 1, 2 and 5 times powers of ten, from the first that is not below a value.
fn steps(from: f64) -> impl Iterator<Item = f64> {
    let power = from.log10().floor() as i32 - 1;
    (power..).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power))).skip_while(
        // Powers are not exact.
        move |step| *step < from * 0.999_999,
    )
}

fn leading(value: f64) -> i32 {
    (value / 10_f64.powf((value.log10() + 1e-9).floor())).round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_holds_its_values() {
        let scale = Scale::over([3.0, 70.0].into_iter(), 0.0, 100.0);
        assert_eq!(
            scale.ticks().iter().map(|tick| tick.round()).collect::<Vec<_>>(),
            [2.0, 5.0, 10.0, 20.0, 50.0, 100.0]
        );
        assert!(scale.at(3.0) > 0.0 && scale.at(3.0) < scale.at(70.0) && scale.at(70.0) < 100.0);
        assert!((scale.at(2.0)).abs() < 1e-6 && (scale.at(100.0) - 100.0).abs() < 1e-6);
    }

    #[test]
    fn many_orders_have_few_labels() {
        let scale = Scale::over([0.02, 9_000.0].into_iter(), 0.0, 1.0);
        let ticks: Vec<String> = scale.ticks().iter().map(|tick| format!("{tick:.1e}")).collect();
        assert_eq!(ticks, ["1.0e-1", "1.0e0", "1.0e1", "1.0e2", "1.0e3", "1.0e4"]);
    }

    #[test]
    fn there_is_a_scale_of_one_value_and_of_none() {
        for values in [vec![], vec![0.0, f64::NAN], vec![5.0], vec![1.0], vec![10.0, 10.0]] {
            let scale = Scale::over(values.clone().into_iter(), 0.0, 1.0);
            assert!(scale.ticks().len() > 1, "{values:?}: {:?}", scale.ticks());
            assert!(scale.at(5.0).is_finite());
        }
    }
}
