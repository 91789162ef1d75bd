//! The life of an image, as an explicit table of transitions (Image API v2, image statuses).

/// Where an image stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// A record without data.
    Queued,
    /// An upload is running.
    Saving,
    /// Data is staged for import.
    Uploading,
    /// An import is running.
    Importing,
    /// Data is there, complete, and never changes again.
    Active,
    /// Data is there; only administrators may read it.
    Deactivated,
    /// Deleted; the data goes later.
    PendingDelete,
    /// Failed for good (historic).
    Killed,
    /// Gone.
    Deleted,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::Saving,
        Self::Uploading,
        Self::Importing,
        Self::Active,
        Self::Deactivated,
        Self::PendingDelete,
        Self::Killed,
        Self::Deleted,
    ];

    /// The text on the wire and in the catalog.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Saving => "saving",
            Self::Uploading => "uploading",
            Self::Importing => "importing",
            Self::Active => "active",
            Self::Deactivated => "deactivated",
            Self::PendingDelete => "pending_delete",
            Self::Killed => "killed",
            Self::Deleted => "deleted",
        }
    }

    /// Reads the text on the wire and in the catalog.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether an image in this status may go to `next`.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Queued => {
                matches!(next, Self::Saving | Self::Uploading | Self::Importing | Self::Active | Self::Deleted)
            }
            Self::Saving => matches!(next, Self::Active | Self::Killed | Self::Deleted | Self::Queued),
            Self::Uploading => matches!(next, Self::Importing | Self::Queued | Self::Deleted),
            Self::Importing => matches!(next, Self::Active | Self::Deleted | Self::Queued),
            Self::Active => matches!(next, Self::PendingDelete | Self::Deleted | Self::Deactivated),
            Self::Deactivated => matches!(next, Self::Active | Self::Deleted),
            Self::PendingDelete => matches!(next, Self::Deleted | Self::Active),
            Self::Killed => matches!(next, Self::Deleted),
            Self::Deleted => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Status::{self, *};

    #[test]
    fn the_table_of_transitions() {
        let allowed: [(Status, &[Status]); 9] = [
            (Queued, &[Saving, Uploading, Importing, Active, Deleted]),
            (Saving, &[Active, Killed, Deleted, Queued]),
            (Uploading, &[Importing, Queued, Deleted]),
            (Importing, &[Active, Deleted, Queued]),
            (Active, &[PendingDelete, Deleted, Deactivated]),
            (Deactivated, &[Active, Deleted]),
            (PendingDelete, &[Deleted, Active]),
            (Killed, &[Deleted]),
            (Deleted, &[]),
        ];
        for (from, next) in allowed {
            for to in Status::ALL {
                assert_eq!(from.may_become(to), next.contains(&to), "{from:?} to {to:?}");
            }
        }
    }

    #[test]
    fn words() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.as_str()), Some(status));
        }
        let words = Status::ALL.map(Status::as_str).join(" ");
        assert_eq!(words, "queued saving uploading importing active deactivated pending_delete killed deleted");
        assert_eq!(Status::parse("Active"), None);
    }
}
