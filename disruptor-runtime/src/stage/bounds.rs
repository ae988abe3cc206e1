//! What is asked of the types that a declaration gives, in words that say how to mend it, and once.
//!
//! A check passes a value on as `Out`. Where it fails, `Out` stays unknown, and the compiler has nothing to say of what follows
//! from it. That takes a second impl, for nobody: with one alone it would infer `Out` from it.

use std::hash::Hash;

use super::each::HandleMut;
use super::outcome::Returns;
use super::ring::Ring;
use super::share::ShardKey;
use super::{Handler, OnError, Outcome};
use crate::wait::Wait;

macro_rules! check {
    ($(#[$attribute:meta])* $name:ident<$($of:ident,)*>: $bound:path) => {
        $(#[$attribute])*
        pub trait $name<$($of,)* In, Out, Passes> {
            /// Passes it on.
            fn pass(value: In) -> Out;
        }

        #[diagnostic::do_not_recommend]
        impl<$($of,)* T: ?Sized + $bound, In> $name<$($of,)* In, In, Yes> for T {
            #[inline]
            fn pass(value: In) -> In {
                value
            }
        }

        impl<$($of,)* T: ?Sized + Nobody, In, Out> $name<$($of,)* In, Out, No> for T {
            fn pass(_: In) -> Out {
                unreachable!("nobody is there to call it")
            }
        }
    };
}

pub enum Yes {}
pub enum No {}
pub trait Nobody {}

check! {
    /// A handler of a stage without an argument list.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot handle events of type `{E}`",
        label = "not a handler of `{E}`",
        note = "a stage without an argument list takes a function or closure of `(&{E}, Sequence, bool)`, \
                or a type that implements `Handler<{E}>`",
        note = "a function returns `()`, or `Result<(), E>` where `E` is an error, a `String` or a `&str`",
        note = "to change events, or to be called with some of their fields, give the stage an argument list: \
                `name(&mut *) = …;` (which takes a `HandlerMut`, too), `name(&mut field) = …;`"
    )]
    Handles<E,>: Handler<E>
}

/// A handler that is given to a named pipeline. Asked for as one of two impls: then a closure that takes an event of one lifetime
/// alone, as it leaves out its parameters' types, is refused here, in words, and not where lifetimes are checked.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be given to a stage that handles events of type `{E}`",
    label = "one of its handlers is none of `{E}`",
    note = "a stage without an argument list takes a function or closure of `(&{E}, Sequence, bool)`, \
            or a type that implements `Handler<{E}>`",
    note = "a closure that is not written in the declaration says its types: `|event: &{E}, sequence: i64, end_of_batch: bool| …`"
)]
pub trait GivenHandler<E, Passes>: Handler<E> {}

#[diagnostic::do_not_recommend]
impl<E, T: Handler<E>> GivenHandler<E, Yes> for T {}
impl<E, T: Handler<E> + Nobody> GivenHandler<E, No> for T {}

/// The same of a stage declared with `(&mut *)` alone.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be given to a stage that changes events of type `{E}`",
    label = "one of its handlers does not change a `{E}`",
    note = "a stage declared with `(&mut *)` takes a function or closure of `(&mut {E})`, \
            or a type that implements `HandlerMut<{E}>`",
    note = "a closure that is not written in the declaration says its types: `|event: &mut {E}| …`"
)]
pub trait GivenHandlerMut<E, Kind, Passes>: HandleMut<E, Kind> {}

#[diagnostic::do_not_recommend]
impl<E, Kind, T: HandleMut<E, Kind>> GivenHandlerMut<E, Kind, Yes> for T {}
impl<E, Kind, T: HandleMut<E, Kind> + Nobody> GivenHandlerMut<E, Kind, No> for T {}

check! {
    /// A handler of a stage declared with `(&mut *)` alone.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot change events of type `{E}`",
        label = "neither a function of `&mut {E}` nor a `HandlerMut<{E}>`",
        note = "a stage declared with `(&mut *)` takes a function or closure of `(&mut {E})`, \
                or a type that implements `HandlerMut<{E}>`",
        note = "a function returns `()`, or `Result<(), E>` where `E` is an error, a `String` or a `&str`"
    )]
    HandlesMut<E, Kind,>: HandleMut<E, Kind>
}

check! {
    /// A handler that may go to its stage's thread.
    #[diagnostic::on_unimplemented(
        message = "a handler goes to a thread of its own, and `{Self}` is not `Send`",
        label = "this handler cannot leave the thread that it is made on",
        note = "let it own what is `Send` (an `Arc` for an `Rc`, a `Mutex` for a `RefCell`), \
                or make it on its own thread, by a closure without parameters: `name = || Worker::new();`"
    )]
    Movable<>: Send
}

check! {
    /// What makes a handler on its stage's thread.
    #[diagnostic::on_unimplemented(
        message = "what makes a handler goes to the handler's thread, and `{Self}` is not `Send`",
        label = "this cannot leave the thread that it is written on",
        note = "let it own what is `Send`, and make the rest inside: `name = || Worker::new();`"
    )]
    MovableFactory<>: Send
}

check! {
    /// A handler of a shard: each worker has its own.
    #[diagnostic::on_unimplemented(
        message = "the handler of a shard is copied for each of its workers, and this one is not `Clone`",
        label = "this handler cannot be copied",
        note = "let it own what is `Clone` (an `Arc`, say), \
                or make one on each worker's thread, by a closure without parameters: `name = || Worker::new();`"
    )]
    Copied<>: Clone
}

check! {
    /// What a closure or a listed function returns.
    #[diagnostic::on_unimplemented(
        message = "a handler cannot return `{Self}`",
        label = "this handler returns `{Self}`",
        note = "a handler returns `()`, or `Result<(), E>` where `E` is an error, a `String` or a `&str`"
    )]
    Returned<>: Outcome
}

check! {
    /// What a list says of a field's type: exactly what the field is. The projection is passed on.
    #[diagnostic::on_unimplemented(
        message = "the list says `{Self}`, and the field's type is `{Field}`",
        label = "this field is a `{Field}`",
        note = "write `: {Field}` in the list, and have the handler take that"
    )]
    Listed<Field,>: Is<Field>
}

check! {
    /// What is given as a `wait`.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is no way to wait",
        label = "no wait",
        note = "write `BusySpin`, `SpinHint`, `Yielding`, `Sleeping`, `Blocking`, `LiteBlocking`, `TimeoutBlocking` or \
                `PhasedBackoff`, or a value whose type implements `Wait`"
    )]
    IsWait<>: Wait
}

check! {
    /// What is given as an `on_error`.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot decide what follows an error",
        label = "no policy that can go to the stage's thread",
        note = "write `stop`, `skip`, `retry(3)`, a closure `|fault| Decision::Skip`, \
                or a value whose type implements `OnError` and is `Send`"
    )]
    IsPolicy<>: SendOnError
}

check! {
    /// An event that every worker of a shard looks at.
    #[diagnostic::on_unimplemented(
        message = "each worker looks at every event to find its own, and `{Self}` is not `Sync`",
        label = "this is called by all workers, with one event at the same time",
        note = "name a field as the key, `shard: &field`, or leave `shard` out: then the workers take turns"
    )]
    SeenByAll<>: Sync
}

check! {
    /// The key of workers that write.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be the key of workers that write",
        label = "not a plain value",
        note = "the key must be an integer, a `bool` or a `char`: let a stage before write such a field, a hash for example"
    )]
    PlainKey<>: ShardKey
}

check! {
    /// The key of workers that read.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be the key of a shard",
        label = "not `Hash`, or not `Sync`",
        note = "the key must be `Hash` and `Sync`; or give a function of the event, `shard: |event| …`"
    )]
    HashedKey<>: SyncHash
}

/// The very type: nothing that coerces to it.
pub trait Is<T> {}
impl<T> Is<T> for T {}

check! {
    /// What a function of the event says of it: the key of workers that read.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be the key of a shard",
        label = "this gives a `{Self}`, which is not `Hash`",
        note = "let the function give what is `Hash`: an integer, a `String`, a tuple of such"
    )]
    EventKey<>: Hash
}

check! {
    /// A function of the event that finds its worker.
    #[diagnostic::on_unimplemented(
        message = "each worker has a copy of the function that finds it, and `{Self}` is not both `Clone` and `Send`",
        label = "this cannot be copied for each worker's thread",
        note = "let it own what is `Clone` and `Send`: an `Arc` in place of an `Rc`, say"
    )]
    KeyFunction<>: SendClone
}

check! {
    /// What is given as `start`, `stop` or `timeout`.
    #[diagnostic::on_unimplemented(
        message = "`start`, `stop` and `timeout` are called on the stage's thread, and `{Self}` is not `Send`",
        label = "this cannot leave the thread that it is written on",
        note = "let it own what is `Send`: an `Arc` for an `Rc`, a `Mutex` for a `RefCell`"
    )]
    Hook<>: Send
}

check! {
    /// What is given back by it.
    #[diagnostic::on_unimplemented(
        message = "`start`, `stop` and `timeout` return nothing, and this returns `{Self}`",
        label = "this returns `{Self}`",
        note = "put it in braces, with a `;` behind its last expression"
    )]
    HookReturns<>: NoValue
}

/// What a hook returns: nothing, or never.
pub trait NoValue {}
impl NoValue for () {}
impl NoValue for <fn() -> ! as Returns>::Value {}

/// What may be copied for other threads.
pub trait SendClone: Send + Clone {}
impl<F: Send + Clone> SendClone for F {}

/// What may be hashed by several threads at once.
pub trait SyncHash: Hash + Sync {}
impl<K: Hash + Sync> SyncHash for K {}

/// A policy that may go to its stage's thread.
pub trait SendOnError: OnError + Send {}
impl<P: OnError + Send> SendOnError for P {}

/// A wait, as it is given.
pub fn wait<W: IsWait<W, Out, Passes>, Out, Passes>(wait: W) -> Out {
    W::pass(wait)
}

/// A policy, as it is given.
pub fn policy<P: IsPolicy<P, Out, Passes>, Out, Passes>(policy: P) -> Out {
    P::pass(policy)
}

/// A part of the event, or the whole, that two threads may read at once.
#[diagnostic::on_unimplemented(
    message = "two threads may read `{Self}` at the same time, and it is not `Sync`",
    label = "another stage, or another worker, may read it while this one does",
    note = "order two stages, `a -> b`, or let their lists name different fields; workers that take turns, \
            without `shard`, never meet"
)]
pub trait ReadTogether: Sync {}

#[diagnostic::do_not_recommend]
impl<T: Sync> ReadTogether for T {}

/// Asks for what sharing takes: events that may be read by two threads at a time.
pub fn shared<E: ReadTogether, const N: usize, const STAGES: usize>(
    ring: Ring<E, N, STAGES>,
) -> Ring<E, N, STAGES> {
    ring
}

/// An event that threads may hand on.
#[diagnostic::on_unimplemented(
    message = "events go from thread to thread, and `{Self}` is not `Send`",
    label = "not `Send`",
    note = "let the event own what is `Send`: an `Arc` in place of an `Rc`, say"
)]
pub trait Event: Send {}

#[diagnostic::do_not_recommend]
impl<E: Send> Event for E {}

/// An event that fills a slot by itself.
#[diagnostic::on_unimplemented(
    message = "nothing says how the slots are first filled: `{Self}` is not `Default`",
    label = "no `Default`, and no first value",
    note = "give a first value, `event: {Self} = value;`, or derive `Default` for `{Self}`"
)]
pub trait Initial: Default {}

#[diagnostic::do_not_recommend]
impl<E: Default> Initial for E {}

/// What a slot holds at first, if nothing is declared.
pub fn initial<E: Initial, const N: usize, const STAGES: usize>(_: Ring<E, N, STAGES>) -> E {
    E::default()
}

/// A method of every type that is known: a call of it has the compiler say at its place that one is not.
pub trait Known: Sized {
    /// Itself.
    #[must_use]
    fn disruptor_known(self) -> Self {
        self
    }
}

impl<E> Known for E {}

/// The slots of a ring, where they are declared: reported there if there cannot be so many.
#[track_caller]
pub const fn slots(slots: usize) -> usize {
    assert!(slots.is_power_of_two(), "the ring must be a power of two: 1024, 4096, 1 << 16 …");
    slots
}
