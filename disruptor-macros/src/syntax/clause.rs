//! Settings and stages: a clause each.

use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenTree};

use super::body::is_punct;
use super::tree::{self, Body, EventSetting, Expr, Options, Settings, StageClause};
use super::{args, named};
use crate::report::Report;
use crate::settings::{self, Key, OPTIONS, Row, SETTINGS};
use crate::suggest;

/// The tokens of a clause, without its `;`; there is at least one.
pub(super) struct Clause {
    pub(super) tokens: Vec<TokenTree>,
}

/// Reads a clause into the body.
pub(super) fn parse(clause: Clause, body: &mut Body, report: &mut Report) {
    let tokens = &clause.tokens[..];
    match tokens {
        tokens if named::begins(tokens) => named::parse(tokens, body, report),
        [TokenTree::Ident(name), colon, value @ ..] if is_punct(colon, ':') && !is_path(colon) => {
            setting(name, value, body, report);
        }
        [TokenTree::Ident(name), rest @ ..] => stage(name, rest, body, report),
        [other, ..] => {
            let help = "a setting (`ring: 1024;`), a stage (`risk(&order) = check;`) or a chain (`< a -> b >`) stands here";
            report.error(other.span(), format!("`{other}` begins no clause"), help);
        }
        [] => {}
    }
}

/// Says of a clause that runs into the end of the body, or into a chain, that its `;` is missing.
pub(super) fn unclosed(clause: Clause, body: &mut Body, report: &mut Report) {
    let chain = clause.tokens.iter().position(|token| is_punct(token, '<')).filter(|at| *at > 0);
    let last = chain.unwrap_or(clause.tokens.len()) - 1;
    let name = clause.tokens[0].to_string();
    report.error(
        clause.tokens[last].span(),
        format!("the clause of `{name}` has no end"),
        "settings and stages end with `;`, also before a chain",
    );
    if let TokenTree::Ident(name) = &clause.tokens[0] {
        body.spoilt.push(name.clone());
    }
}

/// True for the first half of `::`.
fn is_path(colon: &TokenTree) -> bool {
    matches!(colon, TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint)
}

fn setting(name: &Ident, value: &[TokenTree], body: &mut Body, report: &mut Report) {
    let Some(row) = known(SETTINGS, "setting", name, report) else { return };
    if swallows(name, value, report) {
        return;
    }
    let Some(value) = written(name, row, value, report) else { return };
    let settings = &mut body.settings;
    match row.key {
        Key::Event => {
            let event = event(&value);
            once(&mut settings.event, event, name, report);
        }
        Key::Producers => producers(&value, settings, report),
        Key::Ring => once(&mut settings.ring, Some(value), name, report),
        Key::Wait => once(&mut settings.wait, Some(value), name, report),
        Key::ProducerWait => once(&mut settings.producer_wait, Some(value), name, report),
        Key::OnError => once(&mut settings.on_error, Some(value), name, report),
        Key::Name => once(&mut settings.name, Some(value), name, report),
        Key::Cores => once(&mut settings.cores, Some(value), name, report),
        Key::Core | Key::Batch | Key::Shard | Key::Start | Key::Stop => {}
    }
}

/// The row of a name, or an error that lists what there is.
fn known(table: &'static [Row], what: &str, name: &Ident, report: &mut Report) -> Option<&'static Row> {
    let written = name.to_string();
    match settings::find(table, &written) {
        Some(row) => Some(row),
        None => {
            let guess = suggest::closest(&written, table.iter().map(|row| row.name));
            let guess = guess.map_or(String::new(), |guess| format!("did you mean `{guess}`? "));
            let help = format!("{guess}the {what}s are {}", settings::names(table));
            report.error(name.span(), format!("there is no {what} `{written}`"), help);
            None
        }
    }
}

/// The value of a setting or option, or an error that shows how it is written.
fn written(name: &Ident, row: &Row, value: &[TokenTree], report: &mut Report) -> Option<Expr> {
    let value = Expr::new(value.iter().cloned().collect());
    if value.is_none() {
        let Row { doc, example, default, .. } = row;
        let help = format!("write `{example}` ({doc}), or leave it out: then it is {default}");
        report.error(name.span(), format!("`{name}` has no value"), help);
    }
    value
}

/// Keeps a value, or says that there is one already.
fn once<T>(place: &mut Option<T>, value: Option<T>, name: &Ident, report: &mut Report) {
    if place.is_some() {
        report.error(name.span(), format!("`{name}` is given twice"), "leave one of them out");
    } else {
        *place = value;
    }
}

/// Finds the next clause inside of this one, where a `;` was forgotten or a `,` stands for it.
fn swallows(name: &Ident, value: &[TokenTree], report: &mut Report) -> bool {
    // The parameters of a closure may be called anything.
    if value.iter().any(|token| is_punct(token, '|')) {
        return false;
    }
    let setting = |pair: &[TokenTree]| {
        matches!(pair, [TokenTree::Ident(word), colon]
            if is_punct(colon, ':') && !is_path(colon) && settings::find(SETTINGS, &word.to_string()).is_some())
    };
    let lone_equals = |at: usize| {
        is_punct(&value[at], '=')
            && !is_path(&value[at])
            && !matches!(&value[at - 1], TokenTree::Punct(before) if before.spacing() == Spacing::Joint)
    };
    let stage = |at: &usize| *at > 0 && lone_equals(*at);
    let next = match (value.windows(2).position(setting), (0..value.len()).find(stage)) {
        (Some(at), _) => at,
        // A setting's value has at most the `=` of `event: Type = value;`, as a wait may.
        (None, Some(at))
            if *name != "event" && !(name.to_string().ends_with("wait") && tree::is_type(&value[..at])) =>
        {
            let is_name = |at: &usize| matches!(value[*at], TokenTree::Ident(_));
            (0..at).rev().find(is_name).unwrap_or(at)
        }
        _ => return false,
    };
    match next.checked_sub(1).map(|before| &value[before]) {
        Some(comma) if is_punct(comma, ',') => {
            report.error(
                comma.span(),
                format!("the clause of `{name}` ends with a `,`"),
                "settings and stages end with `;`",
            );
        }
        _ => {
            let help = format!("put `;` before `{}`", value[next]);
            report.error(value[next].span(), format!("the clause of `{name}` has no end"), help);
        }
    }
    true
}

fn producers(value: &Expr, settings: &mut Settings, report: &mut Report) {
    match value.tokens.to_string().as_str() {
        "single" => settings.multi = false,
        "multi" => settings.multi = true,
        other => {
            let text = format!("`{other}` says nothing about producers");
            report.error(value.span, text, "write `producers: single;` or `producers: multi;`");
        }
    }
}

/// Cuts `Type = expression` at the `=` that stands in no angle brackets.
fn event(value: &Expr) -> Option<EventSetting> {
    let tokens: Vec<_> = value.tokens.clone().into_iter().collect();
    let mut depth = 0_i32;
    let mut cut = None;
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Punct(punct) = token else { continue };
        let arrow = at > 0 && is_punct(&tokens[at - 1], '-');
        match punct.as_char() {
            '<' => depth += 1,
            '>' if !arrow => depth -= 1,
            '=' if depth == 0 => {
                cut = Some(at);
                break;
            }
            _ => {}
        }
    }
    let (kind, value) = match cut {
        Some(at) => (tokens[..at].to_vec(), Expr::new(tokens[at + 1..].iter().cloned().collect())),
        None => (tokens, None),
    };
    Some(EventSetting { kind: Expr::new(without_group(kind).into_iter().collect())?, value })
}

/// What another macro passes on as a whole (`$event:ty`) stands in a group without delimiters, in which no pattern may begin.
fn without_group(mut tokens: Vec<TokenTree>) -> Vec<TokenTree> {
    while let [TokenTree::Group(group)] = &tokens[..]
        && group.delimiter() == Delimiter::None
    {
        tokens = group.stream().into_iter().collect();
    }
    tokens
}

fn stage(name: &Ident, mut rest: &[TokenTree], body: &mut Body, report: &mut Report) {
    let mut clause = StageClause::bare(name.clone());
    let mut spoilt = false;
    if let [TokenTree::Group(list), after @ ..] = rest
        && list.delimiter() == Delimiter::Parenthesis
    {
        rest = after;
        match args::parse(list) {
            Ok(args) => clause.args = Some(args),
            Err(error) => {
                report.syn(&error);
                spoilt = true;
            }
        }
    }
    if let [TokenTree::Group(list), after @ ..] = rest
        && list.delimiter() == Delimiter::Brace
    {
        rest = after;
        options(list, &mut clause.options, report);
    }
    match rest {
        [] => {}
        [equals, value @ ..] if is_punct(equals, '=') && !is_path(equals) => {
            spoilt |= swallows(name, value, report);
            clause.handler = Expr::new(value.iter().cloned().collect());
            if clause.handler.is_none() {
                let help =
                    format!("write what handles its events, `{name} = handler;`, or leave out the `=`");
                report.error(equals.span(), format!("stage `{name}` has an `=` and no handler"), help);
                spoilt = true;
            }
        }
        [other, ..] => {
            let help = "a stage is written `name(&field, &mut field) { option: value } = handler;`, each part but the name \
                        optional";
            report.error(
                other.span(),
                format!("`{other}` does not belong here, in the clause of stage `{name}`"),
                help,
            );
            spoilt = true;
        }
    }
    if body.stages.iter().any(|other| other.name == *name) {
        let help = "give one of them another name; a stage is placed several times in the chains, not here";
        report.error(name.span(), format!("stage `{name}` is defined twice"), help);
    } else if spoilt {
        body.spoilt.push(name.clone());
    } else {
        body.stages.push(clause);
    }
}

/// What a shard's events are shared by: `&account`, or a function.
fn key(value: Expr) -> tree::Key {
    let tokens: Vec<_> = value.tokens.clone().into_iter().collect();
    match &tokens[..] {
        [and, field @ (TokenTree::Ident(_) | TokenTree::Literal(_))] if is_punct(and, '&') => {
            let name = field.to_string().trim_start_matches("r#").to_owned();
            tree::Key::Field { field: field.clone(), name, span: field.span() }
        }
        _ => tree::Key::Event(value),
    }
}

/// Reads `{ core: 2, batch: 512 }`.
fn options(list: &Group, options: &mut Options, report: &mut Report) {
    let tokens: Vec<_> = list.stream().into_iter().collect();
    for written_option in tokens.split(|token| is_punct(token, ',')).filter(|option| !option.is_empty()) {
        if let Some(semicolon) = written_option.iter().find(|token| is_punct(token, ';')) {
            report.error(
                semicolon.span(),
                "options are not separated by `;`",
                "write `,` between them: `{ core: 2, batch: 512 }`",
            );
            continue;
        }
        let [TokenTree::Ident(name), colon, value @ ..] = written_option else {
            let help = "options are written `name: value`, with commas between; a closure of several parameters stands in \
                        parentheses";
            report.error(written_option[0].span(), "this is no option of a stage", help);
            continue;
        };
        if !is_punct(colon, ':') {
            report.error(
                colon.span(),
                format!("`:` is missing after `{name}`"),
                "options are written `name: value`",
            );
            continue;
        }
        let Some(row) = known(OPTIONS, "option", name, report) else { continue };
        let Some(value) = written(name, row, value, report) else { continue };
        let place = match row.key {
            Key::Core => &mut options.core,
            Key::Wait => &mut options.wait,
            Key::Batch => &mut options.batch,
            Key::OnError => &mut options.on_error,
            Key::Name => &mut options.name,
            Key::Start => &mut options.start,
            Key::Stop => &mut options.stop,
            Key::Shard => {
                once(&mut options.shard, Some(key(value)), name, report);
                continue;
            }
            _ => continue,
        };
        once(place, Some(value), name, report);
    }
}
