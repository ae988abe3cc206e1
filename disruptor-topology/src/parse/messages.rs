//! The words for what can be wrong with a body's text. The first range is the place to underline.

use std::ops::Range;

use super::{MAX_DEPTH, MAX_NAMES, Spanned, lexer::Token, parser};
use crate::finding::{Code, Concern, Finding};

fn error(code: Code, places: &[&Range<usize>], text: impl Into<String>, help: impl Into<String>) -> Finding {
    let mut concerns = Vec::new();
    for &place in places {
        concerns.push(Concern::Text(place.clone()));
    }
    Finding::error(code, text, help, concerns)
}

/// The whole body, without a chain in it.
pub(super) fn no_chain(body: &Range<usize>) -> Finding {
    let help = "name at least one stage, as in `< journal -> business >`";
    error(Code::EmptyTopology, &[body], "the pipeline has no stage", help)
}

/// Text outside of a chain.
pub(super) fn expected_chain(place: &Range<usize>, text: &str) -> Finding {
    let inner = text.trim_end_matches(|c: char| c == '>' || c.is_whitespace());
    let suggestion = format!("< {inner} >");
    // A long text is not repeated, and nothing is suggested that would be wrong again.
    let help = if text.chars().count() <= 60 && parser::parse(&suggestion).1.is_empty() {
        format!("put it between `<` and `>`, as in `{suggestion}`")
    } else {
        "write every stage and every arrow between `<` and `>`, as in `< journal -> business >`".to_owned()
    };
    error(Code::ExpectedChain, &[place], "this stands outside of a chain `< … >`", help)
}

/// From `<` to `>`.
pub(super) fn empty_chain(place: &Range<usize>) -> Finding {
    let help = "name at least one stage in it, as in `< journal >`, or remove it";
    error(Code::EmptyChain, &[place], "this chain has no stage", help)
}

/// At the last token, behind which the `>` is missing.
pub(super) fn unclosed_chain(last: &Range<usize>, open: &Range<usize>) -> Finding {
    error(
        Code::UnclosedChain,
        &[last, open],
        "this chain is not closed",
        "write `>` at its end, as in `< journal -> business >`",
    )
}

/// From `(` to `)`.
pub(super) fn empty_group(place: &Range<usize>) -> Finding {
    error(
        Code::EmptyGroup,
        &[place],
        "this group has no stage",
        "name the stages that run side by side, as in `(replicate, unmarshal)`, or remove it and an arrow",
    )
}

pub(super) fn unclosed_group(open: &Range<usize>) -> Finding {
    let help = "write `)` after its last stage, as in `(replicate, unmarshal)`";
    error(Code::UnclosedGroup, &[open], "this group is not closed", help)
}

pub(super) fn unclosed_shard(open: &Range<usize>) -> Finding {
    error(
        Code::UnclosedGroup,
        &[open],
        "this `[` is not closed",
        "write `]` after the count, as in `[worker; 4]`",
    )
}

pub(super) fn too_deep(open: &Range<usize>) -> Finding {
    let text = format!("groups are nested more than {MAX_DEPTH} deep");
    let help = "give the inner part a chain of its own: a name met again is the same stage, \
        as in `< (a, b) -> d > < b -> e >`";
    error(Code::TooDeep, &[open], text, help)
}

pub(super) fn too_long(name: &Range<usize>) -> Finding {
    let text = format!("the body names stages more than {MAX_NAMES} times");
    let help = "split the pipeline in two, of which one publishes into the other";
    error(Code::TooLong, &[name], text, help)
}

pub(super) fn wrong_arrow(arrow: &Token<'_>) -> Finding {
    let spelt = arrow.text;
    let (text, help) = match (spelt.starts_with('<'), spelt.ends_with('>')) {
        (true, true) => (
            format!("`{spelt}` points both ways"),
            "decide which stage goes first and write it on the left: in `a -> b`, `b` waits on `a`",
        ),
        (true, false) => (
            format!("`{spelt}` points backwards"),
            "write the stage that goes first on the left: in `a -> b`, `b` waits on `a`",
        ),
        (false, _) if spelt.trim_matches('|').is_empty() => (
            format!("`{spelt}` has no meaning here"),
            "write `(a, b)` for stages that run side by side, or `a -> b` for one after the other",
        ),
        (false, _) => {
            (format!("`{spelt}` is not an arrow"), "write `->`, as in `a -> b`, where `b` waits on `a`")
        }
    };
    error(Code::WrongArrow, &[&arrow.range], text, help)
}

pub(super) fn missing_arrow(second: &Token<'_>, first: &Range<usize>) -> Finding {
    let (text, help) = match second.text {
        "(" => (
            "an arrow is missing before this group".to_owned(),
            "write `->` before it, or `,` inside of a group".to_owned(),
        ),
        "[" => (
            "an arrow is missing before this shard".to_owned(),
            "write `->` before it, or `,` inside of a group".to_owned(),
        ),
        name => (
            format!("an arrow is missing before `{name}`"),
            format!(
                "write `-> {name}` if it waits on what stands before it, or `(…, {name})` if they run side by side"
            ),
        ),
    };
    error(Code::MissingArrow, &[&second.range, first], text, help)
}

pub(super) fn no_stage_before(sign: &Token<'_>) -> Finding {
    let text = format!("no stage stands before this `{}`", sign.text);
    let help = match sign.text {
        "," => "remove the comma, or write a stage before it",
        "+" => "remove it, or write the stage that goes first, as in `a + b`",
        _ => "remove it, or write the stage that goes first: the producer is not named",
    };
    error(Code::MissingStage, &[&sign.range], text, help)
}

pub(super) fn no_stage_between(second: &Token<'_>, first: &Token<'_>) -> Finding {
    let text = format!("no stage stands between `{}` and this `{}`", first.text, second.text);
    let help = "remove one of the two, or write a stage between them";
    error(Code::MissingStage, &[&second.range, &first.range], text, help)
}

pub(super) fn no_stage_after(sign: &Token<'_>) -> Finding {
    let text = format!("no stage stands after this `{}`", sign.text);
    let help = "remove it, or write the stage that comes next";
    error(Code::MissingStage, &[&sign.range], text, help)
}

pub(super) fn no_worker(open: &Range<usize>) -> Finding {
    let help = "begin with the worker's name, as in `[worker; 4]`";
    error(Code::MissingStage, &[open], "this shard does not name its worker", help)
}

/// `around` are the names before and behind it.
pub(super) fn stray_comma(comma: &Range<usize>, around: (Option<&str>, Option<&str>)) -> Finding {
    let (a, b) = if let (Some(a), Some(b)) = around { (a, b) } else { ("a", "b") };
    error(
        Code::StrayComma,
        &[comma],
        "a comma stands between stages that run side by side, and they need parentheses",
        format!(
            "write `({a}, {b})` for stages side by side, `{a} -> {b}` for one after the other, or `< {a} > < {b} >` for two chains"
        ),
    )
}

pub(super) fn unopened(close: &Token<'_>) -> Finding {
    let (open, what) = if close.text == ")" { ("(", "group") } else { ("[", "shard") };
    let text = format!("this `{}` closes no {what}", close.text);
    error(
        Code::Unexpected,
        &[&close.range],
        text,
        format!("remove it, or write `{open}` where the {what} begins"),
    )
}

/// `group` is where the group's `(` stands, or its `)` if `+` comes after it.
pub(super) fn fused_group(plus: &Range<usize>, group: &Range<usize>) -> Finding {
    error(
        Code::Unexpected,
        &[plus, group],
        "`+` joins single stages, and this is a group",
        "write `->` in its place, or join stages inside of the group, as in `(a + b, c)`",
    )
}

pub(super) fn unexpected(token: &Token<'_>) -> Finding {
    // It is one character, repeated, and quotes need no escape between backticks.
    let shown = match token.text.chars().next() {
        Some('"' | '\'') => token.text.to_owned(),
        _ => token.text.escape_debug().to_string(),
    };
    let text = format!("`{shown}` has no place in a chain");
    let help = match token.text {
        ";" => "remove it: only the count of a shard stands after `;`, as in `[worker; 4]`",
        _ => {
            "remove it: a chain is made of names, arrows and groups, as in `< journal -> (replicate, unmarshal) >`"
        }
    };
    error(Code::Unexpected, &[&token.range], text, help)
}

pub(super) fn bad_name(word: &Token<'_>) -> Finding {
    let name = word.text;
    let (text, help) = match name {
        "_" => ("`_` is not a name".to_owned(), "give the stage a name, as in `journal`".to_owned()),
        _ if name.starts_with(char::is_numeric) => (
            format!("`{name}` is not a name, for it begins with a digit"),
            format!("begin with a letter, as in `s{name}`"),
        ),
        _ => (
            format!("`{name}` is a keyword of Rust and cannot name a stage"),
            format!("write another name, such as `{}_stage`", name.trim_start_matches("r#").to_lowercase()),
        ),
    };
    error(Code::BadName, &[&word.range], text, help)
}

pub(super) fn bad_count(place: &Range<usize>, worker: &str) -> Finding {
    error(
        Code::BadCount,
        &[place],
        format!("the shard needs to know how many `{worker}` there are: a whole number above zero"),
        format!("write it after `;`, as in `[{worker}; 4]`"),
    )
}

/// `known` is the count that was read before.
pub(super) fn two_counts(worker: &Spanned<String>, known: usize, count: usize) -> Finding {
    let name = &worker.value;
    error(
        Code::BadCount,
        &[&worker.range],
        format!("`{name}` has {known} workers in one place, and {count} in another"),
        format!("say it once, `[{name}; {count}]`, and write `{name}` elsewhere"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::parse_chains;
    use super::*;

    /// The one finding in a body: code, what is underlined, text and help.
    fn only(body: &str) -> (Code, &str, String, String) {
        let found = parse_chains(body).expect_err(body);
        let [finding] = &found[..] else { panic!("{body}: {found:#?}") };
        let Some(Concern::Text(range)) = finding.concerns.first() else { panic!("{body}: no place") };
        (finding.code, &body[range.clone()], finding.text.clone(), finding.help.clone())
    }

    macro_rules! says {
        ($($test:ident: $body:expr => $code:ident at $place:expr, $text:expr, $help:expr;)*) => {
            $(#[test] fn $test() {
                assert_eq!(only($body), (Code::$code, $place, $text.to_owned(), $help.to_owned()));
            })*
        };
    }

    says! {
        nothing: " " => EmptyTopology at " ",
            "the pipeline has no stage",
            "name at least one stage, as in `< journal -> business >`";
        no_brackets: "journal -> business" => ExpectedChain at "journal -> business",
            "this stands outside of a chain `< … >`",
            "put it between `<` and `>`, as in `< journal -> business >`";
        no_left_bracket: "a -> b > < c >" => ExpectedChain at "a -> b >",
            "this stands outside of a chain `< … >`",
            "put it between `<` and `>`, as in `< a -> b >`";
        arrow_between_chains: "< a > -> < b >" => ExpectedChain at "->",
            "this stands outside of a chain `< … >`",
            "write every stage and every arrow between `<` and `>`, as in `< journal -> business >`";
        chain_without_stage: "< a > <  >" => EmptyChain at "<  >",
            "this chain has no stage",
            "name at least one stage in it, as in `< journal >`, or remove it";
        chain_without_end: "< a -> b" => UnclosedChain at "b",
            "this chain is not closed",
            "write `>` at its end, as in `< journal -> business >`";
        chain_in_chain: "< a -> b < c >" => UnclosedChain at "b",
            "this chain is not closed",
            "write `>` at its end, as in `< journal -> business >`";
        group_without_stage: "< a -> ( ) -> b >" => EmptyGroup at "( )",
            "this group has no stage",
            "name the stages that run side by side, as in `(replicate, unmarshal)`, or remove it and an arrow";
        group_without_end: "< a -> (b, c -> d >" => UnclosedGroup at "(",
            "this group is not closed",
            "write `)` after its last stage, as in `(replicate, unmarshal)`";
        shard_without_end: "< [a; 2 -> b >" => UnclosedGroup at "[",
            "this `[` is not closed",
            "write `]` after the count, as in `[worker; 4]`";
        fat_arrow: "< a => b >" => WrongArrow at "=>",
            "`=>` is not an arrow",
            "write `->`, as in `a -> b`, where `b` waits on `a`";
        backward_arrow: "< a <- b >" => WrongArrow at "<-",
            "`<-` points backwards",
            "write the stage that goes first on the left: in `a -> b`, `b` waits on `a`";
        double_headed_arrow: "< a <-> b >" => WrongArrow at "<->",
            "`<->` points both ways",
            "decide which stage goes first and write it on the left: in `a -> b`, `b` waits on `a`";
        bar: "< a | b >" => WrongArrow at "|",
            "`|` has no meaning here",
            "write `(a, b)` for stages that run side by side, or `a -> b` for one after the other";
        two_names: "< a b >" => MissingArrow at "b",
            "an arrow is missing before `b`",
            "write `-> b` if it waits on what stands before it, or `(…, b)` if they run side by side";
        name_and_group: "< a (b, c) >" => MissingArrow at "(",
            "an arrow is missing before this group",
            "write `->` before it, or `,` inside of a group";
        name_and_shard: "< a [b; 2] >" => MissingArrow at "[",
            "an arrow is missing before this shard",
            "write `->` before it, or `,` inside of a group";
        leading_arrow: "< -> a >" => MissingStage at "->",
            "no stage stands before this `->`",
            "remove it, or write the stage that goes first: the producer is not named";
        leading_plus: "< + a >" => MissingStage at "+",
            "no stage stands before this `+`",
            "remove it, or write the stage that goes first, as in `a + b`";
        leading_comma: "< (, a) >" => MissingStage at ",",
            "no stage stands before this `,`",
            "remove the comma, or write a stage before it";
        double_comma: "< (a,, b) >" => MissingStage at ",",
            "no stage stands before this `,`",
            "remove the comma, or write a stage before it";
        double_arrow: "< a -> -> b >" => MissingStage at "->",
            "no stage stands between `->` and this `->`",
            "remove one of the two, or write a stage between them";
        trailing_arrow: "< a -> >" => MissingStage at "->",
            "no stage stands after this `->`",
            "remove it, or write the stage that comes next";
        trailing_arrow_in_group: "< (a ->, b) >" => MissingStage at "->",
            "no stage stands after this `->`",
            "remove it, or write the stage that comes next";
        trailing_plus: "< a + >" => MissingStage at "+",
            "no stage stands after this `+`",
            "remove it, or write the stage that comes next";
        shard_without_worker: "< [; 4] >" => MissingStage at "[",
            "this shard does not name its worker",
            "begin with the worker's name, as in `[worker; 4]`";
        comma_without_group: "< a, b >" => StrayComma at ",",
            "a comma stands between stages that run side by side, and they need parentheses",
            "write `(a, b)` for stages side by side, `a -> b` for one after the other, or `< a > < b >` for two chains";
        half_a_group: "b) >" => ExpectedChain at "b) >",
            "this stands outside of a chain `< … >`",
            "write every stage and every arrow between `<` and `>`, as in `< journal -> business >`";
        group_closed_twice: "< (a, b)) -> c >" => Unexpected at ")",
            "this `)` closes no group",
            "remove it, or write `(` where the group begins";
        shard_closed_twice: "< [a; 2]] -> c >" => Unexpected at "]",
            "this `]` closes no shard",
            "remove it, or write `[` where the shard begins";
        plus_after_group: "< (a, b) + c >" => Unexpected at "+",
            "`+` joins single stages, and this is a group",
            "write `->` in its place, or join stages inside of the group, as in `(a + b, c)`";
        plus_before_group: "< a + (b, c) >" => Unexpected at "+",
            "`+` joins single stages, and this is a group",
            "write `->` in its place, or join stages inside of the group, as in `(a + b, c)`";
        semicolon: "< a; >" => Unexpected at ";",
            "`;` has no place in a chain",
            "remove it: only the count of a shard stands after `;`, as in `[worker; 4]`";
        other_character: "< a -> && b >" => Unexpected at "&&",
            "`&&` has no place in a chain",
            "remove it: a chain is made of names, arrows and groups, as in `< journal -> (replicate, unmarshal) >`";
        underscore: "< a -> _ >" => BadName at "_",
            "`_` is not a name",
            "give the stage a name, as in `journal`";
        digit: "< a -> 2nd >" => BadName at "2nd",
            "`2nd` is not a name, for it begins with a digit",
            "begin with a letter, as in `s2nd`";
        keyword: "< a -> match >" => BadName at "match",
            "`match` is a keyword of Rust and cannot name a stage",
            "write another name, such as `match_stage`";
        raw_self: "< r#Self >" => BadName at "r#Self",
            "`r#Self` is a keyword of Rust and cannot name a stage",
            "write another name, such as `self_stage`";
        zero_workers: "< [work; 0] >" => BadCount at "0",
            "the shard needs to know how many `work` there are: a whole number above zero",
            "write it after `;`, as in `[work; 4]`";
        no_count: "< [work] -> a >" => BadCount at "]",
            "the shard needs to know how many `work` there are: a whole number above zero",
            "write it after `;`, as in `[work; 4]`";
    }

    #[test]
    fn too_deep_is_said_once() {
        let body = format!("< {}a{} -> b >", "(".repeat(1000), ")".repeat(1000));
        let (code, place, text, help) = only(&body);
        assert_eq!((code, place), (Code::TooDeep, "("));
        assert_eq!(text, "groups are nested more than 64 deep");
        assert_eq!(
            help,
            "give the inner part a chain of its own: a name met again is the same stage, as in \
             `< (a, b) -> d > < b -> e >`"
        );
    }

    #[test]
    fn too_long_is_said_once() {
        let body = format!("< {}a >", "a -> ".repeat(10_000));
        let (code, place, text, help) = only(&body);
        assert_eq!((code, place), (Code::TooLong, "a"));
        assert_eq!(text, "the body names stages more than 2048 times");
        assert_eq!(help, "split the pipeline in two, of which one publishes into the other");
    }
}
