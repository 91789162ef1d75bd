//! Requests as real clients sent and signed them, and as nobody may change them.

use http::{HeaderValue, Uri};
use proptest::prelude::*;
use serde::Deserialize;

use super::*;

const VECTORS: &str = include_str!("testdata/chime-vectors.json");

#[derive(Deserialize)]
struct File {
    access_key_id: String,
    secret_access_key: String,
    vectors: Vec<Vector>,
}

#[derive(Clone, Deserialize)]
struct Vector {
    client: String,
    note: String,
    method: String,
    target: String,
    headers: std::collections::BTreeMap<String, String>,
    body: String,
    canonical_request: String,
    string_to_sign: String,
    signature: String,
}

fn file() -> File {
    serde_json::from_str(VECTORS).unwrap()
}

/// A request that owns what it is made of.
#[derive(Clone)]
struct Sent {
    method: Method,
    target: Uri,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Sent {
    fn of(vector: &Vector) -> Self {
        let headers = vector.headers.iter().map(|(name, value)| {
            (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        });
        Self {
            method: vector.method.parse().unwrap(),
            target: vector.target.parse().unwrap(),
            headers: headers.collect(),
            body: vector.body.clone().into_bytes(),
        }
    }

    fn request(&self) -> SignedRequest<'_> {
        SignedRequest {
            method: &self.method,
            path: self.target.path(),
            query: self.target.query(),
            headers: &self.headers,
        }
    }

    fn verify(&self, secret: &str, now: Timestamp) -> Result<(), Refusal> {
        let presented = Presented::read(&self.request(), "chime")?;
        presented.check_time(now, SKEW)?;
        presented.check(&self.request(), &self.body, &Secret::new(secret))
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.headers.insert(name, HeaderValue::from_str(value).unwrap());
    }
}

const SKEW: Duration = Duration::from_secs(900);

/// The moment a request says it was signed at.
fn moment(sent: &Sent) -> Timestamp {
    Presented::read(&sent.request(), "chime").unwrap().time
}

#[test]
fn what_real_clients_signed_is_accepted_at_their_time() {
    let file = file();
    assert_eq!(file.vectors.len(), 12);
    for vector in &file.vectors {
        let what = format!("{}, {}", vector.client, vector.note);
        let sent = Sent::of(vector);
        let presented = Presented::read(&sent.request(), "chime").unwrap();
        assert_eq!(presented.access_key(), file.access_key_id, "{what}");
        let path = canonical_path(sent.request().path);
        let canonical = presented.canonical_request(&sent.request(), &path, &sha256_hex(&sent.body));
        assert_eq!(String::from_utf8(canonical.clone()).unwrap(), vector.canonical_request, "{what}");
        let text = sign::string_to_sign(&presented.stamp, &presented.scope.text(), &canonical);
        assert_eq!(text, vector.string_to_sign, "{what}");
        assert_eq!(presented.signature, vector.signature, "{what}");
        let now = moment(&sent);
        assert_eq!(sent.verify(&file.secret_access_key, now), Ok(()), "{what}");
        // The window has two ends, and both belong to it.
        assert_eq!(sent.verify(&file.secret_access_key, now.plus(SKEW)), Ok(()), "{what}");
        let reason = |at| sent.verify(&file.secret_access_key, at).unwrap_err().reason;
        assert_eq!(reason(Timestamp(now.plus(SKEW).0 + 1)), Reason::Mismatch, "{what}");
        assert_eq!(reason(Timestamp(now.0 - 900_000_001)), Reason::Mismatch, "{what}");
        assert_eq!(sent.verify("another secret", now).unwrap_err().reason, Reason::Mismatch, "{what}");
    }
}

/// Every byte of everything that is signed, changed by itself.
#[test]
fn t_k4_one_changed_byte_anywhere_is_refused() {
    let file = file();
    let secret = &file.secret_access_key;
    for vector in &file.vectors {
        let sent = Sent::of(vector);
        let now = moment(&sent);
        let mut tried = 0;
        let mut refused = |changed: Sent, what: &str| {
            tried += 1;
            let result = changed.verify(secret, now);
            assert!(
                matches!(&result, Err(refusal) if matches!(refusal.reason, Reason::Mismatch | Reason::Incomplete)),
                "{}: {what}: {result:?}",
                vector.note
            );
        };
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::HEAD] {
            if method != sent.method {
                refused(Sent { method, ..sent.clone() }, "method");
            }
        }
        let canonical = |target: &str| {
            let uri: Uri = target.parse().ok()?;
            Some((canonical_path(uri.path()), canonical_query(uri.query().unwrap_or_default(), None)))
        };
        for (changed, at) in changed_bytes(vector.target.as_bytes()) {
            let Some(target) = String::from_utf8(changed).ok().filter(|target| target.starts_with('/')) else {
                continue;
            };
            // Some changes mean the same, such as the case of a digit in `%2F` of a query.
            if canonical(&target).is_none_or(|form| Some(form) == canonical(&vector.target)) {
                continue;
            }
            refused(Sent { target: target.parse().unwrap(), ..sent.clone() }, &format!("target at {at}"));
        }
        let presented = Presented::read(&sent.request(), "chime").unwrap();
        for name in &presented.signed_headers {
            for (changed, at) in changed_bytes(sent.headers[name].as_bytes()) {
                let mut headers = sent.headers.clone();
                headers.insert(name, HeaderValue::from_bytes(&changed).unwrap());
                if canonical::header(&headers, name) != canonical::header(&sent.headers, name) {
                    refused(Sent { headers, ..sent.clone() }, &format!("{name} at {at}"));
                }
            }
            let mut headers = sent.headers.clone();
            headers.remove(name);
            refused(Sent { headers, ..sent.clone() }, &format!("{name} left out"));
        }
        for (changed, at) in changed_bytes(&sent.body) {
            refused(Sent { body: changed, ..sent.clone() }, &format!("body at {at}"));
        }
        refused(Sent { body: [&sent.body[..], b" "].concat(), ..sent.clone() }, "longer body");
        let authorization = vector.headers["authorization"].clone();
        let key = authorization.find("AKID").unwrap()..authorization.find('/').unwrap();
        for (changed, at) in changed_bytes(authorization.as_bytes()) {
            // The key's id is judged by whoever knows keys.
            if key.contains(&at) {
                continue;
            }
            let mut headers = sent.headers.clone();
            headers.insert("authorization", HeaderValue::from_bytes(&changed).unwrap());
            refused(Sent { headers, ..sent.clone() }, &format!("authorization at {at}"));
        }
        assert!(tried > 200, "{}: only {tried} changes were tried", vector.note);
    }
}

/// The bytes with one of them changed, for each.
fn changed_bytes(bytes: &[u8]) -> impl Iterator<Item = (Vec<u8>, usize)> + '_ {
    (0..bytes.len()).map(|at| {
        let mut changed = bytes.to_vec();
        changed[at] = match bytes[at] {
            b'a' => b'b',
            b'0' => b'1',
            other if other.is_ascii_digit() => b'0',
            _ => b'a',
        };
        (changed, at)
    })
}

fn first() -> (Sent, String, Timestamp) {
    let file = file();
    let sent = Sent::of(&file.vectors[0]);
    let now = moment(&sent);
    (sent, file.secret_access_key, now)
}

#[test]
fn what_belongs_to_a_signature_must_be_there() {
    let (sent, secret, now) = first();
    let reason = |change: &dyn Fn(&mut Sent)| {
        let mut changed = sent.clone();
        change(&mut changed);
        changed.verify(&secret, now).map_err(|refusal| refusal.reason)
    };
    let own = sent.headers["authorization"].to_str().unwrap().to_owned();
    let with = |from: &str, to: &str| {
        let text = own.replace(from, to);
        assert_ne!(text, own, "{from}");
        reason(&|sent| sent.set("authorization", &text))
    };
    assert_eq!(reason(&|_| {}), Ok(()));
    assert_eq!(reason(&|sent| drop(sent.headers.remove("authorization"))), Err(Reason::Missing));
    assert_eq!(with(", ", ","), Ok(()), "no blank after commas");
    for (from, to) in [
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"),
        ("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256  "),
        ("AWS4-HMAC-SHA256 ", "Bearer "),
        (", S", ",  S"),
        ("/chime/", "/s3/"),
        ("/chime/", "/chime/x/"),
        ("/us-east-1/", "//"),
        ("/us-east-1/", "/us east/"),
        ("aws4_request", "aws4_reques"),
        ("aws4_request", "aws4_request/"),
        ("/20261120/", "/2026112/"),
        ("host;", ""),
        (";x-amz-date", ""),
        ("content-type;host", "host;content-type"),
        ("content-type;", "content-type;content-type;"),
        ("content-type;", "Content-Type;"),
        ("content-type;", "content-length;x-missing;"),
        ("content-type;", ";"),
        ("Signature=", "Signature=0"),
        ("Signature=0", "Signature="),
        ("Signature=", "signature="),
        (", Signature=", ", Signature=0, Signature="),
        ("Credential=AKIDEXAMPLE", "Credential="),
    ] {
        assert_eq!(with(from, to), Err(Reason::Incomplete), "{from} -> {to}");
    }
    assert_eq!(with("/20261120/", "/20261121/"), Err(Reason::Mismatch));
    let twice = |sent: &mut Sent| {
        sent.headers.append("authorization", HeaderValue::from_str(&own).unwrap());
    };
    assert_eq!(reason(&twice), Err(Reason::Incomplete));
    assert_eq!(reason(&|sent| sent.set("x-amz-anything", "1")), Err(Reason::Incomplete));
    assert_eq!(reason(&|sent| sent.set("x-anything", "1")), Ok(()), "other headers are nobody's business");
    assert_eq!(reason(&|sent| sent.set("x-amz-date", "2026-11-20T08:56:29Z")), Err(Reason::Incomplete));
    let date_twice = |sent: &mut Sent| {
        sent.headers.append("x-amz-date", sent.headers["x-amz-date"].clone());
    };
    assert_eq!(reason(&date_twice), Err(Reason::Incomplete));
    let query = |sent: &mut Sent| sent.target = "/accounts?X-Amz-Algorithm=AWS4-HMAC-SHA256".parse().unwrap();
    assert_eq!(reason(&query), Err(Reason::Incomplete));
}

/// The vendor's own signer as the other side.
mod vendor {
    use std::time::SystemTime;

    use aws_sigv4::http_request::{
        PayloadChecksumKind, SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
    };
    use aws_sigv4::sign::v4;

    use super::*;

    /// A request signed by the vendor.
    pub(super) struct Order<'a> {
        pub(super) method: &'a str,
        pub(super) target: &'a str,
        pub(super) headers: Vec<(&'static str, String)>,
        pub(super) body: &'a [u8],
        pub(super) region: &'a str,
        pub(super) token: Option<&'a str>,
        pub(super) content_hash: bool,
        pub(super) expires: Option<Duration>,
        pub(super) at: Timestamp,
    }

    pub(super) fn signed(order: &Order<'_>) -> Sent {
        let identity = aws_credential_types::Credentials::new(
            "AKIDEXAMPLE",
            "secret",
            order.token.map(str::to_owned),
            None,
            "test",
        )
        .into();
        let mut settings = SigningSettings::default();
        if order.content_hash {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        if let Some(expires) = order.expires {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(expires);
        }
        let at = SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(order.at.0).unwrap());
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(order.region)
            .name("chime")
            .time(at)
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let uri = format!("http://127.0.0.1:8080{}", order.target);
        let headers = order.headers.iter().map(|(name, value)| (*name, value.as_str()));
        let signable = SignableRequest::new(order.method, &uri, headers, SignableBody::Bytes(order.body)).unwrap();
        let (instructions, _) = sign(signable, &params).unwrap().into_parts();
        let mut request = http::Request::builder().method(order.method).uri(&uri).header("host", "127.0.0.1:8080");
        for (name, value) in &order.headers {
            request = request.header(*name, value);
        }
        let mut request = request.body(()).unwrap();
        instructions.apply_to_request_http1x(&mut request);
        let (parts, ()) = request.into_parts();
        Sent { method: parts.method, target: parts.uri, headers: parts.headers, body: order.body.to_vec() }
    }
}

const AT: Timestamp = Timestamp(1_795_000_000_000_000);

/// A request with nothing but its path.
fn plain(target: &str) -> vendor::Order<'_> {
    vendor::Order {
        method: "GET",
        target,
        headers: Vec::new(),
        body: b"",
        region: "eu-west-1",
        token: None,
        content_hash: false,
        expires: None,
        at: AT,
    }
}

/// The vendor's clients do not agree on what is left of `.` and `..` at the end of a path: both forms are signatures of it.
#[test]
fn dots_at_the_end_are_accepted_as_every_client_signs_them() {
    for (target, botocore) in
        [("/accounts/.", "/accounts"), ("/accounts/a/..", "/accounts"), ("/accounts/a//.", "/accounts/a")]
    {
        let sent = vendor::signed(&plain(target));
        assert_eq!(sent.verify("secret", AT), Ok(()), "{target}");
        let mut other = vendor::signed(&plain(botocore));
        other.target = target.parse().unwrap();
        assert_eq!(other.verify("secret", AT), Ok(()), "{target}");
        other.target = format!("{target}.").parse().unwrap();
        assert!(other.verify("secret", AT).is_err(), "{target}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_the_vendor_signs_is_accepted_and_nothing_else(
        method in "GET|POST|PUT|DELETE",
        path in "/accounts(/([a-zA-Z0-9_.~-]|%2F|%C3%BC|%20|%2B|:|@){0,6}){0,4}/?",
        query in proptest::option::of("([a-z-]{1,5}(=([a-zA-Z0-9_.~-]|%2F|%20|%2B|%26){0,5})?&?){0,4}"),
        value in "[a-zA-Z0-9;= ]{0,20}",
        body in proptest::collection::vec(any::<u8>(), 0..64),
        region in "[a-z]{2}-[a-z]{4,9}-[1-9]|aws-global",
        token in proptest::option::of("[a-zA-Z0-9/+=]{1,40}"),
        content_hash in any::<bool>(),
        late in -900_i64..=900,
    ) {
        let target = query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
        let headers = vec![("content-type", "application/json".to_owned()), ("amz-sdk-request", value)];
        let order = vendor::Order {
            method: &method, target: &target, headers, body: &body, region: &region, token: token.as_deref(),
            content_hash, expires: None, at: AT,
        };
        let sent = vendor::signed(&order);
        let now = Timestamp(AT.0 + late * 1_000_000);
        prop_assert_eq!(sent.verify("secret", now), Ok(()));
        let presented = Presented::read(&sent.request(), "chime").unwrap();
        prop_assert_eq!(presented.session_token(), token.as_deref());
        prop_assert!(sent.verify("Secret", now).is_err());
        let mut changed = sent.clone();
        changed.body.push(b' ');
        prop_assert!(changed.verify("secret", now).is_err());
        let mut moved = sent;
        let more = if moved.target.query().is_some() { "&x=1" } else { "?x=1" };
        moved.target = format!("{}{more}", moved.target).parse().unwrap();
        prop_assert!(moved.verify("secret", now).is_err());
    }

    #[test]
    fn nothing_that_is_sent_breaks_the_reader(
        authorization in "(AWS4-HMAC-SHA256 )?(Credential=|SignedHeaders=|Signature=|/|,|;| |=|[a-z0-9]|\\PC){0,30}",
        query in "(X-Amz-(Algorithm|Date|Expires|Credential|SignedHeaders|Signature)=|AWS4-HMAC-SHA256|&|%|/|[a-z0-9]){0,20}",
        date in "\\PC{0,20}",
    ) {
        let mut headers = HeaderMap::new();
        for (name, value) in [("authorization", &authorization), ("x-amz-date", &date), ("date", &date)] {
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                headers.insert(name, value);
            }
        }
        for query in [None, Some(query.as_str())] {
            let request = SignedRequest { method: &Method::GET, path: "/accounts", query, headers: &headers };
            prop_assert!(Presented::read(&request, "chime").is_err());
        }
    }
}

#[test]
fn presigned_addresses_are_good_for_their_time_and_for_get() {
    let order = vendor::Order {
        method: "GET",
        target: "/accounts?max-results=1",
        headers: Vec::new(),
        body: b"",
        region: "us-east-1",
        token: None,
        content_hash: false,
        expires: Some(Duration::from_secs(3600)),
        at: AT,
    };
    let sent = vendor::signed(&order);
    let at = |seconds: i64| sent.verify("secret", Timestamp(AT.0 + seconds * 1_000_000)).map_err(|one| one.reason);
    assert_eq!([at(0), at(3600), at(-900)], [Ok(()); 3]);
    assert_eq!([at(3601), at(-901)], [Err(Reason::Mismatch); 2]);
    let with_body = Sent { body: b"{}".to_vec(), ..sent.clone() };
    assert_eq!(with_body.verify("secret", AT).unwrap_err().reason, Reason::Mismatch);
    let changed = Sent { target: sent.target.to_string().replace("=3600", "=3601").parse().unwrap(), ..sent.clone() };
    assert_eq!(changed.verify("secret", AT).unwrap_err().reason, Reason::Mismatch);
    let too_long = vendor::signed(&vendor::Order { expires: Some(Duration::from_secs(604_801)), ..order });
    assert_eq!(too_long.verify("secret", AT).unwrap_err().reason, Reason::Incomplete);
    let posted = Sent { method: Method::POST, ..sent };
    assert_eq!(posted.verify("secret", AT).unwrap_err().reason, Reason::Incomplete);
}

#[test]
fn the_date_header_stands_in_when_it_is_signed() {
    // Signed by hand: no current client does this.
    let secret = Secret::new("secret");
    let own = sign_plain("AKID", &secret, "chime", "h", AT);
    let day = own.stamp.get(..8).unwrap().to_owned();
    let date = "Wed, 18 Nov 2026 11:06:40 GMT";
    let mut sent =
        Sent { method: Method::GET, target: "/".parse().unwrap(), headers: HeaderMap::new(), body: Vec::new() };
    sent.set("host", "h");
    sent.set("date", date);
    let sign_over = |signed: &str, lines: &str| {
        let canonical = format!("GET\n/\n\n{lines}\n{signed}\n{}", sha256_hex(b""));
        let scope = format!("{day}/r/chime/aws4_request");
        let text = sign::string_to_sign(&own.stamp, &scope, canonical.as_bytes());
        let signature = sign::signature("secret", [&day, "r", "chime"], &text);
        format!("AWS4-HMAC-SHA256 Credential=AKID/{scope}, SignedHeaders={signed}, Signature={signature}")
    };
    let covered = sign_over("date;host", &format!("date:{date}\nhost:h\n"));
    sent.set("authorization", &covered);
    assert_eq!(sent.verify("secret", AT), Ok(()));
    let bare = sign_over("host", "host:h\n");
    sent.set("authorization", &bare);
    assert_eq!(sent.verify("secret", AT).unwrap_err().reason, Reason::Incomplete);
}

/// A request whose header says these things of its signature.
fn presented(key: &str, region: &str, headers: usize, signature: &str) -> Result<Presented, Reason> {
    let mut map = HeaderMap::new();
    let mut names = vec!["host".to_owned(), "x-amz-date".to_owned()];
    names.extend((2..headers).map(|number| format!("z-{number:03}")));
    for name in &names {
        let value = if name == "x-amz-date" { "20260921T133320Z" } else { "h" };
        map.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_static(value));
    }
    let list = names.join(";");
    let text = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260921/{region}/chime/aws4_request, SignedHeaders={list}, Signature={signature}"
    );
    map.insert("authorization", HeaderValue::from_str(&text).unwrap());
    let request = SignedRequest { method: &Method::GET, path: "/accounts", query: None, headers: &map };
    Presented::read(&request, "chime").map_err(|refusal| refusal.reason)
}

#[test]
fn limits_have_exact_ends() {
    let signature = "0".repeat(64);
    let text = |length| "a".repeat(length);
    for (key, region, headers, signature, good) in [
        (text(128), text(64), 64, &signature, true),
        (text(129), text(64), 64, &signature, false),
        (text(128), text(65), 64, &signature, false),
        (text(128), text(64), 65, &signature, false),
        (text(1), text(1), 2, &signature, true),
        (text(0), text(1), 2, &signature, false),
        (text(1), text(0), 2, &signature, false),
        (text(1), text(1), 2, &"0".repeat(63), false),
        (text(1), text(1), 2, &"0".repeat(65), false),
        (text(1), text(1), 2, &"A".repeat(64), false),
        (text(1), text(1), 2, &"g".repeat(64), false),
        ("a.b".to_owned(), text(1), 2, &signature, false),
        ("a-_B9".to_owned(), "us-east-1".to_owned(), 2, &signature, true),
    ] {
        let found = presented(&key, &region, headers, signature);
        assert_eq!(found.is_ok(), good, "{key} {region} {headers} {signature}");
        assert!(found.err().is_none_or(|reason| reason == Reason::Incomplete));
    }
}

#[test]
fn times_have_exact_ends() {
    let read = presented("K", "r", 2, &"0".repeat(64)).unwrap();
    let signed = read.time;
    assert_eq!(signed, Timestamp(1_789_997_600_000_000));
    let now = |micros: i64| read.check_time(Timestamp(signed.0 + micros), Duration::from_secs(60)).is_ok();
    assert_eq!([-60_000_001, -60_000_000, 60_000_000, 60_000_001].map(now), [false, true, true, false]);
    let presigned = Presented { form: Form::Query { expires: 10 }, ..read.clone() };
    let now = |micros: i64| presigned.check_time(Timestamp(signed.0 + micros), Duration::from_secs(60)).is_ok();
    assert_eq!([-60_000_001, -60_000_000, 10_000_000, 10_000_001].map(now), [false, true, true, false]);
}

/// Two forms of a path are for dots at its end alone: a slash there is signed.
#[test]
fn a_slash_at_the_end_is_part_of_what_is_signed() {
    for (signed, sent) in [("/accounts/", "/accounts"), ("/accounts", "/accounts/"), ("/accounts/.", "/accounts")] {
        let mut request = vendor::signed(&plain(signed));
        assert_eq!(request.verify("secret", AT), Ok(()), "{signed}");
        request.target = sent.parse().unwrap();
        assert_eq!(request.verify("secret", AT).map_err(|one| one.reason), Err(Reason::Mismatch), "{signed} as {sent}");
    }
}

#[test]
fn bodies_that_are_not_signed_are_named_and_others_compared() {
    let order = vendor::Order {
        method: "PUT",
        target: "/accounts",
        headers: Vec::new(),
        body: b"{}",
        region: "eu-west-1",
        token: Some("token"),
        content_hash: true,
        expires: None,
        at: AT,
    };
    let sent = vendor::signed(&order);
    assert_eq!(sent.verify("secret", AT), Ok(()));
    for (declared, reason) in [
        ("UNSIGNED-PAYLOAD", Reason::Incomplete),
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", Reason::Incomplete),
        ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", Reason::Incomplete),
        ("0", Reason::Mismatch),
        ("", Reason::Mismatch),
    ] {
        let mut changed = sent.clone();
        changed.set("x-amz-content-sha256", declared);
        assert_eq!(changed.verify("secret", AT).unwrap_err().reason, reason, "{declared}");
    }
    // An empty token is none, and a signature over it no better.
    let mut empty = sent.clone();
    empty.set("x-amz-security-token", "");
    let refusal = Presented::read(&empty.request(), "chime").unwrap_err();
    assert_eq!(refusal, Refusal::incomplete("The security token is empty."));
    let plain = vendor::signed(&vendor::Order { token: None, ..order });
    assert_eq!(Presented::read(&plain.request(), "chime").unwrap().session_token(), None);
}

#[test]
fn times_have_one_form() {
    let time = |text: &str| parse::stamp_time(text);
    assert_eq!(time("20261118T110640Z"), Some(AT));
    for text in [
        "",
        "20261118T110640",
        "20261118T110640Z ",
        "20261118T1106400Z",
        "2026 118T110640Z",
        "202611 8T110640Z",
        "20261118T 10640Z",
        "+2026118T110640Z",
        "20261118 110640Z",
        "20261118T110640z",
        "20261318T110640Z",
        "20261118T250640Z",
    ] {
        assert_eq!(time(text), None, "{text}");
    }
}

/// What is written to logs has nothing of the signature.
#[test]
fn a_signature_is_not_printed() {
    let read = presented("AKIDEXAMPLE", "r", 2, &"0".repeat(64)).unwrap();
    let text = format!("{read:?}");
    assert!(text.contains("AKIDEXAMPLE") && !text.contains("0000"), "{text}");
}
