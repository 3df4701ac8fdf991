//! 4000: what happens to the running service on Kafka. The message names topic, partition and offset.

super::codes! {
    4001 STEP_PANICKED "step_panicked" "Folding this record panicked: a defect of Relevo."
        "The transaction was rolled back, the record was dead-lettered, and the partition went on. State shows nothing of the record. Please report the code, the version and the dead letter's headers.";
}
