"""The published model of the service, as botocore carries it."""

import re

import botocore.session

MODEL = botocore.session.get_session().get_service_model("chime")
#: Of the same namespace, and no part of Salon: telephony, and settings for all of it.
ELSEWHERE = {name for name in MODEL.operation_names if re.search(r"PhoneNumber|GlobalSettings|MeetingDialOut", name)}
OPERATIONS = [name for name in MODEL.operation_names if name not in ELSEWHERE]
