//! How long messages stay: at first nobody sees them any more, thirty days later they are gone.

use std::time::Duration;

use crate::Timestamp;

/// Days between the end of a message's time and its destruction, and between the beginning of a policy and the first
/// destruction because of it.
pub const GRACE_DAYS: u32 = 30;

/// The policy for the messages of an account's rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomRetention {
    /// Days a message is seen; see [`seen_from`].
    pub days: u32,
    /// Nothing is destroyed before: the policy's beginning and the days of grace.
    pub deletion_from: Timestamp,
}

impl RoomRetention {
    /// Messages from before this instant are to be destroyed at `now`; `None` when it is too early for any.
    pub fn destroyed_before(&self, now: Timestamp) -> Option<Timestamp> {
        (now >= self.deletion_from).then(|| before(now, self.days.saturating_add(GRACE_DAYS)))
    }
}

/// Messages from before this instant are not seen at `now`, where messages are kept for so many days; without a number
/// all are seen.
pub fn seen_from(days: Option<u32>, now: Timestamp) -> Timestamp {
    days.map_or(Timestamp(i64::MIN), |days| before(now, days))
}

/// `now`, `days` earlier.
fn before(now: Timestamp, days: u32) -> Timestamp {
    let span = Duration::from_secs(u64::from(days) * 86_400).as_micros();
    Timestamp(now.0.saturating_sub(i64::try_from(span).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000_000;

    #[test]
    fn unseen_first_and_destroyed_later() {
        let start = 20_000 * DAY;
        let retention = RoomRetention { days: 7, deletion_from: Timestamp(start + 30 * DAY) };
        assert_eq!(seen_from(Some(7), Timestamp(start)), Timestamp(start - 7 * DAY));
        assert_eq!(seen_from(None, Timestamp(start)), Timestamp(i64::MIN));
        assert_eq!(retention.destroyed_before(Timestamp(start + 30 * DAY - 1)), None);
        // What was over-age already when the policy began has its days of grace, too.
        assert_eq!(retention.destroyed_before(Timestamp(start + 30 * DAY)), Some(Timestamp(start - 7 * DAY)));
        assert!(seen_from(Some(u32::MAX), Timestamp(0)) < Timestamp(0));
    }
}
