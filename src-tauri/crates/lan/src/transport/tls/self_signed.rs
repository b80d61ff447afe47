//! The self-signed certificate, for browsers in which people accept it.
//!
//! It is stored in the data directory as `certificate.pem`, its key as `certificate.key`. The key stays when the
//! certificate is made anew.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use atomic_file::{Trust, read_bytes, read_secret, replace};
use jiff::Timestamp;
use jiff::tz::Offset;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SanType, SerialNumber, date_time_ymd,
};
use rustls_pki_types::ServerName;
use tracing::{info, warn};
use wire::certificate_problem::CertificateProblem;

use super::key_pair::{Pair, Written};

const CERTIFICATE_FILE: &str = "certificate.pem";
const KEY_FILE: &str = "certificate.key";

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// Days from its first to its last. Safari refuses a certificate of more than 825 whoever trusts it, and browsers
/// one of more than 398 that a public authority signed: below both, nobody has to ask which rule is meant.
const VALID_DAYS: u64 = 397;
/// Of them, those before the day it is made: the clock of a viewer may be behind.
const BACKDATED_DAYS: u64 = 31;
/// With fewer left it is made anew.
const RENEWED_AT_DAYS: u64 = 30;
/// Names, and addresses, in one certificate. A machine has a few; one that changes them every day starts over.
const NAMES: usize = 32;

/// What the certificate is valid for, beside `localhost` and loopback.
#[derive(Debug, Default)]
pub(super) struct Names {
    names: BTreeSet<String>,
    addresses: BTreeSet<IpAddr>,
}

impl Names {
    /// Adds to what there is, so that a machine which alternates between two networks keeps its certificate.
    /// What is no host name is left out.
    pub(super) fn add(&mut self, names: &[String], addresses: &[IpAddr]) {
        // A certificate has names without the final dot of an absolute one.
        let names = names.iter().map(|name| name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase());
        let names =
            names.filter(|name| matches!(ServerName::try_from(name.as_str()), Ok(ServerName::DnsName(_))));
        add(&mut self.names, names);
        add(&mut self.addresses, addresses.iter().map(IpAddr::to_canonical));
    }

    fn all(&self) -> (BTreeSet<String>, BTreeSet<IpAddr>) {
        let (mut names, mut addresses) = (self.names.clone(), self.addresses.clone());
        names.insert("localhost".to_owned());
        addresses.extend([IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)]);
        (names, addresses)
    }
}

fn add<T: Ord>(known: &mut BTreeSet<T>, new: impl Iterator<Item = T>) {
    let new: BTreeSet<T> = new.take(NAMES).collect();
    if known.union(&new).count() > NAMES {
        known.clear();
    }
    known.extend(new);
}

/// Whether `pair` need not be made anew: it is valid for all names and for a while, and not longer than we would make it
/// now, as it is where the clock was ahead then.
pub(super) fn is_good(pair: &Pair, names: &Names, now_ms: u64) -> bool {
    let (validity, (names, addresses)) = (pair.validity(), names.all());
    let left = (now_ms + RENEWED_AT_DAYS * DAY_MS)..=(now_ms + VALID_DAYS * DAY_MS);
    now_ms >= validity.from_ms && left.contains(&validity.until_ms) && pair.covers(&names, &addresses)
}

/// The certificate stored in `data_dir`, made anew where it is not valid, and its key.
pub(super) fn load_or_make(data_dir: &Path, names: &Names, now_ms: u64) -> Result<Pair, CertificateProblem> {
    let (certificate_at, key_at) = (data_dir.join(CERTIFICATE_FILE), data_dir.join(KEY_FILE));
    let key = load_or_make_key(&key_at, now_ms)?;
    let key_pem = key.serialize_pem();
    let read = |certificate: &[u8]| {
        Pair::read(&Written {
            certificate: (&certificate_at, certificate),
            key: (&key_at, key_pem.as_bytes()),
        })
    };
    let known = read_bytes(&certificate_at, Trust::Any).ok().and_then(|known| read(&known).ok());
    if let Some(pair) = known.filter(|pair| is_good(pair, names, now_ms)) {
        return Ok(pair);
    }
    let made = make(&key, names, now_ms)?;
    replace(&certificate_at, made.as_bytes()).map_err(|err| not_kept(&certificate_at, &err))?;
    info!(path = %certificate_at.display(), "a certificate was made");
    read(made.as_bytes())
}

fn load_or_make_key(path: &Path, now_ms: u64) -> Result<KeyPair, CertificateProblem> {
    match read_secret(path) {
        Ok(pem) => match KeyPair::from_pem(&pem) {
            Ok(key) => return Ok(key),
            Err(_) => set_aside(path, now_ms),
        },
        Err(err) if err.kind() == io::ErrorKind::NotFound => {}
        Err(err) if err.kind() == io::ErrorKind::InvalidData => set_aside(path, now_ms),
        // It exists and cannot be read now: with another key, all clients that pinned it would have to pair again.
        Err(err) => {
            let (path, detail) = (path.display().to_string(), err.to_string());
            return Err(CertificateProblem::Unreadable { path, detail });
        }
    }
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(not_made)?;
    replace(path, key.serialize_pem().as_bytes()).map_err(|err| not_kept(path, &err))?;
    Ok(key)
}

fn not_kept(path: &Path, err: &io::Error) -> CertificateProblem {
    CertificateProblem::NotKept { path: path.display().to_string(), detail: err.to_string() }
}

fn not_made(why: impl ToString) -> CertificateProblem {
    CertificateProblem::NotMade { detail: why.to_string() }
}

/// Keeps a file that is no key, beside where it was.
fn set_aside(path: &Path, now_ms: u64) {
    let aside = path.with_extension(format!("key.unreadable-{now_ms}"));
    let kept = fs::rename(path, &aside).is_ok();
    warn!(path = %path.display(), kept, "the key of the certificate cannot be read, another one is made");
}

/// A certificate for `key`, as PEM.
fn make(key: &KeyPair, names: &Names, now_ms: u64) -> Result<String, CertificateProblem> {
    let (names, addresses) = names.all();
    let mut params = CertificateParams::default();
    let names = names.into_iter().map(|name| Ok::<_, rcgen::Error>(SanType::DnsName(name.try_into()?)));
    params.subject_alt_names = names.collect::<Result<_, _>>().map_err(not_made)?;
    params.subject_alt_names.extend(addresses.into_iter().map(SanType::IpAddress));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Sightline");
    // No CA: whoever trusts it trusts nothing else that it might sign.
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.serial_number = Some(serial()?);
    let from_ms = now_ms.saturating_sub(BACKDATED_DAYS * DAY_MS);
    let (first, last) = (day(from_ms)?, day(from_ms + VALID_DAYS * DAY_MS)?);
    params.not_before = date_time_ymd(first.0, first.1, first.2);
    params.not_after = date_time_ymd(last.0, last.1, last.2);
    Ok(params.self_signed(key).map_err(not_made)?.pem())
}

/// Another one for each certificate: Firefox refuses a second one of the same issuer and number for good.
fn serial() -> Result<SerialNumber, CertificateProblem> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(not_made)?;
    // Neither negative nor 0.
    bytes[0] = bytes[0] & 0x7F | 0x40;
    Ok(SerialNumber::from(bytes.to_vec()))
}

/// Year, month and day, in UTC; certificates are dated by the day.
fn day(at_ms: u64) -> Result<(i32, u8, u8), CertificateProblem> {
    let at = i64::try_from(at_ms).ok().and_then(|at_ms| Timestamp::from_millisecond(at_ms).ok());
    let date = at.map(|at| Offset::UTC.to_datetime(at).date());
    let date = date.and_then(|date| {
        let (month, day) = (u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?);
        Some((i32::from(date.year()), month, day))
    });
    date.ok_or_else(|| not_made("the clock of this machine is far off"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21 12:00 UTC.
    const NOW_MS: u64 = 1_795_262_400_000;

    fn names(names: &[&str], addresses: &[&str]) -> Names {
        let mut known = Names::default();
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let addresses: Vec<_> = addresses.iter().map(|address| address.parse().unwrap()).collect();
        known.add(&names, &addresses);
        known
    }

    fn key(data: &Path) -> String {
        fs::read_to_string(data.join(KEY_FILE)).unwrap()
    }

    #[test]
    fn it_stays_while_it_is_good_and_its_key_for_ever() {
        let data = tempfile::tempdir().unwrap();
        let at = |names: &Names, now_ms: u64| load_or_make(data.path(), names, now_ms).unwrap();
        let home = names(&["Shelf", "shelf.local"], &["192.168.1.7"]);
        let first = at(&home, NOW_MS);
        let first_key = key(data.path());
        assert!(first.covers(&["shelf".to_owned(), "localhost".to_owned()], &["::1".parse().unwrap()]));
        assert_eq!(at(&home, NOW_MS + 300 * DAY_MS).fingerprint(), first.fingerprint());
        assert_eq!(
            at(&names(&[], &[]), NOW_MS).fingerprint(),
            first.fingerprint(),
            "fewer names change nothing"
        );

        let moved = at(&names(&["shelf"], &["10.0.0.7", "fd00::7"]), NOW_MS);
        assert_ne!(moved.fingerprint(), first.fingerprint());
        assert!(moved.covers(&[], &["10.0.0.7".parse().unwrap(), "fd00::7".parse().unwrap()]));
        assert!(!moved.covers(&[], &["10.0.0.8".parse().unwrap()]));
        let renewed = at(&names(&["shelf"], &[]), NOW_MS + 340 * DAY_MS);
        assert_ne!(renewed.fingerprint(), moved.fingerprint(), "26 days are left");
        assert_eq!(key(data.path()), first_key);
    }

    #[test]
    fn a_clock_that_was_off_does_no_lasting_harm() {
        for then_ms in [0, 1000, NOW_MS + 3000 * DAY_MS] {
            let data = tempfile::tempdir().unwrap();
            let off = load_or_make(data.path(), &Names::default(), then_ms).unwrap();
            let set = load_or_make(data.path(), &Names::default(), NOW_MS).unwrap();
            assert_ne!(set.fingerprint(), off.fingerprint(), "{then_ms}");
            assert!(is_good(&set, &Names::default(), NOW_MS));
            assert!(set.validity().from_ms < NOW_MS - 30 * DAY_MS, "a viewer's clock may be behind");
            assert!(set.validity().until_ms - set.validity().from_ms <= VALID_DAYS * DAY_MS);
        }
    }

    #[test]
    fn what_cannot_be_read_is_made_anew_and_a_broken_key_kept_aside() {
        let data = tempfile::tempdir().unwrap();
        let load = || load_or_make(data.path(), &Names::default(), NOW_MS).unwrap();
        let first = load();
        fs::write(data.path().join(CERTIFICATE_FILE), "-----BEGIN CERTIFICATE-----\nAAAA\n").unwrap();
        assert_ne!(load().fingerprint(), first.fingerprint());
        fs::write(data.path().join(KEY_FILE), b"half a k\xff").unwrap();
        load();
        let aside = data.path().join(format!("certificate.key.unreadable-{NOW_MS}"));
        assert_eq!(fs::read(aside).unwrap(), b"half a k\xff");
        assert!(key(data.path()).starts_with("-----BEGIN PRIVATE KEY-----"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(data.path().join(KEY_FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn whatever_name_is_taken_is_found_in_the_certificate() {
        // Else one would be made anew every 30 s.
        let long = format!("{}.example", "a".repeat(63));
        let odd = [
            "my_host",
            "SHELF",
            "shelf.",
            "-a",
            "a-",
            "7",
            "1.2",
            "a.7",
            "xn--mnchen-3ya",
            "*",
            "*.a",
            "_",
            &long,
            ".a",
            "a..b",
            "localhost.",
        ];
        for name in odd {
            let (data, known) = (tempfile::tempdir().unwrap(), names(&[name], &["0.0.0.0", "::", "fe80::7"]));
            let made = load_or_make(data.path(), &known, NOW_MS).unwrap();
            assert!(is_good(&made, &known, NOW_MS), "{name}");
        }
    }

    #[test]
    fn names_are_bounded_and_no_other_text_gets_in() {
        let mut known = names(&["shelf", "no name", "ümlaut", "10.0.0.1", ""], &["::ffff:10.0.0.1"]);
        assert_eq!(known.names, BTreeSet::from(["shelf".to_owned()]));
        assert_eq!(known.addresses, BTreeSet::from(["10.0.0.1".parse().unwrap()]));
        for number in 0..200u8 {
            known.add(&[format!("name-{number}")], &[IpAddr::from([10, 0, 1, number])]);
            assert!(known.names.len() <= NAMES && known.addresses.len() <= NAMES);
        }
        assert!(known.names.contains("name-199") && known.addresses.contains(&IpAddr::from([10, 0, 1, 199])));
    }
}
