//! Partitions that halt because what they rest on is not what it was: another log, another changelog, no offsets, a cut log, a newer
//! version's records. Each is seen with its code, and brought back by the steps that its code and the runbook give, with the loss that
//! they state.

use relevo::state::codec::{kind_of, position_row};
use relevo::state::{Format, LastRecord, Position};

use crate::broker::Broker;
use crate::deployment::{Deployment, Pod};
use crate::oracle;
use crate::process::Process;
use crate::records::{Outgoing, Sender};
use crate::topics;
use crate::wait;
use crate::workload::Workload;

fn feed(deployment: &Deployment, seed: u64, count: usize) {
    Sender::plain(&deployment.address).send_all(&deployment.names.interactions, &Workload::new(seed).interactions(count));
}

/// A deployment that has decided on some interactions, and its pod.
fn at_work(test: &str) -> (Deployment, Pod) {
    let deployment = Deployment::new(Broker::shared(), test, 2);
    let pod = deployment.start("pod-0");
    deployment.await_law(1, 60);
    feed(&deployment, 1, 200);
    deployment.await_settled(60);
    (deployment, pod)
}

/// The same, stopped in order.
fn stopped(test: &str) -> Deployment {
    let (deployment, pod) = at_work(test);
    deployment.stop_in_order(&mut [pod]);
    deployment
}

#[track_caller]
pub fn await_halted(pod: &Pod, partitions: usize, code: &str) {
    let halted = |page: String| page.lines().filter(|line| line.starts_with("FAILING") && line.contains(code)).count();
    wait::until(&format!("{partitions} partitions halt with {code}"), 60, || {
        pod.page("/readyz?verbose").is_some_and(|page| halted(page) >= partitions)
    });
    let page = pod.page("/readyz?verbose").expect("it answers");
    assert!(!page.contains("rulebook.folder"), "no rulebook heals it:\n{page}");
}

fn grow(deployment: &Deployment, count: usize) {
    let none = Outgoing { partition: None, key: Some("a.example".into()), value: Some(b"{}".to_vec()), headers: Vec::new() };
    let records: Vec<Outgoing> = (0..2 * count).map(|number| Outgoing { partition: Some(number as i32 % 2), ..none.clone() }).collect();
    Sender::plain(&deployment.address).send_all(&deployment.names.intake, &records);
}

/// What a person types, and what they see.
#[track_caller]
pub fn typed(deployment: &Deployment, arguments: &[&str], status: i32, says: &[&str]) -> String {
    let config = deployment.write_config("operator", 0);
    let log = deployment.folder.path().join(format!("operator-{}.log", topics::unique_prefix("typed")));
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--config", config.to_str().expect("UTF-8")]).collect();
    let mut process = Process::start(&arguments, &[], &log);
    let ended = process.await_end(90);
    let printed = process.printed();
    assert_eq!(ended.code(), Some(status), "{arguments:?}:\n{printed}");
    for words in says {
        assert!(printed.contains(words), "no {words:?} after {arguments:?}:\n{printed}");
    }
    printed
}

fn open_leads(deployment: &Deployment) -> usize {
    typed(deployment, &["leads", "--format", "json"], 0, &[]).lines().filter(|line| line.starts_with('{')).count()
}

/// The partitions are folded again, new interactions included.
pub fn check_works(deployment: &Deployment) {
    let pod = deployment.start("pod-0");
    feed(deployment, 77, 100);
    deployment.await_progress(60);
    deployment.await_settled(60);
    deployment.stop_in_order(&mut [pod]);
    typed(deployment, &["state", "inspect"], 0, &["Rows of state:"]);
}

#[test]
fn txn_3_another_log_halts_longer_or_shorter_at_once_and_after_a_restart_until_the_state_is_rebased_on_it() {
    let (deployment, mut pod) = at_work("another-log");
    let leads = open_leads(&deployment);
    assert!(leads > 0);
    let (decided, decisions) = (deployment.decided().expect("offsets"), deployment.output(&deployment.names.decisions));
    deployment.remake_log();
    await_halted(&pod, 2, "RLV-4041");
    typed(&deployment, &["check"], 78, &["RLV-4041"]);
    pod.process.kill();
    // It has grown beyond the old position meanwhile.
    grow(&deployment, decided.iter().max().map_or(0, |offset| *offset as usize) + 50);
    let mut pod = deployment.start("pod-0");
    await_halted(&pod, 2, "RLV-4041");
    assert_eq!(deployment.output(&deployment.names.decisions), decisions, "nothing is folded");
    pod.process.kill();
    typed(&deployment, &["leads"], 0, &["RLV-4041"]);
    typed(&deployment, &["state", "inspect"], 1, &["RLV-4041 another_topic", "account"]);
    typed(&deployment, &["state", "rebase"], 2, &["goes on at offset 0", "nobody can count it", "--yes"]);
    typed(&deployment, &["state", "rebase", "--yes"], 0, &["goes on at offset 0", "2 of 2 partitions"]);
    typed(&deployment, &["state", "rebase", "--yes"], 0, &["nothing was changed"]);
    assert_eq!(open_leads(&deployment), leads, "the state is kept");
    check_works(&deployment);
    assert!(open_leads(&deployment) >= leads);
}

#[test]
fn txn_3_another_changelog_halts_though_it_has_rows_again_until_the_state_is_rebuilt() {
    let (deployment, mut pod) = at_work("another-state");
    deployment.remake_changelog();
    await_halted(&pod, 2, "RLV-4004");
    typed(&deployment, &["state", "rebuild", "--yes"], 78, &["RLV-3040", "pod-0"]);
    pod.process.kill();
    let mut pod = deployment.start_with("pod-0", &["--stage", "decide"], &[]);
    await_halted(&pod, 2, "RLV-4004");
    pod.process.kill();
    typed(&deployment, &["state", "rebuild", "--yes"], 0, &["Nothing of the log is lost", "Nothing is told again", "2 of 2 partitions"]);
    typed(&deployment, &["state", "rebuild", "--yes"], 0, &["nothing was changed"]);
    check_works(&deployment);
    oracle::judge(&deployment).1.assert_clean();
}

#[test]
fn txn_3_a_position_that_disagrees_halts_until_the_group_is_set_to_it() {
    let deployment = stopped("disagree");
    let group = deployment.group("decide");
    // Somebody has set the group back: folding on from there would count events twice.
    wait::until("offsets are set back", 60, || {
        topics::commit(&deployment.address, &group, &deployment.names.intake, &[(0, 3), (1, 3)]).is_ok()
    });
    let mut pod = deployment.start_with("pod-0", &["--stage", "decide"], &[]);
    await_halted(&pod, 2, "RLV-4003");
    pod.process.kill();
    typed(&deployment, &["state", "rebase", "--yes"], 0, &["Nothing is lost"]);
    check_works(&deployment);
    oracle::judge(&deployment).1.assert_clean();
}

#[test]
fn txn_3_a_log_that_was_cut_beyond_the_position_halts_until_the_loss_is_accepted() {
    let deployment = stopped("cut-log");
    let decided = deployment.decided().expect("offsets");
    let mut intake_only = deployment.start_with("pod-1", &["--stage", "intake"], &[]);
    feed(&deployment, 2, 200);
    wait::until("the log grows beyond what was decided", 60, || {
        let ends = topics::ends(&deployment.address, &deployment.names.intake, 2, "read_committed");
        ends.iter().zip(&decided).all(|(end, decided)| end > &(decided + 20))
    });
    intake_only.process.terminate(15);
    for (partition, offset) in decided.iter().enumerate() {
        topics::cut(&deployment.address, &deployment.names.intake, partition as i32, offset + 10);
    }
    let mut pod = deployment.start_with("pod-0", &["--stage", "decide"], &[]);
    await_halted(&pod, 2, "RLV-4005");
    assert_eq!(deployment.decided(), Some(decided), "nothing is folded");
    pod.process.kill();
    typed(&deployment, &["state", "rebase", "--yes"], 0, &["Lost are 10 records"]);
    check_works(&deployment);
}

/// The end of the log that was folded is gone, and as many records and more have come since: it is long enough, and it is not the same.
#[test]
fn txn_3_a_log_that_was_cut_and_has_grown_again_halts_and_nothing_that_it_has_is_lost() {
    let deployment = stopped("grown-log");
    let decided = deployment.decided().expect("offsets");
    let position = |partition: usize| {
        let rows = deployment.read(&deployment.names.changelog, 2).swap_remove(partition);
        let positions = rows.iter().filter(|row| kind_of(row.key.as_deref().unwrap_or_default()) == "position");
        let value = positions.filter_map(|row| row.value.as_deref()).next_back().expect("a position");
        Format::default().decode::<Position>(value).expect("a position")
    };
    // A state that has folded thirty records more, each of which the log lost before others took their places.
    let mut rows = Vec::new();
    for (partition, offset) in decided.iter().enumerate() {
        let before = position(partition);
        assert!(before.last.is_some_and(|last| last.offset < *offset && last.appended_at <= before.ingested_at), "{before:?}");
        let last = Some(LastRecord { offset: offset + 29, appended_at: before.ingested_at });
        let (key, value) = position_row(Format::default(), &Position { offset: offset + 30, last, ..before });
        rows.push(Outgoing { partition: Some(partition as i32), key: Some(key), value: Some(value), headers: Vec::new() });
    }
    Sender::plain(&deployment.address).send_all(&deployment.names.changelog, &rows);
    let moved: Vec<(i32, i64)> = (0..).zip(&decided).map(|(partition, offset)| (partition, offset + 30)).collect();
    let group = deployment.group("decide");
    wait::until("the group is there too", 60, || topics::commit(&deployment.address, &group, &deployment.names.intake, &moved).is_ok());
    let mut intake_only = deployment.start_with("pod-1", &["--stage", "intake"], &[]);
    feed(&deployment, 2, 300);
    wait::until("the log grows again", 60, || {
        let ends = topics::ends(&deployment.address, &deployment.names.intake, 2, "read_committed");
        ends.iter().zip(&decided).all(|(end, decided)| end > &(decided + 40))
    });
    intake_only.process.terminate(15);
    let mut pod = deployment.start_with("pod-0", &["--stage", "decide"], &[]);
    await_halted(&pod, 2, "RLV-4042");
    pod.process.kill();
    typed(&deployment, &["state", "inspect"], 1, &["RLV-4042 log_rewritten"]);
    typed(&deployment, &["state", "rebase", "--yes"], 0, &["Nothing that the log has is lost"]);
    check_works(&deployment);
    oracle::judge(&deployment).1.assert_clean();
}

#[test]
fn txn_4_intake_without_offsets_hands_nothing_on_again_and_goes_on_where_the_log_shows_that_it_was() {
    let deployment = stopped("offsets-gone");
    let before: usize = deployment.read(&deployment.names.intake, 2).iter().map(Vec::len).sum();
    let group = deployment.group("intake");
    wait::until("the group is deleted", 60, || topics::delete_group(&deployment.address, &group).is_ok());
    let mut pod = deployment.start_with("pod-0", &["--stage", "intake"], &[]);
    await_halted(&pod, 1, "RLV-4043");
    assert_eq!(deployment.read(&deployment.names.intake, 2).iter().map(Vec::len).sum::<usize>(), before);
    pod.process.kill();
    typed(&deployment, &["state", "inspect"], 1, &["RLV-4043 offsets_gone"]);
    typed(&deployment, &["state", "rebase", "--inputs", "--yes"], 0, &["Nothing is lost", "12 of 12 partitions"]);
    typed(&deployment, &["state", "rebase", "--inputs", "--yes"], 0, &["nothing was changed"]);
    check_works(&deployment);
}

/// Kafka forgets offsets with their topic: after a restart the new one is read from its beginning. A running pod does not know that.
#[test]
fn txn_3_another_input_halts_a_running_pod_and_is_read_from_its_beginning_after_a_restart() {
    let (deployment, mut pod) = at_work("another-input");
    deployment.remake_interactions();
    await_halted(&pod, 4, "RLV-4041");
    pod.process.kill();
    typed(&deployment, &["state", "rebase", "--inputs", "--yes"], 0, &["nothing was changed"]);
    check_works(&deployment);
}

#[test]
fn txn_3_what_a_newer_version_wrote_on_the_log_halts_its_partition_and_the_others_go_on() {
    let (deployment, pod) = at_work("newer");
    let headers = vec![("ce_type".to_owned(), b"relevo.log.future.v1".to_vec())];
    let record = Outgoing { partition: Some(1), key: Some("x".into()), value: Some(b"{}".to_vec()), headers };
    Sender::plain(&deployment.address).send_all(&deployment.names.intake, &[record]);
    await_halted(&pod, 1, "RLV-4040");
    let letters: Vec<_> = deployment.output(&deployment.names.dead_letters).concat();
    assert!(letters.iter().all(|letter| !letter.key_text().contains(&deployment.names.intake)), "it is no dead letter");
    let decided = deployment.decided().expect("offsets");
    wait::until("the other partition goes on", 60, || deployment.decided().is_some_and(|now| now[0] > decided[0] + 1));
}
