//! How far the scrub is and what it found, as its job keeps it.

use std::time::Duration;

use salon_catalog::images::StoredImage;
use salon_core::{ImageId, Timestamp};
use serde_json::{Value, json};

use super::Trouble;

/// Damaged images that are named, so that the report fits its column (64 KiB); the rest is counted.
const NAMED: usize = 150;

/// How far the scrub is and what it found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The number of the pass.
    pub pass: u64,
    /// When it began, in microseconds as [`Timestamp`] has them.
    began: i64,
    /// Images read in this pass.
    pub images: u64,
    /// Bytes read in this pass.
    pub bytes: u64,
    /// Damaged images, of this pass and, where it has not come yet, of the one before.
    pub damaged: Vec<Damaged>,
    /// Damaged images of this pass that are not named.
    pub more: u64,
    /// The last image that was read to its end; `None` before the first and between two passes.
    after: Option<ImageId>,
    /// The image that is being read, and how much of it was.
    reading: Option<(ImageId, u64)>,
}

/// A damaged image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// The image.
    pub image: ImageId,
    /// The key of its data.
    pub key: String,
    /// What is wrong with it.
    pub trouble: String,
    /// The pass that saw it last.
    pass: u64,
}

impl Report {
    /// Reads a job's row. What cannot be read is a scrub that begins.
    pub(super) fn read(text: &str) -> Self {
        let value: Value = serde_json::from_str(text).unwrap_or_default();
        let number = |name: &str| value.get(name).and_then(Value::as_u64).unwrap_or(0);
        let id = |value: &Value| value.as_str().and_then(ImageId::parse);
        let damaged = value.get("damaged").and_then(Value::as_array).into_iter().flatten().filter_map(|value| {
            let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
            Some(Damaged {
                image: value.get("image").and_then(id)?,
                key: text("key")?,
                trouble: text("trouble")?,
                pass: value.get("pass").and_then(Value::as_u64)?,
            })
        });
        Self {
            pass: number("pass"),
            began: value.get("began").and_then(Value::as_i64).unwrap_or(0),
            images: number("images"),
            bytes: number("bytes"),
            more: number("more"),
            damaged: damaged.take(NAMED).collect(),
            after: value.get("after").and_then(id),
            reading: value.get("reading").and_then(id).map(|image| (image, number("offset"))),
        }
    }

    /// As the job's row has it.
    pub(super) fn to_json(&self) -> String {
        let damaged: Vec<Value> = self
            .damaged
            .iter()
            .map(|found| json!({"image": found.image, "key": found.key, "trouble": found.trouble, "pass": found.pass}))
            .collect();
        let (reading, offset) = self.reading.as_ref().map_or((None, 0), |(image, offset)| (Some(image), *offset));
        json!({
            "pass": self.pass, "began": self.began, "images": self.images, "bytes": self.bytes, "more": self.more,
            "damaged": damaged, "after": self.after, "reading": reading, "offset": offset,
        })
        .to_string()
    }

    /// Damaged images.
    pub fn count(&self) -> u64 {
        self.more.saturating_add(self.damaged.len() as u64)
    }

    /// Begins a pass, unless one was interrupted before its first image came to its end.
    pub(super) fn begin(&mut self, now: Timestamp) {
        if self.reading.is_none() {
            *self = Self {
                pass: self.pass.saturating_add(1),
                began: now.0,
                damaged: std::mem::take(&mut self.damaged),
                ..Self::default()
            };
        }
    }

    /// When the next pass is due.
    pub(super) fn next(&self, period: Duration) -> Timestamp {
        Timestamp(self.began).plus(period)
    }

    /// The last image that was read to its end in this pass.
    pub(super) fn after(&self) -> Option<ImageId> {
        self.after.clone()
    }

    /// The image that is being read.
    pub(super) fn reading(&self) -> Option<ImageId> {
        self.reading.as_ref().map(|(image, _)| image.clone())
    }

    /// How much of an image was read.
    pub(super) fn offset_in(&self, image: &ImageId) -> u64 {
        self.reading.as_ref().filter(|(reading, _)| reading == image).map_or(0, |(_, offset)| *offset)
    }

    /// More of an image was read.
    pub(super) fn read_on(&mut self, image: &ImageId, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.reading = Some((image.clone(), self.offset_in(image).saturating_add(bytes)));
    }

    /// Whether this is known of the image already.
    pub(super) fn knows(&self, row: &StoredImage, trouble: &Trouble) -> bool {
        let known = |found: &&Damaged| found.image == row.id && found.key == row.location.key;
        self.damaged.iter().find(known).is_some_and(|found| found.trouble == trouble.to_string())
    }

    /// An image was read to its end.
    pub(super) fn done(&mut self, row: &StoredImage, trouble: Option<Trouble>) {
        self.images = self.images.saturating_add(1);
        self.after = Some(row.id.clone());
        self.reading = None;
        self.damaged.retain(|found| found.image != row.id);
        let Some(trouble) = trouble else { return };
        if self.damaged.len() < NAMED {
            let (image, key) = (row.id.clone(), row.location.key.clone());
            self.damaged.push(Damaged { image, key, trouble: trouble.to_string(), pass: self.pass });
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// Every image was read: what was found before and not again is gone.
    pub(super) fn end(&mut self) {
        let pass = self.pass;
        self.damaged.retain(|found| found.pass == pass);
        (self.after, self.reading) = (None, None);
    }
}

#[cfg(test)]
mod tests {
    use salon_core::image::Location;

    use super::*;

    fn row(number: u32) -> StoredImage {
        StoredImage {
            id: ImageId::parse(&format!("00000000-0000-4000-8000-{number:012x}")).unwrap(),
            location: Location { store: "file".to_owned(), key: format!("key{number}") },
            size: Some(10),
            checksum: None,
            os_hash_algo: None,
            os_hash_value: None,
        }
    }

    #[test]
    fn it_survives_the_trip_and_goes_on_in_the_middle() {
        let mut report = Report::default();
        report.begin(Timestamp(7));
        report.done(&row(1), Some(Trouble::Damaged { offset: 262_144 }));
        report.read_on(&row(2).id, 4096);
        report.read_on(&row(2).id, 4096);
        let again = Report::read(&report.to_json());
        assert_eq!(again, report);
        assert_eq!((again.after(), again.offset_in(&row(2).id)), (Some(row(1).id), 8192));
        assert_eq!(again.offset_in(&row(3).id), 0);
        assert_eq!(Report::read("nonsense"), Report::default());
    }

    #[test]
    fn damage_is_known_until_a_pass_does_not_find_it_any_more() {
        let mut report = Report::default();
        let missing = Trouble::Missing;
        report.begin(Timestamp(1));
        for number in 0..NAMED as u32 + 5 {
            assert!(!report.knows(&row(number), &missing));
            report.done(&row(number), Some(Trouble::Missing));
        }
        report.end();
        assert_eq!((report.count(), report.after()), (NAMED as u64 + 5, None));
        report.begin(Timestamp(2));
        assert!(report.knows(&row(3), &missing) && report.count() == NAMED as u64);
        report.done(&row(0), None);
        report.done(&row(3), Some(Trouble::Missing));
        report.end();
        assert_eq!(report.damaged.iter().map(|found| found.image.clone()).collect::<Vec<_>>(), [row(3).id]);
    }

    #[test]
    fn the_report_of_the_worst_fits_its_column() {
        let mut report = Report::default();
        let worst = Trouble::WrongSize { recorded: u64::MAX, stored: u64::MAX };
        for number in 0..NAMED as u32 {
            let key = "k".repeat(200);
            let location = Location { store: "file".to_owned(), key };
            report.done(&StoredImage { location, ..row(number) }, Some(worst.clone()));
        }
        assert!(report.to_json().len() < 65_536, "{}", report.to_json().len());
    }
}
