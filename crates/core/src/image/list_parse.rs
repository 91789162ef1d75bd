//! Reading the query of a list request (Image API v2, `GET /v2/images`: paging, sorting, filters).
//!
//! A parameter that is given twice counts as the reference's framework has it, the last one wins; `tag`, `sort_key`
//! and `sort_dir` may be repeated.

use super::{
    Visibility,
    list::{
        Comparison, Filter, ImageQuery, MemberStatusFilter, NumberField, SortDir, SortKey, TextField, TimeField,
        VisibilityFilter, unknown_marker,
    },
};
use crate::{Error, ImageId, Result, limits::Limits, membership::MemberStatus, time::parse_iso8601};

/// Parameters of one request.
const MAX_PARAMS: usize = 256;
/// Conditions of one list.
const MAX_FILTERS: usize = 64;
/// Values of one `in:`.
const MAX_VALUES: usize = 1000;

impl ImageQuery {
    /// Reads the decoded query parameters of a list request, in their order, repeated ones kept.
    ///
    /// # Errors
    /// Invalid for anything the reference refuses, and for more conditions than are bounded here.
    pub fn parse(params: &[(String, String)], limits: &Limits) -> Result<Self> {
        // The marker that a link of this server's adds to a page is not counted.
        let most = MAX_PARAMS + usize::from(params.iter().any(|(name, _)| name == "marker"));
        if params.len() > most {
            return Err(Error::invalid("Too many query parameters."));
        }
        if params.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
            return Err(Error::invalid("Query parameters can't contain NUL characters."));
        }
        let mut query = Self {
            visibility: VisibilityFilter::Default,
            member_status: MemberStatusFilter::Only(MemberStatus::Accepted),
            hidden: false,
            killed: false,
            filters: Vec::new(),
            sort: Vec::new(),
            marker: None,
            limit: limits.page_default.min(limits.page_max),
        };
        let mut order = Order::default();
        for (at, (name, value)) in params.iter().enumerate() {
            match name.as_str() {
                "tag" => push(&mut query.filters, Filter::Tag(value.trim().to_owned()))?,
                "sort" => order.uniform.push(value),
                "sort_key" => order.keys.push(sort_key(value)?),
                "sort_dir" => order.dirs.push(sort_dir(value)?),
                _ => {
                    let later = params.get(at + 1..).unwrap_or_default();
                    if !later.iter().any(|(other, _)| other == name) {
                        query.read(name, value, limits)?;
                    }
                }
            }
        }
        query.sort = order.finish()?;
        Ok(query)
    }

    fn read(&mut self, name: &str, value: &str, limits: &Limits) -> Result<()> {
        match name {
            "limit" => self.limit = limit(value)?.min(limits.page_max),
            "marker" => {
                let id = ImageId::parse(value);
                self.marker = Some(id.ok_or_else(|| unknown_marker(value))?);
            }
            "visibility" => {
                self.visibility = match (value, Visibility::parse(value)) {
                    ("all", _) => VisibilityFilter::All,
                    (_, Some(one)) => VisibilityFilter::Only(one),
                    (_, None) => return Err(Error::invalid(format!("Invalid visibility value: {value}"))),
                };
            }
            "member_status" => {
                self.member_status = match (value, MemberStatus::parse(value)) {
                    ("all", _) => MemberStatusFilter::All,
                    (_, Some(one)) => MemberStatusFilter::Only(one),
                    (_, None) => return Err(Error::invalid(format!("Invalid status: {value}"))),
                };
            }
            "os_hidden" => {
                let lower = value.to_lowercase();
                self.hidden = truth(&lower).ok_or_else(|| not_truth(&lower, name))?;
            }
            "changes-since" => {
                return Err(Error::invalid("The \"changes-since\" filter is no longer available on v2."));
            }
            // Accepted and without effect, as in the reference: lists never show deleted images.
            "deleted" => {}
            _ => push(&mut self.filters, filter(name, value)?)?,
        }
        Ok(())
    }
}

fn push(filters: &mut Vec<Filter>, filter: Filter) -> Result<()> {
    if filters.len() >= MAX_FILTERS {
        return Err(Error::invalid(format!("A list may have {MAX_FILTERS} filters at most.")));
    }
    filters.push(filter);
    Ok(())
}

fn filter(name: &str, value: &str) -> Result<Filter> {
    let text = |field| Ok(Filter::Text(field, vec![value.to_owned()]));
    match name {
        "name" => operators(TextField::Name, value),
        "id" => operators(TextField::Id, value),
        "status" => operators(TextField::Status, value),
        "container_format" => operators(TextField::ContainerFormat, value),
        "disk_format" => operators(TextField::DiskFormat, value),
        "checksum" => text(TextField::Checksum),
        "os_hash_value" => text(TextField::OsHashValue),
        "os_hash_algo" => text(TextField::OsHashAlgo),
        "owner" => text(TextField::Owner),
        "protected" => truth(value).map(Filter::Protected).ok_or_else(|| not_truth(value, name)),
        "created_at" => instant(TimeField::CreatedAt, name, value),
        "updated_at" => instant(TimeField::UpdatedAt, name, value),
        // Columns of the reference's table that are no attributes; upstream fails on them.
        "locations" | "properties" | "members" => Err(Error::invalid(format!("Unable to filter by '{name}'."))),
        _ => {
            if let Some(field) = number_field(name) {
                return integer(value, name).map(|number| Filter::NumberIs(field, number));
            }
            for (suffix, bound) in [("_min", Filter::NumberMin as fn(_, _) -> _), ("_max", Filter::NumberMax)] {
                if let Some(column) = name.strip_suffix(suffix) {
                    let field = number_field(column)
                        .ok_or_else(|| Error::invalid(format!("Unable to filter on a range of '{column}'.")))?;
                    return integer(value, name).map(|number| bound(field, number));
                }
            }
            Ok(Filter::Property(name.to_owned(), value.to_owned()))
        }
    }
}

fn number_field(name: &str) -> Option<NumberField> {
    Some(match name {
        "size" => NumberField::Size,
        "virtual_size" => NumberField::VirtualSize,
        "min_ram" => NumberField::MinRam,
        "min_disk" => NumberField::MinDisk,
        _ => return None,
    })
}

/// A whole number as Python's `int` reads it, saturating at what the catalog can hold.
fn whole(text: &str) -> Option<i64> {
    let trimmed = text.trim();
    let (negative, digits) = match trimmed.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Only digits: the one way to fail is too large a number.
    let size = digits.parse::<i64>().unwrap_or(i64::MAX);
    Some(if negative { -size } else { size })
}

fn integer(value: &str, name: &str) -> Result<i64> {
    whole(value)
        .ok_or_else(|| Error::invalid(format!("Unable to filter on a range with a non-numeric value: {name}={value}")))
}

fn limit(value: &str) -> Result<u64> {
    let number = whole(value).ok_or_else(|| Error::invalid("limit param must be an integer"))?;
    u64::try_from(number).map_err(|_| Error::invalid("limit param must be positive"))
}

fn truth(value: &str) -> Option<bool> {
    match value {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn not_truth(value: &str, name: &str) -> Error {
    Error::invalid(format!("Invalid value '{value}' for '{name}' filter. Valid values are 'true' or 'false'."))
}

/// Splits `op:threshold`; an instant has colons of its own and no operator.
fn split_operator(value: &str) -> (&str, &str) {
    match value.split_once(':') {
        Some((operator, threshold)) if parse_iso8601(value).is_none() => (operator, threshold),
        Some(_) | None => ("eq", value),
    }
}

fn operators(field: TextField, value: &str) -> Result<Filter> {
    let values = match split_operator(value) {
        ("in", list) => split_list(list)?,
        ("eq", threshold) => vec![threshold.to_owned()],
        (other, _) => {
            return Err(Error::invalid(format!("Unable to filter by unknown operator '{other}'.")));
        }
    };
    Ok(Filter::Text(field, values))
}

fn instant(field: TimeField, name: &str, value: &str) -> Result<Filter> {
    let (operator, threshold) = split_operator(value);
    let at = parse_iso8601(threshold).ok_or_else(|| {
        Error::invalid(format!("Bad \"{name}\" query filter format. Use ISO 8601 DateTime notation."))
    })?;
    let comparison = match operator {
        "gt" => Comparison::Gt,
        "gte" => Comparison::Gte,
        "lt" => Comparison::Lt,
        "lte" => Comparison::Lte,
        "eq" => Comparison::Eq,
        "neq" => Comparison::Neq,
        _ => return Err(Error::invalid("Unable to filter on a unknown operator.")),
    };
    Ok(Filter::Time(field, comparison, at))
}

/// The values of `in:`: separated by commas, which quotes protect; `\"` and `\\` inside quotes stand for themselves.
fn split_list(list: &str) -> Result<Vec<String>> {
    let invalid = |words: &str| Error::invalid(format!("Invalid filter value {list}. {words}"));
    let mut values = Vec::new();
    let mut rest = list;
    loop {
        let (value, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let (value, after) = unquote(quoted).ok_or_else(|| invalid("The quote is not closed."))?;
                if !after.is_empty() && !after.starts_with(',') {
                    return Err(invalid("There is no comma after closing quotation mark."));
                }
                (value, after)
            }
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let (value, after) = rest.split_at(end);
                if value.contains('"') {
                    return Err(invalid("There is no comma before opening quotation mark."));
                }
                (value.to_owned(), after)
            }
        };
        if values.len() >= MAX_VALUES {
            return Err(Error::invalid(format!("A filter may name {MAX_VALUES} values at most.")));
        }
        if !values.contains(&value) {
            values.push(value);
        }
        match after.strip_prefix(',') {
            // A comma at the end adds nothing.
            Some("") | None => return Ok(values),
            Some(more) => rest = more,
        }
    }
}

/// The text up to the closing quote, and what follows it.
fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Some((value, chars.as_str())),
            '\\' => value.push(chars.next()?),
            other => value.push(other),
        }
    }
    None
}

const SORT_KEYS: [(&str, SortKey); 8] = [
    ("name", SortKey::Name),
    ("status", SortKey::Status),
    ("container_format", SortKey::ContainerFormat),
    ("disk_format", SortKey::DiskFormat),
    ("size", SortKey::Size),
    ("id", SortKey::Id),
    ("created_at", SortKey::CreatedAt),
    ("updated_at", SortKey::UpdatedAt),
];

fn sort_key(value: &str) -> Result<SortKey> {
    let key = value.trim();
    SORT_KEYS.into_iter().find(|(name, _)| *name == key).map(|(_, key)| key).ok_or_else(|| {
        let available = SORT_KEYS.map(|(name, _)| name).join(", ");
        Error::invalid(format!("Invalid sort key: {key}. It must be one of the following: {available}."))
    })
}

fn sort_dir(value: &str) -> Result<SortDir> {
    match value.trim() {
        "asc" => Ok(SortDir::Asc),
        "desc" => Ok(SortDir::Desc),
        other => Err(Error::invalid(format!("Invalid sort direction: {other}"))),
    }
}

/// What the request says about the order, in its two notations.
#[derive(Default)]
struct Order<'a> {
    uniform: Vec<&'a str>,
    keys: Vec<SortKey>,
    dirs: Vec<SortDir>,
}

impl Order<'_> {
    fn finish(self) -> Result<Vec<(SortKey, SortDir)>> {
        let mut wanted = Vec::new();
        let mut default = SortDir::Desc;
        match self.uniform.as_slice() {
            [] => {
                let keys = if self.keys.is_empty() { vec![SortKey::CreatedAt] } else { self.keys };
                match self.dirs.as_slice() {
                    [] => wanted.extend(keys.into_iter().map(|key| (key, default))),
                    [one] => {
                        // One direction is for all keys, the tie-breakers included.
                        default = *one;
                        wanted.extend(keys.into_iter().map(|key| (key, default)));
                    }
                    dirs if dirs.len() == keys.len() => wanted.extend(keys.into_iter().zip(dirs.iter().copied())),
                    _ => return Err(Error::invalid("Number of sort dirs does not match the number of sort keys")),
                }
            }
            [one] if self.keys.is_empty() && self.dirs.is_empty() => {
                let parts: Vec<&str> = one.trim().split(',').collect();
                for part in &parts {
                    let (key, dir) = part.split_once(':').unwrap_or((part, ""));
                    wanted.push((sort_key(key)?, if dir.is_empty() { default } else { sort_dir(dir)? }));
                }
                // As with one sort_dir.
                if let [(_, only)] = wanted.as_slice() {
                    default = *only;
                }
            }
            [_] => return Err(Error::invalid("Old and new sorting syntax cannot be combined")),
            _ => return Err(Error::invalid("The sort parameter may be given once.")),
        }
        let mut sort: Vec<(SortKey, SortDir)> = Vec::with_capacity(SORT_KEYS.len());
        for (key, dir) in wanted.into_iter().chain([(SortKey::CreatedAt, default), (SortKey::Id, default)]) {
            // A key that comes again decides nothing any more.
            if !sort.iter().any(|(earlier, _)| *earlier == key) {
                sort.push((key, dir));
            }
        }
        Ok(sort)
    }
}
