//! Where threads run: which cores there are, which of them `auto` chooses, and what the system is asked for.

mod choice;
mod list;
mod machine;
mod pages;
mod seat;
mod system;

use choice::choose;
use machine::Machine;
pub(crate) use machine::cores;
pub(crate) use pages::HugePages;
pub(crate) use seat::{Cores, Placed, Placing, Seat, seat, warn_of_inheritance};
use system::{Allowed, current_core, float, make_real_time, mask, pin};

/// The real-time priorities of Linux.
pub(crate) const PRIORITIES: std::ops::RangeInclusive<u8> = 1..=99;
