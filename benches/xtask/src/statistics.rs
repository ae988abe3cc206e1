//! What is made of the readings of several rounds.

use crate::figures::Reading;

/// The middle of the values; of an even number, the mean of the two in the middle. `None` of none.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        count if count % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

/// The order in which so many contenders run in a round: each round begins one further on.
pub(crate) fn rotated(count: usize, round: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |place| (place + round) % count)
}

/// The highest reading of the rounds, in M events/s. Where every round ran out of time it is a bound from above.
pub(crate) fn best(readings: &[Reading]) -> Option<Reading> {
    let highest = |pick: fn(&Reading) -> Option<f64>| readings.iter().filter_map(pick).max_by(f64::total_cmp);
    highest(Reading::rate).map(Reading::Rate).or_else(|| highest(Reading::bound).map(Reading::Below))
}

/// The better of two contenders, round by round: peers that run with two kinds of wait count with the better one.
pub(crate) fn better(a: &[Reading], b: &[Reading]) -> Vec<Reading> {
    let rounds = a.len().max(b.len());
    let at = |readings: &[Reading], round: usize| readings.get(round).cloned().unwrap_or(Reading::Skipped);
    (0..rounds)
        .map(|round| {
            let both = [at(a, round), at(b, round)];
            best(&both).unwrap_or_else(|| both[0].clone())
        })
        .collect()
}

/// Own against a peer, in rounds that ran side by side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ratio {
    /// The best of the rounds against the best of the peer's.
    pub(crate) best: f64,
    /// The median of the rounds' ratios.
    pub(crate) median: f64,
    /// A peer ran out of time: the ratio is higher than this.
    pub(crate) at_least: bool,
}

/// `None` where either has no reading, or where the own one never came to an end in time.
pub(crate) fn ratio(own: &[Reading], peer: &[Reading]) -> Option<Ratio> {
    let (own_best, peer_best) = (best(own)?.rate()?, best(peer)?);
    let rounds = own.iter().zip(peer).filter_map(|(own, peer)| {
        // An own round that ran out of time counts with its bound, which flatters it: the median is shown beside the best.
        Some(own.rate().or(own.bound())? / peer.rate().or(peer.bound())?)
    });
    let peer_rate = peer_best.rate().or(peer_best.bound())?;
    Some(Ratio {
        best: own_best / peer_rate,
        median: median(rounds.collect())?,
        at_least: peer_best.rate().is_none(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Reading::{Below, Rate, Skipped, Wrong};

    #[test]
    fn medians() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0]), Some(3.0));
        assert_eq!(median(vec![9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 9.0]), Some(3.0));
    }

    #[test]
    fn each_round_begins_with_another_and_leaves_nobody_out() {
        let orders: Vec<Vec<usize>> = (0..4).map(|round| rotated(3, round).collect()).collect();
        assert_eq!(orders, [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]]);
        assert_eq!(rotated(0, 5).count(), 0);
    }

    #[test]
    fn a_bound_is_the_best_only_where_nothing_came_to_an_end() {
        assert_eq!(best(&[Below(9.0), Rate(2.0), Rate(3.0)]), Some(Rate(3.0)));
        assert_eq!(best(&[Below(0.5), Below(0.4), Skipped]), Some(Below(0.5)));
        assert_eq!(best(&[Wrong("sum".to_owned()), Skipped]), None);
    }

    #[test]
    fn ratios_are_those_of_rounds() {
        let own = [Rate(10.0), Rate(30.0), Rate(20.0)];
        let peer = [Rate(10.0), Rate(5.0), Rate(10.0)];
        assert_eq!(ratio(&own, &peer), Some(Ratio { best: 3.0, median: 2.0, at_least: false }));
    }

    #[test]
    fn against_one_that_ran_out_of_time_a_ratio_is_a_bound() {
        let collapsed = [Below(0.5), Below(0.5), Skipped];
        let own = [Rate(10.0), Rate(30.0), Rate(20.0)];
        assert_eq!(ratio(&own, &collapsed), Some(Ratio { best: 60.0, median: 40.0, at_least: true }));
        assert_eq!(ratio(&collapsed, &own), None);
        assert_eq!(ratio(&own, &[]), None);
    }

    #[test]
    fn the_better_wait_of_each_round_counts() {
        let yielding = [Rate(1.0), Rate(5.0), Below(0.1)];
        let spinning = [Rate(2.0), Rate(4.0)];
        assert_eq!(better(&yielding, &spinning), [Rate(2.0), Rate(5.0), Below(0.1)]);
    }
}
