//! A server without a network: catalog, store, service, and people to use it.

use std::{
    env, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, future::BoxFuture, stream};
use salon_catalog::{Catalog, Options};
use salon_core::{
    Caller, Clock, Entropy, ImageId, Kind, ProjectId, Result, Scope, Timestamp, UserId,
    image::{
        Image, Location, Status,
        draft::{Draft, Formats},
    },
    limits::Limits,
    policy::Policy,
};
use salon_outbound::{Guard, Options as GuardOptions};
use salon_service::{
    Ctx, Parts, Service, Settings,
    data::{self, UploadRequest},
    images,
};
use salon_store::{Blob, Block, Entry, FileStore, FileStoreOptions, Key, Staged, Store, Sums};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tempfile::TempDir;
use tokio::sync::watch;

/// A clock that goes when it is told to.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Numbers that differ, the same in every run.
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

/// Named places in the store where a test can hold an upload or a removal still, or make it fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    /// Before the staged file is made.
    Begin,
    /// Before a block is written.
    Write,
    /// All bytes are there; before they are published.
    BeforePublish,
    /// The file has its name; before the catalog is told.
    AfterPublish,
    /// Before an object is removed.
    Delete,
}

impl Point {
    pub(crate) const UPLOAD: [Self; 4] = [Self::Begin, Self::Write, Self::BeforePublish, Self::AfterPublish];
}

/// What happens at a point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Gate {
    #[default]
    Open,
    /// Whoever comes waits.
    Closed,
    /// Somebody waits.
    Waiting,
    /// Whoever comes fails.
    Broken(Kind),
}

/// A gate at every point.
type Gates = [Gate; 5];

/// A way out that leads to this machine only.
fn outbound() -> Guard {
    let allowed_networks = vec!["127.0.0.0/8".parse().unwrap()];
    Guard::new(GuardOptions { ports: Vec::new(), allowed_networks, ..GuardOptions::default() }).unwrap()
}

/// The real file store with a gate in front of its steps.
pub(crate) struct GatedStore {
    inner: FileStore,
    gates: watch::Sender<Gates>,
}

impl GatedStore {
    /// From now on whoever comes to `point` waits.
    pub(crate) fn close(&self, point: Point) {
        self.set(point, Gate::Closed);
    }

    /// From now on `point` fails.
    pub(crate) fn break_at(&self, point: Point, kind: Kind) {
        self.set(point, Gate::Broken(kind));
    }

    fn set(&self, point: Point, gate: Gate) {
        self.gates.send_modify(|gates| gates[point as usize] = gate);
    }

    /// Lets everybody through everywhere.
    pub(crate) fn open_gates(&self) {
        self.gates.send_replace(Gates::default());
    }

    /// Waits until somebody waits at a closed point.
    pub(crate) async fn reached(&self) {
        let mut gates = self.gates.subscribe();
        let waiting = gates.wait_for(|gates| gates.contains(&Gate::Waiting));
        tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("nobody came to the gate").unwrap();
    }
}

async fn pass(gates: &watch::Sender<Gates>, at: Point) -> Result<()> {
    gates.send_if_modified(|gates| {
        let closed = gates[at as usize] == Gate::Closed;
        if closed {
            gates[at as usize] = Gate::Waiting;
        }
        closed
    });
    let mut now = gates.subscribe();
    let free = |gates: &Gates| !matches!(gates[at as usize], Gate::Waiting | Gate::Closed);
    match now.wait_for(free).await.unwrap()[at as usize] {
        Gate::Broken(kind) => Err(salon_core::Error::new(kind, "broken by the test")),
        _ => Ok(()),
    }
}

impl Store for GatedStore {
    fn id(&self) -> &str {
        self.inner.id()
    }

    fn begin<'a>(&'a self, key: &'a Key, declared: Option<u64>) -> BoxFuture<'a, Result<Box<dyn Staged>>> {
        Box::pin(async move {
            pass(&self.gates, Point::Begin).await?;
            let staged = self.inner.begin(key, declared).await?;
            Ok(Box::new(GatedStaged { inner: staged, gates: self.gates.clone() }) as Box<dyn Staged>)
        })
    }

    fn open<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Blob>> {
        self.inner.open(key)
    }

    fn open_at_rest<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Blob>> {
        self.inner.open_at_rest(key)
    }

    fn put_sums<'a>(&'a self, key: &'a Key, sums: Sums) -> BoxFuture<'a, Result<()>> {
        self.inner.put_sums(key, sums)
    }

    fn damaged(&self) -> Arc<AtomicU64> {
        self.inner.damaged()
    }

    fn delete<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            pass(&self.gates, Point::Delete).await?;
            self.inner.delete(key).await
        })
    }

    fn size<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<u64>>> {
        self.inner.size(key)
    }

    fn list<'a>(&'a self, after: Option<&'a Key>, limit: usize) -> BoxFuture<'a, Result<Vec<Entry>>> {
        self.inner.list(after, limit)
    }

    fn free_space(&self) -> BoxFuture<'_, Result<Option<u64>>> {
        self.inner.free_space()
    }

    fn recover(&self) -> BoxFuture<'_, Result<u64>> {
        self.inner.recover()
    }

    fn suspect(&self) -> Option<String> {
        self.inner.suspect()
    }
}

struct GatedStaged {
    inner: Box<dyn Staged>,
    gates: watch::Sender<Gates>,
}

impl Staged for GatedStaged {
    fn write(&mut self, block: Block) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            pass(&self.gates, Point::Write).await?;
            self.inner.write(block).await
        })
    }

    fn publish(self: Box<Self>) -> BoxFuture<'static, Result<Location>> {
        Box::pin(async move {
            pass(&self.gates, Point::BeforePublish).await?;
            let location = self.inner.publish().await?;
            pass(&self.gates, Point::AfterPublish).await?;
            Ok(location)
        })
    }
}

/// How a world differs from the usual.
pub(crate) struct Setup {
    pub(crate) limits: Limits,
    pub(crate) settings: Settings,
    pub(crate) reserve_bytes: u64,
}

impl Default for Setup {
    fn default() -> Self {
        Self { limits: Limits::default(), settings: Settings::new("node-1"), reserve_bytes: 0 }
    }
}

pub(crate) struct World {
    pub(crate) dir: PathBuf,
    /// Removed with the world, unless somebody else holds it too.
    _keep: Option<Arc<TempDir>>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) store: Arc<GatedStore>,
    pub(crate) catalog: Catalog,
    pub(crate) service: Service,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        Self::at(Arc::new(tempfile::tempdir().unwrap()), setup, 1).await
    }

    /// A server on what is in `dir`; `start` distinguishes the random numbers of successive starts.
    pub(crate) async fn at(dir: Arc<TempDir>, setup: Setup, start: u64) -> Self {
        Self { _keep: Some(dir.clone()), ..Self::in_directory(dir.path(), setup, start).await }
    }

    /// As [`World::at`], in a directory of somebody else.
    pub(crate) async fn in_directory(dir: &Path, setup: Setup, start: u64) -> Self {
        let clock = Arc::new(TestClock(AtomicI64::new(1_780_000_000_000_000)));
        let url = database_in(dir).await;
        let catalog = Catalog::open(Options { max_connections: 4, ..Options::new(url) }).await.unwrap();
        catalog.migrate(clock.now()).await.unwrap();
        let options = FileStoreOptions {
            id: "file".to_owned(),
            directory: dir.join("images"),
            reserve_bytes: setup.reserve_bytes,
        };
        let store = Arc::new(GatedStore {
            inner: FileStore::open(options).unwrap(),
            gates: watch::Sender::new(Gates::default()),
        });
        let service = Service::new(Parts {
            catalog: catalog.clone(),
            store: store.clone(),
            bot_events: bot_events(),
            outbound: outbound(),
            policy: Policy::defaults(),
            limits: setup.limits,
            formats: Formats::default(),
            clock: clock.clone(),
            entropy: Arc::new(Counter(AtomicU64::new(start << 48))),
            settings: setup.settings,
        });
        Self { dir: dir.to_owned(), _keep: None, clock, store, catalog, service }
    }

    /// A second server on the same catalog and store, as another node.
    pub(crate) fn neighbour(&self, node: &str) -> Service {
        Service::new(Parts {
            catalog: self.catalog.clone(),
            store: self.store.clone(),
            bot_events: bot_events(),
            outbound: outbound(),
            policy: Policy::defaults(),
            limits: Limits::default(),
            formats: Formats::default(),
            clock: self.clock.clone(),
            entropy: Arc::new(Counter(AtomicU64::new(7 << 56))),
            settings: Settings::new(node),
        })
    }

    /// A record as alice makes it: raw and bare unless `more` says otherwise.
    pub(crate) async fn image(&self, more: Value) -> ImageId {
        let mut body = json!({"name": "an image", "disk_format": "raw", "container_format": "bare"});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.create(&alice(), body).await.unwrap().id
    }

    pub(crate) async fn create(&self, ctx: &Ctx, body: Value) -> Result<Image> {
        images::create(&self.service, ctx, Draft::from_json(&body, self.service.formats())?).await
    }

    pub(crate) async fn upload(&self, id: &ImageId, data: &[u8]) -> Result<Image> {
        data::upload(&self.service, &alice(), id, request(chunks(data))).await
    }

    /// Uploads, and insists that it works.
    pub(crate) async fn fill(&self, id: &ImageId, data: &[u8]) -> Image {
        self.upload(id, data).await.unwrap()
    }

    /// An image with data.
    pub(crate) async fn active(&self, data: &[u8]) -> ImageId {
        let id = self.image(json!({})).await;
        self.fill(&id, data).await;
        id
    }

    pub(crate) async fn row(&self, id: &ImageId) -> Option<Image> {
        self.catalog.image(id, None).await.unwrap().map(|view| view.image)
    }

    pub(crate) async fn status(&self, id: &ImageId) -> Status {
        self.row(id).await.unwrap().status
    }

    /// Names in the store, the staging directory's included, and sums of data that is not there.
    pub(crate) fn files(&self) -> Vec<String> {
        let list = |place: &Path| {
            let entries = std::fs::read_dir(place).unwrap();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
        };
        let images = self.images_dir();
        let mut names = list(&images);
        names.retain(|name| name != ".staging" && name != ".sums");
        names.extend(list(&images.join(".staging")));
        let sums = list(&images.join(".sums")).into_iter().filter(|name| !images.join(name).exists());
        names.extend(sums.map(|name| format!(".sums/{name}")));
        names.sort();
        names
    }

    pub(crate) fn images_dir(&self) -> PathBuf {
        self.dir.join("images")
    }

    pub(crate) async fn read(&self, ctx: &Ctx, id: &ImageId) -> Result<Option<Vec<u8>>> {
        use futures_util::TryStreamExt;
        let download = data::download(&self.service, ctx, id).await?;
        let Some(blob) = download.blob else { return Ok(None) };
        let pieces: Vec<Bytes> = blob.stream(0..blob.size()).try_collect().await.unwrap();
        Ok(Some(pieces.concat()))
    }

    /// The image is queued, has no data, nothing of it is in the store, and a new upload works.
    pub(crate) async fn assert_clean_and_retry(&self, id: &ImageId, data: &[u8]) {
        self.assert_clean(id).await;
        self.fill(id, data).await;
        assert_eq!(self.read(&alice(), id).await.unwrap().unwrap(), data);
        assert_eq!(self.files().len(), 1);
    }

    pub(crate) async fn assert_clean(&self, id: &ImageId) {
        assert!(self.service.settle(Duration::from_secs(60)).await, "something still runs");
        let row = self.row(id).await.unwrap();
        assert_eq!(row.status, Status::Queued);
        assert_eq!((row.size, row.checksum, row.location), (None, None, None));
        assert_eq!(self.files(), Vec::<String>::new());
    }
}

/// A way to bots that leads nowhere but to public addresses.
pub(crate) fn bot_events() -> salon_notify::BotEvents {
    salon_notify::BotEvents::new(salon_outbound::Guard::new(salon_outbound::Options::default()).unwrap())
}

/// The database of the world in `dir`: SQLite, or a database of its own on the server that `SALON_TEST_DATABASE` names
/// (`postgres` or `mariadb`; `ci/databases.sh` starts throw-away ones).
async fn database_in(dir: &Path) -> String {
    let kind = env::var("SALON_TEST_DATABASE").unwrap_or_else(|_| "sqlite".to_owned());
    let name: String = dir.file_name().unwrap().to_string_lossy().chars().filter(char::is_ascii_alphanumeric).collect();
    let create = format!("CREATE DATABASE salon_{}", name.to_lowercase());
    let server = |variable| env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set"));
    // After a restart it is there already.
    let made = |outcome: sqlx::Result<()>| match outcome {
        Err(error) if !error.to_string().contains("exist") => panic!("{error}"),
        _ => {}
    };
    let admin = match kind.as_str() {
        "sqlite" => return format!("sqlite://{}/catalog.sqlite", dir.display()),
        "postgres" => {
            let admin = server("SALON_TEST_POSTGRES_URL");
            let mut connection = sqlx::PgConnection::connect(&admin).await.unwrap();
            made(connection.execute(sqlx::raw_sql(AssertSqlSafe(create))).await.map(drop));
            connection.close().await.unwrap();
            admin
        }
        "mariadb" => {
            let admin = server("SALON_TEST_MARIADB_URL");
            let mut connection = sqlx::MySqlConnection::connect(&admin).await.unwrap();
            made(connection.execute(sqlx::raw_sql(AssertSqlSafe(create))).await.map(drop));
            connection.close().await.unwrap();
            admin
        }
        other => panic!("SALON_TEST_DATABASE is {other}"),
    };
    let (server, _) = admin.rsplit_once('/').unwrap();
    format!("{server}/salon_{}", name.to_lowercase())
}

pub(crate) fn person(user: &str, project: &str, roles: &[&str]) -> Ctx {
    let caller = Caller {
        user_id: UserId::new(user),
        user_name: Some(user.to_owned()),
        user_domain_id: Some("default".to_owned()),
        scope: Scope::Project(ProjectId::new(project)),
        project_domain_id: Some("default".to_owned()),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        service_roles: Vec::new(),
        is_admin_project: true,
    };
    Ctx::new(caller, format!("req-{user}"))
}

pub(crate) fn alice() -> Ctx {
    person("alice", "alpha", &["member", "reader"])
}

pub(crate) fn bob() -> Ctx {
    person("bob", "beta", &["member", "reader"])
}

pub(crate) fn admin() -> Ctx {
    person("admin", "admin", &["admin", "member", "reader"])
}

pub(crate) fn request<B>(body: B) -> UploadRequest<B> {
    UploadRequest { content_length: None, declared_size: None, body }
}

/// The bytes in pieces, as a network hands them out.
pub(crate) fn chunks(data: &[u8]) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let pieces: Vec<io::Result<Bytes>> = data.chunks(65_536).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces)
}

/// A body that must not be read.
pub(crate) fn untouched() -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    stream::poll_fn(|_| panic!("the body was read"))
}

/// Bytes that are no known format, and differ by `seed`.
pub(crate) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    Counter(AtomicU64::new(seed)).fill(&mut bytes);
    bytes
}
