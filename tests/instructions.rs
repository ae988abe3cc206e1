//! The counted instructions: what follows from the counts, what the baseline lets pass, and that the documentation has its figures.
#![forbid(unsafe_code)]

/// The package that counts is no part of the workspace; what of it needs no valgrind is tested here.
macro_rules! of_the_bench {
    ($($file:literal $module:ident),*) => {$(
        #[path = $file]
        #[allow(dead_code, unreachable_pub, reason = "the package has more users of it")]
        mod $module;
    )*};
}
of_the_bench!(
    "../benches/instructions/src/baseline.rs" baseline,
    "../benches/instructions/src/counts.rs" counts,
    "../benches/instructions/src/measures.rs" measures
);

use baseline::{Baseline, compiler, table, with_table, written};
use counts::{Counts, Figure, figures};
use measures::{Counted, MEASURES};

const FILE: &str = include_str!("../benches/instructions/baseline.txt");
const PAGE: &str = include_str!("../docs/performance.md");

/// What the benches would count if each event took ten instructions, and each batch 640 more.
fn counted(events: u64) -> Vec<Counts> {
    let mut all = Vec::new();
    for measure in MEASURES {
        let batch = measure.name.split_once("batch_of_").map(|(_, size)| size.trim_end_matches("_multi"));
        let each = 10 + batch.map_or(0, |size| 640 / size.parse::<u64>().expect("a number of events"));
        let (total, threads) = match measure.counted {
            Counted::Calls => (each * events, vec![]),
            // What both threads take at all is 5,000 each.
            Counted::Threads(small, large) => {
                (0, vec![(1, 1), (small, 5_000), (large, 5_000 + each * events)])
            }
            Counted::Batches(..) => continue,
        };
        all.push(Counts { name: measure.name.to_owned(), total, threads });
    }
    all
}

fn named<'a>(figures: &'a [Figure], name: &str) -> &'a Figure {
    figures.iter().find(|(measure, _)| measure.name == name).expect("it is a measure")
}

#[test]
fn a_figure_is_for_one_event_and_a_thread_s_constant_costs_drop_out() {
    let figures = figures(&counted(1_000), 1_000).expect("all is counted");
    assert_eq!(figures.len(), MEASURES.len());
    assert_eq!(named(&figures, "publish").1, 10.0);
    assert_eq!(named(&figures, "stage_list").1, 10.0);
    assert_eq!(named(&figures, "behind_4_batch_of_1").1, 650.0);
    assert_eq!(named(&figures, "behind_4_batch_of_64").1, 20.0);
    assert_eq!(named(&figures, "behind_4_per_batch").1, 640.0);
}

#[test]
fn what_was_not_counted_is_an_error() {
    let error = |change: fn(&mut Vec<Counts>)| {
        let mut counts = counted(1_000);
        change(&mut counts);
        figures(&counts, 1_000).map(drop).expect_err("something is missing")
    };
    let gone = error(|counts| counts.retain(|bench| bench.name != "claim"));
    assert!(gone.contains("`claim` was not counted"), "{gone}");
    let nothing = error(|counts| counts[0].total = 0);
    assert!(nothing.contains("nothing was counted of `publish`"), "{nothing}");
    let batches = error(|counts| {
        let small = counts.iter_mut().find(|bench| bench.name == "stage_batch_of_1").expect("it is a bench");
        small.threads[2].1 = small.threads[1].1 + 1;
    });
    assert!(batches.contains("`stage_per_batch` is not above 0"), "{batches}");
    let threads = error(|counts| counts.iter_mut().for_each(|bench| bench.threads.truncate(2)));
    assert!(threads.contains("`stage_closure` has no thread 3"), "{threads}");
}

#[test]
fn growth_of_more_than_3_per_cent_is_a_fault() {
    let mut figures = figures(&counted(1_000), 1_000).expect("all is counted");
    let baseline = Baseline::parse(&written("rustc 1.0.0, here", &figures)).expect("it is as it was written");
    assert_eq!(baseline.compiler, "rustc 1.0.0, here");
    assert_eq!(baseline.faults(&figures), [""; 0]);
    figures[0].1 = 10.3;
    figures[1].1 = 2.0;
    assert_eq!(baseline.faults(&figures), [""; 0]);
    figures[0].1 = 10.31;
    assert_eq!(
        baseline.faults(&figures),
        ["publish has grown by 3.1 %: 10.00 instructions an event, now 10.31"]
    );
    let gone = figures.remove(0);
    assert_eq!(baseline.faults(&figures), ["publish is in the baseline and is not counted any more"]);
    let without = Baseline::parse(&written("rustc 1.0.0, here", &figures)).expect("it is as it was written");
    figures.push(gone);
    assert_eq!(without.faults(&figures), ["publish is not in the baseline: 10.31 instructions an event"]);
}

#[test]
fn a_baseline_that_cannot_be_read_says_where() {
    let error = |text: &str| Baseline::parse(text).expect_err("it is none");
    assert!(error("").contains("does not say `rustc …`"));
    assert!(error("publish 3").contains("does not say `rustc …`"));
    for line in ["publish", "publish three", "publish 0", "publish -1", "publish inf"] {
        let error = error(&format!("# a comment\nrustc 1.0.0, here\n\n{line}\n"));
        assert!(error.contains(&format!("line 4: `{line}`")) && error.contains("--accept"), "{error}");
    }
}

#[test]
fn a_compiler_is_its_release_and_its_host() {
    let verbose = "rustc 1.95.0 (59807616e 2026-04-14)\nbinary: rustc\nhost: x86_64-unknown-linux-gnu\nrelease: 1.95.0\n";
    assert_eq!(compiler(verbose), "rustc 1.95.0 (59807616e 2026-04-14), x86_64-unknown-linux-gnu");
}

#[test]
fn the_documentation_has_the_figures_of_the_baseline() {
    let baseline = Baseline::parse(FILE).expect("it was written by `ci/instructions --accept`");
    let figures: Vec<Figure> = MEASURES
        .iter()
        .map(|measure| (measure, baseline.figure(measure.name).expect("each measure is in the baseline")))
        .collect();
    assert_eq!(baseline.faults(&figures), [""; 0]);
    let page = with_table(PAGE, &table(&figures)).expect("the page has a place for it");
    assert!(
        page == PAGE,
        "docs/performance.md has other figures than the baseline: run `ci/instructions --accept`"
    );
    assert!(with_table("no marks", "").is_err());
}
