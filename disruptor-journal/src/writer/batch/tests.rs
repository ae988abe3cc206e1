//! What a batch is in memory, byte by byte.

use super::*;
use crate::format::frame::MAGIC;
use crate::writer::direct::to_block;

fn push(batch: &mut Batch, sequence: Sequence, bytes: &[u8]) -> Result<bool, Refused> {
    batch.push(sequence, |into| {
        into.put(bytes);
        Ok(())
    })
}

#[test]
fn events_fill_frames_and_a_large_one_gets_its_own() {
    let mut batch = Batch::new(100, 200, usize::MAX);
    let sizes = [50, 40, 10, 150, 196, 0];
    for (sequence, size) in (0..).zip(sizes) {
        assert!(push(&mut batch, sequence, &vec![7; size]).is_ok());
    }
    assert!(matches!(push(&mut batch, 6, &[7; 197]), Err(Refused::TooLarge(197))));
    batch.end();
    let frames = batch.frames().to_vec();
    let counts: Vec<_> = frames.iter().map(|frame| (frame.first, frame.count)).collect();
    assert_eq!(counts, [(0, 3), (3, 1), (4, 1), (5, 1)]);
    let size = frames.iter().map(Extent::size).sum::<u64>();
    assert_eq!((batch.bytes.len() - batch.begin) as u64, size + HEAD + BLOCK as u64);
    assert_eq!((batch.fit(size), batch.fit(size - 1).0, batch.fit(0)), ((4, size), 3, (0, 0)));
}

#[test]
fn an_event_that_is_refused_leaves_nothing() {
    let mut batch = Batch::new(100, 200, usize::MAX);
    let refused = |batch: &mut Batch| {
        batch.push(0, |into| {
            into.put(b"half");
            Err("no".into())
        })
    };
    assert!(matches!(refused(&mut batch), Err(Refused::Encode(_))));
    assert!(batch.is_empty() && batch.bytes.len() == batch.begin);
    assert!(push(&mut batch, 0, b"whole").is_ok());
    let length = batch.bytes.len();
    assert!(matches!(refused(&mut batch), Err(Refused::Encode(_))));
    assert_eq!((batch.bytes.len(), batch.first()), (length, Some(0)));
}

const SEAL: Seal = Seal { journal: 1, segment: 1, epoch: 1, durable: 0 };

#[test]
fn what_is_written_ends_with_zeroes() {
    let mut batch = Batch::new(1, 200, usize::MAX);
    for (lead, count, length) in [(0, 1, 1), (0, 2, 1), (4096 - 112, 1, 2), (4096 - 64, 2, 2), (64, 0, 1)] {
        batch.clear();
        batch.go_to(&vec![9; lead]);
        push(&mut batch, 0, b"a").ok().expect("room");
        push(&mut batch, 1, b"b").ok().expect("room");
        batch.end();
        batch.seal(count, Kind::Events, SEAL);
        let before = batch.bytes.to_vec();
        let bytes = batch.write_blocks(count, |bytes| {
            assert_eq!(to_block(bytes), 0);
            bytes.to_vec()
        });
        assert_eq!(bytes.len(), length * BLOCK);
        assert!(*batch.bytes == *before, "what is not written yet stays");
        let frames = &bytes[lead..][..64 * count];
        assert!(bytes[..lead].iter().all(|byte| *byte == 9), "what stands there already");
        assert!(frames.chunks(64).all(|frame| frame.starts_with(&MAGIC)));
        assert!(bytes[lead + 64 * count..].iter().all(|byte| *byte == 0));
    }
}

/// Whatever its buffer does, and wherever the first frame goes: the bytes are the same, and at a block.
#[test]
fn pieces_are_the_same_bytes_as_one_write() {
    let whole = |batch: &mut Batch| {
        batch.end();
        let count = batch.frames().len();
        batch.seal(count, Kind::Events, SEAL);
        let bytes = batch.write_blocks(count, <[u8]>::to_vec);
        batch.written(count);
        batch.begin_next();
        bytes
    };
    let mut expected = Batch::new(700, 20_000, usize::MAX);
    let mut pieces = Batch::new(700, 20_000, 5000);
    let (mut written, mut handed) = (Vec::new(), 0);
    for sequence in 0..1000 {
        let event = vec![sequence as u8; (sequence as usize * 37) % 900];
        assert!(matches!(push(&mut expected, sequence, &event), Ok(false)));
        if push(&mut pieces, sequence, &event).ok().expect("room") {
            let count = pieces.frames().len();
            pieces.seal(count, Kind::Events, SEAL);
            if handed % 2 == 0 {
                let (bytes, range) = pieces.replace(Buffer::new());
                assert_eq!(to_block(&bytes[range.clone()]), 0);
                written.extend_from_slice(&bytes[range]);
            } else {
                written.extend_from_slice(pieces.whole_blocks());
                pieces.written(count);
                pieces.begin_next();
            }
            assert!(pieces.is_empty() && written.len() % BLOCK == 0);
            handed += 1;
        }
    }
    written.extend(whole(&mut pieces));
    let expected_bytes = whole(&mut expected);
    assert!(handed > 50 && expected_bytes.len() == written.len());
    assert!(expected_bytes == written);
    // And the block that both are in goes on in the next.
    let event = [7; 100];
    for batch in [&mut expected, &mut pieces] {
        assert!(push(batch, 1000, &event).is_ok());
    }
    assert!(expected.lead > 0 && whole(&mut expected) == whole(&mut pieces));
    // In another place, with what it holds.
    assert!(push(&mut expected, 1001, &event).is_ok());
    expected.go_to(&[]);
    let moved = whole(&mut expected);
    assert!(moved.starts_with(&MAGIC) && moved.len() == BLOCK);
}
