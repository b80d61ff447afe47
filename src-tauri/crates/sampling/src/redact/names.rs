//! Names of secrets: whether what is called `dbPassword1`, `AZURE_STORAGE_KEY` or `--pw` has to be hidden.
//!
//! A name is looked at in its parts, because its end decides: `auth-token` is a secret and `max-tokens` is not,
//! `GITHUB_PAT` is one and `--compat` is not.

mod parts;

use parts::Parts;

use super::paths;

/// How surely a name is that of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrecy {
    Plain,
    /// May as well name a file or a way of doing: `--key /etc/x.pem`, `--auth none`.
    Likely,
    Certain,
}

/// Words that make a name secret wherever they stand in it (`dbPassword1`, `SECRET_KEY_BASE`) …
const ANYWHERE: [(&str, Secrecy); 8] = [
    ("password", Secrecy::Certain),
    ("passwd", Secrecy::Certain),
    ("passphrase", Secrecy::Certain),
    ("passcode", Secrecy::Certain),
    ("passwort", Secrecy::Certain),
    ("secret", Secrecy::Likely),
    ("credential", Secrecy::Likely),
    ("authparameters", Secrecy::Likely),
];
/// … or only at its end (`auth-token`, but not `max-tokens`) …
const AT_END: [(&str, Secrecy); 29] = [
    ("token", Secrecy::Certain),
    ("pass", Secrecy::Certain),
    ("passin", Secrecy::Certain),
    ("passout", Secrecy::Certain),
    ("userpw", Secrecy::Certain),
    ("pwd", Secrecy::Certain),
    ("pw", Secrecy::Certain),
    ("psk", Secrecy::Certain),
    ("jwt", Secrecy::Certain),
    ("bearer", Secrecy::Certain),
    ("authorization", Secrecy::Certain),
    ("connectionstring", Secrecy::Certain),
    ("requirepass", Secrecy::Certain),
    ("masterauth", Secrecy::Certain),
    ("accesskeyid", Secrecy::Certain),
    ("tokencode", Secrecy::Certain),
    ("pinvalue", Secrecy::Certain),
    ("pincode", Secrecy::Certain),
    ("keymaterial", Secrecy::Certain),
    ("sonarlogin", Secrecy::Certain),
    ("key", Secrecy::Likely),
    ("auth", Secrecy::Likely),
    ("cookie", Secrecy::Likely),
    ("signature", Secrecy::Likely),
    ("creds", Secrecy::Likely),
    ("adminpin", Secrecy::Likely),
    ("userpin", Secrecy::Likely),
    ("sopin", Secrecy::Likely),
    ("sessionid", Secrecy::Likely),
];
/// … or only as its whole last part: `so-pin`, but not `spin`.
const LAST_PART: [&str; 9] = ["pin", "pat", "sig", "cred", "hmac", "otp", "totp", "sas", "pincode"];

/// One of these is in any secret's name: the others are told apart by this alone.
const HINTS: [&str; 19] = [
    "pass",
    "pw",
    "key",
    "token",
    "auth",
    "secret",
    "cred",
    "psk",
    "jwt",
    "bearer",
    "connectionstring",
    "sonarlogin",
    "cookie",
    "si",
    "pin",
    "pat",
    "otp",
    "hmac",
    "sas",
];

/// Names of things beside a secret: where it is kept, that it will be asked for.
const HARMLESS_ENDS: [&str; 18] = [
    "file",
    "path",
    "dir",
    "fd",
    "stdin",
    "prompt",
    "bypass",
    "compass",
    "policy",
    "store",
    "manager",
    "authentication",
    "monkey",
    "turkey",
    "filename",
    "hotkey",
    "onlykey",
    "initialclustertoken",
];
/// The same, as a whole last part.
const HARMLESS_PARTS: [&str; 53] = [
    "name",
    "names",
    "url",
    "uri",
    "endpoint",
    "type",
    "types",
    "ttl",
    "timeout",
    "provider",
    "server",
    "service",
    "port",
    "host",
    "allowlist",
    "command",
    "cmd",
    "helper",
    "program",
    "enabled",
    "disabled",
    "required",
    "mode",
    "method",
    "algorithm",
    "format",
    "encoding",
    "encryption",
    "size",
    "count",
    "counter",
    "limit",
    "length",
    "len",
    "min",
    "max",
    "version",
    "class",
    "plugin",
    "backend",
    "engine",
    "age",
    "expiry",
    "expiration",
    "rotation",
    "field",
    "column",
    "prompts",
    "location",
    "namespace",
    "cache",
    "generator",
    "suggestions",
];
/// What stands first where an option only says what to do about a secret: `--ask-pass`.
const HARMLESS_STARTS: [&str; 18] = [
    "no",
    "ask",
    "prompt",
    "disable",
    "enable",
    "show",
    "skip",
    "print",
    "generate",
    "gen",
    "list",
    "without",
    "allow",
    "ignore",
    "display",
    "anonymous",
    "disallow",
    "read",
];
/// What stands before `key` where it opens nothing.
const OTHER_KEYS: [&str; 36] = [
    "public",
    "pub",
    "host",
    "sort",
    "partition",
    "primary",
    "foreign",
    "hot",
    "group",
    "label",
    "topology",
    "index",
    "order",
    "routing",
    "shard",
    "object",
    "recv",
    "edit",
    "bind",
    "send",
    "row",
    "map",
    "registry",
    "range",
    "unique",
    "any",
    "modifier",
    "mod",
    "compose",
    "leader",
    "prefix",
    "trusted",
    "idempotency",
    "join",
    "search",
    "filter",
];
/// What stands before `token` in the words of language models.
const OTHER_TOKENS: [&str; 9] = ["eos", "bos", "pad", "unk", "cls", "sep", "mask", "stop", "per"];
/// Values that say how, not what.
const HARMLESS_VALUES: [&str; 40] = [
    "none",
    "null",
    "yes",
    "no",
    "on",
    "off",
    "auto",
    "basic",
    "digest",
    "ntlm",
    "negotiate",
    "kerberos",
    "plain",
    "login",
    "md5",
    "sha1",
    "sha256",
    "ldap",
    "pam",
    "peer",
    "trust",
    "file",
    "env",
    "prompt",
    "ask",
    "stdin",
    "default",
    "disabled",
    "enabled",
    "disable",
    "enable",
    "required",
    "optional",
    "oauth",
    "oauth2",
    "rsa",
    "ed25519",
    "hup",
    "term",
    "kill",
];
/// A number of so many digits counts something: `--pin 17` is a pin of a board.
const LONGEST_COUNT: usize = 3;
/// Names are not longer; what is looked at before a `=` is no more than this.
const LONGEST_NAME: usize = 96;

/// Whether what is called so is a secret. Looks at the last name in `text`: `{"db_password"` is `db_password`.
pub(super) fn secrecy(text: &str) -> Secrecy {
    let text = text.trim_end_matches([':', '"', '\'', '\\', ' ', ']', '+']);
    let parts = Parts::of(last_name(text));
    let (name, last) = (parts.name.as_str(), parts.last());
    if !HINTS.iter().any(|hint| name.contains(hint)) {
        return Secrecy::Plain;
    }
    if HARMLESS_ENDS.iter().any(|end| name.ends_with(end))
        || HARMLESS_PARTS.contains(&last)
        || HARMLESS_STARTS.contains(&parts.first())
        || name.strip_prefix("no").is_some_and(|rest| rest == last)
        || last == "token" && OTHER_TOKENS.contains(&parts.before())
        || last == "key" && OTHER_KEYS.contains(&parts.before())
        || matches!(last, "newkey" | "genkey" | "importkey" | "exportkey" | "selectkey")
        || last.strip_suffix("key").is_some_and(|before| OTHER_KEYS.contains(&before))
    {
        return Secrecy::Plain;
    }
    if let Some((_, secrecy)) = AT_END.iter().find(|(end, _)| name.ends_with(end)) {
        let certain = ANYWHERE[..5].iter().any(|(word, _)| name.contains(word));
        return if certain { Secrecy::Certain } else { *secrecy };
    }
    if LAST_PART.contains(&last) {
        return Secrecy::Likely;
    }
    ANYWHERE.iter().find(|(word, _)| name.contains(word)).map_or(Secrecy::Plain, |(_, secrecy)| *secrecy)
}

/// Whether a value tells nothing even where a secret is expected: where it is read from, or how.
pub(super) fn is_plain_value(value: &str, secrecy: Secrecy) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let variable = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    if value == "-"
        || value.len() <= if secrecy == Secrecy::Certain { 1 } else { LONGEST_COUNT } && number(value)
        || paths::is_absolute(value)
        || matches!(value, "true" | "false")
        || value.strip_prefix("file:").is_some_and(paths::is_path)
        || value.strip_prefix("env:").is_some_and(variable)
        || value.strip_prefix("fd:").is_some_and(number)
    {
        return true;
    }
    secrecy != Secrecy::Certain
        && (paths::is_file(value) || HARMLESS_VALUES.iter().any(|known| value.eq_ignore_ascii_case(known)))
}

/// The name at the end of `text`.
fn last_name(text: &str) -> &str {
    let mut start = text.len();
    for (at, c) in text.char_indices().rev() {
        if !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')) || text.len() - at > LONGEST_NAME {
            break;
        }
        start = at;
    }
    &text[start..]
}
