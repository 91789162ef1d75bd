use crate::{Kind, policy::Policy, testing::caller};

fn load(text: &str) -> Result<Policy, String> {
    Policy::load(&[("policy.yaml", text)], true).map_err(|error| {
        assert_eq!(error.kind(), Kind::Invalid);
        error.message().to_owned()
    })
}

#[test]
fn the_registry_loads_in_both_modes() {
    for strict in [true, false] {
        let policy = Policy::load(&[], strict).unwrap();
        assert!(policy.warnings().is_empty(), "{:?}", policy.warnings());
        assert!(policy.is_admin(&caller("p", "admin")));
        assert!(!policy.is_admin(&caller("p", "member")));
    }
}

#[test]
fn files_of_every_shape() {
    let bob = caller("beta", "member");
    for text in [
        "copy_image: role:member",
        "\"copy_image\": \"role:member\"\n",
        "# nothing else\n---\ncopy_image: 'role:member'\n",
        "{\"copy_image\": \"role:member\"}",
        "{\n\t\"copy_image\":\t[[\"role:member\"]]\n}",
        "copy_image: [[role:member, project_id:beta], [role:admin]]",
        "copy_image: [role:admin, role:member]",
        "copy_image: ['', role:member]",
        "copy_image: []",
        "copy_image: ''",
        "copy_image: rule:mine\nmine: rule:other\nother: role:member",
    ] {
        assert!(load(text).unwrap().allows(&bob, "copy_image", &[]), "{text}");
    }
    for text in ["", "# only a comment\n", "{}", "---\n", "copy_image: ['']", "copy_image: [[]]"] {
        assert!(!load(text).unwrap().allows(&bob, "copy_image", &[]), "{text:?}");
    }
}

#[test]
fn later_files_win_and_only_set_rules_change() {
    let files = [("policy.yaml", "copy_image: '!'\nget_images: '@'"), ("policy.d/10.yaml", "copy_image: '@'")];
    let policy = Policy::load(&files, true).unwrap();
    let nobody = caller("beta", "");
    assert!(policy.allows(&nobody, "copy_image", &[]));
    assert!(policy.allows(&nobody, "get_images", &[]));
    assert!(!policy.allows(&nobody, "get_image", &[]));
}

#[test]
fn defects_name_file_and_rule() {
    for (text, words) in [
        ("get_imag: role:member", &["\"get_imag\"", "no rule of this name"][..]),
        ("get_image: rule:nobody", &["\"get_image\"", "`nobody`", "not defined"]),
        ("get_image: role:member and", &["\"get_image\"", "ends where a check"]),
        ("get_image: rule:get_image", &["\"get_image\"", "back to itself"]),
        ("get_image: rule:a\na: rule:b or @\nb: not rule:get_image", &["back to itself"]),
        ("context_is_admin: rule:get_image", &["back to itself"]),
        ("get_image: http://policy.example/check", &["\"get_image\"", "asks another server"]),
        ("get_image: https://policy.example/", &["asks another server"]),
        ("get_image:", &["\"get_image\"", "neither a text nor a list"]),
        ("get_image: true", &["neither a text nor a list"]),
        ("get_image: {a: b}", &["neither a text nor a list"]),
        ("get_image: [[1]]", &["neither a text nor a list"]),
        ("get_image: [role]", &["not of the form"]),
        ("- get_image", &["is not a map"]),
        ("just words", &["is not a map"]),
        ("7: role:member", &["name is not a text"]),
        ("get_image: 'unclosed", &["cannot be read"]),
        ("get_image: a:b\nget_image: c:d", &["cannot be read"]),
    ] {
        let message = load(text).unwrap_err();
        assert!(message.contains("policy.yaml"), "{text}: {message}");
        for word in words {
            assert!(message.contains(word), "{text}: {message}");
        }
    }
    let files = [("a.yaml", "get_image: '@'"), ("policy.d/b.yaml", "get_images: rule:x")];
    assert!(Policy::load(&files, true).unwrap_err().message().contains("policy.d/b.yaml"));
}

#[test]
fn recursion_is_bounded() {
    // A chain of references as long as a file can make it, each inside parentheses and nots.
    let mut text = String::from("get_image: rule:r0\n");
    for at in 0..300 {
        text.push_str(&format!("r{at}: not (rule:r{} and @)\n", at + 1));
    }
    text.push_str("r300: '@'\n");
    assert!(load(&text).unwrap_err().contains("too deep"));
    // Each rule asks the next one twice: what is short to write would take for ever to decide.
    let doubling = |rules: usize| {
        let mut text = String::from("get_image: rule:r0\n");
        for at in 0..rules {
            text.push_str(&format!("r{at}: rule:r{0} and rule:r{0}\n", at + 1));
        }
        text.push_str(&format!("r{rules}: '@'\n"));
        load(&text)
    };
    assert!(doubling(12).unwrap().allows(&caller("a", "member"), "get_image", &[]));
    assert!(doubling(50).unwrap_err().contains("too many checks"));
}

/// What is far too deep is refused before the measuring itself goes deep, whatever it is made of: here, on a small stack.
#[test]
fn measuring_is_bounded_too() {
    let refused = || {
        for (link, layers, rules) in [("{}", 0, 4000), ("(@ and {})", 60, 300), ("not {}", 60, 300)] {
            let mut text = String::new();
            for at in 0..rules {
                let reference = format!("rule:r{:04}", at + 1);
                let expression = (0..layers).fold(reference, |inner, _| link.replace("{}", &inner));
                text.push_str(&format!("r{at:04}: {}\n", serde_json::json!(expression)));
            }
            text.push_str(&format!("r{rules:04}: '@'\nget_image: rule:r0000\n"));
            let problem = load(&text).unwrap_err();
            assert!(problem.contains("too deep"), "{link}: {problem}");
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(refused).unwrap().join().unwrap();
}

#[test]
fn limits_have_exact_ends() {
    let refused = |text: &str| load(text).err();
    // A chain that is measured from its end, because names are in order.
    let chain = |rules: usize| {
        let mut text = String::from("r000: '@'\n");
        for at in 1..rules {
            text.push_str(&format!("r{at:03}: rule:r{:03}\n", at - 1));
        }
        refused(&format!("{text}tasks_api_access: rule:r000 and rule:r{:03}\n", rules - 1))
    };
    assert_eq!(chain(254), None);
    let deep = chain(255).unwrap();
    assert!(deep.contains("\"tasks_api_access\"") && deep.contains("too deep"), "{deep}");
    // Each of the many asks a rule of so many checks.
    let product = |many: usize, checks: usize| {
        let inner = vec!["@"; checks].join(" and ");
        let outer = vec!["rule:a"; many].join(" or ");
        refused(&format!("a: {}\nget_image: {outer}\n", serde_json::json!(inner)))
    };
    assert_eq!(product(271, 367), None, "271 * (367 + 2) + 1 = 100 000");
    assert!(product(250, 398).unwrap().contains("too many checks"), "250 * (398 + 2) + 1 = 100 001");
    let many = |rules: usize| {
        let references: Vec<_> = (1..rules).map(|at| format!("rule:r{at}")).collect();
        let mut text = format!("get_image: {}\n", references.join(" or "));
        for at in 1..rules {
            text.push_str(&format!("r{at}: '@'\n"));
        }
        refused(&text)
    };
    assert_eq!(many(4096), None);
    assert!(many(4097).unwrap().contains("more than 4096 rules"));
}

#[test]
fn attributes_callers_do_not_have_are_warned_about() {
    let policy = load("copy_image: tenant:%(owner)s or token.is_domain:True").unwrap();
    assert_eq!(policy.warnings().len(), 2);
    assert!(policy.warnings().iter().all(|words| words.contains("policy.yaml") && words.contains("copy_image")));
    assert!(!policy.allows(&caller("a", "admin"), "copy_image", &[("owner", "a")]));
}

#[test]
fn is_admin_inside_the_admin_rule_is_false() {
    let policy = load("context_is_admin: is_admin:True or role:boss\ncopy_image: is_admin:True").unwrap();
    assert!(!policy.is_admin(&caller("a", "admin")));
    assert!(policy.is_admin(&caller("a", "boss")));
    assert!(policy.allows(&caller("a", "boss"), "copy_image", &[]));
    assert!(!policy.allows(&caller("a", "admin"), "copy_image", &[]));
}

#[test]
fn legacy_defaults_widen_only_rules_that_no_file_sets() {
    let policy = Policy::load(&[("policy.yaml", "modify_image: role:admin")], false).unwrap();
    let nobody = caller("beta", "");
    assert!(policy.allows(&nobody, "delete_image", &[]));
    assert!(!policy.allows(&nobody, "modify_image", &[]));
    let policy = Policy::load(&[("policy.yaml", "default: role:admin")], false).unwrap();
    assert!(!policy.allows(&nobody, "delete_image", &[]), "the operator's `default` reaches legacy rules");
}
