//! Taking back uploads that nobody will finish.

use salon_catalog::uploads::CutUpload;
use salon_core::{Kind, Result};
use salon_store::Key;
use tokio::sync::watch;

use crate::{
    Service,
    maintenance::{JobKind, stopped},
};

/// Uploads taken back per transaction.
const BATCH: u32 = 256;

/// What recovery found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Uploads that a stop had interrupted; their images are queued again.
    pub uploads: u64,
    /// Files that were still in staging.
    pub staged_files: u64,
}

/// Returns everything this node was doing when it stopped to a state from which the user can go on: interrupted
/// uploads to queued, their files away. Called once at start, before the first request.
///
/// The key of an upload is made of its token, so whatever it may have published is known without a search.
///
/// # Errors
/// Unavailable when catalog or store do not answer.
pub async fn recover(service: &Service) -> Result<Recovered> {
    let staged_files = service.store().recover().await?;
    let node = service.settings().node.clone();
    let uploads = take_back(service, Some(&node)).await?;
    if staged_files > 0 || uploads > 0 {
        tracing::warn!(uploads, staged_files, "took back what the last stop had interrupted");
    }
    Ok(Recovered { uploads, staged_files })
}

/// Takes dead uploads of any node back, again and again, until the stop.
pub(super) async fn run(service: &Service, mut stop: watch::Receiver<bool>) {
    let pause = (service.settings().lease / 2).max(std::time::Duration::from_secs(1));
    loop {
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = tokio::time::sleep(pause) => {}
        }
        match take_back(service, None).await {
            Ok(0) => {}
            Ok(uploads) => tracing::warn!(uploads, "took back uploads whose node has been silent for too long"),
            Err(error) => tracing::warn!(error = error.report(), "dead uploads could not be looked for"),
        }
    }
}

/// Takes back the uploads of `node`, and those of any node whose lease has ended.
async fn take_back(service: &Service, node: Option<&str>) -> Result<u64> {
    let mut taken = 0;
    loop {
        let cut = service.catalog().recover_uploads(node, service.now(), BATCH).await?;
        for upload in &cut {
            remove_published(service, upload).await;
        }
        taken += cut.len() as u64;
        if cut.len() < BATCH as usize {
            service.jobs_waiting(JobKind::RemoveBytes).notify_one();
            return Ok(taken);
        }
    }
}

/// Removes what a dead upload may have published. Its token is void, so nobody can refer to it any more; the job that
/// was queued with the taking back does the same should this fail.
async fn remove_published(service: &Service, upload: &CutUpload) {
    let removed = match Key::for_upload(&upload.image_id, &upload.token) {
        Ok(key) => service.store().delete(&key).await,
        Err(error) => Err(error),
    };
    match removed {
        Ok(published) => {
            tracing::info!(image = %upload.image_id, node = upload.node, published, "upload taken back, image queued");
        }
        Err(error) if error.kind() == Kind::NotFound => {}
        Err(error) => tracing::warn!(
            image = %upload.image_id, error = error.report(), "data of a dead upload could not be removed yet"
        ),
    }
}
