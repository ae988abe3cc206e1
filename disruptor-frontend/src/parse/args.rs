//! Argument lists: what a stage touches of an event, which is also how its handler is called.

use disruptor_syntax::{Arg, Place, Report, field_name, integer, is_punct, suggest};
use disruptor_topology::{Access, Mode, Target};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

const HELP: &str = "an argument is `&field`, `&mut field`, `&*` or `&mut *` (the whole event), `&[*]` or `&mut [*]` (the batch), \
                    `sequence` or `end_of_batch`";

/// Reads the list in parentheses; `None` if a part of it could not be read.
pub(super) fn parse(list: &Group, report: &mut Report) -> Option<Vec<Arg>> {
    let tokens: Vec<_> = list.stream().into_iter().collect();
    let mut written = split(&tokens);
    // A comma may stand at the end.
    if written.last().is_some_and(|last| last.is_empty()) {
        written.pop();
    }
    let (mut args, mut whole) = (vec![], true);
    for written in written {
        let Some(place) = Place::of(written) else {
            let text = "an argument is missing beside a comma of this list";
            report.error(list.span(), text, "leave out the comma");
            whole = false;
            continue;
        };
        match arg(written, place, report) {
            Some(arg) => args.push(arg),
            None => whole = false,
        }
    }
    (whole && alone(&args, report) && once(&args, report)).then_some(args)
}

/// A field that is read twice; one that is also written is found where accesses are checked.
fn once(args: &[Arg], report: &mut Report) -> bool {
    let mut read = vec![];
    for arg in args {
        let Arg::Access { access, place, .. } = arg else { continue };
        let written = access.to_string();
        if access.writes() {
            continue;
        }
        if read.contains(&written) {
            report.error(*place, format!("`{written}` stands in this list twice"), "leave one of them out");
            return false;
        }
        read.push(written);
    }
    true
}

/// Cuts at the commas that stand in no type's angle brackets.
fn split(tokens: &[TokenTree]) -> Vec<&[TokenTree]> {
    let mut depth = 0_i32;
    let mut dash = false;
    let (mut parts, mut start) = (vec![], 0);
    for (at, token) in tokens.iter().enumerate() {
        depth += i32::from(is_punct(token, '<')) - i32::from(is_punct(token, '>') && !dash);
        dash = is_punct(token, '-');
        if depth <= 0 && is_punct(token, ',') {
            parts.push(&tokens[start..at]);
            start = at + 1;
        }
    }
    parts.push(&tokens[start..]);
    parts
}

fn arg(written: &[TokenTree], place: Place, report: &mut Report) -> Option<Arg> {
    match written {
        [ampersand, TokenTree::Ident(word), taken @ ..] if is_punct(ampersand, '&') && *word == "mut" => {
            access(taken, Mode::Write, place, report)
        }
        [ampersand, taken @ ..] if is_punct(ampersand, '&') => access(taken, Mode::Read, place, report),
        [TokenTree::Ident(word), rest @ ..] => match (word.to_string().as_str(), rest) {
            ("sequence", []) => Some(Arg::Sequence),
            ("end_of_batch", []) => Some(Arg::EndOfBatch),
            ("sequence" | "end_of_batch", [next, ..]) => next_argument(next, report),
            (other, _) => {
                let text = match suggest::closest(other, &["sequence", "end_of_batch"]) {
                    Some(guess) => format!("`{other}` is no argument: did you mean `{guess}`?"),
                    None if other == "mut" => {
                        report.error(
                            place,
                            "`mut` needs an `&` before it",
                            "to write a field is `&mut field`",
                        );
                        return None;
                    }
                    None => format!(
                        "`{other}` is no argument: does the stage read the field, `&{other}`, or write it, `&mut {other}`?"
                    ),
                };
                report.error(word.span(), text, HELP);
                None
            }
        },
        _ => {
            report.error(place, "this is no argument of a handler", HELP);
            None
        }
    }
}

/// False where angle brackets do not match, so that more than a type stands here.
fn is_whole(kind: &[TokenTree]) -> bool {
    let mut depth = 0_i32;
    for (at, token) in kind.iter().enumerate() {
        let arrow = at > 0 && is_punct(&kind[at - 1], '-');
        depth += i32::from(is_punct(token, '<')) - i32::from(is_punct(token, '>') && !arrow);
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

/// Reads what follows `&` or `&mut`.
fn access(taken: &[TokenTree], mode: Mode, place: Place, report: &mut Report) -> Option<Arg> {
    let (target, field, rest) = match taken {
        [] => {
            report.error(place, "a field's name is missing", HELP);
            return None;
        }
        [star, rest @ ..] if is_punct(star, '*') => (Target::Event, None, rest),
        [TokenTree::Group(batch), rest @ ..] if batch.delimiter() == Delimiter::Bracket => {
            if batch.stream().to_string() != "*" {
                report.error(
                    batch.span(),
                    "this is no name of a field",
                    "the whole batch is written `&[*]` or `&mut [*]`",
                );
                return None;
            }
            (Target::Batch, None, rest)
        }
        // `r#x` is the field `x`, however it is written.
        [field @ TokenTree::Ident(_), rest @ ..] => (Target::Field(field_name(field)), Some(field), rest),
        [field @ TokenTree::Literal(literal), rest @ ..] => match integer(&literal.to_string()) {
            Some((number, "")) => (Target::Field(number.to_string()), Some(field), rest),
            Some((number, _)) => {
                report.error(literal.span(), "a field's number has no suffix", format!("write `{number}`"));
                return None;
            }
            None => {
                report.error(literal.span(), format!("`{literal}` names no field"), HELP);
                return None;
            }
        },
        [other, ..] if is_punct(other, '&') => {
            report.error(
                place,
                "one `&` is enough: the handler gets a reference",
                "to read a field is `&field`",
            );
            return None;
        }
        [other, ..] => {
            report.error(other.span(), format!("`{other}` names no field"), HELP);
            return None;
        }
    };
    match rest {
        [] => Some(Arg::Access { access: Access { target, mode }, field: field.cloned(), kind: None, place }),
        [colon, kind @ ..] if is_punct(colon, ':') && field.is_some() => {
            if kind.is_empty() {
                report.error(
                    colon.span(),
                    "the field's type is missing",
                    "write it behind the `:`, or leave the `:` out",
                );
                return None;
            }
            if !is_whole(kind) {
                let help = "write the type alone, with a `>` for each `<`";
                report.error(Place::of(kind).unwrap_or(place), "this is no type", help);
                return None;
            }
            let kind: TokenStream = kind.iter().cloned().collect();
            Some(Arg::Access {
                access: Access { target, mode },
                field: field.cloned(),
                kind: Some(kind),
                place,
            })
        }
        [dot, ..] if is_punct(dot, '.') => {
            let inside = field.map_or_else(String::new, ToString::to_string);
            let text = format!("the list names fields of the event, and not what is inside of `{inside}`");
            let help =
                format!("take the whole field, `{}{inside}`", if mode == Mode::Read { "&" } else { "&mut " });
            report.error(Place::of(rest).unwrap_or(place), text, help);
            None
        }
        [next, ..] => next_argument(next, report),
    }
}

fn next_argument(next: &TokenTree, report: &mut Report) -> Option<Arg> {
    report.error(next.span(), format!("there is no comma before `{next}`"), "arguments are separated by `,`");
    None
}

/// Where the batch is an argument, there is no single event beside it.
fn alone(args: &[Arg], report: &mut Report) -> bool {
    let is_batch = |arg: &Arg| matches!(arg, Arg::Access { access, .. } if access.target == Target::Batch);
    let Some(batch) = args.iter().position(is_batch) else { return true };
    let is_single = |arg: &&Arg| matches!(arg, Arg::Access { .. }) && !is_batch(arg);
    let again = args[batch + 1..].iter().position(is_batch).map(|at| &args[batch + 1 + at]);
    let extra = again.or_else(|| args.iter().find(is_single));
    let Some(Arg::Access { place, access, .. }) = extra else { return true };
    let text = format!("`{access}` cannot stand beside the batch, which is many events at once");
    report.error(*place, text, "take it from the slice, or leave out the batch");
    false
}
