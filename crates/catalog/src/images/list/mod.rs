//! One page of images, at the same cost at any depth and for any number of images.
//!
//! What a viewer may find is a union of *branches*: public images, what the viewer's project owns by visibility, what is
//! shared with it. Each branch walks one index that has the branch's columns first and the sort key next, begins where the
//! page before ended (a keyset, never an offset), and stops after one page. The database merges the branches and fetches
//! the rows of one page. A filter only ever adds a condition to every branch.
//!
//! Exceptions, each bounded by a set of the viewer's own choosing: a filter that names few images (id, checksum, digest,
//! a rare tag or property) drives from its own index and sorts what it finds; images shared with the viewer are sorted
//! as a set unless the order is `created_at`; a second sort key sorts rows with equal first keys (on MariaDB the whole
//! branch); conditions without an index (sizes, times, a common tag) are checked along the walk, off the threads that
//! serve requests and under the statement time-out.

mod branch;
mod condition;
mod order;

use salon_core::{
    Result, Viewer,
    image::{
        Image, ImageView, Status, Visibility,
        list::{Filter, ImageQuery, MemberStatusFilter, SortDir, SortKey, VisibilityFilter},
    },
    membership::MemberStatus,
};

use self::{
    branch::{Scope, Walk},
    order::{Order, Place},
};
use super::row::{self, Bound};
use crate::sql::{Answer, Db, Dialect, Tx, values};

/// A tag or property with more images than this is not worth driving from.
const FEW: u32 = 1000;
/// Pages up to this length are read where the request runs.
const SHORT: u64 = 100;

/// The viewer's membership of an image of the page, where it means something: of a shared image of others. Each is at a place of
/// its own in a large table, so no database looks for those it need not look for – an index has nothing equal to NULL –,
/// and for none when nothing is shared with the viewer, as with most administrators.
const MEMBERSHIP: &str = " LEFT JOIN memberships m ON m.kind = 'image' AND m.member = ? AND m.thing_id = CASE \
    WHEN i.visibility = 'shared' AND (i.owner <> ? OR i.owner IS NULL) \
    AND EXISTS (SELECT 1 FROM memberships o WHERE o.kind = 'image' AND o.member = ?) THEN i.id END";

/// See [`crate::Catalog::images`].
pub(super) async fn images(
    db: &Db,
    viewer: &Viewer,
    query: &ImageQuery,
    after: Option<&Image>,
) -> Result<Vec<ImageView>> {
    if query.limit == 0 {
        return Ok(Vec::new());
    }
    let input = Asked::new(viewer, query, after)?;
    if query.limit <= SHORT && query.filters.iter().all(condition::is_indexed) {
        db.read(input, page).await
    } else {
        db.scan(input, page).await
    }
}

/// See [`crate::Catalog::page_steps`].
pub(super) async fn steps(db: &Db, viewer: &Viewer, query: &ImageQuery, after: Option<&Image>) -> Result<u64> {
    db.scan(Asked::new(viewer, query, after)?, |tx, asked| {
        Box::pin(async move {
            let driver = choose_driver(tx, &asked.query).await?;
            // A page may take both ways, one after the other.
            let mut steps = 0_u64;
            for exact in [false, true] {
                let (sql, bound) = asked.statement(tx.dialect(), driver, exact);
                steps = steps.saturating_add(tx.steps(&sql, &bound.values()).await?);
            }
            Ok(steps)
        })
    })
    .await
}

fn page<'a>(tx: &'a mut Tx, asked: &'a Asked) -> Answer<'a, Vec<ImageView>> {
    let query = &asked.query;
    Box::pin(async move {
        let driver = choose_driver(tx, query).await?;
        let mut views = asked.page(tx, driver, false).await?;
        let before = views.len();
        if !query.killed {
            views.retain(|view| view.image.status != Status::Killed);
        }
        // Killed images are rare. One that took a place of a full page may have kept another from it; a page that is not full
        // has all there is.
        if views.len() < before && before as u64 >= query.limit {
            views = asked.page(tx, driver, true).await?;
        }
        Ok(views)
    })
}

/// Whose page of what it is, and where it begins.
struct Asked {
    viewer: Viewer,
    query: ImageQuery,
    order: Order,
    place: Option<Place>,
}

impl Asked {
    fn new(viewer: &Viewer, query: &ImageQuery, after: Option<&Image>) -> Result<Self> {
        let order = Order::of(&query.sort);
        let place = after.map(|image| Place::of(image, &order)).transpose()?;
        Ok(Self { viewer: viewer.clone(), query: query.clone(), order, place })
    }

    /// `driver` is the filter to begin with, if one names few images.
    async fn page(&self, tx: &mut Tx, driver: Option<usize>, exact: bool) -> Result<Vec<ImageView>> {
        let (sql, bound) = self.statement(tx.dialect(), driver, exact);
        tx.all(&sql, &bound.values(), row::VIEW, row::read_view).await
    }

    /// The statement for one page, and its values; killed images may be among its rows unless it is to be `exact`.
    fn statement(&self, dialect: Dialect, driver: Option<usize>, exact: bool) -> (String, Bound) {
        let Self { viewer, query, order, place } = self;
        let join = match dialect {
            Dialect::Sqlite => "CROSS JOIN images i ON i.rowid = page.place",
            Dialect::Postgres => "JOIN images i ON i.id = page.id",
            Dialect::MariaDb => "STRAIGHT_JOIN images i ON i.id = page.id",
        };
        let walk = Walk { dialect, query, order, place: place.as_ref(), exact };
        let branches: Vec<(String, Bound)> = match driver {
            Some(at) => vec![walk.driven(viewer, at)],
            None => scopes(viewer, query).iter().map(|scope| walk.branch(scope)).collect(),
        };
        let mut bound = Bound::default();
        // The viewer's membership comes before the branches in the text's column list, but after them in its joins.
        let length = branches.iter().map(|(branch, _)| branch.len() + 40).sum::<usize>();
        let mut sql = String::with_capacity(length + 1500);
        // The branches of one order SQLite walks side by side, taking from each no more than the page needs. Elsewhere each
        // branch must say where it ends, which takes parentheses, and what is in them a name.
        let (open, before, after, close) = match dialect {
            Dialect::Sqlite => (" FROM (", "", "", ""),
            Dialect::Postgres | Dialect::MariaDb => {
                (" FROM (SELECT * FROM (", "SELECT * FROM (", ") AS b", ") AS merged")
            }
        };
        sql.extend(["SELECT ", row::COLUMNS, ", ", row::MEMBER_COLUMNS, open]);
        for (at, (branch, values)) in branches.iter().enumerate() {
            bound.append(values);
            sql.extend([if at == 0 { "" } else { " UNION ALL " }, before, branch, after]);
            if !after.is_empty() {
                sql.push_str(&at.to_string());
            }
        }
        sql.extend([close, " ORDER BY "]);
        order.by(column, &mut sql);
        sql.extend([" LIMIT ", &query.limit.to_string(), ") AS page ", join]);
        sql.extend([MEMBERSHIP, " ORDER BY "]);
        order.by(of_page, &mut sql);
        for _ in 0..3 {
            bound.opt_text(viewer.project.as_ref().map(|project| project.as_str().to_owned()));
        }
        (sql, bound)
    }
}

/// The filter that names the fewest images, if one names few: its place in the query's filters.
async fn choose_driver(tx: &mut Tx, query: &ImageQuery) -> Result<Option<usize>> {
    if let Some(at) = query.filters.iter().position(condition::names_few) {
        return Ok(Some(at));
    }
    for (at, filter) in query.filters.iter().enumerate() {
        let named = match filter {
            Filter::Tag(tag) => {
                let sql =
                    format!("SELECT COUNT(*) FROM (SELECT tag FROM image_tags WHERE tag = ? LIMIT {}) AS few", FEW + 1);
                tx.count(&sql, values![tag], "image_tags").await?
            }
            Filter::Property(name, value) => {
                let sql = format!(
                    "SELECT COUNT(*) FROM (SELECT name FROM image_properties \
                     WHERE name = ? AND value_hash = ? LIMIT {}) AS few",
                    FEW + 1
                );
                tx.count(&sql, values![name, row::value_hash(value)], "image_properties").await?
            }
            _ => continue,
        };
        if named <= u64::from(FEW) {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// The branches of a list: disjoint, together exactly what the viewer may find (Image API v2, what is in the list).
fn scopes(viewer: &Viewer, query: &ImageQuery) -> Vec<Scope> {
    use Visibility::{Community, Private, Public, Shared};
    let any = |visibility| Scope::Any { visibility };
    let own = |visibility| viewer.project.clone().map(|owner| Scope::Owned { owner, visibility });
    let answers: &[MemberStatus] = match &query.member_status {
        MemberStatusFilter::All => &[MemberStatus::Pending, MemberStatus::Accepted, MemberStatus::Rejected],
        MemberStatusFilter::Only(answer) => std::slice::from_ref(answer),
    };
    let guest = || {
        viewer.project.iter().flat_map(move |member| {
            answers.iter().map(move |answer| Scope::Guest { member: member.clone(), answer: *answer })
        })
    };
    let mut scopes: Vec<Scope> = match (viewer.admin, query.visibility) {
        (true, VisibilityFilter::Default) => {
            [any(Public), any(Shared), any(Private)].into_iter().chain(own(Community)).collect()
        }
        (true, VisibilityFilter::All) => vec![any(Public), any(Community), any(Shared), any(Private)],
        (true, VisibilityFilter::NonPublic) => [any(Shared), any(Private)].into_iter().chain(own(Community)).collect(),
        (_, VisibilityFilter::Own) => [own(Community), own(Shared), own(Private)].into_iter().flatten().collect(),
        (_, VisibilityFilter::Received) => guest().collect(),
        (true, VisibilityFilter::Only(visibility)) => vec![any(visibility)],
        (false, VisibilityFilter::NonPublic) => {
            [own(Community), own(Shared), own(Private)].into_iter().flatten().chain(guest()).collect()
        }
        (false, VisibilityFilter::Default) => [any(Public)]
            .into_iter()
            .chain([own(Community), own(Shared), own(Private)].into_iter().flatten())
            .chain(guest())
            .collect(),
        (false, VisibilityFilter::All) => [any(Public), any(Community)]
            .into_iter()
            .chain([own(Shared), own(Private)].into_iter().flatten())
            .chain(guest())
            .collect(),
        (false, VisibilityFilter::Only(visibility @ (Public | Community))) => vec![any(visibility)],
        (false, VisibilityFilter::Only(Private)) => own(Private).into_iter().collect(),
        (false, VisibilityFilter::Only(Shared)) => own(Shared).into_iter().chain(guest()).collect(),
    };
    if scopes.is_empty() {
        // A list of nothing still needs a statement; no image is owned by nobody's name.
        scopes.push(Scope::Nothing);
    }
    scopes
}

const fn word(dir: SortDir) -> &'static str {
    match dir {
        SortDir::Asc => "ASC",
        SortDir::Desc => "DESC",
    }
}

/// How the sort keys are called in some place of a statement.
type Names = fn(SortKey) -> &'static str;

macro_rules! names {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        const fn $name(key: SortKey) -> &'static str {
            match key {
                SortKey::Name => concat!($prefix, "name"),
                SortKey::Status => concat!($prefix, "status"),
                SortKey::ContainerFormat => concat!($prefix, "container_format"),
                SortKey::DiskFormat => concat!($prefix, "disk_format"),
                SortKey::Size => concat!($prefix, "size"),
                SortKey::Id => concat!($prefix, "id"),
                SortKey::CreatedAt => concat!($prefix, "created_at"),
                SortKey::UpdatedAt => concat!($prefix, "updated_at"),
            }
        }
    };
}

names!(
    /// The column itself.
    column, ""
);
names!(
    /// In the table of images.
    of_image, "i."
);
names!(
    /// In the page that the branches make.
    of_page, "page."
);
