//! What the window needs at compile time: the page, the names of its commands, the configuration.

use std::path::Path;

/// Commands of the page, each one checked against `capabilities/main.json`.
const COMMANDS: &[&str] = &[
    "send",
    "next",
    "window_ready",
    "preferences_read",
    "preferences_write",
    "process_signal",
    "machines_read",
    "machines_save",
    "machine_pair",
    "machine_compare",
    "machine_compare_end",
    "machine_probe",
    "machine_poll",
    "machines_found",
    "machine_socket_open",
    "machine_socket_send",
    "machine_socket_next",
    "machine_socket_close",
    "machines_take",
    "machines_export",
    "machines_import",
];

/// The built page, as `frontendDist` in tauri.conf.json names it.
const PAGE: &str = "../ui/dist";

fn main() {
    println!("cargo:rerun-if-changed={PAGE}");
    let embeds_page = std::env::var_os("CARGO_FEATURE_CUSTOM_PROTOCOL").is_some();
    if embeds_page && !Path::new(PAGE).join("index.html").is_file() {
        // Without the feature the window loads the development server's page, and a clean clone builds.
        println!(
            "cargo::error=the page is not built: run `npm ci` and `npm run build` in ui/, then build again"
        );
        return;
    }
    let attributes =
        tauri_build::Attributes::new().app_manifest(tauri_build::AppManifest::new().commands(COMMANDS));
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error=prepare the window: {error:#}");
    }
}
