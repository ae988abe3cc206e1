//! What a reader makes of whole, torn and damaged journals.

use std::io::Cursor;

use super::*;

/// Three lines under a header; and where each frame begins, the seal's included.
fn journal() -> (Vec<u8>, Vec<usize>) {
    let mut bytes = [&MAGIC[..], &VERSION.to_le_bytes()].concat();
    let mut begins = Vec::new();
    for (sequence, line) in (HEADER_SEQUENCE..).zip(["carrier,dep_delay", "UA,4", "", "AA,NA"]) {
        begins.push(bytes.len());
        bytes.extend(Head::of_line(sequence, (sequence + 2) as u64, line.as_bytes()).to_bytes());
        bytes.extend(line.as_bytes());
    }
    begins.push(bytes.len());
    bytes.extend(Head::of_seal(3).to_bytes());
    (bytes, begins)
}

/// The lines, and the end.
fn read(bytes: &[u8]) -> Result<(Vec<String>, Entry<'static>), ReadError> {
    let mut reader = Reader::new(Cursor::new(bytes))?;
    let mut lines = vec![String::from_utf8_lossy(&reader.header()?).into_owned()];
    loop {
        let end = match reader.next_entry()? {
            Entry::Line(line) => {
                assert_eq!(line.number, lines.len() as u64 + 1);
                lines.push(String::from_utf8_lossy(line.bytes).into_owned());
                continue;
            }
            Entry::Seal => Entry::Seal,
            Entry::Torn(torn) => Entry::Torn(torn),
        };
        return Ok((lines, end));
    }
}

#[test]
fn a_whole_journal() {
    let (lines, end) = read(&journal().0).expect("a journal");
    assert_eq!(lines, ["carrier,dep_delay", "UA,4", "", "AA,NA"]);
    assert_eq!(end, Entry::Seal);
}

#[test]
fn cut_anywhere_it_is_torn_and_keeps_its_whole_lines() {
    let (bytes, begins) = journal();
    for cut in 1..bytes.len() {
        let whole = begins.iter().take_while(|&&begin| begin <= cut).count();
        match read(&bytes[..cut]) {
            Err(ReadError::TornHeader(offset)) => {
                assert!(whole <= 1, "cut at {cut}");
                assert_eq!(offset, cut.min(PREAMBLE) as u64, "cut at {cut}");
            }
            Ok((lines, Entry::Torn(Torn { offset, bytes }))) => {
                assert_eq!(lines.len(), whole - 1, "cut at {cut}");
                let offset = offset as usize;
                assert_eq!((offset, offset + bytes as usize), (begins[whole - 1], cut), "cut at {cut}");
            }
            other => panic!("cut at {cut}: {other:?}"),
        }
    }
    assert!(matches!(read(b""), Err(ReadError::NoJournal)));
}

#[test]
fn a_torn_tail_may_hold_anything() {
    let (bytes, begins) = journal();
    let torn = [&bytes[..begins[2]], &[0; 4096]].concat();
    let (lines, end) = read(&torn).expect("whole lines");
    assert_eq!((lines.len(), end), (2, Entry::Torn(Torn { offset: begins[2] as u64, bytes: 4096 })));
}

#[test]
fn every_flipped_bit_before_the_seal_is_named_by_its_frame() {
    let (bytes, begins) = journal();
    for bit in 0..begins[4] * 8 {
        let at = bit / 8;
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (bit % 8);
        match read(&flipped) {
            Err(ReadError::NoJournal) => assert!(at < MAGIC.len(), "bit {bit}"),
            Err(ReadError::Version(_)) => assert!((MAGIC.len()..PREAMBLE).contains(&at), "bit {bit}"),
            Err(ReadError::Damaged { offset, .. }) => {
                let begin = begins.iter().rev().find(|&&begin| begin <= at);
                assert_eq!(begin, Some(&(offset as usize)), "bit {bit}");
            }
            other => panic!("bit {bit}: {other:?}"),
        }
    }
}

#[test]
fn a_broken_seal_leaves_every_line() {
    let (bytes, begins) = journal();
    for bit in begins[4] * 8..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let (lines, end) = read(&flipped).expect("whole lines");
        assert_eq!(
            (lines.len(), end),
            (4, Entry::Torn(Torn { offset: begins[4] as u64, bytes: 24 })),
            "bit {bit}"
        );
    }
}

#[test]
fn lost_repeated_and_added_frames_are_damage() {
    let (bytes, begins) = journal();
    let lost = [&bytes[..begins[1]], &bytes[begins[2]..]].concat();
    let repeated = [&bytes[..begins[2]], &bytes[begins[1]..]].concat();
    let added = [&bytes[..], b"x"].concat();
    let lost_at_the_end = [&bytes[..begins[3]], &bytes[begins[4]..]].concat();
    for (wrong, at) in
        [(lost, begins[1]), (repeated, begins[2]), (added, begins[4]), (lost_at_the_end, begins[3])]
    {
        match read(&wrong) {
            Err(ReadError::Damaged { offset, .. }) => assert_eq!(offset as usize, at),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_is_no_journal() {
    assert!(matches!(read(b"year,month,day\n"), Err(ReadError::NoJournal)));
    let (mut bytes, _) = journal();
    bytes[MAGIC.len()] = 2;
    assert!(matches!(read(&bytes), Err(ReadError::Version(2))));
}
