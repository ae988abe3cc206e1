//! What the device can do, with no journal on it.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::meter::{Figure, Meter};
use crate::{Outcome, SLICE};

const SIZE: u64 = 64 << 20;

/// A file that is full of zeroes, as the journal's segments are.
fn filled(place: &Path) -> Outcome<File> {
    let file = File::create(place.join("device"))?;
    file.write_all_at(&vec![0; SIZE as usize], 0)?;
    file.sync_all()?;
    Ok(file)
}

/// Microseconds of a write of `N` bytes with its `fdatasync`.
pub fn sync<const N: usize>(place: &Path) -> Outcome<Figure> {
    let file = filled(place)?;
    let bytes = vec![1; N];
    let meter = Meter::start();
    let mut writes = 0;
    while meter.elapsed() < SLICE {
        file.write_all_at(&bytes, writes * N as u64 % SIZE)?;
        file.sync_data()?;
        writes += 1;
    }
    Ok(meter.microseconds(writes))
}

/// Writes of 1 MiB one behind the other, and one sync.
pub fn write(place: &Path) -> Outcome<Figure> {
    let file = filled(place)?;
    let bytes = vec![1; 1 << 20];
    let meter = Meter::start();
    for at in (0..SIZE).step_by(1 << 20) {
        file.write_all_at(&bytes, at)?;
    }
    file.sync_data()?;
    Ok(meter.rate(SIZE / 128))
}
