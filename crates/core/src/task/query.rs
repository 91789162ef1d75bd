//! Reading the query of a list of tasks.

use super::{TaskId, TaskKind, TaskStatus, absent};
use crate::{
    Error, Result,
    image::rackspace::list::{PAGE_DEFAULT, PAGE_MAX},
};

/// One page of a project's tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskQuery {
    /// Only of this kind.
    pub kind: Option<TaskKind>,
    /// Only so far.
    pub status: Option<TaskStatus>,
    /// The last task of the page before.
    pub marker: Option<TaskId>,
    /// The oldest first instead of the newest.
    pub oldest_first: bool,
    /// Tasks at most.
    pub limit: u32,
}

impl TaskQuery {
    /// Reads the decoded parameters; those that are not known are ignored, and empty ones count as absent.
    ///
    /// # Errors
    /// Invalid for values that a known parameter does not have.
    pub fn parse(params: &[(String, String)]) -> Result<Self> {
        let given = |wanted: &str| {
            let found = params.iter().rev().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
        };
        let wrong = |name: &str, value: &str| Error::invalid(format!("Invalid value for {name}: {value}"));
        let limit = match given("limit") {
            None => PAGE_DEFAULT,
            Some(value) if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                // Only digits: it fails for too large a number only.
                Some(value.parse().unwrap_or(u64::MAX)).filter(|limit| *limit <= PAGE_MAX).unwrap_or(PAGE_DEFAULT)
            }
            Some(value) => return Err(wrong("limit", value)),
        };
        let oldest_first = match given("sort_dir") {
            None | Some("desc") => false,
            Some("asc") => true,
            Some(value) => return Err(wrong("sort_dir", value)),
        };
        match given("sort_key") {
            None | Some("created_at") => {}
            Some(value) => return Err(wrong("sort_key", value)),
        }
        let kind = given("type").map(|value| TaskKind::parse(value).ok_or_else(|| wrong("type", value))).transpose()?;
        let status =
            given("status").map(|value| TaskStatus::parse(value).ok_or_else(|| wrong("status", value))).transpose()?;
        let unknown = |value: &str| Error::invalid(absent(value).message().to_owned());
        let marker = given("marker").map(|value| TaskId::parse(value).ok_or_else(|| unknown(value))).transpose()?;
        Ok(Self { kind, status, marker, oldest_first, limit: u32::try_from(limit).unwrap_or(u32::MAX) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lists_ask_for() {
        let parse = |query: &[(&str, &str)]| {
            let params: Vec<_> = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            TaskQuery::parse(&params)
        };
        let plain = TaskQuery { kind: None, status: None, marker: None, oldest_first: false, limit: 25 };
        assert_eq!(parse(&[]).unwrap(), plain);
        assert_eq!(parse(&[("limit", ""), ("x", "y"), ("marker", ""), ("sort_key", "created_at")]).unwrap(), plain);
        let asked = parse(&[("limit", "7"), ("type", "export"), ("status", "success"), ("sort_dir", "asc")]).unwrap();
        assert_eq!((asked.limit, asked.kind, asked.oldest_first), (7, Some(TaskKind::Export), true));
        assert_eq!(parse(&[("limit", "101")]).unwrap().limit, 25);
        for bad in [
            ("limit", "x"),
            ("limit", "-1"),
            ("type", "x"),
            ("status", "x"),
            ("sort_dir", "x"),
            ("sort_key", "id"),
            ("marker", "x"),
        ] {
            assert!(parse(&[bad]).is_err(), "{bad:?}");
        }
    }
}
