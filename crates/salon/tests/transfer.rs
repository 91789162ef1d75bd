//! Downloads through the kernel: whole, in parts, one after the other, and given up.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod common;

use std::io::Read;

use common::{Salon, noise};

const LENGTH: usize = 5 * (1 << 20) + 4321;

#[test]
fn ranges_are_exact() {
    let salon = Salon::new();
    let alice = salon.alice();
    let bytes = noise(LENGTH);
    let file = format!("{}/file", alice.image_with("ranged", &bytes));
    for (range, expected) in [
        ("bytes=0-0", &bytes[..1]),
        ("bytes=1000-1999", &bytes[1000..2000]),
        ("bytes=1048575-3145730", &bytes[1_048_575..3_145_731]),
        ("bytes=5000000-", &bytes[5_000_000..]),
        ("bytes=-777", &bytes[LENGTH - 777..]),
        ("bytes=5242879-99999999", &bytes[5_242_879..]),
    ] {
        let answer = alice.send("GET", &file, &[("Range", range)], b"");
        assert_eq!(answer.status, 206, "{range}");
        assert!(answer.body == expected, "{range}: {} bytes", answer.body.len());
    }
    assert_eq!(alice.send("GET", &file, &[("Range", "bytes=99999999-")], b"").status, 416);
    assert!(salon.metric("salon_http_sendfile_bytes_total") > 0);
}

#[test]
fn many_downloads_on_one_connection_keep_their_order() {
    let salon = Salon::new();
    let alice = salon.alice();
    let token = alice.token.clone().unwrap_or_default();
    let headers = [("X-Auth-Token", token.as_str())];
    let contents: Vec<Vec<u8>> = [1, 4096, 1 << 20, (1 << 20) + 1, 3 << 20].map(noise).to_vec();
    let files: Vec<String> =
        contents.iter().map(|bytes| format!("{}/file", alice.image_with("one of many", bytes))).collect();
    let mut connection = salon.connect();
    for file in &files {
        connection.head("GET", file, &headers, None);
        connection.head("GET", "/v2/schemas/image", &headers, None);
    }
    for bytes in &contents {
        assert!(connection.answer(false).is_some_and(|answer| answer.body == *bytes));
        assert!(connection.answer(false).is_some_and(|answer| answer.text().contains("os_hash_value")));
    }
}

#[test]
fn p5_a_file_that_lost_its_end_is_never_served_as_whole() {
    let salon = Salon::new();
    let alice = salon.alice();
    let token = alice.token.clone().unwrap_or_default();
    // Far more than the buffers of both sockets hold.
    let length = 48 << 20;
    let image = alice.image_with("damaged", &noise(length));
    let stored = std::fs::read_dir(salon.data().join("images"))
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .find(|path| path.is_file());
    let Some(stored) = stored else { panic!("the store has no file") };
    // While it is being sent: the size was right when the download began.
    let mut connection = salon.connect();
    connection.head("GET", &format!("{image}/file"), &[("X-Auth-Token", token.as_str())], None);
    let mut start = [0; 1000];
    assert!(connection.socket.read_exact(&mut start).is_ok());
    let file = std::fs::OpenOptions::new().write(true).open(&stored);
    assert!(file.is_ok_and(|file| file.set_len(1 << 20).is_ok()));
    let mut rest = Vec::new();
    let _ = connection.socket.read_to_end(&mut rest);
    assert!(rest.len() < length, "{} bytes", rest.len());
    salon.wait_metric("salon_http_blobs_cut_total", 1);
    // From now on it is known before the first byte.
    assert!(alice.get(&format!("{image}/file")).status >= 404);
}
