//! Paging links.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is in a query written by the reference's toolkit; a space becomes `+`.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~').remove(b' ');

/// `path` with all of `parameters` except the marker, in their order and as often as they came, and then `marker`.
///
/// The reference keeps only the last of repeated parameters, so its second page of `tag=a&tag=b` has other images
/// than the first; this does not copy that.
pub(crate) fn link(path: &str, parameters: &[(String, String)], marker: Option<&str>) -> String {
    let kept = parameters.iter().filter(|(name, _)| name != "marker");
    let pairs = kept.map(|(name, value)| (name.as_str(), value.as_str())).chain(marker.map(|id| ("marker", id)));
    let mut link = path.to_owned();
    for (at, (name, value)) in pairs.enumerate() {
        link.push(if at == 0 { '?' } else { '&' });
        push(&mut link, name);
        link.push('=');
        push(&mut link, value);
    }
    link
}

fn push(link: &mut String, text: &str) {
    for part in utf8_percent_encode(text, KEPT) {
        if part.contains(' ') {
            link.push_str(&part.replace(' ', "+"));
        } else {
            link.push_str(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::router::parse_query;

    #[test]
    fn links_keep_every_parameter() {
        for (query, marker, expected) in [
            ("", None, "/v2/images"),
            ("", Some("m"), "/v2/images?marker=m"),
            ("marker=x", None, "/v2/images"),
            ("limit=2&marker=x", None, "/v2/images?limit=2"),
            (
                "tag=a&tag=b&marker=x&sort_key=name&sort_key=id&limit=1",
                Some("m"),
                "/v2/images?tag=a&tag=b&sort_key=name&sort_key=id&limit=1&marker=m",
            ),
            ("name=a%20b%2Bc%26d=e&x~_.-=", None, "/v2/images?name=a+b%2Bc%26d%3De&x~_.-="),
            ("name=%C3%A9%22%3C%2F", None, "/v2/images?name=%C3%A9%22%3C%2F"),
            ("flag&marker=a&marker=b", Some("m"), "/v2/images?flag=&marker=m"),
        ] {
            assert_eq!(link("/v2/images", &parse_query(query), marker), expected, "{query}");
        }
    }

    #[test]
    fn links_read_back_as_they_were() {
        let parameters = parse_query("a=%0A+%25&b%3D=%F0%9F%98%80&a=2&c=%2B");
        let written = link("", &parameters, None);
        assert_eq!(parse_query(written.trim_start_matches('?')), parameters);
    }
}
