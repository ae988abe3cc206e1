//! What a declaration says of its ring, as values without contents: types and sizes that travel from one call to the next.

use std::marker::PhantomData;

use super::Event;

/// A ring of `N` events, for so many stages. Handed to whoever binds a handler, so that the type of the events that one
/// handler shows is known to the next. Invariant, so that no lifetime in `E` is another from one call to the next.
pub struct Ring<E, const N: usize, const STAGES: usize>(PhantomData<fn(E) -> E>);

/// What the events are. There is none of events that are not [`Send`].
pub struct Events<E>(PhantomData<fn(E) -> E>);

/// What the events are: given, or yet to be inferred. Where it cannot be, the compiler names this parameter and function.
#[must_use]
pub fn event<YourType: Event>() -> Events<YourType> {
    Events(PhantomData)
}

/// A type, as a value without contents.
pub struct Kind<T: ?Sized>(PhantomData<*mut T>);

/// The type of a field, as a list says it.
#[must_use]
pub fn kind<T: ?Sized>() -> Kind<T> {
    Kind(PhantomData)
}

/// A ring of such events.
pub fn ring<E, const N: usize, const STAGES: usize>(_: Events<E>) -> Ring<E, N, STAGES> {
    Ring(PhantomData)
}

impl<E, const N: usize, const STAGES: usize> Ring<E, N, STAGES> {
    /// What its events are.
    pub fn events(self) -> Events<E> {
        Events(PhantomData)
    }
}

impl<E, const N: usize, const STAGES: usize> Clone for Ring<E, N, STAGES> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E, const N: usize, const STAGES: usize> Copy for Ring<E, N, STAGES> {}
