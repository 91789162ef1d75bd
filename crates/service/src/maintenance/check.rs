//! Comparing the store with the catalog, and the catalog with itself.
//!
//! Both are read in pages and in the same order, so memory stays bounded however many images there are. Servers may go
//! on working meanwhile: whatever looks wrong is looked at again in the catalog before it is reported.

use std::{
    collections::{BTreeSet, VecDeque},
    fmt,
    pin::pin,
};

use salon_catalog::{Catalog, images::StoredImage, jobs::REMOVE_BYTES, strays::Kind as ChatKind};
use salon_core::{Error, ImageId, Result, Timestamp, image::Status};
use salon_store::{Entry, Key};
use tokio::sync::mpsc;

use crate::{
    Service,
    maintenance::scrub::{self, Damaged, Depth, Examined, Throttle, Trouble, examine, is_still_there},
};

/// Rows of the catalog read at a time.
pub(super) const ROWS: u32 = 1000;

/// Names of the store read at a time. Every page may cost a walk through the whole directory.
const NAMES: usize = 20_000;

/// Keys without an image's id in them that are remembered at most; such data was taken over from elsewhere.
const ODD_KEYS: usize = 100_000;
/// Orphans that are looked at again at the end; further ones are told at once.
const ORPHANS: usize = 10_000;

/// Waiting jobs that are counted at most.
const JOBS: u32 = 100_000;

/// How thorough a check is.
#[derive(Clone, Copy, Debug, Default)]
pub struct CheckOptions {
    /// Read every byte and compare the sums of the blocks and the digests of the whole.
    pub deep: bool,
}

/// How much there is to check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Images with data.
    pub images: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// How far a check has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Images looked at.
    pub images: u64,
    /// Their bytes; in a deep check the bytes read.
    pub bytes: u64,
    /// Objects of the store looked at.
    pub objects: u64,
    /// Rows of chat accounts and rooms looked at.
    pub chat_rows: u64,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The image's data is not in the store.
    Missing {
        /// The image.
        image: ImageId,
        /// Where the data should be.
        key: String,
    },
    /// The image's data is in a store that is not open here.
    UnknownStore {
        /// The image.
        image: ImageId,
        /// The store's id.
        store: String,
    },
    /// The data has another size than the record says.
    WrongSize {
        /// The image.
        image: ImageId,
        /// Bytes the record says.
        recorded: u64,
        /// Bytes there are.
        stored: u64,
    },
    /// The data has another digest than the record says.
    WrongDigest {
        /// The image.
        image: ImageId,
        /// Which digest.
        algorithm: String,
    },
    /// A block of the data does not have its sum.
    Damaged {
        /// The image.
        image: ImageId,
        /// Where the first such block begins.
        offset: u64,
    },
    /// What the scrub found and no pass after it has found mended.
    Scrubbed {
        /// The image.
        image: ImageId,
        /// What is wrong.
        trouble: String,
    },
    /// The data is right, and the sums of its blocks are not. The scrub makes new ones.
    BadSums {
        /// The image.
        image: ImageId,
    },
    /// The data cannot be read.
    Unreadable {
        /// The image.
        image: ImageId,
    },
    /// An object of this server's own making that no image has.
    Orphan {
        /// The image it was written for.
        image: ImageId,
        /// Its key.
        key: Key,
        /// Bytes.
        size: u64,
        /// When it was written.
        modified: Timestamp,
    },
    /// An object that somebody else put into the store. It is never touched.
    Foreign {
        /// Its name.
        key: Key,
        /// Bytes.
        size: u64,
    },
    /// Somebody on the list of a room, and one of the two is not there. Whoever it is could not leave any more.
    StrayMember {
        /// The room.
        room: String,
        /// The person or bot.
        member: String,
        /// What is missing: the room, or somebody of that id in the room's account.
        has_room: bool,
    },
    /// Messages of a room that is not there.
    StrayMessages {
        /// The room.
        room: String,
    },
    /// A webhook of a room that is not there, or a room, person or bot of an account that is not there.
    Stray {
        /// What it is.
        kind: ChatKind,
        /// Its id.
        id: String,
        /// What it belongs to.
        parent: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { image, key } => write!(f, "image {image}: data is missing (key {key})"),
            Self::UnknownStore { image, store } => {
                write!(f, "image {image}: data is in store {store:?}, which is not configured")
            }
            Self::WrongSize { image, recorded, stored } => {
                write!(f, "image {image}: data has {stored} bytes instead of {recorded}")
            }
            Self::WrongDigest { image, algorithm } => {
                write!(f, "image {image}: data is damaged, its {algorithm} is not the recorded one")
            }
            Self::Damaged { image, offset } => {
                write!(f, "image {image}: data is damaged, in the block at byte {offset}")
            }
            Self::Scrubbed { image, trouble } => write!(f, "image {image}: {trouble} (found by the scrub)"),
            Self::BadSums { image } => {
                write!(
                    f,
                    "image {image}: data is right, but the sums of its blocks are damaged; the scrub makes new ones"
                )
            }
            Self::Unreadable { image } => write!(f, "image {image}: data cannot be read"),
            Self::Orphan { image, key, size, .. } => {
                write!(f, "object {key}: {size} bytes that image {image} does not have (any more)")
            }
            Self::Foreign { key, size } => write!(f, "object {key}: {size} bytes that are not this server's"),
            Self::StrayMember { room, member, has_room: false } => {
                write!(f, "member {member} of room {room}: there is no such room")
            }
            Self::StrayMember { room, member, has_room: true } => {
                write!(f, "member {member} of room {room}: the room's account has no such person or bot")
            }
            Self::StrayMessages { room } => write!(f, "messages of room {room}: there is no such room"),
            Self::Stray { kind, id, parent } => {
                let (what, of) = match kind {
                    ChatKind::Person => ("person", "account"),
                    ChatKind::Bot => ("bot", "account"),
                    ChatKind::Room => ("room", "account"),
                    ChatKind::Webhook => ("webhook", "room"),
                };
                write!(f, "{what} {id} of {of} {parent}: there is no such {of}")
            }
        }
    }
}

impl Finding {
    fn of(image: ImageId, key: &Key, trouble: Trouble) -> Self {
        match trouble {
            Trouble::Missing => Self::Missing { image, key: key.as_str().to_owned() },
            Trouble::WrongSize { recorded, stored } => Self::WrongSize { image, recorded, stored },
            Trouble::Damaged { offset } => Self::Damaged { image, offset },
            Trouble::WrongDigest { algorithm } => Self::WrongDigest { image, algorithm },
            Trouble::Unreadable => Self::Unreadable { image },
        }
    }
}

/// What a check says while it runs.
#[derive(Clone, Debug)]
pub enum Note {
    /// Something is wrong.
    Found(Finding),
    /// It goes on.
    Progress(Progress),
}

/// How a check ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// What was looked at.
    pub checked: Progress,
    /// How much was found.
    pub findings: u64,
    /// Removals that wait for their turn; their objects count as orphans until then.
    pub removals_waiting: u64,
}

/// Counts what a check will look at.
///
/// # Errors
/// Unavailable.
pub async fn extent(service: &Service) -> Result<Extent> {
    let mut rows = Rows::new(service.catalog());
    let mut extent = Extent::default();
    while let Some(row) = rows.next().await? {
        extent.images += 1;
        let here = row.size.filter(|_| !row.location.is_external());
        extent.bytes = extent.bytes.saturating_add(here.unwrap_or(0));
    }
    Ok(extent)
}

/// Compares every image that has data with the store, every object of the store with the catalog, and what belongs to chat
/// rooms and accounts with these. `note` is told what is found and how far it is. Nothing is changed.
///
/// # Errors
/// Unavailable when catalog or store do not answer.
pub async fn check(service: &Service, options: CheckOptions, note: &mut (dyn FnMut(Note) + Send)) -> Result<Summary> {
    let scrubbed = scrub::report(service).await?.map(|report| report.damaged).unwrap_or_default();
    let summary = Summary::default();
    let mut run = Run { service, options, note, summary, odd_keys: BTreeSet::new(), orphans: Vec::new(), scrubbed };
    run.images().await?;
    run.objects().await?;
    run.chat().await?;
    run.summary.removals_waiting = service.catalog().count_jobs(REMOVE_BYTES, JOBS).await?;
    run.orphans().await?;
    Ok(run.summary)
}

pub(super) struct Run<'a> {
    pub(super) service: &'a Service,
    options: CheckOptions,
    note: &'a mut (dyn FnMut(Note) + Send),
    pub(super) summary: Summary,
    /// Keys of images that do not say whose they are.
    odd_keys: BTreeSet<Key>,
    /// Objects that no image has, as it seems.
    orphans: Vec<(Key, Finding)>,
    /// What the scrub found.
    scrubbed: Vec<Damaged>,
}

impl Run<'_> {
    pub(super) fn found(&mut self, finding: Finding) {
        self.summary.findings += 1;
        (self.note)(Note::Found(finding));
    }

    pub(super) fn step(&mut self) {
        (self.note)(Note::Progress(self.summary.checked));
    }

    /// From the catalog to the store.
    async fn images(&mut self) -> Result<()> {
        let mut rows = Rows::new(self.service.catalog());
        while let Some(row) = rows.next().await? {
            if let Some(finding) = self.image(&row).await?
                && is_still_there(self.service, &row).await?
            {
                self.found(finding);
            }
            self.summary.checked.images += 1;
            self.step();
        }
        Ok(())
    }

    async fn image(&mut self, row: &StoredImage) -> Result<Option<Finding>> {
        let store = self.service.store();
        let image = row.id.clone();
        if row.location.is_external() {
            return Ok(None);
        }
        if row.location.store != store.id() {
            return Ok(Some(Finding::UnknownStore { image, store: row.location.store.clone() }));
        }
        let Some(key) = Key::read(&row.location.key) else {
            return Ok(Some(Finding::Missing { image, key: row.location.key.clone() }));
        };
        if key.image().is_none() && self.odd_keys.len() < ODD_KEYS {
            self.odd_keys.insert(key.clone());
        }
        let Some(stored) = store.size(&key).await? else {
            return Ok(Some(Finding::Missing { image, key: row.location.key.clone() }));
        };
        if let Some(recorded) = row.size.filter(|recorded| *recorded != stored) {
            return Ok(Some(Finding::WrongSize { image, recorded, stored }));
        }
        if !self.options.deep {
            self.summary.checked.bytes = self.summary.checked.bytes.saturating_add(stored);
            let known = |found: &&Damaged| found.image == image && found.key == row.location.key;
            return Ok(self
                .scrubbed
                .iter()
                .find(known)
                .map(|found| Finding::Scrubbed { image: image.clone(), trouble: found.trouble.clone() }));
        }
        self.read(row, &key).await
    }

    async fn read(&mut self, row: &StoredImage, key: &Key) -> Result<Option<Finding>> {
        let image = row.id.clone();
        let (told, mut tells) = mpsc::unbounded_channel();
        let read = |bytes: u64| {
            // Nobody stops listening before this ends.
            let _ = told.send(bytes);
        };
        let unthrottled = Throttle::new(0);
        let mut examining = pin!(examine(self.service, row, Depth::Digests, &unthrottled, &read));
        let examined = loop {
            let examined = tokio::select! {
                biased;
                examined = &mut examining => Some(examined?),
                Some(bytes) = tells.recv() => {
                    self.was_read(bytes);
                    None
                }
            };
            if let Some(examined) = examined {
                break examined;
            }
        };
        while let Ok(bytes) = tells.try_recv() {
            self.was_read(bytes);
        }
        Ok(match examined {
            Examined { trouble: Some(trouble), .. } => Some(Finding::of(image, key, trouble)),
            Examined { bad_sums: true, .. } => Some(Finding::BadSums { image }),
            Examined { .. } => None,
        })
    }

    fn was_read(&mut self, bytes: u64) {
        self.summary.checked.bytes = self.summary.checked.bytes.saturating_add(bytes);
        self.step();
    }

    /// From the store to the catalog.
    async fn objects(&mut self) -> Result<()> {
        let mut rows = Rows::new(self.service.catalog());
        let mut after: Option<Key> = None;
        loop {
            let page = self.service.store().list(after.as_ref(), NAMES).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.key.clone());
            for entry in &page {
                match self.object(&mut rows, entry).await? {
                    Some(finding @ Finding::Orphan { .. }) if self.orphans.len() < ORPHANS => {
                        self.orphans.push((entry.key.clone(), finding));
                    }
                    Some(finding) => self.found(finding),
                    None => {}
                }
                self.summary.checked.objects += 1;
            }
            self.step();
        }
    }

    /// A running server goes on removing. What it removed meanwhile is nobody's orphan; of what is still there, the removals
    /// that wait were counted before this look: a removal ends only after its object is gone.
    async fn orphans(&mut self) -> Result<()> {
        for (key, finding) in std::mem::take(&mut self.orphans) {
            if self.service.store().size(&key).await?.is_some() {
                self.found(finding);
            }
        }
        Ok(())
    }

    async fn object(&self, rows: &mut Rows<'_>, entry: &Entry) -> Result<Option<Finding>> {
        let foreign = || Some(Finding::Foreign { key: entry.key.clone(), size: entry.size });
        let Some(image) = entry.key.image() else {
            return Ok(if self.odd_keys.contains(&entry.key) { None } else { foreign() });
        };
        if rows.has(&image, self.service.store().id(), &entry.key).await?
            || in_use(self.service, &image, &entry.key).await?
        {
            return Ok(None);
        }
        if !is_own(&entry.key) {
            return Ok(foreign());
        }
        Ok(Some(Finding::Orphan { image, key: entry.key.clone(), size: entry.size, modified: entry.modified }))
    }
}

/// Whether the image has what is under `key`, or an upload to it is running (and may be between its file and its row).
///
/// # Errors
/// Unavailable.
pub(super) async fn in_use(service: &Service, image: &ImageId, key: &Key) -> Result<bool> {
    let Some(view) = service.catalog().image(image, None).await? else { return Ok(false) };
    let at = view.image.location.as_ref();
    Ok(view.image.status == Status::Saving
        || at.is_some_and(|at| at.store == service.store().id() && at.key == key.as_str()))
}

/// Whether `key` is of this server's own making: an image id and the token of an upload.
///
/// Plain image ids are Glance's names; such files were there before this server and are left alone.
pub(super) fn is_own(key: &Key) -> bool {
    key.as_str().split_once('.').is_some_and(|(id, token)| {
        ImageId::parse(id).is_some() && token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// The images that have data, in the order of their ids, a page at a time.
struct Rows<'a> {
    catalog: &'a Catalog,
    page: VecDeque<StoredImage>,
    after: Option<ImageId>,
    ended: bool,
}

impl<'a> Rows<'a> {
    fn new(catalog: &'a Catalog) -> Self {
        Self { catalog, page: VecDeque::new(), after: None, ended: false }
    }

    async fn fill(&mut self) -> Result<()> {
        if self.page.is_empty() && !self.ended {
            self.page = self.catalog.all_locations(self.after.as_ref(), ROWS).await?.into();
            self.ended = self.page.len() < ROWS as usize;
            if let Some(last) = self.page.back() {
                self.after = Some(last.id.clone());
            }
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<StoredImage>> {
        self.fill().await?;
        Ok(self.page.pop_front())
    }

    /// Whether `image` has what is under `key`, going forward only: asked in the order of ids.
    async fn has(&mut self, image: &ImageId, store: &str, key: &Key) -> Result<bool> {
        loop {
            self.fill().await?;
            match self.page.front() {
                Some(row) if row.id < *image => {
                    self.page.pop_front();
                }
                Some(row) => {
                    return Ok(row.id == *image && row.location.store == store && row.location.key == key.as_str());
                }
                None => return Ok(false),
            }
        }
    }
}

/// The error for a store that is not what a repair was planned on.
pub(super) fn changed(what: &impl fmt::Display) -> Error {
    Error::conflict(format!("{what}: it has changed since the check; nothing was done"))
}
