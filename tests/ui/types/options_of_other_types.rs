//! Options with values of other types.
use disruptor_pipeline::disruptor;

fn main() {
    let look = |_: &u64, _: i64, _: bool| {};
    let _pipeline = disruptor! {
        name: 5;
        first { core: "2" } = look;
        second { batch: -1 } = look;
        third { name: 5 } = look;
        < first -> second -> third >
    };
}
