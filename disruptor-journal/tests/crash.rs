//! What a crash may leave: files that are cut, pages that were never written, bits that flip.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use common::{SMALL, append, copy, events, read, restore, segments, small};
use disruptor_journal::{Error, Reader, Sequence, tools};

/// A journal that is left as a crash leaves it: without its closing mark. Gives its segment, and where its frames begin.
fn crashed(directory: &Path, batches: &[Sequence]) -> (Vec<u8>, Vec<u64>) {
    let mut journal = small().open(directory).expect("opened");
    let mut written = 0;
    for batch in batches {
        append(&mut journal, written..written + batch).expect("appended");
        written += batch;
    }
    let bytes = fs::read(&segments(directory)[0]).expect("there");
    drop(journal);
    let segment = segments(directory)[0].clone();
    fs::write(&segment, &bytes).expect("written");
    let mut frames = Vec::new();
    tools::inspect(directory, |_, offset, _| frames.push(offset)).expect("whole");
    (bytes, frames)
}

/// What a writer makes of such a journal: its events, or damage; and after either a reader agrees.
fn recovered(directory: &Path) -> Result<Vec<Vec<u8>>, Error> {
    match small().open(directory) {
        Ok(journal) => {
            drop(journal);
            let events = read(directory).expect("it was opened");
            let again = small().open(directory).expect("opened once more");
            assert_eq!(again.torn(), None, "what was cut off is gone");
            Ok(events)
        }
        Err(error) => {
            let reader = read(directory).expect_err("a reader agrees");
            assert_eq!(reader.to_string(), error.to_string());
            Err(error)
        }
    }
}

#[test]
fn cut_at_every_byte_of_the_last_two_frames() {
    let scratch = common::scratch();
    let (bytes, frames) = crashed(scratch.path(), &[3, 5, 4]);
    let pristine = common::scratch();
    copy(scratch.path(), pristine.path());
    // Frames: the mark, then a batch each.
    assert_eq!(frames.len(), 4);
    let ends = [frames[2], frames[3], bytes.iter().rposition(|byte| *byte != 0).expect("events") as u64 + 1];
    for cut in frames[2]..=ends[2] {
        let mut torn = bytes.clone();
        torn[cut as usize..].fill(0);
        fs::write(&segments(scratch.path())[0], torn).expect("written");
        let found = recovered(scratch.path()).expect("a torn tail is cut off");
        let whole = if cut >= ends[2] {
            12
        } else if cut >= ends[1] {
            8
        } else {
            3
        };
        // The last bytes of a frame may be zeroes as they stand.
        assert!(
            found == events(0..whole)
                || (found == events(0..8) || found == events(0..12)) && cut + 8 > ends[1],
            "{cut}"
        );
        restore(pristine.path(), scratch.path());
    }
}

/// A file that is shorter than it was made is no torn tail: no crash shortens a segment.
#[test]
fn a_segment_that_was_shortened_is_damage() {
    let scratch = common::scratch();
    let (bytes, _) = crashed(scratch.path(), &[3, 5]);
    for length in [0, 1, 4095, 4096, SMALL as usize - 1] {
        fs::write(&segments(scratch.path())[0], &bytes[..length]).expect("written");
        let refused = small().open(scratch.path()).expect_err("shortened").to_string();
        assert!(refused.contains(&format!("a file of {length} bytes")), "{refused}");
    }
}

/// A batch of several frames over several pages, of which a crash leaves any subset; what stood there before was zeroes, or old bytes.
#[test]
fn any_subset_of_unsynced_pages() {
    const PAGE: usize = 4096;
    let mut outcomes = BTreeSet::new();
    for frame_size in [600, 3000, 100_000] {
        let scratch = common::scratch();
        let mut journal = small().frame_size(frame_size).open(scratch.path()).expect("opened");
        append(&mut journal, 0..20).expect("appended");
        let before = fs::read(&segments(scratch.path())[0]).expect("there");
        append(&mut journal, 20..190).expect("appended");
        let after = fs::read(&segments(scratch.path())[0]).expect("there");
        drop(journal);
        let pages: Vec<_> = (0..before.len())
            .step_by(PAGE)
            .filter(|at| before[*at..at + PAGE] != after[*at..at + PAGE])
            .collect();
        assert!((2..=3).contains(&pages.len()), "{pages:?}");
        for subset in 0..1_u32 << pages.len() {
            let mut image = before.clone();
            for (number, at) in pages.iter().enumerate() {
                if subset & 1 << number != 0 {
                    image[*at..at + PAGE].copy_from_slice(&after[*at..at + PAGE]);
                }
            }
            fs::write(&segments(scratch.path())[0], image).expect("written");
            let found = recovered(scratch.path()).expect("what is torn was never durable");
            // What was durable, and then a whole number of frames: nothing that was never published, and no gap.
            assert!(found.len() >= 20 && found[..] == events(0..found.len() as Sequence), "{subset}");
            assert!(subset + 1 < 1 << pages.len() || found.len() == 190);
            outcomes.insert(found.len());
        }
    }
    assert!(outcomes.contains(&20) && outcomes.contains(&190) && outcomes.len() > 2, "{outcomes:?}");
}

#[test]
fn every_flipped_byte_of_a_closed_journal_is_found() {
    let scratch = common::scratch();
    let mut journal = small().open(scratch.path()).expect("opened");
    append(&mut journal, 0..4).expect("appended");
    journal.close().expect("closed");
    let mut journal = small().open(scratch.path()).expect("opened");
    append(&mut journal, 4..6).expect("appended");
    journal.close().expect("closed");
    let segment = segments(scratch.path())[0].clone();
    let bytes = fs::read(&segment).expect("there");
    let mut frames = Vec::new();
    tools::inspect(scratch.path(), |_, offset, frame| frames.push((offset, frame.kind))).expect("whole");
    assert_eq!(frames.len(), 6);
    let used = bytes.iter().rposition(|byte| *byte != 0).expect("frames") + 56;
    let closed = frames[5].0 as usize;
    for at in 0..used {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x10;
        fs::write(&segment, &flipped).expect("written");
        let found = Reader::open(scratch.path());
        match found {
            Err(Error::Damaged(damage)) => {
                let frame = frames.iter().rev().find(|(offset, _)| *offset as usize <= at);
                assert_eq!(damage.offset, frame.map_or(0, |(offset, _)| *offset), "byte {at}");
                assert_eq!(damage.path, segment);
                assert!(at < closed);
            }
            // The last mark, and what is behind it, can only be told from a torn one by what is durable: all events are.
            Ok(reader) => {
                assert!(at >= closed, "byte {at}");
                let torn = reader.torn().expect("it is told of");
                assert!(torn.bytes > 0 && reader.next_sequence() == 6, "byte {at}: {torn:?}");
                assert_eq!(read(scratch.path()).expect("whole"), events(0..6));
            }
            Err(other) => panic!("byte {at}: {other}"),
        }
        if at % 97 == 0 && at < closed {
            let refused = small().open(scratch.path()).expect_err("damaged");
            assert!(matches!(refused, Error::Damaged(_)));
            assert_eq!(fs::read(&segment).expect("there"), flipped, "nothing was changed");
        }
    }
    fs::write(&segment, bytes).expect("written");
    assert_eq!(read(scratch.path()).expect("whole"), events(0..6));
}

#[test]
fn damage_names_the_place_and_what_follows_and_is_cut_off_when_asked() {
    let scratch = common::scratch();
    let mut journal = small().open(scratch.path()).expect("opened");
    for batch in 0..100 {
        append(&mut journal, batch * 10..(batch + 1) * 10).expect("appended");
    }
    journal.close().expect("closed");
    let mut places = Vec::new();
    tools::inspect(scratch.path(), |path, offset, frame| places.push((path.to_owned(), offset, *frame)))
        .expect("whole");
    let (path, offset, frame) = places[40].clone();
    let mut bytes = fs::read(&path).expect("there");
    bytes[offset as usize + 60] ^= 1;
    fs::write(&path, &bytes).expect("written");

    let refused = small().open(scratch.path()).expect_err("damaged");
    let text = refused.to_string();
    assert!(
        text.contains(&format!(
            "{} is damaged at offset {offset}: a frame whose checksum is wrong",
            path.display()
        )),
        "{text}"
    );
    assert!(
        text.contains(&format!("the frame of sequence {}", frame.first)) && text.contains("`truncate`"),
        "{text}"
    );
    assert!(matches!(tools::verify(scratch.path(), |_| {}), Err(Error::Damaged(_))));
    // What stands before it can be read.
    let (reader, damage) = Reader::open_up_to_damage(scratch.path()).expect("readable");
    assert_eq!((damage.expect("told").offset, reader.next_sequence()), (offset, frame.first));
    let mut dumped = Vec::new();
    let (count, _) =
        tools::dump(scratch.path(), Some(5), None, tools::Format::JsonLines, &mut dumped).expect("dumped");
    assert_eq!(count as Sequence, frame.first - 5);

    let plan = tools::Truncation::plan(scratch.path(), None).expect("planned");
    assert_eq!((plan.end(), plan.events(), plan.place()), (frame.first, 0, (path.as_path(), offset)));
    assert!(matches!(small().open(scratch.path()), Err(Error::Locked { .. })), "it is locked meanwhile");
    let cut = plan.apply().expect("cut off");
    assert!(cut.kept.len() >= 2 && cut.kept.iter().all(|kept| kept.exists()), "{cut:?}");
    let mut journal = small().open(scratch.path()).expect("whole again");
    assert_eq!((journal.next_sequence(), journal.torn()), (frame.first, None));
    append(&mut journal, frame.first..frame.first + 5).expect("appended");
    drop(journal);
    assert_eq!(read(scratch.path()).expect("whole"), events(0..frame.first + 5));
    // Before a sequence: at the end of the last frame that ends there or before.
    let plan = tools::Truncation::plan(scratch.path(), Some(57)).expect("planned");
    assert_eq!(plan.end(), 50);
    plan.apply().expect("cut off");
    assert_eq!(read(scratch.path()).expect("whole"), events(0..50));
    assert!(matches!(tools::Truncation::plan(scratch.path(), Some(51)), Err(Error::Beyond { next: 50, .. })));
}

/// What a writer has cut off, or could not sync, never comes back behind what is written later.
#[test]
fn what_was_cut_off_does_not_come_back() {
    let scratch = common::scratch();
    let mut journal = small().frame_size(300).open(scratch.path()).expect("opened");
    append(&mut journal, 0..5).expect("appended");
    let end = fs::read(&segments(scratch.path())[0])
        .expect("there")
        .iter()
        .rposition(|byte| *byte != 0)
        .expect("frames")
        + 1;
    let end = end.next_multiple_of(8);
    append(&mut journal, 5..60).expect("appended");
    let mut bytes = fs::read(&segments(scratch.path())[0]).expect("there");
    drop(journal);
    // The first frame of the second batch is torn; the others are whole.
    bytes[end + 8] ^= 0xff;
    fs::write(&segments(scratch.path())[0], &bytes).expect("written");
    for round in 0..3 {
        let mut journal = small().frame_size(300).open(scratch.path()).expect("opened");
        assert_eq!(journal.torn().is_some(), round == 0);
        assert_eq!(journal.next_sequence(), 5 + round);
        append(&mut journal, 5 + round..6 + round).expect("appended");
        drop(journal);
        assert_eq!(read(scratch.path()).expect("whole"), events(0..6 + round));
    }
}

/// A whole frame of a batch that was torn stands where the next one is due, since the zeroes behind the write before it are lost, too: it
/// is of an older epoch, and is none.
#[test]
fn a_frame_of_an_older_epoch_is_not_taken_again() {
    let scratch = common::scratch();
    let mut journal = small().frame_size(300).open(scratch.path()).expect("opened");
    append(&mut journal, 0..5).expect("appended");
    append(&mut journal, 5..60).expect("appended");
    let segment = segments(scratch.path())[0].clone();
    let mut bytes = fs::read(&segment).expect("there");
    let mut frames = Vec::new();
    tools::inspect(scratch.path(), |_, offset, frame| frames.push((offset as usize, *frame))).expect("whole");
    drop(journal);
    let (lost, next) = (frames[2], frames[3]);
    assert_eq!((lost.1.first, next.1.first), (5, lost.1.end()));
    bytes[lost.0 + 60] ^= 0xff;
    fs::write(&segment, &bytes).expect("written");

    // A mark and a frame that end where the lost one ended, with as many events.
    let mut journal = small().open(scratch.path()).expect("opened");
    let body = lost.1.size() as usize - 3 * 56;
    for event in 1..=lost.1.count as usize {
        let is_last = event == lost.1.count as usize;
        let length = if is_last { body + 56 - 4 * event } else { 0 };
        journal.append(&vec![1; length], is_last).expect("appended");
    }
    let mut image = fs::read(&segment).expect("there");
    drop(journal);
    image[next.0..].copy_from_slice(&bytes[next.0..]);
    fs::write(&segment, &image).expect("written");
    let reader = Reader::open(scratch.path()).expect("readable");
    assert_eq!(reader.next_sequence(), lost.1.end());
    assert_eq!(
        reader.torn().map(|torn| torn.offset as usize),
        Some(next.0),
        "it ends where the old frame begins"
    );
    assert_eq!(small().open(scratch.path()).expect("opened").next_sequence(), lost.1.end());
}
