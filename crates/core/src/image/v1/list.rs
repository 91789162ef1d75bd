//! Reading the query of a v1 list (Image API v1, `GET /v1/images` and `/v1/images/detail`).

use crate::{
    Error, Result, Viewer,
    image::list::{
        Comparison, Filter, ImageQuery, MemberStatusFilter, NumberField, TextField, TimeField, VisibilityFilter,
    },
    limits::Limits,
    time::parse_iso8601,
};

/// Parameters of one request, with the marker.
const MAX_PARAMS: usize = 257;
/// Conditions of one list.
const MAX_FILTERS: usize = 64;

/// Reads the decoded parameters of a list request, for the eyes of `viewer`; answers whose eyes it is to be seen with.
///
/// v1 shows a member's images whatever the member answered. An administrator sees what anybody of its project would,
/// unless `is_public` asks for more.
///
/// # Errors
/// Invalid for anything the reference refuses.
pub fn parse(params: &[(String, String)], limits: &Limits, viewer: Viewer) -> Result<(ImageQuery, Viewer)> {
    // Each is compared with those behind it.
    if params.len() > MAX_PARAMS {
        return Err(Error::invalid("Too many query parameters."));
    }
    let last = |wanted: &str| params.iter().rev().find(|(name, _)| name == wanted);
    // Paging and order are v2's, of which v1 has a part; a parameter that is given twice counts as given last.
    let shared: Vec<(String, String)> =
        ["limit", "marker", "sort_key", "sort_dir"].iter().filter_map(|name| last(name).cloned()).collect();
    let mut query = ImageQuery::parse(&shared, limits)?;
    query.member_status = MemberStatusFilter::All;
    let mut admin = false;
    for (at, (name, value)) in params.iter().enumerate() {
        let later = params.get(at + 1..).unwrap_or_default();
        if later.iter().any(|(other, _)| other == name) {
            continue;
        }
        if name.contains('\0') || value.contains('\0') {
            return Err(Error::invalid("Query parameters can't contain NUL characters."));
        }
        let filter = match name.as_str() {
            "name" => text(TextField::Name, name, value, limits)?,
            "status" => text(TextField::Status, name, value, limits)?,
            "disk_format" => text(TextField::DiskFormat, name, value, limits)?,
            "container_format" => text(TextField::ContainerFormat, name, value, limits)?,
            "size_min" => Filter::NumberMin(NumberField::Size, whole(name, value)?),
            "size_max" => Filter::NumberMax(NumberField::Size, whole(name, value)?),
            "min_ram" => Filter::NumberIs(NumberField::MinRam, whole(name, value)?),
            "min_disk" => Filter::NumberIs(NumberField::MinDisk, whole(name, value)?),
            "protected" => Filter::Protected(truth(name, value)?),
            "changes-since" => {
                let since = parse_iso8601(value)
                    .ok_or_else(|| Error::invalid(format!("Unrecognized changes-since value {value}")))?;
                // Whoever asks what changed is told what failed, too.
                query.killed = true;
                Filter::Time(TimeField::UpdatedAt, Comparison::After, since)
            }
            "is_public" => {
                let wanted = match value.to_lowercase().as_str() {
                    "none" => None,
                    _ => Some(truth(name, value)?),
                };
                // For everybody else a valid value is accepted and without effect.
                if viewer.admin && wanted != Some(true) {
                    admin = true;
                    query.visibility = wanted.map_or(VisibilityFilter::Default, |_| VisibilityFilter::NonPublic);
                }
                continue;
            }
            _ => match name.strip_prefix("property-") {
                Some(property) => Filter::Property(property.to_owned(), value.clone()),
                None => continue,
            },
        };
        if query.filters.len() >= MAX_FILTERS {
            return Err(Error::invalid(format!("A list may have {MAX_FILTERS} filters at most.")));
        }
        query.filters.push(filter);
    }
    Ok((query, Viewer { admin, ..viewer }))
}

/// Exactly the value, or one of several after v2's `in:`.
fn text(field: TextField, name: &str, value: &str, limits: &Limits) -> Result<Filter> {
    if value.starts_with("in:") {
        let several = ImageQuery::parse(&[(name.to_owned(), value.to_owned())], limits)?;
        if let Some(filter) = several.filters.into_iter().next() {
            return Ok(filter);
        }
    }
    Ok(Filter::Text(field, vec![value.to_owned()]))
}

fn whole(name: &str, value: &str) -> Result<i64> {
    let digits = value.trim();
    let wrong = || Error::invalid(format!("Bad value passed to filter {name}: '{value}' must be an integer >= 0"));
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    // Only digits: it fails for too large a number only, which no image reaches.
    Ok(digits.parse().unwrap_or(i64::MAX))
}

fn truth(name: &str, value: &str) -> Result<bool> {
    match value.to_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(Error::invalid(format!("Bad value passed to filter {name}: '{value}' is not true or false"))),
    }
}
