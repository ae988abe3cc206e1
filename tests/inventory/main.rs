//! `docs/soundness.md` has a row for each piece of `unsafe` and for each atomic operation of the code, and for nothing else.
#![forbid(unsafe_code)]

mod page;
mod source;

use std::collections::BTreeMap;
use std::path::PathBuf;

use source::Kind;

/// A file, the item in it, and what stands there; how often it does.
type Inventory = BTreeMap<(String, String, String), usize>;

/// The rows that one side has and the other lacks, as they would be written.
fn missing(from: &Inventory, there: &Inventory) -> String {
    let mut rows = String::new();
    for (key, count) in from {
        let less = count.saturating_sub(there.get(key).copied().unwrap_or(0));
        if less > 0 {
            let (file, item, what) = key;
            let times = if less > 1 { format!(" ×{less}") } else { String::new() };
            rows += &format!("\n{file}: | `{item}` | `{what}`{times} |");
        }
    }
    rows
}

#[track_caller]
fn agree(code: &Inventory, page: &Inventory) {
    let (unwritten, unfounded) = (missing(code, page), missing(page, code));
    assert!(unwritten.is_empty(), "docs/soundness.md lacks what the code has:{unwritten}");
    assert!(unfounded.is_empty(), "docs/soundness.md has what the code lacks:{unfounded}");
}

/// The project's folder, as cargo says when it runs the tests: another one may be given by hand.
fn root() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from)
}

fn the_page() -> page::Page {
    let text = std::fs::read_to_string(root().join("docs/soundness.md")).expect("the page");
    page::read(&text)
}

#[test]
fn every_piece_of_unsafe_has_its_row() {
    let code = source::of_the_project(&root(), Kind::Unsafe);
    assert!(code.len() > 50, "the sources are found: {code:?}");
    agree(&code, &the_page().unsafes);
}

#[test]
fn every_atomic_operation_has_its_row() {
    let code = source::of_the_project(&root(), Kind::Atomic);
    assert!(code.len() > 50, "the sources are found: {code:?}");
    agree(&code, &the_page().atomics);
}

#[test]
fn what_a_row_is_checked_by_exists() {
    let names = source::names(&root());
    let lost: Vec<_> = the_page().checks.into_iter().filter(|check| !names.contains(check)).collect();
    assert!(lost.is_empty(), "docs/soundness.md names checks that there are not: {lost:?}");
}

#[test]
fn what_is_left_out_is_there_and_is_a_test() {
    let wrong = source::wrongly_left_out(&root());
    assert!(wrong.is_empty(), "`LEFT_OUT` names what there is not, or what is no module of tests: {wrong:?}");
}

/// A piece of code with one of everything.
const SAMPLE: &str = r#"
    pub unsafe trait Promise {
        fn kept(&self) { unsafe { self.raw() } unsafe { self.raw() } }
    }
    unsafe impl<T: Send> Promise for Box<T> {}
    unsafe impl Promise for [u8; 4] {}
    mod inside {
        impl Word {
            pub unsafe fn look(&self) -> i64 { self.stage(3).word.load(Ordering::Acquire) }
            fn change(&self) {
                self.state.compare_exchange(0, self.next(), Ordering::AcqRel, Ordering::Relaxed);
                assert!(self.stamps[3].load(Ordering::Relaxed) == 4);
                fence(Ordering::SeqCst);
                let order = Ordering::Release;
            }
        }
    }
    static READY: LazyLock<bool> = LazyLock::new(|| { FLAG.store(true, Ordering::Release); true });
    macro_rules! keys { ($kind:ty) => { unsafe impl Key for $kind { } } }
    fn emits() -> TokenStream { quote!(unsafe { each(#handler) }) }
    #[cfg(test)]
    mod tests {
        fn a_test() { unsafe { init() }; word.load(Ordering::SeqCst); }
    }
"#;

#[test]
fn nothing_is_overlooked_in_a_piece_of_code() {
    let of = |kind| {
        let found = source::of(SAMPLE, "a.rs", kind);
        let row =
            |((_, item, what), count): (&(String, String, String), &usize)| format!("{item}: {what} {count}");
        found.iter().map(row).collect::<Vec<_>>()
    };
    assert_eq!(
        of(Kind::Unsafe),
        [
            "Promise: unsafe trait 1",
            "Promise for Box: unsafe impl 1",
            "Promise for [u8; 4]: unsafe impl 1",
            "Promise::kept: unsafe {} 2",
            "emits: unsafe {} 1",
            "inside::Word::look: unsafe fn 1",
            "keys!: unsafe impl 1",
            "tests::a_test: unsafe {} 1",
        ]
    );
    assert_eq!(
        of(Kind::Atomic),
        [
            "READY: FLAG.store(Release) 1",
            "inside::Word::change: (Release) 1",
            "inside::Word::change: fence(SeqCst) 1",
            "inside::Word::change: stamps[].load(Relaxed) 1",
            "inside::Word::change: state.compare_exchange(AcqRel, Relaxed) 1",
            "inside::Word::look: word.load(Acquire) 1",
        ]
    );
}

const TABLES: &str = "\
### `a.rs`

| item | unsafe | it holds since | checked by |
|---|---|---|---|
| `Promise::kept` | `unsafe {}` ×2 | it is | `tests/model.rs`, `a_test` |

| item | operation | pairs with |
|---|---|---|
| `READY` | `FLAG.store(Release)` | `ask` |
";

#[test]
fn a_page_is_read_as_it_is_written() {
    let page = page::read(TABLES);
    let key = |item: &str, what: &str| ("a.rs".to_owned(), item.to_owned(), what.to_owned());
    assert_eq!(page.unsafes, Inventory::from([(key("Promise::kept", "unsafe {}"), 2)]));
    assert_eq!(page.atomics, Inventory::from([(key("READY", "FLAG.store(Release)"), 1)]));
    assert_eq!(page.checks, ["tests/model.rs", "a_test"]);
}

#[test]
fn what_differs_is_named_on_either_side() {
    let page = page::read(TABLES).unsafes;
    assert_eq!(missing(&page, &page), "");
    assert_eq!(missing(&page, &Inventory::new()), "\na.rs: | `Promise::kept` | `unsafe {}` ×2 |");
    let mut fewer = page.clone();
    fewer.values_mut().for_each(|count| *count = 1);
    assert_eq!(missing(&page, &fewer), "\na.rs: | `Promise::kept` | `unsafe {}` |");
    assert_eq!(missing(&fewer, &page), "");
}
