//! MongoDB URLs. They may name several hosts, so the usual URL parsers do not read them.

/// `server_url` with a database to work in and a name by which the server knows the client.
pub(super) fn with_database(server_url: &str, database: &str, app_name: &str) -> String {
    let (base, query) = server_url.split_once('?').unwrap_or((server_url, ""));
    let (scheme, rest) = base.split_once("://").unwrap_or(("mongodb", base));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut options: Vec<String> = query
        .split('&')
        .filter(|o| !o.is_empty())
        .map(str::to_owned)
        .collect();
    options.retain(|option| !names(option, "appName"));
    if authority.contains('@') && !options.iter().any(|option| names(option, "authSource")) {
        // The path said where the user is known; now it names another database.
        options.push(format!(
            "authSource={}",
            if path.is_empty() { "admin" } else { path }
        ));
    }
    options.push(format!("appName={app_name}"));
    format!("{scheme}://{authority}/{database}?{}", options.join("&"))
}

fn names(option: &str, name: &str) -> bool {
    option
        .split('=')
        .next()
        .is_some_and(|key| key.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::with_database;

    fn check(server: &str, expected: &str) {
        assert_eq!(with_database(server, "db", "app"), expected);
    }

    #[test]
    fn the_database_is_put_into_any_form_of_url() {
        check("mongodb://h:1", "mongodb://h:1/db?appName=app");
        check("mongodb://h:1/", "mongodb://h:1/db?appName=app");
        check(
            "mongodb://a:1,b:2/?replicaSet=r",
            "mongodb://a:1,b:2/db?replicaSet=r&appName=app",
        );
        check(
            "mongodb+srv://h/?appname=x&w=1",
            "mongodb+srv://h/db?w=1&appName=app",
        );
    }

    #[test]
    fn a_user_is_still_looked_up_where_the_url_said() {
        check(
            "mongodb://u:p@h",
            "mongodb://u:p@h/db?authSource=admin&appName=app",
        );
        check(
            "mongodb://u:p@h/users",
            "mongodb://u:p@h/db?authSource=users&appName=app",
        );
        check(
            "mongodb://u:p@h/x?authSource=y",
            "mongodb://u:p@h/db?authSource=y&appName=app",
        );
    }
}
