use proptest::prelude::*;

use super::Pairs;
use crate::{
    Caller, Scope,
    policy::{
        Policy,
        expression::{Expression, Quote},
    },
    testing::caller,
};

/// The policy with `expression` as a rule of its own, under the name `copy_image`.
fn with(expression: &str) -> Policy {
    let text = serde_json::json!({ "copy_image": expression }).to_string();
    Policy::load(&[("policy.yaml", &text)], true).unwrap()
}

#[test]
fn expressions_mean_what_oslo_policy_says() {
    let target = Pairs(&[
        ("visibility", "public"),
        ("project_id", "p1"),
        ("owner_role", "B"),
        ("nothing", "None"),
        ("protected", "True"),
        ("digit", "1"),
    ]);
    let mut checked = 0;
    for line in include_str!("oslo.txt").lines().filter(|line| !line.starts_with('#')) {
        let (bits, expression) = line.split_once(' ').unwrap();
        let policy = with(expression);
        for (mask, bit) in bits.chars().enumerate() {
            let roles: Vec<_> = ["a", "b", "c", "d"]
                .into_iter()
                .enumerate()
                .filter(|(at, _)| mask >> at & 1 == 1)
                .map(|(_, r)| r)
                .collect();
            let mut caller = caller("p1", &roles.join(","));
            caller.user_id = crate::UserId::new("u1");
            assert_eq!(policy.allows(&caller, "copy_image", &target), bit == '1', "{expression} for {roles:?}");
            checked += 1;
        }
    }
    assert!(checked >= 400 * 16, "only {checked} answers compared");
}

#[test]
fn special_checks() {
    let nobody = caller("p1", "");
    for (expression, holds) in [
        ("", true),
        ("@", true),
        ("!", false),
        ("not !", true),
        ("not not @", true),
        ("! or @", true),
        ("@ and not @", false),
        ("rule:default", true),
        ("role:", false),
        ("'x':x", true),
        ("\"x\":x", true),
        ("7:7", true),
        ("7:%%", false),
        ("'100%':100%%", true),
        ("None:%(absent)s", false),
        ("None:None", true),
        ("is_admin:False", true),
        ("is_admin_project:True", true),
        ("domain_id:None", true),
        ("system_scope:all", false),
        ("service_roles:service", false),
        ("user_domain_id:default", true),
        ("project_domain_id:default", true),
        ("service_user_id:None", true),
    ] {
        assert_eq!(with(expression).allows(&nobody, "copy_image", &[]), holds, "{expression}");
    }
}

/// What a caller of each scope is asked about and answers.
#[test]
fn attributes_of_callers() {
    let mut someone = Caller {
        user_id: crate::UserId::new("u1"),
        user_domain_id: Some("ud".to_owned()),
        project_domain_id: Some("pd".to_owned()),
        service_roles: vec!["s1".to_owned(), "s2".to_owned()],
        ..caller("p1", "r1,r2")
    };
    let holds = |caller: &Caller, expression: &str| with(expression).allows(caller, "copy_image", &[("same", "r2")]);
    for (expression, value) in [
        ("user_id", "u1"),
        ("user_domain_id", "ud"),
        ("project_id", "p1"),
        ("project_domain_id", "pd"),
        ("domain_id", "None"),
        ("system_scope", "None"),
        ("roles", "r1"),
        ("roles", "r2"),
        ("roles", "%(same)s"),
        ("service_roles", "s1"),
        ("service_roles", "s2"),
        ("is_admin", "False"),
        ("is_admin_project", "True"),
        ("service_user_id", "None"),
        ("service_user_domain_id", "None"),
        ("service_project_id", "None"),
        ("service_project_domain_id", "None"),
    ] {
        assert!(holds(&someone, &format!("{expression}:{value}")), "{expression}:{value}");
        assert!(!holds(&someone, &format!("{expression}:x{value}")), "{expression}:x{value}");
    }
    assert!(holds(&someone, "role:%(same)s") && !holds(&someone, "role:%(same)s1") && !holds(&someone, "role:%(no)s"));
    assert!(holds(&someone, "'r2!':%(same)s!") && !holds(&someone, "'r2':%(same)s!"));
    someone.is_admin_project = false;
    someone.user_domain_id = None;
    assert!(holds(&someone, "is_admin_project:False") && holds(&someone, "user_domain_id:None"));
}

#[test]
fn roles_compare_without_case_and_service_roles_apart() {
    let mut nova = caller("p1", "member");
    nova.service_roles = vec!["service".to_owned()];
    assert!(with("role:MEMBER").allows(&nova, "copy_image", &[]));
    assert!(!with("role:service").allows(&nova, "copy_image", &[]), "a service token does not satisfy role checks");
    assert!(with("service_roles:service").allows(&nova, "copy_image", &[]));
    // A role without a name is nobody's, not even of a caller who has one.
    nova.roles.push(String::new());
    assert!(!with("role:").allows(&nova, "copy_image", &[]));
}

#[test]
fn every_rule_needs_project_scope() {
    let policy = with("@");
    for scope in [Scope::System, Scope::Domain("default".to_owned()), Scope::Unscoped] {
        let admin = Caller { scope, ..caller("p1", "admin,member,reader") };
        assert!(!policy.allows(&admin, "copy_image", &[]));
        assert!(!policy.allows(&admin, "context_is_admin", &[]));
        assert!(!policy.is_admin(&admin));
        assert!(policy.permit_list(&admin).is_err());
    }
}

#[test]
fn unknown_rules_never_hold() {
    let admin = caller("p1", "admin");
    assert!(!Policy::defaults().allows(&admin, "no_such_rule", &[]));
}

#[test]
fn broken_expressions_are_named() {
    for (expression, words) in [
        (" ", "ends where a check is expected"),
        ("foo", "not of the form kind:value"),
        (":x", "not of the form kind:value"),
        ("role:a role:b", "`role:b` stands where"),
        ("role:a and", "ends where a check is expected"),
        ("and role:a", "`and` stands where a check"),
        ("(role:a", "not closed"),
        ("role:a)", "`)` stands where"),
        ("()", "`)` stands where a check"),
        ("not", "ends where a check is expected"),
        ("role:%(name)", "is doubled"),
        ("role:%(name)d", "lacks its `s`"),
        ("role:100%", "is doubled"),
        ("'two words':%(x)s", "is not of the form"),
        ("'it''s':%(x)s", "not a quoted text"),
        ("a+b:c", "neither a literal"),
        ("a..b:c", "neither a literal"),
    ] {
        let problem = Expression::parse(expression).unwrap_err();
        assert!(problem.contains(words), "{expression}: {problem}");
    }
    let deep = format!("{}role:a{}", "(".repeat(100), ")".repeat(100));
    assert!(Expression::parse(&deep).unwrap_err().contains("64"));
    assert!(Expression::parse(&"not ".repeat(100)).unwrap_err().contains("64"));
    assert!(Expression::parse(&"role:a or ".repeat(10_000)).unwrap_err().contains("longer"));
}

#[test]
fn list_syntax() {
    let parse = |list: &[Vec<&str>]| Expression::parse_list(list).unwrap().to_string();
    assert_eq!(parse(&[]), "@");
    assert_eq!(parse(&[vec![]]), "!");
    assert_eq!(parse(&[vec!["role:a"]]), "role:a");
    assert_eq!(parse(&[vec!["role:a", "role:b"], vec!["role:c"], vec![]]), "((role:a and role:b) or role:c)");
    assert!(Expression::parse_list(&[vec!["role"]]).is_err());
}

fn leaf() -> impl Strategy<Value = Expression> {
    let name = "[a-z_]{1,8}";
    let template = prop::collection::vec(
        prop_oneof!["[a-z0-9:]{1,5}", "[a-z]{1,6}".prop_map(|n| format!("%({n})s")), Just("%%".to_owned())],
        0..4,
    )
    .prop_map(|parts| parts.concat());
    let check = |kind: String, value: String| Expression::parse(&format!("{kind}:{value}")).unwrap();
    prop_oneof![
        Just(Expression::Always),
        Just(Expression::Never),
        name.prop_map(Expression::Rule),
        template.clone().prop_map(move |value| check("role".to_owned(), value)),
        (name, template.clone()).prop_map(move |(kind, value)| check(format!("x_{kind}"), value)),
        ("[a-zA-Z0-9 ]{0,0}[a-zA-Z0-9_.+-]{0,6}", template.clone())
            .prop_map(move |(text, value)| check(format!("'{text}'"), value)),
        (any::<i32>(), template).prop_map(move |(number, value)| check(number.to_string(), value)),
        Just(Expression::Remote("https://policy.example/%(name)s".to_owned())),
    ]
}

fn any_expression() -> impl Strategy<Value = Expression> {
    leaf().prop_recursive(6, 48, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Expression::Not(Box::new(inner))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::And),
            prop::collection::vec(inner, 2..4).prop_map(Expression::Or),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(expression in any_expression()) {
        let written = expression.to_string();
        prop_assert_eq!(Expression::parse(&written).unwrap(), expression);
    }

    #[test]
    fn blanks_and_case_of_words_do_not_matter(expression in any_expression()) {
        let written = expression.to_string();
        let loose = written.replace(' ', " \t\n ").replace(" and ", " AND ").replace(" or ", " Or ");
        prop_assert_eq!(Expression::parse(&loose).unwrap(), expression);
    }

    #[test]
    fn nothing_panics(text in ".{0,80}", words in prop::collection::vec(prop_oneof!["[()]{1,3}", "and|or|not", "role:[a-z]", "[%():'\"a-z]{1,9}"], 0..12)) {
        let _ = Expression::parse(&text);
        let _ = Expression::parse(&words.join(" "));
    }
}

#[test]
fn literals_keep_their_notation() {
    assert_eq!(Quote::Text("7".to_owned()).text(), Quote::Bare("7".to_owned()).text());
    assert_eq!(Expression::parse("\"a\":b").unwrap().to_string(), "'a':b");
}

#[test]
fn quotes_are_kept_apart() {
    for text in ["'a':x", "'a\"b':x"] {
        assert_eq!(Expression::parse(text).unwrap().to_string(), text);
    }
    assert_eq!(Expression::parse("\"it's\":x").unwrap().to_string(), "\"it's\":x");
}

#[test]
fn limits_have_exact_ends() {
    let nested = |depth: usize| Expression::parse(&format!("{}role:a{}", "(".repeat(depth), ")".repeat(depth))).is_ok();
    assert!(nested(63) && !nested(64));
    let negated = |depth: usize| Expression::parse(&format!("{}role:a", "not ".repeat(depth))).is_ok();
    assert!(negated(63) && !negated(64));
    let long = |bytes: usize| Expression::parse(&format!("role:{}", "a".repeat(bytes - 5))).is_ok();
    assert!(long(65_536) && !long(65_537));
}
