//! An event that is read by a poller cannot leave its closure.
use disruptor_pipeline::Builder;
use disruptor_pipeline::dynamic::{OnDrop, Stage};

fn main() {
    let mut builder = Builder::single(4, String::new);
    builder.handle_events_with([Stage::poller("poller", OnDrop::Release)]);
    let (_, _, mut pollers) = builder.build().unwrap().spawn_with_pollers().unwrap();
    let mut poller = pollers.take("poller").unwrap();
    let mut kept: Option<&String> = None;
    poller.poll(|event, _, _| kept = Some(event)).unwrap();
    println!("{kept:?}");
}
