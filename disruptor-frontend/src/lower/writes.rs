//! Closures that change what their stage only reads: rustc says so, too, but it cannot name the list.

use disruptor_syntax::{Arg, Body, Place, Report, StageClause, asks_to_write, is_punct};
use disruptor_topology::{Access, Mode};
use proc_macro2::{Ident, Spacing, TokenTree};

/// Looks at the closures whose parameters are called with a `&`.
pub(super) fn check(body: &Body, report: &mut Report) {
    for clause in &body.stages {
        if clause.spoilt || clause.is_polled() || !clause.arity_fits() || clause.is_made() {
            continue;
        }
        let Some(closure) = clause.handler.as_ref().and_then(|handler| handler.closure()) else { continue };
        for (at, parameter) in closure.parameters.iter().enumerate() {
            if !clause.reads(at) {
                continue;
            }
            let [TokenTree::Ident(name), rest @ ..] = &parameter[..] else { continue };
            let place = if asks_to_write(rest) {
                Place::of(parameter)
            } else if is_bound_again(&closure.body, name) {
                None
            } else {
                written(&closure.body, name)
            };
            if let Some(place) = place {
                tell(clause, at, place, report);
            }
        }
    }
}

fn tell(clause: &StageClause, at: usize, place: Place, report: &mut Report) {
    let name = &clause.name;
    let (text, help) = match clause.args.as_ref().and_then(|args| args.get(at)) {
        Some(Arg::Access { access, .. }) => {
            let listed = access.to_string();
            let to_write = Access { mode: Mode::Write, ..access.clone() };
            (
                format!("`{name}` only reads `{listed}`, and its closure changes it"),
                format!("list it as `{to_write}`"),
            )
        }
        _ => (
            format!("`{name}` has no list, so that it only reads the event, and its closure changes it"),
            format!(
                "list what it writes: `{name}(&mut field) = …`, or `{name}(&mut *) = …` for the whole event"
            ),
        ),
    };
    report.error(place, text, help);
}

/// True if the name may stand for something else in a part of the body.
fn is_bound_again(body: &[TokenTree], name: &Ident) -> bool {
    for (at, token) in body.iter().enumerate() {
        let bound = match token {
            TokenTree::Group(group) => is_bound_again(&group.stream().into_iter().collect::<Vec<_>>(), name),
            TokenTree::Ident(word) => word == name && at > 0 && binds(&body[at - 1]),
            _ => false,
        };
        if bound {
            return true;
        }
    }
    false
}

/// True for what stands before a name that is bound.
fn binds(before: &TokenTree) -> bool {
    match before {
        TokenTree::Ident(before) => ["let", "mut", "ref", "for"].iter().any(|word| before == word),
        TokenTree::Punct(before) => "|,@".contains(before.as_char()),
        _ => false,
    }
}

/// Where the body assigns to the name, `*name = …`, or to what is inside of it, `name.field += …`.
fn written(body: &[TokenTree], name: &Ident) -> Option<Place> {
    for (at, token) in body.iter().enumerate() {
        match token {
            TokenTree::Group(group) => {
                let inside: Vec<_> = group.stream().into_iter().collect();
                if let Some(place) = written(&inside, name) {
                    return Some(place);
                }
            }
            TokenTree::Ident(word) if word == name => {
                let starred = at > 0 && is_punct(&body[at - 1], '*');
                let dotted = at > 0 && is_punct(&body[at - 1], '.');
                let mut end = at + 1;
                while let [dot, TokenTree::Ident(_) | TokenTree::Literal(_), ..] = &body[end..]
                    && is_punct(dot, '.')
                {
                    end += 2;
                }
                // A pointer or a `&mut` behind the `&` is the user's business: `*name.pointer = …`.
                let inside = end > at + 1;
                if !dotted && starred != inside && assigns(&body[end..]) {
                    return Place::of(&body[at..end]);
                }
            }
            _ => {}
        }
    }
    None
}

/// True at `=` and at `+=` and its like.
fn assigns(rest: &[TokenTree]) -> bool {
    let lone = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '=' && punct.spacing() == Spacing::Alone);
    let operator = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if "+-*/%^&|".contains(punct.as_char()) && punct.spacing() == Spacing::Joint);
    match rest {
        [first, ..] if lone(first) => true,
        [first, second, ..] => operator(first) && lone(second),
        _ => false,
    }
}
