//! Bytes from elsewhere, held to what the record says of them.

use std::{
    fmt, io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::Stream;
use salon_core::Result;
use salon_outbound::Body;
use salon_store::digest::Checksum;

/// The bytes of an image that are somewhere else. Its last piece comes only when all of it was as recorded; otherwise an
/// error comes in its place, so that nobody takes other bytes for the image's.
pub struct Whole {
    body: Body,
    left: u64,
    /// What the bytes have to have, and what they have so far.
    checksum: Option<(String, Checksum)>,
    held: Option<Bytes>,
    over: bool,
}

impl Whole {
    /// `size` bytes with this MD5, as far as it is known.
    ///
    /// # Errors
    /// Unavailable, when there is no memory.
    pub(crate) fn new(body: Body, size: u64, checksum: Option<&str>) -> Result<Self> {
        let checksum = checksum.map(|sum| Checksum::new().map(|digest| (sum.to_owned(), digest))).transpose()?;
        Ok(Self { body, left: size, checksum, held: None, over: false })
    }

    /// Takes a piece; answers the one before it.
    fn take(&mut self, piece: Bytes) -> io::Result<Option<Bytes>> {
        self.left = self
            .left
            .checked_sub(piece.len() as u64)
            .ok_or_else(|| io::Error::other("image data that is elsewhere is longer than recorded"))?;
        if let Some((_, digest)) = &mut self.checksum {
            digest.update(&piece);
        }
        Ok(self.held.replace(piece))
    }

    /// The last piece, if everything was right.
    fn end(&mut self) -> io::Result<Option<Bytes>> {
        if self.left > 0 {
            return Err(io::Error::other("image data that is elsewhere is shorter than recorded"));
        }
        if let Some((recorded, digest)) = self.checksum.take()
            && digest.finish() != recorded
        {
            return Err(io::Error::other("image data that is elsewhere has another checksum than recorded"));
        }
        Ok(self.held.take())
    }
}

impl fmt::Debug for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Whole").field("left", &self.left).finish_non_exhaustive()
    }
}

impl Stream for Whole {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while !self.over {
            let next = match Pin::new(&mut self.body).poll_next(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(piece))) => self.take(piece),
                Poll::Ready(Some(Err(error))) => Err(error),
                Poll::Ready(None) => {
                    self.over = true;
                    self.end()
                }
            };
            match next {
                Ok(Some(piece)) => return Poll::Ready(Some(Ok(piece))),
                Ok(None) => {}
                Err(error) => {
                    self.over = true;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        Poll::Ready(None)
    }
}
