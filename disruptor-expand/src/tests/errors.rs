//! What is wrong with a declaration, and what remains of it.

use super::{errors, expand, pretty, reference};

/// The only error of a declaration.
fn error(declaration: &str) -> String {
    let mut all = errors(declaration);
    assert_eq!(all.len(), 1, "one error in `{declaration}`: {all:#?}");
    all.remove(0)
}

#[track_caller]
fn says(declaration: &str, text: &str, help: &str) {
    let error = error(declaration);
    let (found, helped) = error.split_once("\nhelp: ").unwrap_or((&error, ""));
    assert_eq!(found, text, "for `{declaration}`");
    assert!(helped.contains(help), "the help `{helped}` of `{declaration}` should contain `{help}`");
    reference::quotes(text);
}

#[test]
fn settings_and_options() {
    says("rign: 8; < a >", "there is no setting `rign`", "did you mean `ring`?");
    says("a { btach: 8 }; < a >", "there is no option `btach`", "did you mean `batch`?");
    says("ring: 8; ring: 16; < a >", "`ring` is given twice", "leave one of them out");
    says(
        "ring: ; < a >",
        "`ring` has no value",
        "write `ring: 1 << 16;` (the slots of the ring: a constant power of two), or leave it out: then it is 1024",
    );
    says("producers: many; < a >", "`many` says nothing about producers", "producers: multi;");
    says(
        "overflow: drop_newst; < a >",
        "`drop_newst` is no rule for a full ring",
        "did you mean `drop_newest`?",
    );
    says(
        "overflow: drop_oldest; < a >",
        "`drop_oldest` is no rule for a full ring",
        "only the newest can be dropped",
    );
    says("overflow: 3; < a >", "`3` is no rule for a full ring", "pipeline.overflow(rule)");
    says("overflow: block; overflow: error; < a >", "`overflow` is given twice", "leave one of them out");
    says("a { core = 2 }; < a >", "`:` is missing after `core`", "name: value");
    says("a { 2 }; < a >", "this is no option of a stage", "name: value");
    says("ring: 1000; < a >", "a ring of 1000 slots: the ring must be a power of two", "write 512 or 1024");
    says("ring: 0; < a >", "a ring of 0 slots: the ring must be a power of two", "write 1");
    says("ring: 64; a { batch: 65 }; < a >", "a batch of 65 events, in a ring of 64", "choose 1 to 64");
    says("a { batch: 0 }; < a >", "a batch of 0 events, in a ring of 1024", "choose 1 to 1024");
}

#[test]
fn timeouts_that_are_never_called() {
    let never = |body: &str, wait: &str| {
        says(
            body,
            &format!("the `timeout` of `a` is never called: the wait is `{wait}`"),
            "wait: TimeoutBlocking::with_limit(…)",
        );
    };
    never("a { timeout: |a| a.flush() }; < a >", "PhasedBackoff");
    never("wait: Blocking; a { timeout: |a| a.flush() }; < a >", "Blocking");
    never(
        "a { timeout: |a| a.flush(), wait: PhasedBackoff::before(Yielding::after(3)) }; < a >",
        "PhasedBackoff :: before (Yielding :: after (3))",
    );
    says(
        "wait: TimeoutBlocking; a { wait: BusySpin }; b { timeout: |b| b.flush() }; < a + b >",
        "the `timeout` of `b` is never called: the wait of `a`, on whose thread it runs, is `BusySpin`",
        "have `a` wait so",
    );
    for wait in [
        "TimeoutBlocking",
        "mine()",
        "Mine",
        "PhasedBackoff::before(TimeoutBlocking::default())",
        "PhasedBackoff::before(mine())",
    ] {
        let body = format!("a {{ wait: {wait} }}; b {{ timeout: |b| b.flush() }}; < a + b >");
        assert_eq!(errors(&body), [""; 0], "for `{body}`");
    }
}

#[test]
fn clear() {
    for body in ["< clear >", "clear(&*) = f; < a -> clear >", "clear = f; < a -> [clear; 2] >"] {
        says(
            &format!("clear: |event| event.order = None; {body}"),
            "a stage is called `clear`, and so is the one that the setting `clear` stands for",
            "give that stage another name",
        );
    }
    says("clear: f; clear: g; < a >", "`clear` is given twice", "leave one of them out");
    says(
        "clear: |a, b| (); < a >",
        "the closure of stage `clear` has 2 parameters, and is called with `(&mut *)`",
        "1 parameter",
    );
    // What has no last stage has one mistake.
    assert_eq!(errors("clear: f; < a -> b -> a >").len(), 1);
    assert_eq!(errors("clear: f; < a -> >").len(), 1);
}

/// Behind all that nothing follows: fused to it, where it is one and no shard.
#[test]
fn clear_is_a_stage_behind_all_others() {
    for (chains, launches) in [
        ("< a -> b >", ["self.clear.fuse::", "self.b.launch_with::<After<0>"]),
        ("< a + b >", ["self.clear.fuse::", "self.b.fuse::"]),
        (
            "< a -> (b, c) > < b -> d >",
            ["self.clear.launch::<(After<2>, After<3>)", "self.d.launch::<After<1>"],
        ),
        ("< a -> [b; 2] >", ["self.clear.launch::<Workers<1, 2>", "self.b.launch::<After<0>"]),
    ] {
        let code = pretty(&format!("clear: |event| event.order = None; {chains}"));
        let code: String = code
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .replace("self .", "self.")
            .replace("< ", "<");
        for launch in launches {
            assert!(code.contains(launch), "`{launch}` of `{chains}` in {code}");
        }
    }
}

#[test]
fn clauses() {
    says("a = f; a = g; < a >", "stage `a` is defined twice", "another name");
    says("a = ; < a >", "stage `a` has an `=` and no handler", "a = handler;");
    says("a f; < a >", "`f` does not belong here, in the clause of stage `a`", "name(&field, &mut field)");
    says("5; < a >", "`5` begins no clause", "ring: 1024;");
    says("a = f < a >", "the clause of `a` has no end", "put `;` before the chain");
    says("", "this pipeline has no chain of stages", "add one");
    says(
        "a(&x) = f; < a >",
        "stage `a` takes `&x`, and no event type is declared that has such a field",
        "event: YourType;",
    );
}

#[test]
fn clauses_that_run_into_the_next() {
    says("event: T ring: 64; < a >", "the clause of `event` has no end", "put `;` before `ring`");
    says("ring: 64, name: \"x\"; < a >", "the clause of `ring` ends with a `,`", "end with `;`");
    says("a = f b = g; < a -> b >", "the clause of `a` has no end", "put `;` before `b`");
    says("event: T; ring: 64 b(&x) = g; < a -> b >", "the clause of `ring` has no end", "put `;` before `b`");
    says("a { batch: 4; core: 2 }; < a >", "options are not separated by `;`", "write `,`");
    for fine in ["a = |event: &T, wait: i64, _: bool| {}; < a >", "event: T<{ N == 1 }> = T::new(); < a >"] {
        assert_eq!(errors(fine), [""; 0], "for `{fine}`");
    }
}

#[test]
fn closures_take_what_is_listed() {
    let called = "is called with `(&raw, &mut out)`";
    let takes = |parameters: &str, closure: &str| {
        let text = format!("the closure of stage `a` has {parameters}, and {called}");
        says(
            &format!("event: T; a(&raw, &mut out) = {closure}; < a >"),
            &text,
            "give it 2 parameters, or change the list",
        );
    };
    takes("1 parameter", "|raw| 5");
    takes("3 parameters", "|raw: &Map<K, V>, (a, b), c,| a | b");
    let text =
        "the closure of stage `a` has 1 parameter, and is called with `(&event, sequence, end_of_batch)`";
    says("a = |event| drop(event); < a >", text, "`a(&*) = |event| …;`");
    let fine = "event: T; a(&raw, &mut out) = |raw: &Map<K, fn(V) -> W>, (a, b),| a | b; < a >";
    assert_eq!(errors(fine), [""; 0]);
}

#[test]
fn fields_need_a_type_that_has_them() {
    let text = "stage `a` takes `&0`, and the events have no fields that can be named";
    says("event: (u64, u64); a(&0) = f; < a >", text, "make the event a struct");
    // What is left of the declaration is still Rust, so that the error stands alone.
    for broken in ["event: (u64, u64); a(&0) = f; < a >", "a(&raw) = f; < a >"] {
        assert!(pretty(broken).contains("__disruptor::unknown()"));
    }
}

#[test]
fn argument_lists() {
    let refused = |list: &str, text: &str| says(&format!("event: T; a({list}) = f; < a >"), text, "");
    refused("raw", "`raw` is no argument: does the stage read the field, `&raw`, or write it, `&mut raw`?");
    refused("sequense", "`sequense` is no argument: did you mean `sequence`?");
    refused("&raw.id", "the list names fields of the event, and not what is inside of `raw`");
    refused("&[4]", "this is no name of a field");
    refused("&", "a field's name is missing");
    refused("&[*], &raw", "`&raw` cannot stand beside the batch, which is many events at once");
    refused("&5u8", "a field's number has no suffix");
    refused("5", "this is no argument of a handler");
}

#[test]
fn chains() {
    says("a -> b;", "this stands outside of a chain `< … >`", "`< a -> b >`");
    says("(a, b) -> c >", "this stands outside of a chain `< … >`", "`< (a, b) -> c >`");
    says("< a -> \"b\" >", "`\"` has no place in a chain", "names, arrows and groups");
    says("< a + [b; 4] >", "`b` runs on several threads, and cannot be fused to another stage", "write `->`");
}

#[test]
fn named_pipelines() {
    let named = |rest: &str, text: &str, help: &str| says(&format!("pub struct Orders; {rest}"), text, help);
    named("< a >", "`Orders` is a type, and what its events are cannot be inferred", "event: YourType;");
    let text = "`&x` must say its type, as the handler of `a` is given elsewhere";
    named("event: T; a(&x); < a >", text, "write `&x: Type`");
    let text = "the type of this wait, which is a part of the producer's, cannot be read off";
    named("event: T; wait: my_wait(); < a >", text, "write `wait: Type = value`");
    named("event: T; producer_wait: WAIT.clone(); < a >", text, "write `wait: Type = value`");
    named("event: T; a { wait: make!() }; < a >", text, "write `wait: Type = value`");
    let text = "this pipeline is called `Orders` already";
    named("struct More; event: T; < a >", text, "a macro of its own");
    says("event: T; struct Orders; < a >", "a declaration begins with the pipeline's name", "first");
    says(
        "struct Orders<T>; event: T; < a >",
        "`Orders` has nothing of its own to be said here",
        "struct Orders;",
    );
    says("pub a = f; < a >", "this names no pipeline", "pub struct Orders;");
    says("event: T; a(&x:) = f; < a >", "the field's type is missing", "leave the `:` out");
    let fine = "/// Doc.\n #[derive(Debug)] pub(crate) struct Orders; event: T; wait: Mine = make(); a(&x) = f; \
                b(&x: Map<u8, T>, end_of_batch) { wait: whatever() }; < a -> b >";
    assert_eq!(errors(fine), [""; 0]);
}

#[test]
fn closures_that_change_what_they_read() {
    let listed = |closure: &str| {
        says(
            &format!("event: T; a(&x, &mut y) = {closure}; < a >"),
            "`a` only reads `&x`, and its closure changes it",
            "list it as `&mut x`",
        );
    };
    listed("|x, y| *x = *y");
    listed("|x, y| { if *y > 0 { x.count += 1 } }");
    listed("move |x: &mut X, _| ()");
    let bare = |closure: &str| {
        says(
            &format!("a = {closure}; < a >"),
            "`a` has no list, so that it only reads the event, and its closure changes it",
            "list what it writes: `a(&mut field) = …`, or `a(&mut *) = …` for the whole event",
        );
    };
    bare("|event, _, _| event.0.price = 1");
    bare("|event, _, _| *event *= 2");
    let fine = [
        "|event, _, _| { let mut event = event.clone(); event.x = 1; }",
        "|event, _, _| log.iter_mut().for_each(|event| event.x = 1)",
        "|event, _, _| drop(event.x == 1 || event.y >= 2 || *event != 3)",
        "|event, s, _| { *total += event.x; other.event = s; }",
        "|event, _, _| match event.x { n if n <= 2 => {} _ => {} }",
        "|event, _, _| unsafe { *event.pointer = 5 }",
        "|event, _, _| event.cell.set(5)",
        "|_, event, _| event.x = 5",
    ];
    for closure in fine {
        assert_eq!(errors(&format!("event: T; a = {closure}; < a >")), [""; 0], "{closure}");
    }
}

#[test]
fn shards() {
    says("< [a; 0usize] >", "the shard `a` has no workers", "write `[a; 1]` or more");
    says(
        "< [a; 2] -> b > < [a; 3] >",
        "`a` has 2 workers in one place, and 3 in another",
        "say it once, `[a; 3]`",
    );
    says(
        "a { shard: |e| e.x }; < a >",
        "`a` has one worker, and no other to share its events with",
        "`[a; 4]`",
    );
    says("a(&[*]) = f; < [a; 2] >", "a worker of `a` has some of the events of a batch, and not all", "`&*`");
    says("a { core: 1 }; < [a; 2] >", "the 2 workers of `a` have one core between them", "core: [2, 3]");
    says(
        "a { shard: &x }; < [a; 2] >",
        "stage `a` takes `&x`, and no event type is declared that has such a field",
        "event:",
    );
    let mutates = |list: &str, key: &str, text: &str, help: &str| {
        says(&format!("event: T; a({list}) {{ shard: {key} }} = f; < [a; 2] >"), text, help);
    };
    let every = "while each reads the field `x` of every event to find its own";
    mutates("&mut x", "&x", &format!("the workers of `a` write `&mut x`, {every}"), "leave `shard` out");
    mutates("&mut *", "&x", &format!("the workers of `a` write `&mut *`, {every}"), "list the fields");
    mutates(
        "&mut x",
        "|e| e.y",
        "the workers of `a` write `&mut x`, while each reads all of every event to find its own",
        "shard: &field",
    );
    let beside = errors("event: T; a(&y) { shard: &x } = f; b(&mut x) = g; < ([a; 2], b) >");
    assert!(
        beside[0].starts_with("`b` and `a` may run at the same time: `b` writes the field `x`"),
        "{beside:?}"
    );
    assert_eq!(errors("event: T; a(&x, &mut y) { shard: &x } = f; < [a; 2] -> [b; N + 1] -> a >").len(), 1);
    assert_eq!(
        errors("event: T; a(&x, &mut y) { shard: &x } = f; < [a; 2] -> [b; N + 1] > < a -> c >"),
        [""; 0]
    );
}

#[test]
fn topologies() {
    says("< a -> b -> c -> a >", "these stages wait on each other in a circle: `a -> b -> c -> a`", "c -> a");
    assert!(error("b = f; < a >").contains("`b`"), "a stage that is in no chain is named");
    let both = errors("event: T; a(&mut x) = f; b(&x) = f; < (a, b) >");
    assert_eq!(both.len(), 2, "a conflict is shown at both places: {both:#?}");
    assert!(both[0].starts_with(
        "`a` and `b` may run at the same time: `a` writes the field `x`, `b` reads the field `x`"
    ));
}

#[test]
fn fusion() {
    says("< x -> b > < a + b >", "`b` runs on the thread of `a`, and also waits on `x`", "`x -> a + b`");
    says("< a + b > < a + c >", "`a` is fused to both `b` and `c`", "a + b + c");
    says(
        "b { core: 2 }; < a + b >",
        "`b` runs on the thread of `a`, and can have no `core` of its own",
        "the first stage of the thread",
    );
    says("< a + a >", "the stage `a` waits on itself: `a -> a`", "");
}

#[test]
fn threads() {
    let needs = "the fewest threads that these stages can share are 4";
    says("threads: 3; < a -> [work; 2] -> b >", needs, "write `threads: 4;`");
    says(
        "threads: 1; b { wait: W }; c { name: \"c\" }; < a -> b -> c >",
        "the fewest threads that these stages can share are 3",
        "begins with",
    );
    for wrong in ["0", "two", "1 + 1"] {
        says(
            &format!("threads: {wrong}; < a >"),
            "`threads` is a number above zero, as the stages are fused when the program is compiled",
            "write `threads: 2;`",
        );
    }
    says(
        "threads: 3; < [work; N] >",
        "`threads` counts the workers of `work`, and their number is not known here",
        "[work; 4]",
    );
    says("threads: 2; threads: 2; < a >", "`threads` is given twice", "");
    says(
        "threads: 1; wait: TimeoutBlocking; b { timeout: |_| () }; < a -> b >",
        "the fewest threads that these stages can share are 2",
        "`timeout`",
    );
    for enough in [
        "threads: 9; < a -> b >",
        "threads: 1; a { core: 1 }; < a -> (b, c) -> d >",
        "threads: 2; < [work; 2] >",
    ] {
        assert_eq!(errors(enough), [""; 0], "{enough}");
    }
}

#[test]
fn pollers() {
    for (word, help) in [("relase", "did you mean `release`?"), ("3", "`poll: end` (it ends)")] {
        let text = format!("`{word}` says nothing about a poller that is dropped");
        says(&format!("a {{ poll: {word} }}; < a >"), &text, help);
    }
    says("a { poll: end, poll: end }; < a >", "`poll` is given twice", "");
    says("a { poll: end } = f; < a >", "`a` is driven by its poller, and has a handler", "pollers.a.poll(…)");
    says("a { poll: end } = |x| f(x); < a >", "`a` is driven by its poller, and has a handler", "leave out");
    for option in [
        "core: 1",
        "batch: 0",
        "on_error: skip",
        "name: n",
        "start: f",
        "stop: f",
        "timeout: f",
        "shard: |e| e",
    ] {
        let (name, _) = option.split_once(':').expect("an option");
        let text = format!("`a` is driven by its poller, and can have no `{name}`");
        says(&format!("a {{ poll: end, {option} }}; < a >"), &text, "`poll` and `wait`");
    }
    says("a { poll: end }; < [a; 2] >", "`a` is driven by its poller, and has no workers", "write `a`");
    for chain in ["< a + b >", "< b + a >", "< b + a -> c >"] {
        let text = "`a` is driven by its poller, and shares no thread";
        says(&format!("a {{ poll: end, wait: w }}; {chain}"), text, "`->`");
    }
    let text = "a poller only reads, and the list of `a` says `&mut x`";
    says("event: T; a(&mut x) { poll: end }; < a >", text, "list it as `&x`");
    let text = "a poller sees one field of an event, or all of it, and the list of `a` says otherwise";
    for list in ["", "sequence", "&x, &y", "&x, sequence", "&[*]"] {
        says(&format!("event: T; a({list}) {{ poll: end }}; < a >"), text, "the closure of `poll` gets");
    }
    let text = "`&x` must say its type, as the handler of `a` is given elsewhere";
    says("struct Orders; event: T; a(&x) { poll: end }; < a >", text, "write `&x: Type`");
    let text = "the type of this wait, which is a part of the producer's, cannot be read off";
    says("struct Orders; event: T; a { poll: release }; b { wait: w() }; < a -> b >", text, "Type = value");
    says("struct Orders; event: T; a { poll: end, wait: w() }; < b -> a >", text, "Type = value");
    for fine in [
        "a(&*) { poll: end }; < a >",
        "event: T; a(&x) { poll: release, wait: w }; < b -> a -> c >",
        "struct Orders; event: T; a { poll: end }; b { wait: w() }; < a -> b >",
        "threads: 1; a { poll: end }; < b -> a > < b -> c >",
    ] {
        assert_eq!(errors(fine), [""; 0], "for `{fine}`");
    }
    let needs = "the fewest threads that these stages can share are 2";
    says("threads: 1; a { poll: end }; < b -> a -> c >", needs, "write `threads: 2;`");
}

#[test]
fn several_mistakes_are_several_errors() {
    let all = errors("rign: 8; a { btach: 2 } = f; b(raw) = g; < a => b > < c d >");
    assert_eq!(all.len(), 5, "{all:#?}");
}

#[test]
fn a_mistake_leaves_the_rest_in_the_expansion() {
    let code = pretty(
        "event: Trade = Trade::new(); rign: 8; a(&raw) = first; b = |e, s, end| second(e); < a -> b >",
    );
    for kept in ["Trade::new()", "first", "second(e)", "__disruptor::refused_single("] {
        assert_eq!(code.matches(kept).count(), 1, "`{kept}` once in:\n{code}");
    }
}

#[test]
fn a_stage_whose_clause_is_spoilt_is_not_looked_for_in_scope() {
    let code = pretty("a(raw) = first; < a >");
    assert!(code.contains("__disruptor::unknown()"), "{code}");
}

#[test]
fn no_tokens_make_the_macro_panic() {
    let odd = [
        "<",
        ">",
        ";;;",
        "a",
        "a(",
        "< <",
        "a = ; b",
        "event: ;",
        "event = 5;",
        ": :",
        "< ( > )",
        "<(((a)))>",
        "-> ;",
        "pub",
        "pub struct;",
        "#",
        "#[x];",
        "struct Orders;",
        "struct Orders; a(&x:); < [a; ] > < [; 2] > < [b; 1; 2] >",
        "a { shard: & }; < [a; 2] >",
    ];
    for declaration in odd {
        if let Ok(tokens) = declaration.parse() {
            let expansion =
                crate::expansion(&quote::quote!(::disruptor_pipeline), disruptor_frontend::read(tokens));
            assert!(!expansion.is_empty(), "`{declaration}` expands to something");
        }
    }
    assert!(!expand("<(((a)))>").is_empty());
}
