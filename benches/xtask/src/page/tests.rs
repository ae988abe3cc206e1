//! The page of fixed figures is compared with `snapshot.md` beside it: `UPDATE=1 cargo test` writes that anew.

use super::*;
use crate::figures::{Conditions, Latency, LatencySection, LatencySeries, Machine, Others, Reading, Section};

fn conditions() -> Conditions {
    Conditions {
        machine: Machine {
            cpu: "Example".to_owned(),
            cores: 2,
            kernel: "Linux 6.18".to_owned(),
            rustc: "rustc 1.95.0".to_owned(),
            lmax: None,
            commit: "0123456789".to_owned(),
        },
        date: "2026-11-21".to_owned(),
        rounds: 3,
        events: 9_000_000,
        limit: 20.0,
        load_before: Some([0.1, 0.2, 0.3]),
        load_after: None,
        line: vec![30.0, 27.5, 90.0],
        others: Others::default(),
        absent: vec![("lmax".to_owned(), "there is no disruptor.jar".to_owned())],
    }
}

fn series(group: &str, value: u64, contender: &str, rates: [f64; 3]) -> Series {
    let (group, contender) = (group.to_owned(), contender.to_owned());
    Series { group, value, contender, events: 9_000_000, rounds: rates.map(Reading::Rate).to_vec() }
}

fn latencies(contender: &str, percent: Option<u32>, p50: f64) -> LatencySeries {
    let round = |p50: f64| Latency {
        events: 1_000,
        p50,
        p90: p50 * 1.5,
        p99: p50 * 2.0,
        p999: p50 * 10.0,
        p9999: p50 * 100.0,
        max: p50 * 1e4,
    };
    LatencySeries {
        contender: contender.to_owned(),
        rate: percent.map(|percent| f64::from(percent) * 1e5),
        percent,
        rounds: vec![round(p50), round(p50 * 1.2)],
        without: Vec::new(),
    }
}

/// Figures with everything that may come: a peer that collapses, one that is wrong, and one that takes no part.
fn figures() -> Figures {
    let mut collapsed = series("diamond", 0, "disruptor-rs", [0.0; 3]);
    collapsed.rounds = vec![Reading::Below(0.45), Reading::Below(0.45), Reading::Skipped];
    let mut wrong = series("diamond", 0, "rtrb", [0.0; 3]);
    wrong.rounds = vec![Reading::Wrong("wrong result".to_owned()); 3];
    let throughput = vec![
        series("unicast", 0, "disruptor!", [600.0, 650.0, 500.0]),
        series("unicast", 0, "limit", [700.0, 750.0, 400.0]),
        series("unicast", 0, "disruptor-rs", [200.0, 270.0, 100.0]),
        series("unicast", 0, "disruptor-rs-spin", [250.0, 100.0, 240.0]),
        series("diamond", 0, "disruptor!", [240.0, 200.0, 247.0]),
        collapsed,
        wrong,
        series("multicast", 0, "disruptor!", [5.0, 4.0, 5.0]),
        series("multicast", 0, "disruptor-rs", [10.0, 8.0, 9.0]),
    ];
    let threads = vec![
        series("chain", 1, "disruptor!", [600.0, 650.0, 500.0]),
        series("chain", 1, "crossbeam", [20.0, 21.0, 22.0]),
        series("chain", 15, "disruptor!", [20.0, 20.0, 20.0]),
        series("chain", 15, "crossbeam", [20.0, 21.0, 22.0]),
    ];
    let growth = vec![
        series("ring", 16, "disruptor!", [10.0, 20.0, 5.0]),
        series("ring", 1 << 20, "disruptor!", [500.0, 400.0, 450.0]),
    ];
    let latency = vec![
        latencies("disruptor!", None, 300.0),
        latencies("disruptor-rs", None, 400.0),
        latencies("disruptor!", Some(90), 120.0),
    ];
    let section = |series| Some(Section { conditions: conditions(), series });
    Figures {
        throughput: section(throughput),
        threads: section(threads),
        growth: section(growth),
        latency: Some(LatencySection {
            conditions: conditions(),
            base: 10.0,
            base_of: "crossbeam".to_owned(),
            series: latency,
        }),
    }
}

#[test]
fn the_page_of_fixed_figures_stays_as_it_is() {
    let (page, charts) = render(&figures());
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page/snapshot.md");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&place, &page).expect("the source folder can be written to");
    }
    let expected = fs::read_to_string(&place).expect("the snapshot is there");
    for (line, (is, was)) in page.lines().zip(expected.lines()).enumerate() {
        assert_eq!(is, was, "line {}; `UPDATE=1 cargo test` takes it over", line + 1);
    }
    assert_eq!(page.lines().count(), expected.lines().count());
    assert!(charts.len() >= 5);
}

#[test]
fn figures_survive_their_file() {
    let text = serde_json::to_string(&figures()).expect("they are plain");
    assert_eq!(serde_json::from_str::<Figures>(&text).expect("as they were written"), figures());
}

#[test]
fn every_place_is_filled_and_every_chart_is_there() {
    for figures in [figures(), Figures::default()] {
        let (page, charts) = render(&figures);
        assert!(!page.contains("{{") && !page.contains("NaN") && !page.contains("inf"), "{page}");
        for (name, _) in &charts {
            assert!(page.contains(&format!("](benchmarks/{name})")), "{name}");
        }
        assert_eq!(page.matches(".svg)").count(), charts.len());
    }
}

#[test]
fn charts_are_whole_and_inside_of_their_borders() {
    let (_, charts) = render(&figures());
    for (name, svg) in charts {
        for tag in ["svg", "text", "title", "circle", "style"] {
            let opened = svg.matches(&format!("<{tag} ")).count() + svg.matches(&format!("<{tag}>")).count();
            assert_eq!(opened, svg.matches(&format!("</{tag}>")).count(), "{name}: {tag}");
        }
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}");
        assert!(svg.contains("prefers-color-scheme:dark"));
        let width: f64 = svg
            .split("width=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next()?.parse().ok())
            .expect("a width");
        for x in svg.split(" x=\"").chain(svg.split(" cx=\"")).skip(1) {
            let Some(x) = x.split('"').next().and_then(|x| x.parse::<f64>().ok()) else { continue };
            assert!((0.0..=width).contains(&x), "{name}: {x}");
        }
    }
}

#[test]
fn aims_are_judged_by_the_best_and_by_the_median() {
    let table = aims::table(&figures());
    let line = |shape: &str| table.lines().find(|line| line.contains(shape)).expect("it is there").to_owned();
    // 650 against 270, 750 and nobody; of the two waits of disruptor-rs the better one a round.
    assert!(line("`unicast`").contains("2.41, median 2.4 (≥ 1.2) ✓"), "{table}");
    assert!(line("`unicast`").contains("0.87, median 0.87 (≥ 0.9) **missed**"), "{table}");
    assert!(line("`unicast`").contains("no figure (≥ 2.5)"), "{table}");
    assert!(line("`diamond`").contains("> 549, median > "), "{table}");
    assert!(line("`multicast`").contains("0.5, median 0.5 (≥ 6) **missed**"), "{table}");
    assert!(table.contains("4 of 27 are met") && table.contains("fewer than 7 rounds (3)"), "{table}");
    assert!(line("p50").contains("0.75, median 0.75 (≤ 1) ✓"), "{table}");
}

#[test]
fn a_busy_machine_is_warned_of() {
    let mut busy = conditions();
    assert!(!conditions::words(&busy).contains("Not a quiet machine"));
    busy.others = Others { busy: 0.8, stolen: 0.2, busiest: vec![("rustc".to_owned(), 0.7)] };
    let words = conditions::words(&busy);
    for said in ["Not a quiet machine", "0.80 of a core", "`rustc` 0.70", "withheld 0.20"] {
        assert!(words.contains(said), "{words}");
    }
}
