//! Groups within groups, deeper than anybody reads.
use disruptor_pipeline::disruptor;

fn a<E>(_: &E, _: i64, _: bool) {}

fn main() {
    let _deep = disruptor! { event: u64; < (((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))) > };
}
