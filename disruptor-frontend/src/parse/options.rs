//! The options of a stage: `{ core: 2, batch: 512 }`.

use disruptor_syntax::settings::{Key, OPTIONS, POLL_WORDS};
use disruptor_syntax::{Expr, Options, Report, bars, field_name, integer, is_punct, position, suggest};
use proc_macro2::{Group, TokenTree};

use super::clause::{heads, known, once, twice, written};

/// Reads the list in braces.
pub(super) fn parse(list: &Group, options: &mut Options, leftovers: &mut Vec<Expr>, report: &mut Report) {
    let tokens: Vec<_> = list.stream().into_iter().collect();
    let heads = heads(&tokens);
    if let Some(semicolon) = position(&tokens, &|token| is_punct(token, ';')) {
        report.error(
            tokens[semicolon].span(),
            "options are not separated by `;`",
            "write `,` between them: `{ core: 2, batch: 512 }`",
        );
    }
    let mut rest = &tokens[..];
    while !rest.is_empty() {
        let (written_option, after) = rest.split_at(end(rest));
        rest = after.get(1..).unwrap_or_default();
        if !written_option.is_empty() {
            option(written_option, &heads, options, leftovers, report);
        }
    }
}

/// Where the first option ends. The commas between the parameters of a closure are its own.
fn end(tokens: &[TokenTree]) -> usize {
    let value = tokens.get(2..).unwrap_or_default();
    let first = position(value, &|token| !matches!(token, TokenTree::Ident(word) if *word == "move"));
    let from = match (first, bars(value)) {
        (Some(first), Some((open, close))) if first == open => 2 + close,
        _ => 0,
    };
    let is_end = |token: &TokenTree| is_punct(token, ',') || is_punct(token, ';');
    position(&tokens[from..], &is_end).map_or(tokens.len(), |at| from + at)
}

/// Reads `name: value`.
fn option(
    tokens: &[TokenTree],
    heads: &[String],
    options: &mut Options,
    leftovers: &mut Vec<Expr>,
    report: &mut Report,
) {
    let [TokenTree::Ident(name), colon, value @ ..] = tokens else {
        let help = "options are written `name: value`, with commas between";
        report.error(tokens[0].span(), "this is no option of a stage", help);
        return;
    };
    if !is_punct(colon, ':') {
        report.error(
            colon.span(),
            format!("`:` is missing after `{name}`"),
            "options are written `name: value`",
        );
        return;
    }
    let Some(row) = known(OPTIONS, "option", name, heads, report) else {
        return;
    };
    let Some(value) = written(name, row, value, report) else { return };
    let place = match row.key {
        Key::Core => &mut options.core,
        Key::Wait => &mut options.wait,
        Key::Batch => &mut options.batch,
        Key::OnError => &mut options.on_error,
        Key::Name => &mut options.name,
        Key::Start => &mut options.start,
        Key::Stop => &mut options.stop,
        Key::Timeout => &mut options.timeout,
        Key::Poll => {
            if options.poll.is_some() {
                twice(name, report);
            } else {
                options.poll = Some(on_drop(&value, report));
            }
            return;
        }
        Key::Shard => {
            if options.shard.is_some() {
                twice(name, report);
                leftovers.push(value);
            } else {
                options.shard = key(value, report);
            }
            return;
        }
        _ => return,
    };
    once(place, Some(value), name, leftovers, report);
}

/// What follows when a poller is dropped, by its name in the runtime. Of what cannot be read, one of them: the stage is polled anyway.
fn on_drop(value: &Expr, report: &mut Report) -> &'static str {
    let written = value.tokens.to_string();
    let mut words = vec![];
    for (word, rule) in POLL_WORDS {
        if *word == written {
            return rule;
        }
        words.push(*word);
    }
    let guess = suggest::closest(&written, &words).map(|guess| format!("did you mean `{guess}`? "));
    let help = format!(
        "{}write `poll: release` (the pipeline goes on without it) or `poll: end` (it ends)",
        guess.unwrap_or_default()
    );
    report.error(value.place(), format!("`{written}` says nothing about a poller that is dropped"), help);
    POLL_WORDS[0].1
}

/// What a shard's events are shared by: `&account`, or a function. None of a number that names no field.
fn key(value: Expr, report: &mut Report) -> Option<disruptor_syntax::Key> {
    let tokens: Vec<_> = value.tokens.clone().into_iter().collect();
    let [and, field @ (TokenTree::Ident(_) | TokenTree::Literal(_))] = &tokens[..] else {
        return Some(disruptor_syntax::Key::Event(value));
    };
    if !is_punct(and, '&') {
        return Some(disruptor_syntax::Key::Event(value));
    }
    let name = match field {
        // The same field has one name, here and in the list, however its number is written.
        TokenTree::Literal(literal) => match integer(&literal.to_string()) {
            Some((number, "")) => number.to_string(),
            Some((number, _)) => {
                report.error(field.span(), "a field's number has no suffix", format!("write `{number}`"));
                return None;
            }
            None => {
                let text = format!("`{literal}` names no field");
                report.error(field.span(), text, "a key is `&field`, or a function of the event");
                return None;
            }
        },
        field => field_name(field),
    };
    Some(disruptor_syntax::Key::Field { field: field.clone(), name, span: field.span() })
}
