//! The dispatcher: keeps the regions, stops where a format has to decide what to keep next.

use crate::{
    Finding, Format, Report,
    formats::{disks, iso, mbr, vhdx::Vhdx, vmdk::Vmdk},
    region::Region,
};

/// The front of the stream: what most formats are recognised by, and after which it is clear which of them need more. Ten
/// thousand transfers may be under way, so that no more is kept than is looked at.
const HEAD_BYTES: usize = 512;

/// Looks at a stream without keeping it; at most about 1 MiB of it is kept.
#[derive(Clone, Debug)]
pub struct Inspector {
    at: u64,
    head: Region,
    /// The first volume descriptor of an ISO image.
    volume: Region,
    decided: bool,
    vmdk: Option<Vmdk>,
    vhdx: Option<Vhdx>,
}

impl Default for Inspector {
    fn default() -> Self {
        Self::new()
    }
}

impl Inspector {
    /// An inspector that has seen nothing yet.
    pub fn new() -> Self {
        Self { at: 0, head: Region::new(0, HEAD_BYTES), volume: iso::region(), decided: false, vmdk: None, vhdx: None }
    }

    /// Takes the next bytes of the stream.
    pub fn feed(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while !rest.is_empty() {
            // Decisions fall at fixed places of the stream, so the pieces it comes in cannot matter.
            let room = self.next_stop().map_or(u64::MAX, |stop| stop.saturating_sub(self.at));
            let (part, more) =
                rest.split_at_checked(usize::try_from(room).unwrap_or(usize::MAX)).unwrap_or((rest, &[]));
            self.keep(part);
            self.at = self.at.saturating_add(part.len() as u64);
            rest = more;
            if self.next_stop().is_some_and(|stop| stop <= self.at) {
                self.stop();
            }
        }
    }

    /// The stream has ended.
    pub fn finish(mut self) -> Report {
        if !self.decided {
            self.decide();
        }
        let (head, size) = (self.head.data(), self.at);
        let mut findings: Vec<Finding> = [
            disks::qcow2(head),
            disks::qed(head),
            disks::vhd(head),
            self.vhdx.map(Vhdx::finish),
            self.vmdk.and_then(Vmdk::finish),
            disks::vdi(head),
            iso::inspect(self.volume.data()),
            mbr::inspect(head, size),
            disks::luks(head, size),
        ]
        .into_iter()
        .flatten()
        .collect();
        if findings.is_empty() {
            let virtual_size = (size > 0).then_some(size);
            findings.push(Finding { format: Format::Raw, virtual_size, failures: Vec::new() });
        }
        Report { findings, size }
    }

    fn next_stop(&self) -> Option<u64> {
        if self.decided { self.vhdx.as_ref().and_then(Vhdx::next_stop) } else { Some(self.head.end()) }
    }

    fn stop(&mut self) {
        if self.decided {
            if let Some(vhdx) = &mut self.vhdx {
                vhdx.arrive();
            }
        } else {
            self.decide();
        }
    }

    /// The first bytes are there (or all there are).
    fn decide(&mut self) {
        self.decided = true;
        let head = self.head.data();
        self.vhdx = Vhdx::recognise(head);
        self.vmdk = Vmdk::recognise(head).map(|mut vmdk| {
            vmdk.feed(0, head);
            vmdk
        });
    }

    fn keep(&mut self, part: &[u8]) {
        self.head.feed(self.at, part);
        self.volume.feed(self.at, part);
        if let Some(vmdk) = self.vmdk.as_mut().filter(|vmdk| vmdk.wants(self.at)) {
            vmdk.feed(self.at, part);
        }
        if let Some(vhdx) = &mut self.vhdx {
            vhdx.feed(self.at, part);
        }
    }
}
