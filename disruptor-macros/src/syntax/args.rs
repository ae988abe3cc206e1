//! Argument lists: what a stage touches of an event, which is also how its handler is called.

use disruptor_topology::{Access, Mode, Target};
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{LitInt, Result, Token, bracketed, token};

use super::tree::Arg;
use crate::suggest;

const HELP: &str = "help: an argument is `&field`, `&mut field`, `&*` or `&mut *` (the whole event), `&[*]` or `&mut [*]` (the \
                    batch), `sequence` or `end_of_batch`";

/// Reads the list in parentheses.
pub(super) fn parse(list: &Group) -> Result<Vec<Arg>> {
    let all = |input: ParseStream<'_>| Punctuated::<_, Token![,]>::parse_terminated_with(input, arg);
    let args: Vec<Arg> = all.parse2(list.stream())?.into_iter().collect();
    alone(&args)?;
    Ok(args)
}

fn arg(input: ParseStream<'_>) -> Result<Arg> {
    let start = input.span();
    if input.peek(Token![&]) {
        input.parse::<Token![&]>()?;
        let mode = if input.parse::<Option<Token![mut]>>()?.is_some() { Mode::Write } else { Mode::Read };
        return place(input, mode, start);
    }
    let word: Ident =
        input.parse().map_err(|error| explain(error.span(), "this is no argument of a handler"))?;
    match word.to_string().as_str() {
        "sequence" => Ok(Arg::Sequence),
        "end_of_batch" => Ok(Arg::EndOfBatch),
        other => Err(match suggest::closest(other, ["sequence", "end_of_batch"]) {
            Some(guess) => {
                explain(word.span(), &format!("`{other}` is no argument: did you mean `{guess}`?"))
            }
            None => {
                let text = format!(
                    "`{other}` is no argument: does the stage read the field, `&{other}`, or write it, `&mut {other}`?"
                );
                explain(word.span(), &text)
            }
        }),
    }
}

fn place(input: ParseStream<'_>, mode: Mode, start: Span) -> Result<Arg> {
    let span = start.join(input.span()).unwrap_or_else(|| input.span());
    let whole = |target| Arg::Access { access: Access { target, mode }, field: None, kind: None, span };
    if input.peek(Token![*]) {
        input.parse::<Token![*]>()?;
        return Ok(whole(Target::Event));
    }
    if input.peek(token::Bracket) {
        let inside;
        bracketed!(inside in input);
        inside.parse::<Token![*]>().map_err(|error| explain(error.span(), "the batch is written `&[*]`"))?;
        return Ok(whole(Target::Batch));
    }
    let (field, name) = if input.peek(LitInt) {
        let number = input.parse::<LitInt>()?;
        if !number.suffix().is_empty() {
            return Err(explain(number.span(), "a field's number has no suffix"));
        }
        let name = number.base10_digits().to_owned();
        (TokenTree::Literal(number.token()), name)
    } else {
        let name: Ident =
            input.parse().map_err(|error| explain(error.span(), "a field's name is missing"))?;
        // `r#x` is the field `x`, however it is written.
        let plain = name.to_string().trim_start_matches("r#").to_owned();
        (TokenTree::Ident(name), plain)
    };
    if input.peek(Token![.]) {
        let text = format!("the list names fields of the event, and not what is inside of `{field}`");
        return Err(explain(input.span(), &text));
    }
    let kind = input.parse::<Option<Token![:]>>()?.map(|_| kind(input)).transpose()?;
    Ok(Arg::Access { access: Access { target: Target::Field(name), mode }, field: Some(field), kind, span })
}

/// Takes a type, up to a comma that stands in no angle brackets.
fn kind(input: ParseStream<'_>) -> Result<TokenStream> {
    let (mut kind, mut depth, mut dash) = (TokenStream::new(), 0_i32, false);
    while !input.is_empty() && (depth > 0 || !input.peek(Token![,])) {
        let token: TokenTree = input.parse()?;
        if let TokenTree::Punct(punct) = &token {
            depth += i32::from(punct.as_char() == '<') - i32::from(punct.as_char() == '>' && !dash);
            dash = punct.as_char() == '-';
        }
        kind.extend([token]);
    }
    if kind.is_empty() {
        return Err(explain(input.span(), "the field's type is missing"));
    }
    Ok(kind)
}

/// Where the batch is an argument, there is no single event beside it.
fn alone(args: &[Arg]) -> Result<()> {
    let is_batch = |arg: &&Arg| matches!(arg, Arg::Access { access, .. } if access.target == Target::Batch);
    if !args.iter().any(|arg| is_batch(&arg)) {
        return Ok(());
    }
    let mut others = args.iter().filter(|arg| !is_batch(arg));
    let mut batches = args.iter().filter(is_batch);
    let extra = batches.nth(1).or_else(|| others.find(|arg| matches!(arg, Arg::Access { .. })));
    match extra {
        Some(Arg::Access { span, access, .. }) => {
            let text = format!("`{access}` cannot stand beside the batch, which is many events at once");
            Err(syn::Error::new(
                *span,
                format!("{text}\nhelp: take it from the slice, or leave out the batch"),
            ))
        }
        _ => Ok(()),
    }
}

fn explain(place: Span, text: &str) -> syn::Error {
    syn::Error::new(place, format!("{text}\n{HELP}"))
}
