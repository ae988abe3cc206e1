//! Where a stage's handler is: given with the declaration, or made on the stage's own thread.

use crate::control::drop_quietly;

/// Holds a handler.
pub trait Keep {
    /// The handler.
    type Handler;
    /// What is given back in the end.
    type Back;

    /// Makes the handler, if it is to be made; before anything is done with it.
    ///
    /// # Safety
    /// From now on the keep stays on this thread until it is dropped or has given back.
    unsafe fn make(&mut self);

    /// True if there is a handler: making it may have failed.
    fn is_there(&self) -> bool {
        true
    }

    /// The handler.
    fn handler(&mut self) -> &mut Self::Handler;

    /// Gives back what there is to give back.
    fn give_back(self) -> Self::Back;
}

/// A handler that was there from the start.
#[derive(Clone)]
pub struct Given<H>(H);

/// Keeps a handler.
pub fn given<H>(handler: H) -> Given<H> {
    Given(handler)
}

impl<H> Keep for Given<H> {
    type Handler = H;
    type Back = H;

    unsafe fn make(&mut self) {}

    #[inline(always)]
    fn handler(&mut self) -> &mut H {
        &mut self.0
    }

    fn give_back(self) -> H {
        self.0
    }
}

/// A handler that is made on the stage's thread, and stays there: it need not be `Send`.
pub struct Made<F, H> {
    factory: Option<F>,
    made: Option<H>,
}

// SAFETY: there is no `H` in it before `make` is called, whose caller keeps the whole on one thread from then on.
unsafe impl<F: Send, H> Send for Made<F, H> {}

/// Keeps what makes a handler.
pub fn made<H, F: FnOnce() -> H>(factory: F) -> Made<F, H> {
    Made { factory: Some(factory), made: None }
}

/// A copy for another worker: none is made of what is made already.
impl<F: Clone, H> Clone for Made<F, H> {
    fn clone(&self) -> Self {
        Self { factory: self.factory.clone(), made: None }
    }
}

impl<H, F: FnOnce() -> H> Keep for Made<F, H> {
    type Handler = H;
    type Back = ();

    unsafe fn make(&mut self) {
        self.made = self.factory.take().map(|factory| factory());
    }

    fn is_there(&self) -> bool {
        self.made.is_some()
    }

    #[inline(always)]
    fn handler(&mut self) -> &mut H {
        self.made.as_mut().expect("the handler is made before it is used")
    }

    fn give_back(self) {
        // What it drops is the user's, and was made here; the thread has others to end.
        drop_quietly(self);
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    #[test]
    fn what_is_not_send_is_made_where_it_stays() {
        let mut keep = made(|| Rc::new(7));
        let seen = std::thread::spawn(move || {
            // SAFETY: it stays on this thread.
            unsafe { keep.make() };
            let seen = **keep.handler();
            keep.give_back();
            seen
        });
        assert_eq!(seen.join().expect("no panic"), 7);
    }
}
