//! Rulebooks that were damaged at random: each loads or is refused at a place within the file, soon, and without a panic.
//!
//! `RELEVO_FUZZ_RULEBOOKS` says how many, `RELEVO_FUZZ_SEED` which ones.

use std::time::{Duration, Instant};

use relevo::rulebook::{Diagnostic, compile, render};

/// What is damaged.
const WHOLE: [&str; 3] = [include_str!("sample.yaml"), include_str!("base.yaml"), include_str!("../../bench/relevo/rules.yaml")];
/// What is put in: words of the language, of YAML, and what nobody expects.
const WORDS: &[&str] = &[
    "company.employees",
    "declared.buy_by",
    "today",
    "has(",
    ")",
    "(",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "&&",
    "||",
    "!",
    "==",
    "!=",
    "<=",
    " in ",
    "? true : ",
    "-",
    "+",
    "*",
    "/",
    "%",
    ".",
    ",",
    ": ",
    "\n",
    "\n  ",
    "  - ",
    "#",
    "&a ",
    "*a",
    "<<: *a",
    "|",
    ">",
    "null",
    "true",
    "~",
    "0",
    "-1",
    "1e308",
    "99999999999999999999",
    "0x10",
    "7d",
    "duration(\"90d\")",
    "matches(\"(a+)+$\")",
    "size(",
    "id: x",
    "when: ",
    "points: ",
    "ñ",
    "\u{1F511}",
    "\u{0}",
    "\t",
    "\r\n",
    "---\n",
    "...\n",
    "!!str ",
    "%YAML 1.2\n",
    "account.kinds_seen[\"x\"]",
    "in [1, \"a\"]",
    "\\",
    "\u{FEFF}",
];
/// More than this, on a machine that does much else, is not soon.
const SOON: Duration = Duration::from_secs(20);

/// A small generator of its own, so that a seed means the same file for ever.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound.max(1)
    }

    pub fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }
}

fn number_of(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    let end = (at + 1 + random.below(12)).min(bytes.len());
    match random.below(8) {
        0 => drop(bytes.drain(at.min(end)..end)),
        1 => drop(bytes.splice(at..at, random.pick(WORDS).bytes())),
        2 => drop(bytes.splice(at.min(end)..end, random.pick(WORDS).bytes())),
        3 if at < bytes.len() => bytes[at] = random.below(256) as u8,
        4 => {
            // A piece of the file at another place.
            let from = random.below(bytes.len() + 1);
            let piece = bytes[from..(from + random.below(80)).min(bytes.len())].to_vec();
            drop(bytes.splice(at..at, piece));
        }
        5 => {
            // A line twice, or gone.
            let start = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
            let stop = bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| at + length + 1);
            let line = bytes[start..stop].to_vec();
            if random.below(2) == 0 { drop(bytes.drain(start..stop)) } else { drop(bytes.splice(start..start, line)) }
        }
        6 => drop(bytes.splice(at..at, random.pick(WORDS).repeat(1 + random.below(200)).into_bytes())),
        _ => {
            let digits: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at].is_ascii_digit()).collect();
            if !digits.is_empty() {
                bytes[*random.pick(&digits)] = b'0' + random.below(10) as u8;
            }
        }
    }
}

fn has_a_place(diagnostic: &Diagnostic, text: &[u8]) -> bool {
    let lines = text.iter().filter(|byte| **byte == b'\n').count() + 1;
    let within = (1..=lines).contains(&diagnostic.line) && diagnostic.column >= 1 && diagnostic.span.end <= text.len();
    within && !diagnostic.message.is_empty() && !diagnostic.to_string().contains('\n')
}

#[test]
fn damaged_rulebooks_load_or_are_refused_at_a_place() {
    let (count, seed) = (number_of("RELEVO_FUZZ_RULEBOOKS", 2_000), number_of("RELEVO_FUZZ_SEED", 20_261_124));
    let (mut loaded, mut refused, mut slowest) = (0_u64, 0_u64, Duration::ZERO);
    for number in 0..count {
        let mut random = Random::new(seed.wrapping_add(number));
        let mut bytes = random.pick(&WHOLE).as_bytes().to_vec();
        for _ in 0..1 + random.below(4) {
            mutate(&mut bytes, &mut random);
        }
        let began = Instant::now();
        let compiled = compile(&bytes, "damaged.yaml");
        let took = began.elapsed();
        slowest = slowest.max(took);
        let shown = || format!("rulebook {number} of seed {seed}:\n{}", String::from_utf8_lossy(&bytes));
        assert!(took < SOON, "took {took:?}; {}", shown());
        let found = match &compiled {
            Ok(rulebook) => {
                loaded += 1;
                rulebook.warnings.as_slice()
            }
            Err(found) => {
                refused += 1;
                assert!(found.first().is_some_and(Diagnostic::is_error), "refused without an error; {}", shown());
                found
            }
        };
        for diagnostic in found {
            assert!(has_a_place(diagnostic, &bytes), "{diagnostic:?}; {}", shown());
        }
        if let Ok(text) = str::from_utf8(&bytes) {
            assert_eq!(render(found, text).is_empty(), found.is_empty(), "{}", shown());
        }
    }
    println!("{count} damaged rulebooks: {loaded} load, {refused} are refused; the slowest took {slowest:?}");
    // Both ways have to be walked, else this says nothing.
    assert!(loaded * 20 >= count && refused * 3 >= count, "{loaded} loaded, {refused} were refused");
}

#[test]
fn the_deepest_expressions_do_not_overflow_a_threads_stack() {
    let small = std::thread::Builder::new().stack_size(512 * 1024);
    let deep = |inner: &str| format!("{}{inner}{}", "(".repeat(64), ")".repeat(64));
    let bracketed = deep("company.employees > 1");
    let negated = format!("{}has(company.domain)", "!(".repeat(62)) + &")".repeat(62);
    let summed = "1 + ".repeat(60) + "company.employees > 1";
    let chosen = "person.consent ? true : ".repeat(60) + "has(offering)";
    let files: Vec<String> = [bracketed, negated, summed, chosen].iter().map(|text| crate::facts::rulebook(&[text])).collect();
    let compiled =
        small.spawn(move || files.iter().filter(|file| compile(file.as_bytes(), "deep.yaml").is_ok()).count()).expect("a thread");
    assert!(compiled.join().expect("no overflow") >= 3, "what is within the bound loads");
}
