//! A request's members put together from path, query and body, and held against the model. Clients check little of it.

use serde_json::{Map, Value};

use super::{
    error::Fault,
    model::{Check, Member, Place, Spec},
    route::Labels,
};

/// The members by their names in the model; those that are null or not sent are not there.
pub(super) fn read(spec: &Spec, labels: &Labels, query: &[(String, String)], body: &[u8]) -> Result<Value, Fault> {
    let Check::Structure(members) = spec.input else { return Ok(Value::Null) };
    let mut in_body = body_members(members, body)?;
    let mut found = Map::new();
    for member in *members {
        let value = match member.place {
            Place::Path => Some(Value::String(label(member, labels)?)),
            Place::Query => parameter(member, query)?,
            Place::Body => in_body.remove(member.wire).filter(|value| !value.is_null()),
        };
        match value {
            Some(value) => {
                let value = checked(member.check, value, member.name)?;
                found.insert(member.name.to_owned(), value);
            }
            None if member.required => return Err(Fault::bad_request(format!("{} is required.", member.name))),
            None => {}
        }
    }
    Ok(Value::Object(found))
}

/// The body as an object. An operation without members in the body does not look at it.
fn body_members(members: &[Member], body: &[u8]) -> Result<Map<String, Value>, Fault> {
    if body.is_empty() || !members.iter().any(|member| member.place == Place::Body) {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err(Fault::bad_request("The body is not a JSON object.")),
        // Not the error's text: it may quote the body.
        Err(_) => Err(Fault::bad_request("The body is not JSON.")),
    }
}

/// A segment of the path. An id is never blank, and never what a path means by `.` and `..`.
fn label(member: &Member, labels: &Labels) -> Result<String, Fault> {
    let found = labels.iter().find(|(name, _)| *name == member.wire).and_then(|(_, value)| value.clone());
    let value = found.ok_or_else(|| Fault::bad_request(format!("{} is not UTF-8.", member.name)))?;
    if value.trim().is_empty() || value == "." || value == ".." {
        return Err(Fault::bad_request(format!("{} is not an id.", member.name)));
    }
    Ok(value)
}

/// A parameter of the query, as the value its check wants.
fn parameter(member: &Member, query: &[(String, String)]) -> Result<Option<Value>, Fault> {
    let mut values = query.iter().filter(|(name, _)| name == member.wire).map(|(_, value)| value);
    let Some(text) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Fault::bad_request(format!("{} is there more than once.", member.name)));
    }
    match member.check {
        Check::Number { .. } => {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let number: Option<u32> = text.parse().ok().filter(|_| digits);
            let number = number.ok_or_else(|| Fault::bad_request(format!("{} is out of bounds.", member.name)))?;
            Ok(Some(number.into()))
        }
        Check::Text { .. } | Check::Flag | Check::List { .. } | Check::Structure(_) => Ok(Some(text.as_str().into())),
    }
}

/// The value without the nulls in it, if it is what `check` says. `at` is its place for the client; values are never
/// repeated, since many are nobody else's business.
fn checked(check: &Check, value: Value, at: &str) -> Result<Value, Fault> {
    let wrong = |what: &str| Err(Fault::bad_request(format!("{at} {what}.")));
    match (check, value) {
        (Check::Text { min, max, pattern, values }, Value::String(text)) => {
            let length = text.chars().count();
            if length < *min || length > *max {
                return wrong("is too short or too long");
            }
            if text.contains('\0') {
                return wrong("has a NUL character");
            }
            if !pattern.matches(&text) {
                return wrong("is blank or malformed");
            }
            if !values.is_empty() && !values.contains(&text.as_str()) {
                return Err(Fault::bad_request(format!("{at} is none of {}.", values.join(", "))));
            }
            Ok(Value::String(text))
        }
        (Check::Number { min, max }, Value::Number(number)) => {
            match number.as_i64().filter(|number| (min..=max).contains(&number)) {
                Some(_) => Ok(Value::Number(number)),
                None => wrong("is out of bounds"),
            }
        }
        (Check::Flag, Value::Bool(flag)) => Ok(Value::Bool(flag)),
        (Check::List { of, min, max }, Value::Array(items)) => {
            if items.len() < *min || items.len() > *max {
                return wrong("has too few or too many items");
            }
            let items =
                items.into_iter().enumerate().map(|(number, item)| checked(of, item, &format!("{at}[{number}]")));
            Ok(Value::Array(items.collect::<Result<_, _>>()?))
        }
        (Check::Structure(members), Value::Object(mut given)) => {
            let mut found = Map::new();
            for member in *members {
                let at = format!("{at}.{}", member.name);
                match given.remove(member.wire).filter(|value| !value.is_null()) {
                    Some(value) => {
                        found.insert(member.name.to_owned(), checked(member.check, value, &at)?);
                    }
                    None if member.required => return Err(Fault::bad_request(format!("{at} is required."))),
                    None => {}
                }
            }
            Ok(Value::Object(found))
        }
        (Check::Text { .. }, _) => wrong("is not a text"),
        (Check::Number { .. }, _) => wrong("is not a number"),
        (Check::Flag, _) => wrong("is neither true nor false"),
        (Check::List { .. }, _) => wrong("is not a list"),
        (Check::Structure(_), _) => wrong("is not an object"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::chime::model::OPERATIONS;

    fn given(operation: &str, labels: &[&str], query: &str, body: &str) -> Result<Value, ()> {
        let spec = OPERATIONS.iter().find(|spec| spec.name == operation).unwrap();
        let names = spec.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let labels = names.zip(labels).map(|(name, value)| (name, Some((*value).to_owned()))).collect();
        let query = crate::chime::route::query_pairs(Some(query));
        read(spec, &labels, &query, body.as_bytes()).map_err(|fault| assert_eq!(fault.status(), 400))
    }

    #[test]
    fn members_come_from_where_they_belong() {
        let body = r#"{"Name": "x", "AccountId": "other", "Unknown": [1], "ClientRequestToken": null}"#;
        assert_eq!(given("CreateRoom", &["a"], "Name=y", body), Ok(json!({"AccountId": "a", "Name": "x"})));
        let listed = given("ListRooms", &["a"], "max-results=7&member-id=m%2B+&x=1&next-token=", "no json");
        assert_eq!(listed, Ok(json!({"AccountId": "a", "MaxResults": 7, "MemberId": "m++", "NextToken": ""})));
        assert_eq!(given("UpdateRoom", &["a", "r"], "", ""), Ok(json!({"AccountId": "a", "RoomId": "r"})));
        assert_eq!(given("UpdateRoom", &["a", "r"], "", "null"), Ok(json!({"AccountId": "a", "RoomId": "r"})));
    }

    #[test]
    fn what_the_model_bounds_is_bounded() {
        for label in ["", " ", "\t", ".", "..", "\0"] {
            assert!(given("GetAccount", &[label], "", "").is_err(), "{label:?}");
        }
        for query in
            ["max-results=0", "max-results=100", "max-results=", "max-results=+1", "max-results=1&max-results=1"]
        {
            assert!(given("ListRooms", &["a"], query, "").is_err(), "{query}");
        }
        for body in ["", "{}", "[]", "7", "{", r#"{"Name": null}"#, r#"{"Name": 7}"#, r#"{"Name": "a\u0000"}"#] {
            assert!(given("CreateRoom", &["a"], "", body).is_err(), "{body}");
        }
        let items = |count: usize| json!({"MembershipItemList": vec![json!({"MemberId": "m"}); count]}).to_string();
        assert!(given("BatchCreateRoomMembership", &["a", "r"], "", &items(50)).is_ok());
        assert!(given("BatchCreateRoomMembership", &["a", "r"], "", &items(51)).is_err());
        for item in
            [json!(null), json!({"MemberId": 7}), json!({"MemberId": " "}), json!({"MemberId": "m", "Role": "Owner"})]
        {
            let body = json!({"MembershipItemList": [item]}).to_string();
            assert!(given("BatchCreateRoomMembership", &["a", "r"], "", &body).is_err(), "{body}");
        }
        let days = |days: Value| {
            let body = json!({"RetentionSettings": {"RoomRetentionSettings": {"RetentionDays": days}}});
            given("PutRetentionSettings", &["a"], "", &body.to_string())
        };
        assert!(days(json!(5475)).is_ok() && days(json!(null)).is_ok());
        assert!(
            [json!(0), json!(5476), json!(1.0), json!("1"), json!(u64::MAX)].into_iter().all(|bad| days(bad).is_err())
        );
    }

    #[test]
    fn refusals_do_not_repeat_what_was_sent() {
        let spec = OPERATIONS.iter().find(|spec| spec.name == "CreateUser").unwrap();
        let labels = vec![("accountId", Some("a".to_owned()))];
        let fault = read(spec, &labels, &[], br#"{"Email": "hunter2"}"#).unwrap_err();
        assert!(!format!("{fault:?}").contains("hunter2"));
    }

    proptest! {
        #[test]
        fn no_body_breaks_the_reader(body in "(\\{|\\}|\\[|\\]|\"|:|,|null|1|Name|MemberId|\\\\u0000|\\PC){0,20}") {
            for spec in &OPERATIONS {
                let _ = read(spec, &Vec::new(), &[], body.as_bytes());
            }
        }
    }
}
