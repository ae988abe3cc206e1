//! Huge pages for the ring: fewer entries of the processor's page table for the same memory.

use std::ops::Range;

use crate::run_plan::Warning;

/// Asks the system for huge pages behind a pipeline's memory, between its allocation and its first write.
#[derive(Debug, Default)]
pub(crate) struct HugePages {
    wanted: bool,
    /// The memory that was asked for.
    asked: Option<Range<usize>>,
    refused: Option<String>,
}

impl HugePages {
    pub(crate) fn new(wanted: bool) -> Self {
        Self { wanted, ..Self::default() }
    }

    /// To be called with memory that is allocated and not yet written: pages that are there already stay as they are.
    pub(crate) fn before_writing<T>(&mut self, place: *mut T) {
        if self.wanted {
            match system::advise(place.addr(), size_of::<T>()) {
                Ok(asked) => self.asked = Some(asked),
                Err(refused) => self.refused = Some(refused),
            }
        }
    }

    /// To be called once it is written: the bytes on huge pages, if any were wanted, and a warning if not all are.
    pub(crate) fn made(self) -> (Option<usize>, Vec<Warning>) {
        if !self.wanted {
            return (None, Vec::new());
        }
        let asked = self.asked.unwrap_or_default();
        let bytes = if asked.is_empty() { 0 } else { system::huge_bytes(&asked) };
        let refused = self.refused.or_else(|| {
            (bytes < asked.len()).then(|| {
                format!(
                    "the system put {} of {} KiB on them: no more were free",
                    bytes >> 10,
                    asked.len() >> 10
                )
            })
        });
        (Some(bytes), refused.map(|reason| Warning::HugePagesRefused { reason }).into_iter().collect())
    }
}

/// The whole pages of this size in a range.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn whole_pages(start: usize, length: usize, page: usize) -> Range<usize> {
    let (first, end) = (start.next_multiple_of(page), (start + length) / page * page);
    first..end.max(first)
}

/// How many bytes of `range` the text of `/proc/self/smaps` has on huge pages.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn huge_in(smaps: &str, range: &Range<usize>) -> usize {
    let mut bytes = 0;
    let mut meets = false;
    for line in smaps.lines() {
        if let Some(kib) = line.strip_prefix("AnonHugePages:") {
            let kib = kib.trim().trim_end_matches("kB").trim().parse::<usize>().unwrap_or(0);
            bytes += if meets { kib << 10 } else { 0 };
        } else if let Some(mapping) = mapping(line) {
            meets = mapping.start < range.end && range.start < mapping.end;
        }
    }
    // A mapping may reach beyond the range.
    bytes.min(range.len())
}

/// The addresses at the head of a mapping's lines: `7f00-7f80 rw-p …`.
fn mapping(line: &str) -> Option<Range<usize>> {
    let (start, end) = line.split(' ').next()?.split_once('-')?;
    Some(usize::from_str_radix(start, 16).ok()?..usize::from_str_radix(end, 16).ok()?)
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs;
    use std::io;
    use std::ops::Range;

    const ABOUT: &str = "/sys/kernel/mm/transparent_hugepage";

    pub(super) fn advise(start: usize, length: usize) -> Result<Range<usize>, String> {
        let about = |file: &str| fs::read_to_string(format!("{ABOUT}/{file}"));
        let page = about("hpage_pmd_size").ok().and_then(|size| size.trim().parse::<usize>().ok());
        let Some(page) = page.filter(|page| page.is_power_of_two()) else {
            return Err(format!("this kernel has none (no {ABOUT})"));
        };
        if about("enabled").is_ok_and(|enabled| enabled.contains("[never]")) {
            return Err(format!("they are switched off: write `madvise` to {ABOUT}/enabled"));
        }
        let range = super::whole_pages(start, length, page);
        if range.is_empty() {
            return Err(format!(
                "the ring takes {} KiB, and holds no whole page of {} KiB",
                length >> 10,
                page >> 10
            ));
        }
        let place = std::ptr::without_provenance_mut(range.start);
        // SAFETY: whole pages within an allocation of the caller's; the advice changes nothing of what they hold.
        match unsafe { libc::madvise(place, range.len(), libc::MADV_HUGEPAGE) } {
            0 => Ok(range),
            _ => Err(io::Error::last_os_error().to_string()),
        }
    }

    pub(super) fn huge_bytes(range: &Range<usize>) -> usize {
        fs::read_to_string("/proc/self/smaps").map_or(0, |smaps| super::huge_in(&smaps, range))
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::ops::Range;

    pub(super) fn advise(_: usize, _: usize) -> Result<Range<usize>, String> {
        Err("they are asked for on Linux alone".to_owned())
    }

    pub(super) fn huge_bytes(_: &Range<usize>) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_pages_are_asked_for() {
        assert_eq!(whole_pages(0x1000, 0x3000, 0x1000), 0x1000..0x4000);
        assert_eq!(whole_pages(0x1001, 0x3000, 0x1000), 0x2000..0x4000);
        assert!(whole_pages(0x1001, 0x1ffe, 0x1000).is_empty());
        assert!(whole_pages(0x1001, 0x10, 0x1000).is_empty());
    }

    #[test]
    fn huge_pages_are_counted_in_the_mappings_that_meet_the_range() {
        let smaps = "\
7f0000000000-7f0000400000 rw-p 00000000 00:00 0
Size:               4096 kB
AnonHugePages:      2048 kB
7f0000400000-7f0000800000 rw-p 00000000 00:00 0 [anon: ring]
AnonHugePages:      4096 kB
VmFlags: rd wr mr mw me ac hg
7f0000800000-7f0000a00000 rw-p 00000000 00:00 0
AnonHugePages:      2048 kB
";
        assert_eq!(huge_in(smaps, &(0x7f00_0040_0000..0x7f00_0080_0000)), 4 << 20);
        assert_eq!(huge_in(smaps, &(0x7f00_0060_0000..0x7f00_0080_0000)), 2 << 20);
        assert_eq!(huge_in(smaps, &(0x7f00_0020_0000..0x7f00_0080_0000)), 6 << 20);
        assert_eq!(huge_in(smaps, &(0x1000..0x2000)), 0);
    }

    #[test]
    fn a_small_memory_has_no_whole_huge_page() {
        let mut pages = HugePages::new(true);
        pages.before_writing(&mut [0_u8; 64]);
        let (bytes, warnings) = pages.made();
        assert_eq!((bytes, warnings.len()), (Some(0), 1));
        assert_eq!(HugePages::new(false).made(), (None, vec![]));
    }
}
