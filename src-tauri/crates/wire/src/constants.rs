//! Constants that the Rust crates and the page share: defined once in Rust, written to TypeScript by the generator.

/// Defines constants as they stand, and lists them for the generator, with their documentation.
macro_rules! constants {
    ($($(#[doc = $about:literal])* pub const $name:ident: $kind:ty = $value:expr;)*) => {
        $($(#[doc = $about])* pub const $name: $kind = $value;)*

        /// The constants of this module, for the generator.
        #[cfg(test)]
        pub(crate) fn listed() -> Vec<crate::typescript::Constant> {
            vec![$(crate::typescript::Constant::new(stringify!($name), &[$($about),*], &$name)),*]
        }
    };
}

pub(crate) use constants;
