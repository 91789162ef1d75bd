//! One violated bound after another: cases come as lines on stdin, what became of each goes out as a line (see
//! `../../bounds.py`).

use std::{
    error::Error as _,
    fmt,
    future::Future,
    io::{self, BufRead, Write},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_sdk_chime::{
    Client, Error,
    config::{
        ConfigBag, Intercept, RuntimeComponents, http::HttpResponse, interceptors::BeforeTransmitInterceptorContextMut,
        retry::RetryConfig,
    },
    error::{BoxError, BuildError, DisplayErrorContext, ProvideErrorMetadata, SdkError},
    types,
};
use aws_smithy_json::{
    deserialize::{json_token_iter, token::expect_document},
    serialize::JsonObjectWriter,
};
use aws_smithy_types::{Document, Number, base64, body::SdkBody};

use crate::{Outcome, settings, told};

/// How an input is refused before anything is sent: by its type, by a builder, or by the SDK when it makes a request of it.
struct Refused(String);

impl From<BuildError> for Refused {
    fn from(error: BuildError) -> Self {
        Self(format!("BuildError: {error}"))
    }
}

/// A type of an input, made of JSON; an error when the type has no value for it.
trait Held: Sized {
    fn held(value: &Document) -> Result<Self, Refused>;
}

fn unheld(what: &str, value: &Document) -> Refused {
    Refused(format!("Type: no {what}: {value:?}"))
}

fn text(value: &Document) -> Result<&str, Refused> {
    value.as_string().ok_or_else(|| unheld("string", value))
}

fn object(value: &Document) -> Result<(), Refused> {
    value.as_object().map(drop).ok_or_else(|| unheld("structure", value))
}

impl Held for String {
    fn held(value: &Document) -> Result<Self, Refused> {
        text(value).map(str::to_owned)
    }
}

impl Held for bool {
    fn held(value: &Document) -> Result<Self, Refused> {
        value.as_bool().ok_or_else(|| unheld("boolean", value))
    }
}

impl Held for i32 {
    fn held(value: &Document) -> Result<Self, Refused> {
        let number = value.as_number().ok_or_else(|| unheld("number", value))?;
        Self::try_from(*number).map_err(|_| unheld("number of 32 bits", value))
    }
}

impl<T: Held> Held for Vec<T> {
    fn held(value: &Document) -> Result<Self, Refused> {
        value.as_array().ok_or_else(|| unheld("list", value))?.iter().map(T::held).collect()
    }
}

/// A member of a structure; what is null is not there to this SDK.
fn member<T: Held>(input: &Document, name: &str) -> Result<Option<T>, Refused> {
    match input.as_object().and_then(|members| members.get(name)) {
        None | Some(Document::Null) => Ok(None),
        Some(value) => T::held(value).map(Some),
    }
}

/// What an operation ended with.
struct Answer {
    refused: Option<String>,
    status: u16,
    error: String,
}

type Answering<'a> = Pin<Box<dyn Future<Output = Answer> + 'a>>;

fn answer<'a, T, E>(sending: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + 'a) -> Answering<'a>
where
    E: std::error::Error + ProvideErrorMetadata + fmt::Debug + 'static,
    Error: From<SdkError<E, HttpResponse>>,
{
    Box::pin(async move {
        let error = match sending.await {
            Ok(_) => return Answer { refused: None, status: 200, error: "none".to_owned() },
            Err(error) => error,
        };
        let refused = matches!(error, SdkError::ConstructionFailure(_))
            .then(|| format!("ConstructionFailure: {}", DisplayErrorContext(error.source().unwrap_or(&error))));
        let status = error.raw_response().map_or(0, |raw| raw.status().as_u16());
        let code = error.code().unwrap_or("no code").to_owned();
        let error = class(&Error::from(error)).map_or(format!("unhandled {code}"), str::to_owned);
        Answer { refused, status, error }
    })
}

// `call`, which makes the input of an operation and sends it; `Held` for its types; `class`, the name of an error's variant.
include!(env!("SALON_AWS_INPUTS"));

/// The case in hand, and what was done with it.
#[derive(Debug, Default)]
struct State {
    target: String,
    body: Vec<u8>,
    sent: &'static str,
}

/// Sees what the SDK made of an input, and puts the case in when it is not that; the SDK signs what it finds then.
#[derive(Clone, Debug)]
struct Case {
    endpoint: String,
    state: Arc<Mutex<State>>,
}

impl Case {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn document(json: &[u8]) -> Option<Document> {
    let mut tokens = json_token_iter(json).peekable();
    let found = expect_document(&mut tokens).ok();
    found.filter(|_| tokens.next().is_none())
}

fn same(made: &[u8], body: &[u8]) -> bool {
    made == body || document(made).is_some_and(|made| Some(made) == document(body))
}

/// A path, and the pairs of its query in order.
fn parts(target: &str) -> (&str, Vec<&str>) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut pairs: Vec<_> = query.split('&').collect();
    pairs.sort_unstable();
    (path, pairs)
}

impl Intercept for Case {
    fn name(&self) -> &'static str {
        "case"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut state = self.state();
        let request = context.request_mut();
        let target = request.uri().strip_prefix(&self.endpoint).ok_or("another endpoint")?;
        let made = request.body().bytes().ok_or("a body that is no bytes")?;
        if parts(target) == parts(&state.target) && same(made, &state.body) {
            state.sent = "input";
            return Ok(());
        }
        state.sent = "bytes";
        request.set_uri(format!("{}{}", self.endpoint, state.target))?;
        request.headers_mut().insert("content-length", state.body.len().to_string());
        *request.body_mut() = SdkBody::from(state.body.clone());
        Ok(())
    }
}

/// Hears every case, one after another.
pub(crate) async fn bounds() -> Outcome {
    let case = Case { endpoint: told("AWS_ENDPOINT_URL_CHIME")?, state: Arc::default() };
    let once = settings(0)?.retry_config(RetryConfig::disabled());
    let client = Client::from_conf(once.interceptor(case.clone()).build());
    for line in io::stdin().lock().lines() {
        let line = document(line?.as_bytes()).ok_or("a line that is no case")?;
        let told = |name: &str| line.as_object().and_then(|members| members.get(name)).ok_or(format!("no {name}"));
        let operation = told("operation")?.as_string().ok_or("no name")?;
        let target = told("target")?.as_string();
        let body = base64::decode(told("body")?.as_string().ok_or("no body")?)?;
        *case.state() = State { target: target.unwrap_or_default().to_owned(), body, sent: "nothing" };
        let (input, right) = (told("input")?, told("right")?);
        let mut heard = hear(&client, operation, if input.is_null() { right } else { input }).await;
        if heard.refused.is_some() && target.is_some() {
            heard = Answer { refused: heard.refused, ..hear(&client, operation, right).await };
        }
        say(&heard, case.state().sent)?;
    }
    Ok(())
}

async fn hear(client: &Client, operation: &str, input: &Document) -> Answer {
    match call(client, operation, input) {
        Ok(answering) => answering.await,
        Err(Refused(why)) => Answer { refused: Some(why), status: 0, error: String::new() },
    }
}

fn say(heard: &Answer, sent: &str) -> io::Result<()> {
    let mut text = String::new();
    let mut object = JsonObjectWriter::new(&mut text);
    object.key("refused").string(heard.refused.as_deref().unwrap_or_default());
    object.key("sent").string(sent);
    object.key("status").number(Number::PosInt(heard.status.into()));
    object.key("error").string(&heard.error);
    object.finish();
    writeln!(io::stdout().lock(), "{text}")
}
