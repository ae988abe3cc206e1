//! What is boxed in a pipeline that is built at run time: handlers, waits, policies. A handler is called through its box once
//! a slice of a batch; within the slice the calls are direct.

use std::any::Any;

use crate::Sequence;
use crate::failure::BoxError;
use crate::stage::{Apply, Bound, Decision, Failed, Fault, Handler, HandlerResult, Keep, OnError, Release};
use crate::sync::thread;
use crate::wait::{Blocks, Idle, UNDECLARED_PARK, Wait};

/// What is given back of a handler.
pub(crate) type Back = Box<dyn Any + Send>;

/// [`Apply`] of a handler of whatever type, always of one that learns where its batches end.
trait Erased<E>: Send {
    /// # Safety
    /// As of [`Keep::make`].
    unsafe fn make(&mut self);
    fn start(&mut self);
    fn batch_start(&mut self, size: usize, backlog: usize);
    fn timeout(&mut self, next: Sequence);
    /// # Safety
    /// As of [`Apply::apply`].
    unsafe fn apply(
        &mut self,
        events: *mut [E],
        first: Sequence,
        closes: bool,
        at: &mut Sequence,
    ) -> Result<Release, Failed>;
    fn stop(&mut self);
    fn give_back(self: Box<Self>) -> Back;
}

impl<E, A> Erased<E> for A
where
    A: Apply<E> + Bound<Keep: Keep<Back: 'static>>,
{
    unsafe fn make(&mut self) {
        // SAFETY: the caller's promise is handed on.
        unsafe { self.keep().make() };
    }

    fn start(&mut self) {
        Apply::start(self);
    }

    fn batch_start(&mut self, size: usize, backlog: usize) {
        Apply::batch_start(self, size, backlog);
    }

    fn timeout(&mut self, next: Sequence) {
        Apply::timeout(self, next);
    }

    unsafe fn apply(
        &mut self,
        events: *mut [E],
        first: Sequence,
        closes: bool,
        at: &mut Sequence,
    ) -> Result<Release, Failed> {
        // SAFETY: the caller's promise is handed on.
        unsafe { Apply::apply(self, events, first, closes, at) }
    }

    fn stop(&mut self) {
        Apply::stop(self);
    }

    fn give_back(self: Box<Self>) -> Back {
        Box::new((*self).into_keep().give_back())
    }
}

/// A handler in its box. It touches of the events what the handler in it does.
pub(super) struct Boxed<E>(BoxedKeep<E>);

/// Where the handler is.
pub(super) struct BoxedKeep<E> {
    inside: Box<dyn Erased<E>>,
    is_there: bool,
    /// Nobody asks for the handler itself, whose type is not known any more.
    handler: (),
}

impl<E> Boxed<E> {
    /// Boxes a handler, bound to the way it is called in.
    pub(super) fn new<A>(apply: A) -> Self
    where
        A: Apply<E> + Bound<Keep: Keep<Back: 'static>> + 'static,
    {
        const { assert!(A::COMMITS_BATCHES && !A::PICKS, "what is boxed here is a whole handler") }
        Self(BoxedKeep { inside: Box::new(apply), is_there: false, handler: () })
    }
}

impl<E> Keep for BoxedKeep<E> {
    type Handler = ();
    type Back = Back;

    unsafe fn make(&mut self) {
        // SAFETY: the caller's promise is handed on.
        unsafe { self.inside.make() };
        self.is_there = true;
    }

    fn is_there(&self) -> bool {
        self.is_there
    }

    fn handler(&mut self) -> &mut () {
        &mut self.handler
    }

    fn give_back(self) -> Back {
        self.inside.give_back()
    }
}

impl<E> Bound for Boxed<E> {
    type Keep = BoxedKeep<E>;

    fn keep(&mut self) -> &mut BoxedKeep<E> {
        &mut self.0
    }

    fn into_keep(self) -> BoxedKeep<E> {
        self.0
    }
}

// SAFETY: as of the one inside.
unsafe impl<E> Apply<E> for Boxed<E> {
    const COMMITS_BATCHES: bool = true;

    fn start(&mut self) {
        self.0.inside.start();
    }

    fn batch_start(&mut self, size: usize, backlog: usize) {
        self.0.inside.batch_start(size, backlog);
    }

    fn timeout(&mut self, next: Sequence) {
        self.0.inside.timeout(next);
    }

    #[inline]
    unsafe fn apply(
        &mut self,
        events: *mut [E],
        first: Sequence,
        closes: bool,
        at: &mut Sequence,
    ) -> Result<Release, Failed> {
        // SAFETY: the caller's promise is handed on.
        unsafe { self.0.inside.apply(events, first, closes, at) }
    }

    fn stop(&mut self) {
        self.0.inside.stop();
    }
}

/// A handler that comes in a box of the user's, which is what is given back of it.
pub(super) struct InBox<E>(pub(super) Box<dyn Handler<E> + Send>);

impl<E> Handler<E> for InBox<E> {
    fn on_start(&mut self) {
        self.0.on_start();
    }

    fn on_batch_start(&mut self, size: usize, backlog: usize) {
        self.0.on_batch_start(size, backlog);
    }

    fn on_event(&mut self, event: &E, sequence: Sequence, end_of_batch: bool) -> HandlerResult {
        self.0.on_event(event, sequence, end_of_batch)
    }

    fn releases(&mut self) -> bool {
        self.0.releases()
    }

    fn on_timeout(&mut self, next: Sequence) {
        self.0.on_timeout(next);
    }

    fn handle(&mut self, event: &E, sequence: Sequence, end_of_batch: bool) -> Result<Release, BoxError> {
        self.0.handle(event, sequence, end_of_batch)
    }

    fn on_stop(&mut self) {
        self.0.on_stop();
    }
}

/// Keeps a handler in its box.
pub(super) struct KeepBox<E>(pub(super) InBox<E>);

impl<E> Keep for KeepBox<E> {
    type Handler = InBox<E>;
    type Back = Box<dyn Handler<E> + Send>;

    unsafe fn make(&mut self) {}

    fn handler(&mut self) -> &mut InBox<E> {
        &mut self.0
    }

    fn give_back(self) -> Self::Back {
        self.0.0
    }
}

/// A wait in its box.
pub struct AnyWait {
    inside: Box<dyn ErasedWait>,
    blocks: bool,
    /// Whether this pipeline sends wake-ups; without them it takes naps where it would park.
    may_park: bool,
}

trait ErasedWait: Send {
    fn idle(&mut self, looks: u32) -> Idle;
    fn gathers(&self) -> bool;
    fn name(&self) -> String;
    fn copy(&self) -> Box<dyn ErasedWait>;
}

impl<W: Wait + Clone> ErasedWait for W {
    fn idle(&mut self, looks: u32) -> Idle {
        Wait::idle(self, looks)
    }

    fn gathers(&self) -> bool {
        Wait::gathers(self)
    }

    fn name(&self) -> String {
        Wait::name(self)
    }

    fn copy(&self) -> Box<dyn ErasedWait> {
        Box::new(self.clone())
    }
}

impl AnyWait {
    pub(super) fn new<W: Wait + Clone>(wait: W) -> Self {
        Self { inside: Box::new(wait), blocks: W::BLOCKS, may_park: false }
    }

    /// Whether the wait inside parks.
    pub(super) fn blocks(&self) -> bool {
        self.blocks
    }

    /// The same for a pipeline that sends wake-ups, or for one that does not.
    pub(super) fn in_pipeline(self, wakes: bool) -> Self {
        Self { may_park: wakes, ..self }
    }
}

impl Clone for AnyWait {
    fn clone(&self) -> Self {
        Self { inside: self.inside.copy(), ..*self }
    }
}

impl Wait for AnyWait {
    const BLOCKS: bool = true;

    fn idle(&mut self, looks: u32) -> Idle {
        match self.inside.idle(looks) {
            Idle::Park(limit) if !self.may_park || !self.blocks => {
                thread::sleep(limit.unwrap_or(UNDECLARED_PARK).min(UNDECLARED_PARK));
                Idle::Look
            }
            idle => idle,
        }
    }

    fn gathers(&self) -> bool {
        self.inside.gathers()
    }

    fn name(&self) -> String {
        self.inside.name()
    }
}

/// The wait of a producer to which wake-ups are sent.
#[derive(Clone)]
pub struct WakingWait(AnyWait);

impl WakingWait {
    pub(super) fn new(wait: AnyWait) -> Self {
        Self(wait)
    }
}

impl Wait for WakingWait {
    const BLOCKS: bool = true;

    fn idle(&mut self, looks: u32) -> Idle {
        Wait::idle(&mut self.0, looks)
    }

    fn name(&self) -> String {
        Wait::name(&self.0)
    }
}

impl Blocks for WakingWait {}

/// A policy in its box.
pub(super) struct AnyPolicy(Box<dyn ErasedPolicy>);

trait ErasedPolicy: Send {
    fn decide(&mut self, fault: &Fault<'_>) -> Decision;
    fn copy(&self) -> Box<dyn ErasedPolicy>;
}

impl<P: OnError + Clone + Send + 'static> ErasedPolicy for P {
    fn decide(&mut self, fault: &Fault<'_>) -> Decision {
        OnError::decide(self, fault)
    }

    fn copy(&self) -> Box<dyn ErasedPolicy> {
        Box::new(self.clone())
    }
}

impl AnyPolicy {
    pub(super) fn new(policy: impl OnError + Clone + Send + 'static) -> Self {
        Self(Box::new(policy))
    }
}

impl Clone for AnyPolicy {
    fn clone(&self) -> Self {
        Self(self.0.copy())
    }
}

impl OnError for AnyPolicy {
    fn decide(&mut self, fault: &Fault<'_>) -> Decision {
        self.0.decide(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wait::Yielding;
    use crate::wait::restless::Restless;

    #[test]
    fn a_wait_in_its_box_wants_rests_if_it_did_before() {
        let waits = [AnyWait::new(Restless), AnyWait::new(Yielding::default())];
        assert_eq!(waits.map(|wait| Wait::gathers(&wait)), [false, true]);
    }
}
