//! `Sync` is asked of the very type of the events, and not of one that only differs by a lifetime.

use std::cell::Cell;
use std::marker::PhantomData;

use disruptor_pipeline::disruptor;

pub struct Token<'a>(Cell<u64>, PhantomData<&'a ()>);

impl<'a> Token<'a> {
    fn new(_: &'a ()) -> Self {
        Self(Cell::new(0), PhantomData)
    }
}

// SAFETY: suppose that it were so, of this lifetime alone.
unsafe impl Sync for Token<'static> {}

fn two_stages<'x>(
    here: &'x (),
    a: impl FnMut(&Token<'x>, i64, bool) + Send,
    b: impl FnMut(&Token<'x>, i64, bool) + Send,
) {
    let _ = disruptor! { event: Token<'static> = Token::new(here); < (a, b) > };
}

fn main() {}
