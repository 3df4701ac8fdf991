"""A subscriber of leads in Python: reads committed records, validates each against the schema, and prints a line a lead.

    pip install -r requirements.txt
    python leads.py BOOTSTRAP_SERVERS TOPIC [COUNT]
"""

import json
import pathlib
import sys

from confluent_kafka import Consumer
from jsonschema import Draft202012Validator

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "schemas" / "relevo.lead.qualified.v1.json"


def line(lead):
    """`L-… acme.example wants crm-suite: eva of mid answers by 2026-11-03T15:34:05.456Z`"""
    assignment = lead["assignment"]
    seller = assignment.get("assignee", "somebody")
    by = lead["promise"].get("respond_by", "no time that was promised")
    return f"{lead['lead_id']} {lead['account']['key']} wants {lead['offering']}: {seller} of {assignment['team']} answers by {by}"


def main(servers, topic, count=None):
    schema = Draft202012Validator(json.loads(SCHEMA.read_text()))
    consumer = Consumer({
        "bootstrap.servers": servers,
        "group.id": "example-leads-python",
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",  # or records of aborted transactions show
    })
    consumer.subscribe([topic])
    left = None if count is None else int(count)
    try:
        while left != 0:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error():
                raise SystemExit(f"Kafka says: {message.error()}")
            # Updates of leads come on the same topic, and other events may one day.
            if dict(message.headers() or []).get("ce_type") != b"relevo.lead.qualified.v1":
                continue
            lead = json.loads(message.value())
            problems = [error.message for error in schema.iter_errors(lead)]
            if problems:
                place = f"{topic}-{message.partition()}-{message.offset()}"
                print(f"{place} is not what the schema says: {problems[0]}", file=sys.stderr)
                continue
            print(line(lead), flush=True)
            left = None if left is None else left - 1
    finally:
        consumer.close()


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        raise SystemExit("usage: leads.py BOOTSTRAP_SERVERS TOPIC [COUNT]")
    main(*sys.argv[1:])
