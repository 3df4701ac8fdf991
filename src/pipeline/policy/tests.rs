//! The watch over a folder as people leave it: half-written, oversized, unreadable, signed one after another.

use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::*;
use crate::engine::Authority;
use crate::metrics;

const RULEBOOK: &str = include_str!("../../../tests/kafka/data/rulebook.yaml");

struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A watch, what it has seen, and the folder that it watches.
struct World {
    watch: PolicyWatch,
    seen: BTreeMap<PathBuf, Seen>,
    shown: Arc<metrics::Status>,
    folder: TempDir,
}

impl World {
    /// With no law anywhere, and this to judge by.
    fn new(authority: Authority) -> Self {
        let folder = TempDir::new().expect("a folder");
        std::fs::create_dir(folder.path().join("rulebooks")).expect("a folder");
        let shown = metrics::Status::new(false);
        let status = Arc::new(Status::new(Arc::clone(&shown), authority));
        status.change_law(|law| law.asked = true);
        let watch = PolicyWatch {
            folder: folder.path().join("rulebooks"),
            offers: Arc::default(),
            status,
            clock: Arc::new(At(Timestamp::parse("2026-11-01T00:00:00Z").expect("a time"))),
        };
        Self { watch, seen: BTreeMap::new(), shown, folder }
    }

    fn unsigned() -> Self {
        Self::new(Authority { unsigned_allowed: true, ..Authority::default() })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.watch.folder.join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), text).expect("written");
    }

    /// One round of the watch: what is offered, by revision, and what is refused, by file and code.
    fn round(&mut self) -> (Vec<u32>, Vec<(String, u16)>) {
        let known = self.watch.status.law();
        self.watch.look(&mut self.seen);
        self.watch.judge_signatures(&mut self.seen, &known);
        let revision = |due: &Due| crate::rulebook::compile(due.offered.file.as_bytes(), "offer").expect("it loads").revision;
        let due = self.watch.due(&self.seen, &known, true).iter().map(revision).collect();
        let refused = self.shown.refused_rulebooks();
        (due, refused.into_iter().map(|(file, refused)| (file.to_string(), refused.code.number)).collect())
    }

    #[track_caller]
    fn check(&mut self, offered: &[u32], refused: &[(&str, u16)]) {
        // Twice: a second look at the same finds the same.
        for _ in 0..2 {
            let (due, found) = self.round();
            let found: Vec<(&str, u16)> = found.iter().map(|(file, code)| (file.as_str(), *code)).collect();
            assert_eq!((due.as_slice(), found.as_slice()), (offered, refused));
        }
    }

    /// This is law in every partition now.
    fn is_law(&self, text: &str, revision: u32) {
        let digest = crate::rulebook::digest(text.as_bytes()).to_string();
        self.watch.status.change_law(|law| {
            for partition in 0..2 {
                law.in_force.insert(partition, Some((revision, digest.clone())));
            }
        });
    }
}

fn second(of: &str) -> String {
    of.replacen("revision: 1\n", &format!("revision: 2\nprevious: {}\n", crate::rulebook::digest(of.as_bytes())), 1)
}

#[test]
fn qual_4_what_can_not_be_read_or_is_no_rulebook_is_refused_until_it_is_mended() {
    let mut world = World::unsigned();
    let half = &RULEBOOK[..RULEBOOK.find("gates:").expect("gates") + 3];
    world.write("0001.yaml", half);
    world.check(&[], &[("0001.yaml", 2001)]);
    world.write("0001.yaml", RULEBOOK);
    world.check(&[1], &[]);
    // 100 MB: no more is read than a rulebook may have.
    let huge = std::fs::File::create(world.path("0002.yaml")).expect("a file");
    huge.set_len(100 * 1024 * 1024).expect("a sparse file");
    world.check(&[1], &[("0002.yaml", 2107)]);
    world.write("0002.yaml", b"revision: \xff\xfe");
    world.check(&[1], &[("0002.yaml", 2107)]);
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
    world.write("0002.yaml", bomb);
    world.check(&[1], &[("0002.yaml", 2002)]);
    // An anchor and its alias are YAML like any other.
    world.write("0002.yaml", second(RULEBOOK).replacen("require_consent: false", "require_consent: &no false", 1));
    world.check(&[2], &[]);
    std::fs::remove_file(world.path("0002.yaml")).expect("removed");
    // What is no file is not waited for.
    let made = Command::new("mkfifo").arg(world.path("0003.yaml")).stdin(Stdio::null()).status().expect("mkfifo");
    assert!(made.success());
    std::fs::create_dir(world.path("0004.yaml")).expect("a folder");
    symlink("nowhere", world.path("0005.yaml")).expect("a link");
    world.check(&[1], &[("0003.yaml", 2107), ("0004.yaml", 2107), ("0005.yaml", 2107)]);
    // The folder goes away, and what was read is kept.
    let (folder, away) = (world.watch.folder.clone(), world.folder.path().join("away"));
    std::fs::rename(&folder, &away).expect("moved");
    world.check(&[1], &[("0003.yaml", 2107), ("0004.yaml", 2107), ("0005.yaml", 2107), ("rulebooks", 2107)]);
    std::fs::write(&folder, "no folder").expect("written");
    assert_eq!(world.round().0, [1]);
    std::fs::remove_file(&folder).expect("removed");
    std::fs::create_dir(&folder).expect("a folder");
    world.check(&[], &[]);
}

#[test]
fn qual_4_the_number_of_a_law_is_taken_and_of_two_files_of_one_number_neither_is_offered() {
    let mut world = World::unsigned();
    let (next, other) = (second(RULEBOOK), second(RULEBOOK).replace("threshold: 50", "threshold: 51"));
    world.write("0001.yaml", RULEBOOK);
    world.write("0002.yaml", &next);
    world.check(&[2], &[]);
    world.write("0002-copy.yaml", &next);
    world.check(&[2], &[]);
    world.write("0002-copy.yaml", &other);
    world.check(&[1], &[("0002-copy.yaml", 2108), ("0002.yaml", 2108)]);
    // A regression: the one that stays was never offered once the other had gone.
    std::fs::remove_file(world.path("0002-copy.yaml")).expect("removed");
    world.check(&[2], &[]);
    world.write("0002-copy.yaml", &other);
    world.check(&[1], &[("0002-copy.yaml", 2108), ("0002.yaml", 2108)]);
    // One of them became law elsewhere: the other says that it can't.
    world.is_law(&next, 2);
    world.check(&[], &[("0002-copy.yaml", 2101)]);
    // Mended, or gone, it is no news any more.
    std::fs::remove_file(world.path("0002-copy.yaml")).expect("removed");
    world.check(&[], &[]);
}

#[test]
fn qual_4_a_revision_waits_for_its_hour_and_a_folder_says_what_a_first_law_waits_for() {
    let mut world = World::unsigned();
    let waits_for = |world: &mut World| {
        world.round();
        world.watch.waits_for(&world.seen, &world.watch.status.law())
    };
    assert!(waits_for(&mut world).expect("empty").contains("there is no rulebook in"));
    world.write("0001.yaml", RULEBOOK.replacen("2026-01-01", "2026-12-01", 1));
    world.check(&[], &[]);
    assert_eq!(waits_for(&mut world).as_deref(), Some("revision 1 takes force from 2026-12-01T00:00:00.000Z on"));
    world.write("0001.yaml", "revision: 1");
    assert!(waits_for(&mut world).expect("broken").contains("is agreed on; each is listed with its reason"));
    world.write("0001.yaml", RULEBOOK);
    assert_eq!(waits_for(&mut world), None);
    // Before it is known what is law nothing is offered, and nothing is said.
    world.watch.status.change_law(|law| law.asked = false);
    assert_eq!((world.round().0, waits_for(&mut world)), (vec![], None));
}

#[test]
fn qual_4_the_law_is_offered_again_while_a_partition_lacks_it_and_what_went_before_is_not() {
    let mut world = World::unsigned();
    let next = second(RULEBOOK);
    world.write("0001.yaml", RULEBOOK);
    world.write("0002.yaml", &next);
    world.is_law(RULEBOOK, 1);
    world.check(&[2], &[]);
    world.is_law(&next, 2);
    world.check(&[], &[]);
    // One partition has the law before, or none that it has noted.
    let lacks = |world: &World, law: Option<(u32, String)>| world.watch.status.change_law(|known| drop(known.in_force.insert(1, law)));
    lacks(&world, Some((1, crate::rulebook::digest(RULEBOOK.as_bytes()).to_string())));
    world.check(&[2], &[]);
    lacks(&world, None);
    world.check(&[2], &[]);
    // Not at once: it is on its way.
    assert_eq!(world.watch.due(&world.seen, &world.watch.status.law(), false).len(), 0);
    // What is law is judged no more: that unsigned ones are refused by now keeps nobody from having it.
    world.watch.status.change_authority(|authority| authority.unsigned_allowed = false);
    world.check(&[2], &[]);
    // Another file of its number is none of it.
    world.write("0002.yaml", next.replace("threshold: 50", "threshold: 51"));
    world.check(&[], &[("0002.yaml", 2101)]);
    world.write("0002.yaml", &next);
    world.check(&[2], &[]);
    world.is_law(&next, 2);
    world.check(&[], &[]);
}

#[test]
fn qual_4_signatures_that_can_not_be_read_are_told_and_mended_without_a_restart() {
    // By its own code, whoever judges; and what is mended is taken up, also when there is nothing in it.
    let mut world = World::unsigned();
    world.write("0001.yaml", RULEBOOK);
    world.write("0001.sigs", b"\xff\xfe");
    world.check(&[], &[("0001.yaml", 2126)]);
    let refused = world.shown.refused_rulebooks();
    let (_, told) = refused.iter().next().expect("one");
    assert!(told.message.contains("0001.sigs can't be read: it is not UTF-8 from byte 1 on"), "{}", told.message);
    for mended in ["", "no signature, but text"] {
        world.write("0001.sigs", mended);
        world.check(&[1], &[]);
        world.write("0001.sigs", "x".repeat(65 * 1024));
        world.check(&[], &[("0001.yaml", 2126)]);
    }
    std::fs::remove_file(world.path("0001.sigs")).expect("removed");
    world.check(&[1], &[]);
    std::fs::create_dir(world.path("0001.sigs")).expect("a folder");
    world.check(&[], &[("0001.yaml", 2126)]);
    std::fs::remove_dir(world.path("0001.sigs")).expect("removed");
    world.check(&[1], &[]);
}

#[test]
fn qual_4_a_file_is_read_again_once_anything_about_it_has_changed_and_not_before() {
    let mut world = World::unsigned();
    world.write("0001.yaml", RULEBOOK);
    world.write("0001.sigs", "none yet");
    world.check(&[1], &[]);
    let (rulebook, signatures) = (world.path("0001.yaml"), world.path("0001.sigs"));
    // As if both had lain there for long: what was read is put aside, so that it shows whether they are read again.
    let put_aside = |world: &mut World| {
        let seen = world.seen.get_mut(&rulebook).expect("it was seen");
        seen.stamps = [&rulebook, &signatures].map(|path| Stamp::of(path));
        (seen.text, seen.signatures) = ("aside".to_owned(), Ok("aside".to_owned()));
    };
    let read = |world: &mut World| {
        world.watch.look(&mut world.seen);
        let seen = &world.seen[&rulebook];
        (seen.text.clone(), seen.signatures.clone().expect("they can be read"))
    };
    put_aside(&mut world);
    assert_eq!(read(&mut world), ("aside".to_owned(), "aside".to_owned()));
    world.write("0001.sigs", "one of them");
    assert_eq!(read(&mut world), ("aside".to_owned(), "one of them".to_owned()));
    put_aside(&mut world);
    world.write("next", RULEBOOK);
    std::fs::rename(world.path("next"), &rulebook).expect("moved into its place");
    assert_eq!(read(&mut world).0, RULEBOOK);
    put_aside(&mut world);
    std::fs::remove_file(&signatures).expect("removed");
    assert_eq!(read(&mut world), ("aside".to_owned(), String::new()));
    // One that was just written is not believed to stay so: two edits within a tick of the clock look the same.
    world.write("0001.yaml", second(RULEBOOK));
    read(&mut world);
    assert_eq!(world.seen[&rulebook].stamps[0], None);
}

/// What `ssh-keygen -Y sign 0001.yaml` writes is named, and what to do with it, as long as signatures are missing.
#[test]
fn qual_4_a_signature_in_a_file_of_its_own_is_told() {
    let charter = "api: relevo/v1\nkind: Charter\nparties:\n  marketing: { needed: 1, signers: [ana@example.com] }\n  \
                   sales: { needed: 1, signers: [eva@example.com] }\n";
    let signers = "ana@example.com namespaces=\"relevo-rulebook\" ssh-ed25519 \
                   AAAAC3NzaC1lZDI1NTE5AAAAIMdl3YMi7cg+aFoF6H/39PbvecSB61PIAwkK8GI70GjN\n\
                   eva@example.com namespaces=\"relevo-rulebook\" ssh-ed25519 \
                   AAAAC3NzaC1lZDI1NTE5AAAAILq3hX7Jobgg+D6p7lEwu+2xLMNzgMDgV/CLygaCoOPS\n";
    let file = |name, text: &'static str| File { name, bytes: text.as_bytes() };
    let charter = Charter::read(file("charter.yaml", charter), file("allowed_signers", signers)).expect("a charter");
    let mut world = World::new(Authority { charter: Some(Arc::new(charter)), ..Authority::default() });
    world.write("0001.yaml", RULEBOOK);
    world.check(&[], &[("0001.yaml", 2103)]);
    world.write("0001.yaml.sig", "-----BEGIN SSH SIGNATURE-----\nAAAA\n");
    world.check(&[], &[("0001.yaml", 2173)]);
    let told = world.shown.refused_rulebooks().into_values().next().expect("one");
    assert!(told.message.contains("append it (cat 0001.yaml.sig >> 0001.sigs)"), "{}", told.message);
    // It was appended and left there: what is told is about those that are read.
    world.write("0001.sigs", "-----BEGIN SSH SIGNATURE-----\nAAAA\n");
    let (_, refused) = world.round();
    assert!(!refused.is_empty() && refused.iter().all(|(_, code)| *code != 2173), "{refused:?}");
    std::fs::remove_file(world.path("0001.sigs")).expect("removed");
    world.check(&[], &[("0001.yaml", 2173)]);
    std::fs::remove_file(world.path("0001.yaml.sig")).expect("removed");
    world.check(&[], &[("0001.yaml", 2103)]);
}
