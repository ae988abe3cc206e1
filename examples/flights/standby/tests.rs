//! Standbys that do as they should, and such that do not.

use super::*;
use crate::event::Line;
use crate::lines::RawLine;
use crate::standby::link::LinkError;
use crate::tally::tests::tally;

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(200);

const HEADER: RawLine<'_> = RawLine { number: 1, bytes: b"carrier,dep_delay" };

/// A link to a standby that does this with its end of the connection.
pub(crate) fn link_to(patience: Duration, standby: impl FnOnce(TcpStream) + Send + 'static) -> Link {
    let (near, far) = connect(LONG).expect("a connection");
    thread::spawn(move || standby(far));
    Link::new(near, patience).expect("a link")
}

fn line(bytes: &[u8]) -> Line {
    let mut line = Line::default();
    line.set(RawLine { number: 2, bytes });
    line
}

#[test]
fn a_standby_answers_with_what_it_has_applied() {
    for (delay, agrees) in [(4, true), (5, false)] {
        let (standby, mut link) = Standby::start(LONG).expect("a standby");
        link.begin(HEADER).expect("sent");
        link.send(&line(b"UA,4"), false).expect("sent");
        link.send(&line(b"malformed"), true).expect("sent");
        let answer = link.finish(&tally(&[("UA", Some(delay)), ("", None)])).expect("an answer");
        assert_eq!(answer, Answer { applied: 2, agrees });
        standby.end().expect("all went well");
    }
}

#[test]
fn more_carriers_are_no_agreement() {
    let (_standby, mut link) = Standby::start(LONG).expect("a standby");
    link.begin(HEADER).expect("sent");
    link.send(&line(b"UA,4"), true).expect("sent");
    let answer = link.finish(&tally(&[("UA", Some(4)), ("AA", None)])).expect("an answer");
    assert_eq!(answer, Answer { applied: 1, agrees: false });
}

#[test]
fn a_standby_that_is_no_longer_wanted_ends() {
    let (standby, link) = Standby::start(LONG).expect("a standby");
    // Neither a header nor an end of the connection: only the call tells it.
    standby.end().expect("nothing wrong");
    drop(link);
}

#[test]
fn a_standby_says_what_it_cannot_do() {
    let (standby, mut link) = Standby::start(LONG).expect("a standby");
    link.begin(RawLine { number: 1, bytes: b"carrier" }).expect("sent");
    let error = link.finish(&tally(&[])).expect_err("no answer");
    assert!(matches!(error, LinkError::Lost(_)), "{error:?}");
    assert_eq!(standby.end(), Err("the header has no column `dep_delay`".to_owned()));
}

#[test]
fn a_standby_refuses_nonsense() {
    use std::io::Write;
    let beyond =
        &[&17u32.to_le_bytes()[..], b"carrier,dep_delay", &70_000u32.to_le_bytes(), &[0; 8]].concat()[..];
    let miscounted = &[
        &17u32.to_le_bytes()[..],
        b"carrier,dep_delay",
        &END.to_le_bytes(),
        &1u64.to_le_bytes(),
    ]
    .concat()[..];
    for (sent, reason) in [
        (beyond, "the primary sent nonsense: a line of 70000 bytes"),
        (miscounted, "the primary sent nonsense: 0 lines came, and the end mark says 1"),
        (&[0xff; 4], "the primary sent nonsense: the end before the header"),
    ] {
        let (mut near, far) = connect(LONG).expect("a connection");
        near.write_all(sent).expect("sent");
        let served = server::serve(&far, LONG, &AtomicBool::new(false));
        assert_eq!(served.expect_err("nonsense").to_string(), reason);
    }
}

#[test]
fn a_dead_standby_is_an_error() {
    let (near, far) = connect(LONG).expect("a connection");
    let mut link = Link::new(near, LONG).expect("a link");
    drop(far);
    let error = (0..1_000_000).find_map(|_| link.send(&line(b"UA,4"), true).err()).expect("an error");
    assert!(matches!(error, LinkError::Lost(_)), "{error:?}");
    assert!(error.to_string().starts_with("the connection to the standby is lost: "));
}

#[test]
fn a_standby_that_takes_nothing_is_given_up() {
    let (near, _far) = connect(LONG).expect("a connection");
    let mut link = Link::new(near, SHORT).expect("a link");
    let long = line(&[b'x'; 60_000]);
    let error = (0..10_000).find_map(|_| link.send(&long, true).err()).expect("an error");
    assert_eq!(error.to_string(), "the standby has not stirred for 200ms");
}

#[test]
fn a_standby_that_says_nothing_is_given_up() {
    let (near, _far) = connect(LONG).expect("a connection");
    let mut link = Link::new(near, SHORT).expect("a link");
    let error = link.finish(&tally(&[])).expect_err("no answer");
    assert_eq!(error.to_string(), "the standby has not stirred for 200ms");
}
