//! The kinds of jobs, one line each.

use salon_catalog::{
    jobs::{COPY_IMAGE, REMOVE_BYTES, SCRUB},
    messages::REMOVE_MESSAGES,
    tasks::TASK,
};
use salon_core::{Result, message::event::BOT_EVENT};
use tokio::sync::Notify;

use super::{Outcome, Work};
use crate::Settings;

/// One line per kind: its name here, the module whose `perform` does it, its name in the catalog, and the setting that
/// says how many of it this node does at the same time (at least one).
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident in $module:ident: $name:expr, $workers:ident;)*) => {
        /// A kind of job.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum JobKind {
            $($(#[$doc])* $kind,)*
        }

        /// One bell per kind, rung when a job of it was queued on this node.
        #[derive(Debug, Default)]
        pub(crate) struct Bells {
            $($module: Notify,)*
        }

        impl JobKind {
            /// Every kind.
            pub(crate) const ALL: [Self; [$($name),*].len()] = [$(Self::$kind),*];

            /// Its name in the catalog.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// How many of it a node does at the same time.
            pub(super) const fn workers(self, settings: &Settings) -> usize {
                match self { $(Self::$kind => settings.$workers,)* }
            }

            /// Whether this node takes part in it.
            pub(super) const fn is_wanted(self, settings: &Settings) -> bool {
                !matches!(self, Self::Scrub) || settings.scrub.enabled
            }

            /// Does one.
            pub(super) async fn perform(self, work: Work<'_>) -> Result<Outcome> {
                match self { $(Self::$kind => super::$module::perform(work).await,)* }
            }
        }

        impl Bells {
            /// The bell of a kind.
            pub(crate) fn of(&self, kind: JobKind) -> &Notify {
                match kind { $(JobKind::$kind => &self.$module,)* }
            }
        }
    };
}

kinds! {
    /// Removes bytes that no image has.
    RemoveBytes in remove_bytes: REMOVE_BYTES, workers;
    /// Does a task.
    Task in task: TASK, task_workers;
    /// Fetches the data of an image from a URL.
    CopyImage in copy_image: COPY_IMAGE, copies;
    /// Tells a bot what happened.
    BotEvent in bot_event: BOT_EVENT, bot_workers;
    /// Removes the messages of a room that is gone.
    RemoveMessages in remove_messages: REMOVE_MESSAGES, workers;
    /// Reads everything again.
    Scrub in scrub: SCRUB, workers;
}
