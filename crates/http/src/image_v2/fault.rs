//! How an error looks on the wire: status, headers, and a body in the representation the client asked for.
//!
//! The three shapes are those of the reference server's web toolkit, which its clients parse: glanceclient reads the
//! HTML, openstacksdk the JSON, people with curl the text.

use std::borrow::Cow;

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
};

use crate::{
    image_v2::negotiate::{Representation, representation},
    kit::{Body, Response},
};

/// The words of an error, in the three arrangements that the toolkit has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Words {
    /// The message where the explanation stands.
    Explained(Cow<'static, str>),
    /// A stock explanation, and the message behind it.
    Detailed(&'static str, Cow<'static, str>),
    /// 415: names the request's media type, then the message.
    MediaType(Cow<'static, str>),
    /// 405: names the request's method.
    Method,
}

/// An error ready to be rendered.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) status: StatusCode,
    pub(crate) words: Words,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Fault {
    /// An error whose message stands where the explanation does.
    pub(crate) fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, words: Words::Explained(message.into()), headers: Vec::new() }
    }

    /// 405, with the methods that would do.
    pub(crate) fn method_not_allowed(allow: &str) -> Self {
        let mut fault = Self::new(StatusCode::METHOD_NOT_ALLOWED, "");
        fault.words = Words::Method;
        if let Ok(allow) = HeaderValue::from_str(allow) {
            fault.headers.push((http::header::ALLOW, allow));
        }
        fault
    }

    /// 415.
    pub(crate) fn unsupported_media(message: impl Into<Cow<'static, str>>) -> Self {
        let mut fault = Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "");
        fault.words = Words::MediaType(message.into());
        fault
    }

    /// 416.
    pub(crate) fn range(message: impl Into<Cow<'static, str>>) -> Self {
        let mut fault = Self::new(StatusCode::RANGE_NOT_SATISFIABLE, "");
        fault.words = Words::Detailed("The Range requested is not available.", message.into());
        fault
    }

    /// With one more header.
    #[must_use]
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// What the rendering of an error takes from the request; kept aside because handlers consume the request.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    representation: Representation,
    method: Method,
    media_type: String,
}

impl Asked {
    /// Takes what is needed.
    pub(crate) fn of(method: &Method, headers: &HeaderMap) -> Self {
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self { representation: representation(headers), method: method.clone(), media_type: media_type.to_owned() }
    }
}

/// Renders an error.
pub(crate) fn render(fault: &Fault, asked: &Asked) -> Response {
    let (content_type, body) = if asked.method == Method::HEAD {
        ("text/html; charset=UTF-8", String::new())
    } else {
        match asked.representation {
            Representation::Html => ("text/html; charset=UTF-8", html(fault, asked)),
            Representation::Json => ("application/json", json(fault, asked)),
            Representation::Text => ("text/plain; charset=UTF-8", text(fault, asked)),
        }
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = fault.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.extend(fault.headers.iter().cloned());
    // Some names of statuses have changed since the reference's toolkit was written, and clients print them.
    if fault.status.canonical_reason() != Some(title(fault.status)) {
        response.extensions_mut().insert(hyper::ext::ReasonPhrase::from_static(title(fault.status).as_bytes()));
    }
    *response.body_mut() = Body::text(body);
    response
}

/// The name of a status in the status line and in the bodies.
fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
        StatusCode::RANGE_NOT_SATISFIABLE => "Request Range Not Satisfiable",
        other => other.canonical_reason().unwrap_or("Unknown"),
    }
}

fn status_line(status: StatusCode) -> String {
    format!("{} {}", status.as_u16(), title(status))
}

fn html(fault: &Fault, asked: &Asked) -> String {
    let status = status_line(fault.status);
    let body = arrange(fault, asked, escape_html);
    format!(
        "<html>\n <head>\n  <title>{status}</title>\n </head>\n <body>\n  <h1>{status}</h1>\n  {body}\n </body>\n</html>"
    )
}

fn json(fault: &Fault, asked: &Asked) -> String {
    let body = arrange(fault, asked, |text| Cow::Borrowed(text));
    format!(
        "{{\"message\": {}, \"code\": {}, \"title\": {}}}",
        ascii_json(&body),
        ascii_json(&status_line(fault.status)),
        ascii_json(title(fault.status))
    )
}

fn text(fault: &Fault, asked: &Asked) -> String {
    let body = arrange(fault, asked, |text| Cow::Borrowed(text));
    format!("{}\n\n{}", status_line(fault.status), strip_tags(&body))
}

/// Puts the words into the toolkit's templates; `escape` is applied to everything that is not the template's own.
fn arrange(fault: &Fault, asked: &Asked, escape: impl Fn(&str) -> Cow<'_, str>) -> String {
    match &fault.words {
        Words::Explained(message) => format!("{}<br /><br />\n\n\n", escape(message)),
        Words::Detailed(explanation, message) => format!("{explanation}<br /><br />\n{}\n\n", escape(message)),
        Words::MediaType(message) => format!(
            "The request media type {} is not supported by this server.\n<br /><br />\n{}",
            escape(&asked.media_type),
            escape(message)
        ),
        Words::Method => {
            format!("The method {} is not allowed for this resource. <br /><br />\n", escape(asked.method.as_str()))
        }
    }
}

/// Escapes markup, quotes included; everything beyond ASCII becomes a numeric reference.
fn escape_html(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'')) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#x27;"),
            letter if letter.is_ascii() => out.push(letter),
            letter => out.push_str(&format!("&#{};", u32::from(letter))),
        }
    }
    Cow::Owned(out)
}

/// Text without markup: line ends become spaces, `<br>` a line end, comment marks and tags go.
fn strip_tags(text: &str) -> String {
    let flat = text.replace('\n', " ").replace('\r', "");
    let without_comments = replace_tags(&flat, |tag| starts_with_br(tag).then_some("\n"));
    let without_comments = without_comments.replace("<!--", "").replace("-->", "");
    replace_tags(&without_comments, |_| Some(""))
}

fn starts_with_br(tag: &str) -> bool {
    tag.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("<br"))
}

/// Replaces each `<…>` for which `by` has something; an unclosed `<` stays.
fn replace_tags(text: &str, by: impl Fn(&str) -> Option<&'static str>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.find('<').and_then(|at| rest.split_at_checked(at)) {
        out.push_str(before);
        let Some((tag, after)) = from.find('>').and_then(|end| from.split_at_checked(end + 1)) else {
            rest = from;
            break;
        };
        match by(tag) {
            Some(replacement) => {
                out.push_str(replacement);
                rest = after;
            }
            None => {
                out.push('<');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

/// A JSON string in ASCII, as the reference's errors are.
fn ascii_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    if quoted.is_ascii() {
        return quoted;
    }
    let mut out = String::with_capacity(quoted.len() + 16);
    let mut units = [0_u16; 2];
    for letter in quoted.chars() {
        if letter.is_ascii() {
            out.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(accept: Option<&'static str>, method: Method) -> Asked {
        let mut headers = HeaderMap::new();
        if let Some(accept) = accept {
            headers.insert(http::header::ACCEPT, HeaderValue::from_static(accept));
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/<b>x"));
        Asked::of(&method, &headers)
    }

    fn body(fault: &Fault, accept: Option<&'static str>) -> (String, String) {
        let asked = asked(accept, Method::GET);
        let response = render(fault, &asked);
        assert_eq!(response.status(), fault.status);
        assert_eq!(response.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
        let body = match asked.representation {
            Representation::Html => html(fault, &asked),
            Representation::Json => json(fault, &asked),
            Representation::Text => text(fault, &asked),
        };
        assert_eq!(response.headers()[CONTENT_LENGTH], body.len().to_string());
        assert_eq!(response.body().length(), Some(body.len() as u64));
        (response.headers()[CONTENT_TYPE].to_str().unwrap().to_owned(), body)
    }

    #[test]
    fn three_representations() {
        let fault = Fault::new(StatusCode::NOT_FOUND, "No image found with ID 'é'");
        assert_eq!(
            body(&fault, None),
            ("text/plain; charset=UTF-8".into(), "404 Not Found\n\nNo image found with ID 'é'\n\n   ".into())
        );
        assert_eq!(
            body(&fault, Some("application/json")),
            (
                "application/json".into(),
                "{\"message\": \"No image found with ID '\\u00e9'<br /><br />\\n\\n\\n\", \
                 \"code\": \"404 Not Found\", \"title\": \"Not Found\"}"
                    .into()
            )
        );
        assert_eq!(
            body(&fault, Some("*/*")),
            (
                "text/html; charset=UTF-8".into(),
                "<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n  \
                 No image found with ID &#x27;&#233;&#x27;<br /><br />\n\n\n\n </body>\n</html>"
                    .into()
            )
        );
    }

    #[test]
    fn markup_of_others_never_reaches_html() {
        let fault = Fault::new(StatusCode::BAD_REQUEST, "<script>alert(\"1\")</script>&<br>");
        let (_, html) = body(&fault, Some("text/html"));
        assert!(html.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&lt;br&gt;"), "{html}");
        assert!(!html.contains("<script"));
        let (_, text) = body(&fault, None);
        assert_eq!(text, "400 Bad Request\n\nalert(\"1\")&\n\n\n   ");
        let fault = Fault::unsupported_media("m");
        let (_, html) = body(&fault, Some("text/html"));
        assert!(html.contains("The request media type text/&lt;b&gt;x is not"), "{html}");
    }

    #[test]
    fn stock_arrangements() {
        let (_, text) = body(&Fault::range("Invalid Range header."), None);
        assert_eq!(
            text,
            "416 Request Range Not Satisfiable\n\nThe Range requested is not available.\n\n Invalid Range header.  "
        );
        let (_, json) = body(&Fault::method_not_allowed("GET, PUT"), Some("application/json"));
        assert_eq!(
            json,
            "{\"message\": \"The method GET is not allowed for this resource. <br /><br />\\n\", \
             \"code\": \"405 Method Not Allowed\", \"title\": \"Method Not Allowed\"}"
        );
        let response = render(&Fault::method_not_allowed("GET, PUT"), &asked(None, Method::HEAD));
        assert_eq!(response.headers()[http::header::ALLOW], "GET, PUT");
        assert_eq!(response.headers()[CONTENT_LENGTH], "0");
        let response = render(&Fault::new(StatusCode::PAYLOAD_TOO_LARGE, ""), &asked(None, Method::GET));
        assert_eq!(
            response.extensions().get::<hyper::ext::ReasonPhrase>().unwrap().as_bytes(),
            b"Request Entity Too Large"
        );
    }

    #[test]
    fn tags_are_stripped_as_the_reference_does() {
        for (from, to) in [
            ("a < b", "a < b"),
            ("a <b> c", "a  c"),
            ("a<BR/>b", "a\nb"),
            ("<!-- x -->y", "  x y"),
            ("1\r\n2", "1 2"),
            ("<<br>", "<\n"),
        ] {
            assert_eq!(strip_tags(from).trim_start_matches(' '), to.trim_start_matches(' '), "{from:?}");
        }
    }
}
