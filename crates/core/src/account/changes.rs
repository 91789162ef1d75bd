//! What changes in an account, on plain values.

use std::{collections::BTreeSet, time::Duration};

use super::{Account, License, MAX_DELEGATE_GROUPS, Retention, texts};
use crate::{Error, Result, Timestamp};

/// Longest retention, in days (15 years).
pub const MAX_RETENTION_DAYS: u32 = 5475;

/// How long messages that fell out of a new retention period are still there, though nobody sees them.
pub const DELETION_GRACE: Duration = Duration::from_secs(30 * 86_400);

/// What UpdateAccount changes; `None` leaves it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountChanges {
    /// A new name.
    pub name: Option<String>,
    /// The license new people get.
    pub default_license: Option<License>,
}

/// What PutRetentionSettings sets: days, or for ever; `None` leaves it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetentionChange {
    /// Days messages in rooms are kept.
    pub room_days: Option<Option<u32>>,
    /// Days messages in conversations are kept.
    pub conversation_days: Option<Option<u32>>,
}

/// What UpdateAccountSettings sets; `None` leaves it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SettingsChange {
    /// Nobody may take over a shared screen.
    pub disable_remote_control: Option<bool>,
    /// Meetings may call phones.
    pub enable_dial_out: Option<bool>,
}

impl Account {
    /// The account after UpdateAccount.
    ///
    /// # Errors
    /// Invalid for a name that is none, or a license the account does not support.
    pub fn changed(&self, changes: &AccountChanges) -> Result<Self> {
        let mut after = self.clone();
        if let Some(name) = &changes.name {
            after.name = texts::account_name(name)?;
        }
        if let Some(license) = changes.default_license {
            self.check_license(license)?;
            after.default_license = license;
        }
        Ok(after)
    }

    /// The account after UpdateAccountSettings.
    #[must_use]
    pub fn with_settings(&self, change: SettingsChange) -> Self {
        let mut after = self.clone();
        let settings = &mut after.settings;
        settings.disable_remote_control = change.disable_remote_control.unwrap_or(settings.disable_remote_control);
        settings.enable_dial_out = change.enable_dial_out.unwrap_or(settings.enable_dial_out);
        after
    }

    /// The account with more groups of delegates; one that is there already stays where it is.
    ///
    /// # Errors
    /// Invalid for a name that is none, OverLimit for too many.
    pub fn with_delegates(&self, groups: &[String]) -> Result<Self> {
        let mut after = self.clone();
        for group in groups {
            let group = texts::name(group, "GroupName")?;
            if !after.delegate_groups.contains(&group) {
                after.delegate_groups.push(group);
            }
            if after.delegate_groups.len() > MAX_DELEGATE_GROUPS {
                let words = format!("An account can have {MAX_DELEGATE_GROUPS} groups of delegates at most.");
                return Err(Error::over_limit(words));
            }
        }
        Ok(after)
    }

    /// The account without some groups of delegates; one that is not there is no error.
    ///
    /// # Errors
    /// Invalid when no group is named.
    pub fn without_delegates(&self, groups: &[String]) -> Result<Self> {
        if groups.is_empty() {
            return Err(Error::invalid("GroupNames must have at least one name."));
        }
        let gone: BTreeSet<&String> = groups.iter().collect();
        let mut after = self.clone();
        after.delegate_groups.retain(|group| !gone.contains(group));
        Ok(after)
    }

    /// The account after PutRetentionSettings. Setting what is set already does not move the date of destruction.
    ///
    /// # Errors
    /// Invalid for periods outside 1 to 5475 days.
    pub fn with_retention(&self, change: RetentionChange, now: Timestamp) -> Result<Self> {
        for days in [change.room_days, change.conversation_days].into_iter().flatten().flatten() {
            if !(1..=MAX_RETENTION_DAYS).contains(&days) {
                return Err(Error::invalid(format!("RetentionDays must be from 1 to {MAX_RETENTION_DAYS}.")));
            }
        }
        let before = self.retention;
        let room_days = change.room_days.unwrap_or(before.room_days);
        let conversation_days = change.conversation_days.unwrap_or(before.conversation_days);
        let initiate_deletion_at = match (room_days, conversation_days) {
            (None, None) => None,
            same if same == (before.room_days, before.conversation_days) => before.initiate_deletion_at,
            _ => Some(now.plus(DELETION_GRACE)),
        };
        let retention = Retention { room_days, conversation_days, initiate_deletion_at };
        Ok(Self { retention, ..self.clone() })
    }
}
