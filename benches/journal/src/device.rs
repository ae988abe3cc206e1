//! What the device can do, with no journal on it.

use std::fs::File;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::MmapMut;
use rustix::fs::OFlags;

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

/// Bytes in huge pages, where the system has them: a device takes them from where they are, in few pieces.
struct Pages(MmapMut);

impl Pages {
    const HUGE: usize = 2 << 20;
    const LENGTH: usize = 8 << 20;

    fn new() -> Outcome<Self> {
        let mut memory = MmapMut::map_anon(Self::LENGTH + Self::HUGE)?;
        #[cfg(target_os = "linux")]
        memory.advise(memmap2::Advice::HugePage)?;
        memory.fill(1);
        Ok(Self(memory))
    }

    fn bytes(&self) -> &[u8] {
        &self.0[self.0.as_ptr().addr().wrapping_neg() % Self::HUGE..][..Self::LENGTH]
    }
}

/// The file, to be written past the system's memory for files; nothing where that is refused.
fn opened_directly(place: &Path, flags: OFlags) -> Outcome<Option<File>> {
    drop(filled(place)?);
    let flags = (OFlags::DIRECT | flags).bits().cast_signed();
    Ok(File::options().write(true).custom_flags(flags).open(place.join("device")).ok())
}

const REFUSED: Figure = Figure { value: f64::NAN, processor: f64::NAN };

/// Microseconds of a durable write of 8 MiB that goes past the system's memory for files; not a number where that is refused.
pub fn sync_direct(place: &Path) -> Outcome<Figure> {
    let Some(file) = opened_directly(place, OFlags::DSYNC)? else { return Ok(REFUSED) };
    let pages = Pages::new()?;
    let meter = Meter::start();
    let mut writes = 0;
    while meter.elapsed() < SLICE {
        file.write_all_at(pages.bytes(), writes * Pages::LENGTH as u64 % SIZE)?;
        writes += 1;
    }
    Ok(meter.microseconds(writes))
}

/// Such writes of 1 MiB, two at a time, and one sync; not a number where they are refused.
pub fn write_direct(place: &Path) -> Outcome<Figure> {
    const PIECE: u64 = 1 << 20;
    let Some(file) = opened_directly(place, OFlags::empty())? else { return Ok(REFUSED) };
    let memory = Pages::new()?;
    let meter = Meter::start();
    let pieces = AtomicU64::new(0);
    let work = || -> std::io::Result<()> {
        while meter.elapsed() < SLICE {
            // Relaxed: a count that is read when both threads have ended.
            let piece = pieces.fetch_add(1, Ordering::Relaxed);
            file.write_all_at(&memory.bytes()[..PIECE as usize], piece * PIECE % SIZE)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads = [scope.spawn(work), scope.spawn(work)];
        threads.into_iter().try_for_each(|thread| thread.join().expect("no panic"))
    })?;
    file.sync_data()?;
    Ok(meter.rate(pieces.into_inner() * PIECE / 128))
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
