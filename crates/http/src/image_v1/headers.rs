//! Metadata in headers, in and out.
//!
//! In: names are compared without regard to case, `-` is `_`, and two spellings of one name are refused. Out: only what
//! a header may carry; everything else of a name or a value is percent-encoded, so no text of a client can end a header.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, header::USER_AGENT};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use salon_core::{
    Error, Result,
    image::{
        Image, Visibility,
        draft::Formats,
        v1::fields::{Fields, v1_name},
    },
};

use super::wire::{bare_instant, shown_property};

const PREFIX: &str = "x-image-meta-";

/// The header that names a URL to copy from.
const COPY_FROM: &str = "x-glance-api-copy-from";

/// Bytes of headers made of properties; an image with more shows as many as fit. No client of v1 reads that much.
const ROOM: usize = 256 << 10;

/// What stands in a header's name as it is.
const TOKEN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'!').remove(b'$');

/// Reads the metadata of a request.
///
/// # Errors
/// As [`Fields::parse`]; Invalid for a value that is not UTF-8.
pub(super) fn read(headers: &HeaderMap, formats: &Formats) -> Result<Fields> {
    // python-glanceclient since its release 2.12 percent-encodes all header values; nobody else does.
    let encoded = headers
        .get(USER_AGENT)
        .and_then(|agent| agent.to_str().ok())
        .is_some_and(|agent| agent.starts_with("python-glanceclient"));
    let mut pairs = Vec::new();
    for (name, value) in headers {
        let Some(name) = name.as_str().strip_prefix(PREFIX) else { continue };
        let name = decoded(name).ok_or_else(|| Error::invalid(format!("Bad header: {PREFIX}{name}")))?;
        let bad = || Error::invalid(format!("The header {PREFIX}{name} is not UTF-8."));
        let value = std::str::from_utf8(value.as_bytes()).map_err(|_| bad())?;
        let value = if encoded { decoded(value).ok_or_else(bad)? } else { Cow::Borrowed(value) };
        pairs.push((v1_name(&name), value.into_owned()));
    }
    Fields::parse(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())), formats)
}

fn decoded(text: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(text).decode_utf8().ok()
}

/// The URL to copy from, if the header is there. An empty one, and one that is not text, are URLs that are refused.
pub(super) fn copy_from(headers: &HeaderMap) -> Option<&str> {
    headers.get(COPY_FROM).map(|value| value.to_str().unwrap_or("?").trim())
}

/// Whether properties that are not named go; they do unless the client says otherwise.
pub(super) fn purges(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get("x-glance-registry-purge-props") else { return true };
    let value = value.to_str().unwrap_or_default().trim().to_lowercase();
    ["true", "t", "1", "yes", "y", "on"].contains(&value.as_str())
}

/// Writes the metadata of an image. Null is no header; a location never is one.
pub(super) fn write(image: &Image, headers: &mut HeaderMap) {
    let truth = |value: bool| if value { "True" } else { "False" };
    let mut field = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            insert(headers, &format!("{PREFIX}{name}"), value);
        }
    };
    field("id", Some(image.id.as_str()));
    field("name", image.name.as_deref());
    field("status", Some(image.status.as_str()));
    field("size", Some(&image.size.unwrap_or(0).to_string()));
    field("virtual_size", image.virtual_size.map(|size| size.to_string()).as_deref());
    field("disk_format", image.disk_format.as_deref());
    field("container_format", image.container_format.as_deref());
    field("checksum", image.checksum.as_deref());
    field("owner", image.owner.as_ref().map(salon_core::ProjectId::as_str));
    field("min_disk", Some(&image.min_disk.to_string()));
    field("min_ram", Some(&image.min_ram.to_string()));
    field("is_public", Some(truth(image.visibility == Visibility::Public)));
    field("protected", Some(truth(image.protected)));
    field("deleted", Some(truth(false)));
    field("created_at", Some(&bare_instant(image.created_at)));
    field("updated_at", Some(&bare_instant(image.updated_at)));
    let mut room = ROOM;
    for (name, value) in &image.properties {
        let Some(name) = shown_property(name, &image.properties) else { continue };
        let Some(left) = room.checked_sub(name.len() + value.len()) else { continue };
        room = left;
        let name = utf8_percent_encode(&name, TOKEN);
        insert(headers, &format!("{PREFIX}property-{name}"), value);
    }
    etag(image, headers);
}

/// The checksum as `ETag`, bare as v1 has it.
pub(super) fn etag(image: &Image, headers: &mut HeaderMap) {
    if let Some(checksum) = &image.checksum {
        insert(headers, "etag", checksum);
    }
}

fn insert(headers: &mut HeaderMap, name: &str, value: &str) {
    let value = value.trim();
    let safe: Cow<'_, str> = if value.chars().any(char::is_control) {
        Cow::Owned(utf8_percent_encode(value, CONTROLS).to_string())
    } else {
        Cow::Borrowed(value)
    };
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(safe.as_bytes())) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&'static str, &'static str)]) -> Result<Fields> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_static(value));
        }
        read(&headers, &Formats::default())
    }

    #[test]
    fn spellings_of_one_name_are_one() {
        for name in ["x-image-meta-disk_format", "X-Image-Meta-Disk-Format", "x-image-meta-DISK_FORMAT"] {
            assert_eq!(fields(&[(name, "raw")]).unwrap().disk_format, Some(Some("raw".to_owned())));
        }
        assert!(fields(&[("x-image-meta-disk_format", "raw"), ("x-image-meta-disk-format", "raw")]).is_err());
        assert!(fields(&[("x-image-meta-name", "a"), ("x-image-meta-name", "b")]).is_err());
        let property = fields(&[("X-Image-Meta-Property-Kernel-Id", "7")]).unwrap().properties;
        assert_eq!(property.get("kernel_id"), Some(&Some("7".to_owned())));
    }

    #[test]
    fn only_glanceclient_encodes_values() {
        let named = [("x-image-meta-name", "a%20b")];
        assert_eq!(fields(&named).unwrap().name, Some(Some("a%20b".to_owned())));
        let by_client = [named[0], ("user-agent", "python-glanceclient")];
        assert_eq!(fields(&by_client).unwrap().name, Some(Some("a b".to_owned())));
    }

    #[test]
    fn purging_is_the_default() {
        let mut headers = HeaderMap::new();
        assert!(purges(&headers));
        for (value, purging) in [("true", true), ("True", true), ("false", false), ("", false)] {
            headers.insert("x-glance-registry-purge-props", HeaderValue::from_static(value));
            assert_eq!(purges(&headers), purging, "{value}");
        }
    }

    #[test]
    fn t_h3_no_text_ends_a_header() {
        let mut headers = HeaderMap::new();
        insert(&mut headers, "x-image-meta-name", "a\r\nX-Evil: 1\0é\tz");
        assert_eq!(headers["x-image-meta-name"].as_bytes(), "a%0D%0AX-Evil: 1%00%C3%A9%09z".as_bytes());
        insert(&mut headers, "x-image-meta-name", "é");
        assert_eq!(headers["x-image-meta-name"].as_bytes(), "é".as_bytes());
        let name = utf8_percent_encode("a b:c\r\n", TOKEN).to_string();
        assert_eq!(name, "a%20b%3Ac%0D%0A");
        assert!(HeaderName::from_bytes(name.as_bytes()).is_ok());
    }
}
