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

/// No lanes either.
pub(super) mod many {
    /// Streams taken at once.
    pub(crate) const LANES: usize = 8;

    /// Bytes of one block.
    pub(crate) const BLOCK: usize = 128;

    /// Nobody's.
    #[derive(Default)]
    pub(crate) struct States;

    impl States {
        /// Does nothing.
        pub(crate) fn put(&mut self, _: usize, _: &[u32; 4], _: &[u64; 8]) {}

        /// Nothing.
        pub(crate) fn get(&self, _: usize) -> ([u32; 4], [u64; 8]) {
            Default::default()
        }
    }

    /// Never.
    pub(crate) fn is_available() -> bool {
        false
    }

    /// Is not called.
    pub(crate) fn compress(_: &mut States, _: [&[[u8; BLOCK]]; LANES]) {}
}
