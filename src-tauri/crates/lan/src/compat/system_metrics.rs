//! The machine as application managers and device dashboards know it.
