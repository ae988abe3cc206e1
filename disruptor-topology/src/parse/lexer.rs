//! A body's text as a list of tokens.

use std::{ops::Range, str::Chars};

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `<`
    Open,
    /// `>`
    Close,
    /// `->`
    Arrow,
    /// Something that was probably meant to be an arrow: `=>`, `-->`, `|>`, `>>`, `-`, `<-`.
    WrongArrow,
    /// `+`
    Plus,
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// `(`
    LeftParen,
    /// `)`
    RightParen,
    /// `[`
    LeftBracket,
    /// `]`
    RightBracket,
    /// An identifier, with its `r#` if it has one. It may be a keyword.
    Name,
    /// A word that begins with a digit.
    Number,
    /// Anything else: the same character, as often as it is repeated.
    Other,
}

/// A piece of text, what it is and where it stands, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) range: Range<usize>,
}

/// Cuts the body into tokens; white space is left out and nothing else.
pub(super) fn tokens(body: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer { chars: body.chars(), end: body.len() };
    let mut tokens: Vec<Token<'_>> = Vec::new();
    loop {
        let start = lexer.offset();
        let Some(first) = lexer.chars.next() else { return tokens };
        if first.is_whitespace() {
            continue;
        }
        // `<` after a stage can only be half of a wrong arrow; elsewhere `<-` is `<` and a leading arrow.
        let after_stage = tokens.last().is_some_and(|token| {
            matches!(token.kind, Kind::Name | Kind::Number | Kind::RightParen | Kind::RightBracket)
        });
        let kind = lexer.token(first, after_stage);
        let range = start..lexer.offset();
        tokens.push(Token { kind, text: &body[range.clone()], range });
    }
}

#[derive(Clone)]
struct Lexer<'a> {
    chars: Chars<'a>,
    end: usize,
}

impl Lexer<'_> {
    /// Takes the rest of the token that begins with `first`.
    fn token(&mut self, first: char, after_stage: bool) -> Kind {
        match first {
            '<' if after_stage && self.take_while(&|c| matches!(c, '-' | '=' | '~')) > 0 => {
                self.take_while(&|c| c == '>');
                Kind::WrongArrow
            }
            '<' => Kind::Open,
            '>' => match self.take_while(&|c| c == '>') {
                0 => Kind::Close,
                _ => Kind::WrongArrow,
            },
            '-' | '=' | '~' | '|' => {
                let stem = self.take_while(&|c| c == first);
                if first == '-' && self.head_is_apart() {
                    self.take_while(&char::is_whitespace);
                    self.take_while(&|c| c == '>');
                    return Kind::WrongArrow;
                }
                let heads = self.take_while(&|c| c == '>');
                if (first, stem, heads) == ('-', 0, 1) { Kind::Arrow } else { Kind::WrongArrow }
            }
            '→' | '⟶' | '⇒' | '➔' | '➜' => Kind::WrongArrow,
            '+' => Kind::Plus,
            ',' => Kind::Comma,
            ';' => Kind::Semicolon,
            '(' => Kind::LeftParen,
            ')' => Kind::RightParen,
            '[' => Kind::LeftBracket,
            ']' => Kind::RightBracket,
            'r' if self.raw_name() => Kind::Name,
            _ if first == '_' || first.is_alphabetic() => {
                self.take_while(&continues_name);
                Kind::Name
            }
            _ if first.is_numeric() => {
                self.take_while(&continues_name);
                Kind::Number
            }
            _ => {
                self.take_while(&|c| c == first);
                Kind::Other
            }
        }
    }

    /// Takes `#name`, if that is what follows.
    fn raw_name(&mut self) -> bool {
        let mut ahead = self.clone();
        let raw = ahead.chars.next() == Some('#')
            && ahead.chars.next().is_some_and(|c| c == '_' || c.is_alphabetic());
        if raw {
            ahead.take_while(&continues_name);
            *self = ahead;
        }
        raw
    }

    /// Whether white space and the `>` of an arrow follow: the chain has another `>` for its end.
    fn head_is_apart(&self) -> bool {
        let mut ahead = self.clone();
        if ahead.take_while(&char::is_whitespace) == 0 || ahead.chars.next() != Some('>') {
            return false;
        }
        ahead.take_while(&|c| !matches!(c, '<' | '>'));
        ahead.chars.next() == Some('>')
    }

    /// Takes characters as long as they are wanted, and counts them.
    fn take_while(&mut self, wanted: &dyn Fn(char) -> bool) -> usize {
        let mut taken = 0;
        loop {
            let before = self.chars.clone();
            if !self.chars.next().is_some_and(wanted) {
                self.chars = before;
                return taken;
            }
            taken += 1;
        }
    }

    /// Where the next character stands.
    fn offset(&self) -> usize {
        self.end - self.chars.as_str().len()
    }
}

fn continues_name(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(body: &str) -> Vec<(Kind, &str)> {
        tokens(body).into_iter().map(|token| (token.kind, token.text)).collect()
    }

    #[test]
    fn a_chain_of_everything() {
        let expected = [
            (Kind::Open, "<"),
            (Kind::Name, "journal_1"),
            (Kind::Arrow, "->"),
            (Kind::LeftParen, "("),
            (Kind::Name, "größe"),
            (Kind::Comma, ","),
            (Kind::Name, "r#type"),
            (Kind::Plus, "+"),
            (Kind::LeftBracket, "["),
            (Kind::Name, "r"),
            (Kind::Semicolon, ";"),
            (Kind::Number, "4"),
            (Kind::RightBracket, "]"),
            (Kind::RightParen, ")"),
            (Kind::Close, ">"),
        ];
        assert_eq!(kinds("<journal_1->(größe,\n r#type+[r; 4])>"), expected);
    }

    #[test]
    fn wrong_arrows_are_one_token() {
        for wrong in
            ["=>", "-->", "==>", "|>", "|", "||", "-", "--", "->>", ">>", "~>", "→", "<-", "<->", "<="]
        {
            let body = format!("a {wrong} b");
            let expected = [(Kind::Name, "a"), (Kind::WrongArrow, wrong), (Kind::Name, "b")];
            assert_eq!(kinds(&body), expected);
        }
    }

    #[test]
    fn what_begins_a_chain_is_no_arrow() {
        assert_eq!(kinds("<-> a"), [(Kind::Open, "<"), (Kind::Arrow, "->"), (Kind::Name, "a")]);
        assert_eq!(kinds("> <-"), [(Kind::Close, ">"), (Kind::Open, "<"), (Kind::WrongArrow, "-")]);
        assert_eq!(kinds("a < b"), [(Kind::Name, "a"), (Kind::Open, "<"), (Kind::Name, "b")]);
    }

    #[test]
    fn a_range_is_in_bytes() {
        let tokens = tokens("é → ##r#1");
        let ranges: Vec<_> = tokens.iter().map(|token| (token.text, token.range.clone())).collect();
        assert_eq!(
            ranges,
            [("é", 0..2), ("→", 3..6), ("##", 7..9), ("r", 9..10), ("#", 10..11), ("1", 11..12)]
        );
    }
}
