//! Looking for rows of chat rooms whose other half is not there.
//!
//! Every write of this server keeps the halves together, but the tables have no foreign keys: a dump that was restored by
//! half, or a row changed by hand, is found here and nowhere else.

use salon_catalog::strays::Kind;
use salon_core::Result;

use super::check::{Finding, ROWS, Run};

impl Run<'_> {
    /// Accounts' people, bots and rooms; rooms' webhooks, members and messages.
    pub(super) async fn chat(&mut self) -> Result<()> {
        for kind in Kind::ALL {
            self.children(kind).await?;
        }
        self.seats().await?;
        self.messages().await
    }

    async fn children(&mut self, kind: Kind) -> Result<()> {
        let mut after = String::new();
        loop {
            let page = self.service.catalog().children(kind, &after, ROWS).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.id);
            self.looked_at(page.len());
            for row in page.into_iter().filter(|row| !row.is_whole) {
                self.found(Finding::Stray { kind, id: row.id, parent: row.parent });
            }
        }
    }

    async fn seats(&mut self) -> Result<()> {
        let mut after = None;
        loop {
            let page = self.service.catalog().seats(after.as_ref(), ROWS).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.clone());
            self.looked_at(page.len());
            for seat in page.into_iter().filter(|seat| seat.is_stray()) {
                self.found(Finding::StrayMember { room: seat.room, member: seat.member, has_room: seat.has_room });
            }
        }
    }

    async fn messages(&mut self) -> Result<()> {
        let mut after = String::new();
        loop {
            let page = self.service.catalog().rooms_with_messages(&after, ROWS).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after.clone_from(last);
            self.looked_at(page.len());
            for (room, _) in page.into_iter().filter(|(_, is_accounted)| !is_accounted) {
                self.found(Finding::StrayMessages { room });
            }
        }
    }

    fn looked_at(&mut self, rows: usize) {
        self.summary.checked.chat_rows += rows as u64;
        self.step();
    }
}
