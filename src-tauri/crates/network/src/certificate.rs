//! What server and client read of a certificate: the pin of its key, and its period of validity. The two dates are read
//! from the DER: the TLS library does not expose them, and a parser for them would need seven more libraries.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use rustls::server::ParsedCertificate;
use rustls_pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use wire::certificate_problem::CertificateProblem;
use wire::pin::Pin;

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// The version of the certificate, which the oldest ones lack.
const VERSION: u8 = 0xA0;

/// The period of validity of a certificate; Unix milliseconds, both included. A time before 1970 counts as 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub from_ms: u64,
    /// The last one.
    pub until_ms: u64,
}

/// The pin of a certificate's key; nothing where it is no certificate.
#[must_use]
pub fn pin_of(certificate: &CertificateDer<'_>) -> Option<Pin> {
    let key = ParsedCertificate::try_from(certificate).ok()?.subject_public_key_info();
    Some(Pin::new(Sha256::digest(&key).into()))
}

impl Validity {
    /// The dates of a certificate in DER (RFC 5280, 4.1); `None` where it is none.
    #[must_use]
    pub fn of(certificate: &[u8]) -> Option<Self> {
        let (whole, _) = take(certificate, SEQUENCE)?;
        let (mut rest, _) = take(whole, SEQUENCE)?;
        if let Some((_, after)) = take(rest, VERSION) {
            rest = after;
        }
        // Serial number, the signature's kind, who issued it.
        for tag in [INTEGER, SEQUENCE, SEQUENCE] {
            rest = take(rest, tag)?.1;
        }
        let (dates, _) = take(rest, SEQUENCE)?;
        let (from_ms, dates) = time(dates)?;
        let (until_ms, _) = time(dates)?;
        Some(Self { from_ms, until_ms })
    }

    /// What is wrong with the dates at `now_ms`.
    #[must_use]
    pub fn problem(self, now_ms: u64) -> Option<CertificateProblem> {
        let Self { from_ms, until_ms } = self;
        if now_ms < from_ms {
            return Some(CertificateProblem::NotYetValid { from_ms, path: None });
        }
        (now_ms > until_ms).then_some(CertificateProblem::Expired { until_ms, path: None })
    }
}

/// The content of the element that `der` begins with, and what follows it; `None` where it is not of this kind.
fn take(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, first], rest) = der.split_first_chunk()?;
    let (length, rest) = match first {
        0..=0x7F => (usize::from(first), rest),
        // Three bytes of length are 16 MB: more than any certificate has.
        0x81..=0x83 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    (found == tag).then(|| rest.split_at_checked(length)).flatten()
}

/// The time that `der` begins with, and what follows it.
fn time(der: &[u8]) -> Option<(u64, &[u8])> {
    let (digits, rest, century) = match take(der, UTC_TIME) {
        // Two digits of the year: 50 and more are of the last century (RFC 5280, 4.1.2.5.1).
        Some((digits, rest)) => (digits, rest, if *digits.first()? >= b'5' { "19" } else { "20" }),
        None => {
            let (digits, rest) = take(der, GENERALIZED_TIME)?;
            (digits, rest, "")
        }
    };
    let text = format!("{century}{}", str::from_utf8(digits).ok()?);
    let at = DateTime::strptime("%Y%m%d%H%M%SZ", &text).ok()?;
    // The last second of 9999 stands for "without an end" (4.1.2.5), and is past what can be told here.
    let at = Offset::UTC.to_timestamp(at).unwrap_or(Timestamp::MAX);
    Some((u64::try_from(at.as_second() * 1000).unwrap_or(0), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As much of a certificate as holds dates, in the way `openssl asn1parse` shows it.
    fn certificate(dates: &[&[u8]]) -> Vec<u8> {
        let element = |tag: u8, content: &[u8]| [&[tag, content.len() as u8][..], content].concat();
        let dates = element(SEQUENCE, &dates.concat());
        let version = element(VERSION, &[INTEGER, 1, 2]);
        let head = [&version[..], &[INTEGER, 1, 7], &[SEQUENCE, 0], &[SEQUENCE, 0], &dates].concat();
        element(SEQUENCE, &element(SEQUENCE, &head))
    }

    #[test]
    fn both_ways_to_write_a_time_are_read() {
        // date -u -d '1999-12-31 23:59:59' +%s; the same for 2050-01-01.
        let der = certificate(&[b"\x17\x0d991231235959Z", b"\x18\x0f20500101000000Z"]);
        let expected = Validity { from_ms: 946_684_799_000, until_ms: 2_524_608_000_000 };
        assert_eq!(Validity::of(&der), Some(expected));
        let der = certificate(&[b"\x17\x0d491231235959Z", b"\x18\x0f99991231235959Z"]);
        let validity = Validity::of(&der).unwrap();
        assert_eq!(validity.from_ms, 2_524_607_999_000);
        let ended = CertificateProblem::Expired { until_ms: validity.until_ms, path: None };
        assert!(ended.to_string().contains("9999-12-30"), "{ended}");
    }

    #[test]
    fn what_is_cut_off_or_wrong_has_no_dates() {
        let der = certificate(&[b"\x17\x0d991231235959Z", b"\x17\x0d300101000000Z"]);
        for length in 0..der.len() {
            assert_eq!(Validity::of(&der[..length]), None, "{length} bytes");
        }
        let wrong: [&[u8]; 4] =
            [b"\x17\x0d999931235959Z", b"\x17\x0dnonsense    Z", b"\x04\x0d991231235959Z", b"\x17\x00"];
        for date in wrong {
            assert_eq!(Validity::of(&certificate(&[date, b"\x17\x0d300101000000Z"])), None, "{date:?}");
        }
        assert_eq!(
            Validity::of(&[SEQUENCE, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0]),
            None,
            "a length nobody believes"
        );
    }

    #[test]
    fn a_date_that_is_wrong_is_said_with_its_day() {
        let validity = Validity { from_ms: 946_684_799_000, until_ms: 2_524_608_000_000 };
        assert_eq!(validity.problem(946_684_799_000), None);
        assert_eq!(validity.problem(2_524_608_000_000), None);
        assert!(validity.problem(0).is_some_and(|it| it.to_string().contains("from 1999-12-31")));
        assert!(
            validity.problem(2_524_608_000_001).is_some_and(|it| it.to_string().contains("on 2050-01-01"))
        );
    }
}
