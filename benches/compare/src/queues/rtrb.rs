//! `rtrb`: one producer, one consumer; batches are its chunks.

use ::rtrb::{Consumer, Producer, RingBuffer};

use super::{Queue, Sides};

/// `rtrb::RingBuffer`.
pub(crate) struct Rtrb;

impl Queue for Rtrb {
    type Sender<T: Copy + Send + 'static> = Producer<T>;
    type Receiver<T: Copy + Send + 'static> = Consumer<T>;

    fn queue<T: Copy + Send + 'static>(slots: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        RingBuffer::new(slots)
    }

    fn fan_in<T: Copy + Send + 'static>(slots: usize, senders: usize) -> Sides<Self, T> {
        (0..senders).map(|_| Self::queue(slots)).unzip()
    }

    #[inline]
    fn try_send<T: Copy + Send + 'static>(sender: &mut Self::Sender<T>, value: T) -> bool {
        sender.push(value).is_ok()
    }

    #[inline]
    fn try_send_all<T: Copy + Send + 'static>(
        sender: &mut Self::Sender<T>,
        values: &mut (impl Iterator<Item = T> + Clone),
        count: usize,
    ) -> usize {
        match sender.write_chunk_uninit(count) {
            Ok(chunk) => chunk.fill_from_iter(values),
            Err(_) => 0,
        }
    }

    #[inline]
    fn try_take<T: Copy + Send + 'static>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.pop().ok()
    }

    #[inline]
    fn take<T: Copy + Send + 'static>(receiver: &mut Self::Receiver<T>, mut each: impl FnMut(T)) -> usize {
        let count = receiver.slots();
        let Ok(chunk) = receiver.read_chunk(count) else { return 0 };
        let (before_wrap, after_wrap) = chunk.as_slices();
        before_wrap.iter().for_each(|value| each(*value));
        after_wrap.iter().for_each(|value| each(*value));
        chunk.commit_all();
        count
    }
}
