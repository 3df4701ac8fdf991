//! 4000: what happens to the running service on Kafka. The message names topic, partition and offset.

super::codes! {
    4001 STEP_PANICKED "step_panicked" "Folding this record panicked: a defect of Relevo."
        "The transaction was rolled back, the record was dead-lettered, and the partition went on. State shows nothing of the record. Please report the code, the version and the dead letter's headers.";
    4002 OFFSET_OUT_OF_RANGE "offset_out_of_range" "A partition does not have the next offset to read."
        "The topic was made anew, cut, or lost records before they were read (retention shorter than an outage). The partition stands still, the others go on. If the records are gone for good, set the group's offset to where reading shall go on (kafka-consumer-groups --reset-offsets, with the service stopped) and restart.";
    4003 POSITION_DISAGREES "position_disagrees" "The state and the group's committed offset do not belong together."
        "State and offset are committed in one transaction, so somebody changed one of them: an offset was reset, or the changelog was restored from a copy. Folding on would count events twice or not at all, so the partition stands still. Set the group's offset back to the position that the message names.";
    4004 STATE_LOST "state_lost" "The group has a committed offset, and the changelog has no state."
        "The changelog was deleted or made anew. If the intake log still begins at its beginning, delete the group's offsets to fold it again from there; outputs will then be repeated under the same lead identifiers. Else restore the changelog.";
    4005 LOG_CUT "log_cut" "The intake log does not have the records behind the state's position."
        "Records were deleted before they were decided (retention shorter than an outage, or a cut by hand), or the log lost its end. Their interactions are not decided, and that must not pass in silence: the partition stands still. Raise retention.ms; to go on without them, set the group's offset and the position with an operator's eyes open.";
    4006 STATE_NEWER "state_newer" "The changelog was written by a newer Relevo."
        "This version does not know the format, so the partition stands still here; a pod of the newer version takes it over when this one ends. Finish the roll-out, or roll back only to a version that reads it (`state.write_version`).";
    4007 STATE_CORRUPT "state_corrupt" "A row of the changelog can't be decoded."
        "Somebody else writes to the changelog, or it was damaged. The partition stands still. Find out who has the right to write to the topic.";
    4008 WORKER_FENCED "worker_fenced" "Another process has this worker's identity."
        "Two processes run with the same `application` and `pod`, or this one was cut off for longer than its session. The younger one goes on; this one ends and may be started again. Give each pod a name of its own (a StatefulSet does).";
    4010 APPENDED_AHEAD "appended_ahead" "The log was appended to at a time that is more than an hour ahead of this process's clock."
        "The clock of a broker is ahead, or that of this process is behind. What is folded by such a time can't be taken back: every interaction would be too old, and accounts would be forgotten. So the partition stands still before the record that the message names, the others go on, and it is looked at again after some seconds, later every two minutes. Set the clocks right (`relevo_clock_skew_seconds` of each pod says which): the partition goes on by itself once the time is no more than an hour ahead. The record keeps its time, so if that lies days ahead, docs/runbooks/RelevoPartitionStopped.md says how to go on without waiting for it.";
}
