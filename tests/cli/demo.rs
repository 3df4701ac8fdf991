//! `relevo demo`, as somebody runs it who sees Relevo for the first time: the whole service, and the same story every time.

use crate::program::relevo;

/// The month in three seconds, if the machine keeps up.
fn play() -> String {
    let ended = relevo(&["demo", "--seconds", "3"]);
    assert_eq!(ended.status, 0, "{ended:#?}");
    ended.out
}

/// Who wants what, and why it was missed, without the order and the figures that depend on how fast the machine is.
fn story(out: &str) -> Vec<String> {
    let is_told = |line: &&str| ["LEAD", "near", "joins", "owned", "no "].iter().any(|word| line.starts_with(word));
    let words = |line: &str| {
        line.split_whitespace().skip_while(|word| word.len() != "10:52".len() || !word.contains(':')).collect::<Vec<_>>().join(" ")
    };
    let mut told: Vec<String> = out.lines().filter(is_told).map(words).collect();
    told.sort();
    told
}

/// The whole number in a row of a table that begins with `name`, in the column counted from its end.
fn figure(out: &str, name: &str, from_end: usize) -> usize {
    let row = out.lines().find(|line| line.trim_start().starts_with(name)).unwrap_or_else(|| panic!("no row {name}:\n{out}"));
    let text = row.split_whitespace().rev().nth(from_end).unwrap_or_default().replace(',', "");
    text.parse().unwrap_or_else(|_| panic!("no number in {row}"))
}

#[test]
fn txn_4_the_demo_tells_the_same_story_each_time_and_adds_up() {
    let (first, second) = std::thread::scope(|scope| {
        let other = scope.spawn(play);
        (play(), other.join().expect("it is played"))
    });
    assert_eq!(story(&first), story(&second), "the same leads and the same reasons");
    let leads = first.lines().filter(|line| line.starts_with("LEAD ")).count();
    assert!((12..=20).contains(&leads), "{leads} leads:\n{first}");
    assert_eq!(figure(&first, "all campaigns", 0), leads, "the campaigns' leads are the leads");
    for part in ["RLV-1002 not_json at marketing.interactions.v1-", "RLV-1005", "RLV-1006", "/metrics", "missing: a date to buy by"] {
        assert!(first.contains(part), "no {part}:\n{first}");
    }
    assert!(first.contains("Nothing") && !first.contains("DOES NOT ADD UP"), "{first}");
    // The gala fills the room and makes no demand; the webinar is small and makes four leads.
    let row = |name: &str| first.lines().find(|line| line.trim_start().starts_with(name)).unwrap_or_default().trim_end().to_owned();
    assert!(row("Autumn gala").ends_with('–') && row("Webinar:").ends_with('4'), "{}\n{}", row("Autumn gala"), row("Webinar:"));
    // The last page says at first sight who keeps a buyer waiting, and finds each seller's habit.
    for out in [&first, &second] {
        let page = out.split("Who keeps buyers waiting?").nth(1).unwrap_or_else(|| panic!("no last page:\n{out}"));
        assert!(page.lines().nth(1).is_some_and(|line| line.contains("Calzado Marina") && line.contains("nora")), "{page}");
        let of = |seller: &str, column: usize| {
            let row = page.lines().find(|line| line.trim_start().starts_with(seller)).unwrap_or_else(|| panic!("no {seller}: {page}"));
            let text = row.split_whitespace().nth(column).unwrap_or_default();
            text.parse::<u32>().unwrap_or(0)
        };
        // In time, missed, taken back, hoarded.
        assert!(of("eva", 2) >= 3 && of("eva", 6) == 0, "{page}");
        assert!(of("nora", 2) == 0 && of("nora", 4) >= 2, "{page}");
        assert!(of("pedro", 6) >= 2, "{page}");
        assert!(of("rosa", 5) >= 1, "{page}");
        assert!(of("luis", 4) >= 1, "{page}");
    }
    for line in first.lines() {
        assert!(line.chars().count() <= 100, "wider than a terminal: {line}");
    }
}
