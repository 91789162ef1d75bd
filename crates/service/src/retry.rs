//! Repeating writes that somebody else overtook.

use std::time::Duration;

use salon_core::{Error, Kind, Result};

use crate::Service;

/// How often a write is computed anew before the client is told.
const ROUNDS: u32 = 12;

/// Runs `attempt` (load, decide, write) until it is not [`Kind::Stale`], a bounded number of times.
///
/// # Errors
/// What the attempt answers; Conflict when it was overtaken every time.
pub(crate) async fn until_fresh<T, F>(service: &Service, attempt: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    for round in 0..ROUNDS {
        match attempt().await {
            Err(error) if error.kind() == Kind::Stale => pause(service, round).await,
            answer => return answer,
        }
    }
    Err(Error::conflict("It is being changed by other requests at the same time. Repeat the request."))
}

/// As [`until_fresh`], but writers of the same `key` on this node wait for each other first.
///
/// # Errors
/// As [`until_fresh`]; Unavailable when the queue of writers is too long.
pub(crate) async fn in_turn<T, F>(service: &Service, key: &str, attempt: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let _turn = service.stripes().turn(key).await?;
    until_fresh(service, attempt).await
}

/// Keeps writers of different nodes from meeting again at the same instant.
async fn pause(service: &Service, round: u32) {
    let mut random = [0_u8; 2];
    service.entropy().fill(&mut random);
    let longest = 2_000_u64 << round.min(6);
    tokio::time::sleep(Duration::from_micros(u64::from(u16::from_le_bytes(random)) % longest)).await;
}
