//! Every wait as one of few types, for tests that compile large pipelines.

use disruptor_pipeline::wait::{
    Blocking, BusySpin, Idle, LiteBlocking, PhasedBackoff, Sleeping, SpinHint, TimeoutBlocking, Wait,
    Yielding,
};

/// A wait as one of few types: the whole of a pipeline is compiled for each. What differs for those who wake, whether and how
/// they do, is the type's; the rest is told apart at run time.
pub(crate) trait Few {
    type Wait: Wait + Clone;
    fn few(self) -> Self::Wait;
}

macro_rules! few {
    ($few:ident, blocks: $blocks:literal: $($name:ident($wait:ty))*) => {
        #[derive(Clone)]
        pub(crate) enum $few {
            $($name($wait),)*
        }

        impl Wait for $few {
            const BLOCKS: bool = $blocks;

            fn idle(&mut self, looks: u32) -> Idle {
                match self {
                    $(Self::$name(wait) => wait.idle(looks),)*
                }
            }
        }

        $(impl Few for $wait {
            type Wait = $few;

            fn few(self) -> $few {
                $few::$name(self)
            }
        })*
    };
}

few!(Looks, blocks: false: Busy(BusySpin) Hint(SpinHint) Yielding(Yielding) Sleeping(Sleeping) Backoff(PhasedBackoff));
few!(Parks, blocks: true: Blocking(Blocking) Timeout(TimeoutBlocking) Backoff(PhasedBackoff<Blocking>));

impl Few for LiteBlocking {
    type Wait = Self;

    fn few(self) -> Self {
        self
    }
}
