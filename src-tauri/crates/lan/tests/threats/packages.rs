//! T15: nothing that a package installs runs as somebody else than who starts it. No script runs at installation,
//! and no file is added that could carry a right of its own.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// The top of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// What in a configuration of packages could give a right away.
fn flaws(config: &Value) -> Vec<String> {
    let mut flaws = Vec::new();
    let mut open = vec![(String::new(), config)];
    while let Some((path, value)) = open.pop() {
        let Value::Object(fields) = value else { continue };
        for (name, value) in fields {
            let here = format!("{path}.{name}");
            let scripts = name.ends_with("Script") || name.ends_with("Hooks") || name == "desktopTemplate";
            // Files of our own choice, with modes of their own; programs beside the main one.
            let adds = path.ends_with(".deb") || path.ends_with(".rpm") || path.ends_with(".appimage");
            let adds = (adds && name == "files") || name == "externalBin" || name == "resources";
            let elevated = value == "perMachine" || value == "both";
            if scripts || adds || elevated {
                flaws.push(here.clone());
            }
            open.push((here, value));
        }
    }
    flaws
}

#[test]
fn packages_run_no_script_and_add_no_file_of_their_own() {
    for file in ["tauri.conf.json", "tauri.linux.conf.json"] {
        let text = std::fs::read_to_string(root().join("src-tauri").join(file)).expect("a configuration");
        let config: Value = serde_json::from_str(&text).expect("JSON");
        assert!(config["bundle"].is_object(), "{file}");
        assert_eq!(flaws(&config["bundle"]), Vec::<String>::new(), "{file}");
    }
    let bad = [
        json!({"linux": {"deb": {"postInstallScript": "x"}}}),
        json!({"linux": {"rpm": {"files": {"/usr/bin/helper": "helper"}}}}),
        json!({"externalBin": ["helper"]}),
        json!({"windows": {"nsis": {"installMode": "perMachine"}}}),
    ];
    for config in bad {
        assert_eq!(flaws(&config).len(), 1, "{config}");
    }
}

/// Words that give a file or a program the rights of root.
const RIGHTS: [&str; 6] = ["setcap", "chmod u+s", "chmod 4", "install -m 4", "AmbientCapabilities", "pkexec"];

/// Files of the repository that a package or a service could be made of.
fn makers(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() {
            if !["target", "node_modules", "dist", ".git", "tests"].contains(&&*name) {
                makers(&path, found);
            }
        } else if [
            ".sh", ".service", ".spec", ".policy", ".rules", ".nsi", ".nsh", ".toml", ".json", "inst", "rm",
        ]
        .iter()
        .any(|ending| name.ends_with(ending))
        {
            found.push(path);
        }
    }
}

#[test]
fn nothing_in_the_repository_asks_for_the_rights_of_root() {
    let mut found = Vec::new();
    makers(&root(), &mut found);
    assert!(found.iter().any(|path| path.ends_with("src-tauri/tauri.conf.json")), "{found:?}");
    for path in found {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for word in RIGHTS {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}

#[cfg(unix)]
#[test]
fn what_is_built_has_no_rights_of_its_own() {
    use std::os::unix::fs::PermissionsExt as _;
    // What is packed is what was built, with its mode.
    let built = std::env::current_exe().expect("this test is a file");
    let built = built.ancestors().nth(2).expect("it lies in target/debug/deps");
    assert!(built.join("sightline-agent").exists(), "it is built before its tests are");
    for name in ["sightline-agent", "sightline"] {
        // The window is built where there is a webview.
        let Ok(meta) = built.join(name).metadata() else { continue };
        let mode = meta.permissions().mode();
        assert_eq!(mode & 0o7000, 0, "{name} has mode {mode:o}");
    }
}
