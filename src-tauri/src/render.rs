//! Whether there is a display, and how WebKit may draw on it. Linux only; elsewhere there is nothing to decide.
//!
//! WebKit's DMABUF renderer shows a blank window on NVIDIA's driver and costs a multiple of the CPU where there is
//! no GPU. It is switched off by an environment variable, which WebKit's own processes must inherit. Changing the
//! environment of a running program is unsound, so the program is started anew with it, once.

#[cfg(target_os = "linux")]
pub(crate) use linux::prepare;

#[cfg(not(target_os = "linux"))]
use self::no_display::NoDisplay;

mod no_display;

/// Nothing to prepare: these systems choose how to draw by themselves.
#[cfg(not(target_os = "linux"))]
pub(crate) fn prepare(_safe_graphics: bool) -> Result<(), NoDisplay> {
    Ok(())
}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::OsStr;
    use std::fs::{self, File};
    use std::os::unix::process::CommandExt;
    use std::path::Path;
    use std::process::Command;

    use tracing::warn;

    use super::no_display::NoDisplay;

    const NO_DMABUF: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    const NO_COMPOSITING: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";

    /// Starts the program anew where WebKit must draw otherwise, then makes sure of a display.
    ///
    /// To be called before there is a window or a second thread.
    ///
    /// # Errors
    /// When there is no display, or it does not let us in.
    pub(crate) fn prepare(safe_graphics: bool) -> Result<(), NoDisplay> {
        let missing =
            missing(safe_graphics, drawn_by_cpu(Path::new("/dev/dri"), Path::new("/proc/driver/nvidia")));
        let missing: Vec<_> = missing.into_iter().filter(|name| std::env::var_os(name).is_none()).collect();
        if !missing.is_empty()
            && let Ok(program) = std::env::current_exe()
        {
            // Only an error comes back from `exec`; then the window opens as it would have.
            let error = Command::new(program)
                .args(std::env::args_os().skip(1))
                .envs(missing.iter().map(|name| (name, "1")))
                .exec();
            warn!(%error, "could not start anew with another renderer");
        }
        // Tauri would panic where this fails.
        gtk::init().map_err(|_| NoDisplay)
    }

    /// The variables that switch off what must not be used.
    fn missing(safe_graphics: bool, by_cpu: bool) -> Vec<&'static str> {
        match (safe_graphics, by_cpu) {
            (true, _) => vec![NO_DMABUF, NO_COMPOSITING],
            (false, true) => vec![NO_DMABUF],
            (false, false) => vec![],
        }
    }

    /// There is no graphics card that we may use, or it is driven by NVIDIA's own driver.
    fn drawn_by_cpu(dri: &Path, nvidia: &Path) -> bool {
        let is_render_node = |name: &OsStr| name.as_encoded_bytes().starts_with(b"renderD");
        let usable = fs::read_dir(dri).is_ok_and(|entries| {
            entries
                .flatten()
                .any(|entry| is_render_node(&entry.file_name()) && File::open(entry.path()).is_ok())
        });
        !usable || nvidia.exists()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_readable_render_node_without_nvidia_is_drawn_on() {
            let dri = tempfile::tempdir().unwrap();
            let nvidia = dri.path().join("nvidia");
            assert!(drawn_by_cpu(&dri.path().join("none"), &nvidia), "no directory");
            fs::write(dri.path().join("card0"), "").unwrap();
            assert!(drawn_by_cpu(dri.path(), &nvidia), "a display, but nothing that renders");
            fs::write(dri.path().join("renderD128"), "").unwrap();
            assert!(!drawn_by_cpu(dri.path(), &nvidia));
            fs::write(&nvidia, "").unwrap();
            assert!(drawn_by_cpu(dri.path(), &nvidia), "NVIDIA's driver");
        }

        #[test]
        fn safe_graphics_switches_everything_off() {
            assert_eq!(missing(true, false), [NO_DMABUF, NO_COMPOSITING]);
            assert_eq!(missing(false, true), [NO_DMABUF]);
            assert!(missing(false, false).is_empty());
        }
    }
}
