//! Where a clause has swallowed the next one, since its `;` was forgotten or a `,` stands for it.

use disruptor_syntax::settings::{self, SETTINGS};
use disruptor_syntax::{Report, find, is_punct, is_type, position};
use disruptor_topology::parse::is_reserved;
use proc_macro2::{Ident, Spacing, TokenTree};

use super::clause::is_path;

/// Finds the next clause inside of this one, and says what is missing: where this one ends, and where that one begins.
pub(super) fn clause(clause: &[TokenTree], report: &mut Report) -> Option<(usize, usize)> {
    let [TokenTree::Ident(name), sign, ..] = clause else { return None };
    // A value begins behind the first `:` or `=`, and behind the parameters of a closure, which may be called anything.
    let value = find(1..clause.len(), &|at| is_lone(clause, at, ':') || is_lone(clause, at, '='))? + 1;
    let is_event = is_punct(sign, ':') && *name == "event";
    let is_next = |at: usize| is_setting(clause, at) || at > value && begins(clause, at, is_event);
    let (next, behind_bars) = first(clause, value, &is_next);
    let next = match next {
        // A closure may contain any `=`.
        None if behind_bars.is_none() => {
            // `wait: Type = value`, as in a named pipeline.
            let is_typed = is_punct(sign, ':')
                && name.to_string().ends_with("wait")
                && find(value..clause.len(), &|at| is_lone(clause, at, '='))
                    .is_some_and(|at| is_type(&clause[value..at]));
            stage(clause, value, is_event || is_typed)
        }
        next => next,
    }?;
    let before = &clause[next - 1];
    if is_punct(before, ',') {
        let text = format!("the clause of `{name}` ends with a `,`");
        report.error(before.span(), text, "settings and stages end with `;`");
        return Some((next - 1, next));
    }
    let help = format!("put `;` before `{}`", clause[next]);
    report.error(clause[next].span(), format!("the clause of `{name}` has no end"), help);
    Some((next, next))
}

/// The first such place from here on that is not among the parameters of a closure, and where these end if they stand before it. Goes no further
/// than that place: there may be thousands of clauses behind it.
fn first(clause: &[TokenTree], from: usize, is: &dyn Fn(usize) -> bool) -> (Option<usize>, Option<usize>) {
    let is_bar = |at: usize| is_punct(&clause[at], '|');
    let found = find(from..clause.len(), &|at| is_bar(at) || is(at));
    match found.filter(|at| is_bar(*at)) {
        None => (found, None),
        Some(open) => {
            let behind = find(open + 1..clause.len(), &is_bar).unwrap_or(open) + 1;
            (find(behind..clause.len(), is), Some(behind))
        }
    }
}

/// True for a character that is no part of a longer sign.
fn is_lone(clause: &[TokenTree], at: usize, character: char) -> bool {
    let joined = matches!(&clause[at - 1], TokenTree::Punct(before) if before.spacing() == Spacing::Joint);
    is_punct(&clause[at], character) && !is_path(&clause[at]) && !joined
}

/// True at `ring:` and its like.
fn is_setting(clause: &[TokenTree], at: usize) -> bool {
    matches!(&clause[at..], [TokenTree::Ident(name), colon, ..]
        if is_punct(colon, ':') && !is_path(colon) && settings::find(SETTINGS, &name.to_string()).is_some())
}

/// True at a name that cannot follow what is before it in any expression or type; and behind a comma, at the name of a stage.
fn begins(clause: &[TokenTree], at: usize, is_event: bool) -> bool {
    let TokenTree::Ident(name) = &clause[at] else { return false };
    if is_keyword(name) {
        return false;
    }
    match &clause[at - 1] {
        TokenTree::Group(_) | TokenTree::Literal(_) => true,
        // But for labels, as in `break 'outer value`.
        TokenTree::Ident(before) => !is_keyword(before) && !is_punct(&clause[at - 2], '\''),
        TokenTree::Punct(before) if before.as_char() == '>' => is_event && !is_joint_dash(&clause[at - 2]),
        TokenTree::Punct(before) => {
            let behind = position(&clause[at + 1..], &|token| !matches!(token, TokenTree::Group(_)));
            before.as_char() == ',' && behind.is_some_and(|behind| is_lone(clause, at + 1 + behind, '='))
        }
    }
}

/// The name of a stage whose `=` is one more than the clause may have.
fn stage(clause: &[TokenTree], value: usize, is_event: bool) -> Option<usize> {
    let is_equals = |at: usize| is_lone(clause, at, '=');
    let mut equals = find(value..clause.len(), &is_equals)?;
    if is_event {
        equals = find(equals + 1..clause.len(), &is_equals)?;
    }
    (value + 1..equals).rev().find(|at| matches!(clause[*at], TokenTree::Ident(_)))
}

fn is_joint_dash(token: &TokenTree) -> bool {
    is_punct(token, '-') && is_path(token)
}

pub(super) fn is_keyword(name: &Ident) -> bool {
    is_reserved(&name.to_string())
}
