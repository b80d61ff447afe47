//! Redaction of secrets in arguments, before a command line is stored: `--password=x`, `--token x`, `KEY=secret`,
//! `scheme://user:pass@host`, `-px` of the programs where that is a password, and keys that show what they are.
//!
//! Hiding too much costs a reader a word; hiding too little costs a password. So in doubt it hides.

/// What stands in for a secret.
pub(crate) const MASK: &str = "•••";

/// Words that make a name secret wherever they stand in it (`dbPassword1`, `SECRET_KEY_BASE`) …
const ANYWHERE: [&str; 5] = ["password", "passwd", "passphrase", "secret", "credential"];
/// … or only at its end (`auth-token`, but not `max-tokens`).
const AT_END: [&str; 20] = [
    "token",
    "pass",
    "pwd",
    "apikey",
    "accesskey",
    "accesskeyid",
    "privatekey",
    "authkey",
    "signingkey",
    "encryptionkey",
    "masterkey",
    "accountkey",
    "sharedkey",
    "bearer",
    "authorization",
    "cookie",
    "psk",
    "jwt",
    "connectionstring",
    "requirepass",
];
/// Names of things beside a secret: where it is kept, that it will be asked for.
const HARMLESS_ENDS: [&str; 9] =
    ["file", "path", "dir", "fd", "stdin", "prompt", "bypass", "compass", "policy"];

/// Programs whose short options take a password: attached (`-pSECRET`) or as the next word.
const SHORT_OPTIONS: [(&str, &[&str]); 29] = [
    ("mysql", &["-p"]),
    ("mysqldump", &["-p"]),
    ("mysqladmin", &["-p"]),
    ("mysqlimport", &["-p"]),
    ("mysqlcheck", &["-p"]),
    ("mariadb", &["-p"]),
    ("mariadb-dump", &["-p"]),
    ("mariadb-admin", &["-p"]),
    ("sshpass", &["-p"]),
    // Of `docker login` and its like; `docker run -p` is a port.
    ("login", &["-p"]),
    ("mongo", &["-p"]),
    ("mongosh", &["-p"]),
    ("mongodump", &["-p"]),
    ("curl", &["-u", "--user", "-U", "--proxy-user", "-b"]),
    ("redis-cli", &["-a"]),
    ("ldapsearch", &["-w"]),
    ("ldapmodify", &["-w"]),
    ("smbclient", &["-U", "--user"]),
    ("mount.cifs", &["-o"]),
    ("openssl", &["-k", "-K"]),
    ("7z", &["-p"]),
    ("zip", &["-P"]),
    ("unzip", &["-P"]),
    ("mosquitto_pub", &["-P"]),
    ("mosquitto_sub", &["-P"]),
    ("ipmitool", &["-P"]),
    ("sqlcmd", &["-P"]),
    ("xfreerdp", &["/p:"]),
    ("snmpwalk", &["-A", "-X", "-c"]),
];

/// A command line as in `/proc/<pid>/cmdline` (arguments ended by NUL), with spaces between the arguments and
/// its secrets masked.
pub(crate) fn command(cmdline: &[u8]) -> String {
    let text = String::from_utf8_lossy(cmdline);
    let mut redaction = Redaction::default();
    let mut shown = String::with_capacity(text.len());
    for argument in text.trim_end_matches('\0').split('\0') {
        if !shown.is_empty() {
            shown.push(' ');
        }
        redaction.argument(argument, &mut shown);
    }
    shown
}

/// What the words so far say about the next one.
#[derive(Debug, Default)]
struct Redaction {
    options: &'static [&'static str],
    hide_next: bool,
}

impl Redaction {
    fn argument(&mut self, argument: &str, shown: &mut String) {
        if std::mem::take(&mut self.hide_next) && !is_option(argument) {
            return shown.push_str(MASK);
        }
        if !argument.contains(char::is_whitespace) {
            self.word(argument, shown);
            return;
        }
        // `--password=two words`: the whole rest is the secret.
        if let Some((name, _)) = argument.split_once('=')
            && !name.contains(char::is_whitespace)
            && is_secret_name(name)
        {
            shown.push_str(name);
            shown.push('=');
            return shown.push_str(MASK);
        }
        // `-ptwo words`: likewise.
        if let Some(option) = self.options.iter().find(|option| argument.starts_with(**option)) {
            shown.push_str(option);
            return shown.push_str(MASK);
        }
        // A script of `sh -c`, a header, or a title that a program wrote over its arguments.
        let mut quote = None;
        for word in argument.split_inclusive(char::is_whitespace) {
            let space = word.chars().next_back().filter(|c| c.is_whitespace());
            let word = word.trim_end_matches(char::is_whitespace);
            if let Some(mark) = quote {
                if word.ends_with(mark) {
                    quote = None;
                }
                continue;
            }
            if std::mem::take(&mut self.hide_next) && !is_option(word) {
                shown.push_str(MASK);
                quote = opened_quote(word);
            } else if self.word(word, shown) == Rest::Hidden {
                // `Authorization: Bearer x`: everything after the colon.
                shown.push(' ');
                return shown.push_str(MASK);
            } else if let Some((_, value)) = word.split_once('=') {
                quote = opened_quote(value).filter(|_| shown.ends_with(MASK));
            }
            shown.extend(space);
        }
    }

    /// Shows one word, and says whether the rest of its argument must not be seen.
    fn word(&mut self, word: &str, shown: &mut String) -> Rest {
        let program = word.rsplit('/').next().unwrap_or(word);
        if let Some((_, options)) = SHORT_OPTIONS.iter().find(|(name, _)| *name == program) {
            self.options = options;
        }
        for option in self.options {
            let Some(value) = word.strip_prefix(option) else { continue };
            if value.is_empty() {
                self.hide_next = true;
            } else if option.starts_with("--") && !value.starts_with('=') {
                continue;
            } else {
                shown.push_str(option);
                shown.push_str(if value.starts_with('=') { "=" } else { "" });
                shown.push_str(MASK);
                return Rest::Shown;
            }
        }
        // An option, or the name of a setting: `aws configure set aws_secret_access_key x`.
        if (word.starts_with('-') || word.contains('_')) && !word.contains('=') && is_secret_name(word) {
            self.hide_next = true;
        }
        let rest = if word.ends_with(':') && is_secret_name(word) { Rest::Hidden } else { Rest::Shown };
        shown.push_str(&redact_keys(&redact_address(&redact_values(word))));
        rest
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Rest {
    Shown,
    Hidden,
}

/// What stands behind an option that wants a secret is one, unless it is plainly the next option.
fn is_option(word: &str) -> bool {
    word.starts_with("--") || (word.starts_with('-') && word.len() == 2)
}

fn opened_quote(value: &str) -> Option<char> {
    let mark = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    (value.len() == 1 || !value.ends_with(mark)).then_some(mark)
}

/// Whether what is called so is a secret. Looks at the last name in `text`: `{"db_password"` is `db_password`.
fn is_secret_name(text: &str) -> bool {
    let text = text.trim_end_matches([':', '"', '\'', '\\', ' ']);
    let start = text.rfind(|c: char| !(c.is_alphanumeric() || "_-.".contains(c))).map_or(0, |at| at + 1);
    let name: String = text.get(start..).unwrap_or(text).to_lowercase().replace(['-', '_', '.'], "");
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
    if HARMLESS_ENDS.iter().any(|end| name.ends_with(end))
        || name.starts_with("no") && !name.starts_with("not")
    {
        return false;
    }
    name == "auth"
        || ANYWHERE.iter().any(|word| name.contains(word))
        || AT_END.iter().any(|word| name.ends_with(word))
}

/// `name=value` and `name:value`, wherever in a word: an option, a query, a connection string, JSON.
fn redact_values(word: &str) -> String {
    let mut shown = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(at) = rest.find(['=', ':']) {
        let (name, value) = (&rest[..at], &rest[at + 1..]);
        shown.push_str(&rest[..=at]);
        rest = value;
        let is_scheme = value.starts_with("//") && shown.ends_with(':');
        if value.is_empty() || is_scheme || !is_secret_name(name) {
            continue;
        }
        let before = shown.clone();
        shown.push_str(MASK);
        // Within a query or a connection string the next pair may be seen; else everything is the secret.
        let end = before.rfind(['?', '&', ';']).and_then(|at| match before.as_bytes()[at] {
            b';' => value.find(';'),
            _ => value.find('&'),
        });
        rest = &value[end.unwrap_or(value.len())..];
    }
    shown.push_str(rest);
    shown
}

/// `scheme://user:pass@host`.
fn redact_address(word: &str) -> String {
    let Some(at) = word.find("://") else { return word.to_owned() };
    let (scheme, rest) = word.split_at(at + 3);
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    // What follows the colon is a port, or a password, which may itself hold `@` and `/`: the last `@` ends it.
    let Some((_, behind)) = authority.split_once(':') else { return word.to_owned() };
    if behind.bytes().all(|b| b.is_ascii_digit()) && !rest[authority.len()..].contains('@') {
        return word.to_owned();
    }
    let Some(end) = rest.rfind('@') else { return word.to_owned() };
    match rest[..end].split_once(':') {
        Some((user, _)) => format!("{scheme}{user}:{MASK}{}", &rest[end..]),
        None => word.to_owned(),
    }
}

/// Keys that show what they are, whatever they are called.
fn redact_keys(word: &str) -> String {
    if word.len() < 20 {
        return word.to_owned();
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mut shown = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(start) = rest.find(is_part) {
        shown.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        if is_web_token(rest) {
            shown.push_str(MASK);
            rest = rest.trim_start_matches(|c| is_part(c) || c == '.');
            continue;
        }
        shown.push_str(if is_key(&rest[..end]) { MASK } else { &rest[..end] });
        rest = &rest[end..];
    }
    shown.push_str(rest);
    if is_aws_secret(word) { MASK.to_owned() } else { shown }
}

/// Prefixes by which the makers of keys mark them, with the length from which a word is one.
fn is_key(word: &str) -> bool {
    const MARKS: [(&str, usize); 14] = [
        ("AKIA", 20),
        ("ASIA", 20),
        ("AIza", 35),
        ("ghp_", 30),
        ("gho_", 30),
        ("ghs_", 30),
        ("ghu_", 30),
        ("github_pat_", 40),
        ("glpat-", 20),
        ("xoxb-", 20),
        ("xoxp-", 20),
        ("sk-", 30),
        ("sk_live_", 20),
        ("hvs-", 20),
    ];
    MARKS.iter().any(|(mark, length)| word.len() >= *length && word.starts_with(mark))
}

/// A JSON web token: base64 of `{"…`, a dot, and base64 of `{"…` again.
fn is_web_token(text: &str) -> bool {
    text.starts_with("eyJ") && text.find(".eyJ").is_some_and(|at| at > 8)
}

/// 40 characters of base64 with upper and lower case and digits; a commit's hash has no upper case.
fn is_aws_secret(word: &str) -> bool {
    word.len() == 40
        && !word.starts_with('/')
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'+'))
        && word.bytes().any(|b| b.is_ascii_uppercase())
        && word.bytes().any(|b| b.is_ascii_lowercase())
        && word.bytes().any(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proptest::prelude::*;

    use super::*;

    /// Every `CANARY` must be gone; arguments are separated by `|`.
    #[test]
    fn secrets_are_hidden_and_the_rest_stays() {
        let lines = [
            "app|--password=CANARY|--port=80",
            "app|--password|CANARY|-v",
            "app|--password=CANARY two words CANARY",
            "app|--password|CANARY two words CANARY",
            "app|--password=CANARY;x=&CANARY",
            "app|--auth-token|CANARY|run",
            "app|--api-key=CANARY|--apiKey|CANARY|-apikey=CANARY",
            "env|DB_PASSWORD=CANARY|PGPASSWORD=CANARY|SECRET_KEY_BASE=CANARY|HOME=/root|app",
            "docker|run|-e|MYSQL_ROOT_PASSWORD=CANARY|mysql:8",
            "java|-Dspring.datasource.password=CANARY|-Xmx512m|-jar|app.jar",
            "psql|postgres://bob:CANARY@db:5432/shop?sslmode=require",
            "git|clone|https://bob:CAN@ARY/CANARY@git.example.org/x.git",
            "curl|https://example.org/?user=bob&token=CANARY&page=2",
            "curl|-H|Authorization: Bearer CANARY|https://example.org",
            "curl|-u|bob:CANARY|https://example.org",
            "curl|-ubob:CANARY|https://example.org",
            "curl|--user=bob:CANARY|--proxy-user|bob:CANARY",
            "curl|-d|{\"user\": \"bob\", \"password\": \"CANARY\"}",
            "curl|-d|{\"password\":\"CANARY\"}",
            "mysql|-uroot|-pCANARY|shop",
            "sh|-c|mysqldump -u root -pCANARY shop | gzip > x",
            "sh|-c|export TOKEN=CANARY; app --secret 'CANARY and CANARY' --port 80",
            "sh|-c|PASSWORD=\"CANARY and CANARY\" app --port 80",
            "sshpass|-p|CANARY|ssh|host",
            "redis-cli|-a|CANARY|ping",
            "openssl|enc|-pass|pass:CANARY|-in|x",
            "sqlcmd|Server=db;User Id=sa;Password=CANARY;Database=shop",
            "aws|AKIACANARYCANARYCANA|x",
            "app|--client|CANARYcanary0123456789CANARYcanary012345",
            "app|ghp_CANARYCANARYCANARYCANARYCANARY123456",
            "app|x=eyJhbGciOiJIUzI1NiJ9.eyJCANARYCANARY.CANARY-CANARY",
            "docker|login|-u|bob|-p|CANARY|registry.example.org",
            "aws|configure|set|aws_secret_access_key|CANARY",
            "git|-c|http.extraheader=AUTHORIZATION: basic CANARY|fetch",
            "kubectl|create|secret|generic|db|--from-literal=password=CANARY",
            "mount|-t|cifs|-o|username=bob,password=CANARY,vers=3",
            "ffmpeg|-i|rtsp://bob:CANARY@10.0.0.9:554/live",
            "gpg|--batch|--passphrase|CANARY|-c|file",
            "xfreerdp|/u:bob|/p:CANARY|/v:host",
            "postgres: writer password=CANARY host=db",
        ];
        let shown: Vec<String> =
            lines.iter().map(|line| command(line.replace('|', "\0").as_bytes())).collect();
        let leaks: Vec<_> =
            shown.iter().filter(|line| line.contains("CANARY") || line.contains("ARY")).collect();
        assert!(leaks.is_empty(), "{leaks:#?}");
        expect![[r#"
            app --password=••• --port=80
            app --password ••• -v
            app --password=•••
            app --password •••
            app --password=•••
            app --auth-token ••• run
            app --api-key=••• --apiKey ••• -apikey=•••
            env DB_PASSWORD=••• PGPASSWORD=••• SECRET_KEY_BASE=••• HOME=/root app
            docker run -e MYSQL_ROOT_PASSWORD=••• mysql:8
            java -Dspring.datasource.password=••• -Xmx512m -jar app.jar
            psql postgres://bob:•••@db:5432/shop?sslmode=require
            git clone https://bob:•••@git.example.org/x.git
            curl https://example.org/?user=bob&token=•••&page=2
            curl -H Authorization: ••• https://example.org
            curl -u ••• https://example.org
            curl -u••• https://example.org
            curl --user=••• --proxy-user •••
            curl -d {"user": "bob", "password": •••
            curl -d {"password":•••
            mysql -uroot -p••• shop
            sh -c mysqldump -u root -p••• shop   gzip > x
            sh -c export TOKEN=••• app --secret ••• --port 80
            sh -c PASSWORD=•••
            sshpass -p ••• ssh host
            redis-cli -a ••• ping
            openssl enc -pass ••• -in x
            sqlcmd Server=db;User Id=sa;Password=•••;Database=shop
            aws ••• x
            app --client •••
            app •••
            app x=•••
            docker login -u bob -p ••• registry.example.org
            aws configure set aws_secret_access_key •••
            git -c http.extraheader=AUTHORIZATION: ••• fetch
            kubectl create secret generic db --from-literal=password=•••
            mount -t cifs -o username=bob,password=•••
            ffmpeg -i rtsp://bob:•••@10.0.0.9:554/live
            gpg --batch --passphrase ••• -c file
            xfreerdp /u:bob /p:••• /v:host
            postgres: writer password=••• host=db"#]]
        .assert_eq(&shown.join("\n"));
    }

    #[test]
    fn what_is_no_secret_is_left_alone() {
        for line in [
            "/usr/bin/python3 -m http.server --bind 127.0.0.1 8080",
            "app --password-file=/run/secrets/db --max-tokens 4096 --tokenizer=bpe",
            "docker login --password-stdin registry.example.org",
            "ssh -p 2222 bob@host",
            "git checkout 0123456789abcdef0123456789abcdef01234567",
            "tail -f /var/log/Xorg0123456789012345678901234.log",
            "nginx: worker process",
            "chromium --type=renderer --field-trial-handle=1718,i,1234567890,262144 --author=me",
            "curl https://example.org:8443/path?page=2",
            "pg_dump --no-password -h db",
            "docker run -p 8080:80 --name web nginx",
            "/usr/sbin/cron -f -P",
            "gpg --passphrase-file=/etc/key -c file",
        ] {
            assert_eq!(command(line.replace(' ', "\0").as_bytes()), line);
        }
    }

    proptest! {
        #[test]
        fn a_password_is_hidden_whatever_surrounds_it(before in "[ -~]{0,8}", after in "[ -~]{0,8}") {
            let secret = format!("{before}CANARY{after}");
            // What begins like an option is taken for one where an option's value is missing.
            let as_next = format!("x{secret}");
            for line in [
                format!("app\0--password={secret}\0x"),
                format!("app\0--token\0{as_next}\0x"),
                format!("env\0API_TOKEN={secret}\0app"),
                format!("curl\0-u\0{as_next}\0x"),
                format!("mysql\0-p{as_next}\0x"),
            ] {
                let shown = command(line.as_bytes());
                prop_assert!(!shown.contains("CANARY"), "{shown}");
            }
        }
    }

    #[test]
    fn hostile_command_lines_do_no_harm() {
        for line in
            [&b""[..], b"\0\0\0", b"=", b":", b"://", b"://:@", b"-", b"--", b"\xff=\xff", b"a=;b=;", b"'"]
        {
            command(line);
        }
        command("é=✓;密码:x://ü:ö@ä".as_bytes());
        command(" \u{a0}password=\u{2003}'x".as_bytes());
    }
}
