//! Words that say what the next one is without being options: `nmcli … password x`, `aws_secret_access_key x`.

use crate::redact::names::{Secrecy, is_plain_value, secrecy};
use crate::redact::paths;

/// Words that announce a secret without being an option: `nmcli … password x`.
const ANNOUNCING: [(&str, Secrecy); 18] = [
    ("password", Secrecy::Certain),
    ("passwd", Secrecy::Certain),
    ("passphrase", Secrecy::Certain),
    ("psk", Secrecy::Certain),
    ("pw", Secrecy::Certain),
    ("passcode", Secrecy::Certain),
    ("userpw", Secrecy::Certain),
    ("convertto-securestring", Secrecy::Certain),
    ("key", Secrecy::Likely),
    ("token", Secrecy::Likely),
    ("authtoken", Secrecy::Likely),
    ("secret", Secrecy::Likely),
    ("apikey", Secrecy::Likely),
    ("api-key", Secrecy::Likely),
    ("authkey", Secrecy::Likely),
    ("pin", Secrecy::Likely),
    ("preshared-key", Secrecy::Likely),
    ("private-key", Secrecy::Likely),
];
/// What is done with secrets, and so stands where one may.
const VERBS: [&str; 44] = [
    "list",
    "ls",
    "get",
    "set",
    "add",
    "new",
    "put",
    "create",
    "delete",
    "remove",
    "rm",
    "show",
    "inspect",
    "describe",
    "generic",
    "tls",
    "docker-registry",
    "login",
    "logout",
    "status",
    "versions",
    "view",
    "update",
    "rotate",
    "revoke",
    "renew",
    "lookup",
    "info",
    "issue",
    "verify",
    "generate",
    "import",
    "export",
    "enable",
    "disable",
    "print",
    "edit",
    "init",
    "is",
    "for",
    "and",
    "or",
    "in",
    "of",
];

/// What the next word is, when this one has been said. Words of a sentence (`is_prose`) say less than those of a command.
pub(super) fn announced(word: &str, is_prose: bool) -> Option<Secrecy> {
    let known = ANNOUNCING.iter().find(|(known, _)| word.eq_ignore_ascii_case(known));
    if let Some((_, secrecy)) = known.filter(|(_, secrecy)| !is_prose || *secrecy == Secrecy::Certain) {
        return Some(*secrecy);
    }
    // The name of a setting, which is neither a path nor an address.
    let is_setting = word.contains(['_', '.'])
        && (!word.contains(['/', '=', ':', '@']) || word.starts_with("//"))
        && !word.starts_with('.')
        && !paths::is_file(word);
    is_setting.then(|| secrecy(word)).filter(|secrecy| *secrecy != Secrecy::Plain)
}

/// Whether a word may be the secret that was announced.
pub(super) fn may_be_secret(text: &str, secrecy: Secrecy) -> bool {
    !(text.starts_with('-') || VERBS.contains(&text) || is_plain_value(text, secrecy) || paths::is_file(text))
}
