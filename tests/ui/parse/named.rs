//! Named pipelines whose types cannot be read off, or whose first line is another.
use disruptor_pipeline::disruptor;

#[derive(Default)]
pub struct Trade {
    order: u64,
}

fn slow() -> disruptor_pipeline::wait::Yielding {
    disruptor_pipeline::wait::Yielding::default()
}

disruptor! { pub struct NoEvent; < risk > }

disruptor! {
    pub struct NoTypes;
    event: Trade;
    wait: slow();
    risk(&order);
    rign: 64;
    < risk >
}

disruptor! { event: Trade; pub struct Late; < risk > }

disruptor! {
    pub struct First;
    pub struct Second<T>;
    event: Trade;
    pub risk(&order:) = |order| drop(*order);
    < price >
}

fn main() {}
