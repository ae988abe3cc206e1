//! What a declaration expands to, and how long that is.

use super::{errors, pretty, pretty_items};

const LMAX: &str = "< journal -> (replicate, unmarshal) -> business >";

/// Lines of the expansion, without the function that the test wraps it in.
fn lines(declaration: &str) -> usize {
    pretty(declaration).lines().count() - 2
}

#[test]
fn the_lmax_line_expands_to_at_most_fifteen_lines_a_stage() {
    let lines = lines(LMAX);
    assert!(lines <= 4 * 15, "{lines} lines for 4 stages:\n{}", pretty(LMAX));
}

#[test]
fn a_further_stage_adds_at_most_fifteen_lines() {
    let longer = lines("< journal -> (replicate, unmarshal) -> business -> report -> archive >");
    let each = (longer - lines(LMAX)) / 2;
    assert!(each <= 15, "{each} lines for each further stage");
}

#[test]
fn the_expansion_is_a_function_of_the_declaration() {
    let declaration = "event: Trade; a(&x, &mut y) = f; < (a, b) -> d > < b -> e >";
    assert_eq!(pretty(declaration), pretty(declaration));
}

#[test]
fn the_lmax_line() {
    insta::assert_snapshot!(pretty(LMAX));
}

#[test]
fn argument_lists_settings_and_options() {
    let declaration = r#"
        event: Trade<u64> = Trade::new();
        ring: 1 << 16;
        producers: multi;
        wait: Yielding::default();
        on_error: retry(3);
        name: "orders";
        journal(&raw, end_of_batch) { core: 2, batch: 512 } = |raw, end| file.append(raw, end);
        unmarshal(&raw, &mut order) { wait: BusySpin, name: "decode" } = decode;
        business(&*, sequence) = |trade, sequence| book.apply(trade, sequence);
        slices(&[*]);
        < journal -> (unmarshal -> business) -> slices >
    "#;
    assert_eq!(errors(declaration), [""; 0]);
    insta::assert_snapshot!(pretty(declaration));
}

#[test]
fn shards_factories_and_hooks() {
    let declaration = r#"
        event: Trade;
        cores: [0, 1, 2, 3, 4, 5];
        parse(&raw, &mut order) = || Parser::new().into_fn();
        work(&order, &mut score) { shard: &account, start: |work| work.open() } = rate;
        count { shard: |trade| trade.account, stop: |count| count.close() };
        < parse -> [work; 4] -> [count; WORKERS] -> merge >
    "#;
    assert_eq!(errors(declaration), [""; 0]);
    insta::assert_snapshot!(pretty(declaration));
}

#[test]
fn a_named_pipeline() {
    let declaration = "/// Orders.\n pub struct Orders; event: Trade; ring: SLOTS; wait: Blocking::after(5); \
                       unmarshal(&raw: Vec<u8>, &mut order: Order); risk(&order: Order) = check; \
                       < unmarshal -> risk -> [book; 2] >";
    assert_eq!(errors(declaration), [""; 0]);
    insta::assert_snapshot!(pretty_items(declaration));
}

#[test]
fn fused_stages() {
    let declaration = "event: u64; a(&*) = f; b(&*) = g; < a + b + c -> (d, e + f) >";
    assert_eq!(errors(declaration), [""; 0]);
    insta::assert_snapshot!(pretty(declaration));
}

#[test]
fn pollers() {
    let declaration = "event: Trade; wait: Blocking; audit(&order) { poll: release, wait: BusySpin }; \
                       report { poll: end }; < feed -> audit -> work -> report >";
    assert_eq!(errors(declaration), [""; 0]);
    insta::assert_snapshot!(pretty(declaration));
}

#[test]
fn a_named_pipeline_with_a_poller() {
    let declaration =
        "pub struct Orders; event: Trade; audit(&order: u64) { poll: release }; < audit -> book >";
    assert_eq!(errors(declaration), [""; 0]);
    insta::assert_snapshot!(pretty_items(declaration));
}

/// Whoever waits on a poller that may be released waits on what that waited on, then; and is woken by it.
#[test]
fn what_is_behind_a_released_poller() {
    let squeezed = |declaration: &str| {
        assert_eq!(errors(declaration), [""; 0]);
        let words: Vec<_> = pretty(declaration).split_whitespace().map(str::to_owned).collect();
        words.join(" ").replace("< ", "<").replace(", >", ">").replace(",>", ">")
    };
    let code = squeezed("p { poll: release }; q { poll: release }; < a -> p -> q -> b > < a -> c >");
    for written in [
        // `a` wakes `p`, those who may come to wait on it, and `c`.
        "launch::<Head, (S1::Wait, (S2::Wait, (S3::Wait, S4::Wait)))>(__plan, 0)",
        "poller::<After<0>, (S2::Wait, S3::Wait)>(__plan, 1)",
        "poller::<Released<1, After<0>>, S3::Wait>(__plan, 2)",
        "launch::<Released<2, Released<1, After<0>>>, W>(__plan, 3)",
        "type First = S0::Wait;",
    ] {
        assert!(code.contains(written), "`{written}` in:\n{code}");
    }
    // A gate that is released leaves the producer to what it waited on, and several producers to each other.
    let code = squeezed("p { poll: release }; < a -> p >");
    assert!(code.contains("type Gates = __disruptor::Released<1, __disruptor::After<0>>;"), "{code}");
    assert!(code.contains("launch::<Head, (S1::Wait, W)>(__plan, 0)"), "{code}");
    let code = squeezed("p { poll: release }; < p > < a >");
    assert!(code.contains("type Gates = (__disruptor::Unheld<0>, __disruptor::After<1>);"), "{code}");
    assert!(code.contains("type First = (S0::Wait, S1::Wait);"), "{code}");
    let code = squeezed("producers: multi; p { poll: release }; < p > < a >");
    assert!(code.contains("type First = (S0::Wait, (W, S1::Wait));"), "{code}");
    // One that ends the pipeline is a stage like others.
    let code = squeezed("p { poll: end }; < p -> a >");
    assert!(code.contains("launch::<After<0>, W>(__plan, 1)"), "{code}");
    assert!(!code.contains("Released"), "{code}");
}

#[test]
fn fewer_threads_than_stages() {
    let code = pretty("threads: 2; < a -> (b, c) -> d >");
    for written in [
        // `a + b + c`: nobody waits on what only its own thread waits on.
        "let (__h2, __tail) = self.c.fuse::<S3::Wait, _>(__plan, 2, ());",
        "let (__h1, __tail) = self.b.fuse::<S3::Wait, _>(__plan, 1, __tail);",
        "let __h0 = self.a.launch_with::<Head, (), _>(__plan, 0, __tail);",
        "let __h3 = self.d.launch::<(After<1>, After<2>), W>(__plan, 3);",
    ] {
        assert!(code.contains(written), "`{written}` in:\n{code}");
    }
    // Of two first stages on one thread, one waits.
    let code = pretty("threads: 1; < (a, b) >");
    assert!(code.contains("type First = S0::Wait;"), "{code}");
}

#[test]
fn placement_is_called_on_the_value() {
    let code = pretty("cores: auto; priority: 3; huge_pages: big(); < a >");
    assert!(code.contains(".auto_cores().priority(3).huge_pages(big())"), "{code}");
    assert!(pretty("cores: auto(); < a >").contains(".cores(auto())"));
}

#[test]
fn a_graph_that_is_not_series_parallel() {
    insta::assert_snapshot!(pretty("< (a, b) -> d > < b -> e >"));
}

#[test]
fn reads_that_overlap_ask_for_sync_and_others_do_not() {
    let shared = pretty("event: T; a(&x) = f; b(&x) = f; < (a, b) >");
    // The first of the two stages asks.
    assert_eq!(shared.matches("__disruptor::ReadTogether").count(), 1, "{shared}");
    let apart = pretty("event: T; a(&x) = f; b(&y) = f; < (a, b) >");
    assert_eq!(apart.matches("__disruptor::ReadTogether").count(), 0, "{apart}");
    let in_turn = pretty("event: T; a(&x) = f; b(&x) = f; < a -> b >");
    assert_eq!(in_turn.matches("__disruptor::ReadTogether").count(), 0, "{in_turn}");
    assert_eq!(pretty("< (a, b) >").matches("shared(").count(), 1);
    assert!(!pretty("< a -> b >").contains("shared("));
}

#[test]
fn barriers_are_reduced_and_gates_are_the_last_stages() {
    // The arrow from `a` to `c` says nothing that `a -> b -> c` does not.
    let code = pretty("< a -> b -> c > < a -> c >");
    assert!(code.contains("self.c.launch::<After<1>, W>(__plan, 2)"), "{code}");
    assert!(code.contains("type Gates = __disruptor::After<2>;"), "{code}");
    let code = pretty("< a -> (b, c) >");
    assert!(code.contains("type Gates = (__disruptor::After<1>, __disruptor::After<2>);"), "{code}");
}

#[test]
fn waits_and_policies_need_no_path_wherever_they_stand() {
    let code = pretty("wait: Blocking; on_error: retry(Retry::times(3).then(Skip)); < a >");
    for written in
        ["__disruptor::Blocking::default()", "__disruptor::Retry::times(3).then(__disruptor::Skip)"]
    {
        assert!(code.contains(written), "`{written}` in:\n{code}");
    }
    let code = pretty("wait: PhasedBackoff::before(Blocking::after(5)); on_error: |_| Decision::Skip; < a >");
    for written in
        ["__disruptor::PhasedBackoff::before(__disruptor::Blocking::after(5))", "|_| Decision::Skip"]
    {
        assert!(code.contains(written), "`{written}` in:\n{code}");
    }
}
