//! Keys that show what they are, whatever they are called: by the mark that their makers put before them, as JSON
//! web tokens, as secret keys of AWS.

use super::hidden::Hidden;

/// Marks, with the length from which a word is a key.
const MARKS: [(&str, usize); 58] = [
    ("AKIA", 20),
    ("ASIA", 20),
    ("AIza", 35),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghs_", 20),
    ("ghu_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("gldt-", 16),
    ("glrt-", 16),
    ("glsa_", 20),
    ("xoxa-", 16),
    ("xoxb-", 16),
    ("xoxe-", 16),
    ("xoxp-", 16),
    ("xoxr-", 16),
    ("xoxs-", 16),
    ("xapp-", 16),
    ("sk-", 24),
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("rk_live_", 16),
    ("pk_live_", 16),
    ("whsec_", 16),
    ("hvs-", 16),
    ("hvs.", 12),
    ("hvb.", 12),
    ("hvr.", 12),
    ("SG.", 16),
    ("tskey-", 12),
    ("npm_", 24),
    ("pypi-", 24),
    ("dop_v1_", 20),
    ("shpat_", 16),
    ("dckr_pat_", 16),
    ("hf_", 24),
    ("AGE-SECRET-KEY-", 20),
    ("ATATT", 24),
    ("ya29.", 16),
    ("NRAK-", 16),
    ("lin_api_", 16),
    ("PMAK-", 16),
    ("rubygems_", 20),
    ("sntrys_", 16),
    ("sntryu_", 16),
    ("LTAI", 20),
    ("EAAC", 30),
    ("cfut_", 16),
    ("pat_", 20),
    ("glc_", 20),
    ("dp.pt.", 16),
    ("pul-", 20),
    ("figd_", 16),
    ("sbp_", 20),
    ("nfp_", 20),
    ("fo1_", 16),
];

/// No mark counts in a shorter word.
const SHORTEST: usize = 12;

/// Hides the keys in `text`.
pub(super) fn find(text: &str, hidden: &mut Hidden) {
    if text.len() < SHORTEST {
        return;
    }
    if is_aws_secret(text) {
        hidden.add(0..text.len());
    }
    if let Some(at) = text.find("-----BEGIN") {
        hidden.add(at..text.len());
    }
    let mut from = 0;
    while let Some(start) = text[from..].find(is_part).map(|at| from + at) {
        let end = text[start..].find(|c| !is_part(c) && c != '.').map_or(text.len(), |at| start + at);
        let word = &text[start..end];
        // `eyJ` is base64 of `{"`.
        let is_json = word.starts_with("eyJ") && word.len() >= 14;
        if is_json
            || word.len() >= SHORTEST
                && MARKS.iter().any(|(mark, length)| word.len() >= *length && word.starts_with(mark))
        {
            hidden.add(start..end);
        }
        from = end;
    }
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
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
