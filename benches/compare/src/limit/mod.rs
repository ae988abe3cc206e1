//! The limit: for each shape a ring as it would be written by hand for that shape alone. No stop, no error, no panic and no count
//! is thought of: when something goes wrong here, it hangs.
//!
//! | file | |
//! |---|---|
//! | `ring` | cursors, slots, and the loops of a producer and of a stage, compiled anew for each use |
//! | `unicast` | one producer, one stage |
//! | `chains` | one producer, several stages |
//! | `multi` | several producers, one ring |
//! | `rings` | several producers, a ring each |

mod chains;
mod multi;
mod ring;
mod rings;
mod unicast;

pub(crate) use ring::{Cursor, Slots};

use crate::Outcome;
use crate::shape::{Hint, Pause, Resting, Shape, Waiting, Yield};
use crate::work::BATCH;

/// All that is there is handled before the stage says so.
const WHOLE: i64 = i64::MAX;

/// A stage says how far it is after so many events, which keep in a core's first cache: of 256, 1,024, 4,096 and all that is there it
/// was among the fastest in each shape, and the whole ring was not.
const PART: i64 = 1024;

/// Runs a shape.
pub(crate) fn run(shape: Shape, events: i64, wait: Waiting) -> Outcome {
    match wait {
        Waiting::Yielding => with(shape, events, Yield),
        Waiting::SpinHint => with(shape, events, Hint),
    }
}

fn with<P: Pause>(shape: Shape, events: i64, pause: P) -> Outcome {
    match shape {
        // Who drives the stage, and how an event is written, makes no difference here.
        Shape::Unicast | Shape::UnicastPoller | Shape::Translator => {
            unicast::unicast::<1, _>(events, Resting(pause))
        }
        Shape::UnicastBatch => unicast::unicast::<BATCH, _>(events, Resting(pause)),
        Shape::UnicastPinned => unicast::pinned::<1, _>(events, Resting(pause)),
        Shape::UnicastBatchPinned => unicast::pinned::<BATCH, _>(events, Resting(pause)),
        Shape::LongArray => unicast::long_array(events, pause),
        Shape::Raw => unicast::raw::<1, _>(events, Resting(pause)),
        Shape::RawBatch => unicast::raw::<BATCH, _>(events, Resting(pause)),
        Shape::Pipeline => chains::pipeline(events, pause),
        Shape::Diamond => chains::diamond(events, pause),
        Shape::Multicast => chains::multicast(events, pause),
        Shape::Sequencer => multi::sequencer::<1, P>(events, pause),
        Shape::SequencerBatch => multi::sequencer::<BATCH, P>(events, pause),
        Shape::ThreeToThree => rings::three_to_three(events, pause),
    }
}
