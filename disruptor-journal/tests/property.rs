//! Any order of batches, crashes and openings equals a vector in memory.

mod common;

use std::fs;
use std::ops::Range;

use common::{append, crash, event, events, read, small};
use disruptor_journal::{Check, Reader, Sequence, SyncPolicy, tools};
use proptest::prelude::*;

/// What is done to a journal.
#[derive(Clone, Debug)]
enum Step {
    /// Appends so many events; the batch ends.
    Batch(u8),
    /// Appends so many events, and the batch does not end.
    Open(u8),
    Close,
    /// The process dies: the files stay as they are.
    Crash,
    /// The machine dies in the middle of the last write: so many bytes of it are lost.
    Tear(u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => any::<u8>().prop_map(Step::Batch),
        2 => any::<u8>().prop_map(Step::Open),
        1 => Just(Step::Close),
        2 => Just(Step::Crash),
        2 => any::<u16>().prop_map(Step::Tear),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_journal_is_a_vector(steps in prop::collection::vec(step(), 1..40), frame_size in 1..3000_usize, piece in 1..9000_usize, which in 0..3_usize) {
        let sync = [SyncPolicy::Batch, SyncPolicy::Interval(std::time::Duration::from_millis(1)), SyncPolicy::None][which];
        let scratch = common::scratch();
        let directory = scratch.path();
        let options = small().frame_size(frame_size).sync(sync);
        #[cfg(feature = "faults")]
        let options = options.piece_size(piece);
        #[cfg(not(feature = "faults"))]
        let _ = piece;
        let open = || options.clone().open(directory);
        let mut journal = Some(open().expect("opened"));
        // The number of events that are written, and of the last batch.
        let (mut written, mut last): (Sequence, Range<Sequence>) = (0, 0..0);
        // Of a batch that had not ended when the process died some may be there.
        let mut most = 0;
        for step in steps {
            let mut open_journal = match journal.take() {
                Some(journal) => journal,
                None => open().expect("opened"),
            };
            let next = open_journal.next_sequence();
            prop_assert!((written..=most.max(written)).contains(&next), "{} of {}..={}", next, written, most);
            (written, most) = (next, next);
            match step {
                Step::Batch(size) => {
                    last = written..written + Sequence::from(size);
                    append(&mut open_journal, last.clone()).expect("appended");
                    written = last.end;
                    journal = Some(open_journal);
                }
                Step::Open(size) => {
                    for sequence in written..written + Sequence::from(size) {
                        open_journal.append(&event(sequence), false).expect("appended");
                    }
                    crash(open_journal, directory);
                    most = written + Sequence::from(size);
                    last = written..written;
                }
                Step::Close => {
                    open_journal.close().expect("closed");
                    last = written..written;
                }
                Step::Crash => crash(open_journal, directory),
                Step::Tear(lost) => {
                    crash(open_journal, directory);
                    // Of the last write, nothing else: it is the last frames of the last segment that has any.
                    let mut frames = Vec::new();
                    tools::inspect(directory, |path, offset, frame| frames.push((path.to_owned(), offset, *frame))).expect("whole");
                    let (path, offset, frame) = frames.last().expect("a mark").clone();
                    if frame.first >= last.start && frame.count > 0 {
                        let mut bytes = fs::read(&path).expect("there");
                        let size = frame.size() as usize;
                        let kept = size - 1 - lost as usize % size;
                        bytes[offset as usize + kept..][..size - kept].fill(0);
                        let is_torn = bytes != fs::read(&path).expect("there");
                        fs::write(&path, bytes).expect("written");
                        if is_torn {
                            written = frame.first;
                        }
                        last = written..written;
                    }
                }
            }
            prop_assert_eq!(read(directory).expect("whole")[..].len() as Sequence >= last.start, true);
        }
        drop(journal);
        let found = read(directory).expect("whole");
        prop_assert!((written..=most.max(written)).contains(&(found.len() as Sequence)));
        written = found.len() as Sequence;
        prop_assert_eq!(found, events(0..written));
        let by_tail: Vec<_> = Reader::open_checked(directory, Check::Tail).expect("whole").replay(0).expect("there").collect();
        prop_assert_eq!(by_tail.len() as Sequence, written);
    }
}
