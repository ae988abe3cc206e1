//! Declarations inside generic functions, modules and closures, with private event types.
#![forbid(unsafe_code)]
#![deny(warnings)]

mod orders {
    use disruptor_pipeline::{Handler, disruptor};

    #[derive(Default)]
    pub struct Order<T> {
        pub price: T,
        pub double: T,
    }

    pub fn run<T, H>(values: Vec<T>, last: H) -> H
    where
        T: Copy + Default + Send + Sync + std::ops::Add<Output = T> + 'static,
        H: Handler<Order<T>> + Send + 'static,
    {
        let pipeline = disruptor! {
            event: Order<T> = Order::default();
            ring: 16;
            twice(&price, &mut double) = |price, double| *double = *price + *price;
            < twice -> last >
        };
        let ((), handlers) = pipeline
            .run(|producer| values.iter().for_each(|value| drop(producer.publish(|order| order.price = *value))))
            .unwrap();
        handlers.last
    }
}

fn main() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let last = move |order: &orders::Order<u32>, _: i64, _: bool| sender.send(order.double).unwrap();
    drop(orders::run(vec![1, 2, 3], last));
    assert_eq!(receiver.iter().collect::<Vec<_>>(), [2, 4, 6]);
}
