//! Data that the server fetches: what becomes of an order when it is this server that fails.

use std::{io, time::Duration};

use bytes::Bytes;
use futures_util::stream::Empty;
use salon_catalog::jobs::COPY_IMAGE;
use salon_core::{
    ImageId, Kind,
    image::{Status, v1::fields::Fields},
};
use salon_service::{
    images, maintenance,
    v1::{self, Source},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};

use crate::world::{Point, World, alice};

const DATA: &[u8] = b"what the source has";

/// A source that answers every request with [`DATA`].
async fn source() -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/image", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => request.push(byte),
                    Err(_) => break,
                }
            }
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", DATA.len());
            // A peer that went away is not the test's business.
            let _ = stream.write_all(&[head.as_bytes(), DATA].concat()).await;
        }
    });
    (url, serving)
}

async fn ordered(world: &World, url: &str) -> ImageId {
    let pairs = [("disk_format", "raw"), ("container_format", "bare")];
    let fields = Fields::parse(pairs, world.service.formats()).unwrap();
    let source = Source::<Empty<io::Result<Bytes>>>::Copy(url.to_owned());
    let image = v1::create(&world.service, &alice(), &fields, source).await.unwrap();
    assert_eq!((image.status, waiting(world).await), (Status::Queued, 1));
    image.id
}

async fn waiting(world: &World) -> u64 {
    world.catalog.count_jobs(COPY_IMAGE, 100).await.unwrap()
}

#[tokio::test]
async fn trouble_of_this_server_leaves_the_order_standing() {
    let world = World::new().await;
    let (url, _serving) = source().await;
    let id = ordered(&world, &url).await;
    for (round, point) in Point::UPLOAD.into_iter().enumerate() {
        world.store.break_at(point, Kind::Unavailable);
        assert_eq!(maintenance::run_due(&world.service).await.unwrap(), 1, "{point:?}");
        assert_eq!(waiting(&world).await, 1, "{point:?}");
        world.assert_clean(&id).await;
        world.store.open_gates();
        assert_eq!(maintenance::run_due(&world.service).await.unwrap(), 0, "not at once");
        world.clock.advance(Duration::from_secs(1 << round));
    }
    assert_eq!(maintenance::run_due(&world.service).await.unwrap(), 1);
    assert_eq!((world.status(&id).await, waiting(&world).await), (Status::Active, 0));
    assert_eq!(world.read(&alice(), &id).await.unwrap().unwrap(), DATA);
}

#[tokio::test]
async fn trouble_without_end_kills_the_image() {
    let world = World::new().await;
    let (url, _serving) = source().await;
    let id = ordered(&world, &url).await;
    world.store.break_at(Point::Begin, Kind::Unavailable);
    for _ in 0..20 {
        assert_eq!(maintenance::run_due(&world.service).await.unwrap(), 1);
        assert_eq!(world.status(&id).await, Status::Queued);
        world.clock.advance(Duration::from_secs(3600));
    }
    assert_eq!(maintenance::run_due(&world.service).await.unwrap(), 1);
    assert_eq!((world.status(&id).await, waiting(&world).await), (Status::Killed, 0));
    world.store.open_gates();
    world.clock.advance(Duration::from_secs(36_000));
    assert_eq!(maintenance::run_due(&world.service).await.unwrap(), 0);
}

/// F-18: a node that others take for dead finishes, or the other one does; never both, never none.
#[tokio::test]
async fn f_18_two_nodes_carry_one_order_out_once() {
    let world = World::new().await;
    let (url, _serving) = source().await;
    let id = ordered(&world, &url).await;
    world.store.close(Point::BeforePublish);
    let service = world.service.clone();
    let slow = tokio::spawn(async move { maintenance::run_due(&service).await });
    world.store.reached().await;
    // Its lease is over as far as the neighbour can see, but the image is being saved.
    world.clock.advance(world.service.settings().lease + Duration::from_secs(1));
    let neighbour = world.neighbour("neighbour");
    assert_eq!(maintenance::run_due(&neighbour).await.unwrap(), 1);
    assert_eq!((world.status(&id).await, waiting(&world).await), (Status::Saving, 1));
    world.store.open_gates();
    slow.await.unwrap().unwrap();
    assert_eq!(world.status(&id).await, Status::Active);
    world.clock.advance(Duration::from_secs(3600));
    assert_eq!(maintenance::run_due(&neighbour).await.unwrap(), 1);
    assert_eq!((world.files().len(), waiting(&world).await), (1, 0));
    assert_eq!(world.read(&alice(), &id).await.unwrap().unwrap(), DATA);
}

#[tokio::test]
async fn an_order_for_a_deleted_image_is_void() {
    let world = World::new().await;
    let (url, _serving) = source().await;
    let id = ordered(&world, &url).await;
    images::delete(&world.service, &alice(), &id).await.unwrap();
    assert_eq!(maintenance::run_due(&world.service).await.unwrap(), 1);
    assert_eq!((world.row(&id).await, waiting(&world).await), (None, 0));
    assert_eq!(world.files(), Vec::<String>::new());
}
