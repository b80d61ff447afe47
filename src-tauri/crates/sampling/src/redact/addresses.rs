//! Secrets in addresses: `scheme://user:pass@host`, tokens as the user or as a part of the path, and
//! `user:pass@host` without a scheme.

use super::entropy;
use super::hidden::Hidden;

/// Parts of a path behind which a token follows.
const BEFORE_TOKENS: [&str; 19] = [
    "webhook",
    "webhooks",
    "webhookb2",
    "hook",
    "hooks",
    "services",
    "key",
    "token",
    "secret",
    "ping",
    "push",
    "heartbeat",
    "check_in",
    "inputs",
    "integration",
    "catch",
    "incomingwebhook",
    "workflows",
    "triggers",
];
/// Hosts whose paths hold a key and no word that says so.
const HOSTS_WITH_KEYS: [&str; 12] = [
    "hc-ping.com",
    "infura.io",
    "alchemy.com",
    "alchemyapi.io",
    "quiknode.pro",
    "ankr.com",
    "getblock.io",
    "cronitor.link",
    "nosnch.in",
    "api.day.app",
    "ftqq.com",
    "ifttt.com",
];
/// What stands before a colon and is no user.
const NO_USERS: [&str; 18] = [
    "mailto",
    "sip",
    "sips",
    "xmpp",
    "acct",
    "npm",
    "jsr",
    "workspace",
    "pkg",
    "github",
    "file",
    "gid",
    "sftp",
    "ssh",
    "scp",
    "rest",
    "s3",
    "rsync",
];
/// What stands behind an `@` and is no host: digests of images, kinds of packages.
const NO_HOSTS: [&str; 6] = ["sha256:", "sha512:", "jar", "aar", "pom", "zip"];

/// Hides what gives access in the addresses of `text`.
pub(super) fn find(text: &str, hidden: &mut Hidden) {
    let last_at = text.rfind('@');
    let mut from = 0;
    let mut has_scheme = false;
    while let Some(colon) = text[from..].find("://").map(|at| from + at) {
        has_scheme = true;
        let start = colon + 3;
        let scheme =
            text[from..colon].rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let path = user_info(text, start, scheme, last_at, hidden);
        // Up to the next address in the same word.
        let end = text[path..].find("://").map_or(text.len(), |at| path + at);
        path_tokens(&text[path..end], path, scheme, has_key_in_path(&text[start..path]), hidden);
        from = end.min(path.max(start));
    }
    if !has_scheme {
        if let Some(at) = last_at {
            without_scheme(text, at, hidden);
        }
        // `curl hooks.slack.com/services/…`.
        let path = text.find('/').unwrap_or(text.len());
        let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
        if !text.starts_with('.') && text[..path].contains('.') && text[..path].chars().all(is_host) {
            path_tokens(&text[path..], path, "", has_key_in_path(&text[..path]), hidden);
        }
    }
    if let Some(oracle) = text.find("oracle:")
        && let Some(slash) = text[oracle..].find('/').map(|at| oracle + at)
    {
        let end = text[slash..].find('@').map_or(text.len(), |at| slash + at);
        if !text[oracle..slash].contains('@') {
            hidden.add(slash + 1..end);
        }
    }
}

/// Hides the user's secret in the address that begins at `start`, and says where its path begins.
fn user_info(text: &str, start: usize, scheme: &str, last_at: Option<usize>, hidden: &mut Hidden) -> usize {
    let rest = &text[start..];
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let path = start + authority.len();
    let Some(last_at) = last_at.filter(|at| *at >= start) else { return path };
    let Some(colon) = authority.find(':').filter(|_| !authority.starts_with('[')) else {
        // A user without a password may be a token.
        if let Some(at) = authority.find('@')
            && is_token_as_user(&authority[..at], scheme)
        {
            hidden.add(start..start + at);
        }
        return path;
    };
    if authority[..colon].contains('@') {
        if let Some(at) = authority.find('@')
            && is_token_as_user(&authority[..at], scheme)
        {
            hidden.add(start..start + at);
        }
        return path;
    }
    let behind = &authority[colon + 1..];
    if !behind.contains('@') && behind.bytes().all(|b| b.is_ascii_digit()) {
        return path;
    }
    // A password may itself hold `@` and `/`: the last `@` ends it.
    hidden.add(start + colon + 1..last_at);
    // `https://TOKEN:x-oauth-basic@host`, `https://TOKEN:@host`.
    let user = &authority[..colon];
    if is_token_as_user(user, scheme) && !user.is_empty()
        || behind.starts_with('@') && !user.is_empty()
        || behind.starts_with("x-oauth")
    {
        hidden.add(start..start + colon);
    }
    last_at + text[last_at..].find(['/', '?', '#']).unwrap_or(text.len() - last_at)
}

fn is_token_as_user(user: &str, scheme: &str) -> bool {
    let is_name =
        user.len() <= 15 && user.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'.' | b'-' | b'_'));
    if scheme.starts_with("http") {
        !is_name
    } else {
        user.len() >= 20 || user.len() >= 16 && entropy::is_random(user)
    }
}

fn has_key_in_path(host: &str) -> bool {
    let host = host.rsplit('@').next().unwrap_or(host);
    let host = host.split(':').next().unwrap_or(host);
    HOSTS_WITH_KEYS
        .iter()
        .any(|known| host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

/// `hooks/T000/B000/TOKEN`, `bot123:TOKEN`, and the name of the stream for RTMP. `has_key`: the host is known for it.
fn path_tokens(path: &str, offset: usize, scheme: &str, has_key: bool, hidden: &mut Hidden) {
    let path = &path[..path.find(['?', '#']).unwrap_or(path.len())];
    let mut at = offset;
    let mut after_mark = has_key;
    for part in path.split('/') {
        let is_bot =
            part.strip_prefix("bot").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if is_bot && let Some(colon) = part.find(':') {
            hidden.add(at + colon + 1..at + part.len());
        } else if after_mark && !is_word(part) {
            hidden.add(at..at + part.len());
        }
        after_mark |= BEFORE_TOKENS.iter().any(|mark| part.eq_ignore_ascii_case(mark));
        at += part.len() + 1;
    }
    if scheme.starts_with("rtmp")
        && let Some((_, stream)) = path.trim_end_matches('/').rsplit_once('/')
        && stream.len() >= 6
        && !is_word(stream)
    {
        let start = offset + path.trim_end_matches('/').len() - stream.len();
        hidden.add(start..start + stream.len());
    }
}

/// A part of a path that somebody named: `incoming`, `pre-commit`, `v1`.
fn is_word(part: &str) -> bool {
    let letters = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    part.len() < 4
        || letters(part) && part.len() < 16
        || part.split('-').count() < 4 && part.split('-').all(letters)
}

/// `user:pass@host`.
fn without_scheme(text: &str, at: usize, hidden: &mut Hidden) {
    let host = &text[at + 1..];
    let Some(colon) = text[..at].find(':') else { return of_oracle(text, at, hidden) };
    let before = &text[..colon];
    let user = before.rsplit(['=', ',', '/', '"', '\'']).next().unwrap_or(before);
    let password = &text[colon + 1..at];
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '\\' | '+' | '%');
    if password.is_empty()
        || before.contains('@')
        || password.contains(['/', '(', ')'])
        || !user.chars().all(is_name)
        || NO_USERS.contains(&user)
        || NO_HOSTS.iter().any(|no| host.starts_with(no))
        || !host.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '[' | ':'))
        || host.starts_with(|c: char| c.is_ascii_digit()) && host.split('.').count() < 4
    {
        return;
    }
    hidden.add(colon + 1..at);
}

/// `scott/Tiger1@db`, in any program: `user/project@branch` looks alike, but seldom has capitals and digits.
fn of_oracle(text: &str, at: usize, hidden: &mut Hidden) {
    let start = text[..at].rfind('=').map_or(0, |at| at + 1);
    let Some(slash) = text[start..at].find('/').map(|slash| start + slash) else { return };
    let (user, password, host) = (&text[start..slash], &text[slash + 1..at], &text[at + 1..]);
    let is_word = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    if is_word(user)
        && is_word(host)
        && !password.contains(['/', '.'])
        && password.bytes().any(|b| b.is_ascii_digit())
        && password.bytes().any(|b| b.is_ascii_uppercase() || b.is_ascii_punctuation() && !b"-_".contains(&b))
    {
        hidden.add(slash + 1..at);
    }
}
