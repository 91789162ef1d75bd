//! The file store: the suite on both ways of staging, and what only files can do wrong.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, on data they make themselves"
)]

mod suite;

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use bytes::Bytes;
use futures_util::StreamExt;
use salon_core::Kind;
use salon_store::{Block, Damage, DamagedPart, FileStore, FileStoreOptions, Key, Store, Sums, receive};
use suite::{Shared, assert_empty, body, data, key, options, read, upload};
use tempfile::TempDir;

fn at(directory: &Path) -> FileStoreOptions {
    FileStoreOptions { id: "file".to_owned(), directory: directory.to_owned(), reserve_bytes: 0 }
}

fn open() -> (TempDir, Shared) {
    let dir = TempDir::new().unwrap();
    let store = FileStore::open(at(&dir.path().join("images"))).unwrap();
    (dir, Arc::new(store))
}

fn open_named() -> (TempDir, Shared) {
    let dir = TempDir::new().unwrap();
    let store = FileStore::open_with_named_staging(at(&dir.path().join("images"))).unwrap();
    (dir, Arc::new(store))
}

mod without_names {
    crate::cases!(super::open());
}

mod with_names {
    crate::cases!(super::open_named());
}

/// What is in the directory and below, links not followed.
fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != ".staging" && name != ".sums")
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn files_are_glances_layout() {
    let (dir, store) = open();
    let images = dir.path().join("images");
    upload(&store, &key(1), b"raw bytes").await.unwrap();
    assert_eq!(fs::read(images.join(key(1).as_str())).unwrap(), b"raw bytes");
    // A file that Glance put there is served as it is.
    let glance = Key::parse("6a8c3b9e-0c4d-4f8a-9e53-1f7f6b6d7c11").unwrap();
    fs::write(images.join(glance.as_str()), b"from before").unwrap();
    assert_eq!(read(&store, &glance).await.unwrap(), b"from before");
    assert_eq!(glance.image().unwrap().as_str(), glance.as_str());
    assert_eq!(key(1).image().unwrap().as_str(), "00000000-0000-4000-8000-000000000001");
}

#[tokio::test]
async fn digests_agree_with_coreutils() {
    let (dir, store) = open();
    let digests = upload(&store, &key(1), &data(5_000_017)).await.unwrap();
    let file = dir.path().join("images").join(key(1).as_str());
    for (tool, expected) in [("md5sum", digests.checksum), ("sha512sum", digests.hash_value)] {
        let out = Command::new(tool).arg(&file).output().unwrap();
        assert!(String::from_utf8(out.stdout).unwrap().starts_with(&expected), "{tool}");
    }
}

/// T-C2: nobody else reads image data.
#[tokio::test]
async fn t_c2_modes_are_narrow() {
    let (dir, store) = open();
    upload(&store, &key(1), b"secret").await.unwrap();
    let images = dir.path().join("images");
    for (path, mode) in
        [(images.clone(), 0o700), (images.join(".staging"), 0o700), (images.join(key(1).as_str()), 0o600)]
    {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode, "{}", path.display());
    }
}

/// T-L2: nothing that could lead out of the directory is a key.
#[test]
fn t_l2_names_that_are_no_keys() {
    let long = "a".repeat(201);
    for name in [
        "",
        ".",
        "..",
        "../x",
        "x/../y",
        "/etc/passwd",
        "a/b",
        ".hidden",
        ".staging",
        "-rf",
        "a\0b",
        "%2e%2e",
        "a b",
        "a\nb",
        "ä",
        "a\\b",
        "a:b",
        "~",
        "$HOME",
        "*",
        &long,
    ] {
        assert_eq!(Key::read(name), None, "{name:?}");
        assert_eq!(Key::parse(name).unwrap_err().kind(), Kind::Internal);
    }
    for name in ["a", "a..b", "00000000-0000-4000-8000-000000000001.abc", "A_b-1.raw"] {
        assert_eq!(Key::read(name).unwrap().as_str(), name);
    }
}

/// T-L2: what somebody planted under a key is neither read nor written through, and does not hold the server up.
#[tokio::test]
async fn t_l2_planted_things() {
    let (dir, store) = open();
    let images = dir.path().join("images");
    let outside = dir.path().join("outside");
    fs::write(&outside, b"not yours").unwrap();
    symlink(&outside, images.join(key(1).as_str())).unwrap();
    symlink("nowhere", images.join(key(2).as_str())).unwrap();
    fs::create_dir(images.join(key(3).as_str())).unwrap();
    assert!(Command::new("mkfifo").arg(images.join(key(4).as_str())).status().unwrap().success());
    for number in 1..=4 {
        assert_eq!(store.open(&key(number)).await.unwrap_err().kind(), Kind::Unavailable, "open {number}");
        assert_eq!(store.size(&key(number)).await.unwrap(), None, "size {number}");
        let refused = upload(&store, &key(number), b"through the link").await.unwrap_err();
        assert_eq!(refused.kind(), Kind::Conflict, "publish {number}");
    }
    assert_eq!(store.list(None, 10).await.unwrap(), []);
    assert!(store.delete(&key(1)).await.unwrap(), "the link goes");
    assert_eq!(fs::read(&outside).unwrap(), b"not yours");
    assert_eq!(store.delete(&key(3)).await.unwrap_err().kind(), Kind::Unavailable);
}

/// T-L2: a link planted in staging is not followed either.
#[tokio::test]
async fn t_l2_planted_in_staging() {
    let (dir, store) = open_named();
    let outside = dir.path().join("outside");
    let planted = dir.path().join("images/.staging").join(format!("{}.part", key(1)));
    symlink(&outside, &planted).unwrap();
    assert_eq!(upload(&store, &key(1), b"bytes").await.unwrap_err().kind(), Kind::Conflict);
    assert!(!outside.exists());
    assert_eq!(store.recover().await.unwrap(), 1);
    upload(&store, &key(1), b"bytes").await.unwrap();
}

/// A directory that was moved away is still the store: paths are not looked up again.
#[tokio::test]
async fn the_directory_is_held_open() {
    let (dir, store) = open();
    fs::rename(dir.path().join("images"), dir.path().join("moved")).unwrap();
    fs::create_dir(dir.path().join("images")).unwrap();
    upload(&store, &key(1), b"bytes").await.unwrap();
    assert_eq!(names(&dir.path().join("moved")), [key(1).to_string()]);
    assert_eq!(names(&dir.path().join("images")), Vec::<String>::new());
}

/// F-12: what is not this server's stays.
#[tokio::test]
async fn f_12_foreign_files_stay() {
    let (dir, store) = open();
    let images = dir.path().join("images");
    fs::create_dir(images.join("lost+found")).unwrap();
    fs::write(images.join("a file with spaces"), b"x").unwrap();
    fs::write(images.join(".staging/README"), b"x").unwrap();
    assert_empty(&store).await;
    assert_eq!(names(&images), ["a file with spaces", "lost+found"]);
    assert!(images.join(".staging/README").exists());
}

/// F-10: a file that lost its end is cut, never completed.
#[tokio::test]
async fn f_10_a_truncated_file_cuts_the_stream() {
    let (dir, store) = open();
    upload(&store, &key(1), &data(1_000_000)).await.unwrap();
    let blob = store.open(&key(1)).await.unwrap();
    let file = fs::OpenOptions::new().write(true).open(dir.path().join("images").join(key(1).as_str())).unwrap();
    file.set_len(600_000).unwrap();
    let blocks: Vec<_> = blob.stream(0..blob.size()).collect().await;
    assert!(blocks.last().unwrap().is_err());
    assert_eq!(blocks.iter().filter(|block| block.is_err()).count(), 1, "the error is the end");
    let verified = salon_store::digest::of_blob(&blob, salon_store::HashAlgo::Sha256, |_| {}).await;
    assert_eq!(verified.unwrap_err().kind(), Kind::Unavailable);
}

fn flip(file: &Path, at: usize, bit: u8) {
    let mut bytes = fs::read(file).unwrap();
    bytes[at] ^= 1 << bit;
    fs::write(file, bytes).unwrap();
}

/// F-11: a block that is not what was stored is an error in its place, whichever way it is read.
#[tokio::test]
async fn f_11_a_damaged_block_is_never_read() {
    let (dir, store) = open();
    let length = 3 * 262_144 + 777;
    let bytes = data(length);
    upload(&store, &key(1), &bytes).await.unwrap();
    let file = dir.path().join("images").join(key(1).as_str());
    for at in [0, 262_143, 262_144, 600_000, length - 1] {
        flip(&file, at, 3);
        let number = (at / 262_144) as u64;
        for blob in [store.open(&key(1)).await.unwrap(), store.open_at_rest(&key(1)).await.unwrap()] {
            assert!(blob.has_sums() && blob.sums_are_sound().unwrap());
            let pieces: Vec<_> = blob.stream(0..blob.size()).collect().await;
            let error = pieces.last().unwrap().as_ref().unwrap_err();
            let damage = Damage::of(error).unwrap();
            assert_eq!((damage.offset, damage.part, &damage.key), (number * 262_144, DamagedPart::Data, &key(1)));
            assert_eq!(pieces.len() as u64, number + 1, "what comes before it is read");
            let touched = at as u64..at as u64 + 1;
            assert_eq!(Damage::of(&blob.verify(&touched).unwrap_err()), Some(damage));
            assert_eq!(Damage::of(&blob.begin(&touched).await.unwrap_err()), Some(damage));
            let error = salon_store::digest::of_blob(&blob, salon_store::HashAlgo::Md5, |_| {}).await.unwrap_err();
            assert_eq!(Damage::of(&error), Some(damage));
            let other = (number + 1) % 4 * 262_144;
            blob.verify(&(other..other + 10)).unwrap();
            assert_eq!(read_part(&blob, other + 3..other + 9).await, bytes[other as usize + 3..other as usize + 9]);
        }
        flip(&file, at, 3);
    }
    assert_eq!(read(&store, &key(1)).await.unwrap(), bytes);
    assert!(store.damaged().load(std::sync::atomic::Ordering::Relaxed) >= 40);
}

/// F-11: sums that are damaged, cut, or another's vouch for nothing; they can be made again from bytes that are right.
#[tokio::test]
async fn f_11_damaged_sums_vouch_for_nothing() {
    let (dir, store) = open();
    let bytes = data(600_000);
    let digests = upload(&store, &key(1), &bytes).await.unwrap();
    upload(&store, &key(2), &bytes).await.unwrap();
    let [own, other] = [1, 2].map(|number| dir.path().join("images/.sums").join(key(number).as_str()));
    let good = fs::read(&own).unwrap();
    let spoiled: Vec<Vec<u8>> = (0..good.len())
        .map(|at| {
            let mut flipped = good.clone();
            flipped[at] ^= 1 << (at % 8);
            flipped
        })
        .chain([good[..70].to_vec(), Vec::new(), fs::read(&other).unwrap(), [&good[..], b"more"].concat()])
        .collect();
    for spoiled in spoiled {
        fs::write(&own, &spoiled).unwrap();
        let blob = store.open(&key(1)).await.unwrap();
        assert!(!blob.sums_are_sound().unwrap());
        let pieces: Vec<_> = blob.stream(0..blob.size()).collect().await;
        let longer = spoiled.len() > good.len();
        assert_eq!(pieces.iter().all(Result::is_ok), longer, "{} bytes", spoiled.len());
        if let Err(error) = &pieces[0] {
            assert_eq!(Damage::of(error).unwrap().part, DamagedPart::Sums);
        }
        let mut sums = Sums::new(&key(1));
        bytes.chunks(10_007).for_each(|piece| sums.update(piece));
        store.put_sums(&key(1), sums).await.unwrap();
        assert_eq!(fs::read(&own).unwrap(), good);
        assert_eq!(read(&store, &key(1)).await.unwrap(), bytes);
    }
    let blob = store.open(&key(1)).await.unwrap().without_sums();
    let found = salon_store::digest::of_blob(&blob, salon_store::HashAlgo::Sha512, |_| {}).await;
    assert_eq!(found.unwrap(), digests);
}

/// A verified block is taken as it is for a while, but not after its file has changed.
#[tokio::test]
async fn what_was_verified_is_remembered_until_the_file_changes() {
    let (dir, store) = open();
    upload(&store, &key(1), &data(600_000)).await.unwrap();
    let (file, all) = (dir.path().join("images").join(key(1).as_str()), 0..600_000);
    let settled = || async {
        let blob = store.open(&key(1)).await.unwrap();
        // A file that has just changed is not remembered; how long that is matters to nothing here.
        while !blob.is_verified(&all) {
            blob.verify(&all).unwrap();
        }
        blob
    };
    let before = settled().await;
    assert!(store.open(&key(1)).await.unwrap().is_verified(&all), "by whoever opens it next");
    flip(&file, 300_000, 0);
    assert!(!before.is_verified(&all));
    let after = store.open(&key(1)).await.unwrap();
    assert!(!after.is_verified(&(0..1)));
    assert!(after.verify(&all).is_err() && !after.is_verified(&all));
    flip(&file, 300_000, 0);
    settled().await;
}

/// Bytes from before there were sums are read as they are, and deleting leaves no sums.
#[tokio::test]
async fn sums_come_and_go_with_their_bytes() {
    for (dir, store) in [open(), open_named()] {
        let sums = dir.path().join("images/.sums");
        upload(&store, &key(1), &data(1000)).await.unwrap();
        assert_eq!(names(&sums), [key(1).to_string()]);
        assert!(upload(&store, &key(1), b"again").await.is_err());
        assert_eq!(read(&store, &key(1)).await.unwrap(), data(1000));
        fs::remove_file(sums.join(key(1).as_str())).unwrap();
        assert!(!store.open(&key(1)).await.unwrap().has_sums());
        assert_eq!(read(&store, &key(1)).await.unwrap(), data(1000));
        upload(&store, &key(2), &data(1000)).await.unwrap();
        assert!(store.delete(&key(1)).await.unwrap() && store.delete(&key(2)).await.unwrap());
        assert_eq!(names(&sums), Vec::<String>::new());
        fs::write(dir.path().join("images").join(key(3).as_str()), b"taken").unwrap();
        assert_eq!(upload(&store, &key(3), b"refused").await.unwrap_err().kind(), Kind::Conflict);
        assert_eq!(names(&sums), Vec::<String>::new());
    }
}

async fn read_part(blob: &salon_store::Blob, range: std::ops::Range<u64>) -> Vec<u8> {
    let pieces: Vec<Bytes> = blob.stream(range).map(|piece| piece.unwrap()).collect().await;
    pieces.concat()
}

/// F-8: uploads leave the reserve alone, deletes need none.
#[tokio::test]
async fn f_8_the_reserve_is_kept() {
    let dir = TempDir::new().unwrap();
    let plenty: Shared = Arc::new(FileStore::open(at(dir.path())).unwrap());
    upload(&plenty, &key(1), b"bytes").await.unwrap();
    let options = FileStoreOptions { reserve_bytes: u64::MAX / 2, ..at(dir.path()) };
    let full: Shared = Arc::new(FileStore::open(options).unwrap());
    assert_eq!(full.free_space().await.unwrap(), Some(0));
    assert_eq!(upload(&full, &key(2), b"bytes").await.unwrap_err().kind(), Kind::OverLimit);
    assert_eq!(plenty.begin(&key(3), Some(u64::MAX / 2)).await.err().unwrap().kind(), Kind::OverLimit);
    assert_eq!(read(&full, &key(1)).await.unwrap(), b"bytes");
    assert!(full.delete(&key(1)).await.unwrap());
}

/// At most 4 MiB of a body are taken while the disk does not move.
#[tokio::test]
async fn a_stuck_store_takes_no_more_than_its_buffers() {
    use std::sync::atomic::{AtomicU64, Ordering};
    let taken = AtomicU64::new(0);
    let (progress, mut stalled) = tokio::sync::watch::channel(0_u64);
    let pieces = futures_util::stream::repeat_with(|| {
        let total = taken.fetch_add(65_536, Ordering::SeqCst) + 65_536;
        progress.send_replace(total);
        Ok(Bytes::from(vec![0; 65_536]))
    });
    let stuck = stuck::Stuck;
    let options = options();
    let key = key(1);
    let upload = receive(pieces, &stuck, &key, &options);
    // The write lane holds one block for ever, so the upload stops moving by itself; what it took until then counts.
    let mut upload = std::pin::pin!(upload);
    let watch = async {
        while *stalled.borrow_and_update() < 2_500_000 {
            stalled.changed().await.unwrap();
        }
        // Let every lane run dry: nothing more may be asked for, however often the upload is polled.
        for _ in 0..10_000 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        _ = &mut upload => panic!("it cannot end"),
        () = watch => {}
    }
    assert!(taken.load(Ordering::SeqCst) <= 4 << 20, "{taken:?}");
}

/// F-1: an upload that was killed leaves nothing that the next start does not remove.
#[tokio::test]
async fn f_1_killed_in_the_middle() {
    for mode in ["unnamed", "named"] {
        let dir = TempDir::new().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child::stage_and_wait", "--ignored", "--nocapture"])
            .env("SALON_STORE_DIRECTORY", dir.path())
            .env("SALON_STORE_STAGING", mode)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("staged")), "{mode}");
        child.kill().unwrap();
        child.wait().unwrap();
        let store: Shared = Arc::new(FileStore::open(at(dir.path())).unwrap());
        assert_eq!(store.recover().await.unwrap(), u64::from(mode == "named"), "{mode}");
        assert_empty(&store).await;
        upload(&store, &key(1), b"again").await.unwrap();
    }
}

/// F-8: a file system of 4 MiB, in a mount namespace of its own.
#[test]
fn f_8_full_disk() {
    let dir = TempDir::new().unwrap();
    let script = "mount -t tmpfs -o size=4M none \"$SALON_STORE_DIRECTORY\" && exec \"$0\" --exact child::fill_the_disk \
                  --ignored --nocapture";
    let namespaces = if rustix::process::geteuid().is_root() { "-m" } else { "-rm" };
    let done = Command::new("unshare")
        .args([namespaces, "sh", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .env("SALON_STORE_DIRECTORY", dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.contains("1 passed"), "{said}");
}

/// F-7: a failed sync is final: of the sums (the third one), of the data, and of the directory of each; the first two are
/// those of opening.
#[test]
fn f_7_failed_sync() {
    for failing in [3, 4, 5, 6] {
        let dir = TempDir::new().unwrap();
        let done = Command::new("strace")
            .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e"])
            .arg(format!("inject=fsync:error=EIO:when={failing}"))
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "child::sync_fails", "--ignored", "--nocapture"])
            .env("SALON_STORE_DIRECTORY", dir.path())
            .output()
            .unwrap_or_else(|error| panic!("strace is needed for this test: {error}"));
        let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success() && said.contains("1 passed"), "{said}");
    }
}

/// Run by the tests above in processes of their own.
mod child {
    use super::*;

    fn directory() -> std::path::PathBuf {
        std::env::var_os("SALON_STORE_DIRECTORY").expect("run by another test").into()
    }

    #[tokio::test]
    #[ignore = "run by f_1_killed_in_the_middle"]
    async fn stage_and_wait() {
        let options = at(&directory());
        let named = std::env::var("SALON_STORE_STAGING").unwrap() == "named";
        let store = if named { FileStore::open_with_named_staging(options) } else { FileStore::open(options) }.unwrap();
        let mut staged = store.begin(&key(1), None).await.unwrap();
        staged.write(Block::from(Bytes::from(data(100_000)))).await.unwrap();
        let mut out = std::io::stdout();
        writeln!(out, "staged").unwrap();
        out.flush().unwrap();
        // Until killed: the parent never closes this.
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    }

    #[tokio::test]
    #[ignore = "run by f_8_full_disk"]
    async fn fill_the_disk() {
        let store: Shared = Arc::new(FileStore::open(at(&directory())).unwrap());
        upload(&store, &key(1), &data(1 << 20)).await.unwrap();
        for declared in [None, Some(8 << 20)] {
            let too_much = data(8 << 20);
            let options = salon_store::IngestOptions { declared_size: declared, ..options() };
            let refused = receive(body(&too_much, 65_536), &*store, &key(2), &options).await.err().unwrap();
            assert_eq!(refused.kind(), Kind::OverLimit);
            assert!(refused.message().starts_with("Image storage media is full"));
        }
        while store.recover().await.unwrap() > 0 {}
        assert_eq!(store.list(None, 5).await.unwrap().len(), 1);
        upload(&store, &key(2), &data(2 << 20)).await.expect("the space of the failed upload is free again");
        assert!(store.delete(&key(1)).await.unwrap());
        assert_eq!(store.suspect(), None);
    }

    #[test]
    #[ignore = "run by f_7_failed_sync"]
    fn sync_fails() {
        // strace counts the calls of each thread for itself, so there is one thread for all of them.
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap();
        runtime.block_on(async {
            let opening = tokio::task::spawn_blocking(|| FileStore::open(at(&directory())));
            let store: Shared = Arc::new(opening.await.unwrap().unwrap());
            assert_eq!(upload(&store, &key(1), b"bytes").await.unwrap_err().kind(), Kind::Unavailable);
            assert!(store.suspect().unwrap().contains("sync"));
            assert_empty(&store).await;
            upload(&store, &key(1), b"bytes").await.unwrap();
        });
    }
}

/// A store whose disk hangs: the one fault that cannot be made with a real file system without hanging the test.
mod stuck {
    use futures_util::future::{self, BoxFuture, FutureExt};
    use salon_core::{Result, image::Location};
    use salon_store::{Blob, Block, Entry, Key, Staged, Store, Sums};

    pub(super) struct Stuck;

    impl Staged for Stuck {
        fn write(&mut self, _block: Block) -> BoxFuture<'_, Result<()>> {
            future::pending().boxed()
        }

        fn publish(self: Box<Self>) -> BoxFuture<'static, Result<Location>> {
            future::pending().boxed()
        }
    }

    impl Store for Stuck {
        fn id(&self) -> &str {
            "stuck"
        }

        fn begin<'a>(&'a self, _key: &'a Key, _declared: Option<u64>) -> BoxFuture<'a, Result<Box<dyn Staged>>> {
            let staged: Box<dyn Staged> = Box::new(Self);
            future::ready(Ok(staged)).boxed()
        }

        fn open<'a>(&'a self, _key: &'a Key) -> BoxFuture<'a, Result<Blob>> {
            future::pending().boxed()
        }

        fn open_at_rest<'a>(&'a self, _key: &'a Key) -> BoxFuture<'a, Result<Blob>> {
            future::pending().boxed()
        }

        fn put_sums<'a>(&'a self, _key: &'a Key, _sums: Sums) -> BoxFuture<'a, Result<()>> {
            future::pending().boxed()
        }

        fn damaged(&self) -> std::sync::Arc<std::sync::atomic::AtomicU64> {
            std::sync::Arc::default()
        }

        fn delete<'a>(&'a self, _key: &'a Key) -> BoxFuture<'a, Result<bool>> {
            future::pending().boxed()
        }

        fn size<'a>(&'a self, _key: &'a Key) -> BoxFuture<'a, Result<Option<u64>>> {
            future::pending().boxed()
        }

        fn list<'a>(&'a self, _after: Option<&'a Key>, _limit: usize) -> BoxFuture<'a, Result<Vec<Entry>>> {
            future::pending().boxed()
        }

        fn free_space(&self) -> BoxFuture<'_, Result<Option<u64>>> {
            future::pending().boxed()
        }

        fn recover(&self) -> BoxFuture<'_, Result<u64>> {
            future::pending().boxed()
        }

        fn suspect(&self) -> Option<String> {
            None
        }
    }
}
