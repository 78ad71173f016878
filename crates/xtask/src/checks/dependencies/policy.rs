//! The part of `deny.toml` that can be held against `cargo metadata`.

use anyhow::Context as _;
use serde_json::Value;
use toml::Table;

use super::licence;

/// What a dependency must be.
pub(super) struct Policy {
    licences: Vec<String>,
    sources: Vec<String>,
    banned: Vec<String>,
    single: Vec<String>,
}

impl Policy {
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let table: Table = text.parse().context("read deny.toml")?;
        let strings = |section: &str, key: &str| {
            let list = table
                .get(section)
                .and_then(|section| section.get(key))
                .and_then(|list| list.as_array());
            let list = list.with_context(|| format!("deny.toml has no list {section}.{key}"))?;
            Ok::<_, anyhow::Error>(
                list.iter()
                    .filter_map(|item| item.as_str().map(str::to_owned))
                    .collect(),
            )
        };
        let bans = table
            .get("bans")
            .and_then(|bans| bans.get("deny"))
            .and_then(|list| list.as_array());
        let mut policy = Self {
            licences: strings("licenses", "allow")?,
            sources: strings("sources", "allow-registry")?,
            banned: Vec::new(),
            single: Vec::new(),
        };
        for ban in bans.context("deny.toml has no list bans.deny")? {
            let name = ban
                .get("crate")
                .and_then(|name| name.as_str())
                .context("an entry of bans.deny has no `crate`")?;
            let only_twice = ban
                .get("deny-multiple-versions")
                .and_then(toml::Value::as_bool)
                .unwrap_or(false);
            let list = if only_twice {
                &mut policy.single
            } else {
                &mut policy.banned
            };
            list.push(name.to_owned());
        }
        Ok(policy)
    }

    /// What is wrong with the packages in the answer of `cargo metadata`.
    pub(super) fn problems(&self, metadata: &Value) -> Vec<String> {
        let packages = metadata["packages"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let mut problems: Vec<_> = packages
            .iter()
            .flat_map(|package| self.problems_of(package))
            .collect();
        for name in &self.single {
            let versions: Vec<_> = packages
                .iter()
                .filter(|package| package["name"] == name.as_str())
                .filter_map(|package| package["version"].as_str())
                .collect();
            if versions.len() > 1 {
                problems.push(format!(
                    "there must be one {name} only, and there are {}",
                    versions.join(", ")
                ));
            }
        }
        problems
    }

    fn problems_of(&self, package: &Value) -> Vec<String> {
        let name = package["name"].as_str().unwrap_or_default();
        let mut problems = Vec::new();
        if self.banned.iter().any(|banned| banned == name) {
            problems.push(format!("{name} must not be used"));
        }
        match package["license"].as_str() {
            None => problems.push(format!("{name} names no licence")),
            Some(text) if !licence::is_allowed(text, &self.licences) => {
                problems.push(format!(
                    "{name} has a licence that deny.toml does not allow: {text}"
                ));
            }
            Some(_) => {}
        }
        // A member of the workspace has no source.
        if let Some(source) = package["source"].as_str()
            && !self
                .sources
                .iter()
                .any(|allowed| source.strip_prefix("registry+") == Some(allowed))
        {
            problems.push(format!("{name} comes from {source}"));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Policy;

    const DENY: &str = r#"
        [licenses]
        allow = ["MIT"]
        [bans]
        deny = [{ crate = "openssl" }, { crate = "bson", deny-multiple-versions = true }]
        [sources]
        allow-registry = ["https://index"]
    "#;

    fn package(name: &str, version: &str, licence: Option<&str>, source: Option<&str>) -> Value {
        json!({ "name": name, "version": version, "license": licence, "source": source })
    }

    #[track_caller]
    fn check(packages: &[Value], expected: &[&str]) {
        let policy = Policy::parse(DENY).unwrap();
        assert_eq!(policy.problems(&json!({ "packages": packages })), expected);
    }

    #[test]
    fn a_second_version_of_a_type_that_is_passed_around_is_found() {
        let bson = |version| package("bson", version, Some("MIT"), Some("registry+https://index"));
        check(&[bson("3.1.0")], &[]);
        check(
            &[bson("2.15.0"), bson("3.1.0")],
            &["there must be one bson only, and there are 2.15.0, 3.1.0"],
        );
    }

    #[test]
    fn a_package_must_be_free_known_and_wanted() {
        check(
            &[package("openssl", "1.0.0", Some("MIT"), None)],
            &["openssl must not be used"],
        );
        check(
            &[package("x", "1.0.0", None, None)],
            &["x names no licence"],
        );
        check(
            &[package("x", "1.0.0", Some("GPL-3.0"), None)],
            &["x has a licence that deny.toml does not allow: GPL-3.0"],
        );
        check(
            &[package("x", "1.0.0", Some("MIT"), Some("git+https://x"))],
            &["x comes from git+https://x"],
        );
    }

    #[test]
    fn a_policy_that_says_nothing_is_refused() {
        assert!(Policy::parse("[licenses]\nallow = []\n").is_err());
    }
}
