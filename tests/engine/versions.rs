//! The versions of the state's rows: one release writes what the release before can read until it is told otherwise, so that a roll-out
//! can be rolled back. There is one version so far; the second one here is what a next release might have.

use relevo::contract::AccountKey;
use relevo::engine::{Account, View as _};
use relevo::state::format::{Format, Shape, Version};
use relevo::state::{Position, Store, codec};

use crate::golden::{compare, eventful_in, fold, golden, seen};

type Rows = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// A later version: an account bears the number of its leads, and a position is written in another order.
static NEXT: [Version; 2] = [
    Version::FIRST,
    Version {
        number: 2,
        account: Shape { write: write_account, read: read_account },
        position: Shape { write: write_position, read: read_position },
        ..Version::FIRST
    },
];

fn write_account(account: &Account, buffer: &mut Vec<u8>) {
    buffer.push(account.leads.len() as u8);
    (Version::FIRST.account.write)(account, buffer);
}

fn read_account(bytes: &[u8]) -> Option<Account> {
    let (leads, body) = bytes.split_first()?;
    (Version::FIRST.account.read)(body).filter(|account| account.leads.len() == usize::from(*leads))
}

fn write_position(position: &Position, buffer: &mut Vec<u8>) {
    let first = buffer.len();
    (Version::FIRST.position.write)(position, buffer);
    buffer[first..].reverse();
}

fn read_position(bytes: &[u8]) -> Option<Position> {
    (Version::FIRST.position.read)(&bytes.iter().rev().copied().collect::<Vec<u8>>())
}

fn next(write_version: u8) -> Format {
    Format::of(&NEXT, write_version).expect("the next release writes either")
}

/// All that an eventful partition writes, in this format.
fn written(format: Format) -> Rows {
    staged(&mut eventful_in(format).store, 5)
}

fn staged(store: &mut Store, offset: i64) -> Rows {
    let mut rows = Rows::new();
    store.write_staged(offset, |key, value| rows.push((key.to_vec(), value.map(<[u8]>::to_vec))));
    store.promote(offset);
    rows
}

fn restored(rows: &Rows, format: Format) -> Result<Store, codec::Error> {
    let mut store = Store::in_format(format, 0, 1);
    for (key, value) in rows {
        store.restore(key, value.as_deref())?;
    }
    store.restored().map_err(|(_, error)| error)?;
    Ok(store)
}

fn versions(rows: &Rows) -> Vec<u8> {
    let mut versions: Vec<u8> = rows.iter().filter_map(|(_, value)| value.as_ref()?.first().copied()).collect();
    versions.sort_unstable();
    versions.dedup();
    versions
}

#[test]
fn what_is_written_is_of_the_version_that_is_told_and_the_release_before_reads_it() {
    let (told_old, told_new) = (written(next(1)), written(next(2)));
    assert_eq!((versions(&told_old), versions(&told_new)), (vec![1], vec![2]));
    // Rolled out and told to write the old version: byte for byte what the release before writes, so it can be rolled back.
    assert_eq!(told_old, written(Format::default()));
    let all = seen(&mut restored(&told_old, Format::default()).expect("the release before reads it"));
    // The next release reads both, and a state that is of both versions because the setting was raised half way.
    for rows in [&told_old, &told_new, &[&told_old[..4], &told_new[4..]].concat()] {
        for write_version in [1, 2] {
            assert_eq!(seen(&mut restored(rows, next(write_version)).expect("both are read")), all);
        }
    }
    // Once the newer version is written, the release before can't go on.
    let refused = restored(&told_new, Format::default()).err();
    assert_eq!(refused, Some(codec::Error::Newer { found: 2, newest: 1 }));
    assert_eq!(refused.map(|error| error.code().name), Some("state_newer"));
}

#[test]
fn raising_the_version_changes_each_row_when_it_is_written_next_and_lowering_it_changes_it_back() {
    let rows = written(next(1));
    let account = AccountKey::from_trusted("acme.example");
    let mut bytes = rows.iter().find(|(key, _)| key == b"acme.example").and_then(|(_, value)| value.clone()).expect("its row");
    for (write_version, first) in [(2, 2), (1, 1)] {
        let format = next(write_version);
        let mut store = restored(&vec![(b"acme.example".to_vec(), Some(bytes.clone()))], format).expect("it is read");
        assert_ne!(store.row(account.as_str()).map(|row| row[0]), Some(first), "as it was written last");
        let lent = store.lend(&account).expect("it is there");
        store.stage(vec![relevo::engine::Change::Account(account.clone(), Some(lent))]);
        bytes = staged(&mut store, 9).swap_remove(0).1.expect("it is there still");
        assert_eq!(bytes[0], first);
        assert_eq!(store.row(account.as_str()), Some(bytes.as_slice()));
    }
    assert_eq!(Some(&bytes), rows.iter().find(|(key, _)| key == b"acme.example").and_then(|(_, value)| value.as_ref()));
}

#[test]
fn what_a_newer_version_wrote_halts_and_is_never_read_in_part() {
    let format = Format::default();
    let refused = |key: &str, value: Option<&[u8]>| Store::new(0, 1).restore(key.as_bytes(), value).err();
    // Versions, whatever kind of row.
    for key in ["acme.example", "relevo:position", "relevo:clock", "relevo:law", "relevo:crm:001", "relevo:team:inside"] {
        assert_eq!(refused(key, Some(&[2, 0, 0])), Some(codec::Error::Newer { found: 2, newest: 1 }), "{key}");
        assert!(matches!(refused(key, Some(&[0, 0])), Some(codec::Error::Corrupt { .. })), "{key}: no version");
        assert!(matches!(refused(key, Some(&[])), Some(codec::Error::Corrupt { .. })), "{key}: nothing");
    }
    // A kind of row, also one that is gone again.
    for value in [Some([1, 0].as_slice()), None] {
        assert_eq!(refused("relevo:quota", value), Some(codec::Error::UnknownKind));
    }
    // Fields behind those that are known, under the version that is known.
    let (_, world) = fold();
    let account = world.store.account(&AccountKey::from_trusted("co-17.example")).expect("the account is there");
    let mut longer = format.encode(&account).into_vec();
    longer.push(7);
    assert_eq!(format.decode::<Account>(&longer), Err(codec::Error::Corrupt { kind: "account" }));
    let position = Position { offset: 3, ingested_at: crate::world::START, partitions: 1, log: None, last: None };
    let mut longer = format.encode(&position).into_vec();
    longer.push(0);
    assert_eq!(refused("relevo:position", Some(&longer)), Some(codec::Error::Corrupt { kind: "position" }));
}

#[test]
fn state_of_every_version_is_read_for_ever() {
    let format = Format::default();
    let (_, world) = fold();
    let account = world.store.account(&AccountKey::from_trusted("co-17.example")).expect("the account is there");
    assert_eq!((account.evidence.is_empty(), account.people.is_empty()), (false, false));
    compare("state/account-v1.bin", &format.encode(&account));
    let kept = std::fs::read(golden("state/account-v1.bin")).expect("the golden file is there");
    assert_eq!(format.decode::<Account>(&kept), Ok(account));
    assert_eq!(format.decode::<Account>(&kept[..kept.len() / 2]), Err(codec::Error::Corrupt { kind: "account" }));
    assert_eq!(Format::released(), 1..=1, "a golden file for each");
}
