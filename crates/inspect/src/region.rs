//! Regions of a stream that are kept, and numbers read from them without ever reaching outside.

/// Some bytes of the stream, kept as they come by.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    start: u64,
    cap: usize,
    data: Vec<u8>,
}

impl Region {
    /// The `cap` bytes from `start` on; `cap` is a constant of a format, never a number from the data alone.
    pub(crate) fn new(start: u64, cap: usize) -> Self {
        Self { start, cap, data: Vec::new() }
    }

    /// Where it ends.
    pub(crate) fn end(&self) -> u64 {
        self.start.saturating_add(self.cap as u64)
    }

    /// Takes what of `piece`, which begins at `at` in the stream, belongs to the region. Pieces come in order.
    pub(crate) fn feed(&mut self, at: u64, piece: &[u8]) {
        let wanted = self.start.saturating_add(self.data.len() as u64);
        let missing = self.cap.saturating_sub(self.data.len());
        let skip = usize::try_from(wanted.saturating_sub(at)).unwrap_or(usize::MAX);
        if at <= wanted
            && let Some(part) = piece.get(skip..)
        {
            let part = part.get(..missing).unwrap_or(part);
            // Twice as much as there is may be reserved, but no more than the region has.
            let room = self.data.capacity().saturating_sub(self.data.len());
            if part.len() > room {
                self.data.reserve_exact(part.len().max(self.data.len().min(missing)));
            }
            self.data.extend_from_slice(part);
        }
    }

    /// What came so far.
    pub(crate) fn data(&self) -> &[u8] {
        &self.data
    }
}

/// The last bytes of the stream.
#[derive(Clone, Debug)]
pub(crate) struct Tail {
    cap: usize,
    data: Vec<u8>,
}

impl Tail {
    /// The last `cap` bytes.
    pub(crate) fn new(cap: usize) -> Self {
        Self { cap, data: Vec::new() }
    }

    /// Takes the next bytes of the stream.
    pub(crate) fn feed(&mut self, piece: &[u8]) {
        let last = piece.get(piece.len().saturating_sub(self.cap)..).unwrap_or_default();
        let excess = self.data.len().saturating_add(last.len()).saturating_sub(self.cap);
        self.data.drain(..excess.min(self.data.len()));
        self.data.extend_from_slice(last);
    }

    /// The bytes; fewer than asked for when the stream was shorter.
    pub(crate) fn data(&self) -> &[u8] {
        &self.data
    }
}

/// The `N` bytes at `at`, if they are there.
pub(crate) fn array<const N: usize>(data: &[u8], at: usize) -> Option<[u8; N]> {
    data.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// A little-endian number of 16 bits.
pub(crate) fn u16_le(data: &[u8], at: usize) -> Option<u16> {
    array(data, at).map(u16::from_le_bytes)
}

/// A big-endian number of 16 bits.
pub(crate) fn u16_be(data: &[u8], at: usize) -> Option<u16> {
    array(data, at).map(u16::from_be_bytes)
}

/// A little-endian number of 32 bits.
pub(crate) fn u32_le(data: &[u8], at: usize) -> Option<u32> {
    array(data, at).map(u32::from_le_bytes)
}

/// A big-endian number of 32 bits.
pub(crate) fn u32_be(data: &[u8], at: usize) -> Option<u32> {
    array(data, at).map(u32::from_be_bytes)
}

/// A little-endian number of 64 bits.
pub(crate) fn u64_le(data: &[u8], at: usize) -> Option<u64> {
    array(data, at).map(u64::from_le_bytes)
}

/// A big-endian number of 64 bits.
pub(crate) fn u64_be(data: &[u8], at: usize) -> Option<u64> {
    array(data, at).map(u64::from_be_bytes)
}
