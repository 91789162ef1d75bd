//! The expressions of oslo.policy: reading and writing them. (oslo.policy administrator guide, "Policy rule syntax".)
//!
//! Where oslo.policy quietly turns an expression it does not understand into "never", this reader reports it:
//! a rule that does not mean what its author thinks is found at the start, not at the first refused request.

use std::fmt;

/// Nested parentheses and `not`s that are read.
const MAX_DEPTH: usize = 64;
/// Longest expression, in bytes.
const MAX_LENGTH: usize = 65_536;

/// One expression, as written: references not yet resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// `@` or nothing: always.
    Always,
    /// `!`: never.
    Never,
    /// `not …`
    Not(Box<Self>),
    /// `… and …`: two or more.
    And(Vec<Self>),
    /// `… or …`: two or more.
    Or(Vec<Self>),
    /// `rule:name`
    Rule(String),
    /// `role:name`
    Role(Template),
    /// `'literal':…`, `True:…`, `7:…`: the left side as Python writes the value.
    Literal(Quote, Template),
    /// `attribute:…`: an attribute of the caller, dots leading into it.
    Attribute(String, Template),
    /// `http:…`, `https:…`: a question to another server.
    Remote(String),
}

/// A literal on the left side of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quote {
    /// `'text'`
    Text(String),
    /// `True`, `None`, `7`: written without quotes.
    Bare(String),
}

impl Quote {
    /// The text it is compared as.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Bare(text) => text,
        }
    }
}

/// The right side of a check: text with `%(attribute)s` in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

/// One part of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Stands for itself.
    Text(String),
    /// Stands for an attribute of the target.
    Attribute(String),
}

impl Template {
    /// Its parts, in order; neighbouring texts are always joined.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
            plain.push_str(before);
            if let Some(after) = after.strip_prefix('%') {
                plain.push('%');
                rest = after;
                continue;
            }
            let substitution = after.strip_prefix('(').and_then(|name| name.split_once(')'));
            let Some((name, after)) = substitution else {
                return Err(format!("`{text}`: a `%` begins `%(attribute)s` or is doubled"));
            };
            let Some(after) = after.strip_prefix('s') else {
                return Err(format!("`{text}`: `%({name})` lacks its `s`"));
            };
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Attribute(name.to_owned()));
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self(pieces))
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Text(text) => f.write_str(&text.replace('%', "%%")),
            Piece::Attribute(name) => write!(f, "%({name})s"),
        })
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Self], word: &str| {
            f.write_str("(")?;
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    f.write_str(word)?;
                }
                write!(f, "{part}")?;
            }
            f.write_str(")")
        };
        match self {
            Self::Always => f.write_str("@"),
            Self::Never => f.write_str("!"),
            Self::Not(inner) => write!(f, "not {inner}"),
            Self::And(parts) => joined(f, parts, " and "),
            Self::Or(parts) => joined(f, parts, " or "),
            Self::Rule(name) => write!(f, "rule:{name}"),
            Self::Role(template) => write!(f, "role:{template}"),
            // It was read between marks that are not in it.
            Self::Literal(Quote::Text(text), template) if text.contains('\'') => write!(f, "\"{text}\":{template}"),
            Self::Literal(Quote::Text(text), template) => write!(f, "'{text}':{template}"),
            Self::Literal(Quote::Bare(text), template) => write!(f, "{text}:{template}"),
            Self::Attribute(path, template) => write!(f, "{path}:{template}"),
            Self::Remote(address) => f.write_str(address),
        }
    }
}

impl Expression {
    /// Reads the string syntax.
    ///
    /// # Errors
    /// What is wrong, in words for the operator.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::Always);
        }
        if text.len() > MAX_LENGTH {
            return Err(format!("the expression is longer than {MAX_LENGTH} bytes"));
        }
        let tokens = tokenize(text)?;
        let mut reader = Reader { tokens: tokens.into_iter().peekable() };
        let expression = reader.alternatives(0)?;
        match reader.tokens.next() {
            None => Ok(expression),
            Some(token) => Err(format!("{} stands where the expression should have ended", token.words())),
        }
    }

    /// Reads the legacy list syntax: an "or" of "and"s, each a list of checks or one check.
    ///
    /// # Errors
    /// What is wrong, in words for the operator.
    pub fn parse_list(alternatives: &[Vec<&str>]) -> Result<Self, String> {
        if alternatives.is_empty() {
            return Ok(Self::Always);
        }
        let mut parts = Vec::new();
        for alternative in alternatives.iter().filter(|alternative| !alternative.is_empty()) {
            let checks = alternative.iter().map(|check| check_of(check)).collect::<Result<Vec<_>, _>>()?;
            parts.push(one_or(checks, Self::And));
        }
        // Only empty alternatives: oslo.policy reads that as never.
        Ok(if parts.is_empty() { Self::Never } else { one_or(parts, Self::Or) })
    }
}

fn one_or(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => join(parts),
    }
}

enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    Check(Expression),
}

impl Token {
    fn words(&self) -> String {
        match self {
            Self::Open => "`(`".to_owned(),
            Self::Close => "`)`".to_owned(),
            Self::And => "`and`".to_owned(),
            Self::Or => "`or`".to_owned(),
            Self::Not => "`not`".to_owned(),
            Self::Check(check) => format!("`{check}`"),
        }
    }
}

/// Words are separated by blanks; parentheses count at the ends of a word only, because `%(name)s` has them inside.
fn tokenize(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    for word in text.split_whitespace() {
        let bare = word.trim_start_matches('(');
        tokens.extend((bare.len()..word.len()).map(|_| Token::Open));
        let clean = bare.trim_end_matches(')');
        if !clean.is_empty() {
            tokens.push(if clean.eq_ignore_ascii_case("and") {
                Token::And
            } else if clean.eq_ignore_ascii_case("or") {
                Token::Or
            } else if clean.eq_ignore_ascii_case("not") {
                Token::Not
            } else {
                Token::Check(check_of(clean)?)
            });
        }
        tokens.extend((clean.len()..bare.len()).map(|_| Token::Close));
    }
    Ok(tokens)
}

fn check_of(text: &str) -> Result<Expression, String> {
    match text {
        "@" => return Ok(Expression::Always),
        "!" => return Ok(Expression::Never),
        _ => {}
    }
    let Some((kind, value)) = split_kind(text) else {
        return Err(format!("`{text}` is not of the form kind:value"));
    };
    Ok(match kind {
        "rule" => Expression::Rule(value.to_owned()),
        "role" => Expression::Role(Template::parse(value)?),
        "http" | "https" => Expression::Remote(text.to_owned()),
        _ => match literal(kind)? {
            Some(quote) => Expression::Literal(quote, Template::parse(value)?),
            None => Expression::Attribute(kind.to_owned(), Template::parse(value)?),
        },
    })
}

/// Splits at the first colon.
fn split_kind(text: &str) -> Option<(&str, &str)> {
    text.split_once(':').filter(|(kind, _)| !kind.is_empty())
}

/// The left side as a Python literal, or `None` when it is the name of an attribute.
fn literal(kind: &str) -> Result<Option<Quote>, String> {
    for mark in ['\'', '"'] {
        if let Some(rest) = kind.strip_prefix(mark) {
            return match rest.strip_suffix(mark) {
                Some(text) if !text.contains([mark, '\\']) => Ok(Some(Quote::Text(text.to_owned()))),
                _ => Err(format!("`{kind}` is not a quoted text (blanks, backslashes and quotes inside are not read)")),
            };
        }
    }
    if matches!(kind, "True" | "False" | "None") || kind.parse::<i64>().is_ok_and(|number| number.to_string() == kind) {
        return Ok(Some(Quote::Bare(kind.to_owned())));
    }
    if kind.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || "_-".contains(c))) {
        Ok(None)
    } else {
        Err(format!("`{kind}` is neither a literal nor the name of an attribute"))
    }
}

struct Reader {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
}

impl Reader {
    fn alternatives(&mut self, depth: usize) -> Result<Expression, String> {
        let mut parts = vec![self.conjunction(depth)?];
        while self.tokens.next_if(|token| matches!(token, Token::Or)).is_some() {
            parts.push(self.conjunction(depth)?);
        }
        Ok(one_or(parts, Expression::Or))
    }

    fn conjunction(&mut self, depth: usize) -> Result<Expression, String> {
        let mut parts = vec![self.single(depth)?];
        while self.tokens.next_if(|token| matches!(token, Token::And)).is_some() {
            parts.push(self.single(depth)?);
        }
        Ok(one_or(parts, Expression::And))
    }

    fn single(&mut self, depth: usize) -> Result<Expression, String> {
        if depth >= MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} parentheses or `not`s inside each other"));
        }
        match self.tokens.next() {
            Some(Token::Check(check)) => Ok(check),
            Some(Token::Not) => Ok(Expression::Not(Box::new(self.single(depth + 1)?))),
            Some(Token::Open) => {
                let inner = self.alternatives(depth + 1)?;
                match self.tokens.next() {
                    Some(Token::Close) => Ok(inner),
                    Some(other) => Err(format!("{} stands where `)` or an operator is expected", other.words())),
                    None => Err("a `(` is not closed".to_owned()),
                }
            }
            Some(other) => Err(format!("{} stands where a check is expected", other.words())),
            None => Err("the expression ends where a check is expected".to_owned()),
        }
    }
}
