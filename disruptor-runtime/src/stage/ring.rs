//! What a declaration says of its ring, as values without contents: types and sizes that travel from one call to the next.

use std::marker::PhantomData;

use super::Event;

/// A ring of `N` events, for so many stages. There is none of events that are not [`Send`]. Handed to whoever binds a handler, so that the type of the events that one
/// handler shows is known to the next.
pub struct Ring<E, const N: usize, const STAGES: usize>(PhantomData<fn() -> E>);

/// What the events are.
pub struct Events<E>(PhantomData<fn() -> E>);

/// A ring whose events are of a type that is given, or yet to be inferred.
pub fn ring<E: Event, const N: usize, const STAGES: usize>() -> Ring<E, N, STAGES> {
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
