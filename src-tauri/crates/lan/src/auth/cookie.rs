//! The cookie of a paired browser: its token, which no script can read and no other site's page can make a browser send.
//!
//! Browsers do not tell the ports of a host apart: they send it to every program that listens on this one. So it counts as
//! a cookie only, never as a bearer or in a proof, and on the port that it was given on ([`crate::access::Sent`]); which
//! that is says the file of who has access, and a new port of this machine takes it over.

use axum::http::HeaderMap;
use axum::http::header::{COOKIE, HeaderValue};

/// As long as browsers keep any. It ends by being revoked.
const MAX_AGE_S: u64 = 400 * 24 * 3600;

/// Its name. It has the machine's id, so that machines which share an address (through tunnels, say) do not overwrite
/// each other's. Over TLS its prefix makes the browser refuse it on plain links.
fn name(machine_id: &str, encrypted: bool) -> String {
    let prefix = if encrypted { "__Host-" } else { "" };
    format!("{prefix}sightline_{machine_id}")
}

/// The token in the cookie, if there is one.
pub(crate) fn read<'a>(headers: &'a HeaderMap, machine_id: &str, encrypted: bool) -> Option<&'a str> {
    let name = name(machine_id, encrypted);
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, token)| token)
}

/// `Set-Cookie` for `token`, which is `<id>.<hex>`.
pub(crate) fn give(token: &str, machine_id: &str, encrypted: bool) -> HeaderValue {
    set(token, MAX_AGE_S, machine_id, encrypted)
}

/// `Set-Cookie` that deletes it.
pub(crate) fn take(machine_id: &str, encrypted: bool) -> HeaderValue {
    set("", 0, machine_id, encrypted)
}

fn set(token: &str, max_age_s: u64, machine_id: &str, encrypted: bool) -> HeaderValue {
    let name = name(machine_id, encrypted);
    let secure = if encrypted { "; Secure" } else { "" };
    let text = format!("{name}={token}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&text).expect("a uuid, an id and hexadecimal digits are visible ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_and_belongs_to_its_kind_of_link() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("theme=dark; sightline_m1=a.00; sightline_m2=b.11"));
        headers.append(COOKIE, HeaderValue::from_static("__Host-sightline_m1=c.22"));
        assert_eq!(read(&headers, "m1", false), Some("a.00"));
        assert_eq!(read(&headers, "m2", false), Some("b.11"));
        assert_eq!(read(&headers, "m1", true), Some("c.22"));
        assert_eq!(read(&headers, "m3", false), None);
    }

    #[test]
    fn no_script_and_no_other_site_gets_it() {
        let plain = give("a.00", "m1", false);
        assert_eq!(plain, "sightline_m1=a.00; Path=/; Max-Age=34560000; HttpOnly; SameSite=Strict");
        let secure = take("m1", true);
        assert_eq!(secure, "__Host-sightline_m1=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure");
    }
}
