//! Reading everything again.

use salon_core::Result;

use super::{Outcome, Work};
use crate::maintenance::scrub;

/// Goes on with the scrub where it was left.
pub(super) async fn perform(work: Work<'_>) -> Result<Outcome> {
    scrub::pass(work).await
}
