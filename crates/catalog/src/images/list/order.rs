//! The order of a list, and the place in it where a page begins.

use salon_core::{
    Result,
    image::{
        Image,
        list::{SortDir, SortKey},
    },
};

use super::{Bound, Names, column, row, word};
use crate::sql::Dialect;

/// The sort keys that decide: what comes after the id never does.
pub(super) struct Order {
    pub(super) keys: Vec<(SortKey, SortDir)>,
}

/// The sort values of the last image of the page before.
#[derive(Debug)]
pub(super) struct Place {
    values: Vec<Key>,
}

#[derive(Debug)]
enum Key {
    Int(i64),
    Text(String),
}

impl Place {
    /// Where `image` stands in `order`.
    ///
    /// # Errors
    /// Invalid for a size that no row has.
    pub(super) fn of(image: &Image, order: &Order) -> Result<Self> {
        let text = |value: Option<&str>| Key::Text(value.unwrap_or_default().to_owned());
        let value = |key| {
            Ok(match key {
                SortKey::Name => text(image.name.as_deref()),
                SortKey::Status => text(Some(image.status.as_str())),
                SortKey::ContainerFormat => text(image.container_format.as_deref()),
                SortKey::DiskFormat => text(image.disk_format.as_deref()),
                SortKey::Size => Key::Int(row::size_in(image.size)?),
                SortKey::Id => text(Some(image.id.as_str())),
                SortKey::CreatedAt => Key::Int(image.created_at.0),
                SortKey::UpdatedAt => Key::Int(image.updated_at.0),
            })
        };
        Ok(Self { values: order.keys.iter().map(|(key, _)| value(*key)).collect::<Result<_>>()? })
    }
}

impl Order {
    pub(super) fn of(sort: &[(SortKey, SortDir)]) -> Self {
        let mut keys: Vec<(SortKey, SortDir)> = Vec::new();
        let rest = [(SortKey::CreatedAt, SortDir::Desc), (SortKey::Id, SortDir::Desc)];
        for (key, dir) in sort.iter().copied().chain(rest) {
            if !keys.iter().any(|(known, _)| *known == key) {
                keys.push((key, dir));
            }
            if key == SortKey::Id {
                break;
            }
        }
        Self { keys }
    }

    /// The key an index must have after the branch's own columns.
    pub(super) fn lead(&self) -> SortKey {
        self.keys.first().map_or(SortKey::Id, |(key, _)| *key)
    }

    fn uniform(&self) -> bool {
        self.keys.windows(2).all(|pair| matches!(pair, [(_, one), (_, other)] if one == other))
    }

    /// Writes the id and every sort key under its own name.
    pub(super) fn columns(&self, of: Names, text: &mut String) {
        text.extend([of(SortKey::Id), " AS id"]);
        for (key, _) in self.keys.iter().filter(|(key, _)| *key != SortKey::Id) {
            text.extend([", ", of(*key), " AS ", column(*key)]);
        }
    }

    /// Writes what follows `ORDER BY`.
    pub(super) fn by(&self, of: Names, text: &mut String) {
        for (at, (key, dir)) in self.keys.iter().enumerate() {
            text.extend([if at == 0 { "" } else { ", " }, of(*key), " ", word(*dir)]);
        }
    }

    /// The condition that an image comes after `place`.
    pub(super) fn after(&self, dialect: Dialect, place: &Place, of: Names, bound: &mut Bound) -> String {
        let sign = |dir| match dir {
            SortDir::Asc => ">",
            SortDir::Desc => "<",
        };
        let keys: Vec<(&str, SortDir, &Key)> =
            self.keys.iter().zip(&place.values).map(|((key, dir), value)| (of(*key), *dir, value)).collect();
        if self.uniform() && dialect != Dialect::MariaDb {
            let Some((_, dir, _)) = keys.first() else { return "1 = 1".to_owned() };
            let columns = keys.iter().map(|(column, _, _)| *column).collect::<Vec<_>>().join(", ");
            let marks = vec!["?"; keys.len()].join(", ");
            for (_, _, value) in &keys {
                bound.key(value);
            }
            return format!("({columns}) {} ({marks})", sign(*dir));
        }
        // MariaDB does not find a range of an index in a comparison of rows; it does in these.
        let mut cases = Vec::new();
        for (at, (column, dir, value)) in keys.iter().enumerate() {
            let mut case = String::new();
            for (before, _, equal) in keys.iter().take(at) {
                case.push_str(&format!("{before} = ? AND "));
                bound.key(equal);
            }
            case.push_str(&format!("{column} {} ?", sign(*dir)));
            bound.key(value);
            cases.push(format!("({case})"));
        }
        format!("({})", cases.join(" OR "))
    }
}

impl Bound {
    fn key(&mut self, key: &Key) {
        match key {
            Key::Int(value) => self.int(*value),
            Key::Text(value) => self.text(value.clone()),
        }
    }
}
