//! `disruptor!` where its crate is called otherwise, and inside of other macros.

/// A pipeline of a stage that counts and of one that sums up a field: for crates that do not depend on `disruptor-pipeline`.
#[macro_export]
macro_rules! summed {
    ($event:ty, $field:ident, ring: $ring:expr, $total:expr) => {
        $crate::__pipelines::disruptor! {
            event: $event = <$event>::default();
            ring: $ring;
            name: concat!("summed/", stringify!($field));
            count(sequence) = { let mut expected = 0; move |sequence| { assert_eq!(sequence, expected); expected += 1; } };
            sum(&$field) = |value| $total += *value;
            < count -> sum >
        }
    };
}

/// A chain of stages that do nothing but pass events on.
#[macro_export]
macro_rules! relay {
    ($first:ident $(, $stage:ident)*) => {
        $crate::__pipelines::disruptor! { event: u64; $first(&*) = |_| {}; $($stage(&*) = |_| {};)* < $first $(-> $stage)* > }
    };
}

#[doc(hidden)]
pub use pipelines as __pipelines;

#[cfg(test)]
mod tests {
    #[derive(Default)]
    struct Trade {
        price: u64,
    }

    mod core {}
    mod std {}

    #[test]
    fn a_renamed_crate_declares() {
        let work = |_: &u64, _: i64, _: bool| {};
        let pipeline = pipelines::disruptor! { < work > };
        pipeline.run(|producer| drop(producer.publish(|_| {}))).map(drop).expect("no stage fails");
    }

    #[test]
    fn fragments_of_other_macros_may_stand_anywhere() {
        let mut total = 0;
        let pipeline = crate::summed!(Trade, price, ring: 1 << 4, total);
        assert_eq!(pipeline.topology().name, "summed/price");
        pipeline
            .run(|producer| {
                for price in 0..100 {
                    producer.publish(|trade| trade.price = price).expect("open");
                }
            })
            .map(drop)
            .expect("no stage fails");
        assert_eq!(total, 4950);
    }

    #[test]
    fn names_may_come_from_other_macros() {
        let pipeline = crate::relay!(one, two, three);
        assert_eq!(pipeline.topology().to_text().lines().nth(1), Some("  producer -> one -> two -> three"));
        pipeline.run(|producer| drop(producer.publish(|_| {}))).map(drop).expect("no stage fails");
    }
}
