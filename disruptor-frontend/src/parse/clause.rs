//! Settings and stages: a clause each.

use disruptor_syntax::settings::{self, Key, Row, SETTINGS};
use disruptor_syntax::{
    Body, EventSetting, Expr, Options, Place, Report, Settings, StageClause, bars, is_punct, position,
    suggest,
};
use proc_macro2::{Delimiter, Ident, Spacing, TokenTree};

use super::{args, chain, named, next, options};

/// The names in a list of `name: value`.
pub(super) fn heads(tokens: &[TokenTree]) -> Vec<String> {
    let mut heads = vec![];
    for pair in tokens.windows(2) {
        if let [TokenTree::Ident(name), colon] = pair
            && is_punct(colon, ':')
            && !is_path(colon)
        {
            heads.push(name.to_string());
        }
    }
    heads
}

/// Reads a clause, without its `;`, into the body. `heads` are the names of all settings that the body has.
pub(super) fn parse(tokens: &[TokenTree], heads: &[String], body: &mut Body, report: &mut Report) {
    // What it has swallowed is read first, from the last one on. Without recursion: there may be thousands.
    let (mut clauses, mut rest) = (vec![], tokens);
    while let Some((end, next)) = next::clause(rest, report) {
        clauses.push(&rest[..end]);
        rest = &rest[next..];
    }
    one(rest, heads, body, report);
    while let Some(clause) = clauses.pop() {
        one(clause, heads, body, report);
    }
}

fn one(tokens: &[TokenTree], heads: &[String], body: &mut Body, report: &mut Report) {
    match tokens {
        // A stray `;` does no harm.
        [] => {}
        _ if chain::is_outside(tokens) => body.met.extend(chain::outside(tokens, report)),
        tokens if named::begins(tokens) => named::parse(tokens, body, report),
        [TokenTree::Ident(name), colon, value @ ..] if is_punct(colon, ':') && !is_path(colon) => {
            setting(name, value, heads, body, report);
        }
        [TokenTree::Ident(name), rest @ ..] => stage(name, rest, body, report),
        [other, ..] => {
            let help = "a setting (`ring: 1024;`), a stage (`risk(&order) = check;`) or a chain (`< a -> b >`) stands here";
            report.error(other.span(), format!("`{other}` begins no clause"), help);
        }
    }
}

/// True for the first half of `::`.
pub(super) fn is_path(colon: &TokenTree) -> bool {
    matches!(colon, TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint)
}

/// Reads `name: value`.
pub(crate) fn setting(
    name: &Ident,
    value: &[TokenTree],
    heads: &[String],
    body: &mut Body,
    report: &mut Report,
) {
    let Some(row) = known(SETTINGS, "setting", name, heads, report) else {
        return;
    };
    let value = written(name, row, value, report);
    let settings = &mut body.settings;
    let place = match row.key {
        Key::Event => {
            let event = value.as_ref().and_then(event);
            settings.event_spoilt |= event.is_none();
            if settings.event.is_some() {
                twice(name, report);
                keep(event.and_then(|event| event.value), &mut body.leftovers);
            } else {
                settings.event = event;
            }
            return;
        }
        Key::Input => {
            if let Some(value) = value {
                let input = input(&value, report);
                if settings.input.is_some() {
                    twice(name, report);
                }
                settings.input.get_or_insert_default().extend(input);
            }
            return;
        }
        Key::Producers => {
            if settings.producers_given {
                twice(name, report);
            } else if let Some(value) = value {
                producers(&value, settings, report);
            }
            settings.producers_given = true;
            return;
        }
        Key::Overflow => {
            if settings.overflow_given {
                twice(name, report);
            } else if let Some(value) = value {
                settings.overflow = overflow(&value, report);
            }
            settings.overflow_given = true;
            return;
        }
        Key::Ring => &mut settings.ring,
        Key::Wait => &mut settings.wait,
        Key::ProducerWait => &mut settings.producer_wait,
        Key::OnError => &mut settings.on_error,
        Key::Name => &mut settings.name,
        Key::Cores => &mut settings.cores,
        Key::Threads => &mut settings.threads,
        Key::Priority => &mut settings.priority,
        Key::HugePages => &mut settings.huge_pages,
        Key::Clear => {
            if settings.clear.is_some() {
                twice(name, report);
                keep(value, &mut body.leftovers);
            } else {
                settings.clear = value.map(|value| (name.clone(), value));
            }
            return;
        }
        Key::Core | Key::Batch | Key::Shard | Key::Start | Key::Stop | Key::Timeout | Key::Poll => return,
    };
    once(place, value, name, &mut body.leftovers, report);
}

/// The row of a name, or an error that lists what there is. What was meant is taken for written; it is nothing that is
/// written elsewhere.
pub(super) fn known(
    table: &'static [Row],
    what: &str,
    name: &Ident,
    heads: &[String],
    report: &mut Report,
) -> Option<&'static Row> {
    let written = name.to_string();
    match settings::find(table, &written) {
        Some(row) => Some(row),
        None => {
            let mut free = vec![];
            for row in table {
                if !heads.iter().any(|head| head == row.name) {
                    free.push(row.name);
                }
            }
            let guess = suggest::closest(&written, &free);
            let meant = guess.map_or(String::new(), |guess| format!("did you mean `{guess}`? "));
            let help = format!("{meant}the {what}s are {}", settings::names(table));
            report.error(name.span(), format!("there is no {what} `{written}`"), help);
            settings::find(table, guess?)
        }
    }
}

/// The value of a setting or option, or an error that shows how it is written.
pub(super) fn written(name: &Ident, row: &Row, value: &[TokenTree], report: &mut Report) -> Option<Expr> {
    let value = Expr::of(value);
    if value.is_none() {
        let Row { doc, example, default, .. } = row;
        let help = format!("write `{example}` ({doc}), or leave it out: then it is {default}");
        report.error(name.span(), format!("`{name}` has no value"), help);
    }
    value.filter(|value| finished(value, report))
}

/// False for an expression that ends with an operator. rustc would say so at the end of the expansion.
fn finished(value: &Expr, report: &mut Report) -> bool {
    let tokens: Vec<_> = value.tokens.clone().into_iter().collect();
    let operator = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if "+-*/%^&|=!<.:".contains(punct.as_char()));
    let [before @ .., last] = &tokens[..] else { return true };
    let range = is_punct(last, '.') && before.last().is_some_and(|before| is_punct(before, '.'));
    let text = match () {
        () if is_punct(last, '|') && bars(before).is_none() => "this closure has no body",
        () if operator(last) && !range => "this expression ends with an operator",
        () => return true,
    };
    report.error(last.span(), text, "write what belongs behind it");
    false
}

/// Keeps a value, or says that there is one already.
pub(super) fn once(
    place: &mut Option<Expr>,
    value: Option<Expr>,
    name: &Ident,
    leftovers: &mut Vec<Expr>,
    report: &mut Report,
) {
    if place.is_some() {
        twice(name, report);
        keep(value, leftovers);
    } else {
        *place = value;
    }
}

/// Keeps an expression that has no place, for an editor to know.
fn keep(unused: Option<Expr>, leftovers: &mut Vec<Expr>) {
    if let Some(unused) = unused {
        leftovers.push(unused);
    }
}

pub(super) fn twice(name: &Ident, report: &mut Report) {
    report.error(name.span(), format!("`{name}` is given twice"), "leave one of them out");
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

/// The rule that is meant, by its name in the runtime.
fn overflow(value: &Expr, report: &mut Report) -> Option<&'static str> {
    let written = value.tokens.to_string();
    let mut words = vec![];
    for (word, rule) in settings::OVERFLOW_WORDS {
        if *word == written {
            return Some(rule);
        }
        words.push(*word);
    }
    let all = "write `overflow: block;`, `overflow: error;` or `overflow: drop_newest;`";
    let help = match suggest::closest(&written, &words) {
        // What is like it by its letters is the opposite.
        _ if written == "drop_oldest" => {
            format!("what is in the ring is the stages' already, and only the newest can be dropped: {all}")
        }
        Some(guess) => format!("did you mean `{guess}`? {all}"),
        None => format!("{all}; a rule that is known at run time is given by `pipeline.overflow(rule)`"),
    };
    report.error(value.place(), format!("`{written}` is no rule for a full ring"), help);
    None
}

/// Reads `raw, account`.
fn input(value: &Expr, report: &mut Report) -> Vec<TokenTree> {
    let tokens: Vec<_> = value.tokens.clone().into_iter().collect();
    let mut fields = vec![];
    for written in tokens.split(|token| is_punct(token, ',')) {
        match written {
            [] => {}
            [field @ (TokenTree::Ident(_) | TokenTree::Literal(_))] => fields.push(field.clone()),
            _ => {
                let place = Place::of(written).unwrap_or_else(|| value.span.into());
                let help = "`input` lists names of fields, with commas between: `input: raw, account;`";
                report.error(place, "this is no name of a field", help);
                // What was meant is not to be missed elsewhere.
                if let Some(field) = written.iter().rfind(|token| matches!(token, TokenTree::Ident(_))) {
                    fields.push(field.clone());
                }
            }
        }
    }
    fields
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
    Some(EventSetting { kind: Expr::of(&without_group(kind))?, value })
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

/// Reads `name(list) { options } = handler`.
fn stage(name: &Ident, mut rest: &[TokenTree], body: &mut Body, report: &mut Report) {
    let mut clause = StageClause::bare(name.clone());
    if let [TokenTree::Group(list), after @ ..] = rest
        && list.delimiter() == Delimiter::Parenthesis
    {
        rest = after;
        clause.list = Some(list.span());
        clause.args = args::parse(list, report);
        clause.spoilt = clause.args.is_none();
    }
    if let [TokenTree::Group(list), after @ ..] = rest
        && list.delimiter() == Delimiter::Brace
    {
        rest = after;
        options::parse(list, &mut clause.options, &mut body.leftovers, report);
    }
    match rest {
        [] => {}
        [equals, value @ ..] if is_punct(equals, '=') && !is_path(equals) => {
            clause.handler = Expr::of(value);
            if clause.handler.is_none() {
                let help =
                    format!("write what handles its events, `{name} = handler;`, or leave out the `=`");
                report.error(equals.span(), format!("stage `{name}` has an `=` and no handler"), help);
            }
            clause.handler = clause.handler.filter(|handler| finished(handler, report));
            clause.spoilt |= clause.handler.is_none();
        }
        _ => {
            clause.spoilt = true;
            clause.handler = misplaced(name, rest, report);
        }
    }
    let keyword = next::is_keyword(name);
    if keyword || body.stages.iter().any(|other| other.name == *name) {
        if keyword {
            let text = format!("`{name}` is a keyword of Rust and cannot name a stage");
            report.error(name.span(), text, format!("write another name, such as `{name}_stage`"));
        } else {
            let help =
                "give one of them another name; a stage is placed several times in the chains, not here";
            report.error(name.span(), format!("stage `{name}` is defined twice"), help);
        }
        let Options { core, wait, batch, on_error, name, shard, start, stop, timeout, poll: _ } =
            clause.options;
        let shard = shard.and_then(|key| match key {
            disruptor_syntax::Key::Event(key) => Some(key),
            disruptor_syntax::Key::Field { .. } => None,
        });
        for unused in [clause.handler, core, wait, batch, on_error, name, shard, start, stop, timeout] {
            keep(unused, &mut body.leftovers);
        }
    } else {
        body.stages.push(clause);
    }
}

/// Says what is wrong behind the name, list and options of a stage, and gives the handler if it can be made out.
fn misplaced(name: &Ident, rest: &[TokenTree], report: &mut Report) -> Option<Expr> {
    let shape = "a stage is written `name(&field, &mut field) { option: value } = handler;`, each part but the name optional";
    let is_sign =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if "=-:>~".contains(punct.as_char()));
    let (sign, value) = rest.split_at(position(rest, &|token| !is_sign(token)).unwrap_or(rest.len()));
    let mut spelt = String::new();
    for sign in sign {
        spelt += &sign.to_string();
    }
    let (place, text, help) = match (Place::of(sign), value) {
        (Some(place), _) => {
            let text = format!("`{spelt}` does not belong here, in the clause of stage `{name}`");
            (place, text, "write `=` before the handler".to_owned())
        }
        (None, [TokenTree::Group(list), ..]) if list.delimiter() == Delimiter::Parenthesis => {
            let text = format!("the list of stage `{name}` stands behind its options, or twice");
            let help = format!("put it behind the name: `{name}{list} {{ option: value }} = handler;`");
            (list.span().into(), text, help)
        }
        (None, [other, ..]) => {
            let text = format!("`{other}` does not belong here, in the clause of stage `{name}`");
            let help = match other {
                TokenTree::Ident(_) => format!("put `=` before the handler, `= {other}`: {shape}"),
                _ => shape.to_owned(),
            };
            (other.span().into(), text, help)
        }
        (None, []) => return None,
    };
    report.error(place, text, help);
    Expr::of(value).filter(|_| !sign.is_empty())
}
