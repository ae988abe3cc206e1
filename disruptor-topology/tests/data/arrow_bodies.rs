// Arrow bodies that `disruptor!` and `disruptor_topology::parse` treat alike; the tests of both include this table.
//
// A body that is accepted means names and arrows, each once, in the order in which they are met: `a b | a->b`. One that is
// refused is refused at these places, with these words.

/// What a body means, or why it means nothing.
enum Body {
    /// Names, arrows and, of shards, workers.
    Means(&'static str),
    /// The text underlined and the message, for each mistake.
    Refused(&'static [(&'static str, &'static str)]),
}

use Body::{Means, Refused};

const ARROW_BODIES: &[(&str, Body)] = &[
    ("< a >", Means("a |")),
    ("< a -> b >", Means("a b | a->b")),
    ("<a->b>", Means("a b | a->b")),
    ("< a -> (b, c) -> d >", Means("a b c d | a->b a->c b->d c->d")),
    ("< (a, b -> c) -> (d, e) >", Means("a b c d e | b->c a->d a->e c->d c->e")),
    ("< (a, b,) -> c >", Means("a b c | a->c b->c")),
    ("< ((a)) -> b >", Means("a b | a->b")),
    ("< (a, b) -> d > < b -> e >", Means("a b d e | a->d b->d b->e")),
    ("< a >< b >", Means("a b |")),
    ("< a -> b -> a >", Means("a b | a->b b->a")),
    ("< a + b >", Means("a b | a->b")),
    ("< x -> a + b + c -> y >", Means("x a b c y | a->b b->c x->a c->y")),
    ("< (a + b, c) -> d >", Means("a b c d | a->b b->d c->d")),
    ("< r#type -> größe >", Means("r#type größe | r#type->größe")),
    ("< a => b >", Refused(&[("=>", "`=>` is not an arrow")])),
    ("< a --> b >", Refused(&[("-->", "`-->` is not an arrow")])),
    ("< a ==> b >", Refused(&[("==>", "`==>` is not an arrow")])),
    ("< a ~> b >", Refused(&[("~>", "`~>` is not an arrow")])),
    ("< a |> b >", Refused(&[("|>", "`|>` is not an arrow")])),
    ("< a >> b >", Refused(&[(">>", "`>>` is not an arrow")])),
    ("< a ->> b >", Refused(&[("->>", "`->>` is not an arrow")])),
    ("< a - > b >", Refused(&[("- >", "`- >` is not an arrow")])),
    ("< a - >", Refused(&[("-", "`-` is not an arrow"), ("-", "no stage stands after this `-`")])),
    ("< a; b >", Refused(&[(";", "`;` has no place in a chain")])),
    ("< a - b >", Refused(&[("-", "`-` is not an arrow")])),
    ("< a <- b >", Refused(&[("<-", "`<-` points backwards")])),
    ("< a <-> b >", Refused(&[("<->", "`<->` points both ways")])),
    ("< a | b >", Refused(&[("|", "`|` has no meaning here")])),
    ("< a || b >", Refused(&[("||", "`||` has no meaning here")])),
    ("< a b >", Refused(&[("b", "an arrow is missing before `b`")])),
    ("< a (b, c) >", Refused(&[("(", "an arrow is missing before this group")])),
    ("< a [b; 2] >", Refused(&[("[", "an arrow is missing before this shard")])),
    ("< (a b, c) >", Refused(&[("b", "an arrow is missing before `b`")])),
    ("< >", Refused(&[("< >", "this chain has no stage")])),
    ("< a -> () >", Refused(&[("()", "this group has no stage")])),
    ("< a -> b", Refused(&[("b", "this chain is not closed")])),
    ("< a -> b < c >", Refused(&[("b", "this chain is not closed")])),
    ("< -> a >", Refused(&[("->", "no stage stands before this `->`")])),
    ("< + a >", Refused(&[("+", "no stage stands before this `+`")])),
    ("< (, a) >", Refused(&[(",", "no stage stands before this `,`")])),
    ("< (a, , b) >", Refused(&[(",", "no stage stands before this `,`")])),
    ("< a -> >", Refused(&[("->", "no stage stands after this `->`")])),
    ("< (a ->, b) >", Refused(&[("->", "no stage stands after this `->`")])),
    ("< a + >", Refused(&[("+", "no stage stands after this `+`")])),
    ("< a -> -> b >", Refused(&[("->", "no stage stands between `->` and this `->`")])),
    (
        "< a, b >",
        Refused(&[(",", "a comma stands between stages that run side by side, and they need parentheses")]),
    ),
    ("< a + (b, c) >", Refused(&[("+", "`+` joins single stages, and this is a group")])),
    ("< (a, b) + c >", Refused(&[("+", "`+` joins single stages, and this is a group")])),
    ("< a -> @ b >", Refused(&[("@", "`@` has no place in a chain")])),
    ("< a -> @ >", Refused(&[("@", "`@` has no place in a chain")])),
    ("< @ -> a >", Refused(&[("@", "`@` has no place in a chain")])),
    ("< a -> && b >", Refused(&[("&&", "`&&` has no place in a chain")])),
    ("< a -> 5 >", Refused(&[("5", "`5` is not a name, for it begins with a digit")])),
    ("< a -> _ >", Refused(&[("_", "`_` is not a name")])),
    ("< a -> for >", Refused(&[("for", "`for` is a keyword of Rust and cannot name a stage")])),
    ("< self -> a >", Refused(&[("self", "`self` is a keyword of Rust and cannot name a stage")])),
    ("< [a; 2; 3] >", Refused(&[(";", "`;` has no place in a chain")])),
    ("< [a; 2;] >", Refused(&[(";", "`;` has no place in a chain")])),
    ("< [a; 2; b] -> c >", Refused(&[(";", "`;` has no place in a chain")])),
    ("< [; 4] >", Refused(&[("[", "this shard does not name its worker")])),
    (
        "< [a] >",
        Refused(&[("]", "the shard needs to know how many `a` there are: a whole number above zero")]),
    ),
    (
        "< [a; 0] >",
        Refused(&[("0", "the shard needs to know how many `a` there are: a whole number above zero")]),
    ),
    ("a -> b", Refused(&[("a -> b", "this stands outside of a chain `< … >`")])),
    (
        "< a => b -> for > < c d -> () >",
        Refused(&[
            ("=>", "`=>` is not an arrow"),
            ("for", "`for` is a keyword of Rust and cannot name a stage"),
            ("d", "an arrow is missing before `d`"),
            ("()", "this group has no stage"),
        ]),
    ),
];
