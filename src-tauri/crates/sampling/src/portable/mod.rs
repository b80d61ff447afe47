//! The same subjects through `sysinfo`, for macOS and Windows.
