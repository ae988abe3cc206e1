//! `crossbeam-channel` and `std::sync::mpsc`, bounded. They have no batches: what is published together elsewhere is sent one by one.

use std::sync::mpsc::{self, Receiver as StdReceiver, SyncSender};

use crossbeam_channel::{Receiver, Sender};

use super::{Queue, Sides};

/// Both have the same methods, and no trait for them.
macro_rules! channel {
    ($(#[$about:meta])* $name:ident, $sender:ident, $receiver:ident, $bounded:path) => {
        $(#[$about])*
        pub(crate) struct $name;

        impl Queue for $name {
            type Sender<T: Copy + Send + 'static> = $sender<T>;
            type Receiver<T: Copy + Send + 'static> = $receiver<T>;

            fn queue<T: Copy + Send + 'static>(slots: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
                $bounded(slots)
            }

            fn fan_in<T: Copy + Send + 'static>(slots: usize, senders: usize) -> Sides<Self, T> {
                let (sender, receiver) = Self::queue(slots);
                (vec![sender; senders], vec![receiver])
            }

            #[inline]
            fn try_send<T: Copy + Send + 'static>(sender: &mut Self::Sender<T>, value: T) -> bool {
                sender.try_send(value).is_ok()
            }

            #[inline]
            fn try_take<T: Copy + Send + 'static>(receiver: &mut Self::Receiver<T>) -> Option<T> {
                receiver.try_recv().ok()
            }

            #[inline]
            fn take<T: Copy + Send + 'static>(
                receiver: &mut Self::Receiver<T>,
                each: impl FnMut(T),
            ) -> usize {
                counted(receiver.try_iter(), each)
            }
        }
    };
}

channel! {
    /// `crossbeam_channel::bounded`.
    Crossbeam, Sender, Receiver, crossbeam_channel::bounded
}

channel! {
    /// `std::sync::mpsc::sync_channel`.
    SyncChannel, SyncSender, StdReceiver, mpsc::sync_channel
}

#[inline]
fn counted<T>(values: impl Iterator<Item = T>, mut each: impl FnMut(T)) -> usize {
    let mut count = 0;
    for value in values {
        each(value);
        count += 1;
    }
    count
}
