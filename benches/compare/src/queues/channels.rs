//! `crossbeam-channel` and `std::sync::mpsc`, bounded. They have no batches: what is published together elsewhere is sent one by one.

use std::sync::mpsc;

use super::{Queue, Sides};

/// `crossbeam_channel::bounded`.
pub(crate) struct Crossbeam;

impl Queue for Crossbeam {
    type Sender<T: Copy + Send + 'static> = crossbeam_channel::Sender<T>;
    type Receiver<T: Copy + Send + 'static> = crossbeam_channel::Receiver<T>;

    fn queue<T: Copy + Send + 'static>(slots: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        crossbeam_channel::bounded(slots)
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
    fn take<T: Copy + Send + 'static>(receiver: &mut Self::Receiver<T>, each: impl FnMut(T)) -> usize {
        counted(receiver.try_iter(), each)
    }
}

/// `std::sync::mpsc::sync_channel`.
pub(crate) struct SyncChannel;

impl Queue for SyncChannel {
    type Sender<T: Copy + Send + 'static> = mpsc::SyncSender<T>;
    type Receiver<T: Copy + Send + 'static> = mpsc::Receiver<T>;

    fn queue<T: Copy + Send + 'static>(slots: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        mpsc::sync_channel(slots)
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
    fn take<T: Copy + Send + 'static>(receiver: &mut Self::Receiver<T>, each: impl FnMut(T)) -> usize {
        counted(receiver.try_iter(), each)
    }
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
