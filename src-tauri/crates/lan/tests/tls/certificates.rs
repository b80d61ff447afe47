//! Certificates: self-signed, provided, changed while viewers are connected, and wrong.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, KeyPair, SanType, date_time_ymd};
use serde_json::json;
use wire::certificate_problem::CertificateProblem;
use wire::sharing::Encryption;

use crate::Fixture;
use crate::client::{Trust, fixture, get};

/// A certificate and its key, as files.
struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary directory") }
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("fullchain.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("privkey.pem")
    }

    fn encryption(&self) -> Encryption {
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        Encryption::Own { certificate: text(self.certificate()), key: text(self.key()) }
    }
}

/// PEM of a certificate that is good until the end of `year`, and of its key.
fn issue(year: i32) -> (String, String) {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::default();
    params.subject_alt_names = vec![SanType::IpAddress([127, 0, 0, 1].into())];
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(year, 12, 31);
    (params.self_signed(&key).expect("a certificate").pem(), key.serialize_pem())
}

/// Puts `text` at `path` as programs that renew certificates do: beside, then in its place.
fn put(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    fs::write(&beside, text).expect("written");
    fs::rename(beside, path).expect("put in its place");
}

#[tokio::test]
async fn new_files_are_for_new_links_and_bad_ones_for_none() {
    let (fixture, files) = (Fixture::start().await, Files::new());
    let (tls, address) = (fixture.server.tls(), fixture.address());
    let (first, first_key) = issue(2090);
    put(&files.certificate(), &first);
    put(&files.key(), &first_key);
    let set = tls.set(&files.encryption()).expect("they belong together").expect("a certificate");
    assert_eq!(set.problem, None);
    let trust_first = Trust::of(&files.certificate());
    let mut viewer = trust_first.stream(address).await;
    viewer.send_json(json!({"type": "subscribe", "channels": ["overview"]})).await;
    tls.reload();
    assert_eq!(tls.certificate().as_ref(), Some(&set), "nothing changed");

    // Between the two steps of a change they do not belong together.
    let (second, second_key) = issue(2091);
    put(&files.certificate(), &second);
    tls.reload();
    let kept = tls.certificate().expect("a certificate");
    assert_eq!(kept.fingerprint, set.fingerprint);
    assert!(kept.problem.is_some_and(|problem| problem.contains("does not belong")));
    trust_first.connect(address).await.expect("the one before is served");
    put(&files.key(), &second_key);
    tls.reload();
    let now = tls.certificate().expect("a certificate");
    assert_ne!(now.fingerprint, set.fingerprint);
    assert_eq!(now.problem, None);
    let trust_second = Trust::of(&files.certificate());
    let link = trust_second.connect(address).await.expect("the new one is served");
    assert_eq!(get(link, address, "/health").await.0, 200);
    trust_first.connect(address).await.expect_err("the one before is not");

    for bad in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n", &issue(2021).0] {
        put(&files.certificate(), bad);
        tls.reload();
        let kept = tls.certificate().expect("a certificate");
        assert_eq!(kept.fingerprint, now.fingerprint, "{bad}");
        assert!(kept.problem.is_some(), "{bad}");
    }
    let (expired, expired_key) = issue(2021);
    put(&files.certificate(), &expired);
    put(&files.key(), &expired_key);
    tls.reload();
    let kept = tls.certificate().expect("a certificate");
    assert_eq!(kept.fingerprint, now.fingerprint, "a good one is not given up for it");
    assert!(kept.problem.is_some_and(|problem| problem.contains("expired on 2021-12-31")));
    fs::remove_file(files.key()).expect("removed");
    tls.reload();
    let problem = tls.certificate().and_then(|kept| kept.problem).expect("a problem");
    assert!(problem.contains("privkey.pem cannot be read"), "{problem}");
    trust_second.connect(address).await.expect("it is still served");

    // The link of the first certificate went on through all of it.
    viewer.send_json(json!({"type": "ping", "id": 7})).await;
    viewer.recv(|message| message["type"] == "pong" && message["id"] == 7).await;
}

#[tokio::test]
async fn what_is_wrong_with_files_is_said() {
    let (fixture, files) = (Fixture::start().await, Files::new());
    let tls = fixture.server.tls();
    let ((certificate, key), (_, other_key)) = (issue(2090), issue(2090));
    let try_with = |certificate: &str, key: &str| {
        put(&files.certificate(), certificate);
        put(&files.key(), key);
        tls.set(&files.encryption())
    };
    let missing = tls.set(&files.encryption()).expect_err("there is nothing");
    assert!(matches!(&missing, CertificateProblem::Unreadable { .. }), "{missing}");
    let garbled = certificate.replacen("MII", "MIA", 1);
    let no_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let cases = [
        (key.as_str(), key.as_str(), "fullchain.pem holds no certificate in PEM"),
        ("", key.as_str(), "fullchain.pem holds no certificate in PEM"),
        (garbled.as_str(), key.as_str(), "fullchain.pem cannot be used"),
        (certificate.as_str(), certificate.as_str(), "privkey.pem holds no private key in PEM"),
        (certificate.as_str(), no_key, "privkey.pem cannot be used"),
        (certificate.as_str(), other_key.as_str(), "does not belong to the certificate in"),
    ];
    for (certificate, key, expected) in cases {
        let wrong = try_with(certificate, key).expect_err(expected).to_string();
        assert!(wrong.contains(expected), "{wrong}");
        assert_eq!(tls.certificate(), None, "{expected}: it stays off");
    }
    let expired = try_with(&issue(2090).0, &key).expect_err("another key");
    assert!(matches!(expired, CertificateProblem::Mismatch { .. }));

    let (old, old_key) = issue(2021);
    let set = try_with(&old, &old_key).expect("it encrypts all the same").expect("a certificate");
    assert!(set.problem.is_some_and(|problem| problem.contains("expired on 2021-12-31")));
    let set = try_with(&certificate, &key).expect("all is well").expect("a certificate");
    assert_eq!(set.problem, None);
    assert_eq!(set.expires_at_ms, 3_818_361_600_000, "date -u -d 2090-12-31 +%s");
    let pairs: Vec<_> = set.fingerprint.split(':').collect();
    assert!(pairs.len() == 32 && pairs.iter().all(|pair| u8::from_str_radix(pair, 16).is_ok()), "{set:?}");
}

#[tokio::test]
async fn the_one_made_here_follows_names_and_addresses_with_the_same_key() {
    let (fixture, _) = fixture().await;
    let (tls, data) = (fixture.server.tls(), fixture.station.handle().data_dir().to_owned());
    let key = fs::read(data.join("certificate.key")).expect("a key");
    let first = tls.certificate().expect("a certificate");
    tls.cover(&["localhost".to_owned()], &["127.0.0.1".parse().expect("an address")]).expect("covered");
    assert_eq!(tls.certificate().as_ref(), Some(&first), "it has been good for these");

    tls.cover(&["shelf.local".to_owned()], &["192.168.1.7".parse().expect("an address")]).expect("covered");
    let second = tls.certificate().expect("a certificate");
    assert_ne!(second.fingerprint, first.fingerprint);
    assert_eq!(fs::read(data.join("certificate.key")).expect("a key"), key);
    let trust = Trust::of(&data.join("certificate.pem"));
    trust.connect(fixture.address()).await.expect("it is still good for this address");
    // To and fro between two networks, it stays.
    tls.cover(&[], &["10.0.0.7".parse().expect("an address")]).expect("covered");
    let third = tls.certificate();
    tls.cover(&["shelf.local".to_owned()], &["192.168.1.7".parse().expect("an address")]).expect("covered");
    assert_eq!(tls.certificate(), third);

    let printed = format!("{tls:?} {:?}", fixture.server);
    let secret = String::from_utf8_lossy(&key).lines().nth(1).map(str::to_owned).expect("its first line");
    assert!(!printed.contains(&secret) && !printed.contains("PRIVATE"), "{printed}");
}
