//! What a request says about its own signature, read strictly.

use chrono::{DateTime, NaiveDateTime};
use http::{HeaderMap, Method, header};
use percent_encoding::percent_decode_str;
use salon_core::Timestamp;

use super::{
    Form, Presented, Refusal, Scope, SignedRequest,
    sign::{ALGORITHM, TERMINATOR},
};

/// Longest access key id; AWS's own end at 128.
const MAX_KEY: usize = 128;
/// Longest name of a region.
const MAX_REGION: usize = 64;
/// Signed headers that are read.
const MAX_HEADERS: usize = 64;
/// Longest validity of a presigned URL: seven days, as at AWS.
const MAX_EXPIRES: u32 = 604_800;

/// The parts before they are understood.
struct Parts<'a> {
    credential: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

pub(super) fn read(request: &SignedRequest<'_>, service: &str) -> Result<Presented, Refusal> {
    let in_query = query_value(request.query, "X-Amz-Algorithm")?;
    let mut in_header = request.headers.get_all(header::AUTHORIZATION).iter();
    match (in_header.next(), in_query) {
        (None, None) => Err(Refusal::missing()),
        (Some(_), Some(_)) => Err(Refusal::incomplete("The request is signed in its header and in its query.")),
        (Some(value), None) => {
            if in_header.next().is_some() {
                return Err(Refusal::incomplete("The request has more than one Authorization header."));
            }
            let text =
                value.to_str().map_err(|_| Refusal::incomplete("The Authorization header has bytes beyond ASCII."))?;
            from_header(request, text, service)
        }
        (None, Some(algorithm)) => from_query(request, &algorithm, service),
    }
}

fn from_header(request: &SignedRequest<'_>, text: &str, service: &str) -> Result<Presented, Refusal> {
    let parts = text.strip_prefix(ALGORITHM).and_then(|rest| rest.strip_prefix(' '));
    let parts = parts.ok_or_else(|| Refusal::incomplete("The Authorization header is not of AWS4-HMAC-SHA256."))?;
    let (mut credential, mut signed_headers, mut signature) = (None, None, None);
    for (at, part) in parts.split(',').enumerate() {
        let part = part.strip_prefix(' ').filter(|_| at > 0).unwrap_or(part);
        let (name, value) =
            part.split_once('=').ok_or_else(|| Refusal::incomplete("The Authorization header cannot be read."))?;
        let slot = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed_headers,
            "Signature" => &mut signature,
            _ => return Err(Refusal::incomplete("The Authorization header has a part that is not known.")),
        };
        if slot.replace(value).is_some() {
            return Err(Refusal::incomplete("The Authorization header has a part twice."));
        }
    }
    let (Some(credential), Some(signed_headers), Some(signature)) = (credential, signed_headers, signature) else {
        return Err(Refusal::incomplete("Credential, SignedHeaders or Signature is missing."));
    };
    let stamp = header_time(request.headers)?;
    let session_token = match single(request.headers, "x-amz-security-token")? {
        Some(token) if !token.is_empty() => Some(token.to_owned()),
        Some(_) => return Err(Refusal::incomplete("The security token is empty.")),
        None => None,
    };
    let parts = Parts { credential, signed_headers, signature };
    presented(request, &parts, stamp, session_token, Form::Header, service)
}

fn from_query(request: &SignedRequest<'_>, algorithm: &str, service: &str) -> Result<Presented, Refusal> {
    if algorithm != ALGORITHM {
        return Err(Refusal::incomplete("X-Amz-Algorithm is not AWS4-HMAC-SHA256."));
    }
    if *request.method != Method::GET {
        return Err(Refusal::incomplete("Presigned addresses are for GET only."));
    }
    let needed = |name: &'static str| {
        query_value(request.query, name)?.ok_or_else(|| Refusal::incomplete(format!("{name} is missing.")))
    };
    let (credential, signed_headers) = (needed("X-Amz-Credential")?, needed("X-Amz-SignedHeaders")?);
    let (signature, date, expires) = (needed("X-Amz-Signature")?, needed("X-Amz-Date")?, needed("X-Amz-Expires")?);
    let expires = expires.parse().ok().filter(|seconds| (1..=MAX_EXPIRES).contains(seconds));
    let expires = expires.ok_or_else(|| Refusal::incomplete("X-Amz-Expires is not a number from 1 to 604800."))?;
    let stamp = stamp_time(&date).ok_or_else(|| Refusal::incomplete("X-Amz-Date is not a time."))?;
    let session_token = query_value(request.query, "X-Amz-Security-Token")?;
    let parts = Parts { credential: &credential, signed_headers: &signed_headers, signature: &signature };
    presented(request, &parts, (date, stamp), session_token, Form::Query { expires }, service)
}

fn presented(
    request: &SignedRequest<'_>,
    parts: &Parts<'_>,
    (stamp, time): (String, Timestamp),
    session_token: Option<String>,
    form: Form,
    service: &str,
) -> Result<Presented, Refusal> {
    let (access_key, scope) = scope(parts.credential, service)?;
    if stamp.get(..8) != Some(scope.day.as_str()) {
        return Err(Refusal::mismatch("The day in the credential is not that of the request."));
    }
    if parts.signature.len() != 64 || !parts.signature.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(Refusal::incomplete("The signature is not 64 lower-case hexadecimal digits."));
    }
    Ok(Presented {
        access_key,
        scope,
        time,
        stamp,
        signed_headers: signed_headers(request.headers, parts.signed_headers)?,
        signature: parts.signature.to_owned(),
        session_token,
        form,
    })
}

/// `<key>/<yyyymmdd>/<region>/<service>/aws4_request`. Any region: clients sign with their own.
fn scope(credential: &str, service: &str) -> Result<(String, Scope), Refusal> {
    let malformed = || Refusal::incomplete("The credential is not of the form key/date/region/service/aws4_request.");
    let mut parts = credential.split('/');
    let mut next = || parts.next().filter(|part| !part.is_empty()).ok_or_else(malformed);
    let (key, day, region, of, terminator) = (next()?, next()?, next()?, next()?, next()?);
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if parts.next().is_some()
        || key.len() > MAX_KEY
        || !plain(key)
        || day.len() != 8
        || !day.bytes().all(|byte| byte.is_ascii_digit())
        || region.len() > MAX_REGION
        || !plain(region)
    {
        return Err(malformed());
    }
    if of != service {
        return Err(Refusal::incomplete(format!("The credential is not for the service {service}.")));
    }
    if terminator != TERMINATOR {
        return Err(Refusal::incomplete("The credential does not end in aws4_request."));
    }
    let scope = Scope { day: day.to_owned(), region: region.to_owned(), service: of.to_owned() };
    Ok((key.to_owned(), scope))
}

/// The list of signed headers: lower case, sorted, each once, each there, with `host` and every `x-amz-` header.
fn signed_headers(headers: &HeaderMap, list: &str) -> Result<Vec<header::HeaderName>, Refusal> {
    let names: Vec<&str> = list.split(';').collect();
    if names.len() > MAX_HEADERS || !names.is_sorted_by(|left, right| left < right) {
        return Err(Refusal::incomplete("The signed headers are not a sorted list."));
    }
    let mut signed = Vec::with_capacity(names.len());
    for name in names {
        let known = header::HeaderName::from_lowercase(name.as_bytes()).ok().filter(|name| headers.contains_key(name));
        signed.push(known.ok_or_else(|| Refusal::incomplete("A signed header is not in the request."))?);
    }
    let covered = |name: &header::HeaderName| signed.contains(name);
    if !covered(&header::HOST) {
        return Err(Refusal::incomplete("The header host is not signed."));
    }
    if headers.keys().any(|name| name.as_str().starts_with("x-amz-") && !covered(name)) {
        return Err(Refusal::incomplete("A header that begins with x-amz- is not signed."));
    }
    // Then the time itself must be covered.
    if headers.contains_key("x-amz-date") || !headers.contains_key(header::AUTHORIZATION) || covered(&header::DATE) {
        Ok(signed)
    } else {
        Err(Refusal::incomplete("The header date is not signed."))
    }
}

/// The request's time as it is signed, and as an instant: `x-amz-date`, or else `date`.
fn header_time(headers: &HeaderMap) -> Result<(String, Timestamp), Refusal> {
    if let Some(text) = single(headers, "x-amz-date")? {
        let time =
            stamp_time(text).ok_or_else(|| Refusal::incomplete("x-amz-date is not of the form 20060102T150405Z."))?;
        return Ok((text.to_owned(), time));
    }
    let text = single(headers, "date")?.ok_or_else(|| Refusal::incomplete("There is neither x-amz-date nor date."))?;
    let malformed = || Refusal::incomplete("The date is not a time.");
    match stamp_time(text) {
        Some(time) => Ok((text.to_owned(), time)),
        None => {
            let instant = DateTime::parse_from_rfc2822(text).map_err(|_| malformed())?.to_utc();
            Ok((instant.format(STAMP).to_string(), Timestamp(instant.timestamp_micros())))
        }
    }
}

/// How AWS writes instants in signatures.
const STAMP: &str = "%Y%m%dT%H%M%SZ";

/// Reads `yyyymmddThhmmssZ`.
pub(super) fn stamp_time(text: &str) -> Option<Timestamp> {
    let shaped = text.len() == 16
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 => byte == b'T',
            15 => byte == b'Z',
            _ => byte.is_ascii_digit(),
        });
    let instant = NaiveDateTime::parse_from_str(text, STAMP).ok().filter(|_| shaped)?;
    Some(Timestamp(instant.and_utc().timestamp_micros()))
}

/// Writes `yyyymmddThhmmssZ`.
pub(super) fn stamp_of(time: Timestamp) -> String {
    DateTime::from_timestamp_micros(time.0).unwrap_or_default().format(STAMP).to_string()
}

/// The value of a header that must not come twice.
fn single<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    match value.to_str() {
        Ok(text) if values.next().is_none() => Ok(Some(text.trim())),
        _ => Err(Refusal::incomplete(format!("The header {name} is not one text."))),
    }
}

/// The decoded value of a parameter that must not come twice.
fn query_value(query: Option<&str>, name: &str) -> Result<Option<String>, Refusal> {
    let mut found = None;
    for part in query.unwrap_or_default().split('&') {
        let (own, value) = part.split_once('=').unwrap_or((part, ""));
        if percent_decode_str(own).eq(name.bytes()) {
            let value = percent_decode_str(value).decode_utf8();
            let value = value.map_err(|_| Refusal::incomplete(format!("{name} is not UTF-8.")))?.into_owned();
            if found.replace(value).is_some() {
                return Err(Refusal::incomplete(format!("{name} is there twice.")));
            }
        }
    }
    Ok(found)
}
