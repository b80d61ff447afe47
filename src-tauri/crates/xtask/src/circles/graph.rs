//! Which module uses which, and where they use each other in a circle.
//!
//! The rule is asked at each module that has children: these, each with all below it, and the module's own file are
//! the places; none of them may come back to itself by what it uses. So a folder counts as one with its siblings, and
//! a file that uses its children and is used by them is a circle too.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::source::{Import, Module};

/// Names from the crate's root.
type Path = Vec<String>;

/// That one module uses another, and where it says so.
#[derive(Debug, Clone)]
pub(super) struct Use {
    from: Path,
    to: Path,
    /// The path as it is written, its file and line.
    pub(super) said: String,
}

/// Places that use each other, and one use for each step from one of them to another.
#[derive(Debug)]
pub(super) struct Circle {
    pub(super) places: Vec<String>,
    pub(super) steps: Vec<(String, String, String)>,
}

/// Re-exports that are followed in a row; more are a mistake in the source.
const DEPTH: usize = 16;

/// All uses between the modules of a crate.
pub(super) fn uses(modules: &[Module]) -> Vec<Use> {
    let names = Names { modules: modules.iter().map(|module| (module.path.as_slice(), module)).collect() };
    let mut found = Vec::new();
    for module in modules {
        let imported = module.imports.iter().filter(|import| counts(module, import));
        // All of a module that comes in is a use of it; the name of a module alone says nothing of what is used.
        let imported = imported.map(|import| (&import.named, import.alias.is_none()));
        for (named, whole) in imported.chain(module.paths.iter().map(|named| (named, false))) {
            let Some(Target { module: to, item }) = names.follow(&module.path, &named.path, DEPTH) else {
                continue;
            };
            if (item || whole) && to != module.path {
                let said = format!("{} ({}:{})", named.path.join("::"), module.file.display(), named.line);
                found.push(Use { from: module.path.clone(), to, said });
            }
        }
    }
    found
}

/// Whether an import may be a use by this module: one that others may have from here is none, unless the module has it
/// too.
fn counts(module: &Module, import: &Import) -> bool {
    match &import.alias {
        Some(alias) => !import.shared || module.names.contains(alias),
        None => !import.shared,
    }
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Target {
    module: Path,
    /// It is an item of the module, and not the module.
    item: bool,
}

struct Names<'a> {
    modules: HashMap<&'a [String], &'a Module>,
}

impl Names<'_> {
    /// The module that `path`, as written in `from`, leads to; nothing where that is of another crate.
    fn follow(&self, from: &[String], path: &[String], depth: usize) -> Option<Target> {
        let depth = depth.checked_sub(1)?;
        let (mut at, mut rest) = match path.first()?.as_str() {
            "crate" => (Vec::new(), &path[1..]),
            "self" => (from.to_vec(), &path[1..]),
            "super" => (from[..from.len().checked_sub(1)?].to_vec(), &path[1..]),
            first => {
                let here = self.modules.get(from)?;
                let is_ours = here.children.contains(first)
                    || here.imports.iter().any(|import| import.alias.as_deref() == Some(first));
                if !is_ours {
                    return None;
                }
                (from.to_vec(), path)
            }
        };
        while rest.first().is_some_and(|name| name == "super") {
            at.pop()?;
            rest = &rest[1..];
        }
        while let Some((name, after)) = rest.split_first() {
            let here = self.modules.get(at.as_slice())?;
            if here.children.contains(name) {
                at.push(name.clone());
                rest = after;
                continue;
            }
            if here.items.contains(name) {
                return Some(Target { module: at, item: true });
            }
            let same = |import: &&Import| import.alias.as_deref() == Some(name) && import.named.path != path;
            if let Some(import) = here.imports.iter().find(same) {
                // What another crate gives is used of that one, whoever hands it on.
                let target = self.follow(&at, &import.named.path, depth)?;
                if target.item {
                    return Some(target);
                }
                at = target.module;
                rest = after;
                continue;
            }
            let all = here.imports.iter().filter(|import| import.alias.is_none() && import.shared);
            let mut brought = all.filter_map(|import| {
                let from = self.follow(&at, &import.named.path, depth)?.module;
                self.modules.get(from.as_slice())?.items.contains(name).then_some(from)
            });
            let module = brought.next_back().unwrap_or(at);
            return Some(Target { module, item: true });
        }
        Some(Target { module: at, item: false })
    }
}

/// The circles below each module that has children.
pub(super) fn circles(modules: &[Module], uses: &[Use]) -> Vec<Circle> {
    let parents = modules.iter().filter(|module| !module.children.is_empty());
    parents.flat_map(|parent| circles_in(&parent.path, uses)).collect()
}

fn circles_in(parent: &[String], uses: &[Use]) -> Vec<Circle> {
    // The place of a module among the parent's children; the parent's own file has no name.
    let place = |path: &Path| {
        let below = path.strip_prefix(parent)?;
        Some(below.first().cloned().unwrap_or_default())
    };
    let mut steps: BTreeMap<(String, String), String> = BTreeMap::new();
    for found in uses {
        if let (Some(from), Some(to)) = (place(&found.from), place(&found.to))
            && from != to
        {
            steps.entry((from, to)).or_insert_with(|| found.said.clone());
        }
    }
    let called = |place: &str| {
        let names: Vec<_> =
            parent.iter().map(String::as_str).chain([place]).filter(|it| !it.is_empty()).collect();
        if names.is_empty() { "the crate's root".to_owned() } else { names.join("::") }
    };
    let circle = |places: BTreeSet<String>| {
        let within = |(from, to): &(String, String)| places.contains(from) && places.contains(to);
        let steps = steps.iter().filter(|(step, _)| within(step));
        let steps = steps.map(|((from, to), said)| (called(from), called(to), said.clone()));
        Circle { steps: steps.collect(), places: places.iter().map(|place| called(place)).collect() }
    };
    knots(steps.keys()).into_iter().map(circle).collect()
}

/// Sets of more than one place in which each reaches all others.
fn knots<'a>(steps: impl Iterator<Item = &'a (String, String)>) -> Vec<BTreeSet<String>> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in steps {
        next.entry(from).or_default().insert(to);
    }
    // Crates have some dozens of modules: reaching out from each of them is fast enough.
    let reached = |from: &str| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(at) = open.pop() {
            for to in next.get(at).into_iter().flatten() {
                if seen.insert(*to) {
                    open.push(to);
                }
            }
        }
        seen
    };
    let all: BTreeMap<&str, BTreeSet<&str>> = next.keys().map(|from| (*from, reached(from))).collect();
    let mut knots: Vec<BTreeSet<String>> = Vec::new();
    for (from, to) in &all {
        if knots.iter().any(|knot| knot.contains(*from)) {
            continue;
        }
        let back = to.iter().filter(|to| all.get(**to).is_some_and(|there| there.contains(from)));
        let knot: BTreeSet<String> = back.map(|it| (*it).to_owned()).collect();
        if knot.len() > 1 {
            knots.push(knot);
        }
    }
    knots
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circles::source::modules_in;

    /// The circles of a crate whose modules all stand in one file.
    fn circles_of(source: &str) -> Vec<Vec<String>> {
        let modules = modules_in(source);
        circles(&modules, &uses(&modules)).into_iter().map(|circle| circle.places).collect()
    }

    #[test]
    fn modules_that_use_each_other_are_a_circle_and_those_below_them_count_as_them() {
        let siblings = "
            mod a { use crate::b::deep::B; pub struct A; }
            mod b { pub mod deep { pub struct B; } pub mod other { fn f() { let _ = crate::a::A; } } }
            mod c { use crate::a::A; use crate::b::deep::B; }";
        assert_eq!(circles_of(siblings), [["a", "b"]]);
        assert!(circles_of("mod a { use crate::b::B; } mod b { pub struct B; }").is_empty());
        let three = "
            mod a { use super::b::B; pub struct A; }
            mod b { use super::c::C; pub struct B; }
            mod c { #[serde(with = \"crate::a::A\")] pub struct C; }";
        assert_eq!(circles_of(three), [["a", "b", "c"]]);
    }

    #[test]
    fn a_parent_that_uses_its_child_and_is_used_by_it_is_a_circle() {
        let circle = "mod p { mod c { use super::P; pub fn f(_: P) {} } pub struct P; fn g() { c::f(P) } }";
        assert_eq!(circles_of(circle), [["p", "p::c"]]);
        let declared_only = "mod p { mod c { use super::P; } pub struct P; }";
        assert!(circles_of(declared_only).is_empty());
        let root = "mod c { use crate::shared; pub fn f() { shared() } } fn shared() {} fn main() { c::f() }";
        assert_eq!(circles_of(root), [["the crate's root", "c"]]);
    }

    #[test]
    fn a_re_export_is_no_use_and_leads_to_where_the_item_is() {
        let shared = "
            mod p { mod c { pub struct C; } mod d { use super::C; } mod e { use super::*; type E = C; } pub use self::c::C; }";
        assert!(circles_of(shared).is_empty());
        let used_too = "
            mod p { mod c { use super::P; pub struct C; } pub use self::c::C; pub struct P(C); }";
        assert_eq!(circles_of(used_too), [["p", "p::c"]]);
        let through_it = "
            mod p { pub use crate::q::Q; pub struct P; }
            mod q { use crate::p::P; pub struct Q; }
            mod r { use crate::p::Q; }";
        assert!(circles_of(through_it).is_empty());
    }

    #[test]
    fn tests_and_other_crates_do_not_count() {
        let tests = "
            mod a { pub struct A; #[cfg(test)] mod tests { use crate::b::B; } #[cfg(test)] use crate::b::B; }
            mod b { use crate::a::A; pub struct B; }";
        assert!(circles_of(tests).is_empty());
        let foreign = "mod a { use b::B; pub struct A; } mod b { use crate::a::A; pub struct B; }";
        assert!(circles_of(foreign).is_empty(), "`b` is a crate of that name, seen from within a module");
        assert!(
            circles_of(
                "mod a { /* crate::b::B */ const T: &str = \"crate::b::B\"; } mod b { use crate::a::T; }"
            )
            .is_empty()
        );
    }

    #[test]
    fn names_that_come_in_by_an_import_are_followed() {
        let module = "
            mod a { use crate::b; fn f() { b::g() } pub struct A; }
            mod b { pub fn g() {} use crate::a::A; }";
        assert_eq!(circles_of(module), [["a", "b"]]);
        let only_named = "mod a { use crate::b; pub struct A; } mod b { use crate::a::A; }";
        assert!(circles_of(only_named).is_empty());
        let all = "mod a { use crate::b::*; pub struct A; } mod b { use crate::a::A; pub struct B; }";
        assert_eq!(circles_of(all), [["a", "b"]]);
        let group = "
            mod a { use crate::{b::{self, B as Other}, c}; fn f() { c::g() } pub struct A; }
            mod b { pub struct B; } mod c { pub fn g() { let _ = crate::a::A; } }";
        assert_eq!(circles_of(group), [["a", "c"]]);
    }
}
