//! The query parameters of a request. An unknown parameter is ignored; one that is known and invalid is named in the
//! error, with what was expected.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use wire::StreamReason;

use crate::error_response::ErrorResponse;

/// Longest part of an invalid value that is quoted in the error.
const SHOWN_CHARS: usize = 40;

/// The parameters of a request, in the order in which they were written.
#[derive(Debug)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = ErrorResponse;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ErrorResponse> {
        let pairs = Query::try_from_uri(&parts.uri).map_err(|_| {
            bad("the part of the address after the ? cannot be read; write name=value&name=value")
        })?;
        Ok(Self(pairs.0))
    }
}

impl Parameters {
    /// Every value of `name`, and the pieces of those that hold commas. Empty pieces do not count.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        self.all(name)
            .flat_map(|value| value.split(','))
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// The value of `name`, if it was given.
    ///
    /// # Errors
    /// `badParams` where it is invalid, or given twice.
    pub(crate) fn one<T: FromStr>(
        &self,
        name: &str,
        expected: impl Display,
    ) -> Result<Option<T>, ErrorResponse> {
        self.read(name, expected, |text| text.parse().ok())
    }

    /// A whole number from `least` to `most`.
    ///
    /// # Errors
    /// As [`Parameters::one`].
    pub(crate) fn number(
        &self,
        name: &str,
        least: usize,
        most: usize,
    ) -> Result<Option<usize>, ErrorResponse> {
        let within = |text: &str| text.parse().ok().filter(|number| (least..=most).contains(number));
        self.read(name, format_args!("a whole number from {least} to {most}"), within)
    }

    /// One of a few words.
    ///
    /// # Errors
    /// As [`Parameters::one`].
    pub(crate) fn choice<T: Copy>(
        &self,
        name: &str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, ErrorResponse> {
        let expected = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        let meant = |text: &str| words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        self.read(name, format_args!("one of {expected}"), meant)
    }

    fn read<T>(
        &self,
        name: &str,
        expected: impl Display,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ErrorResponse> {
        let mut values = self.all(name);
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(bad(format!("\"{name}\" is given more than once; give {expected}")));
        }
        let shown = || value.chars().take(SHOWN_CHARS).collect::<String>();
        let read =
            read(value).ok_or_else(|| bad(format!("\"{name}\" is \"{}\"; give {expected}", shown())))?;
        Ok(Some(read))
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A request with invalid parameters.
pub(crate) fn bad(detail: impl Into<String>) -> ErrorResponse {
    StreamReason::BadParameters { detail: detail.into() }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn parameters(query: &str) -> Parameters {
        let request = axum::http::Request::builder().uri(format!("/x?{query}")).body(()).unwrap();
        Parameters::from_request_parts(&mut request.into_parts().0, &()).await.unwrap()
    }

    #[tokio::test]
    async fn lists_are_repeated_or_divided_by_commas() {
        let cases: [(&str, &[&str]); 6] = [
            ("", &[]),
            ("id=", &[]),
            ("id=,,", &[]),
            ("id=a&other=b&id=c", &["a", "c"]),
            ("id=a,b&id=c", &["a", "b", "c"]),
            ("id=fs./mnt/a%20b.used", &["fs./mnt/a b.used"]),
        ];
        for (query, expected) in cases {
            assert_eq!(parameters(query).await.list("id"), expected, "{query}");
        }
    }

    #[tokio::test]
    async fn a_bad_value_is_named_with_what_is_expected() {
        let cases = [
            ("n=7", Ok(Some(7))),
            ("", Ok(None)),
            ("n=", Err("\"n\" is \"\"; give a whole number from 1 to 9")),
            ("n=10", Err("\"n\" is \"10\"; give a whole number from 1 to 9")),
            ("n=-1", Err("\"n\" is \"-1\"; give a whole number from 1 to 9")),
            ("n=1&n=1", Err("\"n\" is given more than once; give a whole number from 1 to 9")),
        ];
        for (query, expected) in cases {
            let read = parameters(query).await.number("n", 1, 9);
            assert_eq!(read.map_err(|problem| problem.message().to_owned()), expected.map_err(str::to_owned));
        }
        let words = [("cpu", 1), ("memory", 2)];
        assert_eq!(parameters("sort=memory").await.choice("sort", &words).unwrap(), Some(2));
        let problem = parameters("sort=Cpu").await.choice("sort", &words).unwrap_err();
        assert_eq!(problem.message(), "\"sort\" is \"Cpu\"; give one of cpu, memory");
    }
}
