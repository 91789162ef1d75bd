//! Values that go into statements and come out of them: integers and texts, nothing else.

use std::borrow::Cow;

use salon_core::{Error, Result, Timestamp};

use super::sqlite;

/// A bound value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Int(Option<i64>),
    Text(Option<&'a str>),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}

impl From<u32> for Value<'_> {
    fn from(value: u32) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(value: Timestamp) -> Self {
        Self::Int(Some(value.0))
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Some(value))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(Some(value))
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(value: Option<&'a str>) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a Option<String>> for Value<'a> {
    fn from(value: &'a Option<String>) -> Self {
        Self::Text(value.as_deref())
    }
}

/// Builds a slice of [`Value`]s from anything that converts.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::sql::Value::from($value)),*] };
}
pub(crate) use values;

/// `INSERT INTO table (columns) VALUES (?, …)`
pub(crate) fn insert_into(table: &str, columns: &[&str]) -> String {
    let places = vec!["?"; columns.len()].join(", ");
    format!("INSERT INTO {table} ({}) VALUES ({places})", columns.join(", "))
}

/// `UPDATE table SET column = ?, … WHERE id = ?`
pub(crate) fn update_of(table: &str, columns: &[&str]) -> String {
    format!("UPDATE {table} SET {} = ? WHERE id = ?", columns.join(" = ?, "))
}

/// A value that came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Null,
    Int(i64),
    Text(String),
}

/// A row that came out.
#[derive(Clone, Debug)]
pub(super) struct Row {
    cells: Vec<Cell>,
}

impl Row {
    pub(super) fn new(cells: Vec<Cell>) -> Self {
        Self { cells }
    }

    /// Reads the columns in their order; `table` is for the words of an error.
    pub(super) fn reader(&mut self, table: &'static str) -> Reader<'_> {
        Reader { cells: Cells::Kept(&mut self.cells), table, at: 0 }
    }
}

/// A value while its row is looked at: what is only compared or parsed is not copied.
pub(crate) enum Found<'r> {
    Null,
    Int(i64),
    Text(Cow<'r, str>),
}

impl From<Cell> for Found<'_> {
    fn from(cell: Cell) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Int(value) => Self::Int(value),
            Cell::Text(text) => Self::Text(Cow::Owned(text)),
        }
    }
}

/// Where a row is.
enum Cells<'r> {
    Kept(&'r mut [Cell]),
    /// Still in SQLite, which has gone no further.
    Sqlite(&'r rusqlite::Row<'r>),
}

/// Reads columns in their order and names table, column and row when one makes no sense.
pub(crate) struct Reader<'r> {
    cells: Cells<'r>,
    table: &'static str,
    at: usize,
}

impl<'r> Reader<'r> {
    /// Reads the row that SQLite has come to.
    pub(super) fn of_sqlite(row: &'r rusqlite::Row<'r>, table: &'static str) -> Self {
        Self { cells: Cells::Sqlite(row), table, at: 0 }
    }

    #[inline]
    fn next(&mut self, column: &str) -> Result<Found<'r>> {
        let at = self.at;
        self.at += 1;
        let found = match &mut self.cells {
            // The first column is what names the row in an error.
            Cells::Kept(cells) if at == 0 => cells.first().cloned().map(Found::from),
            Cells::Kept(cells) => cells.get_mut(at).map(|cell| std::mem::replace(cell, Cell::Null).into()),
            Cells::Sqlite(row) => sqlite::cell(row, at)?,
        };
        found.ok_or_else(|| self.wrong(column, "is missing"))
    }

    /// The error for a column that makes no sense; the first column of every row is what identifies it.
    pub(crate) fn wrong(&self, column: &str, how: &str) -> Error {
        let row = match &self.cells {
            Cells::Kept(cells) => match cells.first() {
                Some(Cell::Text(id)) => Some(id.clone()),
                Some(Cell::Int(id)) => Some(id.to_string()),
                Some(Cell::Null) | None => None,
            },
            Cells::Sqlite(row) => match sqlite::cell(row, 0) {
                Ok(Some(Found::Text(id))) => Some(id.into_owned()),
                Ok(Some(Found::Int(id))) => Some(id.to_string()),
                Ok(Some(Found::Null) | None) | Err(_) => None,
            },
        };
        let row = row.as_deref().unwrap_or("(first column)");
        Error::internal(format!("table {}, row {row}: column {column} {how}", self.table))
    }

    #[inline]
    fn opt_str(&mut self, column: &str) -> Result<Option<Cow<'r, str>>> {
        match self.next(column)? {
            Found::Null => Ok(None),
            Found::Text(value) => Ok(Some(value)),
            Found::Int(_) => Err(self.wrong(column, "is a number, not text")),
        }
    }

    #[inline]
    fn str(&mut self, column: &str) -> Result<Cow<'r, str>> {
        self.opt_str(column)?.ok_or_else(|| self.wrong(column, "is null"))
    }

    pub(crate) fn opt_int(&mut self, column: &str) -> Result<Option<i64>> {
        match self.next(column)? {
            Found::Null => Ok(None),
            Found::Int(value) => Ok(Some(value)),
            Found::Text(_) => Err(self.wrong(column, "is text, not a number")),
        }
    }

    pub(crate) fn int(&mut self, column: &str) -> Result<i64> {
        self.opt_int(column)?.ok_or_else(|| self.wrong(column, "is null"))
    }

    pub(crate) fn opt_text(&mut self, column: &str) -> Result<Option<String>> {
        Ok(self.opt_str(column)?.map(Cow::into_owned))
    }

    pub(crate) fn text(&mut self, column: &str) -> Result<String> {
        self.str(column).map(Cow::into_owned)
    }

    pub(crate) fn flag(&mut self, column: &str) -> Result<bool> {
        match self.int(column)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.wrong(column, "is neither 0 nor 1")),
        }
    }

    pub(crate) fn time(&mut self, column: &str) -> Result<Timestamp> {
        self.int(column).map(Timestamp)
    }

    /// Passes over the next columns, which say nothing.
    pub(crate) const fn skip(&mut self, columns: usize) {
        self.at += columns;
    }

    /// A text that must be one of a closed set.
    pub(crate) fn parsed<T>(&mut self, column: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        let text = self.str(column)?;
        parse(&text).ok_or_else(|| self.wrong(column, "has a value nobody knows"))
    }

    pub(crate) fn opt_size(&mut self, column: &str) -> Result<Option<u64>> {
        match self.opt_int(column)? {
            None => Ok(None),
            Some(value) => u64::try_from(value).map(Some).map_err(|_| self.wrong(column, "is negative")),
        }
    }

    pub(crate) fn small(&mut self, column: &str) -> Result<u32> {
        let value = self.int(column)?;
        u32::try_from(value).map_err(|_| self.wrong(column, "is out of range"))
    }

    pub(crate) fn json<T: serde::de::DeserializeOwned>(&mut self, column: &str) -> Result<T> {
        let text = self.str(column)?;
        serde_json::from_str(&text)
            .map_err(|error| self.wrong(column, "is not the JSON it should be").with_source(error))
    }
}
