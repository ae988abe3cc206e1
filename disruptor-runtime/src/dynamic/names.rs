//! Names and topologies that are made at run time, and live as long as the process: failures and monitors hand them out.

use disruptor_topology::Topology;

use crate::sync::PoisonError;
use crate::sync::process::Mutex;

static NAMES: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
static TOPOLOGIES: Mutex<Vec<&'static Topology>> = Mutex::new(Vec::new());

/// The name, for good. Names are few, and each is kept once: a stage that comes and goes under one name costs nothing more.
pub(crate) fn intern(name: &str) -> &'static str {
    keep(&NAMES, |known| *known == name, || Box::leak(name.into()))
}

/// The topology for which `is_this` says yes, or the one that `make` makes, for good; as with names, each is kept once, and
/// only those that somebody has asked for.
pub(super) fn intern_topology(
    is_this: impl Fn(&Topology) -> bool,
    make: impl FnOnce() -> Topology,
) -> &'static Topology {
    keep(&TOPOLOGIES, |known| is_this(known), || Box::leak(Box::new(make())))
}

fn keep<T: ?Sized>(
    kept: &Mutex<Vec<&'static T>>,
    is_this: impl Fn(&&'static T) -> bool,
    make: impl FnOnce() -> &'static T,
) -> &'static T {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept.iter().find(|known| is_this(known)) {
        return known;
    }
    let value = make();
    kept.push(value);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once() {
        let one = intern(&String::from("a stage of this test"));
        let again = intern(&String::from("a stage of this test"));
        assert!(std::ptr::eq(one, again));
        assert_eq!(intern("another stage of this test"), "another stage of this test");
    }
}
