//! The one window: created hidden, shown when its page is drawn, and never navigated elsewhere.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use tauri::webview::{Color, NewWindowResponse};
use tauri::{AppHandle, Manager, Theme, Url, WebviewWindow, WebviewWindowBuilder};
use tauri_plugin_window_state::StateFlags;
use tracing::{debug, info, warn};
use wire::text::one_line;

const LABEL: &str = "main";
/// A page that has not reported by then that it is drawn is shown as it is.
const SHOW_AFTER: Duration = Duration::from_secs(2);
/// `--bg-0` of the page, so that nothing flashes before its first paint.
const DARK: Color = Color(0x0b, 0x11, 0x13, 0xff);
const LIGHT: Color = Color(0xeb, 0xf0, 0xf2, 0xff);

/// WebKitGTK takes the page's language from the C library's locale. Where that is `C` (containers, servers, minimal
/// systems) the page gets "C", which is no language: `Intl` refuses it, and the page would stay blank.
const LANGUAGE: &str = "
    try {
      Intl.getCanonicalLocales(navigator.language);
    } catch {
      Object.defineProperty(navigator, 'language', { value: 'en-US' });
      Object.defineProperty(navigator, 'languages', { value: Object.freeze(['en-US']) });
    }";

/// Whether the window was shown once. Before that its page may already ask for data.
#[derive(Debug, Default)]
pub(crate) struct Shown(AtomicBool);

/// Place and size are kept; whether it was visible is not, or the window would flash at every start.
pub(crate) fn kept_state() -> StateFlags {
    StateFlags::all() - StateFlags::VISIBLE - StateFlags::DECORATIONS
}

/// Creates the window, hidden. `data_dir` is where WebKit stores its data; the title of a `demo` says so.
pub(crate) fn open(app: &AppHandle, theme: Option<Theme>, data_dir: &Path, demo: bool) -> anyhow::Result<()> {
    let config = app.config().app.windows.iter().find(|window| window.label == LABEL);
    let config = config.context("tauri.conf.json names no main window")?;
    let development = app.config().build.dev_url.clone().filter(|_| tauri::is_dev());
    let window = WebviewWindowBuilder::from_config(app, config)?
        .data_directory(data_dir.join("webview"))
        .theme(theme)
        .initialization_script(LANGUAGE)
        .on_navigation(move |url| {
            let ours = is_ours(url, development.as_ref());
            if !ours {
                warn!(%url, "the page may not lead elsewhere");
            }
            ours
        })
        // The page names the machine it shows.
        .on_document_title_changed(move |window, title| {
            let title = one_line(&title);
            let title = if demo { format!("{title} · Demo") } else { title };
            if let Err(error) = window.set_title(&title) {
                warn!(%error, "set the title");
            }
        })
        .on_new_window(|url, _| {
            warn!(%url, "the page may not open windows");
            NewWindowResponse::Deny
        })
        .build()
        .context("make the window")?;
    let dark = theme.or_else(|| window.theme().ok()) != Some(Theme::Light);
    window.set_background_color(Some(if dark { DARK } else { LIGHT }))?;
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(SHOW_AFTER).await;
        show_once(&window, "the page did not say that it is drawn");
    });
    Ok(())
}

/// The page has drawn its first view.
#[tauri::command]
pub(crate) async fn window_ready(window: WebviewWindow) -> Result<(), ()> {
    show_once(&window, "the page is drawn");
    Ok(())
}

/// Brings the window to the front, when the program is started a second time.
pub(crate) fn focus(app: &AppHandle) {
    info!("launched a second time; this window comes to the front");
    let Some(window) = app.get_webview_window(LABEL) else { return };
    app.state::<Shown>().0.store(true, Ordering::Relaxed);
    for done in [window.show(), window.unminimize(), window.set_focus()] {
        if let Err(error) = done {
            warn!(%error, "bring the window to the front");
        }
    }
}

/// Whether the window is visible. Before it is shown for the first time the answer is yes: its page is
/// getting ready. Asks the main thread, so it costs a few microseconds.
pub(crate) fn in_sight(window: &WebviewWindow) -> bool {
    if !window.state::<Shown>().0.load(Ordering::Relaxed) {
        return true;
    }
    window.is_visible().unwrap_or(true) && !window.is_minimized().unwrap_or(false)
}

fn show_once(window: &WebviewWindow, why: &str) {
    if window.state::<Shown>().0.swap(true, Ordering::Relaxed) {
        return;
    }
    debug!(why, "showing the window");
    if let Err(error) = window.show().and_then(|()| window.set_focus()) {
        warn!(%error, "show the window");
    }
}

/// The bundled page, or the development server's. Nothing a machine sends may navigate the window elsewhere.
fn is_ours(url: &Url, development: Option<&Url>) -> bool {
    let bundled = match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => cfg!(windows) && url.host_str() == Some("tauri.localhost"),
        _ => false,
    };
    bundled || development.is_some_and(|development| development.origin() == url.origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_stays_on_its_own_page() {
        let development = Url::parse("http://localhost:5173").unwrap();
        let ours = |url: &str, development| is_ours(&Url::parse(url).unwrap(), development);
        assert!(ours("tauri://localhost/#/processes", None));
        assert!(ours("http://localhost:5173/x", Some(&development)));
        for url in
            ["http://localhost:5173/", "https://example.org/", "file:///etc/passwd", "tauri://example.org/"]
        {
            assert!(!ours(url, None), "{url}");
        }
    }

    #[test]
    fn visibility_is_never_restored() {
        assert!(!kept_state().contains(StateFlags::VISIBLE));
        assert!(kept_state().contains(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED));
    }
}
