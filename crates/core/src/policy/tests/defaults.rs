//! The default rules, as a table that is looked at when it changes: `tests/default_policy.txt`.
//! `SALON_BLESS=1 cargo test -p salon-core` writes it anew.

use std::fmt::Write as _;

use crate::{
    Caller, Scope,
    image::Visibility,
    membership::MemberStatus,
    policy::{ImageTarget, Policy, rules::RULES},
    testing::{alone, as_member, caller, image},
};

const CHECKED_IN: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/default_policy.txt"));

fn callers() -> [(&'static str, Caller); 10] {
    [
        ("admin", caller("ops", "admin,member,reader")),
        ("owner", caller("alpha", "member,reader")),
        ("owner-reader", caller("alpha", "reader")),
        ("owner-none", caller("alpha", "")),
        ("service", caller("services", "service")),
        ("member", caller("beta", "member,reader")),
        ("member-reader", caller("beta", "reader")),
        ("other", caller("gamma", "member,reader")),
        ("other-none", caller("gamma", "")),
        ("system-admin", Caller { scope: Scope::System, ..caller("ops", "admin,member,reader") }),
    ]
}

fn table() -> String {
    let mut out = String::from(
        "# Which rule holds for whom on an image of project alpha that is shared with project beta, by default.\n\
         # Letters: p private, s shared, c community, u public; - where it does not hold. The rules alone: an image that\n\
         # its visibility hides from the caller (private and shared ones of others) is absent before any rule is asked.\n",
    );
    for (title, strict) in [("enforce_new_defaults = true", true), ("enforce_new_defaults = false", false)] {
        let policy = Policy::load(&[], strict).unwrap();
        writeln!(out, "\n[{title}]").unwrap();
        write!(out, "{:<41}", "").unwrap();
        for (name, _) in callers() {
            write!(out, " {name:<13}").unwrap();
        }
        out = out.trim_end().to_owned() + "\n";
        for rule in RULES {
            write!(out, "{:<41}", rule.name).unwrap();
            for (name, caller) in callers() {
                let cell: String = [
                    ('p', Visibility::Private),
                    ('s', Visibility::Shared),
                    ('c', Visibility::Community),
                    ('u', Visibility::Public),
                ]
                .into_iter()
                .map(|(letter, visibility)| {
                    let image = image(visibility);
                    let view = if name.starts_with("member") {
                        as_member(image, "beta", MemberStatus::Accepted)
                    } else {
                        alone(image)
                    };
                    if policy.allows(&caller, rule.name, &ImageTarget::of(&view, &caller)) { letter } else { '-' }
                })
                .collect();
                write!(out, " {cell:<13}").unwrap();
            }
            out = out.trim_end().to_owned() + "\n";
        }
    }
    out
}

#[test]
fn default_rules_are_as_checked_in() {
    let now = table();
    if std::env::var_os("SALON_BLESS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/default_policy.txt"), &now).unwrap();
        return;
    }
    for (line, (now, checked_in)) in now.lines().zip(CHECKED_IN.lines()).enumerate() {
        assert_eq!(now, checked_in, "line {}", line + 1);
    }
    assert_eq!(now.lines().count(), CHECKED_IN.lines().count());
}

#[test]
fn t_a8_what_only_administrators_may_do_by_default() {
    let policy = Policy::defaults();
    for (name, caller) in callers() {
        for rule in [
            "publicize_image",
            "delete_image_location",
            "copy_image",
            "manage_image_cache",
            "cache_image",
            "cache_list",
            "cache_delete",
            "cache_clean",
            "cache_prune",
            "list_cached_nodes",
            "tasks_api_access",
            "metadef_admin",
            "add_metadef_namespace",
            "delete_metadef_tags",
        ] {
            assert_eq!(policy.allows(&caller, rule, &[("project_id", "alpha")]), name == "admin", "{rule} for {name}");
        }
        let detail = policy.allows(&caller, "stores_info_detail", &[]);
        assert_eq!(detail, matches!(name, "admin" | "service"), "stores_info_detail for {name}");
    }
}
