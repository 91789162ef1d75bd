//! Reading the query of a list (Cloud Images, `GET /v2/images`).

use crate::{
    Error, Result, Viewer,
    image::{
        Status, Visibility,
        list::{Filter, ImageQuery, MemberStatusFilter, NumberField, TextField, VisibilityFilter},
    },
    limits::Limits,
    membership::MemberStatus,
};

/// Images on a page when the request does not say, or says too much.
pub const PAGE_DEFAULT: u64 = 25;
/// Images on a page at most.
pub const PAGE_MAX: u64 = 100;
/// Parameters of one request.
const MAX_PARAMS: usize = 256;
/// Conditions of one list.
const MAX_FILTERS: usize = 64;

/// Reads the decoded parameters of a list request, for the eyes of `viewer`; answers whose eyes it is to be seen with.
///
/// Values are compared as they are: `in:` and its kin came later. Parameters that are no attribute name custom
/// properties. An administrator sees what anybody of its project would.
///
/// # Errors
/// Invalid for values that a known parameter does not have, and for more conditions than are bounded here.
pub fn parse(params: &[(String, String)], viewer: Viewer) -> Result<(ImageQuery, Viewer)> {
    // The marker that a link of this server's adds to a page is not counted.
    let most = MAX_PARAMS + usize::from(params.iter().any(|(name, _)| name == "marker"));
    if params.len() > most {
        return Err(Error::invalid("Too many query parameters."));
    }
    if params.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
        return Err(Error::invalid("Query parameters can't contain NUL characters."));
    }
    let mut query = ImageQuery::parse(&paging(params), &limits())?;
    if query.limit > PAGE_MAX {
        query.limit = PAGE_DEFAULT;
    }
    for (at, (name, value)) in params.iter().enumerate() {
        let later = params.get(at + 1..).unwrap_or_default();
        // Given twice counts as given last; tags add up.
        if name != "tag" && later.iter().any(|(other, _)| other == name) {
            continue;
        }
        if let Some(filter) = read(&mut query, name, value)? {
            if query.filters.len() >= MAX_FILTERS {
                return Err(Error::invalid(format!("A list may have {MAX_FILTERS} filters at most.")));
            }
            query.filters.push(filter);
        }
    }
    Ok((query, Viewer { admin: false, ..viewer }))
}

/// The parameters that the Image API has too, with the same meaning. An empty one counts as absent: clients of this
/// dialect send all they know.
fn paging(params: &[(String, String)]) -> Vec<(String, String)> {
    let wanted = |name: &str| matches!(name, "limit" | "marker" | "sort_key" | "sort_dir");
    params.iter().filter(|(name, value)| wanted(name) && !value.is_empty()).cloned().collect()
}

/// Whatever page is asked for; what is too large is replaced afterwards.
fn limits() -> Limits {
    Limits { page_default: PAGE_DEFAULT, page_max: u64::MAX, ..Limits::default() }
}

fn read(query: &mut ImageQuery, name: &str, value: &str) -> Result<Option<Filter>> {
    let text = |field| Ok(Some(Filter::Text(field, vec![value.to_owned()])));
    match name {
        "limit" | "marker" | "sort_key" | "sort_dir" | "offset" => Ok(None),
        "visibility" => {
            query.visibility = match value {
                "" => VisibilityFilter::Default,
                "public" => VisibilityFilter::Only(Visibility::Public),
                "private" => VisibilityFilter::Own,
                "shared" => VisibilityFilter::Received,
                _ => return Err(Error::invalid(format!("Invalid visibility value: {value}"))),
            };
            Ok(None)
        }
        "member_status" => {
            query.member_status = match (value, MemberStatus::parse(value)) {
                ("all", _) => MemberStatusFilter::All,
                ("", _) => MemberStatusFilter::Only(MemberStatus::Accepted),
                (_, Some(one)) => MemberStatusFilter::Only(one),
                (_, None) => return Err(Error::invalid(format!("Invalid status: {value}"))),
            };
            Ok(None)
        }
        "status" => Ok(Some(Filter::Text(TextField::Status, statuses(value)))),
        "name" => text(TextField::Name),
        "owner" => text(TextField::Owner),
        "id" => text(TextField::Id),
        "checksum" => text(TextField::Checksum),
        "container_format" => text(TextField::ContainerFormat),
        "disk_format" => text(TextField::DiskFormat),
        "tag" => Ok(Some(Filter::Tag(value.trim().to_owned()))),
        "protected" => match value.to_lowercase().as_str() {
            "true" => Ok(Some(Filter::Protected(true))),
            "false" => Ok(Some(Filter::Protected(false))),
            _ => Err(Error::invalid(format!("Bad value for {name}: '{value}' is neither true nor false"))),
        },
        "size" => Ok(Some(Filter::NumberIs(NumberField::Size, whole(name, value)?))),
        "size_min" => Ok(Some(Filter::NumberMin(NumberField::Size, whole(name, value)?))),
        "size_max" => Ok(Some(Filter::NumberMax(NumberField::Size, whole(name, value)?))),
        "min_disk" => Ok(Some(Filter::NumberIs(NumberField::MinDisk, whole(name, value)?))),
        "min_ram" => Ok(Some(Filter::NumberIs(NumberField::MinRam, whole(name, value)?))),
        _ => Ok(Some(Filter::Property(name.to_owned(), value.to_owned()))),
    }
}

/// The statuses of the engine that this dialect shows as `value`.
fn statuses(value: &str) -> Vec<String> {
    let shown = Status::ALL.into_iter().filter(|status| super::status(*status).as_str() == value);
    let found: Vec<String> = shown.map(|status| status.as_str().to_owned()).collect();
    // A status that nothing has.
    if found.is_empty() { vec![value.to_owned()] } else { found }
}

fn whole(name: &str, value: &str) -> Result<i64> {
    let digits = value.trim();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::invalid(format!("Bad value for {name}: '{value}' is not a whole number")));
    }
    // Only digits: it fails for too large a number only, which no image reaches.
    Ok(digits.parse().unwrap_or(i64::MAX))
}
