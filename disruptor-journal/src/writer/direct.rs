//! Writing past the system's memory for files (`O_DIRECT`): the disk takes the bytes from where they are. It costs a tenth of the
//! processor, since nothing is copied and no pages are looked for, and the disk begins at once.
//!
//! Memory, place in the file and length must all be at a block. What is not goes the ordinary way, as does all where the file system
//! refuses: nothing that is written depends on it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the system manages a file's room by, everywhere that matters: a write that covers whole blocks need not read them first, and may
/// go to the disk directly.
pub(crate) const BLOCK: usize = 4096;

/// How many bytes there are from here to the next block of memory.
pub(crate) fn to_block(bytes: &[u8]) -> usize {
    bytes.as_ptr().addr().wrapping_neg() % BLOCK
}

/// A file that was opened once more, to be written directly.
#[derive(Debug)]
pub(crate) struct Direct {
    file: File,
    /// The file system has refused a write: it will not be asked again.
    refused: AtomicBool,
}

impl Direct {
    /// Opens a file that is there; nothing where the system or the file system has no such thing.
    pub(crate) fn open(path: &Path) -> Option<Self> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            use std::os::unix::fs::OpenOptionsExt;

            let flags = rustix::fs::OFlags::DIRECT.bits().cast_signed();
            let file = File::options().write(true).custom_flags(flags).open(path).ok()?;
            Some(Self { file, refused: AtomicBool::new(false) })
        }
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        {
            let _ = path;
            None
        }
    }

    /// How many of these bytes, for this place in the file, can be written directly.
    fn takes(&self, bytes: &[u8], offset: u64) -> usize {
        // Relaxed: whoever does not see it yet is refused as well, and told so.
        let is_at_block = to_block(bytes) == 0 && offset.is_multiple_of(BLOCK as u64);
        if !is_at_block || self.refused.load(Ordering::Relaxed) { 0 } else { bytes.len() / BLOCK * BLOCK }
    }

    /// Writes bytes, as far as that goes directly; the rest to `file`, which is the same one.
    pub(crate) fn write_all_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        let (blocks, rest) = bytes.split_at(self.takes(bytes, offset));
        match self.file.write_all_at(blocks, offset) {
            // EINVAL, which is all that a file system says that wants larger blocks, or none of this.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                self.refused.store(true, Ordering::Relaxed);
                file.write_all_at(bytes, offset)
            }
            Err(error) => Err(error),
            Ok(()) => file.write_all_at(rest, offset + blocks.len() as u64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_any_place_and_length_get_there() {
        let scratch = tempfile::tempdir().expect("a directory");
        let path = scratch.path().join("file");
        let file = File::options().read(true).write(true).create_new(true).open(&path).expect("made");
        file.set_len(1 << 16).expect("lengthened");
        let Some(direct) = Direct::open(&path) else {
            println!("SKIPPED: {} takes no O_DIRECT", path.display());
            return;
        };
        let memory: Vec<u8> = (0..40_000_u32).map(|place| (place % 251) as u8 | 1).collect();
        let begin = to_block(&memory);
        for (from, length, offset) in [
            (begin, 8192, 4096),
            (begin, 8192 + 100, 4096),
            (begin + 1, 8192, 4096),
            (begin, 8192, 4097),
            (begin, 17, 0),
            (begin, 0, 0),
        ] {
            file.write_all_at(&[0; 1 << 16], 0).expect("cleared");
            let bytes = &memory[from..][..length];
            direct.write_all_at(&file, bytes, offset).expect("written");
            let mut found = vec![0; length + 2];
            file.read_exact_at(&mut found, offset.saturating_sub(1)).expect("read");
            let found = &found[usize::from(offset > 0)..];
            assert_eq!((&found[..length], found[length]), (bytes, 0), "{length} at {offset}");
        }
        assert_eq!(direct.takes(&memory[begin..][..8292], 4096), 8192);
        assert_eq!(direct.takes(&memory[begin + 8..][..8192], 4096), 0);
        assert_eq!(direct.takes(&memory[begin..][..8192], 512), 0);
        direct.refused.store(true, Ordering::Relaxed);
        assert_eq!(direct.takes(&memory[begin..][..8192], 4096), 0);
    }
}
