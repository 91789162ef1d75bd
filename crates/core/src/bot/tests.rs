use super::*;
use crate::{Kind, testing::at};

struct Ones;

impl Entropy for Ones {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0x11);
    }
}

fn bot(name: &str, domain: &str) -> Result<Bot> {
    let token = SecurityToken::random(&Ones);
    Bot::new(BotId::new("b"), AccountId::new("acc"), name, domain, token, at(5))
}

#[test]
fn a_bot_is_named_as_documented() {
    let made = bot("myBot", "example.com").unwrap();
    assert_eq!(made.display_name, "myBot");
    assert_eq!(made.shown_name(), "myBot (Bot)");
    assert_eq!(made.email, "myBot-chimebot@example.com");
    assert_eq!(made.security_token.reveal(), "11".repeat(32));
    assert_eq!((made.disabled, made.endpoint.is_none()), (false, true));
    assert_eq!(bot("my b@t é", "a.b-c.d").unwrap().email, "my-b-t-é-chimebot@a.b-c.d");
    assert_eq!(default_domain(&made.account_id, None), "acc.chime.internal");
    assert_eq!(default_domain(&made.account_id, Some("example.org")), "example.org");
}

#[test]
fn names_and_domains_are_bounded() {
    assert!(bot(&"é".repeat(55), "example.com").is_ok());
    let label = "a".repeat(63);
    for (name, domain) in [
        ("", "example.com"),
        (" ", "example.com"),
        ("a\tb", "example.com"),
        (&*"é".repeat(56), "example.com"),
        ("b", ""),
        ("b", "a..b"),
        ("b", "-a.b"),
        ("b", "a b"),
        ("b", "a@b"),
        ("b", &*format!("{label}a")),
        ("b", &*[&*label; 4].join(".")),
    ] {
        assert_eq!(bot(name, domain).unwrap_err().kind(), Kind::Invalid, "{name:?} {domain:?}");
    }
}

#[test]
fn secrets_are_not_printed() {
    let mut made = bot("myBot", "example.com").unwrap();
    made.endpoint = Some(Endpoint::parse("https://bot.example.com/in?key=hidden").unwrap());
    let printed = format!("{made:?}");
    assert!(!printed.contains("1111") && !printed.contains("hidden"), "{printed}");
}

#[test]
fn endpoints_are_https() {
    let asked = |url: Option<&str>, lambda: Option<&str>| {
        EventsRequest { https_endpoint: url.map(str::to_owned), lambda_arn: lambda.map(str::to_owned) }
            .endpoint()
            .map(|endpoint| endpoint.as_str().to_owned())
            .map_err(|error| error.kind())
    };
    let good = "https://bot.example.com:8443/events?a=b";
    assert_eq!(asked(Some(good), None), Ok(good.to_owned()));
    let long = format!("https://{}", "a".repeat(MAX_ENDPOINT_BYTES));
    for bad in ["", "http://a", "https://", "https:///a", "https://?", "https://a b", "https://a\n", "ftp://a", &long] {
        assert_eq!(asked(Some(bad), None), Err(Kind::Invalid), "{bad:?}");
    }
    let lambda = "arn:aws:lambda:us-east-1:111122223333:function:f";
    for (url, lambda) in [(None, None), (Some(good), Some(lambda)), (None, Some(lambda))] {
        assert_eq!(asked(url, lambda), Err(Kind::Invalid));
    }
}

#[test]
fn a_change_that_changes_nothing_is_none() {
    let made = bot("myBot", "example.com").unwrap();
    let again = apply(&made, &Change::Disabled(false), at(9));
    assert_eq!(again, made);
    let off = apply(&made, &Change::Disabled(true), at(9));
    assert_eq!((off.disabled, off.updated_at), (true, at(9)));
    assert_eq!(off.standing(), Standing::Disabled);
    let endpoint = Endpoint::parse("https://bot.example.com").unwrap();
    let heard = apply(&made, &Change::Endpoint(Some(endpoint)), at(9));
    assert_eq!(heard.standing(), Standing::Ready);
    assert_eq!(apply(&heard, &Change::Endpoint(None), at(10)).standing(), Standing::Unconfigured);
    let token = SecurityToken::stored("other".to_owned());
    assert_eq!(apply(&made, &Change::Token(token.clone()), at(9)).security_token, token);
}

#[test]
fn an_account_is_full_at_its_quota() {
    assert!(check_quota(10, Some(10)).is_ok());
    assert_eq!(check_quota(11, Some(10)).unwrap_err().kind(), Kind::OverLimit);
}
