//! Databases for the cases, and short ways to say what a case is about.

use std::{
    env,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use salon_catalog::{
    Catalog, Options,
    members::Record,
    uploads::{StoredData, UploadClaim},
};
use salon_core::{
    Caller, Entropy, ImageId, Permitted, ProjectId, Scope, Timestamp, UserId, Viewer,
    event::Actor,
    image::{
        Image, ImageView, Location, Status, Visibility,
        actions::{AddMember, DeleteMember, GetMembers, ImageAction, Modify, ModifyMember, ReplaceMembers, Upload},
        sharing,
    },
    membership::{MemberName, MemberStatus, Membership, rules::Invitation},
    policy::Policy,
};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

/// Start of the tests' time.
pub(crate) const EPOCH: i64 = 1_700_000_000_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
    MariaDb,
}

impl Database {
    fn admin_url(self) -> Option<String> {
        let name = match self {
            Self::Sqlite => return None,
            Self::Postgres => "SALON_TEST_POSTGRES_URL",
            Self::MariaDb => "SALON_TEST_MARIADB_URL",
        };
        let url = env::var(name);
        let help = "start the databases with: eval \"$(ci/databases.sh start /tmp/salon-databases)\"";
        Some(url.unwrap_or_else(|_| panic!("{name} is not set; {help}")))
    }

    /// A statement outside the catalog.
    pub(crate) async fn say(self, url: &str, statement: &str) {
        match self {
            Self::Sqlite => {
                let connection = rusqlite::Connection::open(url.trim_start_matches("sqlite:")).unwrap();
                connection.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
                connection.execute_batch(statement).unwrap();
            }
            Self::Postgres => {
                let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
                connection.execute(sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))).await.unwrap();
                connection.close().await.unwrap();
            }
            Self::MariaDb => {
                let mut connection = sqlx::MySqlConnection::connect(url).await.unwrap();
                connection.execute(sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }
}

/// Runs a case on a new database and removes it afterwards, also when the case fails.
pub(crate) fn run<C, F>(database: Database, case: C)
where
    C: FnOnce(World) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let name = format!("salon_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    runtime.block_on(async move {
        let admin = database.admin_url();
        let url = match &admin {
            None => format!("sqlite:{}", directory.path().join("salon.db").display()),
            Some(admin) => {
                database.say(admin, &format!("CREATE DATABASE {name}")).await;
                let (server, _) = admin.rsplit_once('/').unwrap();
                format!("{server}/{name}")
            }
        };
        let world = World::new(database, url).await;
        let catalog = world.catalog.clone();
        let outcome = tokio::spawn(case(world)).await;
        catalog.close().await;
        if let Some(admin) = &admin {
            let drop = match database {
                Database::Postgres => format!("DROP DATABASE {name} WITH (FORCE)"),
                Database::Sqlite | Database::MariaDb => format!("DROP DATABASE {name}"),
            };
            database.say(admin, &drop).await;
        }
        if let Err(error) = outcome {
            std::panic::resume_unwind(error.into_panic());
        }
    });
}

/// A seeded source of randomness.
pub(crate) struct Seeded(AtomicU64);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// The next number (SplitMix64).
    pub(crate) fn next(&self) -> u64 {
        let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&self, limit: u64) -> u64 {
        self.next() % limit
    }
}

impl Entropy for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let value = self.next().to_le_bytes();
            chunk.copy_from_slice(&value[..chunk.len()]);
        }
    }
}

/// A catalog, a policy, and a clock that only moves on.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) url: String,
    pub(crate) catalog: Catalog,
    pub(crate) policy: Arc<Policy>,
    pub(crate) entropy: Arc<Seeded>,
    time: Arc<AtomicI64>,
}

impl World {
    async fn new(database: Database, url: String) -> Self {
        let catalog = Catalog::open(Options::new(url.clone())).await.unwrap();
        catalog.migrate(Timestamp(EPOCH)).await.unwrap();
        Self {
            database,
            url,
            catalog,
            policy: Arc::new(Policy::defaults()),
            entropy: Arc::new(Seeded::new(7)),
            time: Arc::new(AtomicI64::new(EPOCH)),
        }
    }

    /// One second later each time.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.time.fetch_add(1_000_000, Ordering::Relaxed))
    }

    pub(crate) fn new_id(&self) -> ImageId {
        ImageId::random(&*self.entropy)
    }

    /// A plain image of `owner`, not yet in the catalog.
    pub(crate) fn draft(&self, owner: &str, visibility: Visibility) -> Image {
        let now = self.now();
        Image {
            id: self.new_id(),
            name: None,
            owner: Some(ProjectId::new(owner)),
            status: Status::Queued,
            visibility,
            hidden: false,
            protected: false,
            disk_format: Some("raw".to_owned()),
            container_format: Some("bare".to_owned()),
            min_disk: 0,
            min_ram: 0,
            size: None,
            virtual_size: None,
            checksum: None,
            os_hash_algo: None,
            os_hash_value: None,
            created_at: now,
            updated_at: now,
            tags: Default::default(),
            properties: Default::default(),
            location: None,
            revision: 1,
        }
    }

    /// Puts an image into the catalog, with an administrator's permission.
    pub(crate) async fn put(&self, image: Image) -> ImageId {
        let id = image.id.clone();
        let permitted = self.policy.permit_create(&admin(), image).unwrap();
        self.catalog.create_image(&permitted, &actor()).await.unwrap();
        id
    }

    /// A plain image of `owner`, in the catalog.
    pub(crate) async fn image(&self, owner: &str, visibility: Visibility) -> ImageId {
        self.put(self.draft(owner, visibility)).await
    }

    pub(crate) async fn view(&self, id: &ImageId, project: &str) -> Option<ImageView> {
        self.catalog.image(id, Some(&ProjectId::new(project))).await.unwrap()
    }

    pub(crate) async fn row(&self, id: &ImageId) -> Option<Image> {
        self.catalog.image(id, None).await.unwrap().map(|view| view.image)
    }

    /// The permission of an administrator to do `A`.
    pub(crate) async fn permit<A: ImageAction>(&self, id: &ImageId) -> Permitted<ImageView, A> {
        self.policy.permit(&admin(), self.view(id, "admin").await.unwrap()).unwrap()
    }

    pub(crate) async fn may_invite(&self, id: &ImageId) -> Permitted<ImageView, AddMember> {
        sharing::invite(&self.policy, &admin(), self.view(id, "admin").await.unwrap()).unwrap()
    }

    pub(crate) async fn may_revoke(&self, id: &ImageId, member: &str) -> Permitted<ImageView, DeleteMember> {
        let view = self.view(id, "admin").await.unwrap();
        sharing::revoke(&self.policy, &admin(), view, &name(member)).unwrap()
    }

    pub(crate) async fn may_replace(&self, id: &ImageId) -> Permitted<ImageView, ReplaceMembers> {
        sharing::replace(&self.policy, &admin(), self.view(id, "admin").await.unwrap()).unwrap()
    }

    /// The permission of an administrator to answer for `member`, which must be one.
    pub(crate) async fn may_respond(&self, id: &ImageId, member: &str) -> Option<Permitted<ImageView, ModifyMember>> {
        let (view, record) = self.with_member(id, member).await.unwrap();
        let found = sharing::look_up(&self.policy, &admin(), view, &name(member)).unwrap();
        let record = record.shown(&found)?;
        Some(sharing::respond(&self.policy, &admin(), found, &record).unwrap())
    }

    /// An image and what its guest list says of `member`, as an administrator reads it.
    pub(crate) async fn with_member(&self, id: &ImageId, member: &str) -> Option<(ImageView, Record)> {
        let viewer = Viewer { project: Some(ProjectId::new("admin")), admin: true };
        self.catalog.image_and_member(id, &viewer, &name(member)).await.unwrap()
    }

    pub(crate) async fn may_list(&self, id: &ImageId) -> Permitted<ImageView, GetMembers> {
        match sharing::list(&self.policy, &admin(), self.view(id, "admin").await.unwrap()).unwrap() {
            sharing::Guests::All(permitted) => permitted,
            sharing::Guests::Own(_) => panic!("an administrator sees the whole list"),
        }
    }

    pub(crate) async fn invite(&self, id: &ImageId, member: &str) -> salon_core::Result<Membership> {
        let permitted = self.may_invite(id).await;
        let invitation = Invitation::pending(name(member));
        self.catalog.invite(&permitted, &invitation, Some(128), self.now(), &actor()).await
    }

    pub(crate) async fn respond(&self, id: &ImageId, member: &str, status: MemberStatus) {
        let permitted = self.may_respond(id, member).await.unwrap();
        self.catalog.respond(&permitted, &name(member), status, self.now(), &actor()).await.unwrap();
    }

    pub(crate) async fn members(&self, id: &ImageId) -> Vec<Membership> {
        self.catalog.members(&self.may_list(id).await, None, 1000).await.unwrap()
    }

    pub(crate) fn claim(&self, id: &ImageId, token: &str, node: &str) -> UploadClaim {
        UploadClaim {
            token: token.to_owned(),
            node: node.to_owned(),
            lease_until: Timestamp(EPOCH + 3_600_000_000),
            location: Location { store: "file".to_owned(), key: format!("{id}.{token}") },
        }
    }

    /// Uploads `size` bytes to a queued image.
    pub(crate) async fn upload(&self, id: &ImageId, size: u64) {
        let token = format!("upload-of-{id}");
        let claim = self.claim(id, &token, "node");
        let permitted = self.permit::<Upload>(id).await;
        self.catalog.begin_upload(&permitted, &claim, self.now(), &actor()).await.unwrap();
        let data = stored(&claim, size);
        self.catalog.finish_upload(id, &token, &data, None, self.now(), &actor()).await.unwrap();
    }

    /// Begins an upload to a queued image, which fails for good.
    pub(crate) async fn kill(&self, id: &ImageId) {
        let token = format!("upload-of-{id}");
        let claim = self.claim(id, &token, "node");
        let permitted = self.permit::<Upload>(id).await;
        self.catalog.begin_upload(&permitted, &claim, self.now(), &actor()).await.unwrap();
        assert!(self.catalog.kill_upload(id, &token, self.now()).await.unwrap());
        assert!(!self.catalog.kill_upload(id, &token, self.now()).await.unwrap());
    }

    /// Changes a row as an administrator.
    pub(crate) async fn modify(&self, id: &ImageId, change: impl FnOnce(&mut Image)) -> salon_core::Result<Image> {
        let before = self.permit::<Modify>(id).await;
        let mut after = before.image.clone();
        change(&mut after);
        after.updated_at = self.now();
        self.catalog.update_image(&before, &after, &actor()).await
    }
}

pub(crate) fn stored(claim: &UploadClaim, size: u64) -> StoredData {
    StoredData {
        location: claim.location.clone(),
        size,
        virtual_size: Some(size * 2),
        checksum: "d41d8cd98f00b204e9800998ecf8427e".to_owned(),
        os_hash_algo: "sha512".to_owned(),
        os_hash_value: "cf83e1357eefb8bd".repeat(8),
    }
}

pub(crate) fn name(member: &str) -> MemberName {
    MemberName::parse(member).unwrap()
}

pub(crate) fn actor() -> Actor {
    Actor { user_id: "tester".to_owned(), project_id: Some("admin".to_owned()), request_id: "req-1".to_owned() }
}

fn caller(project: &str, roles: &[&str]) -> Caller {
    Caller {
        user_id: UserId::new("tester"),
        user_name: None,
        user_domain_id: None,
        scope: Scope::Project(ProjectId::new(project)),
        project_domain_id: None,
        roles: roles.iter().map(|&role| role.to_owned()).collect(),
        service_roles: Vec::new(),
        is_admin_project: true,
    }
}

pub(crate) fn admin() -> Caller {
    caller("admin", &["admin", "member", "reader"])
}
