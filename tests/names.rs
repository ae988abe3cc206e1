//! The expansion's own names meet none of the user's: handlers are found by their stages' names, also with argument lists.
#![forbid(unsafe_code)]

use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    raw: u64,
    order: u64,
}

fn unmarshal(raw: &u64, order: &mut u64) {
    *order = raw * 2;
}

#[test]
fn a_list_without_a_handler_takes_the_function_of_the_stages_name() {
    let mut sum = 0;
    let pipeline = disruptor! {
        event: Trade;
        unmarshal(&raw, &mut order);
        business(&order) = |order| sum += order;
        < unmarshal -> business >
    };
    pipeline
        .run(|producer| producer.publish(|trade| trade.raw = 21).map(drop))
        .expect("it starts")
        .0
        .expect("open");
    assert_eq!(sum, 42);
}

#[test]
fn a_closure_may_use_what_is_called_like_its_stage() {
    let mut business = Vec::new();
    let events = 3;
    let (handler, event, sequence) = (1, 2, 4);
    let pipeline = disruptor! {
        event: Trade;
        business(&raw) = |raw| business.push((*raw, events, handler, event, sequence));
        < business >
    };
    pipeline
        .run(|producer| producer.publish(|trade| trade.raw = 9).map(drop))
        .expect("it starts")
        .0
        .expect("open");
    assert_eq!(business, [(9, 3, 1, 2, 4)]);
}
