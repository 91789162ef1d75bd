//! One branch of a list: an index to walk, and where to begin.

use salon_core::{
    ProjectId, Viewer,
    image::{
        Visibility,
        list::{Filter, ImageQuery, MemberStatusFilter, SortKey, TextField, VisibilityFilter},
    },
    membership::MemberStatus,
};

use super::{Bound, Names, Order, Place, column, condition, of_image, row};
use crate::sql::Dialect;

/// Characters that hold most branches.
const USUAL_LENGTH: usize = 512;

/// Where the images of a branch come from.
#[derive(Clone, Debug)]
pub(super) enum Scope {
    /// All of one visibility.
    Any { visibility: Visibility },
    /// Those of one owner with one visibility.
    Owned { owner: ProjectId, visibility: Visibility },
    /// Those shared with a project, which gave this answer; its own are not among them.
    Guest { member: ProjectId, answer: MemberStatus },
    /// None.
    Nothing,
}

/// What all branches of a list have in common.
pub(super) struct Walk<'a> {
    pub(super) dialect: Dialect,
    pub(super) query: &'a ImageQuery,
    pub(super) order: &'a Order,
    pub(super) place: Option<&'a Place>,
    /// Whether walks leave killed images out, or leave that to whoever reads the page. Only one index has the status, so
    /// asking for it takes the row of each image that a walk passes.
    pub(super) exact: bool,
}

impl Walk<'_> {
    pub(super) fn branch(&self, scope: &Scope) -> (String, Bound) {
        // `owner=` moves a branch of everybody's images to that owner's index.
        match (scope, self.owner_filter()) {
            (Scope::Any { visibility }, Some(owner)) => self.owned(owner, *visibility),
            (Scope::Any { visibility }, None) => self.any(*visibility),
            (Scope::Owned { owner, visibility }, _) => self.owned(owner.as_str(), *visibility),
            (Scope::Guest { member, answer }, _) => self.guest(member, *answer),
            (Scope::Nothing, _) => {
                let mut text = "SELECT ".to_owned();
                self.columns(of_image, &mut text);
                text.push_str(" FROM images i WHERE 1 = 0");
                (text, Bound::default())
            }
        }
    }

    fn owner_filter(&self) -> Option<&str> {
        self.query.filters.iter().find_map(|filter| match filter {
            Filter::Text(TextField::Owner, owners) => match owners.as_slice() {
                [one] => Some(one.as_str()),
                _ => None,
            },
            _ => None,
        })
    }

    /// The sort key whose index serves the branch. A filter on another key with an index is better where the order
    /// follows in that index (one value, then `created_at`), and where it names few images anyhow (a name).
    fn key(&self) -> SortKey {
        let lead = self.order.lead();
        let filtered = |wanted: TextField| {
            self.query.filters.iter().any(|filter| match filter {
                Filter::Text(field, values) => *field == wanted && (values.len() == 1 || wanted == TextField::Name),
                _ => false,
            })
        };
        if filtered(TextField::Name) {
            return SortKey::Name;
        }
        if lead == SortKey::CreatedAt {
            for (field, key) in [
                (TextField::Status, SortKey::Status),
                (TextField::DiskFormat, SortKey::DiskFormat),
                (TextField::ContainerFormat, SortKey::ContainerFormat),
            ] {
                if filtered(field) {
                    return key;
                }
            }
        }
        lead
    }

    fn any(&self, visibility: Visibility) -> (String, Bound) {
        let bound = Bound::default();
        let from = self.images(&format!("images_all_{}", column(self.key())));
        self.finish(&format!("FROM {from} WHERE i.visibility = '{}'", visibility.as_str()), bound, of_image, self.exact)
    }

    fn owned(&self, owner: &str, visibility: Visibility) -> (String, Bound) {
        let mut bound = Bound::default();
        let from = self.images(&format!("images_owner_{}", column(self.key())));
        bound.text(owner);
        let visibility = visibility.as_str();
        self.finish(
            &format!("FROM {from} WHERE i.owner = ? AND i.visibility = '{visibility}'"),
            bound,
            of_image,
            self.exact,
        )
    }

    fn guest(&self, member: &ProjectId, answer: MemberStatus) -> (String, Bound) {
        let mut bound = Bound::default();
        bound.text(member.as_str());
        bound.text(member.as_str());
        let (memberships, images) = (self.indexed("memberships g", "memberships_answer"), self.named_by("g.thing_id"));
        let from = format!(
            "FROM {memberships} {images} WHERE g.kind = 'image' AND g.member = ? \
             AND g.status = '{}' AND i.visibility = 'shared' AND (i.owner <> ? OR i.owner IS NULL)",
            answer.as_str()
        );
        if self.order.lead() == SortKey::CreatedAt {
            // The order of the index of memberships is the list's order.
            let of_guest: Names = |key| match key {
                SortKey::CreatedAt => "g.thing_created_at",
                SortKey::Id => "g.thing_id",
                other => of_image(other),
            };
            self.finish(&from, bound, of_guest, true)
        } else {
            self.finish(&from, bound, of_image, true)
        }
    }

    /// The list of what one filter names, whatever branch it would be in.
    pub(super) fn driven(&self, viewer: &Viewer, at: usize) -> (String, Bound) {
        let mut bound = Bound::default();
        let images = self.named_by("d.image_id");
        let from = match self.query.filters.get(at) {
            Some(Filter::Tag(tag)) => {
                bound.text(tag.clone());
                format!("FROM image_tags d {images} WHERE d.tag = ?")
            }
            Some(Filter::Property(name, value)) => {
                bound.text(name.clone());
                bound.int(row::value_hash(value));
                format!(
                    "FROM image_properties d {images} \
                     WHERE d.name = ? AND d.value_hash = ?"
                )
            }
            Some(Filter::Text(TextField::Checksum, _)) => {
                format!("FROM {} WHERE 1 = 1", self.images("images_checksum"))
            }
            Some(Filter::Text(TextField::OsHashValue, _)) => {
                format!("FROM {} WHERE 1 = 1", self.images("images_os_hash_value"))
            }
            _ => "FROM images i WHERE 1 = 1".to_owned(),
        };
        let scope = self.scope(viewer, &mut bound);
        self.finish(&format!("{from} AND {scope}"), bound, of_image, true)
    }

    /// The same set as the branches together, as a condition.
    fn scope(&self, viewer: &Viewer, bound: &mut Bound) -> String {
        use Visibility::{Community, Private, Public, Shared};
        let one = |visibility: Visibility| format!("i.visibility = '{}'", visibility.as_str());
        let Some(project) = viewer.project.as_ref().map(ProjectId::as_str) else {
            return match (viewer.admin, self.query.visibility) {
                (true, VisibilityFilter::All) => "1 = 1".to_owned(),
                (true, VisibilityFilter::Default) => format!("i.visibility <> '{}'", Community.as_str()),
                (true, VisibilityFilter::NonPublic) => format!("({} OR {})", one(Shared), one(Private)),
                (true, VisibilityFilter::Only(visibility)) => one(visibility),
                (_, VisibilityFilter::Own | VisibilityFilter::Received) | (false, VisibilityFilter::NonPublic) => {
                    "1 = 0".to_owned()
                }
                (false, VisibilityFilter::Default) => one(Public),
                (false, VisibilityFilter::All) => format!("({} OR {})", one(Public), one(Community)),
                (false, VisibilityFilter::Only(visibility @ (Public | Community))) => one(visibility),
                (false, VisibilityFilter::Only(Shared | Private)) => "1 = 0".to_owned(),
            };
        };
        let own = |bound: &mut Bound| {
            bound.text(project);
            "i.owner = ?"
        };
        match (viewer.admin, self.query.visibility) {
            (true, VisibilityFilter::All) => "1 = 1".to_owned(),
            (true, VisibilityFilter::Default) => {
                format!("(i.visibility <> '{}' OR {})", Community.as_str(), own(bound))
            }
            (true, VisibilityFilter::NonPublic) => {
                let own = own(bound);
                format!("({} OR {} OR ({} AND {own}))", one(Shared), one(Private), one(Community))
            }
            (false, VisibilityFilter::NonPublic) => {
                let own = own(bound);
                format!(
                    "(i.visibility <> '{}' AND ({own} OR ({} AND {})))",
                    Public.as_str(),
                    one(Shared),
                    self.invited(project, bound)
                )
            }
            (_, VisibilityFilter::Own) => format!("(i.visibility <> '{}' AND {})", Public.as_str(), own(bound)),
            (_, VisibilityFilter::Received) => {
                bound.text(project);
                let others = "(i.owner <> ? OR i.owner IS NULL)";
                format!("({} AND {others} AND {})", one(Shared), self.invited(project, bound))
            }
            (_, VisibilityFilter::Only(visibility)) if viewer.admin || matches!(visibility, Public | Community) => {
                one(visibility)
            }
            (_, VisibilityFilter::Only(Shared)) => {
                let own = own(bound);
                format!("({} AND ({own} OR {}))", one(Shared), self.invited(project, bound))
            }
            (_, VisibilityFilter::Only(_)) => format!("({} AND {})", one(Private), own(bound)),
            (false, VisibilityFilter::Default) => {
                let own = own(bound);
                format!("({} OR {own} OR ({} AND {}))", one(Public), one(Shared), self.invited(project, bound))
            }
            (false, VisibilityFilter::All) => {
                let own = own(bound);
                format!(
                    "({} OR {} OR {own} OR ({} AND {}))",
                    one(Public),
                    one(Community),
                    one(Shared),
                    self.invited(project, bound)
                )
            }
        }
    }

    fn invited(&self, project: &str, bound: &mut Bound) -> String {
        bound.text(project);
        let answer = match &self.query.member_status {
            MemberStatusFilter::All => String::new(),
            MemberStatusFilter::Only(answer) => format!(" AND s.status = '{}'", answer.as_str()),
        };
        format!(
            "EXISTS (SELECT 1 FROM memberships s WHERE s.kind = 'image' AND s.thing_id = i.id AND s.member = ?{answer})"
        )
    }

    /// Writes the columns of a branch: what finds the image's row, the id, and every sort key under its own name.
    fn columns(&self, of: Names, text: &mut String) {
        if self.dialect == Dialect::Sqlite {
            // Every index has it, and the way from the id to the row would be a second one.
            text.push_str("i.rowid AS place, ");
        }
        self.order.columns(of, text);
    }

    /// Adds what all branches end with; `exact` leaves killed images out, unless the query wants them. SQLite gives each
    /// branch the order and the limit of the whole by itself.
    fn finish(&self, from: &str, mut bound: Bound, of: Names, exact: bool) -> (String, Bound) {
        let mut text = String::with_capacity(USUAL_LENGTH);
        text.push_str("SELECT ");
        self.columns(of, &mut text);
        text.extend([" ", from, " AND i.hidden = ", if self.query.hidden { "1" } else { "0" }]);
        if exact && !self.query.killed {
            text.push_str(" AND i.status <> 'killed'");
        }
        for filter in &self.query.filters {
            condition::add(filter, &mut text, &mut bound);
        }
        if let Some(place) = self.place {
            text.push_str(" AND ");
            text.push_str(&self.order.after(self.dialect, place, of, &mut bound));
        }
        if self.dialect != Dialect::Sqlite {
            text.push_str(" ORDER BY ");
            self.order.by(of, &mut text);
            text.extend([" LIMIT ", &self.query.limit.to_string()]);
        }
        (text, bound)
    }

    /// Joins the images that another table names, one lookup for each of its rows, whatever the planner expects of the
    /// conditions on images.
    fn named_by(&self, id: &str) -> String {
        match self.dialect {
            Dialect::Sqlite => format!("CROSS JOIN images i ON i.id = {id}"),
            Dialect::Postgres => format!("CROSS JOIN LATERAL (SELECT * FROM images WHERE id = {id} OFFSET 0) AS i"),
            Dialect::MariaDb => format!("STRAIGHT_JOIN images i ON i.id = {id}"),
        }
    }

    fn images(&self, index: &str) -> String {
        self.indexed("images i", index)
    }

    /// Names the index where the database takes advice: without statistics, or with old ones, planners guess wrong.
    fn indexed(&self, table: &str, index: &str) -> String {
        match self.dialect {
            Dialect::Sqlite => format!("{table} INDEXED BY {index}"),
            Dialect::Postgres => table.to_owned(),
            Dialect::MariaDb => format!("{table} FORCE INDEX ({index})"),
        }
    }
}
