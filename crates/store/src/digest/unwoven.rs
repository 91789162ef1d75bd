//! No weaving on this architecture.

/// Bytes taken at a time.
pub(super) const CHUNK: usize = 512;

/// There is no way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weave {}

impl Weave {
    /// Every way.
    #[cfg(test)]
    pub(super) const ALL: [Self; 0] = [];

    /// Never.
    pub(super) fn here() -> Option<Self> {
        None
    }

    /// Cannot be called.
    pub(super) fn compress(self, _: &mut [u32; 4], _: &mut [u64; 8], _: &[[u8; CHUNK]]) {
        match self {}
    }
}
