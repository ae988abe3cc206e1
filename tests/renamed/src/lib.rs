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

/// A tick of a price.
#[derive(Debug, Default)]
pub struct Tick {
    /// The price.
    pub price: u64,
}

pipelines::disruptor! {
    /// What a library may offer: its users bring the handlers, and name the types.
    #[derive(Debug)]
    pub struct Ticks;
    event: Tick;
    smooth(&mut price: u64);
    < smooth -> show >
}

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
    fn a_library_offers_a_pipeline() {
        use pipelines::Sequence;

        let mut shown = 0;
        let ticks = crate::Ticks {
            smooth: |price: &mut u64| *price /= 2,
            show: |tick: &crate::Tick, _: Sequence, _: bool| shown += tick.price,
        };
        let feed = |producer: &mut crate::TicksProducer| {
            (0..10).for_each(|price| drop(producer.publish(|tick| tick.price = 2 * price)));
        };
        ticks.pipeline().run(feed).map(drop).expect("no stage fails");
        assert_eq!(shown, 45);
    }

    #[test]
    fn names_may_come_from_other_macros() {
        let pipeline = crate::relay!(one, two, three);
        assert_eq!(pipeline.topology().to_text().lines().nth(1), Some("  producer -> one -> two -> three"));
        pipeline.run(|producer| drop(producer.publish(|_| {}))).map(drop).expect("no stage fails");
    }
}
