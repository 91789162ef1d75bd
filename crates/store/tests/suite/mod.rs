//! What holds for every store. Each case is listed once, in [`cases!`]; a store's own test file runs them all.

use std::{collections::BTreeSet, io, sync::Arc};

use bytes::Bytes;
use futures_util::{StreamExt, future, stream};
use salon_core::{Error, ImageId, Kind, Result};
use salon_store::{Block, Digests, HashAlgo, IngestOptions, Ingested, Key, Store, digest, receive};

/// Makes a test of every case for the store that `$open` makes. `$open` answers `(guard, store)`.
#[macro_export]
macro_rules! cases {
    ($open:expr) => {
        $crate::cases!(@each $open;
            published_bytes_are_read_back ranges_are_exact nothing_is_visible_before_publishing
            dropping_removes nothing_is_replaced one_of_many_publishers_wins deleting_is_final_and_repeatable
            readers_outlive_a_delete lists_page_through_everything digests_are_those_of_the_bytes
            every_algorithm_is_computed pieces_do_not_matter lengths_are_enforced a_broken_body_leaves_nothing
            an_abandoned_upload_leaves_nothing formats_are_inspected_on_the_way an_empty_upload_is_an_upload
            stored_bytes_can_be_verified missing_keys_are_not_found
        );
    };
    (@each $open:expr; $($case:ident)*) => {$(
        #[tokio::test]
        async fn $case() {
            let (_guard, store) = $open;
            $crate::suite::$case(store).await;
        }
    )*};
}

pub(crate) type Shared = Arc<dyn Store>;

/// The `number`-th key of a test.
pub(crate) fn key(number: u32) -> Key {
    let image = ImageId::parse(&format!("00000000-0000-4000-8000-{number:012x}")).unwrap();
    Key::for_upload(&image, "0123456789abcdef").unwrap()
}

/// Bytes that repeat nowhere near.
pub(crate) fn data(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        bytes.extend((state >> 13).to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

pub(crate) fn options() -> IngestOptions {
    IngestOptions {
        size_cap: u64::MAX,
        quota_left: None,
        declared_size: None,
        hash_algo: HashAlgo::Sha512,
        inspect: false,
    }
}

pub(crate) fn body(
    bytes: &[u8],
    piece: usize,
) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send + Unpin + use<> {
    let pieces: Vec<_> = bytes.chunks(piece).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces)
}

pub(crate) async fn upload(store: &Shared, key: &Key, bytes: &[u8]) -> Result<Digests> {
    let Ingested { digests, staged, .. } = receive(body(bytes, 100_000), &**store, key, &options()).await?;
    let location = staged.publish().await?;
    assert_eq!((location.store.as_str(), location.key.as_str()), (store.id(), key.as_str()));
    Ok(digests)
}

pub(crate) async fn read(store: &Shared, key: &Key) -> Result<Vec<u8>> {
    let blob = store.open(key).await?;
    let blocks: Vec<_> = blob.stream(0..blob.size()).collect().await;
    let mut bytes = Vec::new();
    for block in blocks {
        bytes.extend_from_slice(&block.map_err(|error| Error::unavailable("cut").with_source(error))?);
    }
    Ok(bytes)
}

pub(crate) async fn assert_empty(store: &Shared) {
    assert_eq!(store.list(None, 10).await.unwrap(), []);
    assert_eq!(store.recover().await.unwrap(), 0, "nothing was left in staging");
}

pub(crate) async fn published_bytes_are_read_back(store: Shared) {
    let bytes = data(3_000_001);
    upload(&store, &key(1), &bytes).await.unwrap();
    assert_eq!(read(&store, &key(1)).await.unwrap(), bytes);
    assert_eq!(store.size(&key(1)).await.unwrap(), Some(3_000_001));
    let listed = store.list(None, 10).await.unwrap();
    assert_eq!(listed.iter().map(|entry| (entry.key.clone(), entry.size)).collect::<Vec<_>>(), [(key(1), 3_000_001)]);
    assert!(store.free_space().await.unwrap().is_none_or(|free| free > 0));
    assert_eq!(store.suspect(), None);
}

pub(crate) async fn ranges_are_exact(store: Shared) {
    let bytes = data(1_000_000);
    upload(&store, &key(1), &bytes).await.unwrap();
    let blob = store.open(&key(1)).await.unwrap();
    for range in
        [0..1, 0..0, 999_999..1_000_000, 262_143..262_145, 5..700_000, 999_999..5_000_000, 2_000_000..3_000_000]
    {
        let blocks: Vec<_> = blob.stream(range.clone()).collect().await;
        let read: Vec<u8> = blocks.into_iter().flat_map(|block| block.unwrap()).collect();
        let (from, to) = (range.start.min(1_000_000) as usize, range.end.min(1_000_000) as usize);
        assert!(read == bytes[from..to], "{range:?}");
    }
}

pub(crate) async fn nothing_is_visible_before_publishing(store: Shared) {
    let mut staged = store.begin(&key(1), None).await.unwrap();
    staged.write(Block::from(Bytes::from(data(100_000)))).await.unwrap();
    assert_eq!(store.size(&key(1)).await.unwrap(), None);
    assert_eq!(store.open(&key(1)).await.unwrap_err().kind(), Kind::NotFound);
    assert_eq!(store.list(None, 10).await.unwrap(), []);
    staged.publish().await.unwrap();
    assert_eq!(store.size(&key(1)).await.unwrap(), Some(100_000));
}

pub(crate) async fn dropping_removes(store: Shared) {
    let mut staged = store.begin(&key(1), None).await.unwrap();
    staged.write(Block::from(Bytes::from(data(100_000)))).await.unwrap();
    drop(staged);
    assert_empty(&store).await;
    upload(&store, &key(1), b"again").await.unwrap();
}

pub(crate) async fn nothing_is_replaced(store: Shared) {
    upload(&store, &key(1), b"first").await.unwrap();
    assert_eq!(upload(&store, &key(1), b"other").await.unwrap_err().kind(), Kind::Conflict);
    assert_eq!(read(&store, &key(1)).await.unwrap(), b"first");
    assert_eq!(store.recover().await.unwrap(), 0);
}

pub(crate) async fn one_of_many_publishers_wins(store: Shared) {
    for round in 0..20 {
        let key = key(round);
        let bodies: Vec<Vec<u8>> = (0..8_u8).map(|number| vec![number; 10_000]).collect();
        let attempts = bodies.iter().map(|bytes| upload(&store, &key, bytes));
        let outcomes = future::join_all(attempts).await;
        let winners: Vec<usize> = (0..8).filter(|number| outcomes[*number].is_ok()).collect();
        assert_eq!(winners.len(), 1, "round {round}");
        assert!(read(&store, &key).await.unwrap() == bodies[winners[0]], "round {round}");
        for outcome in outcomes {
            assert!(outcome.is_ok_and(|_| true) || store.size(&key).await.unwrap() == Some(10_000));
        }
    }
    assert_eq!(store.recover().await.unwrap(), 0);
}

pub(crate) async fn deleting_is_final_and_repeatable(store: Shared) {
    upload(&store, &key(1), b"bytes").await.unwrap();
    assert!(store.delete(&key(1)).await.unwrap());
    assert!(!store.delete(&key(1)).await.unwrap());
    assert_eq!(store.open(&key(1)).await.unwrap_err().kind(), Kind::NotFound);
    assert_empty(&store).await;
}

pub(crate) async fn readers_outlive_a_delete(store: Shared) {
    let bytes = data(2_000_000);
    upload(&store, &key(1), &bytes).await.unwrap();
    let blob = store.open(&key(1)).await.unwrap();
    let mut stream = blob.stream(0..blob.size());
    let mut read = stream.next().await.unwrap().unwrap().to_vec();
    assert!(store.delete(&key(1)).await.unwrap());
    while let Some(block) = stream.next().await {
        read.extend_from_slice(&block.unwrap());
    }
    assert!(read == bytes);
}

pub(crate) async fn lists_page_through_everything(store: Shared) {
    let expected: BTreeSet<Key> = (0..53).map(key).collect();
    for key in &expected {
        upload(&store, key, key.as_str().as_bytes()).await.unwrap();
    }
    for limit in [1, 7, 53, 1000] {
        let mut seen = Vec::new();
        loop {
            let page = store.list(seen.last(), limit).await.unwrap();
            assert!(page.len() <= limit);
            if page.is_empty() {
                break;
            }
            seen.extend(page.into_iter().map(|entry| entry.key));
        }
        assert!(seen.iter().eq(expected.iter()), "limit {limit}");
    }
}

pub(crate) async fn digests_are_those_of_the_bytes(store: Shared) {
    // The empty string and "abc" have published digests; longer data is compared with coreutils in the file store's test.
    let digests = upload(&store, &key(1), b"abc").await.unwrap();
    assert_eq!(digests.size, 3);
    assert_eq!(digests.checksum, "900150983cd24fb0d6963f7d28e17f72");
    assert_eq!(digests.hash_algo, HashAlgo::Sha512);
    assert!(digests.hash_value.starts_with("ddaf35a193617abacc417349ae204131"));
}

pub(crate) async fn every_algorithm_is_computed(store: Shared) {
    for (number, algo) in HashAlgo::ALL.into_iter().enumerate() {
        assert_eq!(HashAlgo::parse(algo.as_str()), Some(algo));
        let options = IngestOptions { hash_algo: algo, ..options() };
        let ingested = receive(body(b"abc", 1), &*store, &key(number as u32), &options).await.unwrap();
        assert_eq!(ingested.digests.hash_algo, algo);
        assert_eq!(ingested.digests.hash_value == ingested.digests.checksum, algo == HashAlgo::Md5);
    }
}

pub(crate) async fn pieces_do_not_matter(store: Shared) {
    let bytes = data(1_500_000);
    let whole = upload(&store, &key(0), &bytes).await.unwrap();
    for (number, piece) in [61, 8191, 8192, 524_288, 524_289, 1_500_000].into_iter().enumerate() {
        let key = key(1 + number as u32);
        let ingested = receive(body(&bytes, piece), &*store, &key, &options()).await.unwrap();
        assert_eq!(ingested.digests, whole, "pieces of {piece}");
        ingested.staged.publish().await.unwrap();
        assert!(read(&store, &key).await.unwrap() == bytes, "pieces of {piece}");
    }
}

pub(crate) async fn lengths_are_enforced(store: Shared) {
    let bytes = data(2_000_000);
    let base = options();
    let cases = [
        (IngestOptions { declared_size: Some(2_000_001), ..base.clone() }, Kind::Invalid),
        (IngestOptions { declared_size: Some(1_999_999), ..base.clone() }, Kind::Invalid),
        (IngestOptions { declared_size: Some(0), ..base.clone() }, Kind::Invalid),
        (IngestOptions { size_cap: 1_999_999, ..base.clone() }, Kind::OverLimit),
        (IngestOptions { size_cap: 1_999_999, declared_size: Some(2_000_000), ..base.clone() }, Kind::OverLimit),
        (IngestOptions { quota_left: Some(1_999_999), ..base.clone() }, Kind::OverLimit),
        (IngestOptions { quota_left: Some(0), declared_size: Some(2_000_000), ..base.clone() }, Kind::OverLimit),
    ];
    for (options, kind) in cases {
        let refused = receive(body(&bytes, 100_000), &*store, &key(1), &options).await.err().unwrap();
        assert_eq!(refused.kind(), kind, "{options:?}");
    }
    let exact =
        IngestOptions { declared_size: Some(2_000_000), size_cap: 2_000_000, quota_left: Some(2_000_000), ..base };
    assert!(receive(body(&bytes, 100_000), &*store, &key(1), &exact).await.is_ok());
    assert_empty(&store).await;
}

/// T-H2: a body that breaks off is no image.
pub(crate) async fn a_broken_body_leaves_nothing(store: Shared) {
    for whole in [0, 1, 600_000, 3_000_000] {
        let reset = || Err(io::Error::from(io::ErrorKind::ConnectionReset));
        let broken = body(&data(whole), 50_000).chain(stream::iter([reset()]));
        let failed = receive(broken, &*store, &key(1), &options()).await.err().unwrap();
        assert_eq!(failed.kind(), Kind::Invalid);
    }
    assert_empty(&store).await;
}

/// The client is gone: the handler's future is dropped in the middle.
pub(crate) async fn an_abandoned_upload_leaves_nothing(store: Shared) {
    let (sent, gone) = tokio::sync::oneshot::channel();
    let mut sent = Some(sent);
    let bytes = data(2_000_000);
    let endless = body(&bytes, 100_000).chain(stream::poll_fn(move |_| {
        sent.take().map(|sent| sent.send(()));
        std::task::Poll::Pending
    }));
    let (key, options) = (key(1), options());
    let abandoned = tokio::select! {
        finished = receive(endless, &*store, &key, &options) => panic!("finished: {}", finished.is_ok()),
        abandoned = gone => abandoned,
    };
    abandoned.unwrap();
    // A write that was under way may hold the file a moment longer; asking the store again waits for nothing but that.
    while store.recover().await.unwrap() > 0 {}
    assert_empty(&store).await;
    upload(&store, &key, b"again").await.unwrap();
}

pub(crate) async fn formats_are_inspected_on_the_way(store: Shared) {
    let mut qcow2 = vec![0; 600_000];
    qcow2[..8].copy_from_slice(b"QFI\xfb\0\0\0\x03");
    qcow2[24..32].copy_from_slice(&(7_u64 << 30).to_be_bytes());
    let options = IngestOptions { inspect: true, ..options() };
    let report = receive(body(&qcow2, 7), &*store, &key(1), &options).await.unwrap().inspection.unwrap();
    assert_eq!(report.findings.len(), 1);
    assert_eq!(report.findings[0].virtual_size, Some(7 << 30));
    assert_eq!(report.size, 600_000);
}

pub(crate) async fn an_empty_upload_is_an_upload(store: Shared) {
    let digests = upload(&store, &key(1), b"").await.unwrap();
    assert_eq!((digests.size, digests.checksum.as_str()), (0, "d41d8cd98f00b204e9800998ecf8427e"));
    assert_eq!(store.size(&key(1)).await.unwrap(), Some(0));
    assert_eq!(read(&store, &key(1)).await.unwrap(), b"");
}

pub(crate) async fn stored_bytes_can_be_verified(store: Shared) {
    let bytes = data(1_234_567);
    let recorded = upload(&store, &key(1), &bytes).await.unwrap();
    let mut seen = 0;
    let blob = store.open(&key(1)).await.unwrap();
    let found = digest::of_blob(&blob, HashAlgo::Sha512, |bytes| seen += bytes).await.unwrap();
    assert_eq!((found, seen), (recorded, 1_234_567));
}

pub(crate) async fn missing_keys_are_not_found(store: Shared) {
    assert_eq!(store.open(&key(9)).await.unwrap_err().kind(), Kind::NotFound);
    assert_eq!(store.size(&key(9)).await.unwrap(), None);
    assert_eq!(store.list(Some(&key(9)), 5).await.unwrap(), []);
}
