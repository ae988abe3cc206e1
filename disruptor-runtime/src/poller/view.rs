//! What a poller sees of an event: all of it, or one field.

use std::marker::PhantomData;

/// What a poller sees of an event.
///
/// # Safety
/// [`part`](Self::part) gives a pointer to a part of the event, valid as long as the event is, and touches nothing; the poller's
/// declaration says that it reads this part.
pub unsafe trait View<E>: Send {
    /// The part.
    type Part;

    /// Where the part is.
    ///
    /// # Safety
    /// `event` points to an event.
    unsafe fn part(&self, event: *mut E) -> *const Self::Part;
}

/// All of an event.
#[derive(Clone, Copy, Debug, Default)]
pub struct WholeEvent;

// SAFETY: the pointer itself.
unsafe impl<E> View<E> for WholeEvent {
    type Part = E;

    #[inline(always)]
    unsafe fn part(&self, event: *mut E) -> *const E {
        event
    }
}

/// One field of an event.
pub struct Field<A, P> {
    project: P,
    field: PhantomData<fn() -> A>,
}

impl<A, P> Field<A, P> {
    /// The field that `project` picks.
    ///
    /// # Safety
    /// It picks a field that the poller is declared to read, and touches nothing.
    pub(super) unsafe fn new(project: P) -> Self {
        Self { project, field: PhantomData }
    }
}

// SAFETY: as `new` was promised.
unsafe impl<E, A, P: Fn(*mut E) -> (*const A,) + Send> View<E> for Field<A, P> {
    type Part = A;

    #[inline(always)]
    unsafe fn part(&self, event: *mut E) -> *const A {
        (self.project)(event).0
    }
}
