//! Every step that touches the disk, in one place: with the feature `faults` each has a name, at which a test can kill the process or
//! have the step fail. Without it the names are gone.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use crate::error::Error;
use crate::writer::Direct;

/// A step's name: what is done, and how far it is.
macro_rules! point {
    ($path:expr, $what:expr, $when:literal) => {
        #[cfg(feature = "faults")]
        crate::faults::reached($path, $what, $when)?;
        #[cfg(not(feature = "faults"))]
        let _ = ($path, $what);
    };
}

/// Writes all of `bytes` at `offset`.
#[inline]
pub(crate) fn write_at(
    file: &File,
    path: &Path,
    what: &'static str,
    bytes: &[u8],
    offset: u64,
) -> Result<(), Error> {
    write_to(file, None, path, what, bytes, offset)
}

/// The same, directly as far as that can be. `direct` is the same file.
#[inline]
pub(crate) fn write_to(
    file: &File,
    direct: Option<&Direct>,
    path: &Path,
    what: &'static str,
    bytes: &[u8],
    offset: u64,
) -> Result<(), Error> {
    let written = || -> io::Result<()> {
        point!(path, what, "write.before");
        #[cfg(feature = "faults")]
        {
            if crate::faults::is_armed(path, what, "write.half") {
                // At whatever byte that is.
                file.write_all_at(&bytes[..bytes.len() / 2], offset)?;
            }
            crate::faults::reached(path, what, "write.half")?;
        }
        match direct {
            Some(direct) => direct.write_all_at(file, bytes, offset)?,
            None => file.write_all_at(bytes, offset)?,
        }
        point!(path, what, "write.after");
        Ok(())
    };
    written().map_err(Error::io("write", path))
}

/// Has the file's data on the disk when it comes back, and its size if that has changed.
#[inline]
pub(crate) fn sync(file: &File, path: &Path, what: &'static str) -> Result<(), Error> {
    let synced = || -> io::Result<()> {
        point!(path, what, "sync.before");
        file.sync_data()?;
        point!(path, what, "sync.after");
        Ok(())
    };
    synced().map_err(Error::io("sync", path))
}

/// An error if the file has been removed from its directory: what is written to it is lost.
#[inline]
pub(crate) fn is_linked(file: &File, path: &Path) -> Result<(), Error> {
    match file.metadata() {
        Ok(metadata) if metadata.nlink() > 0 => Ok(()),
        Ok(_) => Err(io::Error::new(io::ErrorKind::NotFound, "it was removed while it was being written")),
        Err(error) => Err(error),
    }
    .map_err(Error::io("go on with", path))
}

/// Gives a file another name in its directory, and has that on the disk when it comes back.
pub(crate) fn rename(from: &Path, to: &Path, what: &'static str) -> Result<(), Error> {
    let renamed = || -> io::Result<()> {
        point!(from, what, "rename.before");
        fs::rename(from, to)?;
        point!(from, what, "rename.after");
        Ok(())
    };
    renamed().map_err(Error::io("rename", from))?;
    sync_directory(to.parent().unwrap_or(Path::new(".")), what)
}

/// Removes a file, and has that on the disk when it comes back.
pub(crate) fn remove(path: &Path, what: &'static str) -> Result<(), Error> {
    let removed = || -> io::Result<()> {
        point!(path, what, "remove.before");
        fs::remove_file(path)?;
        point!(path, what, "remove.after");
        Ok(())
    };
    removed().map_err(Error::io("remove", path))?;
    sync_directory(path.parent().unwrap_or(Path::new(".")), what)
}

/// Has a directory's entries on the disk when it comes back.
pub(crate) fn sync_directory(path: &Path, what: &'static str) -> Result<(), Error> {
    let synced = || -> io::Result<()> {
        File::open(path)?.sync_all()?;
        point!(path, what, "directory.after");
        Ok(())
    };
    synced().map_err(Error::io("sync the directory", path))
}

/// A new file to write, in place of one that was not finished.
pub(crate) fn create(path: &Path, what: &'static str) -> Result<File, Error> {
    let created = || -> io::Result<File> {
        point!(path, what, "create.before");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
        point!(path, what, "create.after");
        Ok(file)
    };
    created().map_err(Error::io("create", path))
}

/// A file that is there, to read and write.
pub(crate) fn open(path: &Path) -> Result<File, Error> {
    OpenOptions::new().read(true).write(true).open(path).map_err(Error::io("open", path))
}

/// A file that is there, to read.
pub(crate) fn open_to_read(path: &Path) -> Result<File, Error> {
    File::open(path).map_err(Error::io("open", path))
}

/// An event has its place in the batch.
#[inline(always)]
pub(crate) fn claimed(path: &Path) -> Result<(), Error> {
    let claimed = || -> io::Result<()> {
        point!(path, "event", "claimed");
        Ok(())
    };
    claimed().map_err(Error::io("write", path))
}

/// Another segment is written from now on.
pub(crate) fn changed(path: &Path) -> Result<(), Error> {
    let changed = || -> io::Result<()> {
        point!(path, "segment", "changed");
        Ok(())
    };
    changed().map_err(Error::io("go on to", path))
}
