//! Password hashes: Argon2id, off the async threads, a bounded number at a time.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use salon_core::{Entropy, Error, Result};
use tokio::sync::Semaphore;

use crate::Secret;

/// Longest password that is looked at, in bytes.
const MAX_PASSWORD_BYTES: usize = 4096;
/// Requests that may wait for their turn; more are told to come back.
const LINE: usize = 64;
/// 7 MiB, five passes, one lane: of the settings that OWASP's password storage cheat sheet names as equivalent, the one
/// with little memory, since the memory of several at once is what an idle server would keep.
const MEMORY_KIB: u32 = 7 * 1024;
const PASSES: u32 = 5;

/// Makes and checks password hashes in the PHC string format.
#[derive(Clone)]
pub struct PasswordHashing {
    entropy: Arc<dyn Entropy>,
    workers: Arc<Semaphore>,
    line: Arc<Semaphore>,
}

/// Refuses what cannot be a password.
///
/// # Errors
/// `Invalid` for an empty or overlong one.
pub(super) fn check(password: &Secret) -> Result<()> {
    if password.is_empty() {
        return Err(Error::invalid("The password must not be empty."));
    }
    if password.reveal().len() > MAX_PASSWORD_BYTES {
        return Err(Error::invalid(format!("The password is longer than {MAX_PASSWORD_BYTES} bytes.")));
    }
    Ok(())
}

impl PasswordHashing {
    /// At most `workers` hashes are computed at once; each takes some 30 ms of one core.
    pub fn new(entropy: Arc<dyn Entropy>, workers: usize) -> Self {
        let workers = workers.max(1);
        Self { entropy, workers: Arc::new(Semaphore::new(workers)), line: Arc::new(Semaphore::new(workers + LINE)) }
    }

    /// A fresh salted hash.
    ///
    /// # Errors
    /// `Invalid` for an empty or overlong password; `Throttled` when too many are waiting.
    pub async fn hash(&self, password: &Secret) -> Result<String> {
        check(password)?;
        let mut salt = [0_u8; 16];
        self.entropy.fill(&mut salt);
        let password = password.clone();
        self.run(move || {
            let hash: PasswordHash = argon()?
                .hash_password_with_salt(password.reveal().as_bytes(), &salt)
                .map_err(|error| Error::internal("a password could not be hashed").with_source(error))?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether `password` is the one that was hashed. Without a hash (no such user, or one without a password) the
    /// same work is done and the answer is no, so that the time does not tell which users exist.
    ///
    /// # Errors
    /// `Throttled` when too many are waiting.
    pub async fn verify(&self, password: &Secret, hash: Option<&str>) -> Result<bool> {
        if password.reveal().len() > MAX_PASSWORD_BYTES {
            return Ok(false);
        }
        let (password, hash) = (password.clone(), hash.map(str::to_owned));
        self.run(move || {
            let Some(hash) = hash else {
                let decoy: std::result::Result<PasswordHash, _> =
                    argon()?.hash_password_with_salt(password.reveal().as_bytes(), &[0; 16]);
                // Looked at, so that the work cannot be left out.
                std::hint::black_box(decoy.is_ok());
                return Ok(false);
            };
            let hash = PasswordHash::new(&hash)
                .map_err(|error| Error::internal("a stored password hash cannot be read").with_source(error))?;
            Ok(argon()?.verify_password(password.reveal().as_bytes(), &hash).is_ok())
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let busy = || Error::throttled("Too many logins at once.").with_retry_after(std::time::Duration::from_secs(1));
        let place = Arc::clone(&self.line).try_acquire_owned().map_err(|_| busy())?;
        let worker = Arc::clone(&self.workers).acquire_owned().await.map_err(|_| busy())?;
        tokio::task::spawn_blocking(move || {
            // Held here, so that a client that hangs up does not make room for more work than allowed.
            let _held = (place, worker);
            work()
        })
        .await
        .map_err(|error| Error::internal("hashing a password failed").with_source(error))?
    }
}

fn argon() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None)
        .map_err(|error| Error::internal("the password hash has bad parameters").with_source(error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;

    #[tokio::test]
    async fn round_trip() {
        let hashing = PasswordHashing::new(Arc::new(Counting::default()), 1);
        let right = Secret::new("correct horse");
        let hash = hashing.hash(&right).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=7168,t=5,p=1$"), "{hash}");
        assert_ne!(hash, hashing.hash(&right).await.unwrap());
        assert!(hashing.verify(&right, Some(&hash)).await.unwrap());
        assert!(!hashing.verify(&Secret::new("correct hors"), Some(&hash)).await.unwrap());
        assert!(!hashing.verify(&right, None).await.unwrap());
        assert!(!hashing.verify(&Secret::new("x".repeat(MAX_PASSWORD_BYTES + 1)), Some(&hash)).await.unwrap());
        assert!(hashing.hash(&Secret::default()).await.is_err());
    }
}
